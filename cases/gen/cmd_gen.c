/* SPDX-License-Identifier: MIT */
#include "cases/gen/gen.h"
#include "loader/command.h"
#include "loader/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct command cmd_gen;

enum { OPT_OUTPUT = 1, OPT_NAME, OPT_EMBED, OPT_BUDGET };

static const struct option_spec specs[] = {
	{ "output", 'o', OPTION_VALUE, OPT_OUTPUT },
	{ "name", 0, OPTION_VALUE, OPT_NAME },
	{ "embed", 0, OPTION_FLAG, OPT_EMBED },
	{ "budget", 0, OPTION_VALUE, OPT_BUDGET },
	{ NULL, 0, OPTION_FLAG, 0 },
};

static const char help[] =
	"usage: verdict gen [OPTIONS] SOURCE...\n"
	"\n"
	"Writes a case file about a stack of filters (the sources, oldest first) as it\n"
	"is: cases that take every edge of every filter that some record takes, each\n"
	"with what the stack decides. It passes at once, and fails when the stack\n"
	"decides something else one day: a golden test for a filter one inherits.\n"
	"\n"
	"  verdict gen policy.bpf -o policy.yaml\n"
	"  verdict test --coverage policy.yaml\n"
	"\n"
	"There are as few records as can be found, and it is told how many are needed\n"
	"at least, which is proved. Calls of one ABI that get the same are one case;\n"
	"words that no filter reads stay open. Conditions on arguments are in the names\n"
	"of cases, and comments tell which edges a case is the first to take. The file\n"
	"has 'limits: {coverage: 100}'; edges that no record takes are proved so, and\n"
	"do not count.\n"
	"\n"
	"  -o, --output FILE    write the file there; whole, or not at all\n"
	"      --name NAME      the file's 'name:'\n"
	"      --embed          programs stand in the file, as assembler text; without it\n"
	"                       the file names the sources, relative to its own folder\n"
	"                       (what comes from stdin or a process is always embedded)\n"
	"      --budget MS      milliseconds that the proof may take (10,000)\n"
	"\n"
	"Exit status: 0 written, 2 usage or a filter that cannot be read or that the\n"
	"kernel would refuse, 3 written, but of some edges it is not known whether a\n"
	"record takes them: the file names them.\n";

struct maker {
	struct gen gen;
	const char *output, *name;
	bool embed;
	unsigned ms;
	struct diags diags;
};

static int take_option(void *userdata, int id, const char *value)
{
	struct maker *maker = userdata;

	switch (id) {
	case OPT_OUTPUT:
		maker->output = value;
		return 0;
	case OPT_NAME:
		maker->name = value;
		return 0;
	case OPT_EMBED:
		maker->embed = true;
		return 0;
	case OPT_BUDGET:
		return option_budget(&cmd_gen, value, &maker->ms);
	default:
		source_list_add(&maker->gen.sources, value, &maker->diags);
		return 0;
	}
}

static int write_file(struct maker *maker)
{
	bool to_stdout = !maker->output || !strcmp(maker->output, "-");
	struct output output;
	char summary[512];

	if (output_open(maker->output, &maker->diags, &output) < 0)
		return EXIT_INVALID;
	gen_name_sources(&maker->gen, to_stdout ? NULL : maker->output, maker->embed);
	if (gen_write(&maker->gen, maker->name, output.file, &maker->diags) < 0) {
		output_abort(&output);
		return EXIT_INVALID;
	}
	if (output_commit(&output, &maker->diags) < 0)
		return EXIT_INVALID;
	gen_summary(&maker->gen, "\n  ", summary, sizeof(summary));
	if (to_stdout)
		flush_output();
	fprintf(to_stdout ? stderr : stdout, "%s%s%s\n", to_stdout ? "" : maker->output,
		to_stdout ? "" : ": ", summary);
	return maker->gen.unknown ? EXIT_NO_ANSWER : EXIT_PASSED;
}

static int make(struct maker *maker)
{
	if (!maker->gen.sources.n && !maker->diags.errors)
		return no_source(&cmd_gen, "");
	if (maker->diags.errors ||
	    source_list_stack(&maker->gen.sources, &maker->diags, &maker->gen.stack) < 0)
		return EXIT_INVALID;
	if (!maker->gen.stack.n) {
		diag_file_error(&maker->diags, maker->gen.sources.items[0].name, "holds no program");
		return EXIT_INVALID;
	}
	if (gen_find(&maker->gen, maker->ms) < 0) {
		diag_file_error(&maker->diags, maker->gen.sources.items[0].name, "out of memory");
		return EXIT_INVALID;
	}
	return write_file(maker);
}

static int run(int argc, char **argv)
{
	struct maker maker = { .ms = 0 };
	int status;

	diags_init(&maker.diags);
	arena_init(&maker.gen.arena);
	status = options_read(&cmd_gen, argc, argv, take_option, &maker, NULL);
	if (status == OPTION_END)
		status = make(&maker);
	finish_diags(&maker.diags);
	vd_cover_free(maker.gen.cover);
	filter_stack_done(&maker.gen.stack);
	source_list_done(&maker.gen.sources);
	arena_done(&maker.gen.arena);
	return status;
}

const struct command cmd_gen = {
	.name = "gen",
	.summary = "write a case file that takes every edge of a stack of filters",
	.help = help,
	.options = specs,
	.run = run,
};
