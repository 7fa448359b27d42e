/* SPDX-License-Identifier: MIT */
/* What the rules say of a record, read line by line. */
#include "loader/rules/rules.h"
#include "vm/action.h"

#include <stdlib.h>

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	arena_done(&rules->arena);
	free(rules);
}

bool rules_about(const struct rules *rules, int abi)
{
	for (size_t i = 0; i < rules->n_abis; i++)
		if (rules->abis[i] == abi)
			return true;
	return false;
}

static bool before(const struct rules_entry *entry, int abi, uint32_t nr)
{
	return entry->abi != abi ? entry->abi < abi : entry->last < nr;
}

const struct rules_entry *rules_entries(const struct rules_filter *filter, int abi, uint32_t nr,
					size_t *ret_n)
{
	size_t lo = 0, hi = filter->n, n = 0;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (before(&filter->entries[mid], abi, nr))
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo + n < filter->n && filter->entries[lo + n].abi == abi && filter->entries[lo + n].nr <= nr &&
	       filter->entries[lo + n].last >= nr)
		n++;
	*ret_n = n;
	return filter->n ? filter->entries + lo : NULL;
}

struct rules_answer rules_answer_of(const struct rules *rules, size_t i, const struct seccomp_data *record)
{
	const struct rules_filter *filter = &rules->filters[i];
	int abi = vd_abi_of(record->arch, (uint32_t)record->nr);
	struct rules_answer answer = { .ret = filter->by_default, .filter = (int)i };
	size_t n;

	if (!rules_about(rules, abi)) {
		answer.ret = filter->others;
		abi = VD_ABI_NONE;
	}
	const struct rules_entry *entry = rules_entries(filter, abi, (uint32_t)record->nr, &n);
	for (; n; n--, entry++) {
		const struct rules_line *line = &rules->lines[entry->line];
		bool held = pred_holds(&entry->pred, record);
		uint32_t ret = held ? line->if_true : line->if_false;
		if (!held && line->on_false == RULES_NOTHING)
			continue;
		/* The strongest; of equals the later line. */
		if (answer.entry && vd_action_rank(ret) > vd_action_rank(answer.ret))
			continue;
		answer.ret = ret;
		answer.entry = entry;
		answer.held = held;
	}
	return answer;
}

struct rules_answer rules_answer(const struct rules *rules, const struct seccomp_data *record)
{
	struct rules_answer best = { .ret = SECCOMP_RET_ALLOW, .filter = -1 };

	/* The newest first, and only what is strictly stronger counts (kernel/seccomp.c:
	 * seccomp_run_filters). */
	for (size_t i = rules->n_filters; i-- > 0;) {
		struct rules_answer answer = rules_answer_of(rules, i, record);
		if (vd_action_rank(answer.ret) < vd_action_rank(best.ret))
			best = answer;
	}
	return best;
}
