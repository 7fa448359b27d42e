/* SPDX-License-Identifier: MIT */
/* Filters that take another number for one whose call must not be made. */
#ifndef BENCH_COST_STANDIN_H
#define BENCH_COST_STANDIN_H

#include "vm/verdict.h"

/*
 * A stack that does with every number, where the other words are data's, what
 * the given one does with data's, on the same way through its programs.
 */
int stand_in_stack(const struct vd_stack *stack, const struct seccomp_data *data,
		   struct vd_stack **ret_stack);

#endif
