/* SPDX-License-Identifier: MIT */
/* Boundary values: what an operator compares with, followed down to the field that it is about. */
#include "loader/rules/pred.h"

struct bounds {
	const struct pred *pred;
	enum expr_field field;
	uint64_t *values;
	size_t n, max;
	unsigned steps; /* masks inside masks double the work at every level */
};

#define STEPS_MAX 10000

static void add(struct bounds *bounds, uint64_t value)
{
	for (size_t i = 0; i < bounds->n && i < bounds->max; i++)
		if (bounds->values[i] == value)
			return;
	if (bounds->n < bounds->max)
		bounds->values[bounds->n] = value;
	bounds->n++;
}

/* A value of the field as the predicate sees it: what it does not see may be anything. */
static void add_field(struct bounds *bounds, const struct pred_node *node, uint64_t value)
{
	if (node->half == EXPR_HI) {
		add(bounds, value << 32);
		add(bounds, value << 32 | 0xffffffff);
		return;
	}
	uint64_t low = pred_extend(value, node->bits, false);
	add(bounds, low);
	if (node->bits == 64 || node->field == EXPR_NR || node->field == EXPR_ARCH)
		return;
	add(bounds, low | (uint64_t)1 << node->bits);
	add(bounds, low | (uint64_t)1 << 32);
	add(bounds, low | UINT64_MAX << node->bits);
}

/* Whether the field stands somewhere below node i. */
static bool mentions(const struct bounds *bounds, int i)
{
	if (i < 0)
		return false;
	const struct pred_node *node = &bounds->pred->nodes[i];
	if (node->op == EXPR_FIELD)
		return node->field == bounds->field;
	return mentions(bounds, node->left) || mentions(bounds, node->right);
}

static void follow(struct bounds *bounds, int i, uint64_t value);

/* value == operand OP known, solved for the operand; bits that the operator hides both ways. */
static void follow_bits(struct bounds *bounds, const struct pred_node *node, uint64_t value)
{
	const struct pred_node *right = &bounds->pred->nodes[node->right],
			       *left = &bounds->pred->nodes[node->left];
	bool known_left = left->op == EXPR_INT, known = known_left || right->op == EXPR_INT;
	uint64_t k = known_left ? left->value : known ? right->value : 0;
	int operand = known_left ? node->right : node->left;

	if (!known) {
		follow(bounds, node->left, value);
		follow(bounds, node->right, value);
		return;
	}
	if (node->op == EXPR_XOR) {
		follow(bounds, operand, value ^ k);
		return;
	}
	uint64_t hidden = node->op == EXPR_AND ? ~k : k;
	follow(bounds, operand, value & ~hidden);
	follow(bounds, operand, value | hidden);
	/* One bit at a time: a mask that is too small shows nowhere else. */
	for (uint64_t bits = node->op == EXPR_AND ? k : ~k; bits; bits &= bits - 1)
		follow(bounds, operand, (value ^ (bits & -bits)) & ~hidden);
}

static void follow(struct bounds *bounds, int i, uint64_t value)
{
	const struct pred_node *node = i < 0 ? NULL : &bounds->pred->nodes[i];

	if (!node || bounds->n >= bounds->max || bounds->steps++ > STEPS_MAX || !mentions(bounds, i))
		return;
	uint64_t count = node->op == EXPR_SHL || node->op == EXPR_SHR ? bounds->pred->nodes[node->right].value
								      : 0;
	switch (node->op) {
	case EXPR_FIELD:
		add_field(bounds, node, value);
		break;
	case EXPR_NEG:
		follow(bounds, node->left, -value);
		break;
	case EXPR_NOT:
		follow(bounds, node->left, ~value);
		break;
	case EXPR_SHL:
		follow(bounds, node->left, pred_extend(value, node->bits, false) >> count);
		break;
	case EXPR_SHR:
		follow(bounds, node->left, value << count);
		follow(bounds, node->left, value << count | (((uint64_t)1 << count) - 1));
		break;
	case EXPR_AND:
	case EXPR_OR:
	case EXPR_XOR:
		follow_bits(bounds, node, value);
		break;
	default: /* EXPR_CAST */
		follow(bounds, node->left, value);
		break;
	}
}

static void around(struct bounds *bounds, int i, uint64_t value)
{
	follow(bounds, i, value);
	follow(bounds, i, value - 1);
	follow(bounds, i, value + 1);
}

/* An operand of a comparison (or a number that stands for its truth), against the other side. */
static void compared(struct bounds *bounds, int i, int other)
{
	const struct pred_node *node = other < 0 ? NULL : &bounds->pred->nodes[other];
	unsigned bits = bounds->pred->nodes[i].bits;

	if (!node || node->op == EXPR_INT) {
		around(bounds, i, node ? node->value : 0);
		return;
	}
	/* Two fields: where signs change. */
	around(bounds, i, 0);
	around(bounds, i, (uint64_t)1 << (bits - 1));
}

static void visit(struct bounds *bounds, int i)
{
	const struct pred_node *node = &bounds->pred->nodes[i];

	if (node->op == EXPR_INT)
		return;
	if (!node->boolean) {
		compared(bounds, i, -1);
	} else if (node->op >= EXPR_EQ && node->op <= EXPR_GE) {
		compared(bounds, node->left, node->right);
		compared(bounds, node->right, node->left);
	} else {
		visit(bounds, node->left);
		if (node->right >= 0)
			visit(bounds, node->right);
	}
}

size_t pred_boundaries(const struct pred *pred, enum expr_field field, uint64_t *ret_values, size_t max)
{
	struct bounds bounds = { .pred = pred, .field = field, .values = ret_values, .max = max };

	visit(&bounds, (int)pred->n - 1);
	return bounds.n < max ? bounds.n : max;
}
