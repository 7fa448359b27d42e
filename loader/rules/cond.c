/* SPDX-License-Identifier: MIT */
/* Conditions to branches. */
#include "loader/rules/cond.h"

#include <errno.h>
#include <stdlib.h>

#define SIGN 0x80000000u

static void branch_on(struct cond *cond, int i, int t, int f);

static const struct pred_node *node_at(const struct cond *cond, int i)
{
	return &cond->pred->nodes[i];
}

/* ------------------------------------------------------------------ */
/* One comparison of 32-bit words: A OP (a known word, or one in scratch memory) */

struct word {
	bool known;
	uint32_t value; /* where it is known */
	int slot;	/* where it is not */
};

static void compare_word(struct cond *cond, unsigned op, struct word word, int t, int f)
{
	if (word.known) {
		code_branch(cond->code, op | BPF_K, word.value, t, f);
		return;
	}
	code_op(cond->code, BPF_LDX | BPF_W | BPF_MEM, (uint32_t)word.slot);
	code_branch(cond->code, op | BPF_X, 0, t, f);
}

static bool holds(unsigned op, uint32_t a, uint32_t b)
{
	return op == BPF_JEQ ? a == b : op == BPF_JGT ? a > b : a >= b;
}

/* ------------------------------------------------------------------ */
/* Comparisons of numbers                                             */

/* a OP b, with OP one of JEQ, JGT and JGE. */
struct comparison {
	unsigned op;
	bool is_signed;
	struct half_source a, b;
	int slot; /* the first free scratch word */
};

/* Signed numbers are ordered as unsigned ones with the other sign bit. */
static uint32_t bias_of(const struct comparison *c, enum expr_half half, bool wide)
{
	return c->is_signed && c->op != BPF_JEQ && (half == EXPR_HI) == wide ? SIGN : 0;
}

/* A = a's half, and where b's is; both biased. */
static struct word load_both(struct cond *cond, struct comparison *c, enum expr_half half, uint32_t bias)
{
	struct word word = { .slot = c->slot };
	uint32_t k;

	if (half_known(cond, c->b.node, half, &k)) {
		word = (struct word){ .known = true, .value = k ^ bias };
		half_load(cond, c->a, half, c->slot);
	} else {
		half_load(cond, c->b, half, c->slot);
		if (bias)
			code_op(cond->code, BPF_ALU | BPF_XOR | BPF_K, bias);
		half_store(cond, c->slot);
		half_load(cond, c->a, half, c->slot + 1);
	}
	if (bias)
		code_op(cond->code, BPF_ALU | BPF_XOR | BPF_K, bias);
	return word;
}

static void compare_half(struct cond *cond, struct comparison *c, enum expr_half half, uint32_t bias, int t,
			 int f)
{
	uint32_t a, b;

	if (half_known(cond, c->a.node, half, &a) && half_known(cond, c->b.node, half, &b)) {
		code_goto(cond->code, holds(c->op, a ^ bias, b ^ bias) ? t : f);
		return;
	}
	/* x < 0: the sign bit alone, and A stays what it was. */
	if (bias && half_known(cond, c->b.node, half, &b) && !b && c->op == BPF_JGE) {
		half_load(cond, c->a, half, c->slot);
		code_branch(cond->code, BPF_JSET | BPF_K, SIGN, f, t);
		return;
	}
	struct word word = load_both(cond, c, half, bias);
	compare_word(cond, c->op, word, t, f);
}

/* The high halves of an ordering: decided by them (t, f), or equal. */
static void order_high(struct cond *cond, struct comparison *c, int t, int f, int equal)
{
	uint32_t bias = bias_of(c, EXPR_HI, true), a, b;

	if (half_known(cond, c->a.node, EXPR_HI, &a) && half_known(cond, c->b.node, EXPR_HI, &b)) {
		code_goto(cond->code, a == b ? equal : (a ^ bias) > (b ^ bias) ? t : f);
		return;
	}
	struct word word = load_both(cond, c, EXPR_HI, bias);
	/* Nothing is below 0 and nothing above all ones. */
	if (word.known && word.value == 0) {
		compare_word(cond, BPF_JEQ, word, equal, t);
	} else if (word.known && word.value == UINT32_MAX) {
		compare_word(cond, BPF_JEQ, word, equal, f);
	} else {
		int not_above = code_label(cond->code);
		compare_word(cond, BPF_JGT, word, t, not_above);
		code_bind(cond->code, not_above);
		if (word.known)
			code_branch(cond->code, BPF_JEQ | BPF_K, word.value, equal, f);
		else
			code_branch(cond->code, BPF_JEQ | BPF_X, 0, equal, f);
	}
}

static void compare_wide(struct cond *cond, struct comparison *c, int t, int f)
{
	int low;
	uint32_t k;

	/* x >= K and x > K where K's low half makes no difference. */
	if (c->op != BPF_JEQ && half_known(cond, c->b.node, EXPR_LO, &k) &&
	    k == (c->op == BPF_JGT ? UINT32_MAX : 0)) {
		compare_half(cond, c, EXPR_HI, bias_of(c, EXPR_HI, true), t, f);
		return;
	}
	low = code_label(cond->code);
	if (c->op == BPF_JEQ)
		compare_half(cond, c, EXPR_HI, 0, low, f);
	else
		order_high(cond, c, t, f, low);
	code_bind(cond->code, low);
	if (cond->code->reached)
		compare_half(cond, c, EXPR_LO, bias_of(c, EXPR_LO, true), t, f);
}

static void compare(struct cond *cond, unsigned op, int a, int b, int t, int f)
{
	const struct pred_node *left = node_at(cond, a), *right = node_at(cond, b);
	struct comparison c = { .op = op, .is_signed = left->is_signed };
	bool wide = left->bits == 64 || right->bits == 64;

	if (wide) {
		c.a = half_prepare(cond, a, &c.slot);
		c.b = half_prepare(cond, b, &c.slot);
		compare_wide(cond, &c, t, f);
		return;
	}
	c.a = (struct half_source){ .node = a, .slot = -1 };
	c.b = (struct half_source){ .node = b, .slot = -1 };
	compare_half(cond, &c, EXPR_LO, bias_of(&c, EXPR_LO, false), t, f);
}

/* ------------------------------------------------------------------ */
/* Numbers as conditions                                              */

/* x & K, to t where a bit of it is set: -1 when the node is something else. */
static int masked(const struct cond *cond, int i, int *ret_operand)
{
	const struct pred_node *node = node_at(cond, i);

	if (node->op != EXPR_AND)
		return -1;
	bool right = node_at(cond, node->right)->op == EXPR_INT;
	if (!right && node_at(cond, node->left)->op != EXPR_INT)
		return -1;
	*ret_operand = right ? node->left : node->right;
	return right ? node->right : node->left;
}

static void test_half(struct cond *cond, struct half_source source, enum expr_half half, uint32_t mask,
		      int slot, int t, int f)
{
	uint32_t value;

	if (!mask)
		code_goto(cond->code, f);
	else if (half_known(cond, source.node, half, &value))
		code_goto(cond->code, value & mask ? t : f);
	else {
		if (half == EXPR_LO && source.slot < 0 && node_at(cond, source.node)->bits <= 32)
			half_load_raw(cond, source.node, slot);
		else
			half_load(cond, source, half, slot);
		if (mask == UINT32_MAX)
			code_branch(cond->code, BPF_JEQ | BPF_K, 0, f, t);
		else
			code_branch(cond->code, BPF_JSET | BPF_K, mask, t, f);
	}
}

/* To t where some bit of the mask is set in the number. */
static void test_bits(struct cond *cond, int i, uint64_t mask, int t, int f)
{
	int slot = 0, low = code_label(cond->code);
	bool wide = node_at(cond, i)->bits == 64;
	struct half_source source = { .node = i, .slot = -1 };

	if (wide)
		source = half_prepare(cond, i, &slot);
	if (wide && mask >> 32) {
		test_half(cond, source, EXPR_HI, (uint32_t)(mask >> 32), slot, t, low);
		code_bind(cond->code, low);
		if (!cond->code->reached)
			return;
	}
	test_half(cond, source, EXPR_LO, (uint32_t)mask, slot, t, f);
}

/* To t where the number is not 0. */
static void test_number(struct cond *cond, int i, int t, int f)
{
	unsigned bits = node_at(cond, i)->bits;
	int operand, mask = masked(cond, i, &operand);

	if (mask >= 0 && node_at(cond, operand)->bits == bits)
		test_bits(cond, operand, pred_extend(node_at(cond, mask)->value, bits, false), t, f);
	else
		test_bits(cond, i, pred_extend(UINT64_MAX, bits, false), t, f);
}

static bool is_zero(const struct cond *cond, int i)
{
	return node_at(cond, i)->op == EXPR_INT && node_at(cond, i)->value == 0;
}

static void equal(struct cond *cond, int a, int b, int t, int f)
{
	if (is_zero(cond, b))
		test_number(cond, a, f, t);
	else
		compare(cond, BPF_JEQ, a, b, t, f);
}

/* ------------------------------------------------------------------ */

static void branch_comparison(struct cond *cond, const struct pred_node *node, int t, int f)
{
	int a = node->left, b = node->right;
	enum expr_op op = node->op;

	/* The constant on the right: 3 < x is x > 3. */
	if (node_at(cond, a)->op == EXPR_INT) {
		a = node->right;
		b = node->left;
		op = op == EXPR_LT   ? EXPR_GT
		     : op == EXPR_GT ? EXPR_LT
		     : op == EXPR_LE ? EXPR_GE
		     : op == EXPR_GE ? EXPR_LE
				     : op;
	}
	switch (op) {
	case EXPR_EQ:
		equal(cond, a, b, t, f);
		break;
	case EXPR_NE:
		equal(cond, a, b, f, t);
		break;
	case EXPR_GT:
		compare(cond, BPF_JGT, a, b, t, f);
		break;
	case EXPR_LE:
		compare(cond, BPF_JGT, a, b, f, t);
		break;
	case EXPR_GE:
		compare(cond, BPF_JGE, a, b, t, f);
		break;
	default: /* EXPR_LT */
		compare(cond, BPF_JGE, a, b, f, t);
		break;
	}
}

static void branch_logic(struct cond *cond, const struct pred_node *node, int t, int f)
{
	int between;

	if (node->op == EXPR_LNOT) {
		branch_on(cond, node->left, f, t);
		return;
	}
	if (node->right < 0) {
		branch_on(cond, node->left, t, f);
		return;
	}
	between = code_label(cond->code);
	if (node->op == EXPR_LAND)
		branch_on(cond, node->left, between, f);
	else
		branch_on(cond, node->left, t, between);
	code_bind(cond->code, between);
	if (cond->code->reached)
		branch_on(cond, node->right, t, f);
}

static void branch_on(struct cond *cond, int i, int t, int f)
{
	const struct pred_node *node = node_at(cond, i);

	if (cond->too_deep || cond->code->failed)
		return;
	if (node->op == EXPR_INT)
		code_goto(cond->code, node->value ? t : f);
	else if (!node->boolean)
		test_number(cond, i, t, f);
	else if (node->op >= EXPR_EQ && node->op <= EXPR_GE)
		branch_comparison(cond, node, t, f);
	else
		branch_logic(cond, node, t, f);
}

/* Which nodes are best made in pairs, and how much scratch memory each takes; operands come first. */
static void measure(struct cond *cond)
{
	for (size_t i = 0; i < cond->pred->n; i++) {
		const struct pred_node *node = &cond->pred->nodes[i];
		bool leaf = node->op == EXPR_INT || node->op == EXPR_FIELD || node->left < 0;
		bool shift = node->op == EXPR_SHL || node->op == EXPR_SHR;
		if (leaf)
			continue;
		unsigned a = cond->weight[node->left];
		bool right = node->right >= 0 && !shift && node_at(cond, node->right)->op != EXPR_INT;
		unsigned b = right ? cond->weight[node->right] : 0;
		cond->weight[i] = right && a == b ? a + 1 : a > b ? a : b;
		bool crossing = node->bits == 64 &&
				(node->op == EXPR_NEG || (shift && node_at(cond, node->right)->value < 32));
		cond->paired[i] = crossing || cond->paired[node->left] ||
				  (right && cond->paired[node->right]);
		cond->weight[i] += crossing ? 2 : 0;
	}
}

int cond_compile(struct code *code, const struct pred *pred, bool big_endian, int to_true, int to_false)
{
	struct cond cond = {
		.code = code,
		.pred = pred,
		.big_endian = big_endian,
		.paired = calloc(pred->n, sizeof(*cond.paired)),
		.weight = calloc(pred->n, sizeof(*cond.weight)),
	};
	int r = -ENOMEM;

	if (cond.paired && cond.weight) {
		measure(&cond);
		branch_on(&cond, (int)pred->n - 1, to_true, to_false);
		r = cond.too_deep ? -E2BIG : 0;
	}
	free(cond.paired);
	free(cond.weight);
	return r;
}
