/* SPDX-License-Identifier: MIT */
/* Whatever ends notify and exec: no command that waits for its filters stays behind. */
#include "loader/kernel/install.h"
#include "loader/kernel/interrupt.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static void run_under(const char *command)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execl(getenv("VERDICT"), "verdict", command, "cases/suite/live/notify-mkdir.bpfasm", "--", "true",
	      NULL);
	_exit(1);
}

static void notify(void)
{
	run_under("notify");
}

static void exec(void)
{
	run_under("exec");
}

START_TEST(interrupted)
{
	interrupt_all(_i % 2 ? exec : notify, getenv("CHECK_LONG") ? 250 : 10, 15000, 9200 + (uint64_t)_i);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, interrupted, 0, 4);
}

int main(void)
{
	const char *why = getenv("VERDICT") ? kernel_why_not() : "the program to run is not named in VERDICT";

	if (why) {
		printf("SKIP: interrupted commands: %s\n", why);
		return 0;
	}
	return run_suite("interrupted commands", add);
}
