/* SPDX-License-Identifier: MIT */
/* What C's constant expressions have besides: casts, sizeof, offsetof. */
#include "loader/expr/parse.h"

#include <string.h>

/* A type, as far as numbers go. */
struct ctype {
	unsigned size; /* bytes; 0: no type was there */
	bool is_signed;
};

static const struct {
	const char *name;
	struct ctype type;
} named[] = {
	{ "__u8", { 1, false } },     { "__u16", { 2, false } },     { "__u32", { 4, false } },
	{ "__u64", { 8, false } },    { "__s8", { 1, true } },	     { "__s16", { 2, true } },
	{ "__s32", { 4, true } },     { "__s64", { 8, true } },	     { "u8", { 1, false } },
	{ "u16", { 2, false } },      { "u32", { 4, false } },	     { "u64", { 8, false } },
	{ "uint8_t", { 1, false } },  { "uint16_t", { 2, false } },  { "uint32_t", { 4, false } },
	{ "uint64_t", { 8, false } }, { "int8_t", { 1, true } },     { "int16_t", { 2, true } },
	{ "int32_t", { 4, true } },   { "int64_t", { 8, true } },    { "size_t", { 8, false } },
	{ "ssize_t", { 8, true } },   { "uintptr_t", { 8, false } }, { "void", { 1, false } },
};

/* The members of struct seccomp_data. */
static const struct {
	const char *name;
	unsigned offset, size;
} members[] = { { "nr", 0, 4 }, { "arch", 4, 4 }, { "instruction_pointer", 8, 8 }, { "args", 16, 48 } };

static bool take_word(struct parser *p, const char *word)
{
	if (p->token.kind != TOKEN_NAME || !parser_word(p, &p->token, word))
		return false;
	parser_advance(p);
	return true;
}

static int meant(struct parser *p, const char *what)
{
	struct span where = parser_span(p, p->token.off, p->token.len);

	diag_error(p->diags, &where, "%s is meant here", what);
	return -1;
}

static int take(struct parser *p, char op)
{
	char what[] = { '\'', op, '\'', '\0' };

	if (!parser_at(p, (unsigned char)op))
		return meant(p, what);
	parser_advance(p);
	return 0;
}

/* unsigned, long, short, char, int and their mixtures. */
static struct ctype parse_words(struct parser *p)
{
	struct ctype type = { 0, true };

	for (bool more = true; more;) {
		if (take_word(p, "unsigned")) {
			type.is_signed = false;
			type.size += !type.size * 4;
		} else if (take_word(p, "long")) {
			type.size = 8;
		} else if (take_word(p, "short")) {
			type.size = 2;
		} else if (take_word(p, "char")) {
			type.size = 1;
		} else if (take_word(p, "int") || take_word(p, "signed")) {
			type.size += !type.size * 4;
		} else {
			more = take_word(p, "const") || take_word(p, "volatile");
		}
	}
	return type;
}

static struct ctype parse_struct(struct parser *p)
{
	if (take_word(p, "seccomp_data"))
		return (struct ctype){ 64, false };
	if (take_word(p, "sock_filter"))
		return (struct ctype){ 8, false };
	return (struct ctype){ 0 };
}

/* A type's name, if one stands here; size 0: none does. */
static struct ctype parse_type(struct parser *p)
{
	struct ctype type = parse_words(p);

	if (!type.size && take_word(p, "struct"))
		type = parse_struct(p);
	for (size_t i = 0; !type.size && i < sizeof(named) / sizeof(*named); i++)
		if (take_word(p, named[i].name))
			type = named[i].type;
	if (type.size)
		parse_words(p); /* const may follow */
	while (type.size && parser_at(p, '*')) {
		parser_advance(p);
		type = (struct ctype){ 8, false };
	}
	return type;
}

static int number(struct parser *p, const struct token *first, uint64_t value)
{
	return parser_leaf(p, EXPR_INT, value, first);
}

static int operation(struct parser *p, enum expr_op op, int left, int right, const struct token *first)
{
	int node = left < 0 || right < 0 ? -1 : parser_leaf(p, op, 0, first);

	if (node >= 0) {
		p->expr.nodes[node].left = left;
		p->expr.nodes[node].right = right;
	}
	return node;
}

/* (type) operand; the parser goes back when no type follows the parenthesis. */
static int parse_cast(struct parser *p)
{
	struct parser back = *p;
	struct token first = p->token;

	parser_advance(p);
	struct ctype type = parse_type(p);
	if (!type.size) {
		p->token = back.token;
		p->last = back.last;
		return PARSER_OTHER;
	}
	if (type.size > 8) {
		struct span where = parser_span(p, first.off, p->token.off - first.off);
		diag_error(p->diags, &where, "this type has no numbers");
		return -1;
	}
	if (take(p, ')') < 0 || parser_deeper(p) < 0)
		return -1;
	int operand = parse_unary(p);
	if (operand < 0)
		return -1;
	p->depth--;
	int node = parser_leaf(p, EXPR_CAST, type.size * 8 | (type.is_signed ? EXPR_C_SIGNED : 0), &first);
	if (node >= 0)
		p->expr.nodes[node].left = operand;
	return node;
}

static int parse_sizeof(struct parser *p)
{
	struct token first = p->token;

	parser_advance(p);
	if (take(p, '(') < 0)
		return -1;
	struct ctype type = parse_type(p);
	if (!type.size)
		return meant(p, "the name of a type");
	if (take(p, ')') < 0)
		return -1;
	/* A cast of the number: its type is size_t. */
	int value = number(p, &first, type.size);
	int node = value < 0 ? -1 : parser_leaf(p, EXPR_CAST, 64, &first);
	if (node >= 0)
		p->expr.nodes[node].left = value;
	return node;
}

/* args[N] in offsetof: its base plus N words. */
static int parse_index(struct parser *p, const struct token *first, unsigned base)
{
	if (parser_deeper(p) < 0)
		return -1;
	parser_advance(p);
	int index = parser_level(p, C_LOR);
	if (index < 0)
		return -1;
	p->depth--;
	if (take(p, ']') < 0)
		return -1;
	int scaled = operation(p, EXPR_MUL, index, number(p, first, 8), first);
	return operation(p, EXPR_ADD, scaled, number(p, first, base), first);
}

static int parse_member(struct parser *p, const struct token *first)
{
	struct token token = p->token;
	const char *names[sizeof(members) / sizeof(*members)], *near[3];
	size_t i = 0, n = sizeof(members) / sizeof(*members);

	while (i < n && !take_word(p, members[i].name))
		i++;
	if (i == n) {
		struct span where = parser_span(p, token.off, token.len);
		for (size_t j = 0; j < n; j++)
			names[j] = members[j].name;
		diag_error(p->diags, &where, "struct seccomp_data has no '%.*s'", (int)token.len,
			   p->expr.text->data + token.off);
		size_t found = vd_near(p->expr.text->data + token.off, token.len, names, n, near, 3);
		if (found)
			diag_hint_names(p->diags, near, found);
		else
			diag_hint(p->diags, "it has nr, arch, instruction_pointer and args[0] to args[5]");
		return -1;
	}
	if (parser_at(p, '[') && members[i].size > 8)
		return parse_index(p, first, members[i].offset);
	return number(p, first, members[i].offset);
}

static int parse_offsetof(struct parser *p)
{
	struct token first = p->token;

	parser_advance(p);
	if (take(p, '(') < 0)
		return -1;
	if (!take_word(p, "struct") || !take_word(p, "seccomp_data"))
		return meant(p, "'struct seccomp_data'");
	if (take(p, ',') < 0)
		return -1;
	int value = parse_member(p, &first);
	if (value < 0 || take(p, ')') < 0)
		return -1;
	int node = parser_leaf(p, EXPR_CAST, 64, &first);
	if (node >= 0)
		p->expr.nodes[node].left = value;
	return node;
}

/* What looks like a call is a macro that nothing defines. */
static int parse_call(struct parser *p)
{
	struct token next = token_at(p->expr.text, p->token.off + p->token.len, p->end);
	struct span where = parser_span(p, p->token.off, p->token.len);

	if (next.kind != TOKEN_OP || next.op != '(')
		return PARSER_OTHER;
	diag_error(p->diags, &where, "there is no macro '%.*s' here", (int)where.len,
		   where.text->data + where.off);
	diag_hint(p->diags, "write its #define into the text, or load what gcc -E -P makes of it");
	return -1;
}

int parser_c_operand(struct parser *p)
{
	if (parser_at(p, '('))
		return parse_cast(p);
	if (p->token.kind != TOKEN_NAME)
		return PARSER_OTHER;
	if (parser_word(p, &p->token, "sizeof"))
		return parse_sizeof(p);
	if (parser_word(p, &p->token, "offsetof") || parser_word(p, &p->token, "__builtin_offsetof"))
		return parse_offsetof(p);
	return parse_call(p);
}
