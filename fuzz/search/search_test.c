/* SPDX-License-Identifier: MIT */
/* How records are made and changed, which ways they take, and what a predicate over verdicts becomes. */
#include "fuzz/search/hunt.h"
#include "vm/edges.h"
#include "vm/testing.h"

#include <string.h>

#define I(code, jt, jf, k)      \
	{                       \
		code, jt, jf, k \
	}
#define LD(offset) I(0x20, 0, 0, offset)
#define JEQ(k, jt, jf) I(0x15, jt, jf, k)
#define JSET(k, jt, jf) I(0x45, jt, jf, k)
#define AND(k) I(0x54, 0, 0, k)
#define RET(k) I(0x06, 0, 0, k)
#define ALLOW 0x7fff0000
#define EPERM_ 0x00050001

/* A stack of one program, as goals have it. */
struct bench {
	struct vd_stack *stack;
	struct goals goals;
	struct case_stack cases;
};

static void bench_init(struct bench *bench, const struct sock_filter *insns, size_t len)
{
	struct vd_prog *prog;

	*bench = (struct bench){ 0 };
	goals_init(&bench->goals);
	for (int big = 0; big < 2; big++) {
		ck_assert_int_eq(vd_stack_new(&bench->stack), 0);
		ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
		ck_assert_int_eq(vd_stack_push(bench->stack, prog), 0);
		vd_stack_set_big_endian(bench->stack, big);
		vd_prog_free(prog);
		bench->cases.stacks[big].stack = bench->stack;
	}
	bench->cases.samples = samples_new(bench->cases.stacks[0].stack, &bench->goals.arena);
}

static void bench_done(struct bench *bench)
{
	vd_stack_free(bench->cases.stacks[0].stack);
	vd_stack_free(bench->cases.stacks[1].stack);
	goals_done(&bench->goals);
}

/* ---------------------------------------------------------------- edges -- */

static const struct sock_filter two_jumps[] = { LD(0),	       JEQ(3, 0, 2), LD(16),
						JSET(8, 0, 1), RET(EPERM_),  RET(ALLOW) };

START_TEST(edges)
{
	static const struct {
		int nr;
		uint64_t arg;
		bool fresh;
		size_t marked; /* after it */
	} runs[] = {
		{ 4, 0, true, 1 }, { 5, 8, false, 1 },	{ 3, 0, true, 3 },
		{ 3, 8, true, 4 }, { 3, 12, false, 4 },
	};
	uint8_t marks[2 * COUNT_OF(two_jumps)] = { 0 };
	struct bench bench;

	bench_init(&bench, two_jumps, COUNT_OF(two_jumps));
	ck_assert_uint_eq(vd_stack_edges(bench.stack), sizeof(marks));
	for (size_t i = 0; i < COUNT_OF(runs); i++) {
		struct seccomp_data data = { .nr = runs[i].nr, .args = { runs[i].arg } };
		size_t marked = 0;
		bool fresh;
		struct vd_verdict verdict = vd_stack_run_edges(bench.cases.stacks[0].stack, &data, marks,
							       &fresh);
		ck_assert_uint_eq(verdict.ret, vd_stack_run(bench.cases.stacks[0].stack, &data).ret);
		for (size_t j = 0; j < sizeof(marks); j++)
			marked += marks[j];
		ck_assert_int_eq(fresh, runs[i].fresh);
		ck_assert_uint_eq(marked, runs[i].marked);
	}
	ck_assert_uint_eq(marks[2 * 1] + marks[2 * 1 + 1] + marks[2 * 3] + marks[2 * 3 + 1], 4);
	bench_done(&bench);
}
END_TEST

/* --------------------------------------------------------------- tables -- */

static const struct interval some_numbers[] = { { 3, 3 }, { 59, 61 }, { 0x40000000, 0x40000010 } };
static const struct interval x86_64[] = { { 0xc000003e, 0xc000003e } };
static const struct interval odd_values[] = { { 1, 1 }, { 7, 9 }, { 0x100000000, 0x1fffffff0 } };
static const struct interval low_half[] = { { 0, UINT32_MAX } };
static const struct set number_set = { some_numbers, 3 }, arch_set = { x86_64, 1 },
			odd_set = { odd_values, 3 }, low_set = { low_half, 1 };

/* However often a record is changed, it stays one of the box, and every field that is read changes. */
START_TEST(changes_stay_inside)
{
	static const struct sock_filter reads[] = { LD(0),  JEQ(60, 0, 4), LD(16),    JEQ(8, 0, 2),
						    LD(28), JEQ(5, 0, 0),  RET(ALLOW) };
	const struct box box = { .nr = &number_set,
				 .arch = &arch_set,
				 .values = { &set_all_64, &odd_set, &set_all_64, &low_set, &set_all_64,
					     &set_all_64, &set_all_64 },
				 .big_endian = _i,
				 .abi = VD_ABI_NONE };
	struct vd_random random = { .state = 7 };
	bool changed[RECORD_U64] = { 0 };
	struct seccomp_data data;
	struct table table;
	struct bench bench;

	bench_init(&bench, reads, COUNT_OF(reads));
	table_init(&table, &box, bench.cases.samples, NULL, NULL, 1u << 0 | 1u << 4 | 1u << 7 | 1u << 8,
		   &bench.goals.arena);
	memcpy(&data, table.start, sizeof(data));
	for (int i = 0; i < 200000; i++) {
		if (i % 1000 == 0)
			table_draw(&table, table.lists, &random);
		const struct change *change = &table.changes[vd_random_below(&random, TABLE_CHANGES)];
		uint64_t value = table.lists[change->list].values[vd_random_below(&random, TABLE_VALUES)];
		record_word *word = &record_words(&data)[change->word], before = *word;
		*word = (*word & change->keep) ^ value;
		changed[change->word] |= *word != before;
		ck_assert(set_contains(box.nr, (uint32_t)data.nr) && data.arch == 0xc000003e);
		for (int arg = 0; arg < 6; arg++)
			ck_assert(set_contains(box.values[1 + arg], data.args[arg]));
	}
	/* arg0, arg1 and arg2 are read; ip and the others are not */
	ck_assert(changed[0] && changed[2] && changed[3] && changed[4]);
	ck_assert(!changed[1] && !changed[5] && !changed[6] && !changed[7]);
	bench_done(&bench);
}
END_TEST

static bool has_call(const struct calls *calls, uint32_t arch, uint32_t nr)
{
	for (size_t i = 0; i < calls->n; i++)
		if (calls->hot[i] == ((uint64_t)arch << 32 | nr))
			return true;
	return false;
}

/* A filter that speaks of mount leads to what is next to it, and to what does the same. */
START_TEST(calls_that_are_alike)
{
	static const struct sock_filter mount[] = { LD(0), JEQ(165, 0, 1), RET(EPERM_), RET(ALLOW) };
	static const struct {
		int abi;
		const char *name;
	} wanted[] = { { VD_ABI_X86_64, "mount" }, { VD_ABI_I386, "mount" },
		       { VD_ABI_X32, "mount" },	   { VD_ABI_X86_64, "move_mount" },
		       { VD_ABI_I386, "fsopen" },  { VD_ABI_X86_64, "settimeofday" } };
	struct calls calls;
	struct bench bench;

	bench_init(&bench, mount, COUNT_OF(mount));
	calls_init(&calls, goal_any_record(false), bench.cases.samples, NULL, &bench.goals.arena);
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		uint32_t nr;
		ck_assert_int_eq(
			vd_syscall_number(wanted[i].abi, wanted[i].name, strlen(wanted[i].name), &nr), 0);
		ck_assert_msg(has_call(&calls, vd_abi_info(wanted[i].abi)->audit_arch, nr), "%s",
			      wanted[i].name);
	}
	bench_done(&bench);
}
END_TEST

/* -------------------------------------------------------------- explore -- */

/* Words, bits of words, and jumps behind jumps: every way is taken. */
START_TEST(explore_takes_all_ways)
{
	static const struct sock_filter insns[] = { LD(0),
						    JEQ(0x1234567, 0, 10),
						    LD(20),
						    JEQ(0xdeadbeef, 0, 8),
						    LD(24),
						    AND(0xff00),
						    JEQ(0x4200, 0, 5),
						    LD(28),
						    I(0x25, 0, 3, 0x80000000), /* jgt */
						    LD(16),
						    JSET(0x10, 0, 1),
						    RET(EPERM_),
						    RET(ALLOW) };
	struct judges judges = { 0 };
	struct ground ground;
	struct bench bench;
	size_t taken, all;

	bench_init(&bench, insns, COUNT_OF(insns));
	goals_add(&bench.goals, GOAL_ENGINE, &bench.cases, NULL);
	ground_init(&ground, &bench.goals.items[0], goal_any_record(false), &judges);
	ground_explore(&ground, NULL, 0, NULL, NULL);
	ground_coverage(&ground, &taken, &all);
	ck_assert_uint_eq(all, 10);
	ck_assert_uint_eq(taken, all);
	ground_done(&ground);
	judges_done(&judges);
	bench_done(&bench);
}
END_TEST

/* ----------------------------------------------------------------- find -- */

/* A predicate becomes boxes for the values that it can be true of, with the rest as right. */
static const struct {
	const char *predicate;
	size_t boxes; /* of both byte orders */
	uint32_t wrong, right;
} finds[] = {
	{ "ret.action == ALLOW && nr == 1", 2, ALLOW, EPERM_ },
	{ "ret.action == ERRNO", 2, EPERM_, ALLOW },
	{ "ret == ERRNO(EPERM)", 2, EPERM_, ALLOW },
	{ "ret.data == 1", 2, EPERM_, ALLOW },
	{ "ret == ERRNO(EACCES)", 0, 0, 0 },
	{ "ret.action == TRACE", 0, 0, 0 },
	{ "ret.action != KILL_PROCESS && ret.action != KILL_THREAD && arg0 == 3", 2, ALLOW, 0 },
	{ "(ret.action == ALLOW && nr == 1) || (ret.action == ERRNO && nr == 2)", 4, ALLOW, 0 },
	{ "nr == 1 || ret.data == 1", 4, EPERM_, 0x00050002 },
};

START_TEST(find_makes_claims)
{
	static const struct sock_filter insns[] = { LD(0), JEQ(1, 0, 1), RET(EPERM_), RET(ALLOW) };
	struct diags diags;
	struct bench bench;

	diags_init(&diags);
	bench_init(&bench, insns, COUNT_OF(insns));
	ck_assert_int_eq(goals_add_find(&bench.goals, finds[_i].predicate, &bench.cases, &diags), 0);
	const struct claim *claim = &bench.goals.items[0].claim;
	ck_assert_uint_eq(claim->n, finds[_i].boxes);
	bool wrong = false;
	for (size_t i = 0; i < claim->n; i++) {
		wrong |= !set_contains(claim->boxes[i].expect->values, finds[_i].wrong);
		ck_assert(finds[_i].boxes != 2 ||
			  set_contains(claim->boxes[i].expect->values, finds[_i].right));
	}
	ck_assert(wrong || !claim->n);
	bench_done(&bench);
	diags_done(&diags);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, edges);
	tcase_add_loop_test(tc, changes_stay_inside, 0, 2);
	tcase_add_test(tc, calls_that_are_alike);
	tcase_add_test(tc, explore_takes_all_ways);
	tcase_add_loop_test(tc, find_makes_claims, 0, COUNT_OF(finds));
}

int main(void)
{
	return run_suite("fuzz-search", add);
}
