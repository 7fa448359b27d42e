/* SPDX-License-Identifier: MIT */
/* How the filters of one task are combined, and the kernel's size limit. */
#include "vm/random.h"
#include "vm/reference.h"
#include "vm/testing.h"
#include "vm/verdict.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static const uint32_t by_strength[] = { 0x80000000, 0x00000000, 0x00030000, 0x00050000,
					0x7fc00000, 0x7ff00000, 0x7ffc0000, 0x7fff0000 };
#define ALLOW 7

static void push_ret(struct vd_stack *stack, uint32_t ret)
{
	struct sock_filter insn = { 0x06, 0, 0, ret };

	push_prog(stack, &insn, 1);
}

static struct vd_verdict run_two(uint32_t older, uint32_t newer)
{
	struct seccomp_data data = { 0 };
	struct vd_stack *stack;
	struct vd_verdict verdict;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	push_ret(stack, older);
	push_ret(stack, newer);
	verdict = vd_stack_run(stack, &data);
	vd_stack_free(stack);
	return verdict;
}

START_TEST(empty)
{
	struct seccomp_data data = { .nr = -1, .arch = 0xffffffff };
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	struct vd_verdict verdict = vd_stack_run(stack, &data);
	ck_assert_uint_eq(verdict.ret, 0x7fff0000);
	ck_assert_int_eq(verdict.filter, -1);
	ck_assert_uint_eq(verdict.insns, 0);
	ck_assert_uint_eq(vd_stack_len(stack), 0);
	ck_assert_ptr_null(vd_stack_prog(stack, 0));
	vd_stack_free(stack);
	vd_stack_free(NULL);
	vd_prog_free(NULL);
}
END_TEST

/* _i: older * 8 + newer, both indexes into by_strength. */
START_TEST(pair)
{
	unsigned older = (unsigned)_i / 8, newer = (unsigned)_i % 8;
	struct vd_verdict verdict = run_two(by_strength[older] | 1, by_strength[newer] | 2);

	/* The stronger; of equals the newer; ALLOW never replaces the ALLOW one starts from. */
	if (older == ALLOW && newer == ALLOW) {
		ck_assert_uint_eq(verdict.ret, 0x7fff0000);
		ck_assert_int_eq(verdict.filter, -1);
	} else if (newer <= older) {
		ck_assert_uint_eq(verdict.ret, by_strength[newer] | 2);
		ck_assert_int_eq(verdict.filter, 1);
	} else {
		ck_assert_uint_eq(verdict.ret, by_strength[older] | 1);
		ck_assert_int_eq(verdict.filter, 0);
	}
	ck_assert_uint_eq(verdict.insns, 2);
}
END_TEST

/* Values the kernel does not know, by signed comparison of the upper half. */
static const struct {
	uint32_t older, newer, ret;
	int filter;
} odd[] = {
	{ 0x80010000, 0x80000000, 0x80000000, 1 },  { 0x80010000, 0x00000000, 0x80010000, 0 },
	{ 0xffff0000, 0x00000000, 0xffff0000, 0 },  { 0x00010000, 0x00000005, 0x00000005, 1 },
	{ 0x00010000, 0x00030000, 0x00010000, 0 },  { 0x7ffe0000, 0x7fff0000, 0x7ffe0000, 0 },
	{ 0x7fff1234, 0x7fff0001, 0x7fff0000, -1 }, { 0x0005ffff, 0x00050000, 0x00050000, 1 },
};

START_TEST(odd_values)
{
	struct vd_verdict verdict = run_two(odd[_i].older, odd[_i].newer);

	ck_assert_uint_eq(verdict.ret, odd[_i].ret);
	ck_assert_int_eq(verdict.filter, odd[_i].filter);
}
END_TEST

/* A stack takes programs up to the kernel's limit and not one more: the counts were found with seccomp(2). */
static const struct {
	const char *name;
	size_t len, times; /* copies of RET K in one program; how many such programs install */
} sizes[] = {
	{ "RET K", 1, 3641 },
	{ "4096 x RET K", 4096, 3 },
};

START_TEST(size_limit)
{
	struct sock_filter *insns = calloc(sizes[_i].len, sizeof(*insns));
	struct vd_stack *stack;
	struct vd_prog *prog;
	size_t times = 0;

	for (size_t i = 0; i < sizes[_i].len; i++)
		insns[i] = (struct sock_filter){ 0x06, 0, 0, 0x7fff0000 };
	ck_assert_int_eq(vd_prog_new(insns, sizes[_i].len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_new(&stack), 0);
	while (vd_stack_push(stack, prog) == 0)
		times++;
	ck_assert_uint_eq(times, sizes[_i].times);
	ck_assert_uint_eq(vd_stack_len(stack), times);
	ck_assert_uint_eq(vd_stack_size(stack), times * (2 * sizes[_i].len + 3 + 4));
	ck_assert_int_eq(vd_stack_push(stack, prog), -ENOMEM);
	ck_assert_uint_eq(vd_stack_len(stack), times);
	vd_stack_free(stack);
	vd_prog_free(prog);
	free(insns);
}
END_TEST

/* Random stacks: combined by hand from what the reference says of each filter. */
START_TEST(random_stacks)
{
	struct vd_random random = { .state = 77 };

	for (int round = 0; round < 3000; round++) {
		struct sock_filter insns[6][30];
		size_t depth = 1 + vd_random_below(&random, 6), lens[6] = { 0 };
		struct seccomp_data data;
		uint32_t values[6], best = 0x7fff0000;
		struct vd_stack *stack;
		unsigned executed = 0;
		int filter = -1;

		ck_assert_int_eq(vd_stack_new(&stack), 0);
		for (size_t i = 0; i < depth; i++) {
			lens[i] = vd_random_prog(&random, 30, 0, insns[i]);
			push_prog(stack, insns[i], lens[i]);
		}
		vd_random_record(&random, insns[0], lens[0], &data);
		struct vd_verdict verdict = vd_stack_run_each(stack, &data, values);
		for (size_t i = depth; i-- > 0;) {
			unsigned n;
			/* this machine is little-endian: the struct's bytes are the record */
			uint32_t value = reference_run(insns[i], (const uint8_t *)&data, &n);
			ck_assert_uint_eq(values[i], value);
			executed += n;
			if ((int32_t)(value & 0xffff0000) < (int32_t)(best & 0xffff0000)) {
				best = value;
				filter = (int)i;
			}
		}
		ck_assert_uint_eq(verdict.ret, best);
		ck_assert_int_eq(verdict.filter, filter);
		ck_assert_uint_eq(verdict.insns, executed);
		ck_assert_uint_eq(vd_stack_run(stack, &data).ret, best);
		vd_stack_free(stack);
	}
}
END_TEST

struct steps {
	unsigned n, filters[8], pcs[8];
	uint32_t a[8], x[8];
};

static void step(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	struct steps *steps = userdata;

	ck_assert_uint_lt(steps->n, 8);
	steps->filters[steps->n] = (unsigned)filter;
	steps->pcs[steps->n] = pc;
	steps->a[steps->n] = a;
	steps->x[steps->n++] = x;
}

START_TEST(trace)
{
	static const struct sock_filter older[] = { { 0x06, 0, 0, 0x50001 } };
	static const struct sock_filter newer[] = { { 0x20, 0, 0, 0 },
						    { 0x07, 0, 0, 0 },
						    { 0x15, 1, 0, 5 },
						    { 0x06, 0, 0, 1 },
						    { 0x06, 0, 0, 0x7fff0000 } };
	struct seccomp_data data = { .nr = 5 };
	struct steps steps = { 0 };
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	push_prog(stack, older, 1);
	push_prog(stack, newer, 5);
	struct vd_verdict verdict = vd_stack_trace(stack, &data, step, &steps);
	ck_assert_uint_eq(verdict.ret, 0x50001);
	ck_assert_int_eq(verdict.filter, 0);
	ck_assert_uint_eq(verdict.insns, 5);
	ck_assert_uint_eq(steps.n, 5);
	static const unsigned pcs[] = { 0, 1, 2, 4, 0 }, filters[] = { 1, 1, 1, 1, 0 };
	static const uint32_t a[] = { 0, 5, 5, 5, 0 }, x[] = { 0, 0, 5, 5, 0 };
	ck_assert_mem_eq(steps.pcs, pcs, sizeof(pcs));
	ck_assert_mem_eq(steps.filters, filters, sizeof(filters));
	ck_assert_mem_eq(steps.a, a, sizeof(a));
	ck_assert_mem_eq(steps.x, x, sizeof(x));
	vd_stack_free(stack);
}
END_TEST

/* nr decides; args[0].hi (word 5) is loaded for nr 1 only. */
START_TEST(open_words)
{
	static const struct sock_filter insns[] = { { 0x20, 0, 0, 0 },
						    { 0x15, 0, 2, 1 },
						    { 0x20, 0, 0, 20 },
						    { 0x16, 0, 0, 0 },
						    { 0x06, 0, 0, 0x50002 } };
	struct seccomp_data data = { .nr = 2 };
	struct vd_verdict verdict = { .ret = 99 };
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	push_prog(stack, insns, 5);
	ck_assert_int_eq(vd_stack_run_open(stack, &data, 0xfffe, &verdict), -1);
	ck_assert_uint_eq(verdict.ret, 0x50002);
	ck_assert_uint_eq(verdict.insns, 3);
	verdict.ret = 99;
	ck_assert_int_eq(vd_stack_run_open(stack, &data, 0xffff, &verdict), 0);
	data.nr = 1;
	ck_assert_int_eq(vd_stack_run_open(stack, &data, 0xfffe, &verdict), 5);
	ck_assert_uint_eq(verdict.ret, 99); /* untouched */
	ck_assert_int_eq(vd_stack_run_open(stack, &data, 0xffdf & ~1, &verdict), -1);
	vd_stack_set_big_endian(stack, true);
	data.args[0] = 0x30000;
	ck_assert_int_eq(vd_stack_run_open(stack, &data, 0x0010, &verdict), -1);
	ck_assert_uint_eq(verdict.ret, 0x30000); /* offset 20 is the low half there */
	vd_stack_free(stack);
}
END_TEST

static void *many_runs(void *stack)
{
	struct seccomp_data data = { .nr = 2 };
	uintptr_t sum = 0;

	for (int i = 0; i < 100000; i++)
		sum += vd_stack_run(stack, &data).insns;
	return (void *)sum;
}

START_TEST(threads)
{
	struct vd_stack *stack;
	pthread_t ids[4];
	void *sum;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	push_ret(stack, 0);
	push_ret(stack, 1);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&ids[i], NULL, many_runs, stack), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(ids[i], &sum), 0);
		ck_assert_uint_eq((uintptr_t)sum, 200000);
	}
	vd_stack_free(stack);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, empty);
	tcase_add_loop_test(tc, pair, 0, 64);
	tcase_add_loop_test(tc, odd_values, 0, COUNT_OF(odd));
	tcase_add_loop_test(tc, size_limit, 0, COUNT_OF(sizes));
	tcase_add_test(tc, random_stacks);
	tcase_add_test(tc, trace);
	tcase_add_test(tc, open_words);
	tcase_add_test(tc, threads);
}

int main(void)
{
	return run_suite("stack", add);
}
