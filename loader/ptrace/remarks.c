/* SPDX-License-Identifier: MIT */
#include "loader/ptrace/remarks.h"
#include "loader/ptrace/status.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

/* A child that asks not to be traced is not: its filters are missed. */
void remark_enter(struct remarks *remarks, const struct tracee *task)
{
	uint64_t flags = 0;

	if (remarks->untraced)
		return;
	if (tracee_calls(task, "clone"))
		flags = task->call.args[0];
	else if (tracee_calls(task, "clone3") &&
		 tracee_read(task, task->call.args[0], &flags, sizeof(flags)) != sizeof(flags))
		flags = 0;
	if (!(flags & CLONE_UNTRACED))
		return;
	remarks->untraced = true;
	diag_file_warning(remarks->diags, remarks->who,
			  "task %d made a child with CLONE_UNTRACED: it is not followed", task->tid);
}

/* A task has one tracer: debuggers and the like do not work on what we follow. */
void remark_leave(struct remarks *remarks, const struct tracee *task, int64_t result)
{
	if (result != -EPERM || remarks->ptrace || !tracee_calls(task, "ptrace"))
		return;
	uint32_t request = (uint32_t)task->call.args[0];
	if (request != PTRACE_TRACEME && request != PTRACE_ATTACH && request != PTRACE_SEIZE)
		return;
	remarks->ptrace = true;
	diag_file_warning(remarks->diags, remarks->who,
			  "task %d could not use ptrace(2): what is followed has its tracer already",
			  task->tid);
}

/* The kernel drops the privileges of what an unprivileged tracer follows. */
void remark_exec(struct remarks *remarks, const struct tracee *task)
{
	struct task_status self;
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", task->tid);
	if (remarks->set_id || stat(path, &st) < 0 || !(st.st_mode & (S_ISUID | S_ISGID)))
		return;
	if (task_status(getpid(), &self) == 0 && self.caps >> CAP_SYS_PTRACE & 1)
		return;
	remarks->set_id = true;
	diag_file_warning(remarks->diags, remarks->who,
			  "task %d runs a set-user-ID or set-group-ID program without its privileges: "
			  "following it with "
			  "them needs CAP_SYS_PTRACE",
			  task->tid);
}
