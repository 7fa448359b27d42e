/* SPDX-License-Identifier: MIT */
/*
 * Following tasks with ptrace(2): a command with everything it forks, clones
 * and executes, stopped at the entry and the exit of every system call. The
 * caller's functions see the calls; the loop sees to signals, job control and
 * births and deaths of tasks.
 *
 * Calls are seen through PTRACE_SYSCALL, unless tracer_use_filter() is asked
 * for a filter that answers TRACE: such a filter is a part of the tasks' own
 * stacks (their number, PR_GET_SECCOMP and strict mode show it), needs
 * no_new_privs or CAP_SYS_ADMIN, and is outranked by a task's own verdict on
 * the same call. Without it PTRACE_O_TRACESECCOMP stays unset: TRACE is ENOSYS
 * to a task that nobody's filter tracer follows.
 */
#ifndef LOADER_PTRACE_TRACER_H
#define LOADER_PTRACE_TRACER_H

#include "vm/verdict.h"
#include <stdbool.h>
#include <sys/types.h>

/* A followed task (a thread). The loop's own; pointers stay good until gone() returns. */
struct tracee {
	pid_t tid, tgid;
	void *data; /* the caller's */

	/* The call it is in, between enter() and leave(): the record that a filter sees, and its ABI. */
	bool in_call;
	struct seccomp_data call;
	int abi; /* enum vd_abi, VD_ABI_NONE: unknown */

	/* the loop's */
	bool started;	 /* its first stop was seen */
	bool executing;	 /* between exec() and executed() */
	bool exact;	 /* with a filter: it may have filters of its own, and is stopped at every call */
	bool held;	 /* stopped before its parent told of it */
	int held_status; /* of that stop */
	long held_since; /* in milliseconds */
	uint64_t told;	 /* its latest stop, counted over all tasks */
	struct tracee *next;
};

/* Any of these may be NULL. Where it says "stopped", ptrace requests on the task work. */
struct trace_ops {
	/* Followed from now on. parent: who made it, NULL for the first and where that could not be known. */
	void (*born)(void *userdata, struct tracee *task, const struct tracee *parent);
	/* Stopped for the first time, before it runs. Not called for the command itself. */
	void (*started)(void *userdata, struct tracee *task);
	void (*enter)(void *userdata, struct tracee *task);		    /* stopped, in_call */
	void (*leave)(void *userdata, struct tracee *task, int64_t result); /* stopped; below 0: -errno */
	void (*exec)(void *userdata, struct tracee *task);   /* stopped, with the new program */
	void (*ending)(void *userdata, struct tracee *task); /* stopped, about to exit */
	void (*gone)(void *userdata, struct tracee *task);
	/*
	 * Stopped at the exit of that call: the new program's first instruction
	 * comes next. A command ends with us until then, if this is there.
	 */
	void (*executed)(void *userdata, struct tracee *task);
	/* Stopped, about to be given a signal. */
	void (*signalled)(void *userdata, struct tracee *task, int sig);
	/*
	 * In the command's process, before it becomes the command: nothing but
	 * system calls. 0, or the errno that keeps it from being executed.
	 */
	int (*prepare)(void *userdata);
	/* Nothing is told now. For how many milliseconds at most the loop may wait, -1: for ever. */
	int (*idle)(void *userdata);
};

struct tracer;

/* Until tracer_free() the signals that the loop waits for are blocked. 0 or -ENOMEM. */
int tracer_new(const struct trace_ops *ops, void *userdata, struct tracer **ret_tracer);
/* What is still followed goes on untraced. NULL is fine. */
void tracer_free(struct tracer *tracer);

/*
 * Calls shall be seen through a filter that the command begins with: one stop
 * for each, at its entry, half of what they cost otherwise; leave() is not
 * called. A process that asks for filters itself is stopped at both ends of all
 * its calls from then on, as are its children; what its own filters answer with
 * TRACE is ENOSYS as before. What is still followed when the tracer ends is
 * killed, as it could make no call any more. False: filters cannot be had here,
 * or this process has some which would hide calls; all stays as it was.
 */
bool tracer_use_filter(struct tracer *tracer);

/*
 * Follows a running process with all its threads, from now on. 0 or -errno;
 * -ESRCH: there is none.
 */
int tracer_attach(struct tracer *tracer, pid_t pid);

/*
 * Starts a command (found in PATH) under the tracer, before anything of it
 * runs. -errno: it could not be started or not be traced; a command that could
 * not be executed shows in tracer_run()'s result.
 */
int tracer_start(struct tracer *tracer, char *const *argv);

struct trace_end {
	bool executed;	/* the command was run */
	int exec_errno; /* why not */
	int status;	/* of the command, as waitpid() has it */
	size_t left;	/* tasks that still run: the loop was told to stop */
};

/*
 * Runs until the command and all that it started are gone. Signals that a
 * process sends us go on to the command; those of the terminal reach it by
 * themselves. After the command's end, SIGINT, SIGTERM, SIGHUP or SIGQUIT stop
 * the loop. 0 or -errno.
 */
int tracer_run(struct tracer *tracer, struct trace_end *ret_end);

/* Calls fn for every followed task. */
void tracer_each(struct tracer *tracer, void (*fn)(void *userdata, struct tracee *task), void *userdata);

/* The exit status for a command's wait status, as shells have it: 128 and the signal that ended it. */
int exit_status_of(int wait_status);
/* Where a signal ended the command it ends this process too. */
void end_as(int wait_status);

/* Whether the call that a task is in has this name on its ABI. */
bool tracee_calls(const struct tracee *task, const char *name);

/* len bytes of a stopped task's memory; how many were read, from the start on. */
size_t tracee_read(const struct tracee *task, uint64_t address, void *buf, size_t len);

#endif
