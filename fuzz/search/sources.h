/* SPDX-License-Identifier: MIT */
/*
 * The filters of a finding, as its case file names them: files stay where they
 * are, so that the case passes once they are mended; what cannot be read again
 * (stdin, a live task) is written down beside the case.
 */
#ifndef FUZZ_SEARCH_SOURCES_H
#define FUZZ_SEARCH_SOURCES_H

#include "cases/claim.h"

struct source_writer {
	struct arena arena;
	const char *folder;
	struct diags *diags;
	struct written {
		const struct filter *filter;
		const char *name;
		const char *spec; /* quoted; NULL: node */
		const char *base; /* of the relative paths in node */
		size_t copies;	  /* written as this many programs: NAME, NAME-2, ... */
		const char *stem; /* of their files */
	} * items;
	size_t n, cap;
};

/* path: the case file's. 0 or -1 (diagnosed). */
int source_writer_init(struct source_writer *writer, const char *folder, const char *path,
		       const struct claim *claim, struct diags *diags);
void source_writer_done(struct source_writer *writer);

/* `filters:`, and a stack's names as a list and a newline. */
void source_writer_filters(struct source_writer *writer, FILE *out);
void source_writer_stack(struct source_writer *writer, FILE *out, const struct case_stack *stack);

/* A YAML node on one line. paths (may be NULL) makes the path of a `file:` another. */
struct path_map {
	const char *base, *folder;
	struct arena *arena;
};
void write_node(FILE *out, const struct node *node, const struct path_map *paths);
/* Text as a scalar in double quotes. */
void write_quoted(FILE *out, const char *text, size_t len);

#endif
