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

struct job {
	struct listing_opts listing;
	struct source_list sources;
	struct diags diags;
};

static int set_format(struct job *job, const char *name)
{
	static const char *const names[] = {
		[LISTING_ASM] = "asm", [LISTING_C] = "c", [LISTING_HEX] = "hex", [LISTING_RAW] = "raw", NULL
	};
	int format = LISTING_ASM, status = option_choice(&cmd_disasm, "format", names, name, &format);

	job->listing.format = (enum listing_format)format;
	return status;
}

static int take_option(void *userdata, int id, const char *value)
{
	struct job *job = userdata;

	switch (id) {
	case OPT_FORMAT:
		return set_format(job, value);
	case OPT_NUMERIC:
		job->listing.numeric = true;
		return 0;
	case OPT_BIG_ENDIAN:
		job->listing.big_endian = true;
		return 0;
	default:
		source_list_add(&job->sources, value, &job->diags);
		return 0;
	}
}

static int disassemble(struct job *job)
{
	if (!job->sources.n && !job->diags.errors)
		return no_source(&cmd_disasm, "");
	if (listing_print(&job->sources, &job->listing, &job->diags) < 0 || job->diags.errors)
		return EXIT_INVALID;
	return EXIT_PASSED;
}

static int run(int argc, char **argv)
{
	struct job job = { .listing = { .format = LISTING_ASM } };

	diags_init(&job.diags);
	int status = options_read(&cmd_disasm, argc, argv, take_option, &job, NULL);
	if (status == OPTION_END)
		status = disassemble(&job);
	finish_diags(&job.diags);
	source_list_done(&job.sources);
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
	.options = specs,
	.run = run,
};
