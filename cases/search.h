/* SPDX-License-Identifier: MIT */
/*
 * Enumeration driven by what the programs read. A record starts with all its
 * words open that have more than one value. The stack runs until it loads an
 * open word; that word is fixed to each of its values in turn. Words that are
 * never loaded are never enumerated, so the answer covers all their values.
 */
#ifndef CASES_SEARCH_H
#define CASES_SEARCH_H

#include "cases/claim.h"

struct search {
	const struct claim *claim;
	const struct box *box;
	const struct vd_stack *stack;
	struct arena arena; /* lists of values on the way down */
	struct seccomp_data record;
	uint16_t open;
	unsigned long long records, runs, runs_max;
	struct claim_records *list; /* records are collected, not judged; NULL: they are judged */
	bool every_arch; /* collected are those of archs that no kernel here has an entry for, too */
	bool sample;	 /* take chosen values where there are too many */
	bool sampled;	 /* some were chosen */
	bool too_many;	 /* the set is larger than one claim may run: nothing is known yet */
	bool failed;	 /* record and verdict break the claim */
	bool over_limit;
	struct vd_verdict verdict;
};

/* Runs one box; budget: records that its open words may stand for. What was found stays in search. */
void search_box(struct search *search, const struct box *box, unsigned long long budget);

/* The budget of each box of a claim that is sampled. */
unsigned long long search_samples(const struct claim *claim);

#endif
