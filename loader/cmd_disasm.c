/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/source/listing.h"

#include <string.h>

extern const struct command cmd_disasm;

enum { OPT_FORMAT = 1, OPT_NUMERIC, OPT_BIG_ENDIAN };

static const struct option_spec specs[] = {
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ "numeric", 'n', OPTION_FLAG, OPT_NUMERIC },
	{ "big-endian", 0, OPTION_FLAG, OPT_BIG_ENDIAN },
	{ NULL, 0, OPTION_FLAG, 0 },
};

/* Options and sources; OPTION_END when all were read, else the status to exit with. */
static int read_args(struct options *options, struct listing_opts *listing, struct source_list *sources,
		     struct diags *diags)
{
	int id, format;

	while ((id = options_next(options)) != OPTION_END) {
		switch (id) {
		case OPTION_OPERAND:
			source_list_add(sources, options->value, diags);
			break;
		case OPT_FORMAT:
			format = listing_format_by_name(options->value);
			if (format < 0)
				return usage_error(&cmd_disasm,
						   "unknown format '%s'; it is asm, c, hex or raw",
						   options->value);
			listing->format = (enum listing_format)format;
			break;
		case OPT_NUMERIC:
			listing->numeric = true;
			break;
		case OPT_BIG_ENDIAN:
			listing->big_endian = true;
			break;
		case OPTION_HELP:
			return EXIT_PASSED;
		case OPTION_BAD:
			return EXIT_INVALID;
		}
	}
	return OPTION_END;
}

static int run(int argc, char **argv)
{
	struct listing_opts listing = { .format = LISTING_ASM };
	struct source_list sources = { 0 };
	struct options options;
	struct diags diags;

	diags_init(&diags);
	options_init(&options, &cmd_disasm, specs, argc, argv);
	int status = read_args(&options, &listing, &sources, &diags);
	if (status == OPTION_END) {
		if (!sources.n && !diags.errors)
			status = usage_error(&cmd_disasm, "no source; name a file, a folder, or - for stdin");
		else
			status = listing_print(&sources, &listing, &diags) < 0 || diags.errors ? EXIT_INVALID
											       : EXIT_PASSED;
	}
	flush_output();
	diags_print(&diags, stderr, diag_colour(stderr));
	diags_done(&diags);
	source_list_done(&sources);
	return status;
}

const struct command cmd_disasm = {
	.name = "disasm",
	.summary = "print programs as assembler text, which asm reads back byte for byte",
	.help = "usage: verdict disasm [OPTIONS] SOURCE...\n"
		"\n"
		"Prints every program of the sources as assembler text. Numbers are shown as the\n"
		"names they stand for where every path to an instruction agrees on what they\n"
		"are; comments hold the instruction's index and what a name stands for. Several\n"
		"programs are headed by '.program \"NAME\"' lines.\n"
		"\n"
		"  -f, --format FORMAT  asm (default); c: { 0x20, 0, 0, 0x00000004 }, lines;\n"
		"                       hex: 16 digits an instruction, as its bytes stand in a\n"
		"                       file; raw: those bytes\n"
		"  -n, --numeric        offsets and numbers instead of names: what the kernel's\n"
		"                       bpf_asm reads ('.insn' lines excepted: they stand for\n"
		"                       bits that no mnemonic shows)\n"
		"      --big-endian     the program is for a big-endian machine: its low halves\n"
		"                       (args[0].lo) lie at the higher offset\n"
		"\n"
		"  verdict disasm policy.bpf > policy.bpfasm      then edit it, and\n"
		"  verdict asm policy.bpfasm -o policy.bpf        put it back\n"
		"\n"
		"Exit status: 0; 2 when a source cannot be read (the others are printed).\n",
	.run = run,
};
