/* SPDX-License-Identifier: MIT */
/* The fast engine against the interpreter. */
#include "vm/engine/testing.h"

#define BATCH 64

static struct vd_stack *random_stack(struct vd_random *random, size_t max_depth,
				     struct sock_filter *ret_insns, size_t *ret_len)
{
	size_t depth = vd_random_below(random, (uint32_t)max_depth + 1);
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	*ret_len = 0;
	for (size_t i = 0; i < depth; i++) {
		struct vd_prog *prog;
		size_t len = vd_random_prog(random, vd_random_below(random, 4) ? 24 : 80, 0, ret_insns);
		ck_assert_int_eq(vd_prog_new(ret_insns, len, &prog, NULL), 0);
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
		vd_prog_free(prog);
		*ret_len = len;
	}
	vd_stack_set_big_endian(stack, vd_random_below(random, 4) == 0);
	return stack;
}

/* Compares n records, one by one and as batches. */
static void compare(const struct vd_stack *stack, struct vd_random *random, const struct sock_filter *insns,
		    size_t len, size_t n)
{
	struct seccomp_data data[BATCH];
	uint32_t verdicts[BATCH];
	struct vd_engine *engine;

	ck_assert_int_eq(vd_engine_new(stack, &engine), 0);
	for (size_t i = 0; i < n; i += BATCH) {
		size_t m = n - i < BATCH ? n - i : BATCH;
		for (size_t j = 0; j < m; j++)
			record_for(random, insns, len, &data[j]);
		vd_engine_run_batch(engine, data, m, verdicts);
		for (size_t j = 0; j < m; j++) {
			uint32_t expected = vd_stack_run(stack, &data[j]).ret;
			ck_assert_msg(verdicts[j] == expected && vd_engine_run(engine, &data[j]) == expected,
				      "nr 0x%x arch 0x%x: 0x%08x, not 0x%08x", (unsigned)data[j].nr, data[j].arch,
				      verdicts[j], expected);
		}
	}
	vd_engine_free(engine);
}

START_TEST(random_stacks)
{
	struct vd_random random = { .state = 900 + (uint64_t)_i };
	struct sock_filter insns[80];
	unsigned n = many(150, 4000);

	for (unsigned i = 0; i < n; i++) {
		size_t len = 0;
		struct vd_stack *stack = random_stack(&random, 4, insns, &len);
		compare(stack, &random, insns, len, many(500, 2500));
		vd_stack_free(stack);
	}
}
END_TEST

/* ------------------------------------------------------------------ */
/* Filters of real software                                           */

START_TEST(corpus)
{
	struct vd_random random = { .state = 42 };
	static struct sock_filter insns[4096];
	struct dirent **folders;
	int n = scandir(CORPUS, &folders, is_visible, by_name), stacks = 0;

	ck_assert_int_gt(n, 0);
	for (int i = 0; i < n; i++) {
		struct vd_stack *stack;
		size_t len = 0;
		if (corpus_stack(folders[i]->d_name, &stack, insns, &len)) {
			compare(stack, &random, insns, len, many(20000, 2000000));
			vd_stack_free(stack);
			stacks++;
		}
		free(folders[i]);
	}
	free(folders);
	ck_assert_int_gt(stacks, 25);
}
END_TEST

/* ------------------------------------------------------------------ */

START_TEST(empty_stack)
{
	struct seccomp_data data = { .nr = -1, .arch = 5 };
	struct vd_engine *engine;
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_engine_new(stack, &engine), 0);
	vd_stack_free(stack);
	ck_assert_uint_eq(vd_engine_run(engine, &data), 0x7fff0000);
	vd_engine_run_batch(engine, &data, 0, NULL);
	vd_engine_free(engine);
	vd_engine_free(NULL);
}
END_TEST

/* Of equal actions the newest filter's data stands, whether constants or tests give them. */
START_TEST(ties)
{
	static const struct sock_filter by_argument[] = {
		{ 0x20, 0, 0, 16 }, { 0x15, 0, 1, 1 }, { 0x06, 0, 0, 0x00050001 }, { 0x06, 0, 0, 0x7fff0000 }
	};
	static const struct sock_filter always[] = { { 0x06, 0, 0, 0x00050002 } };
	struct seccomp_data data = { .nr = 1, .arch = 0xc000003e, .args = { 1 } };

	for (int newest = 0; newest < 2; newest++) {
		struct vd_engine *engine;
		struct vd_stack *stack;
		struct vd_prog *a, *b;
		ck_assert_int_eq(vd_prog_new(by_argument, 4, &a, NULL), 0);
		ck_assert_int_eq(vd_prog_new(always, 1, &b, NULL), 0);
		ck_assert_int_eq(vd_stack_new(&stack), 0);
		ck_assert_int_eq(vd_stack_push(stack, newest ? a : b), 0);
		ck_assert_int_eq(vd_stack_push(stack, newest ? b : a), 0);
		ck_assert_int_eq(vd_engine_new(stack, &engine), 0);
		ck_assert_uint_eq(vd_engine_run(engine, &data), newest ? 0x00050002 : 0x00050001);
		vd_engine_free(engine);
		vd_stack_free(stack);
		vd_prog_free(a);
		vd_prog_free(b);
	}
}
END_TEST

/* Numbers compared with an argument's word: nothing to take apart, the answer is right all the same. */
START_TEST(too_hard)
{
	static const struct sock_filter insns[] = { { 0x20, 0, 0, 16 }, { 0x07, 0, 0, 0 }, { 0x20, 0, 0, 24 },
						    { 0x2d, 0, 1, 0 },  { 0x06, 0, 0, 1 }, { 0x16, 0, 0, 0 } };
	struct vd_random random = { .state = 1 };
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, COUNT_OF(insns), &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	compare(stack, &random, insns, COUNT_OF(insns), 2000);
	vd_stack_free(stack);
	vd_prog_free(prog);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 1800);
	tcase_add_loop_test(tc, random_stacks, 0, 4);
	tcase_add_test(tc, corpus);
	tcase_add_test(tc, empty_stack);
	tcase_add_test(tc, ties);
	tcase_add_test(tc, too_hard);
}

int main(void)
{
	return run_suite("engine", add);
}
