/* SPDX-License-Identifier: MIT */
/* Words on lines of at most 80 columns. */
#ifndef LOADER_SHOW_TEXT_H
#define LOADER_SHOW_TEXT_H

#include "loader/show/show.h"

#define TEXT_WIDTH 80

struct wrap {
	FILE *out;
	int indent, column; /* column 0: nothing is written yet on the line */
};

void wrap_init(struct wrap *wrap, FILE *out, int indent);
/* What must not be broken; spaces between them are put here. */
void wrap_word(struct wrap *wrap, const char *word, size_t len);
/* Words of a text. */
void wrap_text(struct wrap *wrap, const char *text);
void wrap_end(struct wrap *wrap);

#endif
