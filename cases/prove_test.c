/* SPDX-License-Identifier: MIT */
/* Expectations as sets of values, and claims that are too large to be run. */
#include "cases/outcome.h"
#include "cases/prove.h"
#include "cases/samples.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <string.h>

static const struct outcome all_kinds[] = {
	{ OUTCOME_ACTION, 0x80000000 }, { OUTCOME_ACTION, 0 },          { OUTCOME_ACTION, 0x00050000 },
	{ OUTCOME_ACTION, 0x7fff0000 }, { OUTCOME_ACTION, 0x7fc00000 }, { OUTCOME_DATA, 0x00050001 },
	{ OUTCOME_DATA, 0x00050000 },   { OUTCOME_DATA, 0x00050fff },   { OUTCOME_DATA, 0x7ff00007 },
	{ OUTCOME_DATA, 0x7fc00007 },   { OUTCOME_RAW, 0x00051388 },    { OUTCOME_RAW, 0x00010000 },
	{ OUTCOME_RAW, 0xffffffff },    { OUTCOME_RUNS, 0 },            { OUTCOME_DENIED, 0 },
	{ OUTCOME_ASKS, 0 },
};

/* The set holds what matches, and nothing else: at its own edges and at random values. */
static void check_values(const struct expect *expect, struct vd_random *random)
{
	struct vd_verdict verdict = { .filter = 0 };
	struct arena arena;

	arena_init(&arena);
	struct set values = expect_values(expect, &arena);
	for (size_t i = 0; i < 2000 + 4 * values.n; i++) {
		const struct interval *at = i < 4 * values.n ? &values.items[i / 4] : NULL;
		if (at)
			verdict.ret = (uint32_t)(i % 4 < 2 ? at->lo - i % 2 : at->hi + i % 2);
		else
			verdict.ret = vd_random_word(random) + (uint32_t)(i % 2 ? vd_random_below(random, 5000) : 0);
		ck_assert(set_contains(&values, verdict.ret) == expect_matches(expect, &verdict));
	}
	arena_done(&arena);
}

START_TEST(expected_values)
{
	struct vd_random random = { .state = (uint64_t)_i };

	for (int round = 0; round < 20; round++) {
		struct outcome chosen[3];
		for (int i = 0; i < 3; i++)
			chosen[i] = all_kinds[i || round ? vd_random_below(&random, COUNT_OF(all_kinds)) : (unsigned)_i];
		struct expect expect = { .verdict = { chosen, 1 + vd_random_below(&random, 2) } };
		check_values(&expect, &random);
		expect.not = (struct outcomes){ &chosen[2], 1 };
		check_values(&expect, &random);
		expect.verdict.n = 0;
		check_values(&expect, &random);
	}
}
END_TEST

/* mkdir is denied but for one value of its first argument. */
static const struct sock_filter insns[] = {
	{ 0x20, 0, 0, 0 },  { 0x15, 0, 4, 83 },         { 0x20, 0, 0, 20 },         { 0x15, 0, 3, 0x12345678 },
	{ 0x20, 0, 0, 16 }, { 0x15, 0, 1, 0x9abcdef0 }, { 0x06, 0, 0, 0x7fff0000 }, { 0x06, 0, 0, 0x00050001 },
};
static const struct interval mkdir_nr[] = { { 83, 83 } }, x86_64[] = { { 0xc000003e, 0xc000003e } };
static const struct outcome denied[] = { { OUTCOME_DENIED, 0 } };

START_TEST(boxes)
{
	struct set nr = { mkdir_nr, 1 }, arch = { x86_64, 1 };
	struct expect expect = { .verdict = { denied, 1 } };
	struct box box = { .nr = &nr, .arch = &arch, .expect = &expect };
	struct case_stack stack = { .n = 1 };
	struct claim claim = { .stack = &stack, .boxes = &box, .n = 1 };
	struct seccomp_data record;
	struct vd_prog *prog;

	for (unsigned i = 0; i < RECORD_VALUES; i++)
		box.values[i] = &set_all_64;
	ck_assert_int_eq(vd_prog_new(insns, COUNT_OF(insns), &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_new(&stack.stacks[0].stack), 0);
	ck_assert_int_eq(vd_stack_push(stack.stacks[0].stack, prog), 0);
	ck_assert_int_eq(prove_box(&claim, &box, &record), VD_ANSWER_RECORD);
	ck_assert(record.nr == 83 && record.arch == 0xc000003e && record.args[0] == 0x123456789abcdef0u);
	static const struct interval others[] = { { 0, 0x123456789abcdeefu }, { 0x123456789abcdef1u, UINT64_MAX } };
	struct set without = { others, 2 };
	box.values[1] = &without;
	ck_assert_int_eq(prove_box(&claim, &box, &record), VD_ANSWER_PROVED);
	/* seven instructions are the most, where the high half is the planted one; six elsewhere */
	claim.max_insns = 7;
	ck_assert_int_eq(prove_box(&claim, &box, &record), VD_ANSWER_PROVED);
	claim.max_insns = 6;
	ck_assert_int_eq(prove_box(&claim, &box, &record), VD_ANSWER_RECORD);
	ck_assert(record.args[0] >> 32 == 0x12345678);
	static const struct interval high_half[] = { { 0, UINT32_MAX } };
	struct set low_only = { high_half, 1 };
	box.values[1] = &low_only;
	ck_assert_int_eq(prove_box(&claim, &box, &record), VD_ANSWER_PROVED);
	box.values[1] = &without;
	claim.max_insns = 0;
	/* by: the filter decides wherever it denies; nothing else does */
	bool by = true;
	expect.has_by = true;
	expect.by = &by;
	ck_assert_int_eq(prove_box(&claim, &box, &record), VD_ANSWER_PROVED);
	by = false;
	expect.by_none = true;
	ck_assert_int_eq(prove_box(&claim, &box, &record), VD_ANSWER_RECORD);
	vd_stack_free(stack.stacks[0].stack);
	vd_prog_free(prog);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, expected_values, 0, COUNT_OF(all_kinds));
	tcase_add_test(tc, boxes);
}

int main(void)
{
	return run_suite("prove", add);
}
