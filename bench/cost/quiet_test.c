/* SPDX-License-Identifier: MIT */
#include "bench/cost/quiet.h"
#include "bench/cost/estimate.h"
#include "vm/random.h"
#include "vm/testing.h"

#define TURNS 1000

static double levels[TURNS];
static bool quiet[TURNS];

/* Of turns from..to-1 how many count. */
static int count(size_t from, size_t to)
{
	int n = 0;

	for (size_t i = from; i < to; i++)
		n += quiet[i];
	return n;
}

static void set(size_t from, size_t to, double level)
{
	for (size_t i = from; i < to; i++)
		levels[i] = level;
}

static double mark(size_t n)
{
	double share = -1;

	ck_assert_int_eq(quiet_mark(levels, n, quiet, &share), 0);
	return share;
}

START_TEST(none_and_one)
{
	ck_assert_double_eq(mark(0), 0);
	levels[0] = 1;
	ck_assert_double_eq(mark(1), 1);
	ck_assert_int_eq(count(0, 1), 1);
}
END_TEST

/* Both sides of the limit. */
START_TEST(limit)
{
	set(0, TURNS, 1.04);
	ck_assert_double_eq(mark(TURNS), 1);
	ck_assert_int_eq(count(0, TURNS), TURNS);
	set(500, TURNS, 1.041);
	ck_assert_double_eq_tol(mark(TURNS), 0.5, 1e-9);
	ck_assert_int_eq(count(0, 500), 500);
	ck_assert_int_eq(count(500, TURNS), 0);
}
END_TEST

/* What others do lasts: one slow turn in a quiet time says nothing, nor a fast one in a slow time; the first
 * and last turns have neighbours on one side. */
START_TEST(around)
{
	set(0, 500, 1);
	set(500, TURNS, 1.2);
	levels[0] = levels[250] = 40;
	levels[750] = levels[TURNS - 1] = 1;
	for (size_t i = 100; i < 104; i++)
		levels[i] = 3;
	mark(TURNS);
	ck_assert_int_eq(count(0, 500), 500);
	ck_assert_int_eq(count(500, TURNS), 0);
	levels[104] = 3; /* five of nine */
	mark(TURNS);
	ck_assert_int_eq(count(0, 500), 495);
	ck_assert_int_eq(count(100, 105), 0);
}
END_TEST

/* Where hardly any turn was quiet, the quietest ones count, and the share says how few really were. */
START_TEST(never_quiet)
{
	for (size_t i = 0; i < TURNS; i++)
		levels[i] = 1.5 + (double)i / TURNS;
	ck_assert_double_eq(mark(TURNS), 0);
	ck_assert_int_eq(count(0, TURNS), 81);
	ck_assert_int_eq(count(0, 81), 81);
	set(0, 20, 1);
	ck_assert_double_eq_tol(mark(TURNS), 0.02, 1e-9);
	ck_assert_int_eq(count(0, 20), 20);
	ck_assert_int_eq(count(0, 81), 81);
	set(0, 80, 1);
	ck_assert_double_eq_tol(mark(TURNS), 0.08, 1e-9);
	ck_assert_int_eq(count(0, TURNS), 80);
}
END_TEST

/* Of few undisturbed turns and of many nearly the same stands; the fastest of few would not. */
START_TEST(few_and_many)
{
	struct vd_random random = { .state = 5 };
	double ns[TURNS], sum[2] = { 0, 0 };

	for (int round = 0; round < 400; round++) {
		for (size_t i = 0; i < TURNS; i++)
			ns[i] = 100 + (double)vd_random_below(&random, 1000) / 100;
		for (int many = 0; many < 2; many++) {
			const struct samples samples = {
				.ns = ns, .n = many ? 400 : 4, .tasks_n = 1, .undisturbed = true
			};
			sum[many] += full_speed(&samples).all / 400;
		}
	}
	/* the second of four is at two fifths, on average */
	ck_assert_double_eq_tol(sum[0], 104, 0.4);
	ck_assert_double_eq_tol(sum[1], 102.5, 0.2);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, none_and_one);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, around);
	tcase_add_test(tc, never_quiet);
	tcase_add_test(tc, few_and_many);
}

int main(void)
{
	return run_suite("quiet", add);
}
