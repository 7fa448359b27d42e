/* SPDX-License-Identifier: MIT */
/* A tracer from the inside; for loader/ptrace/ only. */
#ifndef LOADER_PTRACE_LOOP_H
#define LOADER_PTRACE_LOOP_H

#include "loader/ptrace/table.h"

#include <signal.h>

struct tracer {
	const struct trace_ops *ops;
	void *userdata;
	struct table tasks;
	size_t held;   /* tasks that wait for their parent to tell of them */
	pid_t command; /* 0: none, or it is gone */
	int exec_pipe; /* where the command's child says why it could not execute; -1: none */
	struct trace_end end;
	sigset_t waited; /* signals that the loop waits for */
	sigset_t old_mask;
	struct sigaction old_child;
};

#define TRACE_OPTIONS                                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

/* Blocks the signals that the loop waits for, and back. */
void signals_take(struct tracer *tracer);
void signals_give_back(const struct tracer *tracer);
/*
 * Waits until a task has something to tell, at most limit_ms (-1: for ever).
 * 0: look at the tasks again, 1: the loop shall stop.
 */
int signals_wait(struct tracer *tracer, int limit_ms);

/* A stop signal of the terminal stopped the command: so do we, until both are continued. */
void signals_stop_too(const struct tracer *tracer);

#endif
