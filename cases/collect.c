/* SPDX-License-Identifier: MIT */
/* Records of a claim's set, without a judgement. */
#include "cases/search.h"

#include <stdlib.h>

/* The records of one box that the kernel may be asked: all of them, or those at the boundaries. */
static void collect_box(const struct claim *claim, const struct box *box, unsigned long long max,
			unsigned long long budget, struct claim_records *list)
{
	size_t before = list->n;
	bool too_many = false;

	for (int sample = 0; sample < 1 + too_many; sample++) {
		struct search search = { .claim = claim, .sample = sample, .runs_max = max, .list = list };
		list->n = before;
		search_box(&search, box, sample ? budget : max);
		too_many = search.too_many;
	}
}

void claim_collect(const struct claim *claim, size_t max, bool (*wanted)(const struct box *box),
		   struct claim_records *ret_records)
{
	unsigned long long budget = search_samples(claim);
	struct claim_records records = { 0 };

	for (size_t i = 0; i < claim->n && records.n < max; i++)
		if (wanted(&claim->boxes[i]))
			collect_box(claim, &claim->boxes[i], max - records.n, budget, &records);
	*ret_records = records;
}

bool claim_runs(const struct claim *claim, const struct box *box, size_t max, bool sample,
		struct claim_records *ret_records)
{
	unsigned long long budget = search_samples(claim);
	struct claim_records records = { 0 };
	struct search search = { .claim = claim, .runs_max = max, .list = &records, .every_arch = true };

	search_box(&search, box, max);
	bool all = !search.too_many;
	if (!all) {
		free(records.items);
		records = (struct claim_records){ 0 };
	}
	if (!all && sample) {
		search = (struct search){ .claim = claim,
					  .runs_max = CLAIM_RUNS_MAX,
					  .list = &records,
					  .every_arch = true,
					  .sample = true };
		search_box(&search, box, budget);
	}
	*ret_records = records;
	return all;
}
