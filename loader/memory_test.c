/* SPDX-License-Identifier: MIT */
/*
 * What reads, compiles and writes, with its n-th allocation refused, for each n
 * until all succeed: the result is that of a machine with memory, or a failure
 * that is diagnosed, or the end of the program with a message and status 3.
 * Each try is a process of its own, since the last of these ends it. What is
 * lost on the way back shows in the sanitizers' builds.
 */
#include "loader/call.h"
#include "loader/command.h"
#include "loader/diff/diff.h"
#include "loader/kernel/behaviour.h"
#include "loader/kernel/tasks.h"
#include "loader/kernel/watchdog.h"
#include "loader/lint/lint.h"
#include "loader/log/log.h"
#include "loader/output.h"
#include "loader/ptrace/filters.h"
#include "loader/ptrace/tracer.h"
#include "loader/records.h"
#include "loader/rules/pred.h"
#include "loader/rules/rules.h"
#include "loader/source/listing.h"
#include "loader/source/options.h"
#include "loader/testing.h"
#include "loader/yaml.h"
#include "vm/refuse.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAME = 10, OTHER = 11, SILENT = 12, COMPLETE = 13 };

struct
try {
	const char *name;
	/* 0 or -1; what came out goes into a sum, the same each time with memory. */
	int (*run)(const struct try *try, struct diags *diags, uint64_t *ret_sum);
	enum source_kind kind;
	const char *text;
	bool fails;  /* with memory too */
	size_t step; /* of n; 0: 1 */
};

static void sum_add(uint64_t *sum, const void *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*sum = (*sum ^ ((const uint8_t *)data)[i]) * 0x100000001b3u;
}

static void sum_source(const struct source *source, uint64_t *sum)
{
	for (size_t i = 0; i < source->n; i++)
		sum_add(sum, source->programs[i].insns, source->programs[i].len * sizeof(struct sock_filter));
}

static int try_text(const struct try *try, struct diags *diags, uint64_t *ret_sum)
{
	struct source source;
	struct text text;
	int r = TESTED(text_from("text", try->text, strlen(try->text), &text));

	if (r < 0) {
		diag_file_error(diags, "text", "%s", strerror(-r));
		return -1;
	}
	r = TESTED(source_load_text(try->kind, &text, "name", diags, &source));
	if (r == 0) {
		sum_source(&source, ret_sum);
		source_done(&source);
	}
	text_done(&text);
	return r;
}

/* A source of the command line, its stack, and a program of it as text. */
static int try_source(const struct try *try, struct diags *diags, uint64_t *ret_sum)
{
	struct listing_opts opts = { .format = LISTING_ASM };
	struct source_list list = { 0 };
	struct filter_stack stack;
	int r = TESTED(source_list_add(&list, try->text, diags));

	if (r == 0)
		r = TESTED(source_list_stack(&list, diags, &stack));
	if (r == 0) {
		FILE *out = fopen("/dev/null", "we");
		ck_assert_ptr_nonnull(out);
		sum_source(&list.items[0], ret_sum);
		r = TESTED(listing_write(out, source_list_program(&list, 0), &opts, diags));
		fclose(out);
		filter_stack_done(&stack);
	}
	source_list_done(&list);
	return r;
}

static int try_yaml(const struct try *try, struct diags *diags, uint64_t *ret_sum)
{
	struct doc *doc;
	int r = TESTED(doc_from_text("text", try->text, strlen(try->text), diags, &doc));

	if (r == 0) {
		*ret_sum = doc->root->expanded;
		doc_free(doc);
	}
	/* there may be a tree of what could be read */
	return diags->errors ? -1 : r;
}

static int try_call(const struct try *try, struct diags *diags, uint64_t *ret_sum)
{
	struct text text = text_of(try->text);
	struct span all = span_all(&text);
	struct seccomp_data data;
	int r = TESTED(call_parse(&all, diags, &data));

	if (r == 0)
		sum_add(ret_sum, &data, sizeof(data));
	text_done(&text);
	return r;
}

static int try_records(const struct try *try, struct diags *diags, uint64_t *ret_sum)
{
	struct seccomp_data data;
	struct records records;
	int r = TESTED(records_open(try->text, diags, &records));

	if (r < 0)
		return -1;
	while ((r = TESTED(records_next(&records, &data))) != 0)
		if (r > 0)
			sum_add(ret_sum, &data, sizeof(data));
	records_close(&records);
	return diags->errors ? -1 : 0;
}

static int try_output(const struct try *try, struct diags *diags, uint64_t *ret_sum)
{
	struct output output;

	if (TESTED(output_open(try->text, diags, &output)) < 0)
		return -1;
	fputs("text\n", output.file);
	return TESTED(output_commit(&output, diags));
}

static struct filter_stack stack_of(const char *spec, struct source_list *list)
{
	struct filter_stack stack;

	ck_assert_int_eq(source_list_add(list, spec, NULL), 0);
	ck_assert_int_eq(source_list_stack(list, NULL, &stack), 0);
	return stack;
}

static int try_diff(const struct try *try, struct diags *diags, uint64_t *ret_sum)
{
	struct source_list lists[2] = { 0 };
	struct filter_stack old = stack_of(try->text, &lists[0]),
			    new = stack_of("rules:cases/suite/rules/stdio.rules", &lists[1]);
	struct diff diff = { .stacks = { &old, &new }, .only = { true, true, true } };
	int r = TESTED(diff_run(&diff, diags));

	if (r == 0 && !diff.unknown && !diff.incomplete)
		*ret_sum = diff.n;
	else if (r == 0) /* it has no answer, and says so */
		r = -1, diag_file_error(diags, "diff", "unknown");
	diff_done(&diff);
	filter_stack_done(&old);
	filter_stack_done(&new);
	source_list_done(&lists[0]);
	source_list_done(&lists[1]);
	return r;
}

static int try_lint(const struct try *try, struct diags *diags, uint64_t *ret_sum)
{
	struct source_list list = { 0 };
	struct filter_stack stack = stack_of(try->text, &list);
	struct lint_opts opts = { .rules = ~0u };
	struct lint lint;
	int r = TESTED(lint_run(stack.stack, (const char *const *)stack.names, &opts, &lint));

	if (r < 0)
		diag_file_error(diags, "lint", "%s", strerror(-r));
	else
		*ret_sum = 1; /* questions without memory are unknown, and findings of their own */
	lint_done(&lint);
	filter_stack_done(&stack);
	source_list_done(&list);
	return r < 0 ? -1 : 0;
}

#define NOTIFY "cases/suite/user-notification/notify.bpfasm" /* tests run from the project's root */
#define RULES "rules:cases/suite/rules/stdio.rules"

static char folder[] = "/tmp/verdict-XXXXXX", output[sizeof(folder) + 4];

static const struct try tries[] = {
	{ .name = "assembler",
	  .run = try_text,
	  .kind = SOURCE_ASM,
	  .text = ".program \"a\"\nld [0]\njeq #x86_64.read, yes, no\nyes: ret #ALLOW\nno: ret "
		  "#ERRNO(EPERM)\n"
		  ".program \"b\"\nld #1\njset #(1 << 2) | 3, end\nneg\nend: ret a\n" },
	{ .name = "malformed assembler",
	  .run = try_text,
	  .kind = SOURCE_ASM,
	  .text = "ld [0\njeq #x86_64.raed, yes\nret #ALOW\nfoo\nret #\n",
	  .fails = true },
	{ .name = "C",
	  .run = try_text,
	  .kind = SOURCE_C,
	  .text = "#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)\n#define TWICE(x) x, x\n"
		  "#if defined(ALLOW) && !defined(NEVER)\nstruct sock_filter f[] = { TWICE(ALLOW), [2] = { "
		  ".code = 6 "
		  "} };\n"
		  "#else\n#error never\n#endif\n" },
	{ .name = "malformed C",
	  .run = try_text,
	  .kind = SOURCE_C,
	  .text = "#if 1\nstruct sock_filter f[] = { { 6, 0, 0, NOBODY }, BPF_STMT(1), { 1 / 0 } };\n",
	  .fails = true },
	{ .name = "rules",
	  .run = try_text,
	  .kind = SOURCE_RULES,
	  .text = "arch: x86_64, i386\nread: fd == 0\nlseek: offset < -1 && (whence & 3) != 0 -> ALLOW, else "
		  "ERRNO(5)\n"
		  "openat: !(flags & O_CREAT) || dfd == 7\nenable\nread: (arg0 ^ arg1) >> 3 == 5\nx86_64.7: "
		  "1\n" },
	{ .name = "malformed rules",
	  .run = try_text,
	  .kind = SOURCE_RULES,
	  .text = "arch: x86_65\nraed: fd = 1\nread: fdd == 0\nread fd\n",
	  .fails = true },
	{ .name = "a profile",
	  .run = try_text,
	  .kind = SOURCE_OCI,
	  .text = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86_64\", "
		  "\"SCMP_ARCH_X86\"],"
		  "\"syscalls\": [{\"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_ALLOW\", "
		  "\"args\": "
		  "[{\"index\": 0,"
		  "\"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}, {\"names\": [\"exit\"], \"action\": "
		  "\"SCMP_ACT_ALLOW\","
		  "\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"], \"minKernel\": \"4.8\"}}]}",
	  .step = 5 },
	{ .name = "a malformed profile",
	  .run = try_text,
	  .kind = SOURCE_OCI,
	  .text = "{\"defaultAction\": \"SCMP_ACT_NO\", \"syscalls\": [{\"names\": 7, \"action\": [], \"x\": "
		  "1}]}",
	  .fails = true },
	{ .name = "a file", .run = try_source, .kind = SOURCE_GUESS, .text = NOTIFY },
	{ .name = "a file with options",
	  .run = try_source,
	  .kind = SOURCE_GUESS,
	  .text = "c,arch=i386,array=networking:cases/suite/c/deny.c" },
	{ .name = "a folder",
	  .run = try_source,
	  .kind = SOURCE_GUESS,
	  .text = "cases/suite/corpus/vsftpd-1" },
	{ .name = "a file that is missing",
	  .run = try_source,
	  .kind = SOURCE_GUESS,
	  .text = "asm:nowhere/at/all",
	  .fails = true },
	{ .name = "YAML",
	  .run = try_yaml,
	  .kind = SOURCE_GUESS,
	  .text = "a: &x [1, 'b', {c: d}]\nb: *x\nc: |\n  text\n  more\nd: \"\\x41\\\n  b\"\n" },
	{ .name = "malformed YAML",
	  .run = try_yaml,
	  .kind = SOURCE_GUESS,
	  .text = "a: !!x b\n? [k]\n: 1\na: *y\n<<: c\n",
	  .fails = true },
	{ .name = "a call",
	  .run = try_call,
	  .kind = SOURCE_GUESS,
	  .text = "i386 openat(-100, 0x5000, O_RDWR|O_CREAT, (1 << 3) | 0x1ff) @7" },
	{ .name = "a malformed call",
	  .run = try_call,
	  .kind = SOURCE_GUESS,
	  .text = "i386 opneat(O_RDRW, 010)",
	  .fails = true },
	{ .name = "records", .run = try_records, .kind = SOURCE_GUESS, .text = NOTIFY, .fails = true },
	{ .name = "an output file", .run = try_output, .kind = SOURCE_GUESS, .text = output },
	{ .name = "diff",
	  .run = try_diff,
	  .kind = SOURCE_GUESS,
	  .text = "rules:cases/suite/rules/stdio-reduced.rules",
	  .step = 3 },
	{ .name = "lint", .run = try_lint, .kind = SOURCE_GUESS, .text = RULES, .step = 37 },
};

/* What is told of one try, as the exit status of its process. */
static int status_of(const struct try *try, uint64_t sum)
{
	struct diags diags;
	uint64_t now = 0;

	diags_init(&diags);
	int r = try->run(try, &diags, &now);
	int status = r < 0 && !diags.errors ? SILENT : r < 0 ? SAME : now == sum ? SAME : OTHER;
	if (status == SAME && !hit)
		status = (r < 0) == try->fails ? COMPLETE : OTHER;
	diags_done(&diags);
	return status;
}

static int run_without(const struct try *try, size_t n, uint64_t sum)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(null, STDERR_FILENO);
		close(null);
		refused = n;
		exit(status_of(try, sum));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "%s: signal %d without allocation %zu", try->name, WTERMSIG(status),
		      n);
	return WEXITSTATUS(status);
}

START_TEST(each_allocation)
{
	const struct try *try = &tries[_i];
	size_t n = 1, failures = 0, step = try->step ? try->step : 1;
	uint64_t sum = 0;
	struct diags diags;
	int status;

	diags_init(&diags);
	ck_assert_int_eq(try->run(try, &diags, &sum), try->fails ? -1 : 0);
	diags_done(&diags);
	for (; (status = run_without(try, n, sum)) != COMPLETE; n += step) {
		ck_assert_msg(status == SAME || status == EXIT_NO_ANSWER,
			      "%s: %s without allocation %zu (%d)", try->name,
			      status == SILENT	? "it fails and does not say why"
			      : status == OTHER ? "another result"
						: "what is this",
			      n, status);
		failures++;
	}
	ck_assert_msg(failures > 0, "%s: nothing is allocated", try->name);
}
END_TEST

/* Nothing, or what was never begun, is given back like all else. */
START_TEST(nothing)
{
	struct task_filters filters = { 0 };
	struct watchdog watchdog = { 0 };

	arena_done(NULL);
	diags_done(NULL);
	expr_done(NULL);
	filter_stack_done(NULL);
	kernel_behaviour_free(NULL);
	log_close(NULL);
	pred_done(NULL);
	records_close(NULL);
	rules_free(NULL);
	source_done(NULL);
	source_options_done(NULL);
	task_filters_done(NULL);
	task_filters_done(&filters);
	tasks_free(NULL);
	text_done(NULL);
	tracer_free(NULL);
	vd_map_free(NULL);
	watchdog_stop(&watchdog);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, nothing);
	tcase_add_loop_test(tc, each_allocation, 0, COUNT_OF(tries));
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	snprintf(output, sizeof(output), "%s/out", folder);
	int r = run_suite("memory", add);

	unlink(output);
	rmdir(folder);
	return r;
}
