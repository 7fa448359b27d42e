/* SPDX-License-Identifier: MIT */
/* Few records that come by everything: that they do, that the bound is one, and how few they are. */
#include "vm/prove/predicate.h"
#include "vm/prove/programs.h"
#include "vm/prove/reach.h"
#include "vm/random.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * By the machine alone: the records come by all that is said to be reached, and
 * by nothing that is said not to be. Returns how many points are unknown.
 */
static size_t check_records(const struct vd_stack *stack, const struct vd_cover *cover)
{
	size_t unknown = 0, wrong = 0;

	/* what is asserted is noted one by one: not in the innermost loops */
	ck_assert_uint_le(vd_cover_bound(cover), vd_cover_records(cover));
	for (size_t f = 0; f < vd_stack_len(stack); f++) {
		const struct vd_prog *prog = vd_stack_prog(stack, f);
		size_t n = VD_POINTS * vd_prog_len(prog);
		bool *marks = calloc(n, sizeof(*marks)), *own = calloc(n, sizeof(*own));
		for (size_t i = 0; i < vd_cover_records(cover); i++) {
			struct vd_witness witness;
			vd_cover_record(cover, i, &witness);
			memset(own, 0, n * sizeof(*own));
			vd_prog_mark(prog, vd_stack_big_endian(stack), &witness.data, own);
			for (size_t p = 0; p < n; p++) {
				marks[p] |= own[p];
				wrong += own[p] != vd_cover_takes(cover, i, f, p / VD_POINTS, p % VD_POINTS);
			}
		}
		for (size_t p = 0; p < n; p++) {
			enum vd_answer answer = vd_cover_point(cover, f, p / VD_POINTS, p % VD_POINTS);
			unknown += answer == VD_ANSWER_UNKNOWN;
			wrong += marks[p] != (answer == VD_ANSWER_RECORD);
		}
		free(own);
		free(marks);
	}
	ck_assert_uint_eq(wrong, 0);
	return unknown;
}

/* Words that no filter loads do not matter. */
static void check_free(const struct vd_stack *stack, const struct vd_cover *cover)
{
	for (size_t i = 0; i < vd_cover_records(cover); i++) {
		struct vd_witness witness;
		struct vd_verdict open, whole;
		uint16_t words = 0;
		vd_cover_record(cover, i, &witness);
		for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
			words |= (uint16_t)((witness.free >> w & 1)
					    << (vd_stack_big_endian(stack) && w >= 2 ? w ^ 1 : w));
		ck_assert_int_eq(vd_stack_run_open(stack, &witness.data, words, &open), -1);
		whole = vd_stack_run(stack, &witness.data);
		ck_assert(whole.ret == open.ret && whole.filter == open.filter);
	}
}

/* ------------------------------------------------------------------ */
/* The least that is possible, by trying all                          */

#define SMALL 5 /* nr and args[0] are below */
#define RECORDS (SMALL * SMALL)
#define POINTS_MAX (VD_POINTS * 2 * 12)

struct small {
	bool marks[RECORDS][POINTS_MAX];
	size_t n_points;
};

/* Whether `left` more records can come by what is open. */
static bool can_cover(const struct small *small, const bool *open, size_t left)
{
	size_t first = 0;

	while (first < small->n_points && !open[first])
		first++;
	if (first == small->n_points)
		return true;
	for (size_t i = 0; left && i < RECORDS; i++) {
		bool rest[POINTS_MAX];
		if (!small->marks[i][first])
			continue;
		for (size_t p = 0; p < small->n_points; p++)
			rest[p] = open[p] && !small->marks[i][p];
		if (can_cover(small, rest, left - 1))
			return true;
	}
	return false;
}

static size_t least(const struct vd_stack *stack)
{
	struct small *small = calloc(1, sizeof(*small));
	bool open[POINTS_MAX] = { false };
	size_t n = 0;

	for (size_t f = 0; f < vd_stack_len(stack); f++) {
		const struct vd_prog *prog = vd_stack_prog(stack, f);
		for (size_t i = 0; i < RECORDS; i++) {
			struct seccomp_data data = { .nr = (int)(i % SMALL), .args = { i / SMALL } };
			vd_prog_mark(prog, false, &data, small->marks[i] + small->n_points);
		}
		small->n_points += VD_POINTS * vd_prog_len(prog);
	}
	for (size_t p = 0; p < small->n_points; p++)
		for (size_t i = 0; i < RECORDS; i++)
			open[p] |= small->marks[i][p];
	while (!can_cover(small, open, n))
		n++;
	free(small);
	return n;
}

/* Programs that compare nr and args[0] with small numbers. */
static size_t random_program(struct vd_random *random, struct sock_filter *insns)
{
	size_t len = 4 + vd_random_below(random, 8);

	for (size_t i = 0; i < len; i++) {
		uint8_t jt = (uint8_t)vd_random_below(random, 3), jf = (uint8_t)vd_random_below(random, 3);
		uint32_t left = (uint32_t)(len - 1 - i);
		jt = left && jt < left ? jt : 0;
		jf = left && jf < left ? jf : 0;
		if (i == 0 || vd_random_below(random, 4) == 0)
			insns[i] = (struct sock_filter)LD(vd_random_below(random, 2) * 16);
		else if (vd_random_below(random, 8) == 0)
			insns[i] = (struct sock_filter)RET(DENY);
		else if (vd_random_below(random, 2))
			insns[i] = (struct sock_filter)JEQ(vd_random_below(random, SMALL), jt, jf);
		else
			insns[i] = (struct sock_filter)JGT(vd_random_below(random, SMALL), jt, jf);
	}
	insns[len - 1] = (struct sock_filter)RET(ALLOW);
	return len;
}

START_TEST(as_few_as_possible)
{
	static const struct vd_range small = { 0, SMALL - 1 }, zero = { 0, 0 };
	struct vd_set set = { .nr = { &small, 1 }, .arch = { &zero, 1 }, .args = { [0] = { &small, 1 } } };
	struct vd_random random = { .state = 3 + (uint64_t)_i };
	size_t tight = 0, rounds = 150, more = 0;

	for (size_t round = 0; round < rounds; round++) {
		struct sock_filter insns[12];
		struct vd_stack *stack = stack_of_one(insns, random_program(&random, insns));
		struct vd_cover *cover;
		if (round % 3 == 0)
			push_prog(stack, insns, random_program(&random, insns));
		ck_assert_int_eq(vd_cover_new(stack, &set, NULL, &cover), 0);
		ck_assert_uint_eq(check_records(stack, cover), 0);
		check_free(stack, cover);
		size_t best = least(stack);
		ck_assert_uint_ge(vd_cover_records(cover), best);
		ck_assert_uint_le(vd_cover_bound(cover), best);
		tight += vd_cover_bound(cover) == vd_cover_records(cover);
		more += vd_cover_records(cover) - best;
		vd_cover_free(cover);
		vd_stack_free(stack);
	}
	/* of random programs, not all are as few as can be; nearly all are */
	ck_assert_uint_ge(tight, rounds * 9 / 10);
	ck_assert_uint_le(more, rounds / 20);
}
END_TEST

/* ------------------------------------------------------------------ */

START_TEST(simple_programs)
{
	static const struct sock_filter one[] = { RET(ALLOW) };
	static const struct sock_filter divides[] = {
		LD(16), { 0x07, 0, 0, 0 }, { 0x3c, 0, 0, 0 }, RET(ALLOW)
	};
	/* three ways to one test of two results */
	static const struct sock_filter joined[] = { LD(0),  JEQ(1, 2, 0), JEQ(2, 1, 0), JEQ(3, 0, 2),
						     LD(16), JEQ(7, 0, 1), RET(DENY),	 RET(ALLOW) };
	const struct {
		const struct sock_filter *insns;
		size_t len, records;
	} rows[] = { { one, 1, 1 }, { divides, 4, 1 }, { joined, COUNT_OF(joined), 4 } };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct vd_stack *stack = stack_of_one(rows[i].insns, rows[i].len);
		struct vd_cover *cover;
		ck_assert_int_eq(vd_cover_new(stack, NULL, NULL, &cover), 0);
		ck_assert_uint_eq(check_records(stack, cover), 0);
		ck_assert_uint_eq(vd_cover_records(cover), rows[i].records);
		ck_assert_uint_eq(vd_cover_bound(cover), rows[i].records);
		vd_cover_free(cover);
		vd_stack_free(stack);
	}
	vd_cover_free(NULL);
}
END_TEST

START_TEST(empty_stack)
{
	struct vd_stack *stack;
	struct vd_cover *cover;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_cover_new(stack, NULL, NULL, &cover), 0);
	ck_assert_uint_eq(vd_cover_records(cover), 0);
	ck_assert_uint_eq(vd_cover_bound(cover), 0);
	vd_cover_free(cover);
	vd_stack_free(stack);
}
END_TEST

/* The condition holds for exactly the records of that arch and number that go the same way. */
START_TEST(conditions)
{
	static const struct sock_filter insns[] = { LD(0),  JEQ(5, 0, 5), LD(16),    { 0x45, 0, 2, 3 },
						    LD(24), JGT(9, 0, 1), RET(DENY), RET(ALLOW) };
	struct vd_random random = { .state = 8 };
	struct vd_stack *stack = stack_of_one(insns, COUNT_OF(insns));
	struct vd_cover *cover;
	char text[200];

	ck_assert_int_eq(vd_cover_new(stack, NULL, NULL, &cover), 0);
	ck_assert_uint_eq(vd_cover_records(cover), 4);
	for (size_t i = 0; i < vd_cover_records(cover); i++) {
		struct vd_witness witness;
		bool own[VD_POINTS * COUNT_OF(insns)] = { false };
		vd_cover_record(cover, i, &witness);
		vd_prog_mark(vd_stack_prog(stack, 0), false, &witness.data, own);
		ck_assert(vd_cover_when(cover, i, text, sizeof(text)));
		for (unsigned k = 0; k < 300; k++) {
			struct seccomp_data data = witness.data;
			bool other[VD_POINTS * COUNT_OF(insns)] = { false };
			data.args[0] = vd_random_below(&random, 8);
			data.args[1] = vd_random_below(&random, 20) | (uint64_t)vd_random_below(&random, 2)
									      << 32;
			vd_prog_mark(vd_stack_prog(stack, 0), false, &data, other);
			ck_assert_msg(predicate_holds(text, &data) == !memcmp(own, other, sizeof(own)), "%s",
				      text);
		}
	}
	vd_cover_free(cover);
	vd_stack_free(stack);
}
END_TEST

/* Where the budget ends before the answers, nothing that is said is wrong. */
START_TEST(small_budgets)
{
	struct vd_random random = { .state = 77 + (uint64_t)_i };

	for (unsigned round = 0; round < 60; round++) {
		struct sock_filter insns[60];
		struct vd_budget budget = { .nodes = 1 + vd_random_below(&random, 30000), .ms = 500 };
		struct vd_stack *stack = stack_of_one(insns, vd_random_prog(&random, 60, 0, insns));
		struct vd_cover *cover;
		vd_stack_set_big_endian(stack, round % 2);
		push_prog(stack, insns, vd_random_prog(&random, 60, 0, insns));
		ck_assert_int_eq(vd_cover_new(stack, NULL, &budget, &cover), 0);
		check_records(stack, cover);
		check_free(stack, cover);
		vd_cover_free(cover);
		vd_stack_free(stack);
	}
}
END_TEST

START_TEST(bad_sets_are_refused)
{
	static const struct vd_range backwards = { 2, 1 };
	const struct vd_set set = { .nr = { &backwards, 1 } };
	static const struct sock_filter insns[] = { RET(ALLOW) };
	struct vd_stack *stack = stack_of_one(insns, 1);
	struct vd_cover *cover = NULL;

	ck_assert_int_eq(vd_cover_new(stack, &set, NULL, &cover), -EINVAL);
	ck_assert_ptr_null(cover);
	vd_stack_free(stack);
}
END_TEST

/* Filters of real programs: everything is known, and so few records are proved to be needed. */
START_TEST(corpus)
{
	static struct sock_filter insns[4096];
	glob_t folders, files;
	char pattern[256];
	const struct vd_budget budget = { .ms = 600000 }; /* however busy the machine is */

	/* tests run from the project's root */
	ck_assert_int_eq(glob("cases/suite/corpus/*/", 0, NULL, &folders), 0);
	for (size_t i = 0; i < folders.gl_pathc; i++) {
		struct vd_stack *stack;
		struct vd_cover *cover;
		ck_assert_int_eq(vd_stack_new(&stack), 0);
		snprintf(pattern, sizeof(pattern), "%s*.bpf", folders.gl_pathv[i]);
		ck_assert_int_eq(glob(pattern, 0, NULL, &files), 0);
		for (size_t j = 0; j < files.gl_pathc; j++) {
			FILE *file = fopen(files.gl_pathv[j], "rb");
			ck_assert_ptr_nonnull(file);
			push_prog(stack, insns, fread(insns, sizeof(*insns), COUNT_OF(insns), file));
			fclose(file);
		}
		globfree(&files);
		ck_assert_int_eq(vd_cover_new(stack, NULL, &budget, &cover), 0);
		ck_assert_uint_eq(check_records(stack, cover), 0);
		ck_assert_msg(vd_cover_records(cover) == vd_cover_bound(cover), "%s: %zu records, %zu needed",
			      folders.gl_pathv[i], vd_cover_records(cover), vd_cover_bound(cover));
		vd_cover_free(cover);
		vd_stack_free(stack);
	}
	globfree(&folders);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, simple_programs);
	tcase_add_test(tc, empty_stack);
	tcase_add_test(tc, conditions);
	tcase_add_loop_test(tc, as_few_as_possible, 0, 4);
	tcase_add_loop_test(tc, small_budgets, 0, 2);
	tcase_add_test(tc, bad_sets_are_refused);
	tcase_add_test(tc, corpus);
}

int main(void)
{
	return run_suite("cover", add);
}
