/* SPDX-License-Identifier: MIT */
/* Claims and equality: what is proved, what is shown, and what is too hard. */
#include "vm/random.h"
#include "vm/testing.h"

#include <errno.h>
#include <stdlib.h>

#define ALLOW 0x7fff0000u
#define EPERM_ 0x00050001u
#define X86_64 0xc000003eu

/* ------------------------------------------------------------------ */
/* Claims                                                             */

/* arch x86_64: mkdir with args[0] == 0x123456789abcdef0 is denied, all else allowed; others are killed. */
static const struct sock_filter planted[] = {
	{ 0x20, 0, 0, 4 },     { 0x15, 0, 7, X86_64 },	   { 0x20, 0, 0, 0 },	   { 0x15, 0, 4, 83 },
	{ 0x20, 0, 0, 20 },    { 0x15, 0, 2, 0x12345678 }, { 0x20, 0, 0, 16 },	   { 0x15, 2, 0, 0x9abcdef0 },
	{ 0x06, 0, 0, ALLOW }, { 0x06, 0, 0, 0x80000000 }, { 0x06, 0, 0, EPERM_ },
};
#define PLANTED 0x123456789abcdef0u

static const struct vd_range x86_64[] = { { X86_64, X86_64 } };
static const struct vd_range mkdir_nr[] = { { 83, 83 } };
static const struct vd_range allow_values[] = { { ALLOW, ALLOW + 0xffff } };
static const struct vd_range kill_values[] = { { 0x80000000u, 0x8000ffffu } };
static const struct vd_expect allows = { .values = allow_values, .n = 1 };

START_TEST(planted_value)
{
	struct vd_stack *stack = stack_of_one(planted, COUNT_OF(planted));
	struct vd_set set = { .arch = { x86_64, 1 } };
	struct vd_witness witness;
	enum vd_answer answer;

	ck_assert_int_eq(vd_prove_claim(stack, &set, &allows, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	ck_assert_int_eq(witness.data.nr, 83);
	ck_assert_uint_eq(witness.data.arch, X86_64);
	ck_assert(witness.data.args[0] == PLANTED && witness.data.args[1] == 0);
	ck_assert_uint_eq(witness.free, 0xffcc); /* ip and args[1] to args[5] */
	/* around it */
	static const struct vd_range around[] = { { 0, PLANTED - 1 }, { PLANTED + 1, UINT64_MAX } };
	set.args[0] = (struct vd_ranges){ around, 2 };
	ck_assert_int_eq(vd_prove_claim(stack, &set, &allows, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_PROVED);
	static const struct vd_range up_to_it[] = { { 0, PLANTED } };
	set.args[0] = (struct vd_ranges){ up_to_it, 1 };
	ck_assert_int_eq(vd_prove_claim(stack, &set, &allows, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	/* foreign archs are killed, by the filter */
	static const struct vd_range foreign[] = { { 0, X86_64 - 1 }, { X86_64 + 1, UINT32_MAX } };
	static const bool it[] = { true }, not_it[] = { false };
	struct vd_expect killed_by_it = { .values = kill_values, .n = 1, .by = it };
	struct vd_expect killed_by_none = { .values = kill_values, .n = 1, .by = not_it, .by_none = true };
	set = (struct vd_set){ .arch = { foreign, 2 } };
	ck_assert_int_eq(vd_prove_claim(stack, &set, &killed_by_it, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_PROVED);
	ck_assert_int_eq(vd_prove_claim(stack, &set, &killed_by_none, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	vd_stack_free(stack);
}
END_TEST

START_TEST(byte_order)
{
	struct vd_stack *stack = stack_of_one(planted, COUNT_OF(planted));
	struct vd_set set = { .arch = { x86_64, 1 }, .nr = { mkdir_nr, 1 } };
	struct vd_witness witness;
	enum vd_answer answer;

	vd_stack_set_big_endian(stack, true);
	ck_assert_int_eq(vd_prove_claim(stack, &set, &allows, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	ck_assert(witness.data.args[0] == 0x9abcdef012345678u);
	vd_stack_free(stack);
}
END_TEST

/* A predicate as one more program: args[0].lo == args[1].lo. */
START_TEST(where)
{
	static const struct sock_filter equal[] = {
		{ 0x20, 0, 0, 16 }, { 0x07, 0, 0, 0 }, { 0x20, 0, 0, 24 },
		{ 0x1d, 0, 1, 0 },  { 0x06, 0, 0, 1 }, { 0x06, 0, 0, 0 }
	};
	struct vd_stack *stack = stack_of_one(planted, COUNT_OF(planted));
	struct vd_set set = { .arch = { x86_64, 1 }, .nr = { mkdir_nr, 1 } };
	struct vd_witness witness;
	enum vd_answer answer;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(equal, COUNT_OF(equal), &prog, NULL), 0);
	set.where = prog;
	ck_assert_int_eq(vd_prove_claim(stack, &set, &allows, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	ck_assert(witness.data.args[0] == PLANTED && witness.data.args[1] == 0x9abcdef0);
	static const struct vd_range other[] = { { 5, 0x9abcdeef } };
	set.args[1] = (struct vd_ranges){ other, 1 };
	ck_assert_int_eq(vd_prove_claim(stack, &set, &allows, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_PROVED);
	vd_prog_free(prog);
	vd_stack_free(stack);
}
END_TEST

START_TEST(bad_questions)
{
	static const struct vd_range reversed[] = { { 2, 1 } }, wide[] = { { 0, 0x100000000u } };
	struct vd_stack *stack = stack_of_one(planted, COUNT_OF(planted)),
			*other = stack_of_one(planted, COUNT_OF(planted));
	struct vd_set set = { .arch = { wide, 1 } };
	struct vd_expect too_wide = { .values = wide, .n = 1 };
	struct vd_witness witness;
	enum vd_answer answer;

	ck_assert_int_eq(vd_prove_claim(stack, &set, &allows, NULL, &answer, &witness), -EINVAL);
	set = (struct vd_set){ .args[3] = { reversed, 1 } };
	ck_assert_int_eq(vd_prove_claim(stack, &set, &allows, NULL, &answer, &witness), -EINVAL);
	ck_assert_int_eq(vd_prove_claim(stack, NULL, &too_wide, NULL, &answer, &witness), -EINVAL);
	vd_stack_set_big_endian(other, true);
	ck_assert_int_eq(vd_prove_equal(stack, other, NULL, false, NULL, &answer, &witness), -EINVAL);
	vd_stack_free(stack);
	vd_stack_free(other);
}
END_TEST

/* ------------------------------------------------------------------ */
/* Equality                                                           */

START_TEST(raw_and_effective)
{
	static const struct sock_filter a[] = { { 0x06, 0, 0, 0x00050fff } },
					b[] = { { 0x06, 0, 0, 0x00051388 } };
	struct vd_stack *sa = stack_of_one(a, 1), *sb = stack_of_one(b, 1);
	struct vd_witness witness;
	enum vd_answer answer;

	ck_assert_int_eq(vd_prove_equal(sa, sb, NULL, false, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_PROVED);
	ck_assert_int_eq(vd_prove_equal(sa, sb, NULL, true, NULL, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	ck_assert_uint_eq(witness.free, 0xffff);
	vd_stack_free(sa);
	vd_stack_free(sb);
}
END_TEST

static bool differ(const struct vd_stack *a, const struct vd_stack *b, const struct seccomp_data *data,
		   bool raw)
{
	uint32_t ra = vd_stack_run(a, data).ret, rb = vd_stack_run(b, data).ret;

	return raw ? ra != rb : vd_effective(ra) != vd_effective(rb);
}

/*
 * Programs with one field changed: proved equal, and then no random record may
 * tell them apart; or told apart by a record, which the machine confirms.
 */
START_TEST(mutants)
{
	struct vd_random random = { .state = 300 + (uint64_t)_i };
	struct vd_budget budget = { .nodes = 100000, .ms = 60000 };
	int answers[3] = { 0 };

	for (int i = 0; i < 300; i++) {
		struct sock_filter a[24], b[24];
		size_t len = vd_random_prog(&random, 24, 0, a);
		struct vd_witness witness;
		enum vd_answer answer;
		do {
			memcpy(b, a, sizeof(a));
			b[vd_random_below(&random, (uint32_t)len)].k ^= 1u << vd_random_below(&random, 32);
		} while (vd_check(b, len, NULL, 0));
		struct vd_stack *sa = stack_of_one(a, len), *sb = stack_of_one(b, len);
		ck_assert_int_eq(vd_prove_equal(sa, sb, NULL, i % 2, &budget, &answer, &witness), 0);
		answers[answer]++;
		/* a record that the machine does not confirm would be unknown, too */
		ck_assert(answer != VD_ANSWER_UNKNOWN || witness.nodes == budget.nodes);
		if (answer == VD_ANSWER_RECORD)
			ck_assert(differ(sa, sb, &witness.data, i % 2));
		for (int j = 0; answer == VD_ANSWER_PROVED && j < 100; j++) {
			struct seccomp_data data;
			vd_random_record(&random, a, len, &data);
			ck_assert(!differ(sa, sb, &data, i % 2));
		}
		vd_stack_free(sa);
		vd_stack_free(sb);
	}
	ck_assert_int_gt(answers[VD_ANSWER_PROVED], 100);
	ck_assert_int_gt(answers[VD_ANSWER_RECORD], 10);
	ck_assert_int_lt(answers[VD_ANSWER_UNKNOWN], 60);
}
END_TEST

/* ------------------------------------------------------------------ */
/* Shapes that explode elsewhere                                      */

struct builder {
	struct sock_filter insns[4096];
	size_t n;
};

static void emit(struct builder *b, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	ck_assert_uint_lt(b->n, 4096);
	b->insns[b->n++] = (struct sock_filter){ code, jt, jf, k };
}

/* With a return of ALLOW at its end. */
static void proved_to_allow(struct builder *b)
{
	struct vd_budget budget = { .nodes = 300000 };
	struct vd_witness witness;
	enum vd_answer answer;

	emit(b, 0x06, 0, 0, ALLOW);
	struct vd_stack *stack = stack_of_one(b->insns, b->n);
	ck_assert_int_eq(vd_prove_claim(stack, NULL, &allows, &budget, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_PROVED);
	vd_stack_free(stack);
}

/* n times: if a word's bit is set, A changes one way, else another; 2^n paths. */
START_TEST(diamonds)
{
	struct builder *b = calloc(1, sizeof(*b));

	for (uint32_t i = 0; i < 512; i++) {
		emit(b, 0x20, 0, 0, 4 * (i % 16));
		emit(b, 0x45, 0, 2, 1u << (i / 16));
		emit(b, 0x00, 0, 0, i);
		emit(b, 0x05, 0, 0, 1);
		emit(b, 0x00, 0, 0, i + 1);
		emit(b, 0x02, 0, 0, i % 16);
	}
	proved_to_allow(b);
	free(b);
}
END_TEST

/* 1,300 comparisons that lead back together. */
START_TEST(compare_diamonds)
{
	struct builder *b = calloc(1, sizeof(*b));

	for (uint32_t i = 0; i < 1300; i++) {
		emit(b, 0x20, 0, 0, 4 * (i % 16));
		emit(b, 0x15, 0, 1, i * 2654435761u);
		emit(b, 0x02, 0, 0, 0);
	}
	proved_to_allow(b);
	free(b);
}
END_TEST

/* a0 == a1 over 64 bits: thousands of nodes when their bits are interleaved, beyond any budget when not. */
START_TEST(words_that_meet)
{
	static const struct sock_filter insns[] = { { 0x20, 0, 0, 16 },	    { 0x07, 0, 0, 0 },
						    { 0x20, 0, 0, 24 },	    { 0x1d, 0, 5, 0 },
						    { 0x20, 0, 0, 20 },	    { 0x07, 0, 0, 0 },
						    { 0x20, 0, 0, 28 },	    { 0x1d, 0, 1, 0 },
						    { 0x06, 0, 0, EPERM_ }, { 0x06, 0, 0, ALLOW } };
	struct vd_stack *stack = stack_of_one(insns, COUNT_OF(insns));
	struct vd_budget budget = { .nodes = 20000 };
	struct vd_witness witness;
	enum vd_answer answer;

	ck_assert_int_eq(vd_prove_claim(stack, NULL, &allows, &budget, &answer, &witness), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	ck_assert(witness.data.args[0] == 0 && witness.data.args[1] == 0);
	vd_stack_free(stack);
}
END_TEST

/* x * y == constant with both sides above 1: unknown or right within the budget. */
START_TEST(hard_questions_end)
{
	static const uint16_t chain[] = { 0x2c, 0xac, 0x6c, 0x7c, 0x3c };
	struct vd_budget budget = { .nodes = 100000, .ms = 2000 };
	struct builder *b = calloc(1, sizeof(*b));
	struct vd_witness witness;
	enum vd_answer answer;

	for (uint32_t i = 0; i < 60; i++) {
		emit(b, 0x20, 0, 0, 16 + 4 * (i % 12));
		emit(b, 0x07, 0, 0, 0);
		emit(b, i ? 0x60 : 0x00, 0, 0, i ? 1 : 0x12345);
		emit(b, chain[(uint32_t)_i % COUNT_OF(chain)], 0, 0, 0);
		emit(b, 0x02, 0, 0, 1);
	}
	emit(b, 0x15, 0, 1, 0xdeadbeef);
	emit(b, 0x06, 0, 0, EPERM_);
	emit(b, 0x06, 0, 0, ALLOW);
	struct vd_stack *stack = stack_of_one(b->insns, b->n);
	ck_assert_int_eq(vd_prove_claim(stack, NULL, &allows, &budget, &answer, &witness), 0);
	ck_assert_uint_le(witness.nodes, budget.nodes);
	if (answer == VD_ANSWER_RECORD)
		ck_assert_uint_ne(vd_stack_run(stack, &witness.data).ret, ALLOW);
	vd_stack_free(stack);
	free(b);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, planted_value);
	tcase_add_test(tc, byte_order);
	tcase_add_test(tc, where);
	tcase_add_test(tc, bad_questions);
	tcase_add_test(tc, raw_and_effective);
	tcase_add_loop_test(tc, mutants, 0, 4);
	tcase_add_test(tc, diamonds);
	tcase_add_test(tc, compare_diamonds);
	tcase_add_test(tc, words_that_meet);
	tcase_add_loop_test(tc, hard_questions_end, 0, 5);
}

int main(void)
{
	return run_suite("prove", add);
}
