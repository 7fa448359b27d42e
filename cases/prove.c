/* SPDX-License-Identifier: MIT */
#include "cases/prove.h"

#include <stdlib.h>
#include <string.h>

/* What one box may cost before it is sampled: some 40 MiB and a second; claims about real filters take a hundredth. */
static const struct vd_budget budget = { .nodes = 1000000, .ms = 10000 };

static struct vd_ranges ranges_of(const struct set *set, struct arena *arena)
{
	struct vd_range *ranges = arena_alloc(arena, (set->n ? set->n : 1) * sizeof(*ranges));

	for (size_t i = 0; i < set->n; i++)
		ranges[i] = (struct vd_range){ set->items[i].lo, set->items[i].hi };
	return (struct vd_ranges){ ranges, set->n };
}

/* Most instructions that any path through a program executes. */
static unsigned longest_path(const struct vd_prog *prog)
{
	const struct sock_filter *insns = vd_prog_insns(prog);
	size_t len = vd_prog_len(prog);
	unsigned *longest = calloc(len, sizeof(*longest)), r;

	if (!longest)
		out_of_memory();
	for (size_t pc = len; pc-- > 0;) {
		unsigned jt, jf;
		if (BPF_CLASS(insns[pc].code) == BPF_RET) {
			longest[pc] = 1;
			continue;
		}
		jt = jf = 0;
		if (BPF_CLASS(insns[pc].code) == BPF_JMP && BPF_OP(insns[pc].code) == BPF_JA)
			jt = jf = insns[pc].k;
		else if (BPF_CLASS(insns[pc].code) == BPF_JMP)
			jt = insns[pc].jt, jf = insns[pc].jf;
		jt = longest[pc + 1 + jt];
		jf = longest[pc + 1 + jf];
		longest[pc] = 1 + (jt > jf ? jt : jf);
	}
	r = longest[0];
	free(longest);
	return r;
}

static bool within_limit(const struct claim *claim, const struct vd_stack *stack)
{
	unsigned long long most = 0;

	for (size_t i = 0; claim->max_insns && i < vd_stack_len(stack); i++)
		most += longest_path(vd_stack_prog(stack, i));
	return !claim->max_insns || most <= claim->max_insns;
}

enum vd_answer prove_box(const struct claim *claim, const struct box *box, struct seccomp_data *ret_record)
{
	const struct vd_stack *stack = claim->stack->stacks[box->big_endian].stack;
	struct vd_expect expect = { .values = NULL };
	enum vd_answer answer = VD_ANSWER_UNKNOWN;
	struct vd_set set = { .where = NULL };
	struct vd_witness witness;
	struct vd_ranges values;
	struct set right = set_all_32;
	struct arena arena;

	if (!within_limit(claim, stack))
		return VD_ANSWER_UNKNOWN;
	arena_init(&arena);
	set.nr = ranges_of(box->nr, &arena);
	set.arch = ranges_of(box->arch, &arena);
	set.instruction_pointer = ranges_of(box->values[0], &arena);
	for (unsigned i = 0; i < 6; i++)
		set.args[i] = ranges_of(box->values[1 + i], &arena);
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
