/* SPDX-License-Identifier: MIT */
#include "loader/ptrace/filters.h"
#include "loader/ptrace/status.h"

#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A task that sleeps uninterruptibly does not stop; it is let go then. */
#define STOP_LIMIT_MS 5000

int filter_read(pid_t tid, unsigned index, struct sock_filter *insns)
{
	void *at = (void *)(uintptr_t)index;
	long len = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, at, NULL);

	/* Without a buffer it tells the length. */
	if (len < 0)
		return -errno;
	if (len > FILTER_LEN_MAX)
		return -EMSGSIZE;
	len = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, at, insns);
	return len < 0 ? -errno : (int)len;
}

static bool has_log_flag(pid_t tid, unsigned index)
{
	struct __ptrace_seccomp_metadata metadata = { .filter_off = index };

	return ptrace(PTRACE_SECCOMP_GET_METADATA, tid, (void *)sizeof(metadata), &metadata) > 0 &&
	       (metadata.flags & SECCOMP_FILTER_FLAG_LOG);
}

void task_filters_done(struct task_filters *filters)
{
	if (!filters)
		return;
	for (size_t i = 0; i < filters->n; i++)
		free(filters->items[i].insns);
	free(filters->items);
	*filters = (struct task_filters){ 0 };
}

static int why(char *ret_why, int error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int why(char *ret_why, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ret_why, FILTERS_WHY_MAX, fmt, ap);
	va_end(ap);
	return error;
}

/* GET_FILTER is not for everyone, and is one answer (EACCES) to two lacks. */
static int why_denied(char *ret_why)
{
	struct task_status self;

	if (task_status(getpid(), &self) == 0) {
		if (!(self.caps >> CAP_SYS_ADMIN & 1))
			return why(ret_why, -EACCES,
				   "reading a task's filters needs CAP_SYS_ADMIN: run this as root");
		if (self.seccomp > 0)
			return why(ret_why, -EACCES,
				   "this process has seccomp filters itself (a container's?), and only one "
				   "without "
				   "may read others'");
	}
	return why(ret_why, -EACCES,
		   "reading a task's filters needs CAP_SYS_ADMIN in the initial user namespace: run this as "
		   "root "
		   "outside any container");
}

static int why_unread(char *ret_why, pid_t tid, int error, const struct task_status *status)
{
	if (error == -EACCES)
		return why_denied(ret_why);
	if (error == -EINVAL && status->seccomp == SECCOMP_MODE_FILTER)
		return why(ret_why, -EOPNOTSUPP,
			   "this kernel cannot give filters back: it was built without "
			   "CONFIG_CHECKPOINT_RESTORE");
	return why(ret_why, error, "task %d: PTRACE_SECCOMP_GET_FILTER: %s", tid, strerror(-error));
}

/* Why PTRACE_SEIZE says no. */
static int why_unattached(char *ret_why, pid_t tid, int error)
{
	struct task_status status, tracer = { .name = "?" }, self;

	if (error == -ESRCH || task_status(tid, &status) < 0)
		return why(ret_why, -ESRCH, "no task has the id %d", tid);
	if (status.state == 'Z' || status.state == 'X')
		return why(ret_why, -ESRCH, "task %d has ended (it waits for its parent to notice)", tid);
	if (status.tgid == getpid())
		return why(ret_why, -EPERM, "a process cannot trace itself");
	if (!status.memory)
		return why(ret_why, -EPERM, "task %d (%s) is a kernel thread", tid, status.name);
	if (status.tracer) {
		task_status(status.tracer, &tracer);
		return why(ret_why, -EBUSY, "task %d is traced already, by process %d (%s)", tid,
			   status.tracer, tracer.name);
	}
	if (error == -EPERM && task_status(getpid(), &self) == 0 && !(self.caps >> CAP_SYS_PTRACE & 1))
		return why(ret_why, -EPERM,
			   "no permission to trace task %d (%s): this needs CAP_SYS_PTRACE, and "
			   "CAP_SYS_ADMIN to read "
			   "its filters: run this as root",
			   tid, status.name);
	return why(ret_why, error, "task %d (%s) cannot be traced: %s", tid, status.name, strerror(-error));
}

static int read_one(pid_t tid, struct task_filters *filters, struct sock_filter *buf)
{
	int len = filter_read(tid, (unsigned)filters->n, buf);

	if (len < 0)
		return len;
	struct task_filter *items = realloc(filters->items, (filters->n + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	filters->items = items;
	struct sock_filter *insns = malloc((size_t)len * sizeof(*insns) + !len);
	if (!insns)
		return -ENOMEM;
	memcpy(insns, buf, (size_t)len * sizeof(*insns));
	items[filters->n] = (struct task_filter){ .insns = insns,
						  .len = (size_t)len,
						  .log = has_log_flag(tid, (unsigned)filters->n) };
	filters->n++;
	return 0;
}

static int read_all(pid_t tid, struct task_filters *filters, char *ret_why)
{
	struct sock_filter *buf = malloc(FILTER_LEN_MAX * sizeof(*buf));
	struct task_status status;
	int r = buf ? 0 : -ENOMEM;
	bool known;
	size_t n;

	/* another thread's TSYNC may put one on top meanwhile: they are read on until none has come */
	do {
		n = filters->n;
		while (r == 0)
			r = read_one(tid, filters, buf);
		known = task_status(tid, &status) == 0;
		if (r == -ENOENT && known && status.filters > (int)filters->n && filters->n > n)
			r = 0;
	} while (r == 0);
	free(buf);
	if (r == -ENOMEM)
		return why(ret_why, r, "out of memory");
	if (!known)
		return why(ret_why, -ESRCH, "task %d ended meanwhile", tid);
	if (status.seccomp == 0 && r != -ENOENT)
		return why(ret_why, -ENODATA, "task %d (%s) has no filters", tid, status.name);
	if (status.seccomp == SECCOMP_MODE_STRICT)
		return why(ret_why, -ENODATA, "task %d (%s) has no filters: it is in strict mode", tid,
			   status.name);
	if (r != -ENOENT)
		return why_unread(ret_why, tid, r, &status);
	if (status.filters >= 0 && (size_t)status.filters != filters->n)
		return why(ret_why, -EPROTO,
			   "task %d has %d filters (/proc/%d/status), but %zu could be read", tid,
			   status.filters, tid, filters->n);
	return 0;
}

int task_filters_read_stopped(pid_t tid, struct task_filters *ret_filters, char ret_why[FILTERS_WHY_MAX])
{
	struct task_filters filters = { 0 };
	int r = read_all(tid, &filters, ret_why);

	if (r < 0)
		task_filters_done(&filters);
	else
		*ret_filters = filters;
	return r;
}

/* Whether it runs, or waits for a CPU: then it will stop, however long that takes. */
static bool runs(pid_t tid)
{
	struct task_status status;

	return task_status(tid, &status) == 0 && status.state == 'R';
}

/* 0: it stands still, and was stopped by what *ret_status says. */
static int wait_for_stop(pid_t tid, int *ret_status)
{
	struct timespec pause = { .tv_nsec = 50 * 1000 };

	for (long waited = 0; waited < STOP_LIMIT_MS * 1000000L; waited += runs(tid) ? 0 : pause.tv_nsec) {
		pid_t got = waitpid(tid, ret_status, __WALL | WNOHANG);
		if (got == tid)
			return WIFSTOPPED(*ret_status) ? 0 : -ESRCH;
		if (got < 0 && errno != EINTR)
			return -ESRCH;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 5 * 1000 * 1000)
			pause.tv_nsec *= 2;
	}
	return -ETIMEDOUT;
}

/* A signal that the stop came from still has to reach the task. */
static void let_go(pid_t tid, int status)
{
	bool delivery = status >> 16 == 0;

	ptrace(PTRACE_DETACH, tid, NULL, (void *)(long)(delivery ? WSTOPSIG(status) : 0));
}

static int attach_and_read(pid_t tid, struct task_filters *ret_filters, char *ret_why)
{
	int status;

	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0)
		return why_unattached(ret_why, tid, -errno);
	ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	int r = wait_for_stop(tid, &status);
	if (r == -ETIMEDOUT)
		return why(ret_why, r, "task %d does not stop: it sleeps uninterruptibly", tid);
	if (r < 0)
		return why(ret_why, r, "task %d ended meanwhile", tid);
	r = task_filters_read_stopped(tid, ret_filters, ret_why);
	let_go(tid, status);
	return r;
}

struct job {
	pid_t tid;
	struct task_filters *ret_filters;
	char *ret_why;
	int r;
};

static void *run_job(void *arg)
{
	struct job *job = arg;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	job->r = attach_and_read(job->tid, job->ret_filters, job->ret_why);
	return NULL;
}

int task_filters_read(pid_t tid, struct task_filters *ret_filters, char ret_why[FILTERS_WHY_MAX])
{
	struct job job = { .tid = tid, .ret_filters = ret_filters, .ret_why = ret_why };
	pthread_t thread;

	/*
	 * In a thread of its own: one that did not stop in time cannot be
	 * detached, but the kernel lets go of it when the tracing thread ends.
	 */
	int error = pthread_create(&thread, NULL, run_job, &job);
	if (error)
		return why(ret_why, -error, "cannot start a thread: %s", strerror(error));
	pthread_join(thread, NULL);
	return job.r;
}
