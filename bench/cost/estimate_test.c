/* SPDX-License-Identifier: MIT */
#include "bench/cost/estimate.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <math.h>

#define NEAR 1e-9

static struct speed speed_of(double *ns, unsigned *tasks, size_t n, unsigned tasks_n)
{
	const struct samples samples = { .ns = ns, .tasks = tasks, .n = n, .tasks_n = tasks_n };

	return full_speed(&samples);
}

START_TEST(nothing)
{
	struct speed none = speed_of(NULL, NULL, 0, 1), some = { .n = 1 };

	ck_assert(!estimate_of(&none).known);
	ck_assert(!estimate_difference(&some, &none).known);
	ck_assert(!estimate_difference(&none, &some).known);
	ck_assert(!estimate_interval(NULL, 0).known);
}
END_TEST

/* The second fastest; of one the one; of many the hundredth part. */
START_TEST(fast)
{
	double few[] = { 9, 5, 1, 7 }, one[] = { 4 }, many[1000];

	for (int i = 0; i < 1000; i++)
		many[i] = 1000 - i;
	ck_assert_double_eq_tol(speed_of(few, NULL, 4, 1).all, 5, NEAR);
	ck_assert_double_eq_tol(speed_of(one, NULL, 1, 1).all, 4, NEAR);
	ck_assert_double_eq_tol(speed_of(many, NULL, 1000, 1).all, 11, NEAR);
	/* which stay in their order */
	ck_assert_double_eq_tol(few[0], 9, NEAR);
}
END_TEST

/* Slow turns do not count, however many there are. */
START_TEST(disturbed)
{
	struct vd_random random = { .state = 3 };
	double turns[200];

	for (int i = 0; i < 200; i++)
		turns[i] = 100 + (vd_random_below(&random, 5) ? (double)vd_random_below(&random, 5000) : 0);
	ck_assert_double_eq_tol(speed_of(turns, NULL, 200, 1).all, 100, NEAR);
}
END_TEST

/* Each task's own fast turn, and the mean of the middle half of the tasks; halves are the tasks'. */
START_TEST(tasks)
{
	double ns[80], own[21];
	unsigned whose[80];

	for (unsigned i = 0; i < 80; i++) {
		whose[i] = i % 20;
		/* each task has one slow turn; four of twenty nothing else */
		ns[i] = i < 20 || i % 20 > 15 ? 5000 : 100 + i % 20;
	}
	struct speed speed = speed_of(ns, whose, 80, 20);
	/* of 100 to 115 and four slow ones those from the sixth to the fifteenth */
	ck_assert_double_eq_tol(speed.all, 109.5, NEAR);
	/* 100, 102, 104 ...: from the third to the eighth */
	ck_assert_double_eq_tol(speed.half[0], 109, NEAR);
	ck_assert_double_eq_tol(speed.half[1], 110, NEAR);
	struct speed zero = { .n = 1 };
	struct estimate estimate = estimate_difference(&zero, &speed);
	ck_assert_double_eq_tol(estimate.value, -109.5, NEAR);
	ck_assert_double_eq_tol(estimate.low, -110, NEAR);
	ck_assert_double_eq_tol(estimate.high, -109, NEAR);
	/* one by one; the last took no turn */
	ck_assert_int_eq(
		speed_by_task(&(struct samples){ .ns = ns, .tasks = whose, .n = 80, .tasks_n = 21 }, own), 0);
	ck_assert_double_eq_tol(own[0], 100, NEAR);
	ck_assert_double_eq_tol(own[15], 115, NEAR);
	ck_assert_double_eq_tol(own[16], 5000, NEAR);
	ck_assert_double_lt(own[20], 0);
}
END_TEST

/* A quarter at either end is left out, an eighth for the spread: of few, none. */
START_TEST(places)
{
	double one[] = { 4 }, three[] = { 9, 1, 2 }, four[] = { 90, 3, 1, 2 }, many[16];

	ck_assert_double_eq_tol(middle_mean(one, 1), 4, NEAR);
	ck_assert_double_eq_tol(middle_mean(three, 3), 4, NEAR);
	ck_assert_double_eq_tol(middle_mean(four, 4), 2.5, NEAR);
	for (int i = 0; i < 16; i++)
		many[i] = 16 - i + (i == 0 ? 1000 : 0);
	struct estimate spread = places_spread(many, 16);
	ck_assert(spread.known);
	ck_assert_double_eq_tol(spread.value, 8.5, NEAR);
	ck_assert_double_eq_tol(spread.low, 3, NEAR);
	ck_assert_double_eq_tol(spread.high, 14, NEAR);
	spread = places_spread(one, 1);
	ck_assert_double_eq_tol(spread.low, 4, NEAR);
	ck_assert_double_eq_tol(spread.high, 4, NEAR);
}
END_TEST

/* However slow the machine was beside each of them, each says the same. */
START_TEST(companions)
{
	static const struct {
		double value, here, difference; /* 100 at full speed */
	} rows[] = {
		/* as fast as it can be; half as fast, all along; a tenth slower */
		{ 300, 100, 200 },
		{ 600, 200, 200 },
		{ 330, 110, 200 },
		/* beside a task of the companion that is faster than their mean */
		{ 285, 95, 200 },
		/* slow, and no difference for all that */
		{ 200, 200, 0 },
		{ 150, 200, -25 },
		/* no companion */
		{ 300, 0, 200 },
		{ 300, -1, 200 },
	};
	double values[sizeof(rows) / sizeof(*rows)], here[sizeof(rows) / sizeof(*rows)];
	size_t n = sizeof(rows) / sizeof(*rows);

	for (size_t i = 0; i < n; i++) {
		values[i] = rows[i].value;
		here[i] = rows[i].here;
	}
	/* the last one is not meant */
	differences_at(values, here, n - 1, 100);
	for (size_t i = 0; i < n - 1; i++)
		ck_assert_double_eq_tol(values[i], rows[i].difference, NEAR);
	ck_assert_double_eq_tol(values[n - 1], rows[n - 1].value, NEAR);
	differences_at(&values[n - 1], &here[n - 1], 1, 100);
	ck_assert_double_eq_tol(values[n - 1], rows[n - 1].difference, NEAR);
}
END_TEST

START_TEST(sums)
{
	struct estimate a = { true, 10, 9, 12 }, b = { true, 2, 1, 4 }, none = { .known = false };
	struct estimate sum = estimate_add(a, b, 2), less = estimate_add(a, b, -1);

	ck_assert_double_eq_tol(sum.value, 14, NEAR);
	ck_assert_double_eq_tol(sum.low, 11, NEAR);
	ck_assert_double_eq_tol(sum.high, 20, NEAR);
	ck_assert_double_eq_tol(less.value, 8, NEAR);
	ck_assert_double_eq_tol(less.low, 5, NEAR);
	ck_assert_double_eq_tol(less.high, 11, NEAR);
	ck_assert(!estimate_add(a, none, 1).known);
	ck_assert(!estimate_add(none, a, 1).known);
}
END_TEST

/* 95 of 100 intervals have the true median in them, whatever the distribution: here a skewed one. */
START_TEST(interval)
{
	struct vd_random random = { .state = 11 };
	int inside = 0;

	for (int i = 0; i < 1000; i++) {
		double samples[40];
		for (int j = 0; j < 40; j++)
			samples[j] = -log((vd_random_below(&random, 1000000) + 0.5) / 1e6);
		struct estimate estimate = estimate_interval(samples, 40);
		ck_assert(estimate.low <= estimate.value && estimate.value <= estimate.high);
		inside += estimate.low <= 0.6931472 && 0.6931472 <= estimate.high;
	}
	ck_assert_int_ge(inside, 940);
	ck_assert_int_le(inside, 990);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, fast);
	tcase_add_test(tc, disturbed);
	tcase_add_test(tc, tasks);
	tcase_add_test(tc, places);
	tcase_add_test(tc, companions);
	tcase_add_test(tc, sums);
	tcase_add_test(tc, interval);
}

int main(void)
{
	return run_suite("estimate", add);
}
