/* SPDX-License-Identifier: MIT */
/* The kernel as the judge, where it cannot be asked. */
#include "cases/live.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/install.h"
#include "loader/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char case_file[] = "version: 1\nfilters: {f: {asm: \"ret #LOG\"}}\n"
				"cases: [{syscall: read, expect: LOG}]\n";

/* A container whose filter denies seccomp(2). */
static void deny_seccomp(void)
{
	static const struct sock_filter insns[] = {
		{ 0x20, 0, 0, 0 },
		{ 0x15, 0, 1, SYS_seccomp },
		{ 0x06, 0, 0, SECCOMP_RET_ERRNO | ENOSYS },
		{ 0x06, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct kernel_installed installed;

	if (kernel_install(insns, sizeof(insns) / sizeof(*insns), 0, &installed) < 0)
		_exit(77);
}

/* Runs the program with a case file on its stdin; its exit status, and what it says on stderr. */
static int run_denied(const char *live, char *ret_said, size_t size)
{
	int in[2], err[2], status;
	ssize_t n, total = 0;

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(err), 0);
	ck_assert_int_eq(write(in[1], case_file, sizeof(case_file) - 1), sizeof(case_file) - 1);
	close(in[1]);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(err[1], STDERR_FILENO);
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		close(err[0]);
		deny_seccomp();
		execl(getenv("VERDICT"), "verdict", "test", live, "-", NULL);
		_exit(78);
	}
	close(in[0]);
	close(err[1]);
	while ((n = read(err[0], ret_said + total, size - 1 - (size_t)total)) > 0)
		total += n;
	ret_said[total] = '\0';
	close(err[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(denied)
{
	char said[1024];

	ck_assert_int_eq(run_denied("--live=require", said, sizeof(said)), 3);
	ck_assert_ptr_eq(strstr(said, "verdict test: the kernel cannot be asked: "), said);
	ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
	ck_assert_int_eq(run_denied("--live=auto", said, sizeof(said)), 0);
	ck_assert_str_eq(said, "");
	ck_assert_int_eq(run_denied("--live=never", said, sizeof(said)), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, denied);
}

int main(void)
{
	const char *why;

	if (!getenv("VERDICT")) {
		puts("SKIP: live: the program to run is not named in VERDICT");
		return 0;
	}
	if (kernel_is_filtered()) {
		puts("SKIP: live: this process is filtered already");
		return 0;
	}
	struct live *live = live_new(&why);
	if (!live) {
		printf("SKIP: live: %s\n", why);
		return 0;
	}
	live_free(live);
	return run_suite("live", add);
}
