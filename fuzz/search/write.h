/* SPDX-License-Identifier: MIT */
/* What was found, as a case file that fails until the filter is mended. */
#ifndef FUZZ_SEARCH_WRITE_H
#define FUZZ_SEARCH_WRITE_H

#include "cases/broken.h"
#include "fuzz/search/hunt.h"

/*
 * Writes finding `number` as a case file into a folder, which is made when it is
 * not there. *ret_path is the file's, to be freed. 0 or -1 (diagnosed).
 */
int finding_write(const char *folder, const struct goal *goal, const struct goal_state *state, size_t number,
		  struct diags *diags, char **ret_path);

/* What should have been, for people. Returns the length, as snprintf does. */
int expected_format(const struct goal *goal, const struct goal_state *state, char *buf, size_t size);

/* arch, syscall, args and ip of one record, as lines of a case. */
void write_record(FILE *out, const struct seccomp_data *data);

#endif
