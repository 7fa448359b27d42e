/* SPDX-License-Identifier: MIT */
/* Where libyaml's events stand in a file, byte by byte; for loader/yaml.c only. */
#ifndef LOADER_YAML_PLACE_H
#define LOADER_YAML_PLACE_H

#include "loader/yaml.h"

/*
 * libyaml's marks count characters; places are bytes. Both are walked along
 * together, lines too.
 */
struct cursor {
	size_t chars, bytes;
	unsigned line; /* from 1 */
};

/* To the place that so many characters come before, forwards or backwards. */
void cursor_move(struct cursor *cursor, const struct text *text, size_t chars);

/* A scalar as libyaml gives it. */
struct scalar {
	const char *value;
	size_t len;
	bool quoted, block;
	unsigned line; /* where it begins */
};

/*
 * The value of a scalar that stands at a place, as a span: of the file itself
 * when the value stands there as it is, else of a text of its own inside the
 * file's.
 */
struct span scalar_span(const struct scalar *scalar, const struct span *at, struct arena *arena);

/* Where the line that a pointer is in ends. */
const char *line_end(const char *at, const char *end);

#endif
