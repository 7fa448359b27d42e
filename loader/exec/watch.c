/* SPDX-License-Identifier: MIT */
#include "loader/exec/watch.h"
#include "loader/call.h"
#include "loader/exec/apply.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/install.h"
#include "loader/ptrace/command.h"
#include "loader/ptrace/remarks.h"
#include "loader/ptrace/status.h"

#include <errno.h>
#include <linux/prctl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define WHO "verdict exec"
#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif
/* More disagreements than this are counted, not told. */
#define TOLD_MAX 20

struct watcher {
	struct watch *watch;
	struct tracer *tracer;
	struct remarks remarks;
	bool applied, failed;
	bool inherited; /* this process has filters itself */
};

/* What the kernel has still to show for the verdict on a task's latest call. */
enum awaited { AWAIT_NOTHING, AWAIT_RESULT, AWAIT_SIGNAL, AWAIT_DEATH };

struct process {
	bool foreign;	     /* it has, or may have, filters of its own */
	unsigned installing; /* tasks in a call that may give it some */
	bool dies;	     /* it was sentenced, or SIGSYS was seen on its way: its threads end as well */
};

struct task {
	struct process *process;
	enum awaited awaited;
	struct seccomp_data call;
	struct vd_verdict verdict;
	bool installs; /* the call that it is in was let through, and may give its process filters */
};

/*
 * Filters may have come that the machine does not know. A thread that installs
 * them for all is often told of after what they did to the others.
 */
static bool is_foreign(const struct process *process)
{
	return process->foreign || process->installing;
}

static uint32_t action_of(struct vd_verdict verdict)
{
	return vd_effective(verdict.ret) & SECCOMP_RET_ACTION_FULL;
}

/* --------------------------------------------------------- disagreements -- */

static void disagree(struct watcher *watcher, struct task *task, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void disagree(struct watcher *watcher, struct task *task, const char *fmt, ...)
{
	struct watch *watch = watcher->watch;
	char call[CALL_TEXT_MAX], verdict[96], seen[160];
	va_list ap;

	task->awaited = AWAIT_NOTHING;
	if (++watch->disagreements > TOLD_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(seen, sizeof(seen), fmt, ap);
	va_end(ap);
	call_format(&task->call, call, sizeof(call));
	vd_action_format(task->verdict.ret, verdict, sizeof(verdict));
	diag_file_error(watch->diags, WHO, "MACHINE AND KERNEL DISAGREE on '%s': the machine says %s, %s",
			call, verdict, seen);
}

static void agree(struct watcher *watcher, struct task *task)
{
	watcher->watch->compared++;
	task->awaited = AWAIT_NOTHING;
}

/* ------------------------------------------------------------- the calls -- */

/* Whether the call that a task is in gives it a filter or strict mode, when it succeeds. */
static bool installs(const struct tracee *tracee)
{
	uint32_t first = (uint32_t)tracee->call.args[0];

	return (tracee_calls(tracee, "seccomp") &&
		(first == SECCOMP_SET_MODE_FILTER || first == SECCOMP_SET_MODE_STRICT)) ||
	       (tracee_calls(tracee, "prctl") && first == PR_SET_SECCOMP);
}

static void on_enter(void *userdata, struct tracee *tracee)
{
	struct watcher *watcher = userdata;
	struct watch *watch = watcher->watch;
	struct task *task = tracee->data;

	remark_enter(&watcher->remarks, tracee);
	if (!watcher->applied)
		return;
	if ((task->awaited == AWAIT_SIGNAL || task->awaited == AWAIT_DEATH) && !is_foreign(task->process))
		disagree(watcher, task, "the kernel lets the task go on");
	task->call = tracee->call;
	task->awaited = AWAIT_NOTHING;
	if (kernel_askable(&task->call) == KERNEL_BYPASSED) {
		watch->bypassed++;
		return;
	}
	task->verdict = vd_stack_run(watch->stack.stack, &task->call);
	tally_add(&watch->tally, &task->call, task->verdict, 0, 1);
	if (is_foreign(task->process))
		watch->foreign++;
	else
		task->awaited = AWAIT_RESULT;
	task->installs = !verdict_denies(task->verdict.ret) && installs(tracee);
	task->process->installing += task->installs;
	if ((int32_t)action_of(task->verdict) <= (int32_t)SECCOMP_RET_TRAP)
		task->process->dies = true;
}

static void compare_result(struct watcher *watcher, struct task *task, int64_t result, int64_t expected)
{
	if (result == expected)
		agree(watcher, task);
	else
		disagree(watcher, task, "the call returned %lld", (long long)result);
}

static void see_result(struct watcher *watcher, struct task *task, int64_t result)
{
	uint32_t data = vd_effective(task->verdict.ret) & SECCOMP_RET_DATA;

	switch (action_of(task->verdict)) {
	case SECCOMP_RET_ERRNO:
		compare_result(watcher, task, result, -(int64_t)data);
		break;
	case SECCOMP_RET_TRACE: /* our tracing is no filter's tracer, and there is no listener */
	case SECCOMP_RET_USER_NOTIF:
		compare_result(watcher, task, result, -ENOSYS);
		break;
	case SECCOMP_RET_TRAP:
		task->awaited = AWAIT_SIGNAL;
		break;
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_KILL_PROCESS:
		task->awaited = AWAIT_DEATH;
		break;
	default:
		task->awaited = AWAIT_NOTHING;
		break;
	}
}

static void on_leave(void *userdata, struct tracee *tracee, int64_t result)
{
	struct watcher *watcher = userdata;
	struct task *task = tracee->data;

	remark_leave(&watcher->remarks, tracee, result);
	bool own = task->installs;
	if (own) {
		task->installs = false;
		task->process->installing--;
		task->process->foreign |= result >= 0;
	}
	if (task->awaited != AWAIT_RESULT)
		return;
	if (!is_foreign(task->process)) {
		see_result(watcher, task, result);
		return;
	}
	task->awaited = AWAIT_NOTHING;
	watcher->watch->foreign += !own;
}

/* -------------------------------------------------------- signals and ends -- */

static void on_signal(void *userdata, struct tracee *tracee, int sig)
{
	struct watcher *watcher = userdata;
	struct task *task = tracee->data;
	siginfo_t info;

	if (sig != SIGSYS)
		return;
	task->process->dies = true;
	if (is_foreign(task->process)) {
		task->awaited = AWAIT_NOTHING;
		return;
	}
	if (ptrace(PTRACE_GETSIGINFO, tracee->tid, NULL, &info) < 0 || info.si_code != SYS_SECCOMP)
		return;
	uint32_t data = task->verdict.ret & SECCOMP_RET_DATA;
	if (task->awaited != AWAIT_SIGNAL)
		disagree(watcher, task, "the kernel sends SIGSYS");
	else if (info.si_errno != (int)data || info.si_syscall != task->call.nr ||
		 info.si_arch != task->call.arch)
		disagree(watcher, task, "SIGSYS came with errno %d for call %d of 0x%x", info.si_errno,
			 info.si_syscall, info.si_arch);
	else
		agree(watcher, task);
}

static bool is_sentenced(const struct task *task)
{
	uint32_t action = action_of(task->verdict);

	return (task->awaited != AWAIT_NOTHING) &&
	       (action == SECCOMP_RET_KILL_THREAD || action == SECCOMP_RET_KILL_PROCESS ||
		action == SECCOMP_RET_TRAP);
}

static void on_ending(void *userdata, struct tracee *tracee)
{
	struct watcher *watcher = userdata;
	struct task *task = tracee->data;
	unsigned long status;

	if (!watcher->applied || is_foreign(task->process) ||
	    ptrace(PTRACE_GETEVENTMSG, tracee->tid, NULL, &status) < 0)
		return;
	bool by_sigsys = (status & 0x7f) == SIGSYS;
	if (is_sentenced(task) && by_sigsys)
		agree(watcher, task);
	else if (is_sentenced(task) && !(status & 0x7f) &&
		 (tracee_calls(tracee, "exit") || tracee_calls(tracee, "exit_group")))
		disagree(watcher, task, "the kernel lets it exit");
	else if (by_sigsys && !task->process->dies)
		disagree(watcher, task, "the kernel kills the task");
}

/* ------------------------------------------------------------- the tasks -- */

static void on_born(void *userdata, struct tracee *tracee, const struct tracee *parent)
{
	struct watcher *watcher = userdata;
	struct arena *arena = &watcher->watch->tally.arena;
	const struct task *maker = parent ? parent->data : NULL;
	struct task *task = arena_alloc(arena, sizeof(*task));

	if (maker && parent->tgid == tracee->tgid) {
		task->process = maker->process;
	} else {
		task->process = arena_alloc(arena, sizeof(*task->process));
		/* the command has no parent here, any other that has none is unknown */
		task->process->foreign = maker ? is_foreign(maker->process)
					       : watcher->inherited || watcher->applied;
	}
	tracee->data = task;
}

static void on_exec(void *userdata, struct tracee *tracee)
{
	struct watcher *watcher = userdata;

	remark_exec(&watcher->remarks, tracee);
}

static void on_executed(void *userdata, struct tracee *tracee)
{
	struct watcher *watcher = userdata;

	if (watcher->applied)
		return;
	watcher->applied = true;
	watcher->failed = exec_apply(tracee->tid, &watcher->watch->stack, watcher->watch->diags) == -1;
	if (watcher->failed)
		kill(tracee->tid, SIGKILL);
}

static int prepare(void *userdata)
{
	const struct watcher *watcher = userdata;

	return watcher->watch->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
}

static const struct trace_ops ops = {
	.born = on_born,
	.enter = on_enter,
	.leave = on_leave,
	.exec = on_exec,
	.executed = on_executed,
	.ending = on_ending,
	.signalled = on_signal,
	.prepare = prepare,
};

int watch_run(struct watch *watch, char *const *argv, int *ret_status)
{
	struct watcher watcher = { .watch = watch, .remarks = { .who = WHO, .diags = watch->diags } };
	struct task_status self;
	const char *why = kernel_why_not();

	if (why) {
		diag_file_error(watch->diags, WHO, "no command can be put under filters here: %s", why);
		return -1;
	}
	if (task_status(getpid(), &self) == 0 && self.seccomp > 0) {
		watcher.inherited = true;
		diag_file_warning(
			watch->diags, WHO,
			"this process has seccomp filters itself, which judge the command's calls as "
			"well: nothing is compared with the kernel");
	}
	watch->no_new_privs = !kernel_may_install();
	int r = tracer_new(&ops, &watcher, &watcher.tracer);
	if (r < 0)
		return trace_not_started(argv[0], -r, WHO, watch->diags);
	r = trace_command(watcher.tracer, argv, WHO, watch->diags, ret_status);
	tracer_free(watcher.tracer);
	return watcher.failed ? -1 : r;
}
