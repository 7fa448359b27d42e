/* SPDX-License-Identifier: MIT */
/*
 * What calls cost in the running kernel: tasks of one family (tasks.h), each
 * under filters of its own, take short turns on one CPU. What one turn makes
 * slow (an interrupt, another program) is left behind by taking many. Where the
 * kernel puts the programs makes up to a tenth of their cost: filters are
 * installed several times over, for as many tasks, which take the turns of one.
 * Programs of any length between theirs, in tasks that take no turns, make each
 * task's places independent of the others'.
 */
#ifndef LOADER_KERNEL_TURNS_H
#define LOADER_KERNEL_TURNS_H

#include "vm/verdict.h"

#include <sys/types.h>

struct turns;

/* For the calling thread only. -errno: see kernel_behaviour_explain(). */
int turns_new(struct turns **ret_turns);
void turns_free(struct turns *turns); /* NULL is fine; the tasks die */

/* Tasks that are alike and take turns for each other. */
#define TURN_TASKS_MAX 64
struct turn_task {
	pid_t ids[TURN_TASKS_MAX];
	unsigned n; /* 0: there is none */
};

enum {
	/*
	 * One filter more, newest, answers every call with an errno: no call runs,
	 * whatever the others say, unless they say something stronger.
	 */
	TURN_GUARDED = 1,
};

/*
 * n tasks under `copies` times a stack's filters. -EACCES: without
 * CAP_SYS_ADMIN, and one of them forbids what installing the next one takes;
 * -ENOMEM: over the kernel's limit. Calls that run do so as nobody, without
 * privileges, where this process has some.
 */
struct turn_filters {
	const struct vd_stack *stack; /* NULL: none */
	size_t copies;
	unsigned flags;
};
int turns_task(struct turns *turns, const struct turn_filters *filters, unsigned n,
	       struct turn_task *ret_task);
/* Ends all of them. */
void turns_drop(struct turns *turns, struct turn_task *task);

/*
 * One turn, the `turn % n`-th task's: nanoseconds a call. -ECANCELED: the call
 * did not come back (killed, trapped, another signal); the task is of no use any
 * more.
 */
struct turn_call {
	const struct seccomp_data *record;
	unsigned times;
};
int turns_take(struct turns *turns, const struct turn_task *task, size_t turn, const struct turn_call *call,
	       double *ret_ns);

#endif
