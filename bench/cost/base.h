/* SPDX-License-Identifier: MIT */
/* What a call costs in the kernel besides the instructions of its filters. */
#ifndef BENCH_COST_BASE_H
#define BENCH_COST_BASE_H

#include "bench/cost/cost.h"
#include "bench/cost/probe.h"

/* A stack of one filter that allows everything, with a look at an argument or without. */
int small_stack(bool look, struct vd_stack **ret_stack);

struct base_tasks {
	struct turn_task none;	/* no filters */
	struct turn_task allow; /* one that the bitmap knows */
	struct turn_task small; /* one that looks at an argument, and allows */
	struct turn_task guard; /* the guard alone */
	struct turn_task small_guarded;
};

/*
 * Starts the tasks; adds probes, best before and after those of calls, so that
 * they are taken all over a pass; takes their results. [1] is int $0x80's.
 */
struct base_calls {
	struct seccomp_data data[2];
	size_t n; /* of them */
};
int base_start(struct turns *turns, struct base_tasks *tasks, struct base_calls *ret_calls);
int base_add(const struct base_calls *calls, const struct base_tasks *tasks, struct probes *probes);
void base_take(const struct base_calls *calls, const struct base_tasks *tasks, const struct probes *probes,
	       struct kernel_base ret_base[2]);

#endif
