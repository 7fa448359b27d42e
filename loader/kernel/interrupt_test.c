/* SPDX-License-Identifier: MIT */
/* Whatever ends a process that asks the kernel: nothing of it stays behind. */
#include "loader/kernel/behaviour.h"
#include "loader/kernel/values.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 10000

/* A kill, a TRAP, an ERRNO, a TRACE, an ALLOW: by the first argument. */
static const struct sock_filter insns[] = {
	{ 0x20, 0, 0, 16 },	    { 0x15, 0, 1, 0 }, { 0x06, 0, 0, 0x80000000 }, { 0x15, 0, 1, 1 },
	{ 0x06, 0, 0, 0 },	    { 0x15, 0, 1, 2 }, { 0x06, 0, 0, 0x00030000 }, { 0x15, 0, 1, 3 },
	{ 0x06, 0, 0, 0x00050001 }, { 0x15, 0, 1, 4 }, { 0x06, 0, 0, 0x7ff00005 }, { 0x06, 0, 0, 0x7fff0000 },
};

#define RECORDS 60

/* Asks until something ends it. */
static void harness(void)
{
	struct seccomp_data records[RECORDS];
	struct kernel_seen seen[RECORDS];
	enum kernel_asked asked[RECORDS];
	uint32_t values[RECORDS];
	struct kernel_behaviour *behaviour;
	struct vd_stack *stack;
	struct vd_prog *prog;

	for (unsigned i = 0; i < RECORDS; i++)
		records[i] = (struct seccomp_data){ .nr = 1, .arch = 0xc000003e, .args = { i % 6 } };
	if (vd_stack_new(&stack) < 0 || vd_prog_new(insns, COUNT_OF(insns), &prog, NULL) < 0 ||
	    vd_stack_push(stack, prog) < 0)
		_exit(1);
	while (kernel_behaviour_new(&behaviour) == 0) {
		for (enum kernel_mode mode = KERNEL_FAST; mode <= KERNEL_EXACT; mode++)
			if (kernel_behaviour_load(behaviour, stack) < 0 ||
			    kernel_behaviour_ask(behaviour, records, RECORDS, mode, seen) < 0)
				_exit(1);
		kernel_behaviour_free(behaviour);
		if (kernel_values(prog, records, RECORDS, values, asked) < 0)
			_exit(1);
	}
	_exit(1);
}

static void pause_us(long us)
{
	struct timespec time = { .tv_nsec = us * 1000 };

	nanosleep(&time, NULL);
}

/* As the subreaper of all that its harnesses leave, this process has no child at the end. */
static bool all_gone(void)
{
	for (int ms = 0; ms < LIMIT_MS; ms++) {
		pid_t pid;
		while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return true;
		pause_us(1000);
	}
	return false;
}

static void interrupt_one(struct vd_random *random)
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
	pause_us((long)vd_random_below(random, 20000));
	ck_assert_int_eq(kill(group ? -pid : pid, signal_number), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == signal_number, "status %#x",
		      (unsigned)status);
	ck_assert_msg(all_gone(), "something is left after signal %d", signal_number);
}

START_TEST(interrupted)
{
	struct vd_random random = { .state = 9000 + (uint64_t)_i };
	int runs = getenv("CHECK_LONG") ? 250 : 10;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	for (int i = 0; i < runs; i++)
		interrupt_one(&random);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, interrupted, 0, 4);
}

int main(void)
{
	struct kernel_behaviour *behaviour;
	int r = kernel_behaviour_new(&behaviour);

	if (r < 0) {
		printf("SKIP: interrupted oracles: %s\n", kernel_behaviour_explain(r));
		return 0;
	}
	kernel_behaviour_free(behaviour);
	return run_suite("interrupted oracles", add);
}
