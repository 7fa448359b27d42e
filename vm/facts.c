/* SPDX-License-Identifier: MIT */
/* What is known before each instruction, so that its numbers can be shown as names. */
#include "vm/prog.h"

#define WORD_ARCH 1

/* A join keeps what both paths know. */
static void merge(struct vd_fact *into, const struct vd_fact *from)
{
	if (!into->reachable) {
		*into = *from;
		into->reachable = true;
		return;
	}
	if (into->word != from->word)
		into->word = -1;
	if (into->abi != from->abi)
		into->abi = VD_ABI_NONE;
}

/* Whether an instruction changes A. */
static bool writes_a(int op)
{
	switch (op) {
	case VD_OP_LDX_IMM:
	case VD_OP_LDX_MEM:
	case VD_OP_LDX_LEN:
	case VD_OP_ST:
	case VD_OP_STX:
	case VD_OP_TAX:
		return false;
	default:
		return !vd_form_is_branch(vd_isa[op].form);
	}
}

/* A branch hands its fact on; where A is the arch word and equal to a constant, the ABI is known. */
static void branch(const struct vd_insn *insn, struct vd_fact *next, const struct vd_fact *fact)
{
	struct vd_fact taken = *fact;

	if (insn->op == VD_OP_JEQ_K && fact->word == WORD_ARCH)
		taken.abi = (int8_t)vd_abi_of(insn->k, 0);
	merge(next + insn->jt, &taken);
	merge(next + insn->jf, fact);
}

void vd_prog_facts(const struct vd_prog *prog, struct vd_fact *ret_facts)
{
	for (size_t pc = 0; pc < prog->len; pc++)
		ret_facts[pc] = (struct vd_fact){ .word = -1, .abi = VD_ABI_NONE };
	ret_facts[0].reachable = true;
	for (size_t pc = 0; pc < prog->len; pc++) {
		const struct vd_insn *insn = &prog->code[pc];
		struct vd_fact fact = ret_facts[pc];

		if (!fact.reachable || insn->op == VD_OP_RET_K || insn->op == VD_OP_RET_A)
			continue;
		if (insn->op == VD_OP_LD_ABS)
			fact.word = (int8_t)(insn->k / 4);
		else if (insn->op != VD_OP_JA && writes_a(insn->op))
			fact.word = -1;
		if (insn->op == VD_OP_JA)
			merge(&ret_facts[pc + 1 + insn->k], &fact);
		else if (vd_form_is_branch(vd_isa[insn->op].form))
			branch(insn, &ret_facts[pc + 1], &fact);
		else
			merge(&ret_facts[pc + 1], &fact);
	}
}
