/* SPDX-License-Identifier: MIT */
/* Differences between two tasks of loader/kernel/turns.h: many of them, in passes over all. */
#ifndef BENCH_COST_PROBE_H
#define BENCH_COST_PROBE_H

#include "bench/cost/estimate.h"
#include "loader/kernel/turns.h"

/* What a call takes in task a over what it takes in task b, in nanoseconds. */
struct probe {
	const struct turn_task *a, *b;
	const struct seccomp_data *data, *data_b; /* of a, and of b */
	double *turns_a, *turns_b;		  /* by pass; filled by probes_run() */
};

struct probes {
	struct probe *items;
	size_t n, cap;
	size_t passes; /* that were made */
	bool *quiet;   /* of each pass, by probe: whether its turns count; NULL: all do */
	double share;  /* of the turns that were taken while the machine was left alone (quiet.h) */
};

/* One call in both. 0 or -ENOMEM. */
int probes_add(struct probes *probes, const struct turn_task *a, const struct turn_task *b,
	       const struct seccomp_data *data);
/* Another call in b. */
int probes_add_other(struct probes *probes, const struct turn_task *a, const struct seccomp_data *data_a,
		     const struct turn_task *b, const struct seccomp_data *data_b);
/*
 * At least so many passes, and until the time is over. With one companion, the
 * same short b in every probe, turns count that were taken while the machine was
 * left alone, and it goes on until that was so for as much of the time, but for a
 * tenth, and four times as long at most. Errors as turns_take(), and -ENOMEM.
 */
struct probe_run {
	unsigned calls, min; /* of one turn; passes */
	double seconds;
	bool one_companion;
};
int probes_run(struct probes *probes, struct turns *turns, const struct probe_run *run);
/*
 * The difference that the i-th probe found; b NULL: to its own b. Else to this,
 * which was measured at full speed: as much as b's turns in this probe were
 * slower, the machine was, and a's were too.
 */
struct estimate probes_result(const struct probes *probes, size_t i, const struct speed *b);
/*
 * The same for each of a's tasks, into ret_ns[a->n]: of all passes; or of every
 * second round of the tasks (part 1 and 2; there are two at least), each by b's
 * turns in its own passes. A task of whose turns none counts has the mean of the
 * others. 0 or -ENOMEM.
 */
int probes_by_task(const struct probes *probes, size_t i, const struct speed *b, unsigned part,
		   double *ret_ns);
/* All turns of a task together, as a or as b, in which it made calls of one arch. */
struct speed probes_speed(const struct probes *probes, uint32_t arch, const struct turn_task *task);
/*
 * The same for a task that is measured beside b alone, scaled as probes_result()
 * does: to b's full speed.
 */
struct speed probes_speed_beside(const struct probes *probes, uint32_t arch, const struct turn_task *task,
				 const struct turn_task *b, const struct speed *full);
void probes_done(struct probes *probes);

#endif
