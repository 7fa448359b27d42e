/* SPDX-License-Identifier: MIT */
/* What was decided, how often: a row for each system call and verdict. */
#ifndef LOADER_TALLY_TALLY_H
#define LOADER_TALLY_TALLY_H

#include "loader/arena.h"
#include "loader/json.h"
#include "vm/verdict.h"

struct tally_row {
	struct seccomp_data first; /* the first such call */
	struct vd_verdict verdict;
	uint32_t old; /* where two policies are compared: what the first returned */
	int abi;
	uint64_t n;
	uint64_t order; /* of the first: how many calls came before it */
	void *data;	/* the caller's */
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
/* n calls like this one. Its row, for n of which it is new; NULL: there are too many. */
struct tally_row *tally_add(struct tally *tally, const struct seccomp_data *call, struct vd_verdict verdict,
			    uint32_t old, uint64_t n);

/* Whether a verdict keeps a call from running as it was made. */
bool verdict_denies(uint32_t ret);

enum tally_order {
	TALLY_BY_VERDICT, /* the strongest action first, then the most frequent */
	TALLY_BY_TIME,
	TALLY_BY_COUNT, /* the most frequent first */
};
/* All rows, an array for the caller to free. */
struct tally_row **tally_sorted(const struct tally *tally, enum tally_order order);

/* "x86_64 mkdir": a row's call without its arguments. */
void tally_call_name(const struct tally_row *row, char *buf, size_t size);
/* A line for each row: how often, verdict, filter (names: of the stack's), call; TALLY_BY_VERDICT. */
void tally_print(const struct tally *tally, char *const *names, FILE *out);
/* A row's JSON object without its closing bracket: count, verdict, denied, first. */
void tally_row_json(struct json *json, const struct tally_row *row, const char *filter);

#endif
