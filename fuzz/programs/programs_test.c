/* SPDX-License-Identifier: MIT */
/* Random programs: what they are by shape, and the second reading of the kernel's rules at its boundaries. */
#include "fuzz/programs/checks.h"
#include "vm/testing.h"

#include <string.h>

#define I(code, jt, jf, k)      \
	{                       \
		code, jt, jf, k \
	}
#define RET I(0x06, 0, 0, 0)
#define NOP I(0x00, 0, 0, 0)

static bool same_trial(const struct trial *a, const struct trial *b)
{
	if (a->n != b->n || a->shape != b->shape || a->big_endian != b->big_endian ||
	    a->copies != b->copies || a->n_records != b->n_records ||
	    memcmp(a->records, b->records, sizeof(a->records)))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->programs[i].len != b->programs[i].len ||
		    memcmp(a->programs[i].insns, b->programs[i].insns,
			   a->programs[i].len * sizeof(struct sock_filter)))
			return false;
	return true;
}

/* A trial is its seed and number; all shapes come, and those that are valid by construction are accepted. */
START_TEST(shapes)
{
	size_t count[SHAPES] = { 0 }, refused[SHAPES] = { 0 };
	struct trial one, two;

	trial_init(&one);
	trial_init(&two);
	for (uint64_t number = 0; number < 4000; number++) {
		trial_make(&one, 11, number);
		trial_make(&two, 11, number);
		ck_assert(same_trial(&one, &two));
		count[one.shape]++;
		for (size_t i = 0; i < one.n; i++) {
			ck_assert_uint_le(one.programs[i].len, TRIAL_LEN_MAX);
			refused[one.shape] += reference_check(one.programs[i].insns, one.programs[i].len) >=
					      0;
		}
	}
	trial_make(&two, 12, 3);
	trial_make(&one, 11, 3);
	ck_assert(!same_trial(&one, &two));
	for (int shape = 0; shape < SHAPES; shape++)
		ck_assert_msg(count[shape] > 5, "%s: %zu", shape_names[shape], count[shape]);
	ck_assert_uint_eq(refused[SHAPE_VALID] + refused[SHAPE_ALU] + refused[SHAPE_JUMPS] +
				  refused[SHAPE_STACK] + refused[SHAPE_FAR],
			  0);
	/* neither all nor none of those that may be refused */
	ck_assert_uint_gt(refused[SHAPE_LUCK], count[SHAPE_LUCK] / 10);
	ck_assert_uint_lt(refused[SHAPE_LUCK], count[SHAPE_LUCK]);
	ck_assert_uint_gt(refused[SHAPE_NEARLY], count[SHAPE_NEARLY] / 10);
	ck_assert_uint_lt(refused[SHAPE_NEARLY], count[SHAPE_NEARLY] * 9 / 10);
	trial_done(&one);
	trial_done(&two);
}
END_TEST

/* Programs of up to four instructions, and the first that is refused. */
static const struct {
	struct sock_filter insns[4];
	size_t len;
	long refused;
} rules[] = {
	{ { RET }, 1, -1 },
	{ { RET }, 0, 0 },
	{ { NOP }, 1, 0 },
	{ { NOP, I(0x0e, 0, 0, 0) }, 2, 1 },
	{ { I(0x20, 0, 0, 60), RET }, 2, -1 },
	{ { I(0x20, 0, 0, 64), RET }, 2, 0 },
	{ { I(0x20, 0, 0, 2), RET }, 2, 0 },
	{ { I(0x28, 0, 0, 0), RET }, 2, 0 },
	{ { I(0x94, 0, 0, 1), RET }, 2, 0 },
	{ { I(0x120, 0, 0, 0), RET }, 2, 0 },
	{ { I(0x02, 0, 0, 15), RET }, 2, -1 },
	{ { I(0x02, 0, 0, 16), RET }, 2, 0 },
	{ { I(0x34, 0, 0, 1), RET }, 2, -1 },
	{ { I(0x34, 0, 0, 0), RET }, 2, 0 },
	{ { I(0x3c, 0, 0, 0), RET }, 2, -1 },
	{ { I(0x64, 0, 0, 31), RET }, 2, -1 },
	{ { I(0x74, 0, 0, 32), RET }, 2, 0 },
	{ { I(0x05, 0, 0, 0), RET }, 2, -1 },
	{ { I(0x05, 0, 0, 1), RET }, 2, 0 },
	{ { I(0x05, 0, 0, UINT32_MAX), RET }, 2, 0 },
	{ { I(0x15, 1, 0, 0), RET, RET }, 3, -1 },
	{ { I(0x15, 2, 0, 0), RET, RET }, 3, 0 },
	{ { I(0x15, 0, 2, 0), RET, RET }, 3, 0 },
	{ { I(0x60, 0, 0, 3), RET }, 2, 0 },
	{ { I(0x03, 0, 0, 3), I(0x61, 0, 0, 3), RET }, 3, -1 },
	{ { I(0x02, 0, 0, 3), I(0x61, 0, 0, 4), RET }, 3, 1 },
	{ { I(0x15, 0, 1, 0), I(0x02, 0, 0, 3), I(0x60, 0, 0, 3), RET }, 4, 2 },
	{ { I(0x05, 0, 0, 1), I(0x60, 0, 0, 3), RET }, 3, -1 },
	{ { RET, I(0x60, 0, 0, 3), RET }, 3, 1 },
};

START_TEST(rule)
{
	ck_assert_int_eq(reference_check(rules[_i].insns, rules[_i].len), rules[_i].refused);
}
END_TEST

START_TEST(lengths)
{
	static struct sock_filter insns[4097];

	for (size_t i = 0; i < 4097; i++)
		insns[i] = (struct sock_filter){ 0x06, 0, 0, 0 };
	ck_assert_int_eq(reference_check(insns, 4096), -1);
	ck_assert_int_eq(reference_check(insns, 4097), 4097);
	ck_assert_uint_eq(reference_size(insns, 1), 5);
	ck_assert(reference_fits(32763, 5) && !reference_fits(32764, 5));
}
END_TEST

/* Each check passes on a trial that is right; what it says when it is not the mutants show (fuzz/mutants.sh).
 */
START_TEST(checks_pass)
{
	struct checker *checker = checker_new(false, NULL);
	struct disagreement found;
	struct trial trial;

	trial_init(&trial);
	for (uint64_t number = 0; number < 300; number++) {
		trial_make(&trial, 5, number);
		for (int check = 0; check < CHECKS; check++)
			ck_assert_msg(!checker_run(checker, check, &trial, &found), "%s, trial %d: %s / %s",
				      check_infos[check].name, (int)number, found.says[0], found.says[1]);
		ck_assert(!checker_run_own(&trial, true, &found));
	}
	trial_done(&trial);
	checker_free(checker);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, shapes);
	tcase_add_loop_test(tc, rule, 0, COUNT_OF(rules));
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, checks_pass);
}

int main(void)
{
	return run_suite("fuzz-programs", add);
}
