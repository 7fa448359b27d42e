/* SPDX-License-Identifier: MIT */
/* For tests that run subcommands: each in a process of its own, since it may end by itself. */
#ifndef CASES_RUNNING_H
#define CASES_RUNNING_H

#include "loader/command.h"
#include "vm/testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX 12
#define OUTPUT_MAX 262144

/* What such a process leaves. */
struct ending {
	int status; /* -N: ended by signal N */
	char out[OUTPUT_MAX], err[4096];
};

static inline void read_whole(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	ck_assert_int_ge(n, 0);
	buf[n] = '\0';
	close(fd);
}

static inline int scratch(void)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	int fd = dup(fileno(file));
	fclose(file);
	return fd;
}

/* Never returns in the process of its own, where run() gets the arguments, the subcommand's name first. */
static inline void run_apart(const struct command *command, const char *const *args,
			     int (*run)(const struct command *command, int argc, char **argv, size_t n),
			     size_t n, struct ending *ret_ending)
{
	char *argv[ARGS_MAX + 2] = { (char *)command->name };
	int out = scratch(), err = scratch(), status, argc = 1;

	for (; args[argc - 1]; argc++)
		argv[argc] = (char *)args[argc - 1];
	fflush(NULL);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		exit(run(command, argc, argv, n));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ret_ending->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	read_whole(out, ret_ending->out, sizeof(ret_ending->out));
	read_whole(err, ret_ending->err, sizeof(ret_ending->err));
}

#endif
