/* SPDX-License-Identifier: MIT */
#include "vm/live.h"

uint32_t vd_insn_reads(const struct vd_insn *insn)
{
	switch ((enum vd_form)vd_isa[insn->op].form) {
	case VD_FORM_NONE:
		return insn->op == VD_OP_TXA ? VD_REG_BIT(VD_REG_X) : VD_REG_BIT(VD_REG_A); /* tax, neg; txa */
	case VD_FORM_IMM:
		return insn->op == VD_OP_LD_IMM || insn->op == VD_OP_LDX_IMM || insn->op == VD_OP_RET_K ? 0 :
													VD_REG_BIT(VD_REG_A);
	case VD_FORM_MEM:
		if (insn->op == VD_OP_ST)
			return VD_REG_BIT(VD_REG_A);
		return insn->op == VD_OP_STX ? VD_REG_BIT(VD_REG_X) : VD_REG_BIT(VD_REG_M + insn->k);
	case VD_FORM_X:
	case VD_FORM_JUMP_X:
		return VD_REG_BIT(VD_REG_A) | VD_REG_BIT(VD_REG_X);
	case VD_FORM_A:
	case VD_FORM_JUMP_K:
		return VD_REG_BIT(VD_REG_A);
	case VD_FORM_ABS:
	case VD_FORM_LEN:
	case VD_FORM_JUMP:
		break;
	}
	return 0;
}

uint32_t vd_insn_writes(const struct vd_insn *insn)
{
	switch ((enum vd_form)vd_isa[insn->op].form) {
	case VD_FORM_NONE:
		return insn->op == VD_OP_TAX ? VD_REG_BIT(VD_REG_X) : VD_REG_BIT(VD_REG_A);
	case VD_FORM_MEM:
		if (insn->op == VD_OP_ST || insn->op == VD_OP_STX)
			return VD_REG_BIT(VD_REG_M + insn->k);
		return insn->op == VD_OP_LD_MEM ? VD_REG_BIT(VD_REG_A) : VD_REG_BIT(VD_REG_X);
	case VD_FORM_IMM:
	case VD_FORM_LEN:
		return insn->op == VD_OP_LDX_IMM || insn->op == VD_OP_LDX_LEN ? VD_REG_BIT(VD_REG_X) : VD_REG_BIT(VD_REG_A);
	case VD_FORM_ABS:
	case VD_FORM_X:
		return VD_REG_BIT(VD_REG_A);
	case VD_FORM_A:
	case VD_FORM_JUMP:
	case VD_FORM_JUMP_K:
	case VD_FORM_JUMP_X:
		break;
	}
	return 0;
}

static bool is_ret(int op)
{
	return op == VD_OP_RET_K || op == VD_OP_RET_A;
}

void vd_prog_live(const struct vd_prog *prog, uint32_t *ret_live)
{
	for (size_t pc = prog->len; pc-- > 0;) {
		const struct vd_insn *insn = &prog->code[pc];
		uint32_t after = 0;

		if (insn->op == VD_OP_JA)
			after = ret_live[pc + 1 + insn->k];
		else if (vd_form_is_branch(vd_isa[insn->op].form))
			after = ret_live[pc + 1 + insn->jt] | ret_live[pc + 1 + insn->jf];
		else if (!is_ret(insn->op))
			after = ret_live[pc + 1];
		ret_live[pc] = (after & ~vd_insn_writes(insn)) | vd_insn_reads(insn);
	}
}
