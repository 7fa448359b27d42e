/* SPDX-License-Identifier: MIT */
/* What is said of instructions and edges, against running every record, and random ones. */
#include "vm/prove/programs.h"
#include "vm/prove/reach.h"
#include "vm/random.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

static struct vd_reach *reach_of(const struct vd_stack *stack, const struct vd_set *set, size_t nodes)
{
	const struct vd_budget budget = { .nodes = nodes, .ms = 2000 };
	struct vd_reach *reach;

	ck_assert_int_eq(vd_reach_new(stack, set, &budget, &reach), 0);
	return reach;
}

/* nr > 5, and then nr == 3: that is never so. */
static const struct sock_filter dead[] = { LD(0), JGT(5, 0, 2), JEQ(3, 0, 1), RET(DENY), RET(ALLOW) };

START_TEST(points_of_a_program)
{
	static const struct {
		unsigned pc;
		enum vd_edge edge;
		enum vd_answer answer;
	} rows[] = {
		{ 0, VD_EDGE_NONE, VD_ANSWER_RECORD },	{ 0, VD_EDGE_TRUE, VD_ANSWER_PROVED },
		{ 1, VD_EDGE_TRUE, VD_ANSWER_RECORD },	{ 1, VD_EDGE_FALSE, VD_ANSWER_RECORD },
		{ 2, VD_EDGE_TRUE, VD_ANSWER_PROVED },	{ 2, VD_EDGE_FALSE, VD_ANSWER_RECORD },
		{ 3, VD_EDGE_NONE, VD_ANSWER_PROVED },	{ 4, VD_EDGE_NONE, VD_ANSWER_RECORD },
		{ 4, VD_EDGE_FALSE, VD_ANSWER_PROVED },
	};
	struct vd_stack *stack = stack_of_one(dead, COUNT_OF(dead));
	struct vd_reach *reach = reach_of(stack, NULL, 0);
	struct vd_witness witness;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		ck_assert_msg(vd_reach_point(reach, 0, rows[i].pc, rows[i].edge, NULL) == rows[i].answer,
			      "row %zu", i);
	ck_assert_int_eq(vd_reach_point(reach, 0, 2, VD_EDGE_FALSE, &witness), VD_ANSWER_RECORD);
	ck_assert_int_eq(witness.data.nr, 6);
	ck_assert_uint_eq(witness.free, 0xfffe);
	ck_assert(!vd_prog_branches(vd_stack_prog(stack, 0), 0));
	ck_assert(vd_prog_branches(vd_stack_prog(stack, 0), 2));
	vd_reach_free(reach);
	vd_reach_free(NULL);
	vd_stack_free(stack);
}
END_TEST

/* A jump whose targets are one place has no edges; the places behind it are reached all the same. */
START_TEST(jumps_to_one_place)
{
	static const struct sock_filter insns[] = { LD(0), JEQ(3, 1, 1), RET(DENY), RET(ALLOW) };
	struct vd_stack *stack = stack_of_one(insns, COUNT_OF(insns));
	struct vd_reach *reach = reach_of(stack, NULL, 0);

	ck_assert(!vd_prog_branches(vd_stack_prog(stack, 0), 1));
	ck_assert_int_eq(vd_reach_point(reach, 0, 1, VD_EDGE_TRUE, NULL), VD_ANSWER_PROVED);
	ck_assert_int_eq(vd_reach_point(reach, 0, 1, VD_EDGE_FALSE, NULL), VD_ANSWER_PROVED);
	ck_assert_int_eq(vd_reach_point(reach, 0, 2, VD_EDGE_NONE, NULL), VD_ANSWER_PROVED);
	ck_assert_int_eq(vd_reach_point(reach, 0, 3, VD_EDGE_NONE, NULL), VD_ANSWER_RECORD);
	vd_reach_free(reach);
	vd_stack_free(stack);
}
END_TEST

/* DIV X by zero ends the program: what comes behind it is reached by the others. */
START_TEST(division_by_zero_ends)
{
	static const struct sock_filter insns[] = {
		LD(16), { 0x07, 0, 0, 0 }, LD(0), { 0x3c, 0, 0, 0 }, RET(ALLOW)
	};
	static const struct vd_range zero = { 0, 0 };
	const struct vd_set set = { .args = { [0] = { &zero, 1 } } };
	struct vd_stack *stack = stack_of_one(insns, COUNT_OF(insns));
	struct vd_reach *reach = reach_of(stack, &set, 0);

	ck_assert_int_eq(vd_reach_point(reach, 0, 3, VD_EDGE_NONE, NULL), VD_ANSWER_RECORD);
	ck_assert_int_eq(vd_reach_point(reach, 0, 4, VD_EDGE_NONE, NULL), VD_ANSWER_PROVED);
	vd_reach_free(reach);
	vd_stack_free(stack);
}
END_TEST

/* Filters of a stack are apart; the set is one for all, the byte order too. */
START_TEST(stacks_and_sets)
{
	static const struct sock_filter high[] = { LD(16), JEQ(1, 0, 1), RET(DENY), RET(ALLOW) };
	static const struct vd_range one = { 1, 1 }, six = { 6, 9 };
	const struct vd_set set = { .nr = { &six, 1 }, .args = { [0] = { &one, 1 } } };

	for (int big = 0; big < 2; big++) {
		struct vd_stack *stack = stack_of_one(dead, COUNT_OF(dead));
		push_prog(stack, high, COUNT_OF(high));
		vd_stack_set_big_endian(stack, big);
		struct vd_reach *reach = reach_of(stack, &set, 0);
		ck_assert_int_eq(vd_reach_point(reach, 0, 1, VD_EDGE_FALSE, NULL), VD_ANSWER_PROVED);
		ck_assert_int_eq(vd_reach_point(reach, 0, 1, VD_EDGE_TRUE, NULL), VD_ANSWER_RECORD);
		ck_assert_int_eq(vd_reach_point(reach, 1, 1, VD_EDGE_TRUE, NULL),
				 big ? VD_ANSWER_PROVED : VD_ANSWER_RECORD);
		ck_assert_int_eq(vd_reach_point(reach, 1, 1, VD_EDGE_FALSE, NULL),
				 big ? VD_ANSWER_RECORD : VD_ANSWER_PROVED);
		vd_reach_free(reach);
		vd_stack_free(stack);
	}
}
END_TEST

START_TEST(bad_sets_are_refused)
{
	static const struct vd_range backwards = { 2, 1 };
	const struct vd_set set = { .nr = { &backwards, 1 } };
	struct vd_stack *stack = stack_of_one(dead, COUNT_OF(dead));
	struct vd_reach *reach = NULL;

	ck_assert_int_eq(vd_reach_new(stack, &set, NULL, &reach), -EINVAL);
	ck_assert_ptr_null(reach);
	vd_stack_free(stack);
}
END_TEST

/* A budget for nothing: only the first instruction is known to be reached, and only if it is not a set's. */
START_TEST(a_spent_budget_is_no_answer)
{
	struct vd_stack *stack = stack_of_one(dead, COUNT_OF(dead));
	struct vd_reach *reach = reach_of(stack, NULL, 1);

	for (unsigned pc = 1; pc < COUNT_OF(dead); pc++)
		ck_assert_int_ne(vd_reach_point(reach, 0, pc, VD_EDGE_NONE, NULL), VD_ANSWER_PROVED);
	ck_assert_int_ne(vd_reach_point(reach, 0, 2, VD_EDGE_TRUE, NULL), VD_ANSWER_PROVED);
	vd_reach_free(reach);
	vd_stack_free(stack);
}
END_TEST

/* Every record of nr, arch and args[0] below 8. */
static void brute_force(const struct vd_stack *stack, size_t filter, bool *marks)
{
	for (unsigned i = 0; i < 8 * 8 * 8; i++) {
		struct seccomp_data data = { .nr = (int)(i % 8), .arch = i / 8 % 8, .args = { i / 64 } };
		vd_prog_mark(vd_stack_prog(stack, filter), vd_stack_big_endian(stack), &data, marks);
	}
}

START_TEST(against_brute_force)
{
	static const struct vd_range small = { 0, 7 }, zero = { 0, 0 };
	struct vd_set set = { .nr = { &small, 1 },
			      .arch = { &small, 1 },
			      .instruction_pointer = { &zero, 1 } };
	struct vd_random random = { .state = 7 + (uint64_t)_i };
	size_t reached = 0, proved = 0, unknown = 0;

	for (unsigned i = 0; i < 6; i++)
		set.args[i] = (struct vd_ranges){ i ? &zero : &small, 1 };
	for (unsigned round = 0; round < 300; round++) {
		struct sock_filter insns[30];
		size_t len = vd_random_prog(&random, 30, 0, insns);
		struct vd_stack *stack = stack_of_one(insns, len);
		bool marks[VD_POINTS * 30] = { false };

		vd_stack_set_big_endian(stack, round % 2);
		struct vd_reach *reach = reach_of(stack, &set, 50000);
		brute_force(stack, 0, marks);
		for (size_t pc = 0; pc < len; pc++)
			for (enum vd_edge edge = VD_EDGE_NONE; edge <= VD_EDGE_FALSE; edge++) {
				struct vd_witness witness;
				enum vd_answer answer = vd_reach_point(reach, 0, pc, edge, &witness);
				unknown += answer == VD_ANSWER_UNKNOWN;
				reached += answer == VD_ANSWER_RECORD;
				proved += answer == VD_ANSWER_PROVED;
				ck_assert(answer == VD_ANSWER_UNKNOWN ||
					  (answer == VD_ANSWER_RECORD) == marks[vd_point(pc, edge)]);
				ck_assert(answer != VD_ANSWER_RECORD || witness.data.args[0] < 8);
			}
		vd_reach_free(reach);
		vd_stack_free(stack);
	}
	ck_assert_uint_gt(reached, 1000);
	ck_assert_uint_gt(proved, 1000);
	ck_assert_uint_lt(unknown, 100);
}
END_TEST

/* No record takes what is called impossible, and each witness does what it is said to. */
static size_t cross_check(struct vd_random *random, const struct sock_filter *insns, size_t len, size_t nodes)
{
	struct vd_stack *stack = stack_of_one(insns, len);
	struct vd_reach *reach = reach_of(stack, NULL, nodes);
	bool *marks = calloc(VD_POINTS * len, sizeof(*marks));
	size_t unknown = 0;

	for (unsigned i = 0; i < 300; i++) {
		struct seccomp_data data;
		vd_random_record(random, insns, len, &data);
		vd_prog_mark(vd_stack_prog(stack, 0), false, &data, marks);
	}
	for (size_t i = 0; i < VD_POINTS * len; i++) {
		struct vd_witness witness;
		enum vd_answer answer = vd_reach_point(reach, 0, i / VD_POINTS, i % VD_POINTS, &witness);
		unknown += answer == VD_ANSWER_UNKNOWN;
		ck_assert(answer != VD_ANSWER_PROVED || !marks[i]);
		if (answer != VD_ANSWER_RECORD)
			continue;
		bool *own = calloc(VD_POINTS * len, sizeof(*own));
		vd_prog_mark(vd_stack_prog(stack, 0), false, &witness.data, own);
		ck_assert(own[i]);
		free(own);
	}
	free(marks);
	vd_reach_free(reach);
	vd_stack_free(stack);
	return unknown;
}

START_TEST(against_random_records)
{
	struct vd_random random = { .state = 99 + (uint64_t)_i };
	unsigned rounds = getenv("CHECK_LONG") ? 20000 : 300;

	for (unsigned i = 0; i < rounds; i++) {
		struct sock_filter insns[60];
		size_t len = vd_random_prog(&random, 60, 0, insns);
		cross_check(&random, insns, len, 50000);
	}
}
END_TEST

/* Multiplied words in front, then compares: within the budget, unknown, and never wrong. */
START_TEST(exploding_programs)
{
	struct sock_filter insns[200];
	struct vd_random random = { .state = 5 };
	size_t n = 0;

	insns[n++] = (struct sock_filter)LD(0);
	insns[n++] = (struct sock_filter)JEQ(3, 0, 1);
	insns[n++] = (struct sock_filter)RET(DENY);
	for (uint32_t i = 0; i < 30; i++) {
		insns[n++] = (struct sock_filter)LD(16 + 4 * (i % 12));
		insns[n++] = (struct sock_filter){ 0x07, 0, 0, 0 };
		insns[n++] = (struct sock_filter)LD(16 + 4 * ((i + 5) % 12));
		insns[n++] = (struct sock_filter){ 0x2c, 0, 0, 0 };
		insns[n++] = (struct sock_filter)JEQ(0xdeadbee0 + i, 0, 0);
	}
	insns[n++] = (struct sock_filter)JEQ(0xdeadbeef, 0, 1);
	insns[n++] = (struct sock_filter)RET(DENY);
	insns[n++] = (struct sock_filter)RET(ALLOW);
	ck_assert_uint_gt(cross_check(&random, insns, n, 100000), 0);
	/* what comes before the place where it explodes is answered */
	struct vd_stack *stack = stack_of_one(insns, n);
	struct vd_reach *reach = reach_of(stack, NULL, 100000);
	ck_assert_int_eq(vd_reach_point(reach, 0, 1, VD_EDGE_TRUE, NULL), VD_ANSWER_RECORD);
	ck_assert_int_eq(vd_reach_point(reach, 0, 1, VD_EDGE_FALSE, NULL), VD_ANSWER_RECORD);
	/* and one of the records that were found for it goes on to the end */
	ck_assert_int_eq(vd_reach_point(reach, 0, n - 1, VD_EDGE_NONE, NULL), VD_ANSWER_RECORD);
	vd_reach_free(reach);
	vd_stack_free(stack);
}
END_TEST

/* Filters of real programs are small matters: nothing of them stays unknown. */
START_TEST(corpus)
{
	static struct sock_filter insns[4096];
	struct vd_random random = { .state = 11 };
	glob_t files;

	/* tests run from the project's root */
	ck_assert_int_eq(glob("cases/suite/corpus/*/*.bpf", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *file = fopen(files.gl_pathv[i], "rb");
		ck_assert_ptr_nonnull(file);
		size_t len = fread(insns, sizeof(*insns), COUNT_OF(insns), file);
		fclose(file);
		ck_assert_msg(cross_check(&random, insns, len, 0) == 0, "%s", files.gl_pathv[i]);
	}
	globfree(&files);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, corpus);
	tcase_add_test(tc, points_of_a_program);
	tcase_add_test(tc, jumps_to_one_place);
	tcase_add_test(tc, division_by_zero_ends);
	tcase_add_test(tc, stacks_and_sets);
	tcase_add_test(tc, bad_sets_are_refused);
	tcase_add_test(tc, a_spent_budget_is_no_answer);
	tcase_add_loop_test(tc, against_brute_force, 0, 2);
	tcase_add_loop_test(tc, against_random_records, 0, 2);
	tcase_add_test(tc, exploding_programs);
}

int main(void)
{
	return run_suite("reach", add);
}
