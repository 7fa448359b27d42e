/* SPDX-License-Identifier: MIT */
/*
 * Values, 32 bits at a time. A node's halves are the low and the high 32 bits
 * of its value extended to 64. Most operators make a half from the same halves
 * of their operands; a negation's high half, and a shift by less than 32, need
 * both (such nodes are "paired"): there the operand's halves are made once and
 * kept in scratch memory, or nested shifts would be evaluated over and over.
 * Nothing here branches.
 */
#include "loader/rules/cond.h"

#define SLOTS 16 /* linux/filter.h: BPF_MEMWORDS */
#define ALU(op) (BPF_ALU | (op) | BPF_K)
#define ALU_X(op) (BPF_ALU | (op) | BPF_X)

static const struct pred_node *node_at(const struct cond *cond, int i)
{
	return &cond->pred->nodes[i];
}

static uint32_t half_of(uint64_t value, enum expr_half half)
{
	return (uint32_t)(half == EXPR_HI ? value >> 32 : value);
}

static unsigned alu_of(enum expr_op op)
{
	return op == EXPR_AND ? BPF_AND : op == EXPR_OR ? BPF_OR : BPF_XOR;
}

/* ------------------------------------------------------------------ */
/* What is known before there is a record                             */

static bool known_bits(const struct cond *cond, const struct pred_node *node, enum expr_half half,
		       uint32_t *ret_value)
{
	uint32_t a = 0, b = 0;
	bool known_a = half_known(cond, node->left, half, &a),
	     known_b = half_known(cond, node->right, half, &b);

	if (known_a && known_b)
		*ret_value = node->op == EXPR_AND ? a & b : node->op == EXPR_OR ? a | b : a ^ b;
	else if (node->op == EXPR_AND && ((known_a && !a) || (known_b && !b)))
		*ret_value = 0;
	else if (node->op == EXPR_OR && ((known_a && !~a) || (known_b && !~b)))
		*ret_value = UINT32_MAX;
	else
		return false;
	return true;
}

bool half_known(const struct cond *cond, int i, enum expr_half half, uint32_t *ret_value)
{
	const struct pred_node *node = node_at(cond, i);

	if (node->op == EXPR_INT) {
		*ret_value = half_of(node->value, half);
		return true;
	}
	if (node->bits <= 32 && half == EXPR_HI) {
		*ret_value = 0;
		return !node->is_signed;
	}
	if (node->op == EXPR_AND || node->op == EXPR_OR || node->op == EXPR_XOR)
		return known_bits(cond, node, half, ret_value);
	if (node->op == EXPR_CAST && node->bits == 64)
		return half_known(cond, node->left, half, ret_value);
	uint64_t count = node->op == EXPR_SHL || node->op == EXPR_SHR ? node_at(cond, node->right)->value : 0;
	*ret_value = 0;
	return count >= 32 && ((node->op == EXPR_SHL && half == EXPR_LO) ||
			       (node->op == EXPR_SHR && half == EXPR_HI && !node->is_signed));
}

/* ------------------------------------------------------------------ */
/* Pieces of code                                                     */

void half_store(struct cond *cond, int slot)
{
	if (slot >= SLOTS)
		cond->too_deep = true;
	else
		code_op(cond->code, BPF_ST, (uint32_t)slot);
}

static void op_memory(struct cond *cond, unsigned op, int slot)
{
	if (slot >= SLOTS)
		return;
	code_op(cond->code, BPF_LDX | BPF_W | BPF_MEM, (uint32_t)slot);
	code_op(cond->code, ALU_X(op), 0);
}

/* A >>= count, following the sign: the bits that come in are those of the sign. */
static void shift_signed(struct cond *cond, unsigned count)
{
	uint32_t sign = (uint32_t)1 << (31 - count);

	if (!count)
		return;
	code_op(cond->code, ALU(BPF_RSH), count);
	if (count == 31) {
		code_op(cond->code, BPF_ALU | BPF_NEG, 0);
		return;
	}
	code_op(cond->code, ALU(BPF_XOR), sign);
	code_op(cond->code, ALU(BPF_SUB), sign);
}

static void shift_right(struct cond *cond, const struct pred_node *node, unsigned count)
{
	if (node->is_signed)
		shift_signed(cond, count);
	else if (count)
		code_op(cond->code, ALU(BPF_RSH), count);
}

/* A is the low half of a node's value but for what is above its bits. What has fewer than 32 has no sign. */
static void cut(struct cond *cond, const struct pred_node *node)
{
	if (node->bits < 32)
		code_op(cond->code, ALU(BPF_AND), ((uint32_t)1 << node->bits) - 1);
}

static void load_field(struct cond *cond, const struct pred_node *node, enum expr_half half)
{
	bool high = (node->half == EXPR_WHOLE ? half : node->half) == EXPR_HI;

	/* struct seccomp_data: nr, arch, instruction_pointer, args, in words. */
	if (node->field == EXPR_NR || node->field == EXPR_ARCH) {
		code_load(cond->code, node->field == EXPR_NR ? 0 : 1);
		return;
	}
	int word = node->field == EXPR_IP ? 2 : 4 + 2 * (int)(node->field - EXPR_ARG0);
	code_load(cond->code, word + (high != cond->big_endian));
}

/* Whether a takes more scratch memory than b from now on. */
static bool heavier(const struct cond *cond, struct half_source a, struct half_source b)
{
	if (a.slot >= 0 || b.slot >= 0)
		return a.slot < 0;
	return cond->weight[a.node] > cond->weight[b.node];
}

/* A = one half of a OP the same half of b. */
static void combine(struct cond *cond, unsigned op, struct half_source a, struct half_source b,
		    enum expr_half half, int slot)
{
	struct half_source first = a, second = b;
	uint32_t k;

	/* What is known, or takes less scratch memory, comes second; all these operators commute. */
	if (half_known(cond, a.node, half, &k) ||
	    (!half_known(cond, b.node, half, &k) && heavier(cond, b, a))) {
		first = b;
		second = a;
	}
	half_load(cond, first, half, slot);
	if (half_known(cond, second.node, half, &k)) {
		code_op(cond->code, ALU(op), k);
		return;
	}
	if (second.slot >= 0) {
		op_memory(cond, op, second.slot + (half == EXPR_HI));
		return;
	}
	half_store(cond, slot);
	half_load(cond, second, half, slot + 1);
	op_memory(cond, op, slot);
}

/* ------------------------------------------------------------------ */
/* Halves of 64-bit operators that need both of their operand's       */

static void shl_high(struct cond *cond, struct half_source operand, unsigned count, int slot)
{
	if (count >= 32) {
		half_load(cond, operand, EXPR_LO, slot);
		if (count > 32)
			code_op(cond->code, ALU(BPF_LSH), count - 32);
		return;
	}
	half_load(cond, operand, EXPR_HI, slot);
	if (!count)
		return;
	code_op(cond->code, ALU(BPF_LSH), count);
	half_store(cond, slot);
	half_load(cond, operand, EXPR_LO, slot + 1);
	code_op(cond->code, ALU(BPF_RSH), 32 - count);
	op_memory(cond, BPF_OR, slot);
}

static void shl_low(struct cond *cond, struct half_source operand, unsigned count, int slot)
{
	if (count >= 32) {
		code_op(cond->code, BPF_LD | BPF_W | BPF_IMM, 0);
		return;
	}
	half_load(cond, operand, EXPR_LO, slot);
	if (count)
		code_op(cond->code, ALU(BPF_LSH), count);
}

static void shr_low(struct cond *cond, const struct pred_node *node, struct half_source operand,
		    unsigned count, int slot)
{
	if (count >= 32) {
		half_load(cond, operand, EXPR_HI, slot);
		shift_right(cond, node, count - 32);
		return;
	}
	half_load(cond, operand, EXPR_LO, slot);
	if (!count)
		return;
	code_op(cond->code, ALU(BPF_RSH), count);
	half_store(cond, slot);
	half_load(cond, operand, EXPR_HI, slot + 1);
	code_op(cond->code, ALU(BPF_LSH), 32 - count);
	op_memory(cond, BPF_OR, slot);
}

static void shr_high(struct cond *cond, const struct pred_node *node, struct half_source operand,
		     unsigned count, int slot)
{
	if (count >= 32 && !node->is_signed) {
		code_op(cond->code, BPF_LD | BPF_W | BPF_IMM, 0);
		return;
	}
	half_load(cond, operand, EXPR_HI, slot);
	shift_right(cond, node, count >= 32 ? 31 : count);
}

/* -v: the high half is ~hi, plus one where lo is 0; (lo | -lo) >> 31 is whether it is not. */
static void neg_high(struct cond *cond, struct half_source operand, int slot)
{
	half_load(cond, operand, EXPR_LO, slot);
	half_store(cond, slot);
	code_op(cond->code, BPF_ALU | BPF_NEG, 0);
	op_memory(cond, BPF_OR, slot);
	code_op(cond->code, ALU(BPF_RSH), 31);
	half_store(cond, slot);
	half_load(cond, operand, EXPR_HI, slot + 1);
	code_op(cond->code, BPF_ALU | BPF_NEG, 0);
	op_memory(cond, BPF_SUB, slot);
}

static void crossing_half(struct cond *cond, const struct pred_node *node, struct half_source operand,
			  enum expr_half half, int slot)
{
	unsigned count = node->op == EXPR_NEG ? 0 : (unsigned)node_at(cond, node->right)->value;

	if (node->op == EXPR_SHL) {
		if (half == EXPR_HI)
			shl_high(cond, operand, count, slot);
		else
			shl_low(cond, operand, count, slot);
	} else if (node->op == EXPR_SHR) {
		if (half == EXPR_HI)
			shr_high(cond, node, operand, count, slot);
		else
			shr_low(cond, node, operand, count, slot);
	} else if (half == EXPR_HI) {
		neg_high(cond, operand, slot);
	} else {
		half_load(cond, operand, EXPR_LO, slot);
		code_op(cond->code, BPF_ALU | BPF_NEG, 0);
	}
}

/* ------------------------------------------------------------------ */
/* Nodes                                                              */

static struct half_source plain(int node)
{
	return (struct half_source){ .node = node, .slot = -1 };
}

/* Low half of an operator of at most 32 bits; what is above its bits is not yet cut. */
static void narrow(struct cond *cond, const struct pred_node *node, int slot)
{
	switch (node->op) {
	case EXPR_AND:
	case EXPR_OR:
	case EXPR_XOR:
		combine(cond, alu_of(node->op), plain(node->left), plain(node->right), EXPR_LO, slot);
		break;
	case EXPR_SHR:
		half_load(cond, plain(node->left), EXPR_LO, slot);
		shift_right(cond, node, (unsigned)node_at(cond, node->right)->value);
		break;
	case EXPR_SHL:
		half_load(cond, plain(node->left), EXPR_LO, slot);
		code_op(cond->code, ALU(BPF_LSH), (uint32_t)node_at(cond, node->right)->value);
		break;
	case EXPR_NOT:
		half_load(cond, plain(node->left), EXPR_LO, slot);
		code_op(cond->code, ALU(BPF_XOR), UINT32_MAX);
		break;
	case EXPR_NEG:
		half_load(cond, plain(node->left), EXPR_LO, slot);
		code_op(cond->code, BPF_ALU | BPF_NEG, 0);
		break;
	default: /* EXPR_CAST */
		half_load(cond, plain(node->left), EXPR_LO, slot);
		break;
	}
}

/* Whether what is above a narrow node's bits is right without a cut. */
static bool is_cut(const struct pred_node *node)
{
	return node->op == EXPR_AND || node->op == EXPR_OR || node->op == EXPR_XOR || node->op == EXPR_SHR ||
	       (node->op == EXPR_NOT && node->is_signed);
}

void half_load_raw(struct cond *cond, int i, int slot)
{
	const struct pred_node *node = node_at(cond, i);

	if (node->op == EXPR_FIELD)
		load_field(cond, node, EXPR_LO);
	else
		half_load(cond, plain(i), EXPR_LO, slot);
}

static void load_narrow(struct cond *cond, int i, enum expr_half half, int slot)
{
	const struct pred_node *node = node_at(cond, i);

	if (node->op == EXPR_FIELD)
		load_field(cond, node, EXPR_LO);
	else
		narrow(cond, node, slot);
	if (!is_cut(node))
		cut(cond, node);
	if (half == EXPR_HI)
		shift_signed(cond, 31);
}

/* A half of a 64-bit operator whose operands' halves may be asked for one by one. */
static void load_wide(struct cond *cond, int i, enum expr_half half, int slot)
{
	const struct pred_node *node = node_at(cond, i);
	struct half_source operand;

	switch (node->op) {
	case EXPR_FIELD:
		load_field(cond, node, half);
		break;
	case EXPR_AND:
	case EXPR_OR:
	case EXPR_XOR:
		combine(cond, alu_of(node->op), plain(node->left), plain(node->right), half, slot);
		break;
	case EXPR_NOT:
		half_load(cond, plain(node->left), half, slot);
		code_op(cond->code, ALU(BPF_XOR), UINT32_MAX);
		break;
	case EXPR_CAST:
		half_load(cond, plain(node->left), half, slot);
		break;
	default:
		operand = half_prepare(cond, node->left, &slot);
		crossing_half(cond, node, operand, half, slot);
		break;
	}
}

void half_load(struct cond *cond, struct half_source source, enum expr_half half, int slot)
{
	uint32_t value;

	if (cond->too_deep)
		return;
	if (half_known(cond, source.node, half, &value))
		code_op(cond->code, BPF_LD | BPF_W | BPF_IMM, value);
	else if (source.slot >= 0)
		code_op(cond->code, BPF_LD | BPF_W | BPF_MEM, (uint32_t)source.slot + (half == EXPR_HI));
	else if (node_at(cond, source.node)->bits <= 32)
		load_narrow(cond, source.node, half, slot);
	else
		load_wide(cond, source.node, half, slot);
}

/* Both halves of a paired node into M[slot] and M[slot + 1]. */
static void store_pair(struct cond *cond, int i, int slot)
{
	const struct pred_node *node = node_at(cond, i);
	struct half_source left, right;
	int free = slot;
	/* Each half overwrites what the other does not need: SHR's high half needs only the high one. */
	enum expr_half first = node->op == EXPR_SHR || node->bits <= 32 ? EXPR_LO : EXPR_HI;

	if (node->bits <= 32) {
		half_load(cond, plain(i), EXPR_LO, slot);
		half_store(cond, slot);
		if (node->is_signed) {
			shift_signed(cond, 31);
			half_store(cond, slot + 1);
		}
		return;
	}
	left = half_prepare(cond, node->left, &free);
	bool binary = node->op == EXPR_AND || node->op == EXPR_OR || node->op == EXPR_XOR;
	right = binary ? half_prepare(cond, node->right, &free) : left;
	if (free < slot + 2)
		free = slot + 2;
	for (int pass = 0; pass < 2; pass++) {
		enum expr_half half = (pass == 0) == (first == EXPR_LO) ? EXPR_LO : EXPR_HI;
		if (binary) {
			combine(cond, alu_of(node->op), left, right, half, free);
		} else if (node->op == EXPR_NOT || node->op == EXPR_CAST) {
			half_load(cond, left, half, free);
			if (node->op == EXPR_NOT)
				code_op(cond->code, ALU(BPF_XOR), UINT32_MAX);
		} else {
			crossing_half(cond, node, left, half, free);
		}
		half_store(cond, slot + (half == EXPR_HI));
	}
}

struct half_source half_prepare(struct cond *cond, int node, int *slot)
{
	struct half_source source = plain(node);

	if (cond->too_deep || !cond->paired[node])
		return source;
	if (*slot + 2 > SLOTS) {
		cond->too_deep = true;
		return source;
	}
	store_pair(cond, node, *slot);
	source.slot = *slot;
	*slot += 2;
	return source;
}
