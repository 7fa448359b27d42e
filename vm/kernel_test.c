/* SPDX-License-Identifier: MIT */
/*
 * The checker against the running kernel. In a task that already has a
 * listener, seccomp(2) with NEW_LISTENER answers EBUSY for a program it would
 * take and EINVAL for one it would not, and installs nothing.
 */
#include "vm/isa.h"
#include "vm/random.h"
#include "vm/testing.h"
#include "vm/verdict.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long install(const struct sock_filter *insns, size_t len, unsigned flags)
{
	struct sock_fprog prog = { .len = (unsigned short)len, .filter = (struct sock_filter *)insns };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

/* Enters a state in which programs can be asked about; NULL, or why not. */
static const char *become_prober(void)
{
	static const struct sock_filter allow[] = { { 0x06, 0, 0, SECCOMP_RET_ALLOW } };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return "no_new_privs cannot be set";
	if (install(allow, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0)
		return errno == EBUSY ? "this process has a listener already" : strerror(errno);
	return NULL;
}

static void must_agree(const struct sock_filter *insns, size_t len)
{
	struct vd_error error = { 0 };
	bool accepted = vd_check(insns, len, &error, 1) == 0;
	long r = install(insns, len, SECCOMP_FILTER_FLAG_NEW_LISTENER);

	ck_assert_int_eq(r, -1);
	ck_assert_msg(errno == (accepted ? EBUSY : EINVAL), "kernel: %s, checker: code %d at %d", strerror(errno),
		      error.code, error.pc);
}

/* Every opcode, once where k = 0 is a scratch word that was written and once k = 4. */
START_TEST(all_opcodes)
{
	static const uint32_t ks[] = { 0, 4 };

	for (unsigned code = 0; code <= 0xffff; code++)
		for (int i = 0; i < 2; i++) {
			struct sock_filter insns[] = {
				{ 0x02, 0, 0, ks[i] }, { (uint16_t)code, 0, 0, ks[i] }, { 0x06, 0, 0, 0 }
			};
			must_agree(insns, 3);
			must_agree(insns, 2); /* as the last instruction */
		}
}
END_TEST

START_TEST(random_programs)
{
	static struct sock_filter insns[300];
	struct vd_random random = { .state = (uint64_t)_i };

	for (int i = 0; i < 25000; i++) {
		size_t len = vd_random_prog(&random, i % 10 ? 20 : 300, (unsigned)(i % 4) * 20, insns);
		must_agree(insns, len);
	}
}
END_TEST

START_TEST(lengths)
{
	struct sock_filter *insns = calloc(4097, sizeof(*insns));

	for (size_t i = 0; i < 4097; i++)
		insns[i] = (struct sock_filter){ 0x06, 0, 0, 0 };
	must_agree(insns, 0);
	must_agree(insns, 1);
	must_agree(insns, 4096);
	must_agree(insns, 4097);
	free(insns);
}
END_TEST

/* How often a program can be stacked: by the kernel in a child of its own, and by vd_stack_push(). */
static size_t kernel_depth(const struct sock_filter *insns, size_t len)
{
	int pipefd[2];
	size_t depth = 0;

	ck_assert_int_eq(pipe(pipefd), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		while (install(insns, len, 0) == 0)
			depth++;
		_exit(write(pipefd[1], &depth, sizeof(depth)) != sizeof(depth) || errno != ENOMEM);
	}
	close(pipefd[1]);
	ck_assert_int_eq(read(pipefd[0], &depth, sizeof(depth)), sizeof(depth));
	close(pipefd[0]);
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	return depth;
}

static size_t stack_depth(const struct sock_filter *insns, size_t len)
{
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	while (vd_stack_push(stack, prog) == 0)
		;
	size_t depth = vd_stack_len(stack);
	vd_stack_free(stack);
	vd_prog_free(prog);
	return depth;
}

/* 401 instructions of one shape before a RET that allows everything the child needs. */
static const struct sock_filter shapes[] = {
	{ 0x00, 0, 0, 0 },          { 0x15, 0, 0, 0 },          { 0x15, 1, 0, 0 },          { 0x15, 0, 1, 0 },
	{ 0x15, 1, 1, 0 },          { 0x15, 1, 0, 0x80000000 }, { 0x15, 1, 0, 0x7fffffff },
	{ 0x15, 1, 1, 0xffffffff }, { 0x1d, 1, 1, 0x80000000 }, { 0x45, 0, 1, 1 },          { 0x45, 1, 0, 1 },
	{ 0x45, 1, 1, 1 },          { 0x45, 0, 0, 1 },          { 0x4d, 0, 1, 0 },
	{ 0x45, 0, 1, 0x80000000 }, { 0x25, 1, 1, 0x80000000 },
	{ 0x35, 0, 1, 0x80000000 }, { 0x05, 0, 0, 0 },          { 0x20, 0, 0, 0 },          { 0x84, 0, 0, 0 },
	{ 0x34, 0, 0, 3 },          { 0x04, 0, 0, 0x80000000 }, { 0x80, 0, 0, 0 },          { 0x07, 0, 0, 0 },
	{ 0x02, 0, 0, 1 },          { 0x24, 0, 0, 7 },          { 0x64, 0, 0, 7 },          { 0x81, 0, 0, 0 },
	{ 0x03, 0, 0, 1 },          { 0x01, 0, 0, 1 },          { 0x87, 0, 0, 0 },          { 0x6c, 0, 0, 0 },
};

START_TEST(size_limit)
{
	struct sock_filter insns[404];

	for (size_t i = 0; i < 401; i++)
		insns[i] = shapes[_i];
	for (size_t i = 401; i < 404; i++)
		insns[i] = (struct sock_filter){ 0x06, 0, 0, SECCOMP_RET_ALLOW };
	ck_assert_uint_eq(kernel_depth(insns, 404), stack_depth(insns, 404));
}
END_TEST

/* DIV X, with X set so that it does not end the program. */
START_TEST(size_limit_div_x)
{
	struct sock_filter insns[404] = { { 0x01, 0, 0, 1 } };

	for (size_t i = 1; i < 403; i++)
		insns[i] = (struct sock_filter){ 0x3c, 0, 0, 0 };
	insns[403] = (struct sock_filter){ 0x06, 0, 0, SECCOMP_RET_ALLOW };
	ck_assert_uint_eq(kernel_depth(insns, 404), stack_depth(insns, 404));
}
END_TEST

/* Why the kernel's size limit cannot be compared, or NULL: hardening lengthens programs. */
static const char *hardened(void)
{
	FILE *file = fopen("/proc/sys/net/core/bpf_jit_harden", "re");
	int level = 0;

	if (file) {
		if (fscanf(file, "%d", &level) != 1)
			level = 0;
		fclose(file);
	}
	return level >= 2 || (level == 1 && geteuid() != 0) ? "net.core.bpf_jit_harden blinds constants" : NULL;
}

static void add_probes(TCase *tc)
{
	tcase_add_test(tc, all_opcodes);
	tcase_add_loop_test(tc, random_programs, 0, 4);
	tcase_add_test(tc, lengths);
}

static void add_sizes(TCase *tc)
{
	tcase_add_loop_test(tc, size_limit, 0, COUNT_OF(shapes));
	tcase_add_test(tc, size_limit_div_x);
}

static void skip(const char *test, const char *why)
{
	printf("SKIP: %s: %s\n", test, why);
}

int main(void)
{
	const char *why = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? strerror(errno) : hardened();
	int failed = 0;

	/* first, while this process has no listener and no filter of its own */
	if (why)
		skip("kernel: stack size limit", why);
	else
		failed |= run_suite("kernel: stack size limit", add_sizes);
	why = become_prober();
	if (why)
		skip("kernel: acceptance of all opcodes and 100,000 random programs", why);
	else
		failed |= run_suite("kernel: acceptance", add_probes);
	return failed;
}
