/* SPDX-License-Identifier: MIT */
#include "cases/testing.h"
#include "vm/random.h"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static struct set set_of(const struct interval *items, size_t n)
{
	struct set_builder builder = { .arena = &arena };

	for (size_t i = 0; i < n; i++)
		set_add(&builder, items[i].lo, items[i].hi);
	return set_build(&builder);
}

#define MAX UINT64_MAX

static const struct {
	struct interval items[4];
	size_t n;
	const char *text, *complement; /* within 64 bits */
	uint64_t count;
} builds[] = {
	{ { { 0 } }, 0, "", "0-ffffffffffffffff", 0 },
	{ { { 5, 5 } }, 1, "5", "0-4 6-ffffffffffffffff", 1 },
	{ { { 3, 4 }, { 1, 2 } }, 2, "1-4", "0 5-ffffffffffffffff", 4 },
	{ { { 1, 2 }, { 4, 5 } }, 2, "1-2 4-5", "0 3 6-ffffffffffffffff", 4 },
	{ { { 1, 9 }, { 2, 3 }, { 9, 12 } }, 3, "1-c", "0 d-ffffffffffffffff", 12 },
	{ { { 0, MAX } }, 1, "0-ffffffffffffffff", "", MAX },
	{ { { 0, MAX }, { 4, 5 }, { MAX, MAX } }, 3, "0-ffffffffffffffff", "", MAX },
	{ { { 0, 0 }, { MAX, MAX } }, 2, "0 ffffffffffffffff", "1-fffffffffffffffe", 2 },
	{ { { 1, MAX } }, 1, "1-ffffffffffffffff", "0", MAX },
	{ { { MAX - 1, MAX }, { 0, MAX - 2 } }, 2, "0-ffffffffffffffff", "", MAX },
};

START_TEST(test_build)
{
	struct set set = set_of(builds[_i].items, builds[_i].n), rest = set_complement(&set, MAX, &arena);
	struct set both = set_intersect(&set, &rest, &arena);
	char text[128];

	ck_assert_str_eq(set_text(&set, text, sizeof(text)), builds[_i].text);
	ck_assert_str_eq(set_text(&rest, text, sizeof(text)), builds[_i].complement);
	ck_assert_uint_eq(set_count(&set), builds[_i].count);
	ck_assert_uint_eq(both.n, 0);
}
END_TEST

START_TEST(test_complement_of_words)
{
	static const struct interval items[] = { { 0x40000000, 0x7fffffff }, { UINT32_MAX, UINT32_MAX } };
	struct set set = set_of(items, 2), rest = set_complement(&set, UINT32_MAX, &arena);
	char text[128];

	ck_assert_str_eq(set_text(&rest, text, sizeof(text)), "0-3fffffff 80000000-fffffffe");
	set = set_of(NULL, 0);
	rest = set_complement(&set, UINT32_MAX, &arena);
	ck_assert_str_eq(set_text(&rest, text, sizeof(text)), "0-ffffffff");
}
END_TEST

START_TEST(test_next)
{
	static const struct interval items[] = { { 2, 3 }, { 7, 7 }, { MAX, MAX } };
	struct set set = set_of(items, 3);
	uint64_t value = 99;

	ck_assert(set_next(&set, 0, &value) && value == 2);
	ck_assert(set_next(&set, 3, &value) && value == 3);
	ck_assert(set_next(&set, 4, &value) && value == 7);
	ck_assert(set_next(&set, 8, &value) && value == MAX);
	set = set_of(items, 2);
	value = 99;
	ck_assert(!set_next(&set, 8, &value) && value == 99);
	ck_assert(set_contains(&set, 2) && set_contains(&set, 3) && set_contains(&set, 7));
	ck_assert(!set_contains(&set, 1) && !set_contains(&set, 4) && !set_contains(&set, 8));
}
END_TEST

#define H(high, low) ((uint64_t)(high) << 32 | (low))

static const struct {
	struct interval items[3];
	size_t n;
	const char *high, *low; /* any other half */
	uint32_t other_low, other_high;
	const char *high_with, *low_with; /* the other half as given */
} halves[] = {
	{ { { 5, 5 } }, 1, "0", "5", 5, 0, "0", "5" },
	{ { { 5, 5 } }, 1, "0", "5", 6, 1, "", "" },
	{ { { 0, MAX } }, 1, "0-ffffffff", "0-ffffffff", 9, 9, "0-ffffffff", "0-ffffffff" },
	{ { { 7, H(1, 2) } }, 1, "0-1", "0-2 7-ffffffff", 3, 0, "", "7-ffffffff" },
	{ { { 7, H(1, 2) } }, 1, "0-1", "0-2 7-ffffffff", 2, 1, "1", "0-2" },
	{ { { 7, H(1, 2) } }, 1, "0-1", "0-2 7-ffffffff", 7, 2, "0", "" },
	{ { { H(1, 7), H(3, 2) } }, 1, "1-3", "0-ffffffff", 5, 1, "2", "7-ffffffff" },
	{ { { H(1, 7), H(3, 2) } }, 1, "1-3", "0-ffffffff", 2, 3, "2-3", "0-2" },
	{ { { H(1, 7), H(3, 2) } }, 1, "1-3", "0-ffffffff", 7, 2, "1-2", "0-ffffffff" },
	{ { { H(1, 1), H(1, 1) }, { H(4, 1), H(4, 1) } }, 2, "1 4", "1", 1, 4, "1 4", "1" },
	{ { { H(UINT32_MAX, 5), MAX } }, 1, "ffffffff", "5-ffffffff", 4, UINT32_MAX, "", "5-ffffffff" },
	{ { { 0, 4 } }, 1, "0", "0-4", 5, 0, "", "0-4" },
};

START_TEST(test_halves)
{
	struct set set = set_of(halves[_i].items, halves[_i].n), half;
	char text[128];

	half = set_half(&set, true, NULL, &arena);
	ck_assert_str_eq(set_text(&half, text, sizeof(text)), halves[_i].high);
	half = set_half(&set, false, NULL, &arena);
	ck_assert_str_eq(set_text(&half, text, sizeof(text)), halves[_i].low);
	half = set_half(&set, true, &halves[_i].other_low, &arena);
	ck_assert_str_eq(set_text(&half, text, sizeof(text)), halves[_i].high_with);
	half = set_half(&set, false, &halves[_i].other_high, &arena);
	ck_assert_str_eq(set_text(&half, text, sizeof(text)), halves[_i].low_with);
}
END_TEST

/* A value is in a set exactly when its halves are in the halves with the other given. */
START_TEST(test_halves_agree)
{
	struct vd_random random = { (uint64_t)_i + 1 };

	for (int round = 0; round < 2000; round++) {
		struct interval items[3];
		for (int i = 0; i < 3; i++) {
			uint64_t a = H(vd_random_below(&random, 4), vd_random_word(&random));
			uint64_t b = H(vd_random_below(&random, 4), vd_random_word(&random));
			items[i] = a < b ? (struct interval){ a, b } : (struct interval){ b, a };
			if (vd_random_below(&random, 2))
				items[i].hi = items[i].lo;
		}
		struct set set = set_of(items, 3);
		uint32_t high = vd_random_below(&random, 5), low = vd_random_word(&random);
		struct set highs = set_half(&set, true, &low, &arena),
			   lows = set_half(&set, false, &high, &arena);
		ck_assert_int_eq(set_contains(&highs, high), set_contains(&set, H(high, low)));
		ck_assert_int_eq(set_contains(&lows, low), set_contains(&set, H(high, low)));
		struct set any_highs = set_half(&set, true, NULL, &arena);
		ck_assert_int_eq(set_contains(&any_highs, high), lows.n > 0);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_build, 0, COUNT_OF(builds));
	tcase_add_test(tc, test_complement_of_words);
	tcase_add_test(tc, test_next);
	tcase_add_loop_test(tc, test_halves, 0, COUNT_OF(halves));
	tcase_add_loop_test(tc, test_halves_agree, 0, 4);
}

int main(void)
{
	return run_suite("sets", add);
}
