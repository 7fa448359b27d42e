/* SPDX-License-Identifier: MIT */
/* What the readers of a case's keys share: scalars as words, and flattened lists of them. */
#ifndef CASES_WORDS_H
#define CASES_WORDS_H

#include "loader/yaml.h"

/* Calls fn for each single value of a node, nested lists flattened; mappings are diagnosed. */
typedef void (*word_fn)(void *userdata, const struct node *word);
void words_each(const struct node *node, const char *what, struct diags *diags, word_fn fn, void *userdata);

/*
 * Refuses what is no word of the field but of YAML: nothing, null, and booleans
 * where a number or a name is meant. what: "a number", "an ABI". 0 or -1.
 */
int word_check(const struct node *word, const char *what, struct diags *diags);

/* `a..b` in two; false: no range. */
bool word_range(const struct span *word, struct span *ret_first, struct span *ret_last);

/* A node that must be one word: its text, copied. NULL: it is none (diagnosed as not being what). */
char *word_text(const struct node *node, const char *what, struct arena *arena, struct diags *diags);

/* A text's own piece of a span, for readers that take whole texts. Lives as long as the arena and the span's
 * text. */
const struct text *span_piece(const struct span *span, unsigned line, struct arena *arena);

/* How a word is shown in messages: "%.*s" with these two. */
#define WORD_SHOWN 64
#define WORD_ARGS(span) \
	(int)((span)->len < WORD_SHOWN ? (span)->len : WORD_SHOWN), (span)->text->data + (span)->off

#endif
