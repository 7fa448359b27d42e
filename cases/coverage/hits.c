/* SPDX-License-Identifier: MIT */
/*
 * What a case covers. A small set is run, as for its decision; a large one is
 * asked of the prover; where that gives up, what the records at the boundaries
 * come by is covered, and perhaps more.
 */
#include "cases/coverage/coverage.h"
#include "cases/prove.h"

#include <stdlib.h>

/* Sets of more records are left to the prover, which takes as long as some hundred runs do. */
#define RUNS_MAX 512

static void mark_record(const struct vd_stack *stack, const struct seccomp_data *data, bool *marks)
{
	for (size_t i = 0; i < vd_stack_len(stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(stack, i);
		vd_prog_mark(prog, vd_stack_big_endian(stack), data, marks);
		marks += VD_POINTS * prog->len;
	}
}

static void mark_records(const struct vd_stack *stack, const struct claim_records *records, bool *marks)
{
	for (size_t i = 0; i < records->n; i++)
		mark_record(stack, &records->items[i], marks);
}

/* Marks what the prover says is reached. False: it does not know all. */
static bool mark_reached(const struct vd_stack *stack, const struct vd_reach *reach, bool *marks)
{
	bool all = reach != NULL;

	for (size_t i = 0; reach && i < vd_stack_len(stack); i++) {
		size_t n = VD_POINTS * vd_prog_len(vd_stack_prog(stack, i));
		for (size_t point = 0; point < n; point++) {
			enum vd_answer answer = vd_reach_point(reach, i, point / VD_POINTS, point % VD_POINTS,
							       NULL);
			marks[point] |= answer == VD_ANSWER_RECORD;
			all &= answer != VD_ANSWER_UNKNOWN;
		}
		marks += n;
	}
	return all;
}

/* False: more may be covered. */
static bool cover_box(const struct claim *claim, const struct box *box, const struct vd_stack *stack,
		      bool *marks)
{
	struct claim_records records = { 0 };
	bool all = false;

	/* runs are about what the claim's own stack reads, and know nothing of exceptions */
	if (!claim->same_as)
		all = claim_runs(claim, box, RUNS_MAX, false, &records);
	if (!all) {
		struct vd_reach *reach = prove_reach(claim, box, stack);
		all = mark_reached(stack, reach, marks);
		vd_reach_free(reach);
	}
	if (!all && !claim->same_as) {
		(void)claim_runs(claim, box, 0, true, &records);
		if (box->witness)
			mark_record(stack, box->witness, marks);
	}
	mark_records(stack, &records, marks);
	free(records.items);
	return all;
}

static bool *marks_new(const struct vd_stack *stack)
{
	size_t n = 1;

	for (size_t i = 0; i < vd_stack_len(stack); i++)
		n += VD_POINTS * vd_prog_len(vd_stack_prog(stack, i));
	bool *marks = calloc(n, sizeof(*marks));
	if (!marks)
		out_of_memory();
	return marks;
}

void cover_claim(const struct claim *claim, struct cover_hits *ret_hits)
{
	const struct case_stack *stacks[] = { claim->stack, claim->same_as };

	*ret_hits = (struct cover_hits){ .n = 0 };
	for (size_t i = 0; i < 2 && stacks[i]; i++) {
		bool *marks = marks_new(stacks[i]->stacks[0].stack);
		for (size_t j = 0; j < claim->n; j++) {
			const struct box *box = &claim->boxes[j];
			if (!cover_box(claim, box, stacks[i]->stacks[box->big_endian].stack, marks))
				ret_hits->sampled = true;
		}
		ret_hits->stacks[ret_hits->n++] = (struct cover_stack){ stacks[i], marks };
	}
}

void cover_hits_done(struct cover_hits *hits)
{
	for (size_t i = 0; i < hits->n; i++)
		free(hits->stacks[i].marks);
	*hits = (struct cover_hits){ .n = 0 };
}
