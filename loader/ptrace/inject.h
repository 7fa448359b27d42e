/* SPDX-License-Identifier: MIT */
/*
 * System calls made in the place of a traced task that stands at the exit of a
 * call of its own, x86-64 only. While they last its signals wait, and nothing of
 * the task's own runs. For executed() of tracer.h: the task ends with its tracer.
 */
#ifndef LOADER_PTRACE_INJECT_H
#define LOADER_PTRACE_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct inject {
	pid_t tid;
	struct user_regs_struct regs; /* the task's, put back in the end */
	uint64_t mask;
	long text;   /* what the call's instruction is written over */
	bool compat; /* it runs 32-bit code */
	bool suspended;
};

/*
 * suspend: filters shall not judge the calls (PTRACE_O_SUSPEND_SECCOMP), where
 * that is allowed: inject->suspended says whether it is. -EOPNOTSUPP: not on this
 * machine; other -errno. Must be ended.
 */
int inject_begin(pid_t tid, bool suspend, struct inject *ret_inject);
/* 0 or -errno of the tracing; the call's own result in *ret_result. */
int inject_call(struct inject *inject, long nr, const uint64_t args[6], int64_t *ret_result);
/* Below its stack pointer, overwritten by the next one: where it was put, 0 for failure. */
uint64_t inject_put(const struct inject *inject, const void *data, size_t len);
/* The address at which a filter sees the calls. */
uint64_t inject_ip(const struct inject *inject);
int inject_end(struct inject *inject);

#endif
