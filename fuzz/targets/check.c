/* SPDX-License-Identifier: MIT */
/*
 * The checker against a second one, which is written from the opcodes' bit
 * fields and follows every edge of the program (net/core/filter.c:
 * bpf_check_classic, check_load_and_stores; kernel/seccomp.c: seccomp_check_filter).
 */
#include "fuzz/support/support.h"

#include <string.h>

#define LEN_MAX 64

static bool alu_is_known(const struct sock_filter *insn)
{
	unsigned op = BPF_OP(insn->code);

	if (op > BPF_XOR || op == BPF_MOD || (op == BPF_NEG && BPF_SRC(insn->code) != BPF_K) ||
	    (insn->code & ~0xff))
		return false;
	if (BPF_SRC(insn->code) == BPF_K && op == BPF_DIV && !insn->k)
		return false;
	return BPF_SRC(insn->code) == BPF_X || (op != BPF_LSH && op != BPF_RSH) || insn->k < 32;
}

static bool load_is_known(const struct sock_filter *insn)
{
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return insn->k < sizeof(struct seccomp_data) && insn->k % 4 == 0;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
		return insn->k < BPF_MEMWORDS;
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
		return true;
	default:
		return false;
	}
}

static bool jump_is_known(const struct sock_filter *insn, size_t room)
{
	unsigned op = BPF_OP(insn->code);

	if ((insn->code & ~0xff) || op > BPF_JSET)
		return false;
	if (op == BPF_JA)
		return insn->code == (BPF_JMP | BPF_JA) && insn->k < room;
	return insn->jt < room && insn->jf < room;
}

/* Whether an instruction is taken by itself, room instructions being behind it. */
static bool is_known(const struct sock_filter *insn, size_t room)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
	case BPF_LDX:
		return load_is_known(insn);
	case BPF_ST:
	case BPF_STX:
		return (insn->code == BPF_ST || insn->code == BPF_STX) && insn->k < BPF_MEMWORDS;
	case BPF_ALU:
		return alu_is_known(insn);
	case BPF_JMP:
		return jump_is_known(insn, room);
	case BPF_RET:
		return insn->code == (BPF_RET | BPF_K) || insn->code == (BPF_RET | BPF_A);
	default:
		return insn->code == (BPF_MISC | BPF_TAX) || insn->code == (BPF_MISC | BPF_TXA);
	}
}

/* Scratch memory is written on every way to where it is read. What follows a return is gone on with from
 * there. */
static bool memory_is_written(const struct sock_filter *insns, size_t len)
{
	uint16_t written[LEN_MAX];

	memset(written, 0xff, sizeof(written));
	written[0] = 0;
	for (size_t i = 0; i < len; i++) {
		const struct sock_filter *insn = &insns[i];
		uint16_t now = written[i], bit = (uint16_t)(1u << (insn->k & 15));
		unsigned class = BPF_CLASS(insn->code);
		if (class <= BPF_LDX && BPF_MODE(insn->code) == BPF_MEM && !(now & bit))
			return false;
		if (class == BPF_ST || class == BPF_STX)
			now |= bit;
		if (class != BPF_JMP) {
			if (i + 1 < len)
				written[i + 1] &= now;
		} else if (BPF_OP(insn->code) == BPF_JA) {
			written[i + 1 + insn->k] &= now;
		} else {
			written[i + 1 + insn->jt] &= now;
			written[i + 1 + insn->jf] &= now;
		}
	}
	return true;
}

static bool is_taken(const struct sock_filter *insns, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_known(&insns[i], len - i - 1))
			return false;
	return BPF_CLASS(insns[len - 1].code) == BPF_RET && memory_is_written(insns, len);
}

/* Opcodes that some machine takes come often; fields are what they are. */
static struct sock_filter insn_of(struct input *input)
{
	uint32_t first = input_word(input), k = input_word(input);
	uint16_t code = first & 0x100 ? (uint16_t)first : (uint16_t)(first & 0xff);

	return (struct sock_filter){ code, (uint8_t)(first >> 16), (uint8_t)(first >> 24), k };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct sock_filter insns[LEN_MAX];
	struct vd_error error;
	struct vd_prog *prog;
	size_t len = 0;

	while (input.left && len < LEN_MAX)
		insns[len++] = insn_of(&input);
	if (!len)
		return 0;
	bool taken = is_taken(insns, len);
	EXPECT((vd_prog_new(insns, len, &prog, &error) == 0) == taken, "%s", taken ? "refused" : "taken");
	if (taken) {
		EXPECT(vd_prog_len(prog) == len && !memcmp(vd_prog_insns(prog), insns, len * sizeof(*insns)),
		       "another program is kept");
		vd_prog_free(prog);
	} else {
		EXPECT(vd_error_errno(error.code) == 22, "errno %d", vd_error_errno(error.code));
	}
	return 0;
}
