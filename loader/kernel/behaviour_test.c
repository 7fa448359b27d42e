/* SPDX-License-Identifier: MIT */
/* The machine against the running kernel, as a task experiences it. */
#include "loader/kernel/behaviour.h"
#include "loader/kernel/install.h"
#include "loader/kernel/probe.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define X86_64 0xc000003eu
#define I386 0x40000003u
#define RET_K(value)                \
	{                           \
		0x06, 0, 0, (value) \
	}

static struct kernel_behaviour *oracle(void)
{
	struct kernel_behaviour *behaviour;

	ck_assert_int_eq(kernel_behaviour_new(&behaviour), 0);
	return behaviour;
}

static void check_one(struct kernel_behaviour *behaviour, const struct vd_stack *stack,
		      const struct seccomp_data *record, const struct kernel_seen *seen)
{
	struct vd_verdict verdict = vd_stack_run(stack, record);

	ck_assert_int_eq(seen->asked, kernel_askable(record));
	if (seen->asked != KERNEL_ASKED)
		return;
	ck_assert_msg(seen->value == kernel_experience(verdict.ret),
		      "nr %d arch %08x: machine %08x, kernel %08x", record->nr, record->arch, verdict.ret,
		      seen->value);
	if ((seen->value & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRAP) {
		ck_assert_int_eq(seen->call_nr, record->nr);
		ck_assert_uint_eq(seen->call_arch, record->arch);
	}
}

static void compare(struct kernel_behaviour *behaviour, const struct vd_stack *stack,
		    const struct seccomp_data *records, size_t n, enum kernel_mode mode)
{
	struct kernel_seen *seen = calloc(n, sizeof(*seen));
	int r = kernel_behaviour_ask(behaviour, records, n, mode, seen);

	ck_assert_msg(r == 0, "%s", kernel_behaviour_explain(r));
	for (size_t i = 0; i < n; i++)
		check_one(behaviour, stack, &records[i], &seen[i]);
	free(seen);
}

/* ------------------------------------------------------------ outcomes -- */

static const uint32_t values[] = {
	0x7fff0000, 0x7fff0001, 0x7ffc0000, 0x7ffcffff, 0x7ff00000, 0x7ff00007, 0x7ff0ffff,
	0x7ff0fffe, 0x7fc00000, 0x7fc00005, 0x00050000, 0x00050001, 0x00050026, 0x000501ff,
	0x00050200, 0x00050201, 0x00050202, 0x00050203, 0x00050204, 0x00050205, 0x00050fff,
	0x00051000, 0x0005ffff, 0x00030000, 0x0003002a, 0x0003ffff, 0x00000000, 0x00000001,
	0x0000ffff, 0x80000000, 0x8000ffff, 0x00010000, 0x00040000, 0x00060000, 0x7ffe0000,
	0xffffffff, 0x7ffd0000, 0x7fbf0000, 0x40000000, 0x80010000, 0x7fffffff,
};

static const int numbers[] = {
	0,	    1,		39, 60, 334,  337,  231,  435,	600, 0x40000000,      0x40000001,
	0x3fffffff, 0x7fffffff, -1, -2, -512, -513, -514, -516, -38, (int)0x80000000, (int)0x80000005,
	15,	    219
};

/* Every action, in both modes, in both ABIs, for all kinds of numbers. */
START_TEST(outcomes)
{
	const struct sock_filter insns[] = { RET_K(values[_i]) };
	struct seccomp_data records[2 * COUNT_OF(numbers)];
	struct kernel_behaviour *behaviour = oracle();
	struct vd_stack *stack = stack_of_one(insns, 1);
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		for (int arch = 0; arch < 2; arch++)
			records[n++] = (struct seccomp_data){ .nr = numbers[i],
							      .arch = arch ? I386 : X86_64,
							      .instruction_pointer = 0xfedcba9876543210 };
	ck_assert_int_eq(kernel_behaviour_load(behaviour, stack), 0);
	compare(behaviour, stack, records, n, KERNEL_FAST);
	compare(behaviour, stack, records, n, KERNEL_EXACT);
	vd_stack_free(stack);
	kernel_behaviour_free(behaviour);
}
END_TEST

/* Each word of the record reaches the filters as it is: TRACE shows one half, then the other. */
START_TEST(words)
{
	const struct sock_filter insns[2][5] = {
		{ { 0x20, 0, 0, 4u * (unsigned)_i },
		  { 0x54, 0, 0, 0xffff },
		  { 0x44, 0, 0, 0x7ff00000 },
		  { 0x16, 0, 0, 0 } },
		{ { 0x20, 0, 0, 4u * (unsigned)_i },
		  { 0x74, 0, 0, 16 },
		  { 0x44, 0, 0, 0x7ff00000 },
		  { 0x16, 0, 0, 0 } },
	};
	struct kernel_behaviour *behaviour = oracle();
	struct seccomp_data records[4];

	for (int i = 0; i < 4; i++) {
		records[i] = (struct seccomp_data){ .nr = i % 2 ? -0x1234567 : 0x12348765,
						    .arch = i / 2 ? I386 : X86_64,
						    .instruction_pointer = i ? 0xfffedcba98765432 >> i : 0 };
		for (unsigned a = 0; a < 6; a++)
			records[i].args[a] = 0x8765432100000000u + 0x1111111181818181u * a;
	}
	for (int half = 0; half < 2; half++) {
		struct vd_stack *stack = stack_of_one(insns[half], 4);
		ck_assert_int_eq(kernel_behaviour_load(behaviour, stack), 0);
		compare(behaviour, stack, records, 4, KERNEL_AUTO);
		vd_stack_free(stack);
	}
	kernel_behaviour_free(behaviour);
}
END_TEST

/* Every operation on A and X, at the boundaries of both: each half of the result as TRACE's data. */
START_TEST(arithmetic)
{
	static const uint16_t codes[] = { 0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0xac, 0x84 };
	static const uint32_t operands[] = { 0, 1, 31, 32, 33, 64, 0x7fffffff, 0x80000000, 0xffffffff };
	struct seccomp_data records[COUNT_OF(operands) * COUNT_OF(operands)];
	struct kernel_behaviour *behaviour = oracle();
	size_t n = 0;

	for (size_t a = 0; a < COUNT_OF(operands); a++)
		for (size_t x = 0; x < COUNT_OF(operands); x++)
			records[n++] = (struct seccomp_data){ .nr = 1,
							      .arch = X86_64,
							      .args = { operands[a], operands[x] } };
	for (unsigned half = 0; half < 2; half++) {
		const struct sock_filter insns[] = {
			{ 0x20, 0, 0, 24 },	    { 0x07, 0, 0, 0 },	       { 0x20, 0, 0, 16 },
			{ codes[_i], 0, 0, 0 },	    { 0x74, 0, 0, 16 * half }, { 0x54, 0, 0, 0xffff },
			{ 0x44, 0, 0, 0x7ff00000 }, { 0x16, 0, 0, 0 },
		};
		struct vd_stack *stack = stack_of_one(insns, COUNT_OF(insns));
		ck_assert_int_eq(kernel_behaviour_load(behaviour, stack), 0);
		compare(behaviour, stack, records, n, KERNEL_AUTO);
		vd_stack_free(stack);
	}
	kernel_behaviour_free(behaviour);
}
END_TEST

/* All data of TRACE, our marker's own included. */
START_TEST(markers)
{
	const struct sock_filter insns[] = { { 0x20, 0, 0, 16 },
					     { 0x44, 0, 0, 0x7ff00000 },
					     { 0x16, 0, 0, 0 } };
	struct kernel_behaviour *behaviour = oracle();
	struct vd_stack *stack = stack_of_one(insns, 3);
	struct seccomp_data records[256];
	unsigned first = _i ? 0xff00 : getenv("CHECK_LONG") ? 0 : 0xf000;

	ck_assert_int_eq(kernel_behaviour_load(behaviour, stack), 0);
	for (unsigned data = first; data < 0x10000; data += 256) {
		for (unsigned i = 0; i < 256; i++)
			records[i] = (struct seccomp_data){ .nr = 1, .arch = X86_64, .args = { data + i } };
		compare(behaviour, stack, records, 256, _i ? KERNEL_EXACT : KERNEL_FAST);
	}
	vd_stack_free(stack);
	kernel_behaviour_free(behaviour);
}
END_TEST

/* Where TRACE's data comes from RET K, a marker that none of them says is taken. */
START_TEST(marker_in_program)
{
	struct sock_filter *insns = calloc(2001, sizeof(*insns));
	struct kernel_behaviour *behaviour = oracle();
	struct seccomp_data record = { .nr = 1, .arch = X86_64 };

	for (unsigned i = 0; i < 1000; i++) {
		insns[2 * i] = (struct sock_filter){ 0x15, 0, 1, i + 1 };
		insns[2 * i + 1] = (struct sock_filter)RET_K(0x7ff0ffff - i);
	}
	insns[2000] = (struct sock_filter)RET_K(0x7fff0000);
	struct vd_stack *stack = stack_of_one(insns, 2001);
	ck_assert_int_eq(kernel_behaviour_load(behaviour, stack), 0);
	compare(behaviour, stack, &record, 1, KERNEL_AUTO);
	vd_stack_free(stack);
	free(insns);
	kernel_behaviour_free(behaviour);
}
END_TEST

/* A TRAP says where the call came from. */
START_TEST(trap_address)
{
	const struct sock_filter insns[] = { RET_K(0x00030011) };
	static const uint64_t addresses[] = {
		0, 2, 0x401002, 0x7fffffffefff, 0xffffffffff600007, 0x8000000000000000, UINT64_MAX
	};
	struct kernel_behaviour *behaviour = oracle();
	struct vd_stack *stack = stack_of_one(insns, 1);

	ck_assert_int_eq(kernel_behaviour_load(behaviour, stack), 0);
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		struct seccomp_data record = { .nr = 39,
					       .arch = X86_64,
					       .instruction_pointer = addresses[i] };
		struct kernel_seen seen;
		ck_assert_int_eq(kernel_behaviour_ask(behaviour, &record, 1, KERNEL_EXACT, &seen), 0);
		ck_assert_uint_eq(seen.value, 0x00030011);
		ck_assert_uint_eq(seen.call_addr, addresses[i]);
		ck_assert_int_eq(seen.call_nr, 39);
		ck_assert_uint_eq(seen.call_arch, X86_64);
	}
	vd_stack_free(stack);
	kernel_behaviour_free(behaviour);
}
END_TEST

START_TEST(never_asked)
{
	const struct sock_filter insns[] = { RET_K(0x00050001) };
	const struct seccomp_data records[] = { { .nr = 335, .arch = X86_64 },
						{ .nr = 336, .arch = X86_64 },
						{ .nr = 335, .arch = I386 },
						{ .nr = 1, .arch = 0xc00000b7 },
						{ .nr = 1, .arch = 0 } };
	const enum kernel_asked expected[] = { KERNEL_BYPASSED, KERNEL_BYPASSED,
					       kernel_has_i386() ? KERNEL_ASKED : KERNEL_ARCH, KERNEL_ARCH,
					       KERNEL_ARCH };
	struct kernel_behaviour *behaviour = oracle();
	struct vd_stack *stack = stack_of_one(insns, 1);
	struct kernel_seen seen[5];

	ck_assert_int_eq(kernel_behaviour_load(behaviour, stack), 0);
	ck_assert_int_eq(kernel_behaviour_ask(behaviour, records, 5, KERNEL_AUTO, seen), 0);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(seen[i].asked, expected[i]);
	vd_stack_free(stack);
	kernel_behaviour_free(behaviour);
}
END_TEST

START_TEST(empty_stack)
{
	struct kernel_behaviour *behaviour = oracle();
	struct seccomp_data record = { .nr = 1, .arch = X86_64 };
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(kernel_behaviour_load(behaviour, stack), 0);
	compare(behaviour, stack, &record, 1, KERNEL_AUTO);
	vd_stack_free(stack);
	kernel_behaviour_free(behaviour);
}
END_TEST

/* The longest programs: without privileges the door needs four instructions. */
START_TEST(longest)
{
	struct kernel_behaviour *behaviour = oracle();
	struct sock_filter *insns = calloc(4096, sizeof(*insns));
	struct seccomp_data record = { .nr = 1, .arch = X86_64 };

	for (unsigned i = 0; i < 4096; i++)
		insns[i] = (struct sock_filter)RET_K(0x00050007);
	for (unsigned len = 4092; len <= 4096; len++) {
		struct vd_stack *stack = stack_of_one(insns, len);
		int r = kernel_behaviour_load(behaviour, stack);
		ck_assert_int_eq(r, len > 4092 && !kernel_behaviour_unchanged(behaviour) ? -E2BIG : 0);
		if (r == 0)
			compare(behaviour, stack, &record, 1, KERNEL_AUTO);
		vd_stack_free(stack);
	}
	free(insns);
	kernel_behaviour_free(behaviour);
}
END_TEST

/* -------------------------------------------------------------- random -- */

/*
 * Random values are mostly actions that no kernel knows, which kill: real ones
 * let the filters of a stack meet, with data of their own.
 */
static void civilise(struct vd_random *random, struct sock_filter *insns, size_t len)
{
	static const uint32_t actions[] = { 0x7fff0000, 0x7fff0000, 0x7fff0000, 0x7ffc0000, 0x7ffc0000,
					    0x7ff00000, 0x7ff00000, 0x7fc00000, 0x00050000, 0x00050000,
					    0x00030000, 0x00000000, 0x80000000 };

	for (size_t i = 0; i < len; i++)
		if (insns[i].code == 0x06 && vd_random_below(random, 16))
			insns[i].k = actions[vd_random_below(random, COUNT_OF(actions))] |
				     (vd_random_next(random) & 0xffff);
}

#define FILTERS_MAX 6
#define RECORDS 8

static void compare_random(struct kernel_behaviour *behaviour, struct vd_random *random)
{
	struct sock_filter insns[30];
	struct seccomp_data records[RECORDS];
	struct vd_stack *stack;
	struct vd_prog *prog;
	unsigned filters = 1 + vd_random_below(random, FILTERS_MAX), at = 0;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	for (unsigned i = 0; i < filters; i++) {
		size_t len = vd_random_prog(random, vd_random_below(random, 4) ? 4 : 30, 0, insns);
		civilise(random, insns, len);
		ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
		vd_prog_free(prog);
		for (; at < RECORDS * (i + 1) / filters; at++) {
			vd_random_record(random, insns, len, &records[at]);
			records[at].arch = vd_random_below(random, 3) ? X86_64 : I386;
		}
	}
	int r = kernel_behaviour_load(behaviour, stack);
	ck_assert_msg(r == 0, "%s", kernel_behaviour_explain(r));
	compare(behaviour, stack, records, RECORDS, KERNEL_AUTO);
	vd_stack_free(stack);
}

START_TEST(random_stacks)
{
	struct vd_random random = { .state = 7000 + (uint64_t)_i };
	struct kernel_behaviour *behaviour = oracle();
	int stacks = getenv("CHECK_LONG") ? 5000 : 100;

	for (int i = 0; i < stacks; i++)
		compare_random(behaviour, &random);
	kernel_behaviour_free(behaviour);
}
END_TEST

/* Stops all of its siblings, again and again. */
static void pester(pid_t parent)
{
	char path[64];
	int pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	while (getppid() == parent) {
		FILE *siblings = fopen(path, "re");
		while (siblings && fscanf(siblings, "%d", &pid) == 1)
			if (pid != getpid())
				kill(pid, SIGSTOP);
		if (siblings)
			fclose(siblings);
	}
	_exit(0);
}

/* SIGSTOP from outside changes no answer, wherever it meets a task. */
START_TEST(stopped_from_outside)
{
	const struct sock_filter insns[] = { { 0x20, 0, 0, 0 }, { 0x15, 0, 1, 1 }, RET_K(0x7fff0000),
					     { 0x15, 0, 1, 2 }, RET_K(0x00030005), { 0x15, 0, 1, 3 },
					     RET_K(0x80000000), RET_K(0x00050007) };
	struct kernel_behaviour *behaviour = oracle();
	struct vd_stack *stack = stack_of_one(insns, COUNT_OF(insns));
	struct seccomp_data records[40];
	pid_t parent = getpid(), pest = fork();

	ck_assert_int_ge(pest, 0);
	if (pest == 0)
		pester(parent);
	for (int i = 0; i < 40; i++)
		records[i] = (struct seccomp_data){ .nr = i % 5, .arch = X86_64 };
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(kernel_behaviour_load(behaviour, stack), 0);
		compare(behaviour, stack, records, 40, i % 2 ? KERNEL_EXACT : KERNEL_FAST);
	}
	kill(pest, SIGKILL);
	waitpid(pest, NULL, 0);
	vd_stack_free(stack);
	kernel_behaviour_free(behaviour);
}
END_TEST

/* Why the kernel was not asked, for people. */
static const struct {
	const char *(*explain)(int error);
	int error;
	const char *says;
} reasons[] = {
	{ kernel_behaviour_explain, -EPERM, "may not trace its own children" },
	{ kernel_behaviour_explain, -EACCES, "may not trace its own children" },
	{ kernel_behaviour_explain, -EBUSY, "runs under a filter itself" },
	{ kernel_behaviour_explain, -ENOEXEC, "not x86-64" },
	{ kernel_behaviour_explain, -E2BIG, "no room for the four instructions" },
	{ kernel_behaviour_explain, -ENOMEM, "exceeds the kernel's size limit" },
	{ kernel_behaviour_explain, -EOPNOTSUPP, "needs CAP_SYS_ADMIN" },
	{ kernel_behaviour_explain, -EOVERFLOW, "a length over 65535" },
	{ kernel_behaviour_explain, -ETIMEDOUT, "did not stop in time" },
	{ kernel_behaviour_explain, -ESRCH, "was killed from outside" },
	{ kernel_behaviour_explain, -EINTR, "was killed from outside" },
	{ kernel_behaviour_explain, -ENOSYS, "has no seccomp(2)" },
	{ kernel_behaviour_explain, -EINVAL, "has no seccomp(2)" },
	{ kernel_behaviour_explain, -EIO, "Input/output error" },
	{ kernel_prober_explain, -EBUSY, "has a listener already" },
	{ kernel_prober_explain, -EINVAL, "this kernel has no listeners" },
	{ kernel_prober_explain, -EIO, "Input/output error" },
};

START_TEST(explained)
{
	const char *why = reasons[_i].explain == kernel_prober_explain ? kernel_why_not() : NULL;
	const char *said = reasons[_i].explain(reasons[_i].error);

	ck_assert_msg(strstr(said, why ? why : reasons[_i].says) != NULL, "%d: %s", reasons[_i].error, said);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, explained, 0, COUNT_OF(reasons));
	tcase_add_loop_test(tc, outcomes, 0, COUNT_OF(values));
	tcase_add_loop_test(tc, words, 0, 16);
	tcase_add_loop_test(tc, arithmetic, 0, 10);
	tcase_add_loop_test(tc, markers, 0, 2);
	tcase_add_test(tc, marker_in_program);
	tcase_add_test(tc, trap_address);
	tcase_add_test(tc, never_asked);
	tcase_add_test(tc, empty_stack);
	tcase_add_test(tc, longest);
	tcase_add_loop_test(tc, random_stacks, 0, 4);
	tcase_add_test(tc, stopped_from_outside);
}

int main(void)
{
	struct kernel_behaviour *behaviour;
	int r = kernel_behaviour_new(&behaviour);

	if (r < 0) {
		printf("SKIP: kernel behaviour: %s\n", kernel_behaviour_explain(r));
		return 0;
	}
	kernel_behaviour_free(behaviour);
	return run_suite("kernel behaviour", add);
}
