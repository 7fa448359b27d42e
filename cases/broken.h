/* SPDX-License-Identifier: MIT */
/* One record against a claim. */
#ifndef CASES_BROKEN_H
#define CASES_BROKEN_H

#include "cases/claim.h"

/* Whether a record is one of the box's. */
bool box_contains(const struct box *box, const struct seccomp_data *data);
/* Whether a record is left out of a claim that two stacks decide the same. */
bool claim_excepts(const struct claim *claim, const struct seccomp_data *data);

/*
 * Whether a record of the box breaks the claim. Then *ret_answer tells how, as
 * claim_decide() does; what else is in it stays.
 */
bool claim_broken(const struct claim *claim, const struct box *box, const struct seccomp_data *data,
		  struct answer *ret_answer);

/* Writes down what breaks a claim: a verdict, or (answer_other()) that two stacks decide differently. */
void answer_found(struct answer *answer, const struct box *box, const struct seccomp_data *record,
		  const struct vd_verdict *verdict, bool over_limit);
void answer_other(const struct claim *claim, struct answer *answer, const struct box *box,
		  const struct seccomp_data *record);

#endif
