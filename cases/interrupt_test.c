/* SPDX-License-Identifier: MIT */
/* Whatever ends the program, no target, courier, tracer or command that waits for its filters stays behind.
 */
#include "loader/kernel/install.h"
#include "loader/kernel/interrupt.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define FILTER "cases/suite/live/notify-mkdir.bpfasm"

static const struct {
	const char *argv[6]; /* as execv() wants it, which changes none of it */
	uint32_t max_us;     /* about as long as it takes */
	int runs, long_runs;
} commands[] = {
	{ { "verdict", "notify", FILTER, "--", "true" }, 15000, 10, 250 },
	{ { "verdict", "exec", FILTER, "--", "true" }, 15000, 10, 250 },
	{ { "verdict", "test", "cases/suite/live" }, 500000, 5, 250 },
};
static const char *const *argv;

static void run_argv(void)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execv(getenv("VERDICT"), (char *const *)argv);
	_exit(1);
}

START_TEST(interrupted)
{
	argv = commands[_i].argv;
	interrupt_all(run_argv, getenv("CHECK_LONG") ? commands[_i].long_runs : commands[_i].runs,
		      commands[_i].max_us, 9100 + (uint64_t)_i);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, interrupted, 0, COUNT_OF(commands));
}

int main(void)
{
	const char *why = getenv("VERDICT") ? kernel_why_not() : "the program to run is not named in VERDICT";

	if (why) {
		printf("SKIP: interrupted runs: %s\n", why);
		return 0;
	}
	return run_suite("interrupted runs", add);
}
