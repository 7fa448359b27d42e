/* SPDX-License-Identifier: MIT */
#include "bench/cost/cost.h"
#include "loader/call.h"

/* What one question may cost: a table of all calls asks some hundreds. */
static const struct vd_budget budget = { .nodes = 2000000, .ms = 2000 };

/* At most so many instructions, or a record that takes more. */
static enum vd_answer ask(struct subject *subject, const struct vd_set *set, unsigned at_most,
			  struct worst *worst)
{
	static const struct vd_range any = { 0, UINT32_MAX };
	struct vd_expect expect = { .values = &any, .n = 1, .max_insns = at_most };
	struct vd_witness witness;
	enum vd_answer answer;

	if (vd_prove_claim(subject->filters.stack, set, &expect, &budget, &answer, &witness) < 0)
		return VD_ANSWER_UNKNOWN;
	if (answer == VD_ANSWER_RECORD) {
		worst->data = witness.data;
		worst->insns = vd_stack_run(subject->filters.stack, &witness.data).insns;
	}
	return answer;
}

/* No record takes more: every filter's length. */
static unsigned longest(const struct subject *subject)
{
	size_t sum = 0;

	for (size_t i = 0; i < vd_stack_len(subject->filters.stack); i++)
		sum += vd_prog_len(vd_stack_prog(subject->filters.stack, i));
	return (unsigned)sum;
}

void worst_case(struct subject *subject, const uint32_t *arch, const uint32_t *nr, struct worst *ret_worst)
{
	struct vd_range archs = { arch ? *arch : 0, arch ? *arch : 0 },
			numbers = { nr ? *nr : 0, nr ? *nr : 0 };
	struct vd_set set = { .arch = { &archs, arch != NULL }, .nr = { &numbers, nr != NULL } };
	struct seccomp_data data = { .nr = nr ? (int)*nr : 0, .arch = arch ? *arch : subject->arch };
	struct worst worst = { .data = data, .proved = true };
	unsigned limit = longest(subject);

	subject_turn_to(subject, &data);
	worst.insns = vd_stack_run(subject->filters.stack, &data).insns;
	/* some record takes worst.insns; none takes more than limit */
	while (worst.insns < limit && worst.proved) {
		unsigned half = worst.insns + (limit - worst.insns) / 2;
		switch (ask(subject, &set, half, &worst)) {
		case VD_ANSWER_PROVED:
			limit = half;
			break;
		case VD_ANSWER_RECORD:
			break;
		case VD_ANSWER_UNKNOWN:
			worst.proved = false;
		}
	}
	*ret_worst = worst;
}
