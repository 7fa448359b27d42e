/* SPDX-License-Identifier: MIT */
/* What every opcode does at its edges, and the machine against a second interpreter. */
#include "vm/isa.h"
#include "vm/random.h"
#include "vm/reference.h"
#include "vm/testing.h"
#include "vm/verdict.h"

#include <stdlib.h>

#define I(code, k) { code, 0, 0, k }
#define LD(k) I(0x00, k)
#define LDX(k) I(0x01, k)
#define RET_A I(0x16, 0)

/* A and X are set, one instruction runs, A is returned. */
static const struct {
	uint32_t a, x;
	struct sock_filter insn;
	uint32_t result;
} alu[] = {
	{ 0xffffffff, 0, I(0x04, 1), 0 },
	{ 1, 0xffffffff, I(0x0c, 7), 0 },
	{ 0, 0, I(0x14, 1), 0xffffffff },
	{ 5, 6, I(0x1c, 0), 0xffffffff },
	{ 0x10001, 0, I(0x24, 0x10001), 0x20001 },
	{ 0xffffffff, 0xffffffff, I(0x2c, 0), 1 },
	{ 0xffffffff, 0, I(0x34, 2), 0x7fffffff },
	{ 0x80000000, 0, I(0x34, 0xffffffff), 0 },
	{ 7, 0xffffffff, I(0x3c, 0), 0 },
	{ 0xffffffff, 1, I(0x3c, 0), 0xffffffff },
	{ 0xf0, 0, I(0x44, 0x0f), 0xff },
	{ 0xf0, 0x0f, I(0x4c, 0), 0xff },
	{ 0xf3, 0, I(0x54, 0x3f), 0x33 },
	{ 0xf3, 0x3f, I(0x5c, 0), 0x33 },
	{ 1, 0, I(0x64, 31), 0x80000000 },
	{ 0xffffffff, 0, I(0x64, 0), 0xffffffff },
	{ 1, 31, I(0x6c, 0), 0x80000000 },
	{ 1, 32, I(0x6c, 0), 1 },
	{ 1, 0xffffffff, I(0x6c, 0), 0x80000000 },
	{ 0x80000000, 0, I(0x74, 31), 1 },
	{ 0x80000000, 31, I(0x7c, 0), 1 },
	{ 0x80000000, 33, I(0x7c, 0), 0x40000000 },
	{ 0, 0, I(0x84, 99), 0 },
	{ 1, 0, I(0x84, 0), 0xffffffff },
	{ 0x80000000, 0, I(0x84, 0), 0x80000000 },
	{ 0xff, 0, I(0xa4, 0xffffffff), 0xffffff00 },
	{ 0xff, 0x0f, I(0xac, 0), 0xf0 },
	{ 3, 9, I(0x87, 0), 9 },
	{ 3, 9, I(0x07, 0), 3 },
	{ 3, 9, I(0x80, 5), 64 },
	{ 3, 9, I(0x81, 5), 3 },
	{ 3, 9, LD(8), 8 },
	{ 3, 9, LDX(8), 3 },
};

START_TEST(alu_edge)
{
	struct sock_filter insns[] = { LD(alu[_i].a), LDX(alu[_i].x), alu[_i].insn, RET_A };
	struct seccomp_data data = { 0 };
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, 4, &prog, NULL), 0);
	ck_assert_uint_eq(vd_prog_run(prog, &data), alu[_i].result);
	vd_prog_free(prog);
}
END_TEST

START_TEST(div_by_x_zero_ends_with_0)
{
	static const struct sock_filter insns[] = { LD(7), I(0x3c, 0), I(0x06, 0x7fff0000) };
	struct seccomp_data data = { 0 };
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, 3, &prog, NULL), 0);
	ck_assert_uint_eq(vd_prog_run(prog, &data), 0);
	vd_prog_free(prog);
}
END_TEST

/* Jumps: for (a, operand) whether JEQ, JGT, JGE, JSET are taken. */
static const struct {
	uint32_t a, b;
	bool eq, gt, ge, set;
} jumps[] = {
	{ 0, 0, true, false, true, false },
	{ 1, 0, false, true, true, false },
	{ 0, 1, false, false, false, false },
	{ 1, 1, true, false, true, true },
	{ 0x80000000, 0x7fffffff, false, true, true, false },
	{ 0x7fffffff, 0x80000000, false, false, false, false },
	{ 0xffffffff, 0x80000000, false, true, true, true },
	{ 0xffffffff, 0xffffffff, true, false, true, true },
};

static uint32_t run_jump(uint16_t code, uint32_t a, uint32_t b)
{
	struct sock_filter insns[] = { LD(a), LDX(b), { code, 1, 0, b }, I(0x06, 0), I(0x06, 1) };
	struct seccomp_data data = { 0 };
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, 5, &prog, NULL), 0);
	uint32_t ret = vd_prog_run(prog, &data);
	vd_prog_free(prog);
	return ret;
}

START_TEST(jump_edge)
{
	for (uint16_t x = 0; x <= 8; x += 8) {
		ck_assert_uint_eq(run_jump(0x15 | x, jumps[_i].a, jumps[_i].b), jumps[_i].eq);
		ck_assert_uint_eq(run_jump(0x25 | x, jumps[_i].a, jumps[_i].b), jumps[_i].gt);
		ck_assert_uint_eq(run_jump(0x35 | x, jumps[_i].a, jumps[_i].b), jumps[_i].ge);
		ck_assert_uint_eq(run_jump(0x45 | x, jumps[_i].a, jumps[_i].b), jumps[_i].set);
	}
}
END_TEST

static struct seccomp_data numbered_record(void)
{
	struct seccomp_data data = { .nr = 0, .arch = 1, .instruction_pointer = 0x0000000300000002u };

	for (uint32_t i = 0; i < 6; i++)
		data.args[i] = (uint64_t)(5 + 2 * i) << 32 | (4 + 2 * i);
	return data;
}

/* Each word of a record holds its own index on a little-endian machine; big-endian swaps the halves. */
START_TEST(words)
{
	struct sock_filter insns[] = { I(0x20, 4u * (uint32_t)_i), RET_A };
	struct seccomp_data data = numbered_record();
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, 2, &prog, NULL), 0);
	ck_assert_uint_eq(vd_prog_run(prog, &data), (unsigned)_i);
	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	ck_assert(!vd_stack_big_endian(stack));
	ck_assert_uint_eq(vd_stack_run(stack, &data).ret, (unsigned)_i);
	vd_stack_set_big_endian(stack, true);
	ck_assert(vd_stack_big_endian(stack));
	ck_assert_uint_eq(vd_stack_run(stack, &data).ret, (unsigned)(_i < 2 ? _i : _i ^ 1));
	vd_stack_free(stack);
	vd_prog_free(prog);
}
END_TEST

START_TEST(registers_start_at_zero)
{
	static const struct sock_filter a[] = { RET_A }, x[] = { I(0x87, 0), RET_A };
	struct seccomp_data data = { .nr = 9 };
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(a, 1, &prog, NULL), 0);
	ck_assert_uint_eq(vd_prog_run(prog, &data), 0);
	vd_prog_free(prog);
	ck_assert_int_eq(vd_prog_new(x, 2, &prog, NULL), 0);
	ck_assert_uint_eq(vd_prog_run(prog, &data), 0);
	vd_prog_free(prog);
}
END_TEST

/* M[i] = 1 << i, stored by ST and STX in turn; then all are added up, loaded by LD and LDX in turn. */
START_TEST(all_scratch_words)
{
	struct sock_filter insns[5 * 16 + 1];
	struct seccomp_data data = { 0 };
	struct vd_prog *prog;
	size_t n = 0;

	for (uint32_t i = 0; i < 16; i++) {
		insns[n++] = (struct sock_filter)I(i % 2 ? 0x01 : 0x00, 1u << i);
		insns[n++] = (struct sock_filter)I(i % 2 ? 0x03 : 0x02, i);
	}
	insns[n++] = (struct sock_filter)LD(0);
	for (uint32_t i = 0; i < 16; i += 2) {
		insns[n++] = (struct sock_filter)I(0x61, i); /* ldx M[i]; add x; tax; ld M[i + 1]; add x */
		insns[n++] = (struct sock_filter)I(0x0c, 0);
		insns[n++] = (struct sock_filter)I(0x07, 0);
		insns[n++] = (struct sock_filter)I(0x60, i + 1);
		insns[n++] = (struct sock_filter)I(0x0c, 0);
	}
	insns[n++] = (struct sock_filter)RET_A;
	ck_assert_int_eq(vd_prog_new(insns, n, &prog, NULL), 0);
	ck_assert_uint_eq(vd_prog_run(prog, &data), 0xffff);
	vd_prog_free(prog);
}
END_TEST

START_TEST(ja_over_4000)
{
	struct sock_filter *insns = calloc(4096, sizeof(*insns));
	struct seccomp_data data = { 0 };
	struct vd_prog *prog;

	for (size_t i = 0; i < 4096; i++)
		insns[i] = (struct sock_filter)I(0x06, 1);
	insns[0] = (struct sock_filter)I(0x05, 4094);
	insns[4095] = (struct sock_filter)I(0x06, 2);
	ck_assert_int_eq(vd_prog_new(insns, 4096, &prog, NULL), 0);
	free(insns);
	ck_assert_uint_eq(vd_prog_run(prog, &data), 2);
	vd_prog_free(prog);
}
END_TEST

static void record_bytes(const struct seccomp_data *data, uint8_t bytes[64])
{
	const uint64_t quads[8] = { (uint64_t)data->arch << 32 | (uint32_t)data->nr,
				    data->instruction_pointer,
				    data->args[0],
				    data->args[1],
				    data->args[2],
				    data->args[3],
				    data->args[4],
				    data->args[5] };

	for (unsigned i = 0; i < 64; i++)
		bytes[i] = (uint8_t)(quads[i / 8] >> (8 * (i % 8)));
}

/* One random program on eight random records: the value and the number of instructions. */
static void compare_random(struct vd_random *random, size_t max_len)
{
	static struct sock_filter insns[4096];
	size_t len = vd_random_prog(random, max_len, 0, insns);
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	for (int i = 0; i < 8; i++) {
		struct seccomp_data data;
		uint8_t bytes[64];
		unsigned executed;
		uint32_t value;

		vd_random_record(random, insns, len, &data);
		record_bytes(&data, bytes);
		uint32_t expected = reference_run(insns, bytes, &executed);
		ck_assert_uint_eq(vd_prog_run(prog, &data), expected);
		struct vd_verdict verdict = vd_stack_run_each(stack, &data, &value);
		ck_assert_uint_eq(value, expected);
		ck_assert_uint_eq(verdict.insns, executed);
	}
	vd_stack_free(stack);
	vd_prog_free(prog);
}

START_TEST(against_the_reference)
{
	struct vd_random random = { .state = (uint64_t)_i };

	for (int i = 0; i < 5000; i++)
		compare_random(&random, i % 100 ? 40 : 600);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, alu_edge, 0, COUNT_OF(alu));
	tcase_add_loop_test(tc, jump_edge, 0, COUNT_OF(jumps));
	tcase_add_loop_test(tc, words, 0, 16);
	tcase_add_test(tc, div_by_x_zero_ends_with_0);
	tcase_add_test(tc, registers_start_at_zero);
	tcase_add_test(tc, all_scratch_words);
	tcase_add_test(tc, ja_over_4000);
	tcase_add_loop_test(tc, against_the_reference, 0, 8);
}

int main(void)
{
	return run_suite("run", add);
}
