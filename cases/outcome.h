/* SPDX-License-Identifier: MIT */
/* What a stack may return: actions, values and classes of them. */
#ifndef CASES_OUTCOME_H
#define CASES_OUTCOME_H

#include "cases/expect.h"

/* One outcome, or a list of them; problems are diagnosed and left out. */
struct outcomes outcomes_read(const struct node *node, struct arena *arena, struct diags *diags);

/* Whether any of them is what a stack's value means. */
bool outcomes_match(const struct outcomes *outcomes, uint32_t ret);

#endif
