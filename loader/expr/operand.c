/* SPDX-License-Identifier: MIT */
/* The operands of verdict-rules(5)'s expressions: numbers, names, fields, casts, actions, parentheses. */
#include "loader/expr/parse.h"

#include <string.h>

/* An operand in parentheses, for `(expr)`, casts and actions; the '(' is the next token. */
static int parse_parenthesised(struct parser *p)
{
	struct span open = parser_span(p, p->token.off, 1);

	if (parser_deeper(p) < 0)
		return -1;
	parser_advance(p);
	int inner = parser_level(p, LEVEL_LOR);
	if (inner < 0)
		return -1;
	if (!parser_at(p, ')')) {
		if (p->token.kind == TOKEN_END || (p->flags & EXPR_PREFIX))
			diag_error(p->diags, &open, "'(' has no ')'");
		else {
			struct span where = parser_span(p, p->token.off, p->token.len);
			diag_error(p->diags, &where, "')' or an operator is meant here");
		}
		return -1;
	}
	parser_advance(p);
	p->depth--;
	return inner;
}

static int parse_half(struct parser *p, enum expr_half *ret_half)
{
	*ret_half = EXPR_WHOLE;
	if (!parser_at(p, '.'))
		return 0;
	parser_advance(p);
	if (parser_word(p, &p->token, "lo"))
		*ret_half = EXPR_LO;
	else if (parser_word(p, &p->token, "hi"))
		*ret_half = EXPR_HI;
	else {
		struct span where = parser_span(p, p->token.off, p->token.len);
		diag_error(p->diags, &where, "a half is meant here: lo or hi");
		return -1;
	}
	parser_advance(p);
	return 0;
}

/* ret.action, ret.data; only in what speaks of verdicts, which the reader of the tree decides. */
static int parse_ret(struct parser *p, const struct token *first)
{
	parser_advance(p);
	int field = parser_word(p, &p->token, "action") ? EXPR_RET_ACTION
		    : parser_word(p, &p->token, "data") ? EXPR_RET_DATA
							: -1;
	if (field < 0) {
		struct span where = parser_span(p, p->token.off, p->token.len);
		diag_error(p->diags, &where, "ret.action or ret.data is meant here");
		return -1;
	}
	parser_advance(p);
	return parser_leaf(p, EXPR_FIELD, (uint64_t)field, first);
}

/* -1: the word is no field's name. */
static int field_named(const struct parser *p, const struct token *name)
{
	static const struct {
		const char *word;
		enum expr_field field;
	} words[] = { { "nr", EXPR_NR }, { "arch", EXPR_ARCH }, { "ip", EXPR_IP } };
	const char *word = p->expr.text->data + name->off;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (parser_word(p, name, words[i].word))
			return (int)words[i].field;
	if (name->len == 4 && !memcmp(word, "arg", 3) && word[3] >= '0' && word[3] <= '5')
		return EXPR_ARG0 + word[3] - '0';
	return -1;
}

static int parse_field(struct parser *p, int field, const struct token *first)
{
	enum expr_half half = EXPR_WHOLE;

	if (field != EXPR_NR && field != EXPR_ARCH && parse_half(p, &half) < 0)
		return -1;
	int node = parser_leaf(p, EXPR_FIELD, (uint64_t)field, first);
	if (node >= 0)
		p->expr.nodes[node].half = half;
	return node;
}

/* NAME(…) where actions are no values: it may be meant as one all the same. */
static void no_cast(const struct parser *p, const struct span *where)
{
	const char *word = p->expr.text->data + where->off, *near[3];

	if (expr_is_action(where, p->diags))
		return;
	size_t n = vd_names_near(VD_NAME_ACTION, VD_ABI_NONE, word, where->len, near, 3);
	diag_error(p->diags, where, "'%.*s' is %s", (int)where->len, word,
		   n ? "no cast, nor an action" : "no cast");
	if (n)
		diag_hint_names(p->diags, near, n);
	else
		diag_hint(p->diags, "the casts are u16, u32, s32, u64 and s64");
}

/* NAME(…): a cast, or an action with its data. */
static int parse_call(struct parser *p, const struct token *name)
{
	static const char *const casts[] = { "u16", "u32", "s32", "u64", "s64" };
	struct span where = parser_span(p, name->off, name->len);
	const char *word = p->expr.text->data + name->off;
	enum expr_op op = EXPR_CAST;
	uint32_t action = 0;
	uint64_t value = 0;

	while (value < sizeof(casts) / sizeof(*casts) && !parser_word(p, name, casts[value]))
		value++;
	if (value == sizeof(casts) / sizeof(*casts)) {
		const char *near[3];

		op = EXPR_ACTION;
		if (!(p->flags & EXPR_ACTIONS)) {
			no_cast(p, &where);
			return -1;
		}
		if (vd_action_by_name(word, name->len, &action) < 0) {
			diag_error(p->diags, &where, "unknown action '%.*s'", (int)name->len, word);
			diag_hint_names(p->diags, near,
					vd_names_near(VD_NAME_ACTION, VD_ABI_NONE, word, name->len, near, 3));
			return -1;
		}
		value = action;
	}
	int inner = parse_parenthesised(p);
	if (inner < 0)
		return -1;
	int node = parser_leaf(p, op, value, name);
	if (node >= 0)
		p->expr.nodes[node].left = inner;
	return node;
}

static int parse_name(struct parser *p)
{
	struct token name = p->token;
	int field = p->flags & EXPR_C ? -1 : field_named(p, &name);

	parser_advance(p);
	if (field >= 0)
		return parse_field(p, field, &name);
	if (parser_at(p, '('))
		return parse_call(p, &name);
	if (parser_at(p, '.') && !(p->flags & EXPR_C) && parser_word(p, &name, "ret"))
		return parse_ret(p, &name);
	if ((p->flags & EXPR_VERDICT) && parser_word(p, &name, "ret"))
		return parser_leaf(p, EXPR_FIELD, EXPR_RET, &name);
	if (parser_at(p, '.') && (p->flags & EXPR_ABIS)) {
		parser_advance(p);
		if (p->token.kind != TOKEN_NAME)
			return parser_expected(p);
		parser_advance(p);
		return parser_leaf(p, EXPR_QUALIFIED, 0, &name);
	}
	return parser_leaf(p, EXPR_NAME, 0, &name);
}

int parser_int(struct parser *p)
{
	struct token token = p->token;
	struct span where = parser_span(p, token.off, token.len);
	uint64_t value;

	if (number_parse(&where, p->flags, p->diags, &value) < 0)
		return -1;
	parser_advance(p);
	return parser_leaf(p, EXPR_INT, value, &token);
}

int parser_operand(struct parser *p)
{
	int c = p->flags & EXPR_C ? parser_c_operand(p) : PARSER_OTHER;

	if (c != PARSER_OTHER)
		return c;
	if (p->token.kind == TOKEN_INT)
		return parser_int(p);
	if (p->token.kind == TOKEN_NAME)
		return parse_name(p);
	if (!parser_at(p, '('))
		return parser_expected(p);

	size_t off = p->token.off;
	int node = parse_parenthesised(p);
	if (node >= 0) {
		struct expr_node *inner = &p->expr.nodes[node];
		inner->parenthesised = true;
		inner->off = off;
		inner->len = p->last - off;
	}
	return node;
}
