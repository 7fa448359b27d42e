/* SPDX-License-Identifier: MIT */
/* What /proc/TID/status tells of a task. */
#ifndef LOADER_PTRACE_STATUS_H
#define LOADER_PTRACE_STATUS_H

#include <stdint.h>
#include <sys/types.h>

struct task_status {
	char name[64];
	char state;		  /* 'R', 'S', 'Z', ... */
	pid_t tgid, ppid, tracer; /* 0: none, or not in our PID namespace */
	uint64_t caps;		  /* effective capabilities, as bits */
	int memory;		  /* 0: none of its own (a kernel thread, or it has ended) */
	int seccomp;		  /* 0, SECCOMP_MODE_STRICT, SECCOMP_MODE_FILTER; -1: not told */
	int filters;		  /* how many it has; -1: not told (before Linux 5.9) */
};

/* A task's id as text, decimal; 0: it is none. */
pid_t task_id_parse(const char *text);

/* 0, or -errno: -ESRCH for no such task. */
int task_status(pid_t tid, struct task_status *ret_status);

/* How a task was called: its arguments, or its [name] when it has none. Written to buf, cut at its end. */
void task_command(pid_t tid, char *buf, size_t size);

#endif
