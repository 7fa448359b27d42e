/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/diff/diff.h"
#include "loader/output.h"

#include <stdlib.h>
#include <string.h>

extern const struct command cmd_diff;

enum { OPT_OLD = 1, OPT_NEW, OPT_RAW, OPT_ONLY, OPT_FORMAT, OPT_OUTPUT, OPT_BUDGET };

static const struct option_spec specs[] = {
	{ "old", 0, OPTION_VALUE, OPT_OLD },	     { "new", 0, OPTION_VALUE, OPT_NEW },
	{ "raw", 0, OPTION_FLAG, OPT_RAW },	     { "only", 0, OPTION_VALUE, OPT_ONLY },
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT }, { "output", 'o', OPTION_VALUE, OPT_OUTPUT },
	{ "budget", 0, OPTION_VALUE, OPT_BUDGET },   { NULL, 0, OPTION_FLAG, 0 },
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN };
static const char *const format_names[] = { "text", "json", "markdown", NULL };

struct differ {
	int format; /* enum format */
	const char *output;
	struct source_list sources[2]; /* before, after */
	struct filter_stack stacks[2];
	struct diff diff;
	struct diags diags;
	bool only_given;
};

static int set_only(struct differ *differ, const char *name)
{
	for (int sense = 0; sense < DIFF_SENSES; sense++)
		if (!strcmp(diff_sense_name((enum diff_sense)sense), name)) {
			differ->diff.only[sense] = true;
			differ->only_given = true;
			return 0;
		}
	return usage_error(&cmd_diff, "--only takes weaker, stronger or other, not '%s'", name);
}

static void add_source(struct differ *differ, bool new, const char *spec)
{
	/* stdin can be one of all sources */
	differ->sources[new].stdin_taken |= differ->sources[!new].stdin_taken;
	(void)source_list_add(&differ->sources[new], spec, &differ->diags);
}

static int take_option(void *userdata, int id, const char *value)
{
	struct differ *differ = userdata;

	switch (id) {
	case OPT_OLD:
	case OPT_NEW:
		add_source(differ, id == OPT_NEW, value);
		return 0;
	case OPT_RAW:
		differ->diff.raw = true;
		return 0;
	case OPT_ONLY:
		return set_only(differ, value);
	case OPT_FORMAT:
		return option_choice(&cmd_diff, "format", format_names, value, &differ->format);
	case OPT_OUTPUT:
		differ->output = value;
		return 0;
	case OPT_BUDGET:
		return option_budget(&cmd_diff, value, &differ->diff.ms);
	default:
		return usage_error(&cmd_diff, "'%s' is before or after? Write --old '%s' or --new '%s'",
				   value, value, value);
	}
}

/* OPTION_END, or the status to exit with. */
static int read_args(struct differ *differ, int argc, char **argv)
{
	int status = options_read(&cmd_diff, argc, argv, take_option, differ, NULL);

	if (status != OPTION_END)
		return status;
	for (unsigned i = 0; i < 2; i++)
		if (!differ->sources[i].n && !differ->diags.errors)
			return usage_error(
				&cmd_diff,
				"no %s stack; write --old SOURCE and --new SOURCE, each once or more",
				i ? "new" : "old");
	for (int sense = 0; sense < DIFF_SENSES; sense++)
		differ->diff.only[sense] |= !differ->only_given;
	return OPTION_END;
}

static int compare(struct differ *differ)
{
	for (unsigned i = 0; i < 2; i++) {
		if (source_list_stack(&differ->sources[i], &differ->diags, &differ->stacks[i]) < 0)
			return EXIT_INVALID;
		differ->diff.stacks[i] = &differ->stacks[i];
	}
	if (diff_run(&differ->diff, &differ->diags) < 0)
		return EXIT_INVALID;
	if (differ->diff.n)
		return EXIT_FAILED;
	return differ->diff.unknown || differ->diff.incomplete ? EXIT_NO_ANSWER : EXIT_PASSED;
}

static int write_report(struct differ *differ)
{
	struct output output;

	if (output_open(differ->output, &differ->diags, &output) < 0)
		return -1;
	switch ((enum format)differ->format) {
	case FORMAT_TEXT:
		diff_text(&differ->diff, output.file, output.file == stdout && diag_colour(stdout));
		break;
	case FORMAT_JSON:
		diff_json(&differ->diff, output.file);
		break;
	case FORMAT_MARKDOWN:
		diff_markdown(&differ->diff, output.file);
		break;
	}
	return output_commit(&output, &differ->diags);
}

static int run(int argc, char **argv)
{
	struct differ differ = { .format = FORMAT_TEXT };
	int status;

	diags_init(&differ.diags);
	arena_init(&differ.diff.arena);
	status = read_args(&differ, argc, argv);
	if (status == OPTION_END)
		status = differ.diags.errors ? EXIT_INVALID : compare(&differ);
	else
		differ.output = NULL;
	if (differ.diff.stacks[1] && status != EXIT_INVALID && write_report(&differ) < 0)
		status = EXIT_INVALID;
	finish_diags(&differ.diags);
	diff_done(&differ.diff);
	for (unsigned i = 0; i < 2; i++) {
		filter_stack_done(&differ.stacks[i]);
		source_list_done(&differ.sources[i]);
	}
	return status;
}

const struct command cmd_diff = {
	.name = "diff",
	.summary = "proves two stacks equal, or lists what changed",
	.help = "usage: verdict diff [OPTIONS] --old SOURCE... --new SOURCE...\n"
		"\n"
		"Compares two stacks of filters over all records: every arch word, every number,\n"
		"every value of every argument. Either they are proved equal, or each change is\n"
		"listed: the ABI and the calls, the condition on the arguments (a predicate), the\n"
		"verdict before and after, and a record, which can be pasted into verdict eval.\n"
		"\n"
		"      --old SOURCE, --new SOURCE\n"
		"                       the stacks before and after; repeatable, oldest filter first\n"
		"      --raw            compare the 32-bit values; without it what the kernel acts\n"
		"                       on (ERRNO's data up to 4095, no data for ALLOW)\n"
		"      --only weaker|stronger|other\n"
		"                       list changes of that sense alone; repeatable. weaker: the\n"
		"                       new action ranks below the old one in the kernel's order\n"
		"                       (KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, USER_NOTIF, TRACE,\n"
		"                       LOG, ALLOW); other: the same action with other data\n"
		"  -f, --format FORMAT  text (default), json, markdown (for a pull request)\n"
		"  -o, --output FILE    write there; whole, or not at all\n"
		"      --budget MS      milliseconds that one question may take (10,000)\n"
		"\n"
		"  verdict diff --old old.json --new new.json --only weaker --format markdown\n"
		"\n"
		"A condition that ends in … is abridged. Exit status: 0 equal (with --only: no\n"
		"such change), 1 differ, 2 usage or an invalid source, 3 not known within the\n"
		"budget.\n",
	.options = specs,
	.run = run,
};
