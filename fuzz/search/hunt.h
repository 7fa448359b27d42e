/* SPDX-License-Identifier: MIT */
/*
 * The search: proofs first where they are wanted, then rounds of slices. What a
 * slice does depends on the seed, its number and what earlier rounds found, so
 * the same seed finds the same whatever the number of threads is.
 */
#ifndef FUZZ_SEARCH_HUNT_H
#define FUZZ_SEARCH_HUNT_H

#include "fuzz/search/ground.h"

#include <signal.h>

enum goal_status {
	HUNT_OPEN,
	HUNT_FOUND,
	HUNT_HOLDS,   /* decided: proved or enumerated */
	HUNT_SPENT,   /* the budget is, and nothing was found */
	HUNT_UNASKED, /* the kernel cannot be asked */
};

struct goal_state {
	enum goal_status status;
	struct answer
		answer; /* FOUND: the record as it was found, then as it was minimised; HOLDS: the basis */
	bool by_proof;	/* the prover found it */
	uint64_t after; /* records of this goal judged before */
	bool has_near;
	struct seccomp_data near; /* the nearest record for which the claim holds */
	struct vd_verdict near_verdict;
	unsigned near_bits;
	uint32_t kernel; /* GOAL_KERNEL: its value; GOAL_ENGINE: the engine's */
	bool seen;	 /* GOAL_KERNEL: as a task experiences it, not as a value */
	uint64_t slices; /* so far */
	size_t first, n; /* its grounds */
	size_t next;	 /* ground of the next slice */
};

struct hunt_opts {
	uint64_t seed;
	uint64_t runs; /* records, all goals together; 0: no limit */
	unsigned ms;   /* 0: no limit */
	unsigned jobs;
	bool no_proof;
	bool progress; /* a line on stderr */
	const struct seccomp_data *seeds;
	size_t n_seeds;
};

struct hunt {
	struct goals *goals;
	struct hunt_opts opts;
	struct goal_state *states; /* one for each goal */
	struct ground *grounds;
	size_t n_grounds;
	struct judges judges;
	struct kernel_judge *kernel;
	const char *why_not; /* the kernel cannot be asked */
	uint64_t records;
	double proof_seconds, seconds; /* proofs, and the search after them */
	double begun;
	bool interrupted;
};

void hunt_run(struct hunt *hunt);
void hunt_done(struct hunt *hunt);

/* Set by a signal: the search ends with what it has. */
extern volatile sig_atomic_t hunt_stop;

/*
 * The kernel's oracles make calls in processes that share this one's memory and
 * handlers: no signal may come there while filters are tried.
 */
void hunt_hold_signals(sigset_t *ret_before);
void hunt_release_signals(const sigset_t *before);

/* Seconds of a clock that only goes forward. */
double hunt_now(void);

/* ------------------------------------------------------------ slices -- */

struct slice {
	struct hunt *hunt;
	struct ground *ground;
	uint64_t seed;
	size_t records; /* to judge */
	/* out: */
	uint64_t done;
	bool found;
	struct seccomp_data record;
	struct seccomp_data fresh[32]; /* that may take new edges */
	size_t n_fresh;
};

#define SLICE_RECORDS 65536u
#define KERNEL_RECORDS 8192u /* so many of a slice that the kernel judges */
void slice_run(struct slice *slice);

/* Whether a record breaks a goal; then *ret_state's answer (and kernel) say how. */
bool goal_broken(struct hunt *hunt, const struct ground *ground, const struct seccomp_data *data,
		 struct goal_state *ret_state);

/* Makes what was found small, and looks for the nearest record for which the goal holds. */
void hunt_shrink(struct hunt *hunt, struct goal_state *state, const struct ground *ground);

/* ------------------------------------------------------------ kernel -- */

struct kernel_judge;
/* NULL and *ret_why: it cannot be asked. */
struct kernel_judge *kernel_judge_new(const struct vd_stack *stack, const char **ret_why);
void kernel_judge_free(struct kernel_judge *judge);
/*
 * The first of n records that machine and kernel decide differently, n: none,
 * or a negative errno. *ret_value is what the kernel says, *ret_seen: as a task
 * experiences it. *ret_asked: how many the kernel answered for.
 */
long kernel_judge_ask(struct kernel_judge *judge, const struct seccomp_data *records, size_t n,
		      uint32_t *ret_value, bool *ret_seen, size_t *ret_asked);

#endif
