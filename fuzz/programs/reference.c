/* SPDX-License-Identifier: MIT */
#include "fuzz/programs/reference.h"
#include "vm/reference.h"

#include <string.h>

/* kernel/seccomp.c: seccomp_check_filter(); net/core/filter.c: chk_code_allowed() */
static bool opcode_allowed(uint16_t code)
{
	static const uint8_t allowed[] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0c, 0x14, 0x15,
					   0x16, 0x1c, 0x1d, 0x20, 0x24, 0x25, 0x2c, 0x2d, 0x34, 0x35, 0x3c,
					   0x3d, 0x44, 0x45, 0x4c, 0x4d, 0x54, 0x5c, 0x60, 0x61, 0x64, 0x6c,
					   0x74, 0x7c, 0x80, 0x81, 0x84, 0x87, 0xa4, 0xac };

	return code < 0x100 && memchr(allowed, code, sizeof(allowed)) != NULL;
}

static bool uses_memory(uint16_t code)
{
	return code == BPF_ST || code == BPF_STX || code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM);
}

static bool is_branch(uint16_t code)
{
	return BPF_CLASS(code) == BPF_JMP && BPF_OP(code) != BPF_JA;
}

/* net/core/filter.c: bpf_check_classic() */
static bool insn_allowed(const struct sock_filter *insn, size_t pc, size_t len)
{
	uint64_t behind = (uint64_t)len - pc - 1; /* instructions that follow */

	if (!opcode_allowed(insn->code))
		return false;
	if (insn->code == (BPF_LD | BPF_W | BPF_ABS))
		return insn->k % 4 == 0 && insn->k <= 60;
	if (uses_memory(insn->code))
		return insn->k <= 15;
	if (insn->code == (BPF_ALU | BPF_DIV | BPF_K))
		return insn->k != 0;
	if (insn->code == (BPF_ALU | BPF_LSH | BPF_K) || insn->code == (BPF_ALU | BPF_RSH | BPF_K))
		return insn->k <= 31;
	if (insn->code == (BPF_JMP | BPF_JA))
		return insn->k < behind;
	if (is_branch(insn->code))
		return insn->jt < behind && insn->jf < behind;
	return true;
}

/* net/core/filter.c: check_load_and_stores(). The first read of a word that may be unwritten, or -1. */
static long memory_checked(const struct sock_filter *insns, size_t len)
{
	static const bool unwritten;
	bool written[16] = { unwritten };
	/* by instruction: which words some jump to it leaves unwritten */
	static _Thread_local bool missing[TRIAL_LEN_MAX][16];

	memset(missing, 0, len * sizeof(*missing));
	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *insn = &insns[pc];
		for (int word = 0; word < 16; word++)
			written[word] = written[word] && !missing[pc][word];
		if (insn->code == BPF_ST || insn->code == BPF_STX)
			written[insn->k] = true;
		else if (uses_memory(insn->code) && !written[insn->k])
			return (long)pc;
		if (BPF_CLASS(insn->code) != BPF_JMP)
			continue;
		for (int word = 0; word < 16; word++) {
			bool lacks = !written[word];
			if (is_branch(insn->code)) {
				missing[pc + 1 + insn->jt][word] |= lacks;
				missing[pc + 1 + insn->jf][word] |= lacks;
			} else {
				missing[pc + 1 + insn->k][word] |= lacks;
			}
			written[word] = true;
		}
	}
	return -1;
}

long reference_check(const struct sock_filter *insns, size_t len)
{
	if (len == 0 || len > 4096)
		return (long)len;
	for (size_t pc = 0; pc < len; pc++)
		if (!insn_allowed(&insns[pc], pc, len))
			return (long)pc;
	if (insns[len - 1].code != (BPF_RET | BPF_K) && insns[len - 1].code != (BPF_RET | BPF_A))
		return (long)len - 1;
	return memory_checked(insns, len);
}

/* net/core/filter.c: bpf_convert_filter() */
size_t reference_size(const struct sock_filter *insns, size_t len)
{
	size_t size = 3;

	for (size_t i = 0; i < len; i++) {
		const struct sock_filter *insn = &insns[i];
		size++;
		if (insn->code == (BPF_RET | BPF_K))
			size++;
		else if (insn->code == (BPF_ALU | BPF_DIV | BPF_X))
			size += 4;
		if (!is_branch(insn->code))
			continue;
		if (BPF_SRC(insn->code) == BPF_K && (int32_t)insn->k < 0)
			size++;
		if (insn->jf != 0 && (insn->jt != 0 || BPF_OP(insn->code) == BPF_JSET))
			size++;
	}
	return size;
}

bool reference_fits(size_t used, size_t size)
{
	return used + size <= 32768;
}

/* kernel/seccomp.c: __seccomp_filter() */
uint32_t reference_effective(uint32_t ret)
{
	uint32_t data = ret & 0xffff;

	switch (ret >> 16) {
	case 0x0003: /* TRAP */
	case 0x7ff0: /* TRACE */
		return ret;
	case 0x0005: /* ERRNO */
		return 0x00050000 + (data > 4095 ? 4095 : data);
	case 0x0000: /* KILL_THREAD */
	case 0x7fc0: /* USER_NOTIF */
	case 0x7ffc: /* LOG */
	case 0x7fff: /* ALLOW */
		return ret - data;
	default:
		return 0x80000000;
	}
}

/* The bytes of a record as the stack's byte order lays them out, in 32-bit words that are read as this
 * machine's. */
static void lay_out(const struct seccomp_data *data, bool big_endian, uint8_t ret_bytes[64])
{
	memcpy(ret_bytes, data, 64);
	for (int i = 8; i < 64 && big_endian; i += 8) {
		uint8_t half[4];
		memcpy(half, ret_bytes + i, 4);
		memcpy(ret_bytes + i, ret_bytes + i + 4, 4);
		memcpy(ret_bytes + i + 4, half, 4);
	}
}

/* kernel/seccomp.c: seccomp_run_filters(): the newest first, only a strictly lower action replaces what
 * stands. */
struct reference_verdict reference_decide(const struct trial *trial, const struct seccomp_data *data)
{
	struct reference_verdict verdict = { .ret = 0x7fff0000, .filter = -1 };
	uint8_t bytes[64];

	lay_out(data, trial->big_endian, bytes);
	for (size_t i = trial->n; i-- > 0;) {
		unsigned insns;
		uint32_t ret = reference_run(trial->programs[i].insns, bytes, &insns);
		int64_t action = (int64_t)(int32_t)(ret & 0xffff0000u);
		int64_t best = (int64_t)(int32_t)(verdict.ret & 0xffff0000u);
		verdict.values[i] = ret;
		verdict.insns += insns;
		if (action < best) {
			verdict.ret = ret;
			verdict.filter = (int)i;
		}
	}
	return verdict;
}
