/* SPDX-License-Identifier: MIT */
/* What a case says, in one line: names of cases without one, and the claim in reports. */
#ifndef CASES_BRIEF_H
#define CASES_BRIEF_H

#include "cases/keys.h"

/* A node on one line, "[a, b, c]"; what is longer than size ends in "...". Returns buf. */
char *node_brief(const struct node *node, char *buf, size_t size);

/* "x86_64 ioctl {cmd: TIOCSTI} -> denied", from a case's keys by enum case_key. Returns buf. */
char *claim_brief(const struct node *const *keys, char *buf, size_t size);

#endif
