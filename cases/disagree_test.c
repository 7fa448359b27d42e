/* SPDX-License-Identifier: MIT */
/*
 * Subcommands that ask the kernel, with a machine that is wrong on purpose: it
 * takes mkdir() for rmdir() and the other way round, and refuses a program that the
 * kernel takes. That is exit status 4, with both answers in each report.
 * (loader/kernel/broken.sh has the oracles find machines that are broken.)
 */
#include "cases/running.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

extern const struct command cmd_exec, cmd_test;

static bool wrong; /* in the process of a subcommand */

struct vd_verdict __real_vd_stack_run(const struct vd_stack *stack, const struct seccomp_data *data);
struct vd_verdict __wrap_vd_stack_run(const struct vd_stack *stack, const struct seccomp_data *data);
int __real_vd_prog_new(const struct sock_filter *insns, size_t len, struct vd_prog **ret_prog,
		       struct vd_error *ret_error);
int __wrap_vd_prog_new(const struct sock_filter *insns, size_t len, struct vd_prog **ret_prog,
		       struct vd_error *ret_error);

#define MKDIR 83 /* x86-64's */
#define RMDIR 84
#define REFUSED 0x7fff1234u

struct vd_verdict __wrap_vd_stack_run(const struct vd_stack *stack, const struct seccomp_data *data)
{
	struct seccomp_data other = *data;

	if (wrong && (other.nr == MKDIR || other.nr == RMDIR))
		other.nr ^= MKDIR ^ RMDIR;
	return __real_vd_stack_run(stack, &other);
}

int __wrap_vd_prog_new(const struct sock_filter *insns, size_t len, struct vd_prog **ret_prog,
		       struct vd_error *ret_error)
{
	if (wrong && len == 1 && insns->k == REFUSED) {
		if (ret_error)
			*ret_error = (struct vd_error){ .code = VD_ERROR_LENGTH };
		return -EINVAL;
	}
	return __real_vd_prog_new(insns, len, ret_prog, ret_error);
}

static char folder[] = "/tmp/verdict-XXXXXX", cases[64], filter[64], made[64];

static int run_wrong(const struct command *command, int argc, char **argv, size_t n)
{
	wrong = true;
	return command->run(argc, argv);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static bool cannot_ask(const struct ending *ending)
{
	if (ending->status != EXIT_NO_ANSWER && ending->status != EXIT_OWN_FAILURE)
		return false;
	printf("# skipped: %s", ending->err);
	return true;
}

static const struct {
	const char *args[ARGS_MAX], *says[5];
} reports[] = {
	{ { "test", "--live=require", cases },
	  { "cases.yaml: 1 passed, 2 disagree\n", "DISAGREE  a: machine and kernel differ",
	    "machine  ERRNO(EPERM) by filter 0", "kernel   ERRNO(ENOENT) by filter 0" } },
	{ { "test", "--live=require", "-f", "tap", cases },
	  { "not ok 1 - ", "the machine says ERRNO(EPERM) by filter 0, the kernel ERRNO(ENOENT) by filter 0",
	    "the machine says EINVAL, the kernel accepted" } },
	{ { "test", "--live=require", "-f", "junit", cases },
	  { "the machine says EINVAL, the kernel accepted" } },
	{ { "test", "--live=require", "-f", "json", cases },
	  { "\"disagree\": 2", "\"machine\": \"ERRNO(EPERM) by filter 0\"", "\"kernel\": \"accepted\"" } },
};

START_TEST(report)
{
	static struct ending ending;

	write_file(
		cases,
		"version: 1\n"
		"filters:\n"
		"  f: {rules: \"default: ALLOW\\nmkdir: 1 -> ERRNO(ENOENT)\\nrmdir: 1 -> ERRNO(EPERM)\\n\"}\n"
		"  r: {asm: \"ret #0x7fff1234\"}\n"
		"cases:\n"
		"  - {name: a, stack: [f], syscall: mkdir, expect: denied}\n"
		"  - {name: b, install: {filter: r, expect: EINVAL}}\n"
		"  - {name: c, stack: [f], syscall: read, expect: ALLOW}\n");
	run_apart(&cmd_test, reports[_i].args + 1, run_wrong, 0, &ending);
	if (cannot_ask(&ending))
		return;
	ck_assert_msg(ending.status == EXIT_DISAGREE, "%d:\n%s%s", ending.status, ending.out, ending.err);
	for (size_t i = 0; i < COUNT_OF(reports[_i].says) && reports[_i].says[i]; i++)
		ck_assert_msg(strstr(ending.out, reports[_i].says[i]) != NULL, "'%s' is not in:\n%s",
			      reports[_i].says[i], ending.out);
}
END_TEST

/* What the kernel makes of mkdir(), and the machine; what is said of it. */
static const struct {
	const char *mkdir, *rmdir, *says;
} calls[] = {
	{ "ALLOW", "ERRNO(EEXIST)", "the machine says ERRNO(EEXIST), the call returned 0" },
	{ "ERRNO(EPERM)", "ERRNO(EEXIST)", "the machine says ERRNO(EEXIST), the call returned -1" },
	{ "ALLOW", "TRAP(3)", "the machine says TRAP(3), the kernel lets the task go on" },
	{ "ALLOW", "KILL_PROCESS", "the machine says KILL_PROCESS, the kernel lets the task go on" },
	{ "TRAP(3)", "ALLOW", "the machine says ALLOW, the kernel sends SIGSYS" },
	{ "TRAP(3)", "TRAP(4)", "the machine says TRAP(4), SIGSYS came with errno 3 for call 83" },
	{ "KILL_PROCESS", "ALLOW", "the machine says ALLOW, the kernel kills the task" },
};

START_TEST(command)
{
	static struct ending ending;
	const char *args[] = { filter, "--", "mkdir", made, NULL };
	char rules[256];

	rmdir(made);
	snprintf(rules, sizeof(rules), "ld nr\njeq #83, m\njeq #84, r\nret #ALLOW\nm: ret #%s\nr: ret #%s\n",
		 calls[_i].mkdir, calls[_i].rmdir);
	write_file(filter, rules);
	run_apart(&cmd_exec, args, run_wrong, 0, &ending);
	if (cannot_ask(&ending) && !strstr(ending.err, "DISAGREE"))
		return;
	ck_assert_msg(ending.status == EXIT_DISAGREE, "%d:\n%s%s", ending.status, ending.out, ending.err);
	ck_assert_msg(strstr(ending.err, calls[_i].says) != NULL, "'%s' is not in:\n%s", calls[_i].says,
		      ending.err);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, report, 0, COUNT_OF(reports));
	tcase_add_loop_test(tc, command, 0, COUNT_OF(calls));
}

int main(void)
{
#ifndef __x86_64__
	puts("# skipped: the calls are x86-64's");
	return 0;
#endif
	if (!mkdtemp(folder))
		return 1;
	snprintf(cases, sizeof(cases), "%s/cases.yaml", folder);
	snprintf(filter, sizeof(filter), "%s/f.bpfasm", folder);
	snprintf(made, sizeof(made), "%s/made", folder);
	int r = run_suite("machine and kernel disagree", add);
	unlink(cases);
	unlink(filter);
	rmdir(made);
	rmdir(folder);
	return r;
}
