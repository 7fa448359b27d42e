/* SPDX-License-Identifier: MIT */
/* Distinct records, and how often each was seen. */
#ifndef LOADER_RECORD_DISTINCT_H
#define LOADER_RECORD_DISTINCT_H

#include "vm/verdict.h"

/* So many are known again (about 100 MiB); more are taken as new each time. */
#define DISTINCT_MAX (1u << 20)

struct distinct;
/* NULL: no memory. */
struct distinct *distinct_new(void);
void distinct_free(struct distinct *distinct);
/* Counts a record of which some words are not known. True: it is new. */
bool distinct_add(struct distinct *distinct, const struct seccomp_data *data, uint16_t open);
/* How many are known, and how often the i-th was seen. */
size_t distinct_count(const struct distinct *distinct);
uint64_t distinct_times(const struct distinct *distinct, size_t i);

#endif
