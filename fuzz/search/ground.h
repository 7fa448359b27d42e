/* SPDX-License-Identifier: MIT */
/*
 * One box of a goal while it is searched: what judges its records, how they are
 * changed, and the records kept because they took a way through the programs
 * that none had taken before.
 */
#ifndef FUZZ_SEARCH_GROUND_H
#define FUZZ_SEARCH_GROUND_H

#include "fuzz/search/goal.h"
#include "fuzz/search/table.h"

/* A stack as it is needed here; shared by all boxes that it judges. */
struct judge {
	struct judge *next;
	const struct vd_stack *stack;
	struct vd_engine *engine;
	struct vd_fact **facts; /* of each filter */
	size_t edges;		/* bytes (vm/edges.h) */
	size_t reachable;	/* edges, of them, that some path leads to */
	uint16_t used;		/* words that its programs load */
};

struct judges {
	struct judge *first;
};

void judges_done(struct judges *judges);

struct entry {
	struct seccomp_data data;
	bool meant;	  /* the box's `where` keeps it */
	unsigned untaken; /* ways beside its path that no record took */
};

/* What stands in the way of a record: `where` first, then the stack, then the other one. */
enum { BY_WHERE, BY_OWN, BY_OTHER, GROUND_JUDGES };

struct ground {
	const struct goal *goal;
	const struct box *box;
	struct judge *judges[GROUND_JUDGES]; /* NULL: there is none */
	struct table table;
	struct entry *entries;
	size_t n, cap;
	uint8_t *edges;
	size_t edges_at[GROUND_JUDGES], n_edges;
	uint64_t records; /* judged so far */
	bool alone;	  /* without what the prover found when the case was read */
	bool explored;
	size_t n_meant;	    /* of the entries */
	struct arena arena; /* its own: grounds are explored side by side */
};

#define ENTRIES_MAX 4096

void ground_init(struct ground *ground, const struct goal *goal, const struct box *box,
		 struct judges *judges);
void ground_done(struct ground *ground);

/*
 * Runs a record and marks its edges in `edges` (those of the ground, or a
 * copy). *ret_meant: `where` keeps it. True: some edge is new.
 */
bool ground_run(const struct ground *ground, const struct seccomp_data *data, uint8_t *edges,
		bool *ret_meant);

/* Keeps a record that takes an edge which none did before, and the first that is meant. True: an edge is new.
 */
bool ground_keep(struct ground *ground, const struct seccomp_data *data, bool *ret_meant);

/*
 * The first records: those given, interesting calls, and from each kept one
 * those that take the ways beside its path. Each is told to fn (which may be
 * NULL) with whether it is meant; it returns false to stop.
 */
typedef bool (*ground_fn)(void *userdata, const struct seccomp_data *data);
void ground_explore(struct ground *ground, const struct seccomp_data *seeds, size_t n, ground_fn fn,
		    void *userdata);

/* Edges taken by any record, without those of `where`, and how many there are. */
void ground_coverage(const struct ground *ground, size_t *ret_taken, size_t *ret_all);

#endif
