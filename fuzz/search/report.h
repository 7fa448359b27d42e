/* SPDX-License-Identifier: MIT */
/* What a search found, for people and for programs. */
#ifndef FUZZ_SEARCH_REPORT_H
#define FUZZ_SEARCH_REPORT_H

#include "fuzz/search/hunt.h"

/* paths: the case file written for each goal, NULL: none. */
void hunt_report_text(const struct hunt *hunt, char *const *paths, FILE *out, bool colour);
void hunt_report_json(const struct hunt *hunt, char *const *paths, FILE *out);

/* How many goals have a status, and edges taken of all. */
size_t hunt_count(const struct hunt *hunt, enum goal_status status);

#endif
