/* SPDX-License-Identifier: MIT */
/* The allow-bitmap's rule, at the boundary of each of its parts; numbers that stand in for others. */
#include "bench/cost/bitmap.h"
#include "bench/cost/standin.h"
#include "vm/random.h"
#include "vm/testing.h"

#define X86_64 0xc000003eu
#define I386 0x40000003u
#define ALLOW 0x7fff0000u

#define LD_NR                 \
	{                     \
		0x20, 0, 0, 0 \
	}
#define LD_ARCH               \
	{                     \
		0x20, 0, 0, 4 \
	}
#define LD_IP                 \
	{                     \
		0x20, 0, 0, 8 \
	}
#define LD_ARG                 \
	{                      \
		0x20, 0, 0, 16 \
	}
#define RET(k)                \
	{                     \
		0x06, 0, 0, k \
	}
#define JEQ(k, jt, jf)          \
	{                       \
		0x15, jt, jf, k \
	}
#define JGT(k, jt, jf)          \
	{                       \
		0x25, jt, jf, k \
	}
#define JGE(k, jt, jf)          \
	{                       \
		0x35, jt, jf, k \
	}
#define JSET(k, jt, jf)         \
	{                       \
		0x45, jt, jf, k \
	}
#define JA(k)                 \
	{                     \
		0x05, 0, 0, k \
	}
#define AND(k)                \
	{                     \
		0x54, 0, 0, k \
	}
#define OR(k)                 \
	{                     \
		0x44, 0, 0, k \
	}

static const struct row_of_test {
	const char *name;
	struct sock_filter insns[8];
	size_t len;
	uint32_t nr;
	bool allowed;
} rows[] = {
	{ "allow", { RET(ALLOW) }, 1, 0, true },
	{ "allow with data is another value", { RET(ALLOW | 1) }, 1, 0, false },
	{ "log", { RET(0x7ffc0000) }, 1, 0, false },
	{ "errno", { RET(0x00050001) }, 1, 0, false },
	{ "number, equal", { LD_NR, JEQ(7, 0, 1), RET(ALLOW), RET(0) }, 4, 7, true },
	{ "number, not equal", { LD_NR, JEQ(7, 0, 1), RET(ALLOW), RET(0) }, 4, 8, false },
	{ "jgt at its boundary", { LD_NR, JGT(7, 0, 1), RET(ALLOW), RET(0) }, 4, 7, false },
	{ "jgt above", { LD_NR, JGT(7, 0, 1), RET(ALLOW), RET(0) }, 4, 8, true },
	{ "jge at its boundary", { LD_NR, JGE(7, 0, 1), RET(ALLOW), RET(0) }, 4, 7, true },
	{ "jge below", { LD_NR, JGE(7, 0, 1), RET(ALLOW), RET(0) }, 4, 6, false },
	{ "jset, a bit in common", { LD_NR, JSET(6, 0, 1), RET(ALLOW), RET(0) }, 4, 3, true },
	{ "jset, none", { LD_NR, JSET(6, 0, 1), RET(ALLOW), RET(0) }, 4, 9, false },
	{ "arch", { LD_ARCH, JEQ(X86_64, 0, 1), RET(ALLOW), RET(0) }, 4, 1, true },
	{ "masked number", { LD_NR, AND(0xff), JEQ(1, 0, 1), RET(ALLOW), RET(0) }, 5, 0x101, true },
	{ "ja", { JA(1), RET(0), RET(ALLOW) }, 3, 1, true },
	{ "an argument on the way", { LD_ARG, RET(ALLOW) }, 2, 1, false },
	{ "the instruction pointer on the way", { LD_IP, RET(ALLOW) }, 2, 1, false },
	{ "an argument beside the way", { LD_NR, JEQ(7, 1, 0), LD_ARG, RET(ALLOW) }, 4, 7, true },
	{ "or is not understood", { LD_NR, OR(0), RET(ALLOW) }, 3, 1, false },
	{ "nor an immediate", { { 0x00, 0, 0, 1 }, RET(ALLOW) }, 2, 1, false },
	{ "nor tax", { { 0x07, 0, 0, 0 }, RET(ALLOW) }, 2, 1, false },
	{ "nor a comparison with X", { LD_NR, { 0x1d, 0, 0, 0 }, RET(ALLOW) }, 3, 1, false },
	{ "nor scratch memory", { { 0x02, 0, 0, 0 }, RET(ALLOW) }, 2, 1, false },
	{ "nor ret a", { { 0x00, 0, 0, ALLOW }, { 0x16, 0, 0, 0 } }, 2, 1, false },
};

static struct vd_prog *program(const struct sock_filter *insns, size_t len)
{
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	return prog;
}

START_TEST(rule)
{
	const struct row_of_test *row = &rows[_i];
	struct vd_prog *prog = program(row->insns, row->len);

	ck_assert_msg(bitmap_allows_prog(prog, X86_64, row->nr) == row->allowed, "%s", row->name);
	vd_prog_free(prog);
}
END_TEST

static struct vd_stack *stack_of(const struct row_of_test *first, const struct row_of_test *second)
{
	const struct row_of_test *both[] = { first, second };
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	for (int i = 0; i < 2; i++) {
		if (!both[i])
			continue;
		struct vd_prog *prog = program(both[i]->insns, both[i]->len);
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
		vd_prog_free(prog);
	}
	return stack;
}

/* Every filter must be sure; without filters nothing is judged, and there is no bitmap. */
START_TEST(stacks)
{
	const struct row_of_test *sure = &rows[0], *unsure = &rows[15];
	static const bool expected[2][2] = { { true, false }, { false, false } };
	struct vd_stack *stack = stack_of(NULL, NULL);

	ck_assert(!bitmap_allows(stack, X86_64, 1));
	vd_stack_free(stack);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 2; j++) {
			stack = stack_of(i ? unsure : sure, j ? unsure : sure);
			ck_assert_int_eq(bitmap_allows(stack, X86_64, 1), expected[i][j]);
			vd_stack_free(stack);
		}
}
END_TEST

static const struct {
	uint32_t arch, nr;
	bool has;
} numbers[] = {
	{ X86_64, 0, true },	       { X86_64, 400, true },	      { X86_64, 100000, false },
	{ X86_64, 0x40000000, false }, { X86_64, 0xffffffff, false }, { I386, 0, true },
	{ I386, 100000, false },       { 0x12345678, 0, false },
};

START_TEST(table)
{
	ck_assert_int_eq(bitmap_has(numbers[_i].arch, numbers[_i].nr), numbers[_i].has);
}
END_TEST

/*
 * What the bitmap says must be what the machine does: a call that it allows is
 * allowed whatever the other words are, and no filter looks at them.
 */
START_TEST(machine)
{
	struct vd_random random = { .state = 77 };
	struct sock_filter insns[24];
	unsigned allowed = 0;

	for (int i = 0; i < 20000; i++) {
		size_t len = vd_random_prog(&random, 24, 0, insns);
		struct vd_prog *prog = program(insns, len);
		struct vd_stack *stack;
		ck_assert_int_eq(vd_stack_new(&stack), 0);
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
		struct seccomp_data data = { .arch = X86_64, .nr = (int)vd_random_below(&random, 500) };
		struct vd_verdict verdict;
		if (bitmap_allows(stack, data.arch, (uint32_t)data.nr)) {
			allowed++;
			ck_assert_int_eq(vd_stack_run_open(stack, &data, 0xfffc, &verdict), -1);
			ck_assert_uint_eq(verdict.ret, ALLOW);
		}
		vd_stack_free(stack);
		vd_prog_free(prog);
	}
	ck_assert_uint_ge(allowed, 10);
}
END_TEST

/* A stack made for a stand-in does with other numbers what the stack did with its own. */
START_TEST(stand_ins)
{
	const struct row_of_test *row = &rows[_i];
	struct seccomp_data data = { .arch = X86_64, .nr = (int)row->nr, .args = { 5 } };
	struct vd_stack *stack = stack_of(row, &rows[5]), *made;

	ck_assert_int_eq(stand_in_stack(stack, &data, &made), 0);
	struct vd_verdict verdict = vd_stack_run(stack, &data);
	bool allowed = bitmap_allows(stack, X86_64, row->nr);
	for (uint32_t nr = 0; nr < 512; nr += 73) {
		data.nr = (int)nr;
		struct vd_verdict other = vd_stack_run(made, &data);
		ck_assert_uint_eq(other.insns, verdict.insns);
		/* what is returned may be computed from nr */
		ck_assert_int_eq(bitmap_allows(made, X86_64, nr), allowed);
	}
	vd_stack_free(stack);
	vd_stack_free(made);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, rule, 0, (int)COUNT_OF(rows));
	tcase_add_test(tc, stacks);
	tcase_add_loop_test(tc, table, 0, (int)COUNT_OF(numbers));
	tcase_add_test(tc, machine);
	tcase_add_loop_test(tc, stand_ins, 0, (int)COUNT_OF(rows));
}

int main(void)
{
	return run_suite("bitmap", add);
}
