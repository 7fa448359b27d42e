/* SPDX-License-Identifier: MIT */
/* Starting a command so that nothing of it runs unseen. */
#include "loader/ptrace/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child: waits for the word to go, then becomes the command. */
static void run_child(const struct tracer *tracer, char *const *argv, int go, int why)
{
	char word;

	if (read(go, &word, 1) != 1)
		_exit(127);
	int error = tracer->ops->prepare ? tracer->ops->prepare(tracer->userdata) : 0;
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
	if (ptrace(PTRACE_SEIZE, child, NULL, (void *)(long)TRACE_OPTIONS) < 0)
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
