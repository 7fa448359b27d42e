/* SPDX-License-Identifier: MIT */
/* What was decided, how often: a row for each system call and verdict. */
#ifndef LOADER_EXEC_TALLY_H
#define LOADER_EXEC_TALLY_H

#include "loader/arena.h"
#include "vm/verdict.h"

struct tally_row {
	struct seccomp_data first; /* the first such call */
	struct vd_verdict verdict;
	int abi;
	uint64_t n;
	uint64_t order; /* of the first: how many calls came before it */
	struct tally_row *next;
};

/* Rows past this many are counted together: a program may return any value. */
#define TALLY_ROWS_MAX 10000
#define TALLY_BUCKETS 4096

struct tally {
	struct arena arena;
	struct tally_row *buckets[TALLY_BUCKETS];
	size_t rows;
	uint64_t calls, denied, others;
};

void tally_init(struct tally *tally);
void tally_done(struct tally *tally);
void tally_add(struct tally *tally, const struct seccomp_data *call, int abi, struct vd_verdict verdict);

/* Whether a verdict keeps a call from running as it was made. */
bool verdict_denies(uint32_t ret);

enum tally_order {
	TALLY_BY_VERDICT, /* the strongest action first, then the most frequent */
	TALLY_BY_TIME,
};
/* All rows, an array for the caller to free. */
struct tally_row **tally_sorted(const struct tally *tally, enum tally_order order);

#endif
