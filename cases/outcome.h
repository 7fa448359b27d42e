/* SPDX-License-Identifier: MIT */
/* What a stack may return: actions, values and classes of them. */
#ifndef CASES_OUTCOME_H
#define CASES_OUTCOME_H

#include "cases/expect.h"

/* One outcome, or a list of them; problems are diagnosed and left out. */
struct outcomes outcomes_read(const struct node *node, struct arena *arena, struct diags *diags);

/* Whether any of them is what a stack's value means. */
bool outcomes_match(const struct outcomes *outcomes, uint32_t ret);

/*
 * The values at which outcomes_match() may change its answer, 0 among them,
 * in any order into ret_edges (NULL: only count). Returns how many there are.
 */
size_t outcomes_edges(const struct outcomes *outcomes, uint64_t *ret_edges);

#endif
