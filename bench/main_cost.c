/* SPDX-License-Identifier: MIT */
/* cost NAME COMMAND...: runs a command and prints what it took: user and wall seconds, most memory held. */
#include "vm/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	uint64_t begin = clock_ns();
	int status;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: %s NAME COMMAND...\n", argv[0]);
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(126);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
		perror("cost");
		return 1;
	}
	double user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
	printf("%-58s %6.2f s user %6.2f s wall %5ld MiB  exit %d\n", argv[1], user,
	       1e-9 * (double)(clock_ns() - begin), usage.ru_maxrss / 1024,
	       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}
