/* SPDX-License-Identifier: MIT */
/* Values worth trying where there are too many to try them all. */
#ifndef CASES_SAMPLES_H
#define CASES_SAMPLES_H

#include "cases/archs.h"

#define RECORD_WORDS 16 /* 32-bit words of struct seccomp_data */

struct word_list {
	uint32_t *items;
	size_t n, cap;
};

/* What the programs of a stack compare each word with, by the word's offset; immutable. */
struct samples {
	struct word_list words[RECORD_WORDS];
	struct word_list derived; /* numbers that meet something computed: tried in every word */
};

const struct samples *samples_new(const struct vd_stack *stack, struct arena *arena);

/*
 * Values of a word to try, in ascending order, all from allowed, at most max
 * unless the word is nr or arch (those lists are bounded by what the tables
 * know): all of them when they are no more, else the ends of allowed, the
 * programs' constants and their neighbours, sign bits, all ones, single bits. What first (may be NULL)
 * compares with comes before that.
 */
enum { WORD_NR = 0, WORD_ARCH = 1 };
struct word_list samples_pick(const struct samples *first, const struct samples *samples, unsigned word,
			      const struct set *allowed, int abi, size_t max, struct arena *arena);

#endif
