/* SPDX-License-Identifier: MIT */
#include "bench/plain.h"

#include <string.h>

/* One checked program on one record, little-endian halves. */
static uint32_t plain_run(const struct sock_filter *pc, const struct seccomp_data *data)
{
	uint32_t a = 0, x = 0, mem[BPF_MEMWORDS];

	for (;; pc++) {
		switch (pc->code) {
		case BPF_LD | BPF_IMM:
			a = pc->k;
			break;
		case BPF_LDX | BPF_IMM:
			x = pc->k;
			break;
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + pc->k, sizeof(a));
			break;
		case BPF_LD | BPF_W | BPF_LEN:
			a = sizeof(*data);
			break;
		case BPF_LDX | BPF_W | BPF_LEN:
			x = sizeof(*data);
			break;
		case BPF_LD | BPF_MEM:
			a = mem[pc->k];
			break;
		case BPF_LDX | BPF_MEM:
			x = mem[pc->k];
			break;
		case BPF_ST:
			mem[pc->k] = a;
			break;
		case BPF_STX:
			mem[pc->k] = x;
			break;
		case BPF_ALU | BPF_ADD | BPF_K:
			a += pc->k;
			break;
		case BPF_ALU | BPF_ADD | BPF_X:
			a += x;
			break;
		case BPF_ALU | BPF_SUB | BPF_K:
			a -= pc->k;
			break;
		case BPF_ALU | BPF_SUB | BPF_X:
			a -= x;
			break;
		case BPF_ALU | BPF_MUL | BPF_K:
			a *= pc->k;
			break;
		case BPF_ALU | BPF_MUL | BPF_X:
			a *= x;
			break;
		case BPF_ALU | BPF_DIV | BPF_K:
			a /= pc->k;
			break;
		case BPF_ALU | BPF_DIV | BPF_X:
			if (!x)
				return 0;
			a /= x;
			break;
		case BPF_ALU | BPF_OR | BPF_K:
			a |= pc->k;
			break;
		case BPF_ALU | BPF_OR | BPF_X:
			a |= x;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= pc->k;
			break;
		case BPF_ALU | BPF_AND | BPF_X:
			a &= x;
			break;
		case BPF_ALU | BPF_XOR | BPF_K:
			a ^= pc->k;
			break;
		case BPF_ALU | BPF_XOR | BPF_X:
			a ^= x;
			break;
		case BPF_ALU | BPF_LSH | BPF_K:
			a <<= pc->k;
			break;
		case BPF_ALU | BPF_LSH | BPF_X:
			a <<= x & 31;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			a >>= pc->k;
			break;
		case BPF_ALU | BPF_RSH | BPF_X:
			a >>= x & 31;
			break;
		case BPF_ALU | BPF_NEG:
			a = -a;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_MISC | BPF_TXA:
			a = x;
			break;
		case BPF_JMP | BPF_JA:
			pc += pc->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == pc->k ? pc->jt : pc->jf;
			break;
		case BPF_JMP | BPF_JEQ | BPF_X:
			pc += a == x ? pc->jt : pc->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > pc->k ? pc->jt : pc->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_X:
			pc += a > x ? pc->jt : pc->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= pc->k ? pc->jt : pc->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_X:
			pc += a >= x ? pc->jt : pc->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += a & pc->k ? pc->jt : pc->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_X:
			pc += a & x ? pc->jt : pc->jf;
			break;
		case BPF_RET | BPF_K:
			return pc->k;
		case BPF_RET | BPF_A:
			return a;
		}
	}
}

uint32_t plain_run_stack(const struct plain_filter *filters, size_t n, const struct seccomp_data *data)
{
	uint32_t best = SECCOMP_RET_ALLOW;

	for (size_t i = n; i-- > 0;) {
		uint32_t ret = plain_run(filters[i].insns, data);
		if ((int32_t)(ret & SECCOMP_RET_ACTION_FULL) < (int32_t)(best & SECCOMP_RET_ACTION_FULL))
			best = ret;
	}
	return best;
}
