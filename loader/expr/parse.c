/* SPDX-License-Identifier: MIT */
/* verdict-rules(5)'s expressions by precedence climbing: tokens in, a tree in an array out. */
#include "loader/expr/parse.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	unsigned op;
	enum expr_op node;
	int level, c_level;
} binary[] = {
	{ TOKEN2('|', '|'), EXPR_LOR, LEVEL_LOR, C_LOR },
	{ TOKEN2('&', '&'), EXPR_LAND, LEVEL_LAND, C_LAND },
	{ TOKEN2('=', '='), EXPR_EQ, LEVEL_CMP, C_EQUALITY },
	{ TOKEN2('!', '='), EXPR_NE, LEVEL_CMP, C_EQUALITY },
	{ '<', EXPR_LT, LEVEL_CMP, C_ORDER },
	{ TOKEN2('<', '='), EXPR_LE, LEVEL_CMP, C_ORDER },
	{ '>', EXPR_GT, LEVEL_CMP, C_ORDER },
	{ TOKEN2('>', '='), EXPR_GE, LEVEL_CMP, C_ORDER },
	{ '|', EXPR_OR, LEVEL_OR, C_OR },
	{ '^', EXPR_XOR, LEVEL_XOR, C_XOR },
	{ '&', EXPR_AND, LEVEL_AND, C_AND },
	{ TOKEN2('<', '<'), EXPR_SHL, LEVEL_SHIFT, C_SHIFT },
	{ TOKEN2('>', '>'), EXPR_SHR, LEVEL_SHIFT, C_SHIFT },
	{ '+', EXPR_ADD, LEVEL_NONE, C_SUM },
	{ '-', EXPR_SUB, LEVEL_NONE, C_SUM },
	{ '*', EXPR_MUL, LEVEL_NONE, C_PRODUCT },
	{ '/', EXPR_DIV, LEVEL_NONE, C_PRODUCT },
	{ '%', EXPR_MOD, LEVEL_NONE, C_PRODUCT },
};

static int level_of(const struct parser *p, int which)
{
	return p->flags & EXPR_C ? binary[which].c_level : binary[which].level;
}

struct span parser_span(const struct parser *p, size_t off, size_t len)
{
	return span_of(p->expr.text, off, len);
}

void parser_advance(struct parser *p)
{
	p->last = p->token.off + p->token.len;
	p->token = token_at(p->expr.text, p->last, p->end);
}

bool parser_at(const struct parser *p, unsigned op)
{
	return p->token.kind == TOKEN_OP && p->token.op == op;
}

bool parser_word(const struct parser *p, const struct token *token, const char *word)
{
	return token->len == strlen(word) && !memcmp(p->expr.text->data + token->off, word, token->len);
}

/* The new node's index, or -1 (diagnosed). */
static int parser_add(struct parser *p, struct expr_node node)
{
	struct expr *expr = &p->expr;

	if (expr->n == expr->cap) {
		size_t cap = expr->cap ? 2 * expr->cap : 16;
		struct expr_node *nodes = expr->n < EXPR_NODES_MAX
						  ? realloc(expr->nodes, cap * sizeof(*nodes))
						  : NULL;
		if (!nodes) {
			struct span where = parser_span(p, node.off, node.len);
			diag_error(p->diags, &where, "the expression is too long");
			return -1;
		}
		expr->nodes = nodes;
		expr->cap = cap;
	}
	expr->nodes[expr->n] = node;
	return (int)expr->n++;
}

int parser_leaf(struct parser *p, enum expr_op op, uint64_t value, const struct token *first)
{
	return parser_add(p, (struct expr_node){ .op = op,
						 .value = value,
						 .left = -1,
						 .right = -1,
						 .off = first->off,
						 .op_off = first->off,
						 .len = p->last - first->off });
}

/* What stands where an operand is meant. */
int parser_expected(struct parser *p)
{
	const struct token *token = &p->token;
	struct span where = parser_span(p, token->kind == TOKEN_END ? p->last : token->off, token->len);
	const char *word = p->expr.text->data + token->off;

	if (token->kind == TOKEN_END)
		diag_error(p->diags, &where, "a value is missing here");
	else
		diag_error(p->diags, &where, "a value is meant here, not '%.*s'", (int)token->len, word);
	if (token->kind == TOKEN_OTHER && (*word == '"' || *word == '\''))
		diag_hint(p->diags, "values are numbers and constants: texts have none");
	return -1;
}

int parser_deeper(struct parser *p)
{
	struct span where = parser_span(p, p->token.off, p->token.len);

	if (++p->depth <= EXPR_DEPTH_MAX)
		return 0;
	diag_error(p->diags, &where, "more than %d parentheses and operators inside each other",
		   EXPR_DEPTH_MAX);
	return -1;
}

static int parse_prefix(struct parser *p, enum expr_op op, int level)
{
	struct token first = p->token;

	if (parser_deeper(p) < 0)
		return -1;
	parser_advance(p);
	int inner = parser_level(p, level);
	if (inner < 0)
		return -1;
	p->depth--;
	/* C's ! binds tighter than these, this grammar's does not. */
	const struct expr_node *operand = &p->expr.nodes[inner];
	if (op == EXPR_LNOT && !(p->flags & EXPR_C) && operand->op >= EXPR_SHL && operand->op <= EXPR_GE &&
	    !operand->parenthesised) {
		struct span where = parser_span(p, first.off, p->last - first.off);
		diag_error(p->diags, &where,
			   "'!' before an operator without parentheses can be read in two ways");
		diag_hint(p->diags, "write !(%.*s)", (int)(operand->len < 200 ? operand->len : 200),
			  p->expr.text->data + operand->off);
		return -1;
	}
	int node = parser_leaf(p, op, 0, &first);
	if (node >= 0)
		p->expr.nodes[node].left = inner;
	return node;
}

int parse_unary(struct parser *p)
{
	int unary = p->flags & EXPR_C ? C_UNARY : LEVEL_UNARY;

	if (parser_at(p, '~'))
		return parse_prefix(p, EXPR_NOT, unary);
	if (parser_at(p, '-'))
		return parse_prefix(p, EXPR_NEG, unary);
	if (parser_at(p, '!') && (p->flags & EXPR_C))
		return parse_prefix(p, EXPR_LNOT, C_UNARY);
	if (parser_at(p, '+') && (p->flags & EXPR_OCTAL)) {
		parser_advance(p);
		return p->flags & EXPR_C	    ? parse_unary(p)
		       : p->token.kind == TOKEN_INT ? parser_int(p)
						    : parser_expected(p);
	}
	return parser_operand(p);
}

/* `flags & 3 == 1` is flags & (3 == 1) in C, which nobody means. */
static int refuse_mixed(struct parser *p, int operand)
{
	const struct expr_node *node = &p->expr.nodes[operand];
	char op = node->op == EXPR_AND ? '&' : node->op == EXPR_OR ? '|' : node->op == EXPR_XOR ? '^' : 0;

	if (!op || node->parenthesised)
		return 0;
	struct span where = parser_span(p, node->off, node->len);
	diag_error(p->diags, &where, "'%c' beside a comparison can be read in two ways", op);
	diag_hint(p->diags, "write (%.*s)", (int)(node->len < 200 ? node->len : 200),
		  p->expr.text->data + node->off);
	return -1;
}

static int check_comparison(struct parser *p, int left, int right, const struct token *op)
{
	if (refuse_mixed(p, left) < 0 || refuse_mixed(p, right) < 0)
		return -1;
	const struct expr_node *node = &p->expr.nodes[left];
	if (node->op < EXPR_EQ || node->op > EXPR_GE || node->parenthesised)
		return 0;
	struct span where = parser_span(p, op->off, op->len);
	diag_error(p->diags, &where, "comparisons do not chain");
	diag_hint(p->diags, "write a < b && b < c");
	return -1;
}

/* Shifts are by a number as it is written (verdict-rules(5)). */
static int check_shift(struct parser *p, int right)
{
	const struct expr_node *node = &p->expr.nodes[right];
	struct span where = parser_span(p, node->off, node->len);

	if (node->op == EXPR_INT && node->value < 64)
		return 0;
	diag_error(p->diags, &where, "a shift is by a number from 0 to 63");
	return -1;
}

static int binary_at(const struct parser *p)
{
	for (int i = 0; p->token.kind == TOKEN_OP && i < (int)(sizeof(binary) / sizeof(*binary)); i++)
		if (p->token.op == binary[i].op && level_of(p, i) != LEVEL_NONE)
			return i;
	return -1;
}

static int join(struct parser *p, int which, int left, int right, const struct token *op)
{
	const struct expr_node *a = &p->expr.nodes[left];
	int level = p->flags & EXPR_C ? LEVEL_NONE : binary[which].level;

	if (level == LEVEL_CMP && check_comparison(p, left, right, op) < 0)
		return -1;
	if (level == LEVEL_SHIFT && check_shift(p, right) < 0)
		return -1;
	return parser_add(p, (struct expr_node){ .op = binary[which].node,
						 .left = left,
						 .right = right,
						 .off = a->off,
						 .len = p->last - a->off,
						 .op_off = op->off });
}

/* Operators that bind at least as tightly as level. */
int parser_level(struct parser *p, int level)
{
	/* '!' stands between && and comparisons: !a == b is !(a == b), and refused. */
	bool loose = parser_at(p, '!') && level <= LEVEL_CMP && !(p->flags & EXPR_C);
	int left = loose ? parse_prefix(p, EXPR_LNOT, LEVEL_CMP) : parse_unary(p);

	while (left >= 0) {
		int which = binary_at(p);
		if (which < 0 || level_of(p, which) < level)
			break;
		struct token op = p->token;
		parser_advance(p);
		int right = parser_level(p, level_of(p, which) + 1);
		left = right < 0 ? -1 : join(p, which, left, right, &op);
	}
	return left;
}

static int unexpected(struct parser *p)
{
	struct span where = parser_span(p, p->token.off, p->token.len);
	const char *word = p->expr.text->data + p->token.off;

	if (parser_at(p, '=')) {
		diag_error(p->diags, &where, "'=' is no operator");
		diag_hint(p->diags, "write == to compare");
	} else if (p->token.kind == TOKEN_OP && strchr("+-*/%", (int)p->token.op)) {
		diag_error(p->diags, &where, "there is no operator '%c' in expressions", (int)p->token.op);
		diag_hint(p->diags, "the operators are | ^ & << >> ~ and unary -");
	} else {
		diag_error(p->diags, &where, "'%.*s' is not expected here", (int)p->token.len, word);
	}
	return -1;
}

int expr_parse(const struct span *span, unsigned flags, struct diags *diags, struct expr *ret_expr,
	       size_t *ret_end)
{
	struct parser p = { .expr.text = span->text,
			    .end = span->off + span->len,
			    .last = span->off,
			    .flags = flags,
			    .diags = diags };

	p.token = token_at(span->text, span->off, p.end);
	int root = parser_level(&p, LEVEL_LOR);
	if (root >= 0 && p.token.kind != TOKEN_END && !(flags & EXPR_PREFIX))
		root = unexpected(&p);
	if (root < 0) {
		expr_done(&p.expr);
		return -1;
	}
	*ret_expr = p.expr;
	if (ret_end)
		*ret_end = p.last;
	return 0;
}

void expr_done(struct expr *expr)
{
	if (!expr)
		return;
	free(expr->nodes);
	*expr = (struct expr){ 0 };
}
