/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/output.h"
#include "loader/replay/replay.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

extern const struct command cmd_replay;

static const char help[] =
	"usage: verdict replay [OPTIONS] RECORDS SOURCE...\n"
	"       verdict replay [OPTIONS] RECORDS --old SOURCE --new SOURCE\n"
	"\n"
	"Tells what the sources' filters, stacked in the order given (oldest first),\n"
	"decide on calls that were made: how often each verdict was given, to which\n"
	"system calls, and the first call of each denial with who made it.\n"
	"\n"
	"RECORDS is what `verdict record` wrote, any array of struct seccomp_data, calls\n"
	"as text, the output of strace, or audit records (type=1326, SYSCALL); - is\n"
	"stdin. Which it is shows in it. Files of any length take the same memory.\n"
	"\n"
	"      --old SOURCE, --new SOURCE\n"
	"                     two policies instead (each repeatable, oldest first): which\n"
	"                     of the calls they decide differently\n"
	"  -f, --format text|json\n"
	"  -o, --output FILE  instead of stdout\n"
	"      --strict       a line of a log that cannot be read: exit status 2\n"
	"\n"
	"A log does not tell all of a call. Where the verdict depends on a word that is\n"
	"not known, that is said instead of a verdict: such calls are not decided.\n"
	"\n"
	"  verdict record -- make && verdict replay verdict.rec policy.json\n"
	"  strace -f -o trace.txt make; verdict replay trace.txt policy.json\n"
	"  journalctl -k | verdict replay - --old policy.json --new strict.json\n"
	"\n"
	"Exit status: 0 nothing would be denied (with --old and --new: nothing is\n"
	"decided differently); 1 something would; 2 a file is invalid; 3 nothing, but\n"
	"some calls are not decided.\n";

enum { OPT_OLD = 1, OPT_NEW, OPT_FORMAT, OPT_OUTPUT, OPT_STRICT };

static const struct option_spec specs[] = {
	{ "old", 0, OPTION_VALUE, OPT_OLD },	     { "new", 0, OPTION_VALUE, OPT_NEW },
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT }, { "output", 'o', OPTION_VALUE, OPT_OUTPUT },
	{ "strict", 0, OPTION_FLAG, OPT_STRICT },    { NULL, 0, OPTION_FLAG, 0 },
};

struct arguments {
	const char *records, *output;
	bool strict;
	int json; /* --format: 0 text, 1 json */
	struct source_list sources, pair[2];
	struct diags *diags;
};

static void add_source(struct arguments *args, struct source_list *list, const char *spec)
{
	/* stdin can be one of all sources, or the records */
	bool taken = args->sources.stdin_taken || args->pair[0].stdin_taken || args->pair[1].stdin_taken ||
		     (args->records && !strcmp(args->records, "-"));

	list->stdin_taken = taken;
	(void)source_list_add(list, spec, args->diags);
}

static int take_option(void *userdata, int id, const char *value)
{
	static const char *const formats[] = { "text", "json", NULL };
	struct arguments *args = userdata;

	switch (id) {
	case OPT_OLD:
	case OPT_NEW:
		add_source(args, &args->pair[id == OPT_NEW], value);
		break;
	case OPTION_OPERAND:
		if (args->records)
			add_source(args, &args->sources, value);
		else
			args->records = value;
		break;
	case OPT_OUTPUT:
		args->output = value;
		break;
	case OPT_STRICT:
		args->strict = true;
		break;
	case OPT_FORMAT:
		return option_choice(&cmd_replay, "format", formats, value, &args->json);
	}
	return 0;
}

/* OPTION_END, or the status to exit with. */
static int read_args(struct arguments *args, int argc, char **argv)
{
	int status = options_read(&cmd_replay, argc, argv, take_option, args, NULL);
	bool old = args->pair[0].n, new = args->pair[1].n;

	if (status != OPTION_END)
		return status;
	if (args->diags->errors)
		return EXIT_INVALID;
	if (!args->records)
		return usage_error(&cmd_replay, "no records; name their file first, then the sources");
	if (old != new)
		return usage_error(&cmd_replay, "--old and --new go together");
	if (old && args->sources.n)
		return usage_error(&cmd_replay, "sources, or --old and --new: not both");
	if (!old && !args->sources.n)
		return no_source(&cmd_replay, " after the records");
	return OPTION_END;
}

static int load(const struct arguments *args, struct replay *replay)
{
	const struct source_list *lists[2] = { &args->sources, &args->pair[1] };

	replay->n = args->sources.n ? 1 : 2;
	if (replay->n == 2)
		lists[0] = &args->pair[0];
	for (size_t i = 0; i < replay->n; i++) {
		if (source_list_stack(lists[i], replay->diags, &replay->stacks[i]) < 0)
			return -1;
		replay->judges[i].stack = replay->stacks[i].stack;
	}
	return 0;
}

static int report(const struct arguments *args, const struct replay *replay)
{
	struct output output;

	if (output_open(args->output, replay->diags, &output) < 0)
		return -1;
	if (args->json)
		replay_json(replay, output.file);
	else
		replay_text(replay, output.file, !output.path && diag_colour(stdout));
	return output_commit(&output, replay->diags);
}

static int result(const struct arguments *args, const struct replay *replay)
{
	if (replay->faults && (args->strict || !replay->is_log))
		return EXIT_INVALID;
	if (replay->n == 2 ? replay->changed : replay->tally.denied)
		return EXIT_FAILED;
	return replay->unknown.calls ? EXIT_NO_ANSWER : EXIT_PASSED;
}

static int replay_and_report(const struct arguments *args, struct replay *replay)
{
	if (load(args, replay) < 0 || replay_run(replay, args->records, args->strict) < 0)
		return EXIT_INVALID;
	if (replay->is_log && replay->faults)
		diag_file_warning(replay->diags, args->records, "%" PRIu64 " line%s could not be read",
				  replay->faults, replay->faults == 1 ? "" : "s");
	if (report(args, replay) < 0)
		return EXIT_INVALID;
	return result(args, replay);
}

static int run(int argc, char **argv)
{
	static struct replay replay;
	struct diags diags;
	struct arguments args = { .diags = &diags };

	diags_init(&diags);
	tally_init(&replay.tally);
	tally_init(&replay.unknown);
	replay.diags = &diags;
	replay.progress = isatty(STDERR_FILENO) == 1;
	int status = read_args(&args, argc, argv);
	if (status == OPTION_END)
		status = replay_and_report(&args, &replay);
	finish_diags(&diags);
	for (size_t i = 0; i < 2; i++) {
		judge_done(&replay.judges[i]);
		filter_stack_done(&replay.stacks[i]);
		source_list_done(&args.pair[i]);
	}
	source_list_done(&args.sources);
	tally_done(&replay.tally);
	tally_done(&replay.unknown);
	return status;
}

const struct command cmd_replay = {
	.name = "replay",
	.summary = "what a policy would have done to calls that were made",
	.help = help,
	.options = specs,
	.run = run,
};
