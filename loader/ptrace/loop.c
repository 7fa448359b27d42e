/* SPDX-License-Identifier: MIT */
#include "loader/ptrace/tracer.h"
#include "loader/ptrace/status.h"
#include "loader/ptrace/loop.h"
#include "vm/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */

/*
 * A new task that its parent does not tell of within this time is taken as it
 * is, unless the parent is still on its way to tell: it was killed between
 * making it and telling.
 */
#define HELD_MS 500

/*
 * It fails for a task that was killed meanwhile: its end will be told. Where a
 * filter of our own refuses the request, the task cannot be followed: it ends.
 */
static void resume(const struct tracer *tracer, const struct tracee *task, int sig)
{
	bool every = !tracer->by_filter || task->exact;

	if (ptrace(every ? PTRACE_SYSCALL : PTRACE_CONT, task->tid, NULL, (void *)(long)sig) == 0 ||
	    errno == ESRCH)
		return;
	kill(task->tgid, SIGKILL);
	/* from its stop at the exit, which even then comes */
	ptrace(PTRACE_CONT, task->tid, NULL, NULL);
}

static void call_op(const struct tracer *tracer, void (*op)(void *, struct tracee *), struct tracee *task)
{
	if (op)
		op(tracer->userdata, task);
}

static void forget(struct tracer *tracer, struct tracee *task)
{
	if (task->held)
		tracer->held--;
	else
		call_op(tracer, tracer->ops->gone, task);
	table_remove(&tracer->tasks, task);
}

/* ---------------------------------------------------------------- births -- */

static void born(const struct tracer *tracer, struct tracee *task, const struct tracee *parent)
{
	struct task_status status;

	/* A thread that dies at once leaves no status: then it is nobody's sibling any more. */
	task->tgid = task_status(task->tid, &status) == 0 ? status.tgid : task->tid;
	task->exact = !parent || parent->exact;
	if (tracer->ops->born)
		tracer->ops->born(tracer->userdata, task, parent);
}

static void start(const struct tracer *tracer, struct tracee *task)
{
	task->started = true;
	call_op(tracer, tracer->ops->started, task);
}

static int on_stop(struct tracer *tracer, struct tracee *task, int status);

static void release(struct tracer *tracer, struct tracee *task, const struct tracee *parent)
{
	task->held = false;
	tracer->held--;
	born(tracer, task, parent);
	start(tracer, task);
	on_stop(tracer, task, task->held_status);
}

/* The parent tells: its child may have stopped before, or not yet. */
static void on_birth(struct tracer *tracer, const struct tracee *parent)
{
	unsigned long tid;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &tid) < 0)
		return;
	struct tracee *task = table_find(&tracer->tasks, (pid_t)tid);
	if (task && task->held) {
		release(tracer, task, parent);
	} else if (!task) {
		task = table_add(&tracer->tasks, (pid_t)tid);
		if (task)
			born(tracer, task, parent);
	}
}

/* A task stops that nobody has told of. */
static void hold(struct tracer *tracer, pid_t tid, int status)
{
	struct tracee *task = table_add(&tracer->tasks, tid);

	if (!task) {
		/* Without memory it is let go rather than left stopped. */
		ptrace(PTRACE_DETACH, tid, NULL, NULL);
		return;
	}
	task->held = true;
	task->held_status = status;
	task->held_since = (long)clock_ms();
	task->told = ++tracer->told;
	tracer->held++;
}

struct search {
	const struct tracee *child;
	struct task_status status; /* the child's */
	bool found;
};

/*
 * Who makes a task does not sleep before it tells. So its parent is one that is
 * of the child's family, has told of nothing since the child stopped, and runs,
 * or waits for a CPU, for however long.
 */
static void find_parent(void *userdata, struct tracee *task)
{
	struct search *search = userdata;
	struct task_status status;

	if (task->held || task->told > search->child->told || task_status(task->tid, &status) < 0)
		return;
	bool family = status.tgid == search->status.tgid || status.tgid == search->status.ppid ||
		      status.ppid == search->status.ppid;
	search->found |= family && status.state == 'R';
}

static void release_if_old(void *userdata, struct tracee *task)
{
	struct search search = { .child = task };
	struct tracer *tracer = userdata;

	if (!task->held || (long)clock_ms() - task->held_since < HELD_MS)
		return;
	if (task_status(task->tid, &search.status) == 0)
		table_each(&tracer->tasks, find_parent, &search);
	if (!search.found)
		release(tracer, task, NULL);
}

/* ----------------------------------------------------------------- calls -- */

static void on_entry(struct tracer *tracer, struct tracee *task, const struct __ptrace_syscall_info *info)
{
	task->call = (struct seccomp_data){
		.nr = (int)info->entry.nr,
		.arch = info->arch,
		.instruction_pointer = info->instruction_pointer,
	};
	memcpy(task->call.args, info->entry.args, sizeof(task->call.args));
	task->abi = vd_abi_of(info->arch, (uint32_t)info->entry.nr);
	task->in_call = true;
	if (tracer->by_filter)
		guard_watch(tracer, task);
	call_op(tracer, tracer->ops->enter, task);
}

static void on_return(const struct tracer *tracer, struct tracee *task,
		      const struct __ptrace_syscall_info *info)
{
	if (task->in_call && tracer->ops->leave)
		tracer->ops->leave(tracer->userdata, task, info->exit.rval);
	task->in_call = false;
	if (task->executing && tracer->ops->executed) {
		tracer->ops->executed(tracer->userdata, task);
		ptrace(PTRACE_SETOPTIONS, task->tid, NULL, (void *)trace_options(tracer));
	}
	task->executing = false;
}

static int on_call(struct tracer *tracer, struct tracee *task)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, (void *)sizeof(info), &info) < 0)
		return errno == ESRCH ? 0 : -errno;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		on_entry(tracer, task, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		on_return(tracer, task, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_SECCOMP && guard_stop(tracer, task, &info))
		on_entry(tracer, task, &info);
	return 0;
}

/* ----------------------------------------------------------------- stops -- */

/*
 * A thread that executes becomes the only one of its process and takes the
 * leader's id: the leader ends without another word.
 */
static struct tracee *on_exec(struct tracer *tracer, struct tracee *task)
{
	unsigned long former = (unsigned long)task->tid;

	ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &former);
	struct tracee *thread = table_find(&tracer->tasks, (pid_t)former);
	if (thread && thread != task) {
		pid_t tid = task->tid;
		forget(tracer, task);
		table_rename(&tracer->tasks, thread, tid);
		task = thread;
	}
	if (task->tid == tracer->command)
		tracer->end.executed = true;
	task->executing = true;
	call_op(tracer, tracer->ops->exec, task);
	return task;
}

static bool is_stop_signal(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* Stopped as a group: it stays stopped, and can still be continued. */
static void on_group_stop(const struct tracer *tracer, const struct tracee *task, int sig)
{
	ptrace(PTRACE_LISTEN, task->tid, NULL, NULL);
	if (task->tid == tracer->command && sig != SIGSTOP)
		signals_stop_too(tracer);
}

static int on_stop(struct tracer *tracer, struct tracee *task, int status)
{
	int sig = WSTOPSIG(status), r = 0;

	switch (status >> 16) {
	case 0:
		if (sig == SYSCALL_STOP)
			r = on_call(tracer, task);
		else if (tracer->ops->signalled)
			tracer->ops->signalled(tracer->userdata, task, sig);
		resume(tracer, task, sig == SYSCALL_STOP ? 0 : sig);
		return r;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_birth(tracer, task);
		break;
	case PTRACE_EVENT_SECCOMP:
		r = on_call(tracer, task);
		break;
	case PTRACE_EVENT_EXEC:
		task = on_exec(tracer, task);
		break;
	case PTRACE_EVENT_EXIT:
		call_op(tracer, tracer->ops->ending, task);
		break;
	case PTRACE_EVENT_STOP:
		if (is_stop_signal(sig)) {
			on_group_stop(tracer, task, sig);
			return 0;
		}
		break;
	}
	resume(tracer, task, 0);
	return r;
}

static void read_exec_errno(struct tracer *tracer)
{
	int error;

	if (read(tracer->exec_pipe, &error, sizeof(error)) == (ssize_t)sizeof(error))
		tracer->end.exec_errno = error;
}

static void on_end(struct tracer *tracer, struct tracee *task, int status)
{
	if (task->tid == tracer->command) {
		tracer->command = 0;
		tracer->end.status = status;
		if (!tracer->end.executed)
			read_exec_errno(tracer);
	}
	forget(tracer, task);
}

static int on_wait(struct tracer *tracer, pid_t tid, int status)
{
	struct tracee *task = table_find(&tracer->tasks, tid);

	if (!WIFSTOPPED(status)) {
		if (task)
			on_end(tracer, task, status);
		return 0;
	}
	if (!task) {
		hold(tracer, tid, status);
		return 0;
	}
	task->told = ++tracer->told;
	if (!task->started)
		start(tracer, task);
	return on_stop(tracer, task, status);
}

/* ------------------------------------------------------------------ loop -- */

int tracer_new(const struct trace_ops *ops, void *userdata, struct tracer **ret_tracer)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	if (!tracer)
		return -ENOMEM;
	tracer->ops = ops;
	tracer->userdata = userdata;
	tracer->exec_pipe = -1;
	signals_take(tracer);
	*ret_tracer = tracer;
	return 0;
}

/* Whether a task stands still; the signal that it is about to be given, 0: none, still has to reach it. */
static bool stands(const struct tracee *task, int *ret_sig)
{
	int status = 0;

	*ret_sig = 0;
	if (task->held)
		return true;
	if (waitpid(task->tid, &status, __WALL | WNOHANG) != task->tid || !WIFSTOPPED(status))
		return false;
	if (status >> 16 == 0 && WSTOPSIG(status) != SYSCALL_STOP)
		*ret_sig = WSTOPSIG(status);
	return true;
}

static void detach(void *userdata, struct tracee *task)
{
	struct tracer *tracer = userdata;
	int sig;

	if (tracer->by_filter)
		kill(task->tid, SIGKILL);
	/* What does not stand still is let go by the kernel when we exit. */
	if (stands(task, &sig))
		ptrace(PTRACE_DETACH, task->tid, NULL, (void *)(long)sig);
	if (!task->held)
		call_op(tracer, tracer->ops->gone, task);
}

void tracer_free(struct tracer *tracer)
{
	if (!tracer)
		return;
	table_each(&tracer->tasks, detach, tracer);
	table_done(&tracer->tasks);
	if (tracer->exec_pipe >= 0)
		close(tracer->exec_pipe);
	signals_give_back(tracer);
	free(tracer);
}

void tracer_each(struct tracer *tracer, void (*fn)(void *userdata, struct tracee *task), void *userdata)
{
	table_each(&tracer->tasks, fn, userdata);
}

/* Busy tasks have always more to tell: after so much of it signals are looked at, and what is held. */
#define ROUND 256

/* What the tasks have to tell right now: all of it, or *ret_more. */
static int drain(struct tracer *tracer, bool *ret_more)
{
	int status, r = 0, told = 0;
	pid_t tid = 1;

	while (r == 0 && told++ < ROUND && (tid = waitpid(-1, &status, __WALL | WNOHANG)) > 0)
		r = on_wait(tracer, tid, status);
	*ret_more = tid > 0;
	return r;
}

static int wait_limit(const struct tracer *tracer)
{
	int limit = tracer->ops->idle ? tracer->ops->idle(tracer->userdata) : -1;

	if (tracer->held && (limit < 0 || limit > HELD_MS / 5))
		limit = HELD_MS / 5;
	return limit;
}

int tracer_run(struct tracer *tracer, struct trace_end *ret_end)
{
	bool more;
	int r = drain(tracer, &more), stop = 0;

	while (r == 0 && !stop && tracer->tasks.n) {
		stop = signals_wait(tracer, more ? 0 : wait_limit(tracer));
		r = drain(tracer, &more);
		if (tracer->held)
			table_each(&tracer->tasks, release_if_old, tracer);
	}
	if (r < 0)
		return r;
	tracer->end.left = tracer->tasks.n;
	*ret_end = tracer->end;
	return 0;
}

bool tracee_calls(const struct tracee *task, const char *name)
{
	const char *called = vd_syscall_name(task->abi, (uint32_t)task->call.nr);

	return called && !strcmp(called, name);
}

size_t tracee_read(const struct tracee *task, uint64_t address, void *buf, size_t len)
{
	struct iovec to = { .iov_base = buf, .iov_len = len };
	struct iovec from = { .iov_base = (void *)(uintptr_t)address, .iov_len = len };
	ssize_t n = process_vm_readv(task->tid, &to, 1, &from, 1, 0);

	if (n >= 0)
		return (size_t)n;
	/* Where process_vm_readv() is not to be had (a container's own filter) words can be. */
	for (size_t at = 0; at < len; at += sizeof(long)) {
		size_t part = len - at < sizeof(long) ? len - at : sizeof(long);
		errno = 0;
		long word = ptrace(PTRACE_PEEKDATA, task->tid, (void *)(uintptr_t)(address + at), NULL);
		if (word == -1 && errno)
			return at;
		memcpy((char *)buf + at, &word, part);
	}
	return len;
}
