/* SPDX-License-Identifier: MIT */
#include "vm/check.h"
#include "vm/isa.h"

#include <string.h>

/* Shifts by a constant are below this (bpf_check_classic: "if (ftest->k >= 32)"). */
#define SHIFT_LIMIT 32u

static struct vd_error error_at(const struct sock_filter *insns, size_t pc, int code, uint64_t value,
				uint64_t limit)
{
	return (struct vd_error){
		.code = code, .pc = (int)pc, .insn = insns[pc], .value = value, .limit = limit
	};
}

/* The constant operand's own rule; VD_ERROR_NONE when it has none or keeps it. */
static struct vd_error check_operand(const struct sock_filter *insns, size_t pc, int op)
{
	uint32_t k = insns[pc].k;

	if (vd_isa[op].form == VD_FORM_ABS && (k >= VD_RECORD_SIZE || k % 4))
		return error_at(insns, pc, VD_ERROR_LOAD_OFFSET, k, VD_RECORD_SIZE);
	if (vd_isa[op].form == VD_FORM_MEM && k >= VD_MEM_WORDS)
		return error_at(insns, pc, VD_ERROR_MEM_INDEX, k, VD_MEM_WORDS - 1);
	if (op == VD_OP_DIV_K && k == 0)
		return error_at(insns, pc, VD_ERROR_DIV_BY_ZERO, 0, 0);
	if ((op == VD_OP_LSH_K || op == VD_OP_RSH_K) && k >= SHIFT_LIMIT)
		return error_at(insns, pc, VD_ERROR_SHIFT, k, SHIFT_LIMIT - 1);
	return (struct vd_error){ 0 };
}

size_t vd_check_insn(const struct sock_filter *insns, size_t len, size_t pc, struct vd_error ret_errors[2])
{
	int op = vd_op_of(insns[pc].code);
	uint64_t next = (uint64_t)pc + 1;
	size_t n = 0;

	if (op < 0) {
		ret_errors[0] = error_at(insns, pc, VD_ERROR_OPCODE, insns[pc].code, 0);
		return 1;
	}
	ret_errors[0] = check_operand(insns, pc, op);
	n += ret_errors[0].code != VD_ERROR_NONE;
	if (op == VD_OP_JA && next + insns[pc].k >= len)
		ret_errors[n++] = error_at(insns, pc, VD_ERROR_JUMP, next + insns[pc].k, len - 1);
	if (vd_form_is_branch(vd_isa[op].form)) {
		if (next + insns[pc].jt >= len)
			ret_errors[n++] = error_at(insns, pc, VD_ERROR_JUMP_TRUE, next + insns[pc].jt, len - 1);
		if (next + insns[pc].jf >= len)
			ret_errors[n++] = error_at(insns, pc, VD_ERROR_JUMP_FALSE, next + insns[pc].jf, len - 1);
	}
	return n;
}

/* Where errors go: the caller's array as far as it reaches, and a count. */
struct sink {
	struct vd_error *errors;
	size_t max, n;
};

static void put(struct sink *sink, struct vd_error error)
{
	if (sink->n < sink->max)
		sink->errors[sink->n] = error;
	sink->n++;
}

static bool is_ret(uint16_t code)
{
	return code == vd_isa[VD_OP_RET_K].code || code == vd_isa[VD_OP_RET_A].code;
}

/*
 * Scratch memory is written before it is read, as check_load_and_stores judges
 * it: one pass; a jump hands its mask of written words to its targets, and what
 * stands behind it starts from "all written" (only jumps can lead there).
 */
static void check_memory(const struct sock_filter *insns, size_t len, struct sink *sink)
{
	uint16_t masks[VD_PROG_LEN_MAX], written = 0;

	memset(masks, 0xff, len * sizeof(masks[0]));
	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *insn = &insns[pc];
		int op = vd_op_of(insn->code);

		written &= masks[pc];
		if (op == VD_OP_ST || op == VD_OP_STX) {
			written |= (uint16_t)(1u << insn->k);
		} else if (op == VD_OP_LD_MEM || op == VD_OP_LDX_MEM) {
			if (!(written & (1u << insn->k)))
				put(sink, error_at(insns, pc, VD_ERROR_MEM_UNWRITTEN, insn->k, 0));
		} else if (op == VD_OP_JA) {
			masks[pc + 1 + insn->k] &= written;
			written = 0xffff;
		} else if (vd_form_is_branch(vd_isa[op].form)) {
			masks[pc + 1 + insn->jt] &= written;
			masks[pc + 1 + insn->jf] &= written;
			written = 0xffff;
		}
	}
}

size_t vd_check(const struct sock_filter *insns, size_t len, struct vd_error *ret_errors, size_t max)
{
	struct sink sink = { .errors = ret_errors, .max = max };
	struct vd_error found[2];

	if (len < 1 || len > VD_PROG_LEN_MAX) {
		put(&sink, (struct vd_error){ .code = VD_ERROR_LENGTH, .pc = -1, .value = len, .limit = VD_PROG_LEN_MAX });
		return sink.n;
	}
	for (size_t pc = 0; pc < len; pc++) {
		size_t n = vd_check_insn(insns, len, pc, found);
		for (size_t i = 0; i < n; i++)
			put(&sink, found[i]);
	}
	if (!is_ret(insns[len - 1].code))
		put(&sink, error_at(insns, len - 1, VD_ERROR_NO_RET, 0, 0));
	/* The memory rule follows jumps and indexes: it needs a program that is sound otherwise. */
	if (!sink.n)
		check_memory(insns, len, &sink);
	return sink.n;
}

unsigned vd_converted_len(const struct sock_filter *insn)
{
	int op = vd_op_of(insn->code);

	if (op == VD_OP_RET_K)
		return 2;
	if (op == VD_OP_DIV_X)
		return 5;
	if (op < 0 || !vd_form_is_branch(vd_isa[op].form))
		return 1;
	/* A constant with its top bit set is first moved to a register. */
	unsigned n = 1 + (vd_isa[op].form == VD_FORM_JUMP_K && insn->k >= 0x80000000u);
	/* The converted jump has one target; JSET has no opposite to turn it round. */
	bool is_jset = op == VD_OP_JSET_K || op == VD_OP_JSET_X;
	return n + ((insn->jt && insn->jf) || (is_jset && !insn->jt && insn->jf));
}
