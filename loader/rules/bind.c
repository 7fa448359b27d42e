/* SPDX-License-Identifier: MIT */
/* Types: every node of an expression gets its width and sign, constants those of what they meet. */
#include "loader/rules/bind.h"

#include <stdlib.h>
#include <string.h>

/* Whether the node is a typed constant: what was cast. */
static bool constant(const struct binder *binder, int i)
{
	return i < 0 || binder->nodes[i].op == EXPR_INT;
}

static uint64_t calculate(enum expr_op op, uint64_t a, uint64_t b)
{
	switch (op) {
	case EXPR_NEG:
		return -a;
	case EXPR_NOT:
		return ~a;
	case EXPR_AND:
		return a & b;
	case EXPR_OR:
		return a | b;
	case EXPR_XOR:
		return a ^ b;
	default:
		return a;
	}
}

/* Arithmetic on typed constants happens here: what is left has a field in it. */
static void reduce(struct binder *binder, int i)
{
	struct pred_node *node = &binder->nodes[i];

	if (!constant(binder, node->left) || !constant(binder, node->right))
		return;
	uint64_t a = binder->nodes[node->left].value,
		 b = node->right < 0 ? 0 : binder->nodes[node->right].value;
	uint64_t value = node->op == EXPR_SHL	? a << b
			 : node->op == EXPR_SHR ? (node->is_signed ? (uint64_t)((int64_t)a >> b) : a >> b)
						: calculate(node->op, a, b);
	*node = typed(EXPR_INT, node->bits, node->is_signed);
	node->value = pred_extend(value, node->bits, node->is_signed);
}

static int bind_prefix(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];
	const struct pred_node *operand = &binder->nodes[node->left];

	if (operand->boolean)
		return bind_no_number(binder, node->left);
	if (untyped(operand))
		return bind_constant(binder, i);
	binder->nodes[i] = typed(node->op, operand->bits, operand->is_signed);
	binder->nodes[i].left = node->left;
	reduce(binder, i);
	return 0;
}

static int bind_shift(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];
	const struct pred_node *operand = &binder->nodes[node->left];
	struct span where = span_at(binder, i);
	uint64_t count = binder->values[node->right].bits;

	if (operand->boolean)
		return bind_no_number(binder, node->left);
	if (untyped(operand))
		return bind_constant(binder, i);
	if (count >= operand->bits) {
		diag_error(binder->diags, &where, "'%.*s' has %d bits, which a shift by %u leaves nothing of",
			   length_at(binder, node->left), text_at(binder, node->left), operand->bits,
			   (unsigned)count);
		if (operand->bits < 64)
			diag_hint(binder->diags, "widen it first: %c64(%.*s)", operand->is_signed ? 's' : 'u',
				  length_at(binder, node->left), text_at(binder, node->left));
		return -1;
	}
	binder->nodes[i] = typed(node->op, operand->bits, operand->is_signed);
	binder->nodes[i].left = node->left;
	binder->nodes[i].right = node->right;
	binder->nodes[node->right] = typed(EXPR_INT, 32, false);
	binder->nodes[node->right].value = count;
	reduce(binder, i);
	return 0;
}

static int bind_bits(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];

	if (bind_meet(binder, i, node->left, node->right, false) < 0)
		return -1;
	const struct pred_node *a = &binder->nodes[node->left], *b = &binder->nodes[node->right];
	if (untyped(a))
		return bind_constant(binder, i);
	binder->nodes[i] = typed(node->op, a->bits > b->bits ? a->bits : b->bits, a->is_signed);
	binder->nodes[i].left = node->left;
	binder->nodes[i].right = node->right;
	reduce(binder, i);
	return 0;
}

static int bind_cast(struct binder *binder, int i)
{
	static const struct {
		uint8_t bits;
		bool is_signed;
	} casts[] = {
		[EXPR_U16] = { 16, false }, [EXPR_U32] = { 32, false }, [EXPR_S32] = { 32, true },
		[EXPR_U64] = { 64, false }, [EXPR_S64] = { 64, true },
	};
	const struct expr_node *node = &binder->expr->nodes[i];
	struct pred_node *operand = &binder->nodes[node->left];
	struct pred_node type = typed(EXPR_CAST, casts[node->value].bits, casts[node->value].is_signed);

	if (operand->boolean)
		return bind_no_number(binder, node->left);
	if (untyped(operand) && bind_convert(binder, node->left, &type, i, false) < 0)
		return -1;
	type.left = node->left;
	binder->nodes[i] = type;
	reduce(binder, i);
	return 0;
}

/* Constants behave as integers of any width: a negative one is below all others. */
static int order(const struct expr_value *a, const struct expr_value *b)
{
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	return (a->bits > b->bits) - (a->bits < b->bits);
}

static int order_typed(const struct pred_node *a, const struct pred_node *b)
{
	if (a->is_signed)
		return ((int64_t)a->value > (int64_t)b->value) - ((int64_t)a->value < (int64_t)b->value);
	return (a->value > b->value) - (a->value < b->value);
}

static bool compare(enum expr_op op, int order)
{
	switch (op) {
	case EXPR_EQ:
		return order == 0;
	case EXPR_NE:
		return order != 0;
	case EXPR_LT:
		return order < 0;
	case EXPR_LE:
		return order <= 0;
	case EXPR_GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* An action with its data is never what ret.action is. */
static int check_action(struct binder *binder, int action, int field)
{
	const struct expr_node *a = &binder->expr->nodes[action], *f = &binder->expr->nodes[field];
	struct span where = span_at(binder, action);

	if (a->op != EXPR_ACTION || f->op != EXPR_FIELD || f->value != EXPR_RET_ACTION)
		return 0;
	diag_error(binder->diags, &where, "ret.action is an action without its data");
	diag_hint(binder->diags, "compare ret with '%.*s', or ret.data with its data",
		  length_at(binder, action), text_at(binder, action));
	return -1;
}

static int bind_comparison(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];

	if (check_action(binder, node->left, node->right) < 0 ||
	    check_action(binder, node->right, node->left) < 0)
		return -1;
	if (bind_meet(binder, i, node->left, node->right, node->op != EXPR_EQ && node->op != EXPR_NE) < 0)
		return -1;
	const struct pred_node *a = &binder->nodes[node->left], *b = &binder->nodes[node->right];
	if (untyped(a))
		binder->nodes[i] = known_truth(
			compare(node->op, order(&binder->values[node->left], &binder->values[node->right])));
	else if (a->op == EXPR_INT && b->op == EXPR_INT)
		binder->nodes[i] = known_truth(compare(node->op, order_typed(a, b)));
	else
		binder->nodes[i] = truth(node->op, node->left, node->right);
	return 0;
}

/* 0, 1, or -1: not known before a record is. */
static int truth_of(const struct binder *binder, int i)
{
	const struct pred_node *node = &binder->nodes[i];

	if (node->op != EXPR_INT)
		return -1;
	return untyped(node) ? binder->values[i].bits != 0 : node->value != 0;
}

static void bind_logic(struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];
	int a = truth_of(binder, node->left), b = node->right < 0 ? -1 : truth_of(binder, node->right);
	int decides = node->op == EXPR_LOR;

	if (node->op == EXPR_LNOT) {
		binder->nodes[i] = a < 0 ? truth(EXPR_LNOT, node->left, -1) : known_truth(!a);
	} else if (a == decides || b == decides) {
		binder->nodes[i] = known_truth(decides);
	} else if (a >= 0 && b >= 0) {
		binder->nodes[i] = known_truth(!decides);
	} else if (a >= 0 || b >= 0) {
		binder->nodes[i] = truth(EXPR_LOR, a >= 0 ? node->right : node->left, -1);
	} else {
		binder->nodes[i] = truth(node->op, node->left, node->right);
	}
}

static int bind_node(struct binder *binder, int i)
{
	switch (binder->expr->nodes[i].op) {
	case EXPR_INT:
		return bind_constant(binder, i);
	case EXPR_NAME:
		return bind_name(binder, i);
	case EXPR_FIELD:
		return bind_field(binder, i);
	case EXPR_CAST:
		return bind_cast(binder, i);
	case EXPR_NEG:
	case EXPR_NOT:
		return bind_prefix(binder, i);
	case EXPR_SHL:
	case EXPR_SHR:
		return bind_shift(binder, i);
	case EXPR_AND:
	case EXPR_XOR:
	case EXPR_OR:
		return bind_bits(binder, i);
	case EXPR_EQ:
	case EXPR_NE:
	case EXPR_LT:
	case EXPR_LE:
	case EXPR_GT:
	case EXPR_GE:
		return bind_comparison(binder, i);
	case EXPR_LNOT:
	case EXPR_LAND:
	case EXPR_LOR:
		bind_logic(binder, i);
		return 0;
	default:
		/* Qualified names and actions: the parser makes them where its flags say so only. */
		return bind_constant(binder, i);
	}
}

static int bind_all(struct binder *binder)
{
	size_t n = binder->expr->n;

	for (size_t i = 0; i < n; i++)
		if (bind_node(binder, (int)i) < 0)
			return -1;
	int known = truth_of(binder, (int)n - 1);
	if (known >= 0)
		binder->nodes[n - 1] = known_truth(known);
	return 0;
}

int pred_bind(const struct expr *expr, const struct pred_subject *subject, struct diags *diags,
	      struct pred *ret_pred)
{
	struct binder binder = { .expr = expr, .subject = subject, .diags = diags, .n_args = -1 };
	int r = -1;

	if (subject->has_nr)
		binder.n_args = vd_syscall_args(subject->abi, subject->nr, binder.args);
	binder.nodes = calloc(expr->n, sizeof(*binder.nodes));
	binder.values = calloc(expr->n, sizeof(*binder.values));
	if (binder.nodes && binder.values) {
		r = bind_all(&binder);
	} else {
		struct span where = span_of(expr->text, expr->nodes[0].off, 0);
		diag_error(diags, &where, "out of memory");
	}
	free(binder.values);
	if (r < 0) {
		free(binder.nodes);
		return -1;
	}
	*ret_pred = (struct pred){ .nodes = binder.nodes, .n = expr->n };
	return 0;
}

void pred_done(struct pred *pred)
{
	if (!pred)
		return;
	free(pred->nodes);
	*pred = (struct pred){ 0 };
}
