/* SPDX-License-Identifier: MIT */
/* Every acceptance rule, on both sides of its boundary. */
#include "vm/check.h"
#include "vm/isa.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RET { 0x06, 0, 0, 0x7fff0000 }
#define I(code, jt, jf, k) { code, jt, jf, k }

/* One program, and the first thing that is wrong with it. */
struct rule {
	const char *name;
	struct sock_filter insns[8];
	size_t len;
	int code, pc;
};

static const struct rule rules[] = {
	{ "RET K alone", { RET }, 1, 0, 0 },
	{ "RET A alone", { I(0x16, 0, 0, 0) }, 1, 0, 0 },
	{ "RET A with stray fields", { I(0x16, 9, 9, 9) }, 1, 0, 0 },
	{ "RET X", { I(0x0e, 0, 0, 0) }, 1, VD_ERROR_OPCODE, 0 },
	{ "no RET", { I(0x00, 0, 0, 0) }, 1, VD_ERROR_NO_RET, 0 },
	{ "RET, then more", { RET, I(0x07, 0, 0, 0) }, 2, VD_ERROR_NO_RET, 1 },
	{ "opcode's high byte", { I(0x0106, 0, 0, 0) }, 1, VD_ERROR_OPCODE, 0 },
	{ "LD ABS 60", { I(0x20, 0, 0, 60), RET }, 2, 0, 0 },
	{ "LD ABS 64", { I(0x20, 0, 0, 64), RET }, 2, VD_ERROR_LOAD_OFFSET, 0 },
	{ "LD ABS 63", { I(0x20, 0, 0, 63), RET }, 2, VD_ERROR_LOAD_OFFSET, 0 },
	{ "LD ABS 1", { I(0x20, 0, 0, 1), RET }, 2, VD_ERROR_LOAD_OFFSET, 0 },
	{ "LD ABS -4", { I(0x20, 0, 0, 0xfffffffc), RET }, 2, VD_ERROR_LOAD_OFFSET, 0 },
	{ "LDH ABS", { I(0x28, 0, 0, 0), RET }, 2, VD_ERROR_OPCODE, 0 },
	{ "LDB ABS", { I(0x30, 0, 0, 0), RET }, 2, VD_ERROR_OPCODE, 0 },
	{ "LD IND", { I(0x40, 0, 0, 0), RET }, 2, VD_ERROR_OPCODE, 0 },
	{ "LDX MSH", { I(0xb1, 0, 0, 0), RET }, 2, VD_ERROR_OPCODE, 0 },
	{ "MOD K", { I(0x94, 0, 0, 3), RET }, 2, VD_ERROR_OPCODE, 0 },
	{ "MOD X", { I(0x9c, 0, 0, 0), RET }, 2, VD_ERROR_OPCODE, 0 },
	{ "XOR K", { I(0xa4, 0, 0, 3), RET }, 2, 0, 0 },
	{ "NEG", { I(0x84, 0, 0, 0), RET }, 2, 0, 0 },
	{ "DIV K 1", { I(0x34, 0, 0, 1), RET }, 2, 0, 0 },
	{ "DIV K 0", { I(0x34, 0, 0, 0), RET }, 2, VD_ERROR_DIV_BY_ZERO, 0 },
	{ "DIV X", { I(0x3c, 0, 0, 0), RET }, 2, 0, 0 },
	{ "LSH K 31", { I(0x64, 0, 0, 31), RET }, 2, 0, 0 },
	{ "LSH K 32", { I(0x64, 0, 0, 32), RET }, 2, VD_ERROR_SHIFT, 0 },
	{ "RSH K 31", { I(0x74, 0, 0, 31), RET }, 2, 0, 0 },
	{ "RSH K 32", { I(0x74, 0, 0, 32), RET }, 2, VD_ERROR_SHIFT, 0 },
	{ "LSH X with k 99", { I(0x6c, 0, 0, 99), RET }, 2, 0, 0 },
	{ "ST M[15]", { I(0x02, 0, 0, 15), RET }, 2, 0, 0 },
	{ "ST M[16]", { I(0x02, 0, 0, 16), RET }, 2, VD_ERROR_MEM_INDEX, 0 },
	{ "STX M[16]", { I(0x03, 0, 0, 16), RET }, 2, VD_ERROR_MEM_INDEX, 0 },
	{ "LD M[16]", { I(0x60, 0, 0, 16), RET }, 2, VD_ERROR_MEM_INDEX, 0 },
	{ "LDX M[16]", { I(0x61, 0, 0, 16), RET }, 2, VD_ERROR_MEM_INDEX, 0 },
	{ "JA to the last", { I(0x05, 0, 0, 1), RET, RET }, 3, 0, 0 },
	{ "JA past it", { I(0x05, 0, 0, 2), RET, RET }, 3, VD_ERROR_JUMP, 0 },
	{ "JA backwards", { RET, I(0x05, 0, 0, 0xfffffffe), RET }, 3, VD_ERROR_JUMP, 1 },
	{ "JA to itself", { I(0x05, 0, 0, 0xffffffff), RET }, 2, VD_ERROR_JUMP, 0 },
	{ "jt to the last", { I(0x15, 1, 0, 0), RET, RET }, 3, 0, 0 },
	{ "jt past it", { I(0x15, 2, 0, 0), RET, RET }, 3, VD_ERROR_JUMP_TRUE, 0 },
	{ "jf to the last", { I(0x1d, 0, 1, 0), RET, RET }, 3, 0, 0 },
	{ "jf past it", { I(0x1d, 0, 2, 0), RET, RET }, 3, VD_ERROR_JUMP_FALSE, 0 },
	{ "jt of a load", { I(0x20, 255, 255, 0), RET }, 2, 0, 0 },
	{ "LD M[0] unwritten", { I(0x60, 0, 0, 0), RET }, 2, VD_ERROR_MEM_UNWRITTEN, 0 },
	{ "LDX M[0] unwritten", { I(0x61, 0, 0, 0), RET }, 2, VD_ERROR_MEM_UNWRITTEN, 0 },
	{ "LD M[0] written", { I(0x02, 0, 0, 0), I(0x60, 0, 0, 0), RET }, 3, 0, 0 },
	{ "LD M[1] with M[0] written", { I(0x02, 0, 0, 0), I(0x60, 0, 0, 1), RET }, 3, VD_ERROR_MEM_UNWRITTEN, 1 },
	{ "written on one path of two",
	  { I(0x15, 0, 1, 0), I(0x02, 0, 0, 0), I(0x60, 0, 0, 0), RET },
	  4,
	  VD_ERROR_MEM_UNWRITTEN,
	  2 },
	{ "written on both paths",
	  { I(0x15, 0, 2, 0), I(0x02, 0, 0, 0), I(0x05, 0, 0, 1), I(0x03, 0, 0, 0), I(0x60, 0, 0, 0), RET },
	  6,
	  0,
	  0 },
	{ "read where no jump leads", { I(0x05, 0, 0, 1), I(0x60, 0, 0, 5), RET }, 3, 0, 0 },
	{ "RET does not reset", { RET, I(0x60, 0, 0, 0), RET }, 3, VD_ERROR_MEM_UNWRITTEN, 1 },
	{ "RET keeps what was written", { I(0x02, 0, 0, 0), RET, I(0x60, 0, 0, 0), RET }, 4, 0, 0 },
};

START_TEST(rule)
{
	const struct rule *r = &rules[_i];
	struct vd_error error = { .code = -1 };
	struct vd_prog *prog = NULL;
	size_t n = vd_check(r->insns, r->len, &error, 1);

	if (!r->code) {
		ck_assert_msg(n == 0, "%s: refused with code %d at %d", r->name, error.code, error.pc);
		ck_assert_int_eq(vd_prog_new(r->insns, r->len, &prog, &error), 0);
		ck_assert_uint_eq(vd_prog_len(prog), r->len);
		ck_assert_mem_eq(vd_prog_insns(prog), r->insns, r->len * sizeof(r->insns[0]));
		vd_prog_free(prog);
		return;
	}
	ck_assert_msg(n > 0, "%s: accepted", r->name);
	ck_assert_msg(error.code == r->code && error.pc == r->pc, "%s: code %d at %d", r->name, error.code,
		      error.pc);
	ck_assert_mem_eq(&error.insn, &r->insns[r->pc], sizeof(error.insn));
	ck_assert_int_eq(vd_prog_new(r->insns, r->len, &prog, &error), -EINVAL);
	ck_assert_ptr_null(prog);
}
END_TEST

START_TEST(length)
{
	struct sock_filter *insns = calloc(4097, sizeof(*insns));
	struct vd_error error;

	for (size_t i = 0; i < 4097; i++)
		insns[i] = (struct sock_filter){ 0x06, 0, 0, 0 };
	ck_assert_uint_eq(vd_check(insns, 0, &error, 1), 1);
	ck_assert_int_eq(error.code, VD_ERROR_LENGTH);
	ck_assert_int_eq(error.pc, -1);
	ck_assert_uint_eq(vd_check(insns, 1, NULL, 0), 0);
	ck_assert_uint_eq(vd_check(insns, 4096, NULL, 0), 0);
	ck_assert_uint_eq(vd_check(insns, 4097, &error, 1), 1);
	ck_assert_int_eq(error.code, VD_ERROR_LENGTH);
	ck_assert_uint_eq(error.value, 4097);
	free(insns);
}
END_TEST

START_TEST(all_violations_in_order)
{
	static const struct sock_filter insns[] = { I(0x20, 0, 0, 64), I(0xff, 0, 0, 0), I(0x15, 200, 201, 0),
						    I(0x34, 0, 0, 0) };
	struct vd_error errors[8];

	ck_assert_uint_eq(vd_check(insns, 4, errors, 8), 6);
	ck_assert_int_eq(errors[0].code, VD_ERROR_LOAD_OFFSET);
	ck_assert_int_eq(errors[1].code, VD_ERROR_OPCODE);
	ck_assert_int_eq(errors[2].code, VD_ERROR_JUMP_TRUE);
	ck_assert_int_eq(errors[3].code, VD_ERROR_JUMP_FALSE);
	ck_assert_int_eq(errors[4].code, VD_ERROR_DIV_BY_ZERO);
	ck_assert_int_eq(errors[5].code, VD_ERROR_NO_RET);
	ck_assert_uint_eq(errors[2].value, 203);
	ck_assert_uint_eq(errors[2].limit, 3);
}
END_TEST

/* The opcodes that seccomp(2) takes, written down again on purpose. */
START_TEST(exactly_41_opcodes)
{
	static const uint8_t known[] = {
		0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0c, 0x14, 0x15, 0x16, 0x1c, 0x1d,
		0x20, 0x24, 0x25, 0x2c, 0x2d, 0x34, 0x35, 0x3c, 0x3d, 0x44, 0x45, 0x4c, 0x4d, 0x54,
		0x5c, 0x60, 0x61, 0x64, 0x6c, 0x74, 0x7c, 0x80, 0x81, 0x84, 0x87, 0xa4, 0xac,
	};
	unsigned taken = 0;

	ck_assert_uint_eq(sizeof(known), 41);
	for (unsigned code = 0; code <= 0xffff; code++) {
		bool expected = code < 256 && memchr(known, (int)code, sizeof(known));
		ck_assert_msg((vd_op_of((uint16_t)code) >= 0) == expected, "opcode 0x%x", code);
		taken += vd_op_of((uint16_t)code) >= 0;
	}
	ck_assert_uint_eq(taken, 41);
}
END_TEST

/* Converted lengths; the programs' sizes were found by installing copies until ENOMEM. */
static const struct {
	struct sock_filter insn;
	unsigned converted;
} conversions[] = {
	{ I(0x06, 0, 0, 0), 2 },          { I(0x16, 0, 0, 0), 1 },          { I(0x3c, 0, 0, 0), 5 },
	{ I(0x34, 0, 0, 3), 1 },          { I(0x15, 0, 0, 0), 1 },          { I(0x15, 1, 0, 0), 1 },
	{ I(0x15, 0, 1, 0), 1 },          { I(0x15, 1, 1, 0), 2 },          { I(0x15, 1, 0, 0x80000000), 2 },
	{ I(0x15, 1, 1, 0x80000000), 3 }, { I(0x15, 1, 0, 0x7fffffff), 1 }, { I(0x1d, 1, 0, 0x80000000), 1 },
	{ I(0x1d, 1, 1, 0x80000000), 2 }, { I(0x45, 0, 1, 0), 2 },          { I(0x45, 1, 0, 0), 1 },
	{ I(0x45, 0, 0, 0), 1 },          { I(0x4d, 0, 1, 0), 2 },          { I(0x45, 0, 1, 0xffffffff), 3 },
	{ I(0x05, 0, 0, 0), 1 },          { I(0x20, 0, 0, 0), 1 },          { I(0x04, 0, 0, 0x80000000), 1 },
};

START_TEST(converted_length)
{
	ck_assert_uint_eq(vd_converted_len(&conversions[_i].insn), conversions[_i].converted);
}
END_TEST

START_TEST(error_text)
{
	static const struct sock_filter bad[] = { I(0x20, 0, 0, 64), RET };
	struct vd_error error;
	char text[200], small[8];

	vd_check(bad, 2, &error, 1);
	int n = vd_error_format(&error, text, sizeof(text));
	ck_assert_str_eq(text, "EINVAL: instruction 0: ld [64]: the record ends at 64 (0x20,0,0,0x00000040)");
	ck_assert_int_eq(n, (int)strlen(text));
	ck_assert_int_eq(vd_error_format(&error, small, sizeof(small)), n);
	ck_assert_str_eq(small, "EINVAL:");
	error = (struct vd_error){ .code = VD_ERROR_NONE, .pc = -1 };
	vd_error_format(&error, text, sizeof(text));
	ck_assert_str_eq(text, "no error");
	error.code = 1000;
	vd_error_format(&error, text, sizeof(text));
	ck_assert_str_eq(text, "EINVAL: unknown error 1000");
	ck_assert_int_eq(vd_error_errno(VD_ERROR_STACK_SIZE), ENOMEM);
	ck_assert_int_eq(vd_error_errno(VD_ERROR_OPCODE), EINVAL);
}
END_TEST

/* Whatever comes in: no crash, and prog_new and check agree. */
START_TEST(random_programs)
{
	struct vd_random random = { .state = 2 };
	struct sock_filter insns[64];
	unsigned accepted = 0;

	for (int i = 0; i < 20000; i++) {
		struct vd_prog *prog = NULL;
		size_t len = vd_random_prog(&random, 64, 10, insns);
		bool ok = vd_check(insns, len, NULL, 0) == 0;
		ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), ok ? 0 : -EINVAL);
		vd_prog_free(prog);
		accepted += ok;
	}
	ck_assert_uint_gt(accepted, 2000);
	ck_assert_uint_lt(accepted, 18000);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, rule, 0, COUNT_OF(rules));
	tcase_add_loop_test(tc, converted_length, 0, COUNT_OF(conversions));
	tcase_add_test(tc, length);
	tcase_add_test(tc, all_violations_in_order);
	tcase_add_test(tc, exactly_41_opcodes);
	tcase_add_test(tc, error_text);
	tcase_add_test(tc, random_programs);
}

int main(void)
{
	return run_suite("check", add);
}
