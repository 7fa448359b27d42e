/* SPDX-License-Identifier: MIT */
/*
 * Calls seen through a filter that answers TRACE to all of them: one stop for
 * each, at its entry. That filter is outranked by what the task's own filters
 * deny; from the moment a process asks for one it is stopped by PTRACE_SYSCALL
 * as well, which comes before any filter.
 */
#include "loader/kernel/install.h"
#include "loader/ptrace/loop.h"
#include "loader/ptrace/status.h"

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

/* TRACE's data; a filter of the task's own that has the same is taken for this one. */
#define GUARD_DATA 0x7d0c

bool tracer_use_filter(struct tracer *tracer)
{
	uint32_t action = SECCOMP_RET_TRACE;
	struct task_status self;

	tracer->by_filter = task_status(getpid(), &self) == 0 && self.seccomp == 0 &&
			    syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
	return tracer->by_filter;
}

int guard_install(void)
{
	const struct sock_filter trace = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | GUARD_DATA);
	struct kernel_installed installed;

	return -kernel_install(&trace, 1, 0, &installed);
}

/* TRACE of a filter that has no tracer is ENOSYS. */
static void refuse_call(const struct tracee *task)
{
#if defined(__x86_64__)
	ptrace(PTRACE_POKEUSER, task->tid, offsetof(struct user_regs_struct, orig_rax), -1L);
	ptrace(PTRACE_POKEUSER, task->tid, offsetof(struct user_regs_struct, rax), (long)-ENOSYS);
#endif
}

bool guard_stop(struct tracer *tracer, struct tracee *task, const struct __ptrace_syscall_info *info)
{
	if (info->seccomp.ret_data != GUARD_DATA)
		refuse_call(task);
	/* Stopped at every call, it has told of this one. */
	return !(task->exact && task->in_call);
}

struct family {
	struct tracer *tracer;
	const struct tracee *task;
};

/* Another thread may be given the filter by TSYNC: it stops, to go on in the other way. */
static void make_exact(void *userdata, struct tracee *task)
{
	const struct family *family = userdata;

	if (task->tgid != family->task->tgid || task->exact)
		return;
	task->exact = true;
	if (task != family->task)
		ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
}

void guard_watch(struct tracer *tracer, struct tracee *task)
{
	struct family family = { .tracer = tracer, .task = task };
	uint32_t first = (uint32_t)task->call.args[0];

	if (task->exact)
		return;
	if (((first == SECCOMP_SET_MODE_FILTER || first == SECCOMP_SET_MODE_STRICT) &&
	     tracee_calls(task, "seccomp")) ||
	    (first == PR_SET_SECCOMP && tracee_calls(task, "prctl")))
		tracer_each(tracer, make_exact, &family);
}
