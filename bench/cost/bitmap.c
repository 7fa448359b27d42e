/* SPDX-License-Identifier: MIT */
#include "bench/cost/bitmap.h"

#include <stddef.h>

#define AT(field) (uint32_t) offsetof(struct seccomp_data, field)

static bool compare(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGE:
		return a >= k;
	case BPF_JGT:
		return a > k;
	default:
		return a & k;
	}
}

bool bitmap_allows_prog(const struct vd_prog *prog, uint32_t arch, uint32_t nr)
{
	const struct sock_filter *insns = vd_prog_insns(prog);
	uint32_t a = 0;

	/* the program was checked: it ends in a RET, and jumps stay inside */
	for (size_t pc = 0;; pc++) {
		const struct sock_filter *insn = &insns[pc];
		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (insn->k != AT(nr) && insn->k != AT(arch))
				return false;
			a = insn->k == AT(nr) ? nr : arch;
			break;
		case BPF_RET | BPF_K:
			return insn->k == SECCOMP_RET_ALLOW;
		case BPF_JMP | BPF_JA:
			pc += insn->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += compare(insn->code, a, insn->k) ? insn->jt : insn->jf;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= insn->k;
			break;
		default:
			return false;
		}
	}
}

bool bitmap_allows(const struct vd_stack *stack, uint32_t arch, uint32_t nr)
{
	size_t n = vd_stack_len(stack);

	for (size_t i = 0; i < n; i++)
		if (!bitmap_allows_prog(vd_stack_prog(stack, i), arch, nr))
			return false;
	return n > 0;
}

bool bitmap_has(uint32_t arch, uint32_t nr)
{
	int abi = vd_abi_of(arch, nr);
	size_t n = abi == VD_ABI_NONE || abi == VD_ABI_X32 ? 0 : vd_abi_syscalls(abi);

	return n && nr <= vd_abi_syscall_at(abi, n - 1);
}
