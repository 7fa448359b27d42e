/* SPDX-License-Identifier: MIT */
#include "cases/broken.h"
#include "cases/where.h"

bool box_contains(const struct box *box, const struct seccomp_data *data)
{
	if (!set_contains(box->nr, (uint32_t)data->nr) || !set_contains(box->arch, data->arch) ||
	    !set_contains(box->values[0], data->instruction_pointer))
		return false;
	for (unsigned i = 0; i < 6; i++)
		if (!set_contains(box->values[1 + i], data->args[i]))
			return false;
	return !box->where || where_holds(box->where, data);
}

bool claim_excepts(const struct claim *claim, const struct seccomp_data *data)
{
	for (size_t i = 0; i < claim->n_except; i++)
		if (box_contains(&claim->except[i], data))
			return true;
	return false;
}

void answer_found(struct answer *answer, const struct box *box, const struct seccomp_data *record,
		  const struct vd_verdict *verdict, bool over_limit)
{
	answer->holds = false;
	answer->over_limit = over_limit;
	answer->record = *record;
	answer->verdict = *verdict;
	answer->box = box;
}

void answer_other(const struct claim *claim, struct answer *answer, const struct box *box,
		  const struct seccomp_data *record)
{
	struct vd_verdict verdict = vd_stack_run(claim->stack->stacks[box->big_endian].stack, record);

	answer_found(answer, box, record, &verdict, false);
	answer->other = vd_stack_run(claim->same_as->stacks[box->big_endian].stack, record);
}

bool claim_broken(const struct claim *claim, const struct box *box, const struct seccomp_data *data,
		  struct answer *ret_answer)
{
	struct vd_verdict verdict = vd_stack_run(claim->stack->stacks[box->big_endian].stack, data);

	if (claim->same_as) {
		const struct vd_stack *other = claim->same_as->stacks[box->big_endian].stack;
		if (vd_effective(verdict.ret) == vd_effective(vd_stack_run(other, data).ret) ||
		    claim_excepts(claim, data))
			return false;
		answer_other(claim, ret_answer, box, data);
		return true;
	}
	bool matches = !box->expect || expect_matches(box->expect, &verdict);
	if (matches && (!claim->max_insns || verdict.insns <= claim->max_insns))
		return false;
	answer_found(ret_answer, box, data, &verdict, matches);
	return true;
}
