/* SPDX-License-Identifier: MIT */
/*
 * Subcommands that run out of memory: each place in the code that allocates is
 * refused the first allocation that it makes in one of them. The result is the
 * one with memory, or says that it is not known or only sampled (memory that a
 * proof does not get is budget that it does not have), or is a failure with a
 * message. Each try is a process of its own, since most end it.
 */
#include "cases/running.h"
#include "vm/refuse.h"

#include <string.h>
#include <sys/stat.h>

extern const struct command cmd_asm, cmd_capture, cmd_check, cmd_diff, cmd_eval, cmd_exec, cmd_gen,
	cmd_kernel, cmd_lint, cmd_notify, cmd_record, cmd_replay, cmd_show, cmd_test;

struct trial {
	const struct command *command;
	const char *args[ARGS_MAX];
	const char *needs; /* "kernel", "libseccomp": skipped where there is none */
	bool varies;	   /* what it prints: the kernel's times; the same in more words */
	bool again;	   /* places that others tried too: what a proof lacks is told in many ways */
};

/* Tests run from the project's root. */
#define NOTIFY "cases/suite/user-notification/notify.bpfasm"
#define STDIO "cases/suite/rules/stdio.rules"
#define VSFTPD "cases/suite/corpus/vsftpd-1"

static const char cases[] =
	"version: 1\n"
	"filters:\n"
	"  f: {asm: \"ld [0]\\njeq #1, one, rest\\none: ret #ERRNO(EPERM)\\nrest: ret #ALLOW\"}\n"
	"  g: {rules: \"arch: x86_64, i386\\nread: fd == 0\\nmmap: (arg2 & 4) == 0\\n\"}\n"
	"  bad: {asm: \"ld [0]\"}\n"
	"cases:\n"
	"  - {name: a, tags: [live], stack: [f], syscall: [0..5, write], expect: {verdict: [ALLOW, "
	"ERRNO(EPERM)]}}\n"
	"  - {name: b, stack: [f, g], syscall: [mmap, read], args: {fd: 1}, expect: denied}\n"
	"  - {name: c, stack: [g], syscall: mmap, where: 'arg2 == 4 && arg1 > 7', expect: {not: ALLOW}}\n"
	"  - {name: d, tags: [live], install: {filter: bad, expect: EINVAL}}\n"
	"  - {name: e, stack: [g], same_as: [g, g]}\n"
	"  - {name: f, stack: [g], syscall: mmap, tags: [mine], expect: ALLOW}\n"
	"  - {name: g, stack: [g], arch: any, expect: {not: TRAP}, todo: later}\n";

static const char scenario[] =
	"version: 1\n"
	"filters:\n"
	"  f: {rules: \"default: ALLOW\\nmkdir: 1 -> USER_NOTIF\\nrmdir: 1 -> TRACE(3)\\n\"}\n"
	"scenarios:\n"
	"  - name: a\n"
	"    stack: f\n"
	"    steps: [{call: 'mkdir(\"$tmp/a\", 0)', result: 7}, 'rmdir(\"/nowhere/a\") = 8']\n"
	"    supervisor: {saw: 'mkdir(\"$tmp/a\", _)', reply: 7}\n"
	"    tracer: {saw: 'rmdir(_)', data: 3, skip: 8}\n";

static const char same[] =
	"version: 1\n"
	"filters:\n"
	"  f: {rules: \"default: ALLOW\\nread: (arg0 ^ arg1) == 5 -> ERRNO(1), else ALLOW\\nmmap: arg1 > 7 "
	"-> LOG, else ALLOW\\n\"}\n"
	"  g: {rules: \"default: ALLOW\\nread: (arg1 ^ arg0) == 5 -> ERRNO(1), else ALLOW\\n\"}\n"
	"limits: {coverage: 10}\n"
	"cases:\n"
	"  - {name: a, stack: [f], syscall: read, same_as: [g], except: {where: 'arg1 == 7'}}\n"
	"  - {name: b, stack: [f], syscall: read, arch: all, expect: {not: TRAP}}\n"
	"  - {name: c, stack: [f], syscall: mmap, same_as: [g]}\n";

static const char calls[] = "read(0, 1, 2)\nread(7, 1, 2)\nmmap(0, 4096, 7, 2, -1, 0)\n";
static const char trace[] =
	"1 read(0, \"\", 5) = 0\n2 write(1, <unfinished ...>\n2 <... write resumed>\"a\", 1) = 1\n"
	"1 mkdir(\"a\", 0755) = 0\n";

static const struct {
	const char *name, *text;
} files[] = {
	{ "cases.yaml", cases }, { "same.yaml", same }, { "scenario.yaml", scenario },
	{ "calls", calls },	 { "log", trace },
};

static const struct trial trials[] = {
	{ .command = &cmd_asm, .args = { NOTIFY } },
	{ .command = &cmd_asm, .args = { STDIO, NOTIFY, "-o", "@out/" } },
	{ .command = &cmd_check, .args = { VSFTPD, NOTIFY } },
	{ .command = &cmd_eval, .args = { "--trace", VSFTPD, "--", "read(0, 1, 2)" } },
	{ .command = &cmd_eval, .args = { "--records", "@calls", "-f", "json", STDIO } },
	{ .command = &cmd_show, .args = { VSFTPD }, .varies = true, .again = true },
	{ .command = &cmd_show, .args = { "-f", "json", "--syscall", "read", STDIO } },
	{ .command = &cmd_show, .args = { "--rules", STDIO }, .varies = true, .again = true },
	{ .command = &cmd_show, .args = { "--abis", STDIO }, .again = true },
	{ .command = &cmd_show,
	  .args = { "--abis", "-f", "json", "cases/suite/oci/four-calls.json" },
	  .needs = "libseccomp" },
	{ .command = &cmd_diff,
	  .args = { "--old", STDIO, "--new", "cases/suite/rules/stdio-reduced.rules" } },
	{ .command = &cmd_diff, .args = { "-f", "json", "--old", NOTIFY, "--new", STDIO, "-o", "@out" } },
	{ .command = &cmd_lint, .args = { STDIO } },
	{ .command = &cmd_lint, .args = { "--summary", VSFTPD }, .varies = true, .again = true },
	{ .command = &cmd_lint, .args = { "-f", "json", VSFTPD, NOTIFY }, .varies = true, .again = true },
	{ .command = &cmd_gen, .args = { STDIO } },
	{ .command = &cmd_gen, .args = { "--embed", VSFTPD, "-o", "@out" }, .again = true },
	{ .command = &cmd_record, .args = { "--from", "@log", "-o", "@out", "-u" } },
	{ .command = &cmd_replay, .args = { "@log", STDIO } },
	{ .command = &cmd_replay, .args = { "-f", "json", "--old", STDIO, "--new", NOTIFY, "@log" } },
	{ .command = &cmd_test, .args = { "-j1", "@cases.yaml" } },
	{ .command = &cmd_test,
	  .args = { "-j1", "--filter", "*f", "--tag", "mine", "-f", "tap", "-v", "-t", "@cases.yaml" } },
	{ .command = &cmd_test, .args = { "-j1", "-f", "junit", "@cases.yaml" } },
	{ .command = &cmd_test,
	  .args = { "-j1", "-f", "json", "-o", "@out", "--coverage=json", "@cases.yaml" } },
	{ .command = &cmd_test, .args = { "-j1", "-o", "@out", "--coverage=annotate", "@" } },
	{ .command = &cmd_test, .args = { "-j1", "-o", "@out", "--coverage=dot", "@cases.yaml" } },
	{ .command = &cmd_test, .args = { "-j1", "-f", "json", "@same.yaml" }, .again = true },
	{ .command = &cmd_test, .args = { "-j1", "--coverage", "@same.yaml" }, .again = true },
	{ .command = &cmd_test,
	  .args = { "-j1", "-o", "@out", "--coverage=annotate", "@same.yaml" },
	  .again = true },
	{ .command = &cmd_test,
	  .args = { "-j1", "-o", "@out", "--coverage=json", "@same.yaml" },
	  .again = true },
	{ .command = &cmd_test,
	  .args = { "-j1", "-o", "@out", "--coverage=dot", "@same.yaml" },
	  .varies = true,
	  .again = true },
	{ .command = &cmd_kernel, .args = { NULL }, .needs = "kernel", .varies = true },
	{ .command = &cmd_test,
	  .args = { "-j1", "--live=require", "--tag", "live", "@cases.yaml" },
	  .needs = "kernel",
	  .varies = true },
	{ .command = &cmd_test, .args = { "-j1", "@scenario.yaml" }, .needs = "kernel", .varies = true },
	{ .command = &cmd_exec, .args = { NOTIFY, "--", "true" }, .needs = "kernel", .varies = true },
	{ .command = &cmd_notify, .args = { NOTIFY, "--", "true" }, .needs = "kernel", .varies = true },
	{ .command = &cmd_record, .args = { "-o", "@out", "--", "true" }, .needs = "kernel", .varies = true },
	{ .command = &cmd_capture,
	  .args = { "-o", "@out", "--", "true" },
	  .needs = "kernel",
	  .varies = true },
};

static char folder[] = "/tmp/verdict-XXXXXX";
static struct alloc_place *noted, *known; /* by one try; by those before: both of PLACES_MAX, shared */

/* "@name" is a file of the test's folder. */
static char *in_folder(char *arg)
{
	char *path = NULL;

	if (*arg == '@' && asprintf(&path, "%s/%s", folder, arg + 1) < 0)
		abort();
	return path ? path : arg;
}

/* What the try before wrote, file or folder. */
static void away(void)
{
	static unsigned n;
	char from[sizeof(folder) + 16], to[sizeof(folder) + 32];

	snprintf(from, sizeof(from), "%s/out", folder);
	snprintf(to, sizeof(to), "%s/%d-%u", folder, (int)getpid(), n++);
	rename(from, to);
}

static int run_here(const struct command *command, int argc, char **argv, size_t n)
{
	refused = n;
	places = n ? NULL : noted;
	for (int i = 1; i < argc; i++)
		argv[i] = in_folder(argv[i]);
	return TESTED(command->run(argc, argv));
}

/* With its n-th allocation refused; 0: none, and where they are made is noted. */
static void run(const struct trial *trial, size_t n, struct ending *ret_ending)
{
	away();
	run_apart(trial->command, trial->args, run_here, n, ret_ending);
}

/* Whether what is printed says that something is not known, which is with memory. */
static bool doubts(const char *text)
{
	static const char *const words[] = { "not known", "not proved", "unknown",
					     "sampled",	  "budget",	"memory" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

static void check_ending(const struct trial *trial, size_t n, const struct ending *with,
			 const struct ending *without)
{
	bool failed = without->status == EXIT_INVALID || without->status == EXIT_NO_ANSWER ||
		      without->status == EXIT_OWN_FAILURE;

	if (without->status == with->status &&
	    (trial->varies || !strcmp(without->out, with->out) || doubts(without->out)))
		return;
	ck_assert_msg(failed && (strstr(without->err, "error: ") || doubts(without->out) ||
				 doubts(without->err)),
		      "%s %s: status %d without allocation %zu, and with it %d\n%s%s", trial->command->name,
		      trial->args[0] ? trial->args[0] : "", without->status, n, with->status, without->out,
		      without->err);
}

/* False: it is known. */
static bool learn(const void *caller)
{
	size_t at = ((uintptr_t)caller >> 2) % PLACES_MAX;

	while (known[at].caller && known[at].caller != caller)
		at = (at + 1) % PLACES_MAX;
	if (known[at].caller)
		return false;
	known[at].caller = caller;
	return true;
}

START_TEST(each_place)
{
	static struct ending with, without;
	const struct trial *trial = &trials[_i];

	memset(noted, 0, PLACES_MAX * sizeof(*noted));
	run(trial, 0, &with);
	if (trial->needs && (with.status == EXIT_NO_ANSWER || with.status == EXIT_OWN_FAILURE ||
			     with.status == EXIT_INVALID)) {
		printf("# %s: skipped, no %s here: %s", trial->command->name, trial->needs, with.err);
		return;
	}
	ck_assert_msg(with.status == EXIT_PASSED || with.status == EXIT_FAILED, "%s %s: %d\n%s",
		      trial->command->name, trial->args[0], with.status, with.err);
	for (size_t i = 0; i < PLACES_MAX; i++)
		if (noted[i].caller && (learn(noted[i].caller) || trial->again)) {
			run(trial, noted[i].first, &without);
			check_ending(trial, noted[i].first, &with, &without);
		}
}
END_TEST

static void *shared_places(void)
{
	void *shared = __real_mmap(NULL, PLACES_MAX * sizeof(struct alloc_place), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		abort();
	return shared;
}

static void write_files(void)
{
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		char path[sizeof(folder) + 32];
		snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
		FILE *file = fopen(path, "we");
		if (!file || fputs(files[i].text, file) < 0 || fclose(file))
			abort();
	}
}

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, each_place, 0, COUNT_OF(trials));
}

int main(void)
{
	char command[64];

	if (!mkdtemp(folder))
		return 1;
	noted = shared_places();
	known = shared_places();
	write_files();
	int r = run_suite("memory of subcommands", add);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) == 0 ? r : 1;
}
