/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics: values with a place, collected while reading and printed by one
 * function:
 *
 *   policy.yaml:7:12: error: unknown system call 'mkdri'
 *     7 |   syscall: mkdri
 *       |            ^~~~~
 *     write 'mkdir' instead
 */
#ifndef LOADER_DIAG_H
#define LOADER_DIAG_H

#include "loader/text.h"
#include <stdio.h>

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

/* Holds copies of all it shows: texts may go before it does. Not for use by two threads at once. */
struct diags {
	struct diag *items;
	size_t n, cap;
	size_t errors, warnings;
	size_t dropped; /* past the limit of one run */
	size_t repeats; /* the same at the same place, kept once: an aliased list is read for each of its uses
			 */
	bool kept;	/* the last one was, and takes a hint */
};

/* At most this many are kept of one run, half of them warnings; the rest is counted. */
#define DIAGS_MAX 1000

/* Whether more would not be kept: a reader may stop. */
static inline bool diags_full(const struct diags *diags)
{
	return diags && diags->n >= DIAGS_MAX;
}

void diags_init(struct diags *diags);
void diags_done(struct diags *diags);

/* A problem at a place. The message is one line, lower case, no full stop. Pass diags NULL to drop it. */
void diag_error(struct diags *diags, const struct span *where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_warning(struct diags *diags, const struct span *where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A problem of a whole file (it cannot be read, say): "PATH: error: ...", no source line. */
void diag_file_error(struct diags *diags, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_file_warning(struct diags *diags, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What to write instead: a line under the caret of the diagnostic added last. */
void diag_hint(struct diags *diags, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The usual hint: "did you mean 'a', 'b' or 'c'?"; nothing when n is 0. */
void diag_hint_names(struct diags *diags, const char *const *names, size_t n);

/* Moves all of from's diagnostics to the end of to. */
void diags_append(struct diags *to, struct diags *from);

/*
 * Prints them in order of file and line (files in the order they first appear),
 * at most DIAGS_SHOWN errors and as many warnings of each file; how many more
 * there are is said. Colour as told.
 */
#define DIAGS_SHOWN 20
void diags_print(const struct diags *diags, FILE *out, bool colour);

/* Whether colour is wanted on a stream: a terminal, and NO_COLOR is not set. */
bool diag_colour(FILE *stream);

#endif
