/* SPDX-License-Identifier: MIT */
/* Installation: every error of seccomp(2) that can be had, told apart and explained; what a task sees of each
 * action; strict mode. */
#include "loader/kernel/install.h"
#include "loader/kernel/entry.h"
#include "vm/testing.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sock_filter allow[] = { { 0x06, 0, 0, SECCOMP_RET_ALLOW } };
static const struct sock_filter no_ret[] = { { 0x00, 0, 0, 0 } };
static struct kernel_installed installed;

static int install(const struct sock_filter *insns, size_t len, unsigned flags)
{
	int r = kernel_install(insns, len, flags, &installed);

	ck_assert_int_eq(r, -installed.error);
	return r;
}

static void explained(const char *part, size_t len, unsigned flags)
{
	const char *text = kernel_install_explain(&installed, len, flags);

	ck_assert_msg(strstr(text, part) != NULL, "'%s' lacks '%s'", text, part);
}

static const struct {
	const struct sock_filter *insns;
	size_t len;
	unsigned flags;
	int error;
	const char *part;
} refusals[] = {
	{ allow, 1, 0, 0, "installed" },
	{ no_ret, 1, 0, EINVAL, "refuses the program" },
	{ allow, 0, 0, EINVAL, "1 to 4096" },
	{ allow, 4097, 0, EINVAL, "1 to 4096" },
	{ allow, 65537, 0, EINVAL, "1 to 4096" },
	{ allow, 1, 1u << 20, EINVAL, "no kernel knows" },
	{ allow, 1, KERNEL_FLAG_TSYNC | KERNEL_FLAG_NEW_LISTENER, EINVAL, "TSYNC_ESRCH" },
	{ allow, 1, KERNEL_FLAG_WAIT_KILLABLE_RECV, EINVAL, "needs NEW_LISTENER" },
	{ (const struct sock_filter *)8, 1, 0, EFAULT, "address" },
	{ allow, 1, KERNEL_FLAG_LOG | KERNEL_FLAG_SPEC_ALLOW | KERNEL_FLAG_TSYNC, 0, "installed" },
};

START_TEST(refused)
{
	ck_assert_int_eq(install(refusals[_i].insns, refusals[_i].len, refusals[_i].flags),
			 -refusals[_i].error);
	ck_assert_int_eq(installed.listener, -1);
	explained(refusals[_i].part, refusals[_i].len, refusals[_i].flags);
}
END_TEST

START_TEST(listeners)
{
	ck_assert_int_eq(install(allow, 1, KERNEL_FLAG_NEW_LISTENER), 0);
	ck_assert_int_ge(installed.listener, 0);
	ck_assert_int_eq(install(allow, 1, KERNEL_FLAG_NEW_LISTENER), -EBUSY);
	ck_assert_int_eq(installed.listener, -1);
	explained("listener already", 1, KERNEL_FLAG_NEW_LISTENER);
}
END_TEST

static pthread_barrier_t barrier;
static volatile pid_t other;

/* A thread with a filter that the first one lacks. */
static void *go_own_way(void *arg)
{
	struct kernel_installed own;

	other = (pid_t)syscall(SYS_gettid);
	kernel_install(allow, 1, 0, &own);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

START_TEST(synchronisation)
{
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, 2);
	ck_assert_int_eq(pthread_create(&thread, NULL, go_own_way, NULL), 0);
	pthread_barrier_wait(&barrier);
	ck_assert_int_eq(install(allow, 1, KERNEL_FLAG_TSYNC), -ESRCH);
	ck_assert_int_eq(installed.thread, other);
	explained("another thread has filters", 1, KERNEL_FLAG_TSYNC);
	ck_assert_int_eq(install(allow, 1, KERNEL_FLAG_TSYNC | KERNEL_FLAG_TSYNC_ESRCH), -ESRCH);
	ck_assert_int_eq(installed.thread, 0);
	explained("could not be synchronised", 1, KERNEL_FLAG_TSYNC);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(too_large)
{
	struct sock_filter *insns = calloc(4096, sizeof(*insns));
	int r = 0;

	for (size_t i = 0; i < 4096; i++)
		insns[i] = allow[0];
	for (int i = 0; i < 8 && r == 0; i++)
		r = install(insns, 4096, 0);
	ck_assert_int_eq(r, -ENOMEM);
	explained("size limit", 4096, 0);
	free(insns);
}
END_TEST

/* A filter that is there already says what seccomp(2) returns. */
START_TEST(denied)
{
	const int error = _i ? ENOSYS : EPERM;
	const struct sock_filter deny[] = {
		{ 0x20, 0, 0, 0 },
		{ 0x15, 0, 1, SYS_seccomp },
		{ 0x06, 0, 0, SECCOMP_RET_ERRNO | (unsigned)error },
		{ 0x06, 0, 0, SECCOMP_RET_ALLOW },
	};

	ck_assert_int_eq(install(deny, 4, 0), 0);
	ck_assert_int_eq(install(allow, 1, 0), -error);
	explained("a filter around this process", 1, 0);
}
END_TEST

/* Read, write and exit are left; anything else kills. */
START_TEST(strict)
{
	int status, pipefd[2];
	char byte = 0;

	ck_assert_int_eq(pipe(pipefd), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (kernel_install_strict() < 0)
			_exit(1);
		if (write(pipefd[1], "x", 1) != 1)
			syscall(SYS_exit, 2);
		if (_i)
			syscall(SYS_getpid);
		syscall(SYS_exit, 3);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(pipefd[1]);
	ck_assert_int_eq(read(pipefd[0], &byte, 1), 1);
	if (_i)
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}
END_TEST

#define RUNS 1
#define GETPPID_I386 64

/* What a task sees that has neither a tracer nor a listener: a result, or the signal of its end. */
static const struct {
	uint32_t ret;
	int result; /* RUNS: the call's own */
	int signal;
} seen[] = {
	{ SECCOMP_RET_ALLOW | 5, RUNS, 0 },
	{ SECCOMP_RET_LOG, RUNS, 0 },
	{ SECCOMP_RET_TRACE | 7, -ENOSYS, 0 },
	{ SECCOMP_RET_USER_NOTIF, -ENOSYS, 0 },
	{ SECCOMP_RET_ERRNO, 0, 0 },
	{ SECCOMP_RET_ERRNO | EPERM, -EPERM, 0 },
	{ SECCOMP_RET_ERRNO | 4095, -4095, 0 },
	{ SECCOMP_RET_ERRNO | 4096, -4095, 0 },
	{ SECCOMP_RET_ERRNO | 0xffff, -4095, 0 },
	{ SECCOMP_RET_TRAP | 3, 0, SIGSYS },
	{ SECCOMP_RET_KILL_THREAD, 0, SIGSYS },
	{ SECCOMP_RET_KILL_PROCESS, 0, SIGSYS },
	/* no kernel's actions: between ALLOW and LOG, TRAP and ERRNO */
	{ 0x7ffd0000, 0, SIGSYS },
	{ 0x00040000, 0, SIGSYS },
};

static long call_getppid(bool int80)
{
#if defined(__x86_64__)
	long r = GETPPID_I386;

	if (int80) {
		__asm__ volatile("int $0x80" : "+a"(r) : : "r8", "r9", "r10", "r11", "rcx", "memory");
		return (int)r;
	}
#endif
	long result = syscall(SYS_getppid);
	return result < 0 ? -errno : result;
}

/* Even rows by `syscall`, odd ones by `int $0x80`. */
START_TEST(experienced)
{
	const uint32_t ret = seen[_i / 2].ret;
	const struct sock_filter insns[] = {
		{ 0x20, 0, 0, 0 },
		{ 0x15, 0, 1, _i % 2 ? GETPPID_I386 : SYS_getppid },
		{ 0x06, 0, 0, ret },
		{ 0x06, 0, 0, SECCOMP_RET_ALLOW },
	};
	int status;

	if (_i % 2 && !kernel_has_i386())
		return;
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		const struct rlimit no_core = { 0, 0 };
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGSYS, SIG_DFL);
		long expected = seen[_i / 2].result == RUNS ? getppid() : seen[_i / 2].result;
		if (kernel_install(insns, COUNT_OF(insns), 0, &installed) < 0)
			_exit(2);
		_exit(call_getppid(_i % 2) != expected);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (seen[_i / 2].signal)
		ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == seen[_i / 2].signal,
			      "%08x: status %#x", ret, (unsigned)status);
	else
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%08x: status %#x", ret,
			      (unsigned)status);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, experienced, 0, 2 * COUNT_OF(seen));
	tcase_add_loop_test(tc, refused, 0, COUNT_OF(refusals));
	tcase_add_test(tc, listeners);
	tcase_add_test(tc, synchronisation);
	tcase_add_test(tc, too_large);
	tcase_add_loop_test(tc, denied, 0, 2);
	tcase_add_loop_test(tc, strict, 0, 2);
}

/* In a child: a filter stays for good. Whether this process may have filters at all. */
static int try_one(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		kernel_install(allow, 1, 0, &installed);
		_exit(installed.error);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

int main(void)
{
	installed.error = try_one();
	if (installed.error) {
		printf("SKIP: installation: %s\n", kernel_install_explain(&installed, 1, 0));
		return 0;
	}
	return run_suite("installation", add);
}
