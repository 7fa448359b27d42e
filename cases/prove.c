/* SPDX-License-Identifier: MIT */
#include "cases/prove.h"
#include "cases/where.h"

/* What one box may cost before it is sampled: some 40 MiB and a second; claims about real filters take a
 * hundredth. */
static const struct vd_budget budget = { .nodes = 1000000, .ms = 10000 };

static struct vd_ranges ranges_of(const struct set *set, struct arena *arena)
{
	struct vd_range *ranges = arena_alloc(arena, (set->n ? set->n : 1) * sizeof(*ranges));

	for (size_t i = 0; i < set->n; i++)
		ranges[i] = (struct vd_range){ set->items[i].lo, set->items[i].hi };
	return (struct vd_ranges){ ranges, set->n };
}

static struct vd_set set_of(const struct box *box, struct arena *arena)
{
	struct vd_set set = { .nr = ranges_of(box->nr, arena), .arch = ranges_of(box->arch, arena) };

	set.instruction_pointer = ranges_of(box->values[0], arena);
	for (unsigned i = 0; i < 6; i++)
		set.args[i] = ranges_of(box->values[1 + i], arena);
	set.where = box->where ? box->where->prog : NULL;
	return set;
}

enum vd_answer prove_box(const struct claim *claim, const struct box *box, struct seccomp_data *ret_record)
{
	const struct vd_stack *stack = claim->stack->stacks[box->big_endian].stack;
	struct vd_expect expect = { .max_insns = claim->max_insns };
	enum vd_answer answer = VD_ANSWER_UNKNOWN;
	struct vd_witness witness;
	struct vd_ranges values;
	struct set right = set_all_32;
	struct arena arena;

	arena_init(&arena);
	struct vd_set set = set_of(box, &arena);
	if (box->expect) {
		right = expect_values(box->expect, &arena);
		expect.by = box->expect->has_by ? box->expect->by : NULL;
		expect.by_none = box->expect->by_none;
	}
	values = ranges_of(&right, &arena);
	expect.values = values.ranges;
	expect.n = values.n;
	if (vd_prove_claim(stack, &set, &expect, &budget, &answer, &witness) < 0)
		answer = VD_ANSWER_UNKNOWN;
	arena_done(&arena);
	if (answer == VD_ANSWER_RECORD)
		*ret_record = witness.data;
	return answer;
}

enum vd_answer prove_empty(const struct box *box, struct seccomp_data *ret_record)
{
	/* No value is right: whatever record there is in the set breaks that. */
	const struct vd_expect none = { .n = 0 };
	enum vd_answer answer = VD_ANSWER_UNKNOWN;
	struct vd_witness witness;
	struct arena arena;

	arena_init(&arena);
	struct vd_set set = set_of(box, &arena);
	if (vd_prove_claim(box->where->stack, &set, &none, &budget, &answer, &witness) < 0)
		answer = VD_ANSWER_UNKNOWN;
	arena_done(&arena);
	if (answer == VD_ANSWER_RECORD)
		*ret_record = witness.data;
	return answer;
}

/* The records of a box but for those of a claim's exceptions. */
static struct vd_set set_without(const struct claim *claim, const struct box *box, struct arena *arena)
{
	struct vd_set set = set_of(box, arena), *except;

	except = arena_alloc(arena, claim->n_except * sizeof(*except) + 1);
	for (size_t i = 0; i < claim->n_except; i++)
		except[i] = set_of(&claim->except[i], arena);
	set.except = except;
	set.n_except = claim->n_except;
	return set;
}

enum vd_answer prove_same(const struct claim *claim, const struct box *box, struct seccomp_data *ret_record)
{
	enum vd_answer answer = VD_ANSWER_UNKNOWN;
	struct vd_witness witness;
	struct arena arena;

	arena_init(&arena);
	struct vd_set set = set_without(claim, box, &arena);
	if (vd_prove_equal(claim->stack->stacks[box->big_endian].stack,
			   claim->same_as->stacks[box->big_endian].stack, &set, false, &budget, &answer,
			   &witness) < 0)
		answer = VD_ANSWER_UNKNOWN;
	arena_done(&arena);
	if (answer == VD_ANSWER_RECORD)
		*ret_record = witness.data;
	return answer;
}

struct vd_reach *prove_reach(const struct claim *claim, const struct box *box, const struct vd_stack *stack)
{
	struct vd_reach *reach = NULL;
	struct arena arena;

	arena_init(&arena);
	struct vd_set set = set_without(claim, box, &arena);
	if (vd_reach_new(stack, &set, &budget, &reach) < 0)
		reach = NULL;
	arena_done(&arena);
	return reach;
}
