/* SPDX-License-Identifier: MIT */
/*
 * Output files that are whole or not there: written beside the target under
 * another name, renamed when complete.
 */
#ifndef LOADER_OUTPUT_H
#define LOADER_OUTPUT_H

#include "loader/diag.h"

struct output {
	FILE *file;
	char *path;   /* as shown; NULL: stdout */
	char *temp;   /* renamed to target when done; NULL: the file is written in place */
	char *target; /* path with its symbolic links resolved */
};

/* path NULL or "-" is stdout; devices and pipes are written in place. 0 or -1 (diagnosed). */
int output_open(const char *path, struct diags *diags, struct output *ret_output);
/*
 * Puts the file in its place. -1 (diagnosed): a write failed, nothing was changed. output is done either
 * way.
 */
int output_commit(struct output *output, struct diags *diags);
/* Leaves the target as it was. */
void output_abort(struct output *output);

#endif
