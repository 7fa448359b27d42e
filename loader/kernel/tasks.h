/* SPDX-License-Identifier: MIT */
/*
 * Tasks on a lead: a family of processes and threads that stand still in
 * ptrace stops and run one system call at a time, from a page of gadgets, when
 * told. They share one memory, have no stack and run no code of ours. They die
 * with the thread that made them, whatever ends it.
 *
 * This is no tracer of commands: nothing here runs freely, no births have to be
 * followed, no signals forwarded, and one record is one stop of one task, so the
 * loop waits for exactly that task.
 */
#ifndef LOADER_KERNEL_TASKS_H
#define LOADER_KERNEL_TASKS_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

/* The gadgets: a call and a breakpoint each. */
enum task_gadget {
	TASK_SYSCALL, /* syscall; int3: what the oracle asks with */
	TASK_INT80,   /* int $0x80; int3 */
	TASK_DOOR,    /* syscall; int3: task_call()'s, which filters may know */
	TASK_TURN,    /* many calls by syscall, timed: see task_turn() */
	TASK_TURN80,  /* the same by int $0x80 */
	TASK_GADGETS,
};

struct tasks;

/* How a task answers: its stops are told by task_wait(). */
enum task_kind {
	TASK_TEMPLATE, /* clones are told; filters are suspended where that is allowed */
	TASK_WORKER,   /* its filters judge it */
};

/*
 * Starts the family's root, which has no filters. Memory of shared_len bytes is
 * shared with the whole family at one address. The caller's thread is the only
 * one that may use it. -EPERM: not allowed to trace; other -errno.
 */
int tasks_new(size_t shared_len, struct tasks **ret_tasks);
/* Kills and reaps all. NULL is fine. */
void tasks_free(struct tasks *tasks);

pid_t tasks_root(const struct tasks *tasks);
uint64_t tasks_gadget(const struct tasks *tasks, enum task_gadget gadget);
/* Whether a template's filters are suspended (PTRACE_O_SUSPEND_SECCOMP; CAP_SYS_ADMIN). */
bool tasks_suspended(const struct tasks *tasks);

/*
 * Lets a stopped task go on, by a ptrace request, to its next stop, or its end,
 * as waitpid() has it. SIGSTOP from outside is not told. -ETIMEDOUT: it did not
 * stop for ten seconds, and all are dead.
 */
int task_go(struct tasks *tasks, pid_t task, int request, int *ret_status);

/* Runs one system call in a task, through the door; *ret_result is what it returned. 0 or -errno. */
int task_call(struct tasks *tasks, pid_t task, long nr, const uint64_t args[6], long *ret_result);

/*
 * seccomp(2) in a task: *ret_result is what it returned. Of the length, its low
 * 16 bits are told; instructions past 4,096 are not looked at. The family's
 * shared memory is at least TASK_SHARED_MIN long, and its beginning is used.
 */
#define TASK_SHARED_MIN (BPF_MAXINSNS * sizeof(struct sock_filter) + 64)
int task_install(struct tasks *tasks, pid_t task, const struct sock_filter *insns, size_t len,
		 long *ret_result);

/*
 * The same call many times over, from rip `warmup` times before the clock is
 * read and `calls` times until it is read again; *ret_ticks are the time-stamp
 * counter's. -ECANCELED: a filter or the call ended it otherwise, *ret_status
 * says how; what is dead is reaped.
 */
struct task_turn {
	const struct seccomp_data *record; /* arch i386: by int $0x80 */
	unsigned warmup, calls;		   /* over 0 */
};
int task_turn(struct tasks *tasks, pid_t task, const struct task_turn *turn, uint64_t *ret_ticks,
	      int *ret_status);

/* Registers that a record is made of, at a gadget. */
void task_set_record(const struct tasks *tasks, const struct seccomp_data *record, uint64_t rip,
		     struct user_regs_struct *ret_regs);

/* From now on a template's filters judge it. 0 or -errno. */
int task_settle(struct tasks *tasks, pid_t task);

/* clone(2) in a template: the new task stands in its first stop. */
int task_clone(struct tasks *tasks, pid_t task, unsigned long flags, enum task_kind kind, pid_t *ret_child);

/* Kills a task's whole process, if the task is not reaped yet; reaps it (a thread before its leader). */
void task_kill(pid_t task);
void task_reap(pid_t task);

#endif
