/* SPDX-License-Identifier: MIT */
/* Whatever ends a process that asks the kernel: nothing of it stays behind. */
#include "loader/kernel/behaviour.h"
#include "loader/kernel/interrupt.h"
#include "loader/kernel/values.h"

#include <stdio.h>
#include <stdlib.h>

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

START_TEST(interrupted)
{
	interrupt_all(harness, getenv("CHECK_LONG") ? 250 : 10, 20000, 9000 + (uint64_t)_i);
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
