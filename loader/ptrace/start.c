/* SPDX-License-Identifier: MIT */
/* Starting a command so that nothing of it runs unseen; joining a process that runs. */
#include "loader/ptrace/loop.h"
#include "loader/ptrace/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

long trace_options(const struct tracer *tracer)
{
	/* Without a tracer the filter would leave its tasks no call. */
	return tracer->by_filter ? TRACE_OPTIONS | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL : TRACE_OPTIONS;
}

/* The child: waits for the word to go, then becomes the command. */
static void run_child(const struct tracer *tracer, char *const *argv, int go, int why)
{
	char word;

	if (read(go, &word, 1) != 1)
		_exit(127);
	int error = tracer->ops->prepare ? tracer->ops->prepare(tracer->userdata) : 0;
	if (!error && tracer->by_filter)
		error = guard_install();
	if (!error) {
		signals_give_back(tracer);
		execvp(argv[0], argv);
		error = errno;
	}
	if (write(why, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* The child lives and waits: attaches to it and lets it go. */
static int take_child(struct tracer *tracer, pid_t child, int go)
{
	/* what executed() does before the new program begins must not be left out by our end */
	long waits = tracer->ops->executed ? PTRACE_O_EXITKILL : 0;

	if (ptrace(PTRACE_SEIZE, child, NULL, (void *)(trace_options(tracer) | waits)) < 0)
		return -errno;
	struct tracee *task = table_add(&tracer->tasks, child);
	if (!task)
		return -ENOMEM;
	task->tgid = child;
	task->started = true;
	tracer->command = child;
	if (tracer->ops->born)
		tracer->ops->born(tracer->userdata, task, NULL);
	return write(go, "", 1) == 1 ? 0 : -EPIPE;
}

static int fork_child(struct tracer *tracer, char *const *argv, int go[2], int why[2])
{
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0) {
		close(go[1]);
		run_child(tracer, argv, go[0], why[1]);
	}
	int r = take_child(tracer, child, go[1]);
	if (r < 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, __WALL);
	}
	return r;
}

int tracer_start(struct tracer *tracer, char *const *argv)
{
	int go[2], why[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(why, O_CLOEXEC | O_NONBLOCK) < 0) {
		int r = -errno;
		close(go[0]);
		close(go[1]);
		return r;
	}
	int r = fork_child(tracer, argv, go, why);
	close(go[0]);
	close(go[1]);
	close(why[1]);
	if (r < 0)
		close(why[0]);
	else
		tracer->exec_pipe = why[0];
	return r;
}

/*
 * May not be traced, which is no matter of rights: it has ended, or it was born
 * by a thread that is followed already, and its birth is to be told of.
 */
static bool need_not_attach(pid_t tid)
{
	struct task_status status;

	return task_status(tid, &status) < 0 || status.state == 'Z' || status.state == 'X' ||
	       status.tracer == getpid();
}

/* 1: followed from now on; 0: it was already, or has ended. */
static int attach_thread(struct tracer *tracer, pid_t pid, pid_t tid)
{
	if (table_find(&tracer->tasks, tid))
		return 0;
	if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)trace_options(tracer)) < 0) {
		int r = -errno;
		return r == -ESRCH || need_not_attach(tid) ? 0 : r;
	}
	struct tracee *task = table_add(&tracer->tasks, tid);
	if (!task)
		return -ENOMEM;
	task->tgid = pid;
	if (tracer->ops->born)
		tracer->ops->born(tracer->userdata, task, NULL);
	ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	return 1;
}

/* How many threads were not followed before. */
static int attach_threads(struct tracer *tracer, pid_t pid, DIR *folder)
{
	const struct dirent *entry;
	int n = 0;

	while ((entry = readdir(folder)) != NULL) {
		pid_t tid = task_id_parse(entry->d_name);
		int r = tid ? attach_thread(tracer, pid, tid) : 0;
		if (r < 0)
			return r;
		n += r;
	}
	return n;
}

int tracer_attach(struct tracer *tracer, pid_t pid)
{
	char path[32];
	int r = 1;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	/* A thread that is not followed yet may make another: until a look finds no new one. */
	while (r > 0) {
		DIR *folder = opendir(path);
		if (!folder)
			return errno == ENOENT ? -ESRCH : -errno;
		r = attach_threads(tracer, pid, folder);
		closedir(folder);
	}
	return r < 0 ? r : tracer->tasks.n ? 0 : -ESRCH;
}
