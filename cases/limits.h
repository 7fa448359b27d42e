/* SPDX-License-Identifier: MIT */
/* `limits:` of a case or a file: what records may cost, and how much is covered. */
#ifndef CASES_LIMITS_H
#define CASES_LIMITS_H

#include "loader/yaml.h"

#include <stdbool.h>

/* Both limits, 0 where there is none. False: diagnosed. */
bool limits_read(const struct node *node, struct diags *diags, unsigned *ret_insns, unsigned *ret_coverage);

/* Whether it says something of coverage; NULL does not. */
bool limits_coverage(const struct node *limits);

#endif
