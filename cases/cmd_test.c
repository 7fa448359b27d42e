/* SPDX-License-Identifier: MIT */
#include "cases/folder.h"
#include "cases/parallel.h"
#include "cases/report/report.h"
#include "cases/select.h"
#include "loader/command.h"
#include "loader/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct command cmd_test;

enum {
	OPT_FORMAT = 1,
	OPT_OUTPUT,
	OPT_FILTER,
	OPT_TAG,
	OPT_SHARD,
	OPT_JOBS,
	OPT_VERBOSE,
	OPT_TRACE,
	OPT_LIVE,
	OPT_COVERAGE,
	OPT_COVERAGE_OUTPUT,
	OPT_REQUIRE_PROOF,
};

static const struct option_spec specs[] = {
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ "output", 'o', OPTION_VALUE, OPT_OUTPUT },
	{ "filter", 0, OPTION_VALUE, OPT_FILTER },
	{ "tag", 0, OPTION_VALUE, OPT_TAG },
	{ "shard", 0, OPTION_VALUE, OPT_SHARD },
	{ "jobs", 'j', OPTION_VALUE, OPT_JOBS },
	{ "verbose", 'v', OPTION_FLAG, OPT_VERBOSE },
	{ "trace", 't', OPTION_FLAG, OPT_TRACE },
	{ "live", 0, OPTION_OPTIONAL, OPT_LIVE },
	{ "coverage", 0, OPTION_OPTIONAL, OPT_COVERAGE },
	{ "coverage-output", 0, OPTION_VALUE, OPT_COVERAGE_OUTPUT },
	{ "require-proof", 0, OPTION_FLAG, OPT_REQUIRE_PROOF },
	{ NULL, 0, OPTION_FLAG, 0 },
};

static const struct {
	const char *name;
	report_fn write;
} formats[] = {
	{ "pretty", report_pretty },
	{ "tap", report_tap },
	{ "junit", report_junit },
	{ "json", report_json },
};
#define FORMATS (sizeof(formats) / sizeof(*formats))

#define JOBS_MAX 1024

static const char help[] =
	"usage: verdict test [OPTIONS] FILE|FOLDER...\n"
	"\n"
	"Runs case files: claims about what seccomp filters decide. A FOLDER means all\n"
	"*.yaml files below it, but in folders that hold a file named .verdict-ignore;\n"
	"- is stdin. A file that others include is run once, before them.\n"
	"\n"
	"  -f, --format FORMAT  pretty (default), tap, junit or json\n"
	"  -o, --output FILE    write the report there; whole, or not at all\n"
	"  -v, --verbose        pretty: passed cases too, and why todo cases fail\n"
	"  -t, --trace          pretty: every executed instruction of a failure\n"
	"      --filter GLOB    only cases whose name or file matches; a text without\n"
	"                       * ? [ matches where it occurs; repeatable: any of them\n"
	"      --tag TAG        only cases with this tag; repeatable: any of them\n"
	"      --shard K/N      the K-th of N parts of the cases (CI in parallel)\n"
	"  -j, --jobs N         threads; the number of CPUs when left out\n"
	"      --require-proof  a case that was only sampled fails\n"
	"      --live[=WHEN]    the running kernel judges the records too: auto (what it\n"
	"                       can be asked), require (or exit 3), never; without it\n"
	"                       scenarios alone are run in the kernel\n"
	"\n"
	"      --coverage[=FORM]\n"
	"                       which instructions and edges of the filters the cases\n"
	"                       cover: summary (default), annotate, json or dot\n"
	"      --coverage-output FILE\n"
	"                       write it there; whole, or not at all\n"
	"\n"
	"A case says a thing about all records that it leaves open. How each was decided\n"
	"is part of every report: enumerated (all of them were run), proved, or sampled\n"
	"(only those at the boundaries were run). The last line of pretty is the count;\n"
	"cases that fail as their 'todo:' says count as skipped.\n"
	"\n"
	"A file, for example (arch is x86_64 when left out):\n"
	"\n"
	"  version: 1\n"
	"  filters: {base: base.bpf}\n"
	"  cases:\n"
	"    - {syscall: [mount, umount2], expect: ERRNO(EPERM)}\n"
	"    - {arch: i386, syscall: socket, args: {family: AF_VSOCK}, expect: denied}\n"
	"\n"
	"With --live all records of finite sets, and those at the boundaries of others,\n"
	"are judged by machine and kernel, and installs are tried; no call is run. It\n"
	"needs x86-64; as root also programs of full length and installs on top of others\n"
	"are asked.\n"
	"\n"
	"Coverage: an edge is one way out of a conditional jump. A case that was decided,\n"
	"passed or not, covers an edge when some record of its set takes it; small sets\n"
	"are run, of others it is proved, and where the prover gives up the records at\n"
	"the boundaries count. Edges that no record at all can take are proved so, shown\n"
	"as never and left out of the totals. Only the cases that are run count: with\n"
	"--filter, --tag and --shard it is the coverage by that part. 'limits: {coverage:\n"
	"95}' in a file fails where its cases cover less, with a record for each edge\n"
	"that is missing; it counts all cases of the file, whichever are run.\n"
	"\n"
	"  verdict test --coverage=annotate --coverage-output lines.txt base.yaml\n"
	"  verdict test --coverage=dot --coverage-output base.dot base.yaml\n"
	"  dot -Tsvg base.dot -o base.svg\n"
	"\n"
	"Exit status: 0 all passed, 1 a case failed, 2 usage or an invalid file (the\n"
	"other files are run all the same), 3 --live=require and the kernel cannot be\n"
	"asked, 4 machine and kernel disagree.\n";

struct given {
	size_t format;
	const char *output;
	struct path_list paths;
	bool path_failed; /* diagnosed */
	struct selection selection;
	struct run_opts run;
	struct report_opts report;
	bool coverage;
	enum cover_form form;
	const char *coverage_output;
	enum { LIVE_NEVER, LIVE_AUTO, LIVE_REQUIRE } live; /* what claims are judged by */
};

/* ------------------------------------------------------------- options */

static int read_format(struct given *given, const char *value)
{
	const char *names[FORMATS], *near;

	for (given->format = 0; given->format < FORMATS; given->format++) {
		if (!strcmp(formats[given->format].name, value))
			return 0;
		names[given->format] = formats[given->format].name;
	}
	if (vd_near(value, strlen(value), names, FORMATS, &near, 1))
		return usage_error(&cmd_test, "unknown format '%s'; did you mean '%s'?", value, near);
	return usage_error(&cmd_test, "unknown format '%s': it is pretty, tap, junit or json", value);
}

/* A number of digits alone, at most max. */
static bool read_number(const char *text, unsigned max, const char **ret_end, unsigned *ret_value)
{
	unsigned long value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9' && value <= max; at++)
		value = 10 * value + (unsigned long)(*at - '0');
	*ret_end = at;
	*ret_value = (unsigned)value;
	return at > text && value <= max;
}

static int read_jobs(struct given *given, const char *value)
{
	const char *end;

	if (!read_number(value, JOBS_MAX, &end, &given->run.jobs) || *end || !given->run.jobs)
		return usage_error(&cmd_test, "--jobs takes a number from 1 to %d, not '%s'", JOBS_MAX,
				   value);
	return 0;
}

static int read_shard(struct given *given, const char *value)
{
	struct selection *selection = &given->selection;
	const char *end;

	if (!read_number(value, 1000000, &end, &selection->shard) || *end != '/' ||
	    !read_number(end + 1, 1000000, &end, &selection->shards) || *end || !selection->shard ||
	    selection->shard > selection->shards)
		return usage_error(&cmd_test,
				   "--shard takes K/N with 1 <= K <= N, 2/5 for instance, not '%s'", value);
	return 0;
}

static int read_live(struct given *given, const char *value)
{
	static const char *const words[] = { "never", "auto", "require" };

	for (int i = LIVE_NEVER; i <= LIVE_REQUIRE; i++)
		if (!strcmp(value ? value : "auto", words[i])) {
			given->live = i;
			given->run.no_scenarios = i == LIVE_NEVER;
			return 0;
		}
	return usage_error(&cmd_test, "--live takes auto, require or never, not '%s'", value);
}

static int read_form(struct given *given, const char *value)
{
	const char *near;

	given->coverage = true;
	for (int form = 0; value && form < COVER_FORMS; form++)
		if (!strcmp(cover_forms[form], value)) {
			given->form = (enum cover_form)form;
			return 0;
		}
	if (!value)
		return 0;
	if (vd_near(value, strlen(value), cover_forms, COVER_FORMS, &near, 1))
		return usage_error(&cmd_test, "unknown form of coverage '%s'; did you mean '%s'?", value,
				   near);
	return usage_error(&cmd_test, "unknown form of coverage '%s': it is summary, annotate, json or dot",
			   value);
}

static bool is_stdout(const char *path)
{
	return !path || !strcmp(path, "-");
}

/* What a program is to read stands alone. */
static int check_outputs(const struct given *given)
{
	bool text = !given->format && (given->form == COVER_SUMMARY || given->form == COVER_ANNOTATE);

	if (given->coverage_output && !given->coverage)
		return usage_error(&cmd_test, "--coverage-output goes with --coverage");
	if (!given->coverage || text || !is_stdout(given->output) || !is_stdout(given->coverage_output))
		return 0;
	return usage_error(&cmd_test, "report and coverage would both go to stdout; give one of them a file: "
				      "--coverage-output FILE, or -o FILE");
}

static void add_path(struct given *given, const char *path)
{
	struct diags diags;

	diags_init(&diags);
	if (path_list_add(&given->paths, path, &diags) < 0)
		given->path_failed = true;
	finish_diags(&diags);
}

static int take_option(void *userdata, int id, const char *value)
{
	struct given *given = userdata;

	switch (id) {
	case OPT_FORMAT:
		return read_format(given, value);
	case OPT_OUTPUT:
		given->output = value;
		return 0;
	case OPT_FILTER:
		selection_add(&given->selection.globs, value);
		return 0;
	case OPT_TAG:
		selection_add(&given->selection.tags, value);
		return 0;
	case OPT_SHARD:
		return read_shard(given, value);
	case OPT_JOBS:
		return read_jobs(given, value);
	case OPT_VERBOSE:
		given->report.verbose = true;
		return 0;
	case OPT_TRACE:
		given->report.trace = true;
		return 0;
	case OPT_REQUIRE_PROOF:
		given->run.require_proof = true;
		return 0;
	case OPT_LIVE:
		return read_live(given, value);
	case OPT_COVERAGE:
		return read_form(given, value);
	case OPT_COVERAGE_OUTPUT:
		given->coverage_output = value;
		return 0;
	default:
		add_path(given, value);
		return 0;
	}
}

/* ----------------------------------------------------------------- run */

static void print_diagnostics(const struct case_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		diags_print(&files->files[i]->diags, stderr, diag_colour(stderr));
}

static int write_report(const struct given *given, const struct run *run)
{
	struct report_opts opts = given->report;
	struct diags diags;
	struct output output;
	int r;

	diags_init(&diags);
	r = output_open(given->output, &diags, &output);
	if (r == 0) {
		opts.colour = output.file == stdout && diag_colour(stdout);
		formats[given->format].write(run, &opts, output.file);
		r = output_commit(&output, &diags);
	}
	finish_diags(&diags);
	bool alone = given->coverage && is_stdout(given->coverage_output);
	if (r == 0 && !is_stdout(given->output))
		report_closing_line(&run->totals, alone ? stderr : stdout);
	return r;
}

/* What the cases that were run cover. */
static int write_coverage(const struct given *given, const struct chosen *chosen)
{
	struct coverage coverage;
	struct output output;
	struct diags diags;

	diags_init(&diags);
	int r = output_open(given->coverage_output, &diags, &output);
	if (r == 0) {
		bool colour = output.file == stdout && diag_colour(stdout);
		coverage_init(&coverage, chosen->cases, chosen->n, NULL, given->run.jobs);
		if (output.file == stdout && is_stdout(given->output))
			fputc('\n', output.file);
		coverage_write(&coverage, given->form, output.file, colour);
		coverage_done(&coverage);
		r = output_commit(&output, &diags);
	}
	finish_diags(&diags);
	return r;
}

static int status_of(const struct run *run)
{
	return run->totals.disagree  ? EXIT_DISAGREE
	       : run->totals.invalid ? EXIT_INVALID
	       : run->totals.failed  ? EXIT_FAILED
				     : EXIT_PASSED;
}

/* 0, or the status to exit with. */
static int ready_kernel(struct given *given)
{
	const char *why = NULL;

	if (given->live == LIVE_NEVER)
		return 0;
	given->run.live = live_new(&why);
	given->run.why_not = why;
	if (given->run.live || given->live == LIVE_AUTO)
		return 0;
	fprintf(stderr, "verdict test: the kernel cannot be asked: %s\n", why);
	return EXIT_NO_ANSWER;
}

static int run_files(const struct given *given)
{
	struct case_files files;
	struct chosen chosen;
	struct run run;
	int status;

	case_files_read(&files, (const char *const *)given->paths.items, given->paths.n, given->run.jobs);
	print_diagnostics(&files);
	select_cases(&files, &given->selection, &chosen);
	run_cases(&files, chosen.cases, chosen.n, &given->run, &run);
	status = status_of(&run);
	if (!chosen.matching && !run.totals.invalid)
		status = usage_error(&cmd_test, "%s",
				     chosen.known ? "no case is chosen by --filter and --tag"
						  : "the files hold no cases");
	else if (write_report(given, &run) < 0)
		status = EXIT_INVALID;
	else if (given->coverage && write_coverage(given, &chosen) < 0)
		status = EXIT_INVALID;
	run_done(&run);
	chosen_done(&chosen);
	case_files_done(&files);
	return status;
}

static int run_tests(struct given *given)
{
	int status = 0;

	if (!given->paths.n && !given->path_failed)
		return usage_error(&cmd_test, "which case files? Name some, or a folder that holds them");
	status = check_outputs(given);
	if (!status && given->paths.n)
		status = ready_kernel(given);
	if (!status && given->paths.n)
		status = run_files(given);
	return given->path_failed ? EXIT_INVALID : status;
}

static int run(int argc, char **argv)
{
	struct given given = { .run = { .jobs = parallel_cpus(JOBS_MAX),
					.progress = isatty(STDERR_FILENO) } };
	int status = options_read(&cmd_test, argc, argv, take_option, &given, NULL);

	if (status == OPTION_END)
		status = run_tests(&given);
	live_free(given.run.live);
	path_list_done(&given.paths);
	selection_done(&given.selection);
	return status;
}

const struct command cmd_test = {
	.name = "test",
	.summary = "run case files: claims about what filters decide",
	.help = help,
	.options = specs,
	.run = run,
};
