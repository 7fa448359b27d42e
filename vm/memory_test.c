/* SPDX-License-Identifier: MIT */
/*
 * Every function of the library that allocates, with its n-th allocation
 * refused, for each n until all succeed: it says -ENOMEM, or has no answer
 * (memory that a proof does not get is budget that it does not have), or gives
 * the one that it gives with memory; never another one. Outputs are left alone
 * where it fails, and what it had is given back (the sanitizers' builds see to
 * that).
 */
#include "vm/prove/predicate.h"
#include "vm/random.h"
#include "vm/refuse.h"
#include "vm/testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ */

#define ALLOW 0x7fff0000u
#define EPERM_ 0x00050001u
#define X86_64 0xc000003eu

/* mkdir with certain first arguments is denied; the filters differ in which. */
static struct sock_filter first[] = {
	{ 0x20, 0, 0, 4 },  { 0x15, 1, 0, X86_64 }, { 0x06, 0, 0, 0x80000000 }, { 0x20, 0, 0, 0 },
	{ 0x15, 0, 6, 83 }, { 0x20, 0, 0, 16 },	    { 0x54, 0, 0, 0xff0 },	{ 0x25, 0, 1, 0x120 },
	{ 0x35, 0, 1, 77 }, { 0x45, 0, 1, 0x30 },   { 0x06, 0, 0, EPERM_ },	{ 0x06, 0, 0, ALLOW },
};
static struct sock_filter second[] = {
	{ 0x20, 0, 0, 16 }, { 0x01, 0, 0, 3 },	     { 0x0c, 0, 0, 0 },
	{ 0x02, 0, 0, 1 },  { 0x20, 0, 0, 24 },	     { 0x61, 0, 0, 1 },
	{ 0x1d, 0, 1, 0 },  { 0x06, 0, 0, 0x50002 }, { 0x06, 0, 0, ALLOW },
};

static struct vd_stack *one, *other; /* with memory */
static struct sock_filter large[4096];
static size_t large_len;
static struct vd_stack *large_stack;

static struct vd_stack *stack_of(const struct sock_filter *insns, size_t len, const struct sock_filter *more,
				 size_t more_len)
{
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
	if (more) {
		ck_assert_int_eq(vd_prog_new(more, more_len, &prog, NULL), 0);
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
		vd_prog_free(prog);
	}
	return stack;
}

static void make_stacks(void)
{
	FILE *file = fopen("cases/suite/corpus/docker-1/01.bpf", "rb"); /* from the project's root */

	ck_assert_ptr_nonnull(file);
	large_len = fread(large, sizeof(*large), 4096, file);
	fclose(file);
	one = stack_of(first, COUNT_OF(first), second, COUNT_OF(second));
	other = stack_of(first, COUNT_OF(first), NULL, 0);
	large_stack = stack_of(large, large_len, second, COUNT_OF(second));
}

static void free_stacks(void)
{
	vd_stack_free(one);
	vd_stack_free(other);
	vd_stack_free(large_stack);
}

/* ------------------------------------------------------------------ */
/* What is tried: 0 or -ENOMEM; other results are asserted.           */

static void *const nothing = &count; /* what outputs hold before */

static int try_prog(void)
{
	struct vd_prog *prog = nothing;
	struct vd_error error = { .code = 99 };
	int r = TESTED(vd_prog_new(first, COUNT_OF(first), &prog, &error));

	if (r == 0) {
		ck_assert_int_eq(error.code, 99);
		vd_prog_free(prog);
	} else {
		ck_assert_ptr_eq(prog, nothing);
		ck_assert_int_eq(error.code, VD_ERROR_NO_MEMORY);
		ck_assert_int_eq(vd_error_errno(error.code), ENOMEM);
	}
	return r;
}

static int try_stack(void)
{
	const struct vd_prog *prog = vd_stack_prog(one, 0);
	struct vd_stack *stack = nothing;
	int r = TESTED(vd_stack_new(&stack));

	if (r < 0) {
		ck_assert_ptr_eq(stack, nothing);
		return r;
	}
	for (size_t i = 0; r == 0 && i < 20; i++) {
		r = TESTED(vd_stack_push(stack, prog));
		/* nothing of a filter that is not installed stays */
		ck_assert_uint_eq(vd_stack_len(stack), i + (r == 0));
		ck_assert_uint_eq(vd_stack_size(stack),
				  vd_stack_len(stack) * (vd_prog_converted_len(prog) + 4));
	}
	vd_stack_free(stack);
	return r;
}

static int engine_of(const struct vd_stack *stack)
{
	struct vd_engine *engine = nothing;
	struct vd_random random = { .state = 7 };
	int r = TESTED(vd_engine_new(stack, &engine));

	if (r < 0) {
		ck_assert_ptr_eq(engine, nothing);
		return r;
	}
	for (int i = 0; i < 100; i++) {
		struct seccomp_data data;
		vd_random_record(&random, first, COUNT_OF(first), &data);
		ck_assert_uint_eq(vd_engine_run(engine, &data), vd_stack_run(stack, &data).ret);
	}
	vd_engine_free(engine);
	return 0;
}

static int try_engine(void)
{
	return engine_of(one);
}

static int try_large_engine(void)
{
	return engine_of(large_stack);
}

static int try_claim(void)
{
	static const struct vd_range allowed = { ALLOW, ALLOW }, numbers[] = { { 0, 100 }, { 200, 300 } };
	static const bool by[] = { true, false };
	struct vd_set inner = { .args[1] = { &allowed, 1 } };
	struct vd_set set = {
		.nr = { numbers, 2 }, .where = vd_stack_prog(other, 0), .except = &inner, .n_except = 1
	};
	struct vd_expect expect = { .values = &allowed, .n = 1, .by = by, .max_insns = 30 };
	enum vd_answer answer = (enum vd_answer)77;
	struct vd_witness witness;
	int r = TESTED(vd_prove_claim(one, &set, &expect, NULL, &answer, &witness));

	if (r < 0)
		ck_assert_int_eq((int)answer, 77);
	else
		ck_assert(answer == VD_ANSWER_RECORD || (hit && answer == VD_ANSWER_UNKNOWN));
	return r;
}

static int try_equal(void)
{
	enum vd_answer answer = (enum vd_answer)77;
	struct vd_witness witness;
	int r = TESTED(vd_prove_equal(one, other, NULL, true, NULL, &answer, &witness));

	if (r < 0)
		ck_assert_int_eq((int)answer, 77);
	else if (answer != VD_ANSWER_RECORD)
		ck_assert(hit && answer == VD_ANSWER_UNKNOWN);
	else
		ck_assert_uint_ne(vd_stack_run(one, &witness.data).ret,
				  vd_stack_run(other, &witness.data).ret);
	return r;
}

static int try_reach(void)
{
	struct vd_reach *reach = nothing;
	int r = TESTED(vd_reach_new(one, NULL, NULL, &reach));

	if (r < 0) {
		ck_assert_ptr_eq(reach, nothing);
		return r;
	}
	for (size_t pc = 0; pc < COUNT_OF(first); pc++) {
		enum vd_answer answer = vd_reach_point(reach, 0, pc, VD_EDGE_NONE, NULL);
		ck_assert(answer == VD_ANSWER_RECORD || (hit && answer == VD_ANSWER_UNKNOWN));
	}
	vd_reach_free(reach);
	return 0;
}

/* Its records are run when it is made: what they come by is right, however few there are. */
static int try_cover(void)
{
	struct vd_cover *cover = nothing;
	char when[200];
	int r = TESTED(vd_cover_new(one, NULL, NULL, &cover));

	if (r < 0) {
		ck_assert_ptr_eq(cover, nothing);
		return r;
	}
	ck_assert_uint_le(vd_cover_bound(cover), vd_cover_records(cover));
	for (size_t pc = 0; pc < COUNT_OF(first); pc++) {
		enum vd_answer answer = vd_cover_point(cover, 0, pc, VD_EDGE_NONE);
		ck_assert(answer == VD_ANSWER_RECORD || (hit && answer == VD_ANSWER_UNKNOWN));
	}
	for (size_t i = 0; i < vd_cover_records(cover) && i < 20; i++) {
		ck_assert(vd_cover_takes(cover, i, 0, 0, VD_EDGE_NONE));
		(void)TESTED(vd_cover_when(cover, i, when, sizeof(when)));
	}
	vd_cover_free(cover);
	return 0;
}

#define CONDITIONS 64
static char known[CONDITIONS][200]; /* the map's conditions with memory */
static bool known_exact[CONDITIONS];

/* A condition that is not exact for want of memory is said to be so; an exact one holds for the same. */
static void check_when(struct vd_map *map, size_t i, size_t j, size_t at)
{
	struct vd_random random = { .state = at };
	char when[sizeof(known[0])];
	bool exact = TESTED(vd_map_when(map, i, j, when, sizeof(when)));

	ck_assert_uint_lt(at, CONDITIONS);
	if (!refused) {
		memcpy(known[at], when, sizeof(when));
		known_exact[at] = exact;
	}
	ck_assert(exact == known_exact[at] || hit);
	/* written otherwise, perhaps */
	for (int k = 0; exact && k < 50; k++) {
		struct seccomp_data data;
		vd_random_record(&random, k % 2 ? first : second, COUNT_OF(second), &data);
		ck_assert_msg(predicate_holds(when, &data) == predicate_holds(known[at], &data), "%s, not %s",
			      when, known[at]);
	}
}

static int read_map(struct vd_map *map)
{
	size_t at = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < vd_map_classes(map); i++) {
		struct vd_class class;
		vd_map_class(map, i, &class);
		for (size_t j = 0; r == 0 && j < class.outcomes; j++) {
			struct vd_witness witness;
			uint32_t arch = (uint32_t) class.arch.ranges[0].first,
				 nr = (uint32_t) class.nr.ranges[0].first;
			check_when(map, i, j, at++);
			r = TESTED(vd_map_record(map, i, j, arch, nr, &witness));
		}
	}
	return r;
}

static int try_map(void)
{
	struct vd_map *map = nothing;
	int r = TESTED(vd_map_new(one, other, NULL, VD_MAP_RAW | VD_MAP_BY, NULL, &map));

	if (r < 0) {
		ck_assert_ptr_eq(map, nothing);
		return r;
	}
	r = read_map(map);
	vd_map_free(map);
	return r;
}

static int try_large_map(void)
{
	struct vd_map *map = nothing;
	int r = TESTED(vd_map_new(large_stack, NULL, NULL, 0, NULL, &map));

	if (r == 0)
		vd_map_free(map);
	else
		ck_assert_ptr_eq(map, nothing);
	return r;
}

static const struct {
	const char *name;
	int (*run)(void);
	size_t step; /* of n past the first hundred: large ones have thousands */
} tries[] = {
	{ "vd_prog_new", try_prog, 1 },
	{ "vd_stack_push", try_stack, 1 },
	{ "vd_engine_new", try_engine, 1 },
	{ "vd_engine_new of a large stack", try_large_engine, 211 },
	{ "vd_prove_claim", try_claim, 1 },
	{ "vd_prove_equal", try_equal, 1 },
	{ "vd_reach_new", try_reach, 1 },
	{ "vd_cover_new", try_cover, 1 },
	{ "vd_map_new", try_map, 1 },
	{ "vd_map_new of a large stack", try_large_map, 211 },
};

START_TEST(each_allocation)
{
	size_t n = 1, failures = 0;

	make_stacks();
	ck_assert_int_eq(tries[_i].run(), 0);
	for (;; n += n < 100 ? 1 : tries[_i].step) {
		count = 0;
		hit = false;
		refused = n;
		int r = tries[_i].run();
		refused = 0;
		if (!hit) {
			ck_assert_int_eq(r, 0);
			break;
		}
		ck_assert_msg(r == 0 || r == -ENOMEM || r == -E2BIG, "%s: %d without allocation %zu",
			      tries[_i].name, r, n);
		failures += r < 0;
	}
	ck_assert_msg(failures > 0, "%s: nothing is allocated", tries[_i].name);
	free_stacks();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, each_allocation, 0, COUNT_OF(tries));
}

int main(void)
{
	return run_suite("memory", add);
}
