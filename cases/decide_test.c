/* SPDX-License-Identifier: MIT */
/* Claims against running every record, samples, and what counts as read. */
#include "cases/claim.h"
#include "cases/samples.h"
#include "cases/testing.h"
#include "vm/random.h"

#include <linux/audit.h>

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static struct case_stack *stack_of(struct vd_stack *little, struct vd_stack *big)
{
	struct case_stack *stack = arena_alloc(&arena, sizeof(*stack));

	stack->stacks[0].stack = little;
	stack->stacks[1].stack = big;
	stack->samples = samples_new(little, &arena);
	return stack;
}

static const struct set *set_new(const struct interval *items, size_t n)
{
	struct set_builder builder = { .arena = &arena };
	struct set set;

	for (size_t i = 0; i < n; i++)
		set_add(&builder, items[i].lo, items[i].hi);
	set = set_build(&builder);
	return arena_copy(&arena, &set, sizeof(set));
}

static const struct set *one(uint64_t value)
{
	return set_new(&(struct interval){ value, value }, 1);
}

/* x86_64, nr 16, everything else any value. */
static struct box open_box(void)
{
	struct box box = { .nr = one(16), .arch = one(AUDIT_ARCH_X86_64), .abi = VD_ABI_X86_64 };

	for (int i = 0; i < RECORD_VALUES; i++)
		box.values[i] = &set_all_64;
	return box;
}

static const struct expect *expect_raw(uint32_t ret, bool negated)
{
	struct expect *expect = arena_alloc(&arena, sizeof(*expect));
	struct outcome *outcome = arena_alloc(&arena, sizeof(*outcome));

	*outcome = (struct outcome){ OUTCOME_RAW, ret };
	*(negated ? &expect->not : &expect->verdict) = (struct outcomes){ outcome, 1 };
	return expect;
}

/* ---------------------------------------------------------- brute force */

static bool next_member(const struct set *set, uint64_t *value)
{
	return *value != UINT64_MAX && set_next(set, *value + 1, value);
}

/* Calls fn for each record of a box; false from fn ends it. */
static bool each_record(const struct box *box, unsigned at, struct seccomp_data *data,
			bool (*fn)(void *userdata, const struct seccomp_data *data), void *userdata)
{
	if (at == 2 + RECORD_VALUES)
		return fn(userdata, data);

	const struct set *set = at == 0 ? box->nr : at == 1 ? box->arch : box->values[at - 2];
	uint64_t value = 0;

	ck_assert(set_next(set, 0, &value));
	do {
		if (at == 0)
			data->nr = (int)value;
		else if (at == 1)
			data->arch = (uint32_t)value;
		else if (at == 2)
			data->instruction_pointer = value;
		else
			data->args[at - 3] = value;
		if (!each_record(box, at + 1, data, fn, userdata))
			return false;
	} while (next_member(set, &value));
	return true;
}

struct brute {
	const struct claim *claim;
	const struct box *box;
	unsigned long long records;
};

static bool holds_for(void *userdata, const struct seccomp_data *data)
{
	struct brute *brute = userdata;
	struct vd_verdict verdict = vd_stack_run(brute->claim->stack->stacks[brute->box->big_endian].stack,
						 data);

	brute->records++;
	return expect_matches(brute->box->expect, &verdict) &&
	       (!brute->claim->max_insns || verdict.insns <= brute->claim->max_insns);
}

static const struct set *random_set(struct vd_random *random, bool word)
{
	struct interval items[2];
	size_t n = 1 + vd_random_below(random, 2);

	for (size_t i = 0; i < n; i++) {
		uint64_t lo = vd_random_word(random);
		if (!word && vd_random_below(random, 2))
			lo |= (uint64_t)vd_random_word(random) << 32;
		items[i] = (struct interval){ lo, lo };
		if (lo < UINT32_MAX && !vd_random_below(random, 4))
			items[i].hi++;
	}
	return set_new(items, n);
}

static struct vd_stack *random_stack(struct vd_random *random, struct sock_filter *insns, size_t len,
				     bool big)
{
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	if (vd_random_below(random, 2))
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
	vd_stack_set_big_endian(stack, big);
	return stack;
}

static struct box random_box(struct vd_random *random, uint32_t some_ret)
{
	struct box box = { .nr = random_set(random, true),
			   .arch = random_set(random, true),
			   .abi = VD_ABI_NONE };

	for (int i = 0; i < RECORD_VALUES; i++)
		box.values[i] = vd_random_below(random, 2) ? one(vd_random_word(random))
							   : random_set(random, false);
	box.big_endian = vd_random_below(random, 2);
	box.expect = expect_raw(some_ret, vd_random_below(random, 2));
	return box;
}

static void check_answer(const struct claim *claim)
{
	struct brute brute = { .claim = claim };
	struct seccomp_data data = { 0 };
	struct answer answer;
	bool holds = true;

	for (size_t i = 0; i < claim->n && holds; i++) {
		brute.box = &claim->boxes[i];
		holds = each_record(brute.box, 0, &data, holds_for, &brute);
	}
	claim_decide(claim, &answer);
	ck_assert_int_eq(answer.basis, BASIS_ENUMERATED);
	ck_assert_int_eq(answer.holds, holds);
	ck_assert_uint_ge(answer.records, 1);
	ck_assert_msg(!holds || answer.records <= brute.records, "more records than there are");
	if (holds)
		return;
	const struct box *box = answer.box;
	struct vd_verdict verdict = vd_stack_run(claim->stack->stacks[box->big_endian].stack, &answer.record);
	ck_assert_uint_eq(verdict.ret, answer.verdict.ret);
	ck_assert_uint_eq(verdict.insns, answer.verdict.insns);
	brute.box = box;
	ck_assert(!holds_for(&brute, &answer.record));
	ck_assert(set_contains(box->nr, (uint32_t)answer.record.nr) &&
		  set_contains(box->arch, answer.record.arch));
	ck_assert(set_contains(box->values[0], answer.record.instruction_pointer));
	for (int i = 1; i < RECORD_VALUES; i++)
		ck_assert(set_contains(box->values[i], answer.record.args[i - 1]));
}

START_TEST(test_all_records)
{
	struct vd_random random = { (uint64_t)_i + 1 };
	struct sock_filter insns[24];

	for (int round = 0; round < 150; round++) {
		size_t len = vd_random_prog(&random, 24, 0, insns);
		struct vd_random same = random;
		struct vd_stack *little = random_stack(&random, insns, len, false);
		struct vd_stack *big = random_stack(&same, insns, len, true);
		struct box boxes[2];
		struct claim claim = { .stack = stack_of(little, big),
				       .boxes = boxes,
				       .n = 1 + vd_random_below(&random, 2) };
		for (size_t i = 0; i < claim.n; i++) {
			boxes[i] = random_box(&random, 0);
			struct seccomp_data data = { .arch = (uint32_t)boxes[i].arch->items[0].lo,
						     .nr = (int)boxes[i].nr->items[0].lo };
			boxes[i].expect = expect_raw(vd_stack_run(little, &data).ret,
						     vd_random_below(&random, 2));
		}
		claim.max_insns = vd_random_below(&random, 2) ? 1 + vd_random_below(&random, 40) : 0;
		check_answer(&claim);
		vd_stack_free(little);
		vd_stack_free(big);
	}
}
END_TEST

/* -------------------------------------------------------------- samples */

/* clang-format off: a row each */
#define LD(k) { 0x20, 0, 0, k }
#define JEQ(k, jt, jf) { 0x15, jt, jf, k }
#define JSET(k, jt, jf) { 0x45, jt, jf, k }
#define RET(k) { 0x06, 0, 0, k }
#define ALLOW RET(0x7fff0000)
#define DENY RET(0x00050001)

/* Programs that deny little, claims that all is allowed, and what samples find (the prover always does). */
static const struct {
	const char *name;
	struct sock_filter insns[10];
	size_t len;
	enum { OPEN_ARGS = 1, OPEN_NR = 2, OPEN_ARCH = 4 } open;
	enum basis basis;
	bool holds;
	unsigned long long records; /* 0: not looked at */
	struct seccomp_data record; /* that breaks it */
} samples[] = {
	{ "nothing is read", { ALLOW }, 1, OPEN_ARGS | OPEN_NR | OPEN_ARCH, BASIS_ENUMERATED, true, 1, { 0 } },
	{ "what is read is fixed", { LD(0), JEQ(17, 0, 1), DENY, ALLOW }, 4, OPEN_ARGS, BASIS_ENUMERATED, true, 1,
	  { 0 } },
	{ "a word of an argument", { LD(24), JEQ(0x5412, 0, 1), DENY, ALLOW }, 4, OPEN_ARGS, BASIS_SAMPLED, false, 0,
	  { .nr = 16, .arch = AUDIT_ARCH_X86_64, .args = { 0, 0x5412 } } },
	{ "both halves together", { LD(24), JEQ(0x5412, 0, 3), LD(28), JEQ(1, 0, 1), DENY, ALLOW }, 6, OPEN_ARGS,
	  BASIS_SAMPLED, false, 0, { .nr = 16, .arch = AUDIT_ARCH_X86_64, .args = { 0, 0x100005412 } } },
	{ "one past a constant", { LD(24), { 0x25, 0, 1, 0x12345678 }, DENY, ALLOW }, 4, OPEN_ARGS, BASIS_SAMPLED,
	  false, 0, { .nr = 16, .arch = AUDIT_ARCH_X86_64, .args = { 0, 0x12345679 } } },
	{ "a bit", { LD(24), JSET(0x00100000, 0, 1), DENY, ALLOW }, 4, OPEN_ARGS, BASIS_SAMPLED, false, 0,
	  { .nr = 16, .arch = AUDIT_ARCH_X86_64, .args = { 0, 0x00100000 } } },
	{ "a masked value", { LD(24), { 0x54, 0, 0, 0x00f00ff0 }, JEQ(0x00500550, 0, 1), DENY, ALLOW }, 5, OPEN_ARGS,
	  BASIS_SAMPLED, false, 0, { .nr = 16, .arch = AUDIT_ARCH_X86_64, .args = { 0, 0x00500550 } } },
	{ "six arguments, one of them last",
	  { LD(16), JEQ(7, 0, 5), LD(36), JEQ(8, 0, 3), LD(60), JEQ(9, 0, 1), DENY, ALLOW }, 8,
	  OPEN_ARGS, BASIS_SAMPLED, false, 0,
	  { .nr = 16, .arch = AUDIT_ARCH_X86_64, .args = { 7, 0, 8ull << 32, 0, 0, 9ull << 32 } } },
	{ "a number of the tables", { LD(0), JEQ(467, 0, 1), DENY, ALLOW }, 4, OPEN_NR, BASIS_SAMPLED, false, 0,
	  { .nr = 467, .arch = AUDIT_ARCH_X86_64 } },
	{ "the number -1", { LD(0), JEQ(0xffffffff, 0, 1), DENY, ALLOW }, 4, OPEN_NR, BASIS_SAMPLED, false, 0,
	  { .nr = -1, .arch = AUDIT_ARCH_X86_64 } },
	{ "another arch", { LD(4), JEQ(AUDIT_ARCH_S390X, 0, 1), DENY, ALLOW }, 4, OPEN_ARCH, BASIS_SAMPLED, false,
	  0,
	  { .nr = 16, .arch = AUDIT_ARCH_S390X } },
	{ "an arch of no table", { LD(4), JEQ(0x12345678, 0, 1), DENY, ALLOW }, 4, OPEN_ARCH, BASIS_SAMPLED, false,
	  0,
	  { .nr = 16, .arch = 0x12345678 } },
};
/* clang-format on */

START_TEST(test_samples)
{
	struct vd_stack *stack;
	struct vd_prog *prog;
	struct box box = open_box();
	struct answer answer;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_prog_new(samples[_i].insns, samples[_i].len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	if (!(samples[_i].open & OPEN_ARGS))
		for (int i = 0; i < RECORD_VALUES; i++)
			box.values[i] = one(0);
	if (samples[_i].open & OPEN_NR)
		box.nr = &set_all_32;
	if (samples[_i].open & OPEN_ARCH)
		box.arch = &set_all_32;
	box.expect = expect_raw(0x7fff0000, false);
	struct claim claim = { .stack = stack_of(stack, NULL), .boxes = &box, .n = 1 };
	claim_decide(&claim, &answer);
	ck_assert_msg(answer.basis == (samples[_i].basis == BASIS_SAMPLED ? BASIS_PROVED
									  : samples[_i].basis) &&
			      answer.holds == samples[_i].holds,
		      "%s", samples[_i].name);
	claim_sample(&claim, &answer);
	ck_assert_msg(answer.basis == samples[_i].basis && answer.holds == samples[_i].holds, "%s",
		      samples[_i].name);
	if (samples[_i].records)
		ck_assert_uint_eq(answer.records, samples[_i].records);
	if (!answer.holds)
		ck_assert_mem_eq(&answer.record, &samples[_i].record, sizeof(answer.record));
	vd_prog_free(prog);
	vd_stack_free(stack);
}
END_TEST

/* The largest sets that are run completely, and the smallest that are not. */
START_TEST(test_budget)
{
	static const struct sock_filter reads_two[] = { LD(16), LD(24), { 0x16, 0, 0, 0 } };
	struct vd_stack *stack;
	struct vd_prog *prog;
	struct answer answer;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_prog_new(reads_two, 3, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	for (uint64_t width = 500; width <= 5000; width *= 10) {
		struct box box = open_box();
		box.values[1] = box.values[2] = set_new(&(struct interval){ 0, width - 1 }, 1);
		struct claim claim = { .stack = stack_of(stack, NULL), .boxes = &box, .n = 1 };
		claim_decide(&claim, &answer);
		ck_assert(answer.holds);
		ck_assert_int_eq(answer.basis, width == 500 ? BASIS_ENUMERATED : BASIS_PROVED);
		ck_assert_uint_eq(answer.records, width == 500 ? 250000 : 0);
		claim_sample(&claim, &answer);
		ck_assert(answer.holds && answer.records > 100 && answer.records <= CLAIM_SAMPLES_MAX);
		ck_assert_int_eq(answer.basis, BASIS_SAMPLED);
	}
	vd_prog_free(prog);
	vd_stack_free(stack);
}
END_TEST

/* What is picked is from the set, in order, each once, and no more than asked for. */
START_TEST(test_picks)
{
	struct vd_random random = { (uint64_t)_i + 1 };
	struct sock_filter insns[64];

	for (int round = 0; round < 200; round++) {
		struct vd_stack *stack = random_stack(&random, insns, vd_random_prog(&random, 64, 0, insns),
						      false);
		const struct samples *all = samples_new(stack, &arena);
		struct interval items[2];
		for (int i = 0; i < 2; i++) {
			uint32_t a = vd_random_word(&random), b = vd_random_word(&random);
			items[i] = (struct interval){ a < b ? a : b, a < b ? b : a };
		}
		const struct set *set = set_new(items, 2);
		unsigned word = vd_random_below(&random, RECORD_WORDS);
		size_t max = 1 + vd_random_below(&random, 100);
		int abi = (int)vd_random_below(&random, VD_ABI_COUNT + 1) - 1;
		struct word_list list = samples_pick(NULL, all, word, set, abi, max, &arena);
		ck_assert_uint_ge(list.n, 1);
		ck_assert(word < 2 || list.n <= max);
		for (size_t i = 0; i < list.n; i++) {
			ck_assert(set_contains(set, list.items[i]));
			ck_assert(!i || list.items[i - 1] < list.items[i]);
		}
		vd_stack_free(stack);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_all_records, 0, 8);
	tcase_add_loop_test(tc, test_samples, 0, COUNT_OF(samples));
	tcase_add_test(tc, test_budget);
	tcase_add_loop_test(tc, test_picks, 0, 4);
}

int main(void)
{
	return run_suite("decide", add);
}
