/* SPDX-License-Identifier: MIT */
#include "bench/cost/compare.h"
#include "bench/cost/cost.h"
#include "loader/command.h"
#include "loader/json.h"
#include "loader/kernel/behaviour.h"
#include "loader/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct command cmd_bench;

enum {
	OPT_RECORDS = 1,
	OPT_KERNEL,
	OPT_COMPARE,
	OPT_FORMAT,
	OPT_OUTPUT,
	OPT_PLOT,
	OPT_ALL,
	OPT_ABI,
	OPT_CALLS,
	OPT_TIME
};

static const struct option_spec specs[] = {
	{ "records", 'r', OPTION_VALUE, OPT_RECORDS },
	{ "kernel", 'k', OPTION_FLAG, OPT_KERNEL },
	{ "compare", 0, OPTION_VALUE, OPT_COMPARE },
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ "output", 'o', OPTION_VALUE, OPT_OUTPUT },
	{ "plot", 'p', OPTION_VALUE, OPT_PLOT },
	{ "all", 'a', OPTION_FLAG, OPT_ALL },
	{ "abi", 0, OPTION_VALUE, OPT_ABI },
	{ "calls", 'c', OPTION_VALUE, OPT_CALLS },
	{ "time", 't', OPTION_VALUE, OPT_TIME },
	{ NULL, 0, OPTION_FLAG, 0 },
};

#define SPECS_MAX 64
#define NAMES_MAX 64
#define SHOWN 25u
#define SECONDS 6.0
#define SECONDS_MAX 3600.0

struct bench {
	const char *specs[2][SPECS_MAX]; /* of the stack, and of the one it is compared with */
	size_t n_specs[2];
	const char *records, *output, *plot;
	bool kernel, json, all;
	int abi;
	double seconds;
	char *names_text; /* of --calls, taken apart */
	const char *names[NAMES_MAX];
	struct wanted_calls wanted;
	struct diags diags;
};

/* ------------------------------------------------------------- options -- */

static int add_spec(struct bench *bench, int which, const char *spec)
{
	if (bench->n_specs[which] == SPECS_MAX)
		return usage_error(&cmd_bench, "more than %d sources", SPECS_MAX);
	bench->specs[which][bench->n_specs[which]++] = spec;
	return 0;
}

static int set_time(struct bench *bench, const char *text)
{
	char *end;

	bench->seconds = strtod(text, &end);
	if (end != text && !*end && bench->seconds > 0 && bench->seconds <= SECONDS_MAX)
		return 0;
	return usage_error(&cmd_bench, "--time takes seconds, over 0 and up to %.0f, not '%s'", SECONDS_MAX,
			   text);
}

/* Names between commas. They are looked up when the ABI is known. */
static int set_calls(struct bench *bench, const char *text)
{
	free(bench->names_text);
	bench->names_text = strdup(text);
	bench->wanted.n = 0;
	for (char *save = NULL, *name = bench->names_text ? strtok_r(bench->names_text, ",", &save) : NULL;
	     name; name = strtok_r(NULL, ",", &save)) {
		if (bench->wanted.n == NAMES_MAX)
			return usage_error(&cmd_bench, "--calls takes at most %d names", NAMES_MAX);
		bench->names[bench->wanted.n++] = name;
	}
	bench->wanted.names = bench->names;
	if (bench->wanted.n)
		return 0;
	return usage_error(&cmd_bench, "--calls takes names of system calls between commas");
}

static int set_once(const char **field, const char *option, const char *value)
{
	if (*field)
		return usage_error(&cmd_bench, "%s is given twice", option);
	*field = value;
	return 0;
}

static int take_option(void *userdata, int id, const char *value)
{
	struct bench *bench = userdata;

	switch (id) {
	case OPT_RECORDS:
		return set_once(&bench->records, "--records", value);
	case OPT_OUTPUT:
		return set_once(&bench->output, "--output", value);
	case OPT_PLOT:
		return set_once(&bench->plot, "--plot", value);
	case OPT_KERNEL:
		bench->kernel = true;
		return 0;
	case OPT_ALL:
		bench->all = true;
		return 0;
	case OPT_COMPARE:
		return add_spec(bench, 1, value);
	case OPT_FORMAT:
		return option_json(&cmd_bench, value, &bench->json);
	case OPT_ABI:
		return option_abi(&cmd_bench, value, &bench->abi);
	case OPT_CALLS:
		return set_calls(bench, value);
	case OPT_TIME:
		return set_time(bench, value);
	default:
		return add_spec(bench, 0, value);
	}
}

static int check_names(const struct bench *bench)
{
	uint32_t nr;

	for (size_t i = 0; i < bench->wanted.n; i++) {
		const char *name = bench->names[i], *near;
		size_t len = strlen(name);
		if (vd_syscall_number(bench->abi, name, len, &nr) == 0)
			continue;
		if (vd_names_near(VD_NAME_SYSCALL, bench->abi, name, len, &near, 1))
			return usage_error(&cmd_bench, "%s has no system call '%s'; did you mean '%s'?",
					   vd_abi_info(bench->abi)->name, name, near);
		return usage_error(&cmd_bench, "%s has no system call '%s'", vd_abi_info(bench->abi)->name,
				   name);
	}
	return OPTION_END;
}

static int check_args(const struct bench *bench)
{
	int ways = (bench->records != NULL) + (bench->wanted.n > 0) + (bench->wanted.n_calls > 0);

	if (!bench->n_specs[0])
		return no_source(&cmd_bench, "");
	if (ways > 1)
		return usage_error(&cmd_bench, "give --records, --calls, or calls after --: one of them");
	if (bench->n_specs[1] && (bench->plot || bench->all))
		return usage_error(&cmd_bench, "--compare goes without --plot and --all");
	if (bench->plot && plot_kind(bench->plot) < 0)
		return usage_error(&cmd_bench,
				   "--plot writes .svg or .png, as the file's name says, not '%s'",
				   bench->plot);
	return check_names(bench);
}

/* ---------------------------------------------------------- measurement -- */

/* What is being done, on a terminal; NULL: done. */
static void tell(const char *what)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%s", what ? what : "");
	fflush(stderr);
}

static int take_points(struct bench *bench, struct cost *cost)
{
	if (bench->records) {
		tell("reading records ...");
		return points_from_records(cost, &bench->diags);
	}
	if (bench->wanted.n_calls)
		return points_from_calls(cost, &bench->wanted, &bench->diags);
	return points_from_table(cost, &bench->wanted, &bench->diags);
}

static void find_worst(struct cost *cost)
{
	uint32_t arch = cost->subject->arch;
	struct worst worst, here;

	tell("proving the worst case ...");
	worst_case(cost->subject, NULL, NULL, &worst);
	/* where other archs take no more, a record of the one that is looked at says more */
	worst_case(cost->subject, &arch, NULL, &here);
	if (here.insns >= worst.insns)
		worst.data = here.data;
	cost->worst = worst.insns;
	cost->worst_data = worst.data;
	cost->worst_proved = worst.proved;
}

static int no_kernel(struct bench *bench, int error)
{
	diag_file_error(&bench->diags, "kernel", "it cannot be asked: %s",
			error == -EACCES
				? "a filter of the stack forbids what installing the next one takes, "
				  "which CAP_SYS_ADMIN would get around"
				: kernel_behaviour_explain(error));
	return EXIT_NO_ANSWER;
}

static int measure(struct bench *bench, struct cost *cost)
{
	tell("measuring machine and engine ...");
	if (measure_userspace(cost, bench->seconds / 2) < 0) {
		diag_file_error(&bench->diags, cost->subject->name, "out of memory");
		return EXIT_NO_ANSWER;
	}
	if (bench->kernel)
		tell("measuring the kernel ...");
	int r = bench->kernel ? measure_kernel(cost, bench->seconds) : 0;
	tell(NULL);
	sum_up(cost);
	return r < 0 ? no_kernel(bench, r) : EXIT_PASSED;
}

static int show(struct bench *bench, const struct cost *cost)
{
	const struct cost_shown shown = { .rows = bench->all ? SIZE_MAX : SHOWN,
					  .each_point = bench->wanted.n_calls > 0 };
	struct output output;
	struct json json;

	if (output_open(bench->output, &bench->diags, &output) < 0)
		return EXIT_INVALID;
	if (bench->json) {
		json_init(&json, output.file, false);
		cost_json(cost, &json);
	} else {
		cost_text(cost, output.file, &shown);
	}
	if (output_commit(&output, &bench->diags) < 0)
		return EXIT_INVALID;
	return EXIT_PASSED;
}

static int run_one(struct bench *bench, struct subject *subject)
{
	struct cost cost = { .subject = subject, .abi = bench->abi, .records = bench->records };
	int status = EXIT_INVALID;

	if (take_points(bench, &cost) == 0) {
		find_worst(&cost);
		status = measure(bench, &cost);
		int shown = show(bench, &cost);
		status = shown ? shown : status;
		if (shown == EXIT_PASSED && bench->plot && cost_plot(&cost, bench->plot, &bench->diags) < 0)
			status = EXIT_NO_ANSWER;
	}
	cost_done(&cost);
	return status;
}

static int run_both(struct bench *bench, struct subject *subject)
{
	struct cost cost = { .subject = subject, .abi = bench->abi, .records = bench->records };
	struct comparison comparison = { .cost = &cost };
	struct output output;
	int status = EXIT_INVALID;

	if (subject_init(&comparison.other, bench->specs[1], bench->n_specs[1], &bench->diags) == 0 &&
	    take_points(bench, &cost) == 0) {
		comparison.other.arch = subject->arch;
		tell("measuring both ...");
		int r = compare_stacks(&comparison, bench->kernel, bench->seconds);
		tell(NULL);
		status = r < 0 ? no_kernel(bench, r) : EXIT_PASSED;
		if (output_open(bench->output, &bench->diags, &output) < 0) {
			status = EXIT_INVALID;
		} else {
			(bench->json ? comparison_json : comparison_text)(&comparison, output.file);
			if (output_commit(&output, &bench->diags) < 0)
				status = EXIT_INVALID;
		}
	}
	comparison_done(&comparison);
	cost_done(&cost);
	return status;
}

static int run(int argc, char **argv)
{
	struct bench bench = { .abi = VD_ABI_X86_64, .seconds = SECONDS };
	struct subject subject = { 0 };
	char **calls = NULL;

	diags_init(&bench.diags);
	int status = options_read(&cmd_bench, argc, argv, take_option, &bench, &calls);
	bench.wanted.calls = calls;
	bench.wanted.n_calls = calls ? (size_t)(argv + argc - calls) : 0;
	if (status == OPTION_END)
		status = check_args(&bench);
	if (status == OPTION_END) {
		subject.arch = vd_abi_info(bench.abi)->audit_arch;
		if (subject_init(&subject, bench.specs[0], bench.n_specs[0], &bench.diags) < 0)
			status = EXIT_INVALID;
		else
			status = (bench.n_specs[1] ? run_both : run_one)(&bench, &subject);
		if (status == EXIT_PASSED && bench.diags.errors)
			status = EXIT_INVALID;
	}
	tell(NULL);
	finish_diags(&bench.diags);
	subject_done(&subject);
	free(bench.names_text);
	return status;
}

const struct command cmd_bench = {
	.name = "bench",
	.summary = "what a filter, or a stack of them, costs per system call",
	.help = "usage: verdict bench [OPTIONS] SOURCE...\n"
		"       verdict bench [OPTIONS] SOURCE... -- CALL...\n"
		"       verdict bench [OPTIONS] SOURCE... --compare SOURCE...\n"
		"\n"
		"For each system call: the instructions that the sources' filters, stacked in the\n"
		"order given (oldest first), execute for it, and what they take in the machine, in\n"
		"the fast engine and, with --kernel, in the running kernel: nanoseconds added to a\n"
		"call. Calls that depend on arguments are measured with those that make them\n"
		"dearest, which is proved. Also: the most that any call can take, the cost of each\n"
		"filter, and how cost grows with depth.\n"
		"\n"
		"  -k, --kernel         ask the running kernel too: what filters add to a call,\n"
		"                       which calls its allow-bitmap answers, and whether that is\n"
		"                       as predicted; needs no privileges as long as the filters\n"
		"                       allow seccomp(2)\n"
		"  -r, --records FILE   the calls of a file, binary or text, weigh the figures\n"
		"  -c, --calls NAME,... these calls only\n"
		"      --abi ABI        whose calls (x86_64 when left out)\n"
		"      --compare SOURCE (repeatable) another stack: both take turns, and the\n"
		"                       difference comes with its 95 % confidence interval\n"
		"  -a, --all            all calls, not just the dearest 25\n"
		"  -f, --format FORMAT  pretty (default) or json\n"
		"  -o, --output FILE    write the report there\n"
		"  -p, --plot FILE      draw cost by call and by depth with gnuplot, as FILE.svg or\n"
		"                       FILE.png\n"
		"  -t, --time SECONDS   how long to measure (6 when left out): longer is steadier\n"
		"\n"
		"  verdict bench policy.bpf --kernel --plot cost.svg\n"
		"  verdict bench new/ --compare old/ --records server.records\n"
		"\n"
		"Exit status: 0 measured, 2 usage or invalid input, 3 the kernel cannot be asked or\n"
		"the plot not drawn (the rest is shown).\n",
	.options = specs,
	.run = run,
};
