/* SPDX-License-Identifier: MIT */
/*
 * How the records of a box are changed: each change replaces bits of one of a
 * record's eight 64-bit words by those of a value from a list, so that it takes
 * no branch. All changes lead from records of the box to records of the box,
 * but for its `where`.
 */
#ifndef FUZZ_SEARCH_TABLE_H
#define FUZZ_SEARCH_TABLE_H

#include "fuzz/search/calls.h"

#define TABLE_VALUES 256 /* of each list */
#define TABLE_CHANGES 64 /* a list that comes more often stands here several times */
#define TABLE_LISTS 24
#define RECORD_U64 8 /* 0: nr and arch, 1: ip, 2 to 7: arguments */

struct change {
	uint8_t word; /* which of the eight */
	uint8_t list;
	uint64_t keep; /* bits of it that stay; the value's are put in by exclusive or */
};

struct list {
	uint64_t values[TABLE_VALUES];
	size_t fixed; /* the rest is drawn anew for each run */
	enum { LIST_MEMBERS, LIST_LOW, LIST_HIGH, LIST_CALLS } kind;
};

struct table {
	const struct box *box;
	struct calls calls;
	struct change changes[TABLE_CHANGES];
	struct list *lists;
	size_t n_lists;
	uint64_t start[RECORD_U64]; /* some record of the box */
};

/* used: words of the record that anything reads, by their offset / 4. Samples may be NULL. */
void table_init(struct table *table, const struct box *box, const struct samples *own,
		const struct samples *more, const struct samples *where, uint16_t used, struct arena *arena);

/* Draws new values for the lists of a copy, lists[n_lists]. */
void table_draw(const struct table *table, struct list *lists, struct vd_random *random);

/* A record as eight words, as it lies in memory. */
typedef uint64_t record_word __attribute__((may_alias));
static inline record_word *record_words(struct seccomp_data *data)
{
	return (record_word *)(void *)data;
}

#endif
