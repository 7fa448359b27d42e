/* SPDX-License-Identifier: MIT */
/* The direct reading of a predicate. */
#include "loader/rules/pred.h"

static uint64_t field_of(const struct pred_node *node, const struct seccomp_data *record)
{
	uint64_t word = node->field == EXPR_NR	   ? (uint64_t)record->nr
			: node->field == EXPR_ARCH ? record->arch
			: node->field == EXPR_IP   ? record->instruction_pointer
						   : record->args[node->field - EXPR_ARG0];

	if (node->half == EXPR_HI)
		word >>= 32;
	return pred_extend(word, node->bits, node->is_signed);
}

static uint64_t value_of(const struct pred *pred, int i, const struct seccomp_data *record);

static bool truth_of(const struct pred *pred, int i, const struct seccomp_data *record)
{
	return value_of(pred, i, record) != 0;
}

static int order_of(const struct pred *pred, const struct pred_node *node, const struct seccomp_data *record)
{
	uint64_t a = value_of(pred, node->left, record), b = value_of(pred, node->right, record);

	if (pred->nodes[node->left].is_signed)
		return ((int64_t)a > (int64_t)b) - ((int64_t)a < (int64_t)b);
	return (a > b) - (a < b);
}

static uint64_t shifted(const struct pred_node *node, uint64_t value, uint64_t count)
{
	if (node->op == EXPR_SHL)
		return value << count;
	return node->is_signed ? (uint64_t)((int64_t)value >> count) : value >> count;
}

/* Truth values are 0 and 1. */
static uint64_t compute(const struct pred *pred, const struct pred_node *node,
			const struct seccomp_data *record)
{
	int left = node->left, right = node->right;

	switch (node->op) {
	case EXPR_LNOT:
		return !truth_of(pred, left, record);
	case EXPR_LAND:
		return truth_of(pred, left, record) && truth_of(pred, right, record);
	case EXPR_LOR:
		return truth_of(pred, left, record) || (right >= 0 && truth_of(pred, right, record));
	case EXPR_EQ:
		return order_of(pred, node, record) == 0;
	case EXPR_NE:
		return order_of(pred, node, record) != 0;
	case EXPR_LT:
		return order_of(pred, node, record) < 0;
	case EXPR_LE:
		return order_of(pred, node, record) <= 0;
	case EXPR_GT:
		return order_of(pred, node, record) > 0;
	case EXPR_GE:
		return order_of(pred, node, record) >= 0;
	case EXPR_AND:
		return value_of(pred, left, record) & value_of(pred, right, record);
	case EXPR_OR:
		return value_of(pred, left, record) | value_of(pred, right, record);
	case EXPR_XOR:
		return value_of(pred, left, record) ^ value_of(pred, right, record);
	case EXPR_NOT:
		return ~value_of(pred, left, record);
	case EXPR_NEG:
		return -value_of(pred, left, record);
	case EXPR_SHL:
	case EXPR_SHR:
		return shifted(node, value_of(pred, left, record), value_of(pred, right, record));
	default: /* EXPR_CAST: what is done to every number */
		return value_of(pred, left, record);
	}
}

static uint64_t value_of(const struct pred *pred, int i, const struct seccomp_data *record)
{
	const struct pred_node *node = &pred->nodes[i];

	if (node->op == EXPR_INT)
		return node->value;
	if (node->op == EXPR_FIELD)
		return field_of(node, record);
	uint64_t value = compute(pred, node, record);
	return node->boolean ? value : pred_extend(value, node->bits, node->is_signed);
}

bool pred_holds(const struct pred *pred, const struct seccomp_data *record)
{
	return truth_of(pred, (int)pred->n - 1, record);
}

bool pred_constant(const struct pred *pred, bool *ret_holds)
{
	const struct pred_node *root = &pred->nodes[pred->n - 1];

	if (root->op != EXPR_INT)
		return false;
	*ret_holds = root->value != 0;
	return true;
}

static bool same(const struct pred *a, int i, const struct pred *b, int j)
{
	if (i < 0 || j < 0)
		return i < 0 && j < 0;
	const struct pred_node *x = &a->nodes[i], *y = &b->nodes[j];
	if (x->op != y->op || x->boolean != y->boolean || x->is_signed != y->is_signed ||
	    x->bits != y->bits || x->half != y->half || x->field != y->field || x->value != y->value)
		return false;
	return same(a, x->left, b, y->left) && same(a, x->right, b, y->right);
}

bool pred_equal(const struct pred *a, const struct pred *b)
{
	return same(a, (int)a->n - 1, b, (int)b->n - 1);
}
