/* SPDX-License-Identifier: MIT */
#include "vm/random.h"
#include "vm/isa.h"

uint64_t vd_random_next(struct vd_random *random)
{
	/* splitmix64 */
	uint64_t z = (random->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint32_t vd_random_below(struct vd_random *random, uint32_t n)
{
	return (uint32_t)(((vd_random_next(random) >> 32) * n) >> 32);
}

uint32_t vd_random_word(struct vd_random *random)
{
	static const uint32_t returns[] = { 0x80000000u, 0, 0x30000, 0x50001, 0x7fc00000, 0x7ff00000, 0x7ffc0000,
					    0x7fff0000 };
	uint32_t any = (uint32_t)vd_random_next(random);

	switch (vd_random_below(random, 8)) {
	case 0:
		return any % 8;
	case 1:
		return any % 512;
	case 2:
		return (1u << any % 32) - 1 + vd_random_below(random, 3);
	case 3:
		return ~0u << any % 32;
	case 4:
		return ~0u - any % 3;
	case 5:
		return any % 2 ? 0xc000003eu : 0x40000003u;
	case 6:
		return returns[any % 8];
	default:
		return any;
	}
}

/* A valid operand for an opcode at a place with room instructions behind the next one. */
static struct sock_filter random_insn(struct vd_random *random, int op, size_t room)
{
	struct sock_filter insn = { .code = vd_isa[op].code, .k = vd_random_word(random) };
	uint32_t reach = room > 255 ? 256 : (uint32_t)room + 1;

	if (vd_isa[op].form == VD_FORM_ABS)
		insn.k = 4 * vd_random_below(random, VD_RECORD_WORDS);
	if (vd_isa[op].form == VD_FORM_MEM)
		insn.k = vd_random_below(random, VD_MEM_WORDS);
	if (op == VD_OP_LSH_K || op == VD_OP_RSH_K)
		insn.k %= 32;
	if (op == VD_OP_DIV_K && !insn.k)
		insn.k = 1;
	if (op == VD_OP_JA)
		insn.k = vd_random_below(random, (uint32_t)room + 1);
	if (vd_form_is_branch(vd_isa[op].form)) {
		insn.jt = (uint8_t)vd_random_below(random, reach);
		insn.jf = (uint8_t)vd_random_below(random, reach);
	}
	return insn;
}

/* Comparisons with the words of the record are what filters are made of. */
static int random_op(struct vd_random *random)
{
	static const uint8_t usual[] = { VD_OP_LD_ABS, VD_OP_LD_ABS, VD_OP_JEQ_K, VD_OP_JGE_K, VD_OP_JSET_K,
					 VD_OP_ST,     VD_OP_LD_MEM };

	if (vd_random_below(random, 2))
		return usual[vd_random_below(random, sizeof(usual))];
	for (;;) {
		int op = (int)vd_random_below(random, VD_OPS);
		/* Returns in the middle would leave most of the program dead. */
		if ((op != VD_OP_RET_K && op != VD_OP_RET_A) || !vd_random_below(random, 4))
			return op;
	}
}

static void spoil(struct vd_random *random, struct sock_filter *insn)
{
	uint32_t any = (uint32_t)vd_random_next(random);

	switch (vd_random_below(random, 5)) {
	case 0:
		insn->code = (uint16_t)(any % 256);
		return;
	case 1:
		insn->code = (uint16_t)any;
		return;
	case 2:
		insn->jt = (uint8_t)any;
		return;
	case 3:
		insn->jf = (uint8_t)any;
		return;
	default:
		insn->k = any % 2 ? vd_random_word(random) : any % 128;
	}
}

size_t vd_random_prog(struct vd_random *random, size_t max_len, unsigned wild, struct sock_filter *ret_insns)
{
	for (;;) {
		size_t len = 2 + vd_random_below(random, (uint32_t)max_len - 1), at = 0;

		/* Some programs write all scratch memory first, so that reads are valid anywhere. */
		if (len > VD_MEM_WORDS + 4 && vd_random_below(random, 2))
			for (; at < VD_MEM_WORDS; at++)
				ret_insns[at] = (struct sock_filter){
					.code = vd_isa[at % 2 ? VD_OP_ST : VD_OP_STX].code, .k = (uint32_t)at
				};
		for (; at + 1 < len; at++)
			ret_insns[at] = random_insn(random, random_op(random), len - at - 2);
		ret_insns[at] = (struct sock_filter){ .code = vd_random_below(random, 2) ? 0x06 : 0x16,
						      .k = vd_random_word(random) };
		if (ret_insns[at].code == 0x16)
			ret_insns[at].k = 0;
		for (size_t i = 0; i < len && wild; i++)
			if (vd_random_below(random, 1000) < wild)
				spoil(random, &ret_insns[i]);
		if (wild || !vd_check(ret_insns, len, NULL, 0))
			return len;
	}
}

/* A constant of the program, one off, or any word. */
static uint32_t interesting(struct vd_random *random, const struct sock_filter *insns, size_t len)
{
	if (!len || vd_random_below(random, 2))
		return vd_random_word(random);
	return insns[vd_random_below(random, (uint32_t)len)].k + vd_random_below(random, 3) - 1;
}

void vd_random_record(struct vd_random *random, const struct sock_filter *insns, size_t len,
		      struct seccomp_data *ret_data)
{
	struct seccomp_data data = { .nr = (int)interesting(random, insns, len),
				     .arch = interesting(random, insns, len) };

	for (int i = -1; i < 6; i++) {
		uint64_t value = (uint64_t)interesting(random, insns, len) << 32 | interesting(random, insns, len);
		if (i < 0)
			data.instruction_pointer = value;
		else
			data.args[i] = value;
	}
	*ret_data = data;
}
