/* SPDX-License-Identifier: MIT */
/*
 * The filters that a live task has, read back from the kernel
 * (PTRACE_SECCOMP_GET_FILTER): the programs as they were installed.
 */
#ifndef LOADER_PTRACE_FILTERS_H
#define LOADER_PTRACE_FILTERS_H

#include "vm/verdict.h"
#include <sys/types.h>

#define FILTER_LEN_MAX 4096 /* BPF_MAXINSNS */

/*
 * Filter number index (0: the oldest) of a task that we have stopped, into
 * insns[FILTER_LEN_MAX]. Its length; -ENOENT past the newest; -EINVAL: the task
 * has none; -EACCES: not allowed; other -errno.
 */
int filter_read(pid_t tid, unsigned index, struct sock_filter *insns);

struct task_filter {
	struct sock_filter *insns;
	size_t len;
	bool log; /* installed with SECCOMP_FILTER_FLAG_LOG */
};

struct task_filters {
	struct task_filter *items; /* oldest first */
	size_t n;
};

/*
 * All filters of a task (a thread's id), which stands still for a moment.
 * -ENODATA: it has none. 0 or -errno, with the reason as one line in ret_why.
 */
#define FILTERS_WHY_MAX 256
int task_filters_read(pid_t tid, struct task_filters *ret_filters, char ret_why[FILTERS_WHY_MAX]);
/* The same for a task that the caller has stopped. */
int task_filters_read_stopped(pid_t tid, struct task_filters *ret_filters, char ret_why[FILTERS_WHY_MAX]);
void task_filters_done(struct task_filters *filters);

#endif
