/* SPDX-License-Identifier: MIT */
/* For tests: processes that are interrupted at random moments, of which nothing may stay. */
#ifndef LOADER_KERNEL_INTERRUPT_H
#define LOADER_KERNEL_INTERRUPT_H

#include "vm/random.h"
#include "vm/testing.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What is killed with its parent is gone within this; a limit for what hangs only. */
#define INTERRUPT_LIMIT_MS 30000

static inline void pause_us(long us)
{
	struct timespec time = { .tv_nsec = us * 1000 };

	nanosleep(&time, NULL);
}

/* As the subreaper of all that its harnesses leave, this process has no child at the end. */
static inline bool all_gone(void)
{
	for (int ms = 0; ms < INTERRUPT_LIMIT_MS; ms++) {
		pid_t pid;
		while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return true;
		pause_us(1000);
	}
	return false;
}

static inline void interrupt_one(struct vd_random *random, void (*harness)(void), uint32_t max_us)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGKILL };
	int signal_number = signals[vd_random_below(random, 3)], status;
	bool group = vd_random_below(random, 2); /* as a terminal does it */
	sigset_t all, old;

	/* the handlers of the test framework end the test: none may run in the harness */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setpgid(0, 0);
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		sigprocmask(SIG_SETMASK, &old, NULL);
		harness();
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	setpgid(pid, pid);
	pause_us((long)vd_random_below(random, max_us));
	ck_assert_int_eq(kill(group ? -pid : pid, signal_number), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* one that is through already is fine */
	ck_assert_msg((WIFSIGNALED(status) && WTERMSIG(status) == signal_number) || status == 0, "status %#x",
		      (unsigned)status);
	ck_assert_msg(all_gone(), "something is left after signal %d", signal_number);
}

/* runs harnesses, each interrupted within max_us: the calling process becomes their subreaper. */
static inline void interrupt_all(void (*harness)(void), int runs, uint32_t max_us, uint64_t seed)
{
	struct vd_random random = { .state = seed };

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	for (int i = 0; i < runs; i++)
		interrupt_one(&random, harness, max_us);
}

#endif
