/* SPDX-License-Identifier: MIT */
/*
 * What the prover makes of a stack, point by point against the machine: random
 * programs full of arithmetic, and the filters of the corpus. More than 10
 * million records with CHECK_LONG.
 */
#include "vm/prove/order.h"
#include "vm/prove/symbolic.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#define CORPUS "cases/suite/corpus/*/*.bpf" /* tests run from the project's root */
#define DEPTH_MAX 3
#define LEN_MAX 4096

/* A stack as functions of the record. */
struct functions {
	struct vd_order order;
	struct vd_bdds *bdds;
	struct vd_vec value, effective, count;
	vd_bdd wins[DEPTH_MAX];
};

static void functions_of(const struct vd_stack *stack, bool calls_first, size_t nodes, struct functions *f)
{
	struct vd_words words;

	vd_order_init(&f->order);
	for (size_t i = 0; i < vd_stack_len(stack); i++)
		vd_order_add(&f->order, vd_stack_prog(stack, i), vd_stack_big_endian(stack));
	vd_order_finish(&f->order, calls_first);
	ck_assert_int_eq(vd_bdds_new(nodes, 0, &f->bdds), 0);
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
		for (unsigned b = 0; b < 32; b++)
			words.word[w].bit[b] = vd_bdd_var(f->bdds, f->order.var[w][b]);
	ck_assert_int_eq(vd_symbolic_stack(f->bdds, &words, BDD_TRUE, stack, &f->value, f->wins, &f->count),
			 0);
	f->effective = vd_symbolic_effective(f->bdds, &f->value);
}

static void record_bits(const struct vd_order *order, const struct seccomp_data *data, uint8_t *bits)
{
	uint32_t words[VD_RECORD_WORDS];

	vd_record_words(data, false, words);
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
		for (unsigned b = 0; b < 32; b++)
			bits[order->var[w][b]] = words[w] >> b & 1;
}

static uint32_t eval(const struct vd_bdds *bdds, const struct vd_vec *value, const uint8_t *bits)
{
	uint32_t r = 0;

	for (unsigned b = 0; b < 32; b++)
		r |= (uint32_t)vd_bdd_eval(bdds, value->bit[b], bits) << b;
	return r;
}

static void compare(const struct functions *f, const struct vd_stack *stack, const struct seccomp_data *data)
{
	struct vd_verdict verdict = vd_stack_run(stack, data);
	uint8_t bits[VD_RECORD_WORDS * 32];

	record_bits(&f->order, data, bits);
	ck_assert_uint_eq(eval(f->bdds, &f->value, bits), verdict.ret);
	ck_assert_uint_eq(eval(f->bdds, &f->count, bits), verdict.insns);
	ck_assert_uint_eq(eval(f->bdds, &f->effective, bits), vd_effective(verdict.ret));
	for (size_t i = 0; i < vd_stack_len(stack); i++)
		ck_assert(vd_bdd_eval(f->bdds, f->wins[i], bits) == ((int)i == verdict.filter));
}

/* One random stack on many records; false when it is too hard for the budget. */
static bool compare_stack(struct vd_random *random, unsigned records, bool big_endian)
{
	struct sock_filter insns[40];
	size_t depth = 1 + vd_random_below(random, DEPTH_MAX), len = 0;
	struct functions f;
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	vd_stack_set_big_endian(stack, big_endian);
	for (size_t i = 0; i < depth; i++) {
		len = vd_random_prog(random, 40, 0, insns);
		push_prog(stack, insns, len);
	}
	functions_of(stack, depth == 2, 200000, &f);
	bool solved = !vd_bdd_spent(f.bdds);
	for (unsigned i = 0; solved && i < records; i++) {
		struct seccomp_data data;
		vd_random_record(random, insns, len, &data);
		compare(&f, stack, &data);
	}
	vd_bdds_free(f.bdds);
	vd_stack_free(stack);
	return solved;
}

START_TEST(random_stacks)
{
	struct vd_random random = { .state = 100 + (uint64_t)_i };
	int solved = 0;

	for (int i = 0; i < 400; i++)
		solved += compare_stack(&random, getenv("CHECK_LONG") ? 1000 : 64, i % 4 == 3);
	/* ALU-heavy programs may be too hard, most are not: at least 300,000 records of the long run's
	 * 400,000 */
	ck_assert_int_ge(solved, 300);
}
END_TEST

/* Every filter of the corpus is within the budget. */
START_TEST(corpus)
{
	unsigned records = getenv("CHECK_LONG") ? 10000 : 100;
	struct vd_random random = { .state = 5 };
	glob_t files;

	ck_assert_int_eq(glob(CORPUS, 0, NULL, &files), 0);
	ck_assert_uint_gt(files.gl_pathc, 80);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		static struct sock_filter insns[LEN_MAX];
		struct functions f;
		FILE *file = fopen(files.gl_pathv[i], "rb");
		ck_assert_msg(file != NULL, "%s cannot be read", files.gl_pathv[i]);
		size_t len = fread(insns, sizeof(*insns), LEN_MAX, file);
		fclose(file);
		struct vd_stack *stack = stack_of_one(insns, len);
		functions_of(stack, i % 2, 2000000, &f);
		ck_assert_msg(!vd_bdd_spent(f.bdds), "%s: beyond the budget", files.gl_pathv[i]);
		for (unsigned j = 0; j < records; j++) {
			struct seccomp_data data;
			vd_random_record(&random, insns, len, &data);
			compare(&f, stack, &data);
		}
		vd_bdds_free(f.bdds);
		vd_stack_free(stack);
	}
	globfree(&files);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, random_stacks, 0, getenv("CHECK_LONG") ? 36 : 4);
	tcase_add_test(tc, corpus);
}

int main(void)
{
	return run_suite("machine", add);
}
