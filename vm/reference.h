/* SPDX-License-Identifier: MIT */
/*
 * A second interpreter, for tests and fuzzers: written from the opcode's bit fields
 * (linux/bpf_common.h) instead of the instruction table, on bytes of the
 * record instead of words, so that a mistake in one is not one in both.
 */
#ifndef VM_REFERENCE_H
#define VM_REFERENCE_H

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t reference_alu(unsigned op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return (uint32_t)((uint64_t)a * b);
	case BPF_DIV:
		return a / b;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_LSH:
		return (uint32_t)((uint64_t)a << (b % 32));
	case BPF_RSH:
		return (uint32_t)((uint64_t)a >> (b % 32));
	case BPF_NEG:
		return ~a + 1;
	default: /* BPF_XOR */
		return (a | b) & ~(a & b);
	}
}

static inline int reference_jump(unsigned op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return (int64_t)a - (int64_t)b > 0;
	case BPF_JGE:
		return (int64_t)a - (int64_t)b >= 0;
	default: /* BPF_JSET */
		return (a & b) != 0;
	}
}

/* record: the 64 bytes of struct seccomp_data on a little-endian machine; executed: may be NULL. */
static inline uint32_t reference_run(const struct sock_filter *insns, const uint8_t *record,
				     unsigned *executed)
{
	uint32_t a = 0, x = 0, mem[BPF_MEMWORDS] = { 0 }, *reg;
	unsigned n = 0;

	for (const struct sock_filter *i = insns;; i++) {
		uint32_t source = BPF_SRC(i->code) == BPF_X ? x : i->k;

		n++;
		reg = BPF_CLASS(i->code) == BPF_LD || BPF_CLASS(i->code) == BPF_ST ? &a : &x;
		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
		case BPF_LDX:
			if (BPF_MODE(i->code) == BPF_ABS)
				*reg = (uint32_t)record[i->k] | (uint32_t)record[i->k + 1] << 8 |
				       (uint32_t)record[i->k + 2] << 16 | (uint32_t)record[i->k + 3] << 24;
			else if (BPF_MODE(i->code) == BPF_MEM)
				*reg = mem[i->k];
			else
				*reg = BPF_MODE(i->code) == BPF_LEN ? 64 : i->k;
			break;
		case BPF_ST:
		case BPF_STX:
			mem[i->k] = *reg;
			break;
		case BPF_ALU:
			if (BPF_OP(i->code) == BPF_DIV && !source) {
				if (executed)
					*executed = n;
				return 0;
			}
			a = reference_alu(BPF_OP(i->code), a, source);
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA)
				i += i->k;
			else
				i += reference_jump(BPF_OP(i->code), a, source) ? i->jt : i->jf;
			break;
		case BPF_RET:
			if (executed)
				*executed = n;
			return BPF_RVAL(i->code) == BPF_A ? a : i->k;
		default: /* BPF_MISC */
			if (BPF_MISCOP(i->code) == BPF_TAX)
				x = a;
			else
				a = x;
		}
	}
}

#endif
