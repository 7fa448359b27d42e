/* SPDX-License-Identifier: MIT */
/* A tracer from the inside; for loader/ptrace/ only. */
#ifndef LOADER_PTRACE_LOOP_H
#define LOADER_PTRACE_LOOP_H

#include "loader/ptrace/table.h"

#include <signal.h>
#include <sys/ptrace.h>

struct tracer {
	const struct trace_ops *ops;
	void *userdata;
	struct table tasks;
	size_t held;	/* tasks that wait for their parent to tell of them */
	uint64_t told;	/* stops so far */
	pid_t command;	/* 0: none, or it is gone */
	bool by_filter; /* tracer_use_filter() */
	int exec_pipe;	/* where the command's child says why it could not execute; -1: none */
	struct trace_end end;
	sigset_t waited; /* signals that the loop waits for */
	sigset_t old_mask;
	struct sigaction old_child;
};

#define TRACE_OPTIONS                                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

/* The options to follow a task with. */
long trace_options(const struct tracer *tracer);

/* In the command's process: the filter that answers TRACE. 0 or an errno. */
int guard_install(void);
/* A stop of that filter, or of one of the task's own. False: the call is not to be told again. */
bool guard_stop(struct tracer *tracer, struct tracee *task, const struct __ptrace_syscall_info *info);
/* The call that a task enters may give its process filters of its own: all of it is stopped at every call. */
void guard_watch(struct tracer *tracer, struct tracee *task);

/* Blocks the signals that the loop waits for, and back. */
void signals_take(struct tracer *tracer);
void signals_give_back(const struct tracer *tracer);
/*
 * Waits until a task has something to tell, at most limit_ms (-1: for ever; 0: one has).
 * 0: look at the tasks again, 1: the loop shall stop.
 */
int signals_wait(struct tracer *tracer, int limit_ms);

/* A stop signal of the terminal stopped the command: so do we, until both are continued. */
void signals_stop_too(const struct tracer *tracer);

#endif
