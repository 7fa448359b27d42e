/* SPDX-License-Identifier: MIT */
#include "vm/engine/value.h"

static struct vd_value load(const struct vd_known *known, uint32_t word)
{
	if (known->arch_nr && word < 2)
		return vd_constant(word ? known->arch : known->nr);
	return (struct vd_value){ .bits = 0xffffffff, .kind = VD_VALUE_WORD, .word = (uint8_t)word };
}

static uint32_t fold(int op, uint32_t a, uint32_t b)
{
	switch (op) {
	case VD_OP_ADD_K:
	case VD_OP_ADD_X:
		return a + b;
	case VD_OP_SUB_K:
	case VD_OP_SUB_X:
		return a - b;
	case VD_OP_MUL_K:
	case VD_OP_MUL_X:
		return a * b;
	case VD_OP_DIV_K:
	case VD_OP_DIV_X:
		return a / b;
	case VD_OP_OR_K:
	case VD_OP_OR_X:
		return a | b;
	case VD_OP_AND_K:
	case VD_OP_AND_X:
		return a & b;
	case VD_OP_XOR_K:
	case VD_OP_XOR_X:
		return a ^ b;
	case VD_OP_LSH_K:
	case VD_OP_LSH_X:
		return a << (b & 31);
	case VD_OP_RSH_K:
	case VD_OP_RSH_X:
		return a >> (b & 31);
	default: /* NEG */
		return 0 - a;
	}
}

static struct vd_value alu(int op, struct vd_value a, struct vd_value b)
{
	if (op == VD_OP_NEG)
		b = vd_constant(0);
	if (a.kind == VD_VALUE_CONSTANT && b.kind == VD_VALUE_CONSTANT)
		return vd_constant(fold(op, a.bits, b.bits));
	if ((op == VD_OP_AND_K || op == VD_OP_AND_X) && b.kind == VD_VALUE_CONSTANT &&
	    a.kind == VD_VALUE_WORD) {
		a.bits &= b.bits;
		return a.bits ? a : vd_constant(0);
	}
	return (struct vd_value){ .kind = VD_VALUE_OPAQUE };
}

bool vd_value_execute(const struct vd_known *known, const struct vd_insn *insn, struct vd_value *reg)
{
	struct vd_value operand = vd_isa[insn->op].form == VD_FORM_X ? reg[VD_REG_X] : vd_constant(insn->k);

	switch ((enum vd_op)insn->op) {
	case VD_OP_LD_IMM:
		reg[VD_REG_A] = operand;
		break;
	case VD_OP_LDX_IMM:
		reg[VD_REG_X] = operand;
		break;
	case VD_OP_LD_LEN:
		reg[VD_REG_A] = vd_constant(VD_RECORD_SIZE);
		break;
	case VD_OP_LDX_LEN:
		reg[VD_REG_X] = vd_constant(VD_RECORD_SIZE);
		break;
	case VD_OP_LD_ABS:
		reg[VD_REG_A] = load(known, insn->k / 4);
		break;
	case VD_OP_ST:
		reg[VD_REG_M + insn->k] = reg[VD_REG_A];
		break;
	case VD_OP_STX:
		reg[VD_REG_M + insn->k] = reg[VD_REG_X];
		break;
	case VD_OP_LD_MEM:
		reg[VD_REG_A] = reg[VD_REG_M + insn->k];
		break;
	case VD_OP_LDX_MEM:
		reg[VD_REG_X] = reg[VD_REG_M + insn->k];
		break;
	case VD_OP_TAX:
		reg[VD_REG_X] = reg[VD_REG_A];
		break;
	case VD_OP_TXA:
		reg[VD_REG_A] = reg[VD_REG_X];
		break;
	case VD_OP_DIV_X:
		if (operand.kind != VD_VALUE_CONSTANT)
			return false;
		reg[VD_REG_A] = alu(insn->op, reg[VD_REG_A], operand);
		break;
	default:
		reg[VD_REG_A] = alu(insn->op, reg[VD_REG_A], operand);
	}
	return true;
}

bool vd_value_compare(int op, uint32_t a, uint32_t b)
{
	switch (op) {
	case VD_OP_JEQ_K:
	case VD_OP_JEQ_X:
		return a == b;
	case VD_OP_JGT_K:
	case VD_OP_JGT_X:
		return a > b;
	case VD_OP_JGE_K:
	case VD_OP_JGE_X:
		return a >= b;
	default:
		return a & b;
	}
}

int vd_value_test(int op, struct vd_value a, uint32_t k, struct vd_test *ret_test)
{
	struct vd_test test = { .mask = a.bits, .low = k, .offset = a.word };
	int decided = -1;

	switch (op) {
	case VD_OP_JEQ_K:
	case VD_OP_JEQ_X:
		if (k & ~a.bits)
			return 0;
		break;
	case VD_OP_JGT_K:
	case VD_OP_JGT_X:
		if (k >= a.bits) /* no value under the mask is larger than the mask */
			return 0;
		test.low = k + 1;
		test.span = UINT32_MAX - test.low;
		break;
	case VD_OP_JGE_K:
	case VD_OP_JGE_X:
		if (!k || k > a.bits)
			return !k;
		test.span = UINT32_MAX - k;
		break;
	default: /* JSET: not equal to 0 under both masks */
		test.mask &= k;
		test.low = 0;
		if (!test.mask)
			return 0;
		decided = -2;
	}
	*ret_test = test;
	return decided;
}
