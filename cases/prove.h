/* SPDX-License-Identifier: MIT */
/* Claims to the library's prover: exact answers where a set is too large to be run. */
#ifndef CASES_PROVE_H
#define CASES_PROVE_H

#include "cases/claim.h"

/*
 * Decides one box of a claim: what is expected and what it may cost.
 * VD_ANSWER_RECORD: *ret_record breaks the claim.
 */
enum vd_answer prove_box(const struct claim *claim, const struct box *box, struct seccomp_data *ret_record);

/*
 * Whether a box holds no record that its `where` keeps. VD_ANSWER_RECORD:
 * *ret_record is one that it does.
 */
enum vd_answer prove_empty(const struct box *box, struct seccomp_data *ret_record);

/* The same of a claim that two stacks decide the same: what the kernel acts on. */
enum vd_answer prove_same(const struct claim *claim, const struct box *box, struct seccomp_data *ret_record);

/*
 * What the records of a box reach in the filters of a stack, those that the
 * claim makes an exception of left out. NULL: no memory.
 */
struct vd_reach *prove_reach(const struct claim *claim, const struct box *box, const struct vd_stack *stack);

#endif
