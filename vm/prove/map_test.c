/* SPDX-License-Identifier: MIT */
/* Tables of stacks against the machine, and their conditions read back. */
#include "vm/prove/predicate.h"
#include "vm/random.h"

#include <errno.h>
#include <stdio.h>

#define ALLOW 0x7fff0000u
#define EPERM_ 0x00050001u
#define KILL 0x80000000u
#define X86_64 0xc000003eu

static bool in(const struct vd_ranges *ranges, uint64_t value)
{
	unsigned n = 0;

	for (size_t i = 0; i < ranges->n; i++) {
		ck_assert(ranges->ranges[i].first <= ranges->ranges[i].last);
		ck_assert(!i || ranges->ranges[i - 1].last < ranges->ranges[i].first);
		n += value >= ranges->ranges[i].first && value <= ranges->ranges[i].last;
	}
	return n;
}

/* The class that a record is in. */
static size_t class_of(const struct vd_map *map, const struct seccomp_data *data)
{
	size_t found = 0, n = 0;

	for (size_t i = 0; i < vd_map_classes(map); i++) {
		struct vd_class class;
		vd_map_class(map, i, &class);
		if (in(&class.arch, data->arch) && in(&class.nr, (uint32_t)data->nr)) {
			found = i;
			n++;
		}
	}
	ck_assert_uint_eq(n, 1);
	return found;
}

static uint32_t returned(const struct vd_stack *stack, const struct seccomp_data *data, unsigned flags)
{
	uint32_t ret = vd_stack_run(stack, data).ret;

	return flags & VD_MAP_RAW ? ret : vd_effective(ret);
}

/* One record: exactly one outcome's condition holds, and that is what the machine does. */
static void check_record(struct vd_map *map, const struct vd_stack *const *stacks, unsigned flags,
			 const struct seccomp_data *data)
{
	size_t class_index = class_of(map, data);
	struct vd_class class;
	unsigned held = 0;

	vd_map_class(map, class_index, &class);
	if (class.outcomes == 0)
		return;
	for (size_t j = 0; j < class.outcomes; j++) {
		struct vd_outcome outcome;
		char when[600];
		bool same, exact = vd_map_when(map, class_index, j, when, sizeof(when));

		vd_map_outcome(map, class_index, j, &outcome);
		same = outcome.ret[0] == returned(stacks[0], data, flags) &&
		       outcome.ret[1] == returned(stacks[1], data, flags);
		if (flags & VD_MAP_BY)
			same = same && outcome.filter[0] == vd_stack_run(stacks[0], data).filter;
		if (exact) {
			ck_assert_msg(predicate_holds(when, data) == same, "%s", when);
		} else if (strcmp(when, "…")) {
			/* a part of it: what it holds for is right */
			char *dots = strstr(when, " || …");
			ck_assert_ptr_ne(dots, NULL);
			*dots = '\0';
			ck_assert(!predicate_holds(when, data) || same);
		}
		held += same;
	}
	ck_assert_uint_eq(held, 1);
}

static void check_witnesses(struct vd_map *map)
{
	for (size_t i = 0; i < vd_map_classes(map); i++) {
		struct vd_class class;
		vd_map_class(map, i, &class);
		for (size_t j = 0; j < class.outcomes; j++) {
			struct vd_witness witness;
			uint32_t arch = (uint32_t) class.arch.ranges[class.arch.n - 1].last;
			uint32_t nr = (uint32_t) class.nr.ranges[class.nr.n - 1].last;
			int r = vd_map_record(map, i, j, arch, nr, &witness);
			ck_assert(r == 0 || (class.mixed && r == -ENOENT));
			if (r < 0)
				continue;
			ck_assert_uint_eq(witness.data.arch, arch);
			ck_assert_uint_eq((uint32_t)witness.data.nr, nr);
		}
	}
}

/* ------------------------------------------------------------------ */

/* A word that comes back in masks and comparisons of the same program. */
static uint32_t some_bits(struct vd_random *random)
{
	return vd_random_below(random, 2) ? vd_random_below(random, 16) : vd_random_word(random);
}

/* Filters as people write them: a call, then some comparisons of its arguments. */
static size_t usual_prog(struct vd_random *random, struct sock_filter *insns)
{
	static const uint16_t compares[] = { 0x15, 0x25, 0x35, 0x45 };
	size_t n = 0, compares_n = 1 + vd_random_below(random, 5);

	insns[n++] = (struct sock_filter){ 0x20, 0, 0, 4 };
	insns[n++] = (struct sock_filter){ 0x15, 1, 0, X86_64 };
	insns[n++] = (struct sock_filter){ 0x06, 0, 0, KILL };
	insns[n++] = (struct sock_filter){ 0x20, 0, 0, 0 };
	insns[n++] = (struct sock_filter){ 0x35, 0, 1, vd_random_below(random, 300) };
	insns[n++] = (struct sock_filter){ 0x06, 0, 0, ALLOW };
	for (size_t i = 0; i < compares_n; i++) {
		insns[n++] = (struct sock_filter){ 0x20, 0, 0, 16 + 4 * vd_random_below(random, 5) };
		if (vd_random_below(random, 3) == 0)
			insns[n++] = (struct sock_filter){ 0x54, 0, 0, some_bits(random) };
		bool on_true = vd_random_below(random, 2);
		/* to what comes next, or over it to the return */
		insns[n] = (struct sock_filter){ compares[vd_random_below(random, 4)], !on_true, on_true,
						 some_bits(random) };
		n++;
		insns[n++] = (struct sock_filter){ 0x06, 0, 0, vd_random_below(random, 2) ? EPERM_ : ALLOW };
	}
	insns[n++] = (struct sock_filter){ 0x06, 0, 0, vd_random_below(random, 2) ? EPERM_ : 0x00050026 };
	return n;
}

static void random_map(struct vd_random *random, bool usual, unsigned flags, unsigned *solved)
{
	struct vd_budget budget = { .nodes = 300000 };
	struct sock_filter a[40], b[40];
	struct vd_stack *stacks[2];
	struct vd_map *map;
	size_t len = usual ? usual_prog(random, a) : vd_random_prog(random, 24, 0, a);

	do {
		memcpy(b, a, sizeof(a));
		b[vd_random_below(random, (uint32_t)len)].k ^= 1u << vd_random_below(random, 32);
	} while (vd_check(b, len, NULL, 0));
	stacks[0] = stack_of_one(a, len);
	stacks[1] = stack_of_one(b, len);
	vd_stack_set_big_endian(stacks[0], flags & VD_MAP_RAW);
	vd_stack_set_big_endian(stacks[1], flags & VD_MAP_RAW);
	int r = vd_map_new(stacks[0], stacks[1], NULL, flags, &budget, &map);
	ck_assert(r == 0 || r == -E2BIG);
	if (r == 0) {
		++*solved;
		if (vd_map_classes(map) < 30)
			check_witnesses(map);
		for (int i = 0; i < 40; i++) {
			struct seccomp_data data;
			vd_random_record(random, a, len, &data);
			if (usual && i % 4) {
				data.arch = X86_64;
				data.nr = 300;
			}
			for (unsigned j = 0; usual && j < 3; j++)
				data.args[j] = (uint64_t)a[vd_random_below(random, (uint32_t)len)].k
					       << (32 * (i % 2));
			check_record(map, (const struct vd_stack *const *)stacks, flags, &data);
		}
		vd_map_free(map);
	}
	vd_stack_free(stacks[0]);
	vd_stack_free(stacks[1]);
}

START_TEST(against_the_machine)
{
	struct vd_random random = { .state = 500 + (uint64_t)_i };
	int rounds = getenv("CHECK_LONG") ? 2000 : 60;
	unsigned solved = 0;

	for (int i = 0; i < rounds; i++)
		random_map(&random, _i < 2, (unsigned)i % 4, &solved);
	ck_assert_uint_gt(solved, (unsigned)rounds / 3);
}
END_TEST

/* ------------------------------------------------------------------ */
/* Texts                                                              */

#define LOAD(word)               \
	{                        \
		0x20, 0, 0, word \
	}
#define JEQ(k, jt, jf)          \
	{                       \
		0x15, jt, jf, k \
	}
#define RET(k)                \
	{                     \
		0x06, 0, 0, k \
	}

/* Programs that deny where their name says; with the text that is expected. */
static const struct {
	const char *when;
	struct sock_filter insns[16];
	size_t len;
} texts[] = {
	{ "1", { RET(EPERM_) }, 1 },
	{ "arg1.lo == 0x5412", { LOAD(24), JEQ(0x5412, 0, 1), RET(EPERM_), RET(ALLOW) }, 4 },
	{ "arg1.lo != 0x5412", { LOAD(24), JEQ(0x5412, 1, 0), RET(EPERM_), RET(ALLOW) }, 4 },
	{ "arg1.hi == 0x5412", { LOAD(28), JEQ(0x5412, 0, 1), RET(EPERM_), RET(ALLOW) }, 4 },
	{ "arg1 == 0x5412",
	  { LOAD(28), JEQ(0, 0, 3), LOAD(24), JEQ(0x5412, 0, 1), RET(EPERM_), RET(ALLOW) },
	  6 },
	{ "arg1 != 0x5412",
	  { LOAD(28), JEQ(0, 0, 2), LOAD(24), JEQ(0x5412, 1, 0), RET(EPERM_), RET(ALLOW) },
	  6 },
	{ "(arg0.lo & 0x3) != 0", { LOAD(16), { 0x45, 0, 1, 3 }, RET(EPERM_), RET(ALLOW) }, 4 },
	{ "(arg0.lo & 0x3) == 0", { LOAD(16), { 0x45, 1, 0, 3 }, RET(EPERM_), RET(ALLOW) }, 4 },
	{ "(arg0.lo & 0x3) == 1", { LOAD(16), { 0x54, 0, 0, 3 }, JEQ(1, 0, 1), RET(EPERM_), RET(ALLOW) }, 5 },
	{ "(arg0.lo & 0x40) != 0", { LOAD(16), { 0x45, 0, 1, 0x40 }, RET(EPERM_), RET(ALLOW) }, 4 },
	{ "arg0.lo >= 9", { LOAD(16), { 0x25, 0, 1, 8 }, RET(EPERM_), RET(ALLOW) }, 4 },
	{ "arg0.lo <= 8", { LOAD(16), { 0x25, 1, 0, 8 }, RET(EPERM_), RET(ALLOW) }, 4 },
	{ "arg0.lo >= 4 && arg0.lo <= 8",
	  { LOAD(16), { 0x35, 0, 2, 4 }, { 0x25, 1, 0, 8 }, RET(EPERM_), RET(ALLOW) },
	  5 },
	{ "arg0.lo <= 3 || arg0.lo >= 9",
	  { LOAD(16), { 0x35, 0, 1, 4 }, { 0x25, 0, 1, 8 }, RET(EPERM_), RET(ALLOW) },
	  5 },
	{ "arg0.lo == 2 || arg0.lo == 16",
	  { LOAD(16), JEQ(2, 1, 0), JEQ(16, 0, 1), RET(EPERM_), RET(ALLOW) },
	  5 },
	{ "arg0.lo != 2 && arg0.lo != 16",
	  { LOAD(16), JEQ(2, 2, 0), JEQ(16, 1, 0), RET(EPERM_), RET(ALLOW) },
	  5 },
	{ "arg0.lo == 2 && arg1.lo == 3",
	  { LOAD(16), JEQ(2, 0, 3), LOAD(24), JEQ(3, 0, 1), RET(EPERM_), RET(ALLOW) },
	  6 },
	{ "arg0.lo != 2 || arg1.lo != 3",
	  { LOAD(16), JEQ(2, 0, 2), LOAD(24), JEQ(3, 1, 0), RET(EPERM_), RET(ALLOW) },
	  6 },
	{ "arg0.lo == arg1.lo",
	  { LOAD(16), { 0x07, 0, 0, 0 }, LOAD(24), { 0x1d, 0, 1, 0 }, RET(EPERM_), RET(ALLOW) },
	  6 },
	{ "arg0.lo > arg1.lo",
	  { LOAD(24), { 0x07, 0, 0, 0 }, LOAD(16), { 0x2d, 0, 1, 0 }, RET(EPERM_), RET(ALLOW) },
	  6 },
	{ "ip.lo == 7", { LOAD(8), JEQ(7, 0, 1), RET(EPERM_), RET(ALLOW) }, 4 },
	{ "(arg0 & 0xffffffff00000001) == 1",
	  { LOAD(20), JEQ(0, 0, 3), LOAD(16), { 0x45, 0, 1, 1 }, RET(EPERM_), RET(ALLOW) },
	  6 },
	{ "arg0 >= 0x100000005",
	  { LOAD(20), { 0x25, 3, 0, 1 }, JEQ(1, 0, 3), LOAD(16), { 0x35, 0, 1, 5 }, RET(EPERM_), RET(ALLOW) },
	  7 },
};

START_TEST(texts_of_conditions)
{
	struct vd_stack *stack = stack_of_one(texts[_i].insns, texts[_i].len);
	struct vd_class class;
	struct vd_map *map;
	bool denied = false;

	ck_assert_int_eq(vd_map_new(stack, NULL, NULL, 0, NULL, &map), 0);
	ck_assert_uint_eq(vd_map_classes(map), 1);
	vd_map_class(map, 0, &class);
	for (size_t j = 0; j < class.outcomes; j++) {
		struct vd_outcome outcome;
		char when[200], small[8];
		vd_map_outcome(map, 0, j, &outcome);
		if (outcome.ret[0] != EPERM_)
			continue;
		denied = true;
		ck_assert(vd_map_when(map, 0, j, when, sizeof(when)));
		ck_assert_str_eq(when, texts[_i].when);
		/* a buffer that is just large enough, and one that is not */
		ck_assert(vd_map_when(map, 0, j, when, strlen(texts[_i].when) + 1));
		ck_assert_str_eq(when, texts[_i].when);
		if (strlen(texts[_i].when) >= sizeof(small)) {
			ck_assert(!vd_map_when(map, 0, j, small, sizeof(small)));
			ck_assert_str_eq(small, "…");
		}
	}
	ck_assert(denied);
	ck_assert_uint_gt(vd_map_nodes(map), 0);
	vd_map_free(map);
	vd_stack_free(stack);
}
END_TEST

/* ------------------------------------------------------------------ */
/* Classes                                                            */

START_TEST(classes_of_calls)
{
	/* x86_64: 5 and 7 are denied, 9 where arg0.lo is 1; other archs are killed */
	static const struct sock_filter a[] = {
		LOAD(4),  JEQ(X86_64, 0, 8), LOAD(0),	 JEQ(5, 5, 0), JEQ(7, 4, 0), JEQ(9, 0, 2),
		LOAD(16), JEQ(1, 1, 0),	     RET(ALLOW), RET(EPERM_),  RET(KILL),
	};
	static const struct vd_range one[] = { { X86_64, X86_64 } }, nine[] = { { 9, 9 } };
	struct vd_stack *stack = stack_of_one(a, COUNT_OF(a)), *other = stack_of_one(a, COUNT_OF(a));
	struct vd_set set = { .arch = { one, 1 }, .nr = { nine, 1 } };
	struct vd_class class;
	struct vd_map *map;

	ck_assert_int_eq(vd_map_new(stack, stack, NULL, VD_MAP_BY, NULL, &map), 0);
	ck_assert_uint_eq(vd_map_classes(map), 4);
	vd_map_class(map, 0, &class);
	ck_assert(class.arch.n == 2 && class.arch.ranges[0].first == 0 &&
		  class.arch.ranges[0].last == X86_64 - 1);
	ck_assert(class.nr.n == 1 && class.nr.ranges[0].last == UINT32_MAX && class.outcomes == 1);
	vd_map_class(map, 2, &class);
	ck_assert(class.arch.n == 1 && class.arch.ranges[0].first == X86_64);
	ck_assert(class.nr.n == 2 && class.nr.ranges[0].first == 5 && class.nr.ranges[1].first == 7);
	vd_map_class(map, 3, &class);
	ck_assert(class.nr.n == 1 && class.nr.ranges[0].first == 9 && class.outcomes == 2);
	vd_map_free(map);
	/* one call alone */
	ck_assert_int_eq(vd_map_new(stack, NULL, &set, 0, NULL, &map), 0);
	ck_assert_uint_eq(vd_map_classes(map), 1);
	vd_map_class(map, 0, &class);
	ck_assert(class.nr.n == 1 && class.nr.ranges[0].first == 9 && class.nr.ranges[0].last == 9);
	ck_assert(class.arch.n == 1 && class.arch.ranges[0].first == X86_64 && class.outcomes == 2);
	check_witnesses(map);
	vd_map_free(map);
	/* all but that call */
	struct vd_set rest = { .arch = { one, 1 }, .except = &set, .n_except = 1 };
	ck_assert_int_eq(vd_map_new(stack, NULL, &rest, 0, NULL, &map), 0);
	ck_assert_uint_eq(vd_map_classes(map), 2);
	for (size_t i = 0; i < 2; i++) {
		vd_map_class(map, i, &class);
		ck_assert(!in(&class.nr, 9) && class.outcomes == 1);
	}
	vd_map_free(map);
	vd_stack_set_big_endian(other, true);
	ck_assert_int_eq(vd_map_new(stack, other, NULL, 0, NULL, &map), -EINVAL);
	vd_stack_free(other);
	vd_stack_free(stack);
}
END_TEST

/* Every other number is denied: a class whose conditions speak of the number. */
START_TEST(mixed_numbers)
{
	static const struct sock_filter odd[] = { LOAD(0), { 0x45, 0, 1, 1 }, RET(EPERM_), RET(ALLOW) };
	struct vd_stack *stack = stack_of_one(odd, 4);
	struct vd_class class;
	struct vd_map *map;

	ck_assert_int_eq(vd_map_new(stack, NULL, NULL, VD_MAP_RAW, NULL, &map), 0);
	ck_assert_uint_eq(vd_map_classes(map), 1);
	vd_map_class(map, 0, &class);
	ck_assert(class.mixed);
	ck_assert_uint_eq(class.outcomes, 2);
	ck_assert(in(&class.nr, 0) && in(&class.nr, UINT32_MAX) && in(&class.arch, X86_64));
	for (size_t j = 0; j < 2; j++) {
		struct vd_outcome outcome;
		struct vd_witness witness;
		char when[64];

		vd_map_outcome(map, 0, j, &outcome);
		ck_assert(vd_map_when(map, 0, j, when, sizeof(when)));
		ck_assert_str_eq(when,
				 outcome.ret[0] == EPERM_ ? "(u32(nr) & 0x1) != 0" : "(u32(nr) & 0x1) == 0");
		for (uint32_t nr = 6; nr < 8; nr++) {
			int r = vd_map_record(map, 0, j, X86_64, nr, &witness);
			ck_assert_int_eq(r, (outcome.ret[0] == EPERM_) == (nr & 1) ? 0 : -ENOENT);
		}
	}
	vd_map_free(map);
	vd_stack_free(stack);
}
END_TEST

/* Every other arch: one class of all. */
START_TEST(mixed_archs)
{
	static const struct sock_filter odd[] = { LOAD(4), { 0x45, 0, 1, 1 }, RET(EPERM_), RET(ALLOW) };
	struct vd_stack *stack = stack_of_one(odd, 4);
	struct vd_class class;
	struct vd_map *map;
	char when[64];

	ck_assert_int_eq(vd_map_new(stack, NULL, NULL, VD_MAP_RAW, NULL, &map), 0);
	ck_assert_uint_eq(vd_map_classes(map), 1);
	vd_map_class(map, 0, &class);
	ck_assert(class.mixed);
	ck_assert(vd_map_when(map, 0, 0, when, sizeof(when)));
	ck_assert_ptr_ne(strstr(when, "arch & 0x1"), NULL);
	vd_map_free(map);
	vd_stack_free(stack);
}
END_TEST

/* What is asked for is returned: more verdicts than a table has. */
START_TEST(too_many_outcomes)
{
	static const struct sock_filter computed[] = { LOAD(0), { 0x15, 0, 1, 5 }, RET(ALLOW), LOAD(16),
						       { 0x54, 0, 0, 0x1fff }, { 0x16, 0, 0, 0 } };
	struct vd_stack *stack = stack_of_one(computed, 6);
	struct vd_map *map;
	unsigned known = 0;

	ck_assert_int_eq(vd_map_new(stack, NULL, NULL, VD_MAP_RAW, NULL, &map), 0);
	ck_assert_uint_eq(vd_map_classes(map), 2);
	for (size_t i = 0; i < 2; i++) {
		struct vd_class class;
		vd_map_class(map, i, &class);
		ck_assert_uint_eq(class.outcomes, in(&class.nr, 5) ? 1 : 0);
		known += class.outcomes == 1;
	}
	ck_assert_uint_eq(known, 1);
	vd_map_free(map);
	vd_stack_free(stack);
}
END_TEST

START_TEST(budget_spent)
{
	static const struct sock_filter deny[] = { LOAD(0), { 0x15, 0, 1, 5 }, RET(EPERM_), RET(ALLOW) };
	static const struct vd_budget tiny = { .nodes = 40 };
	struct vd_stack *stack = stack_of_one(deny, 4);
	struct vd_map *map;

	ck_assert_int_eq(vd_map_new(stack, NULL, NULL, 0, &tiny, &map), -E2BIG);
	vd_stack_free(stack);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, against_the_machine, 0, 4);
	tcase_add_loop_test(tc, texts_of_conditions, 0, COUNT_OF(texts));
	tcase_add_test(tc, classes_of_calls);
	tcase_add_test(tc, mixed_numbers);
	tcase_add_test(tc, mixed_archs);
	tcase_add_test(tc, too_many_outcomes);
	tcase_add_test(tc, budget_spent);
}

int main(void)
{
	return run_suite("map", add);
}
