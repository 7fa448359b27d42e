/* SPDX-License-Identifier: MIT */
/* Whatever ends `verdict notify`: no command that waits to be supervised stays behind. */
#include "loader/kernel/install.h"
#include "loader/kernel/interrupt.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static void harness(void)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execl(getenv("VERDICT"), "verdict", "notify", "cases/suite/live/notify-mkdir.bpfasm", "--", "true",
	      NULL);
	_exit(1);
}

START_TEST(interrupted)
{
	interrupt_all(harness, getenv("CHECK_LONG") ? 250 : 10, 15000, 9200 + (uint64_t)_i);
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
		printf("SKIP: interrupted notify: %s\n", why);
		return 0;
	}
	return run_suite("interrupted notify", add);
}
