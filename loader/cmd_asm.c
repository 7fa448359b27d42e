/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/output.h"
#include "loader/source/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct command cmd_asm;

enum { OPT_FORMAT = 1, OPT_OUTPUT };

static const struct option_spec specs[] = {
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ "output", 'o', OPTION_VALUE, OPT_OUTPUT },
	{ NULL, 0, OPTION_FLAG, 0 },
};

struct job {
	struct listing_opts listing;
	const char *path; /* of -o, NULL: stdout */
	struct source_list sources;
	struct diags diags;
};

static int set_format(struct job *job, const char *name)
{
	static const char *const names[] = { "raw", "c", "hex", NULL };
	static const enum listing_format formats[] = { LISTING_RAW, LISTING_C, LISTING_HEX };
	int format = 0, status = option_choice(&cmd_asm, "format", names, name, &format);

	job->listing.format = formats[format];
	return status;
}

static int take_option(void *userdata, int id, const char *value)
{
	struct job *job = userdata;

	switch (id) {
	case OPT_FORMAT:
		return set_format(job, value);
	case OPT_OUTPUT:
		job->path = value;
		return 0;
	default:
		source_list_add(&job->sources, value, &job->diags);
		return 0;
	}
}

static bool is_folder(const char *path)
{
	struct stat st;

	if (!path || !*path)
		return false;
	return path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

/* One program into one file, or onto stdout. */
static int write_file(struct job *job, const char *path, const struct program *program)
{
	struct output output;

	if (output_open(path, &job->diags, &output) < 0)
		return -1;
	if (listing_write(output.file, program, &job->listing, &job->diags) < 0) {
		output_abort(&output);
		return -1;
	}
	return output_commit(&output, &job->diags);
}

/* The i-th program's file in a folder, opened; -1: diagnosed. */
static int open_in_folder(struct job *job, const struct program *program, size_t i, struct output *ret_output)
{
	char name[256], *path;

	listing_name(program, i, name, sizeof(name));
	if (asprintf(&path, "%s/%s", job->path, name) < 0) {
		diag_file_error(&job->diags, job->path, "out of memory");
		return -1;
	}
	int r = output_open(path, &job->diags, ret_output);
	free(path);
	if (r == 0)
		listing_write(ret_output->file, program, &job->listing, &job->diags);
	return r;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Programs of one name would overwrite each other. */
static int check_names(struct job *job, struct output *outputs, size_t n)
{
	char **paths = calloc(n, sizeof(*paths));
	int r = 0;

	for (size_t i = 0; paths && i < n; i++)
		paths[i] = outputs[i].path;
	if (paths)
		qsort(paths, n, sizeof(*paths), compare);
	for (size_t i = 1; paths && i < n; i++) {
		if (strcmp(paths[i - 1], paths[i]))
			continue;
		diag_file_error(&job->diags, paths[i], "two programs have this name");
		r = -1;
	}
	free(paths);
	return r;
}

/* All are written before the first one takes its place. */
static int write_folder(struct job *job)
{
	const struct program *program;
	struct output *outputs = NULL;
	size_t n = 0;
	int r = 0;

	if (mkdir(job->path, 0777) < 0 && errno != EEXIST) {
		diag_file_error(&job->diags, job->path, "cannot be made a folder: %s", strerror(errno));
		return -1;
	}
	for (; r == 0 && (program = source_list_program(&job->sources, n)); n += r == 0) {
		struct output *more = realloc(outputs, (n + 1) * sizeof(*more));
		if (!more) {
			diag_file_error(&job->diags, job->path, "out of memory");
			r = -1;
			break;
		}
		outputs = more;
		r = open_in_folder(job, program, n, &outputs[n]);
	}
	if (r == 0)
		r = check_names(job, outputs, n);
	for (size_t i = 0; i < n; i++) {
		if (r < 0)
			output_abort(&outputs[i]);
		else
			r = output_commit(&outputs[i], &job->diags);
	}
	free(outputs);
	return r;
}

static int assemble(struct job *job)
{
	const struct program *first = source_list_program(&job->sources, 0);
	bool several = source_list_program(&job->sources, 1) != NULL,
	     raw = job->listing.format == LISTING_RAW;

	if (!first)
		return usage_error(&cmd_asm, "no source; name a file, or - for stdin");
	if (!job->path && raw && isatty(STDOUT_FILENO))
		return usage_error(
			&cmd_asm,
			"raw instructions are not for a terminal; give -o FILE, or --format c or hex");
	if (!job->path && raw && several)
		return usage_error(&cmd_asm, "several programs need a folder to go to: give -o FOLDER");
	if (!job->path)
		return listing_print(&job->sources, &job->listing, &job->diags) < 0 ? EXIT_INVALID
										    : EXIT_PASSED;
	if (!several && !is_folder(job->path))
		return write_file(job, job->path, first) < 0 ? EXIT_INVALID : EXIT_PASSED;
	if (!raw)
		return usage_error(&cmd_asm, "programs go to a folder as raw files only");
	return write_folder(job) < 0 ? EXIT_INVALID : EXIT_PASSED;
}

static int run(int argc, char **argv)
{
	struct job job = { .listing = { .format = LISTING_RAW } };

	diags_init(&job.diags);
	int status = options_read(&cmd_asm, argc, argv, take_option, &job, NULL);
	if (status == OPTION_END)
		status = job.diags.errors ? EXIT_INVALID : assemble(&job);
	finish_diags(&job.diags);
	source_list_done(&job.sources);
	return status;
}

const struct command cmd_asm = {
	.name = "asm",
	.summary = "assembler text to raw instructions, C or hex",
	.help = "usage: verdict asm [OPTIONS] SOURCE...\n"
		"\n"
		"Writes the instructions of a source, usually assembler text (- is stdin).\n"
		"\n"
		"  -o, --output FILE    where to; without it stdout. Several programs go to a\n"
		"                       folder: FILE is then its name, and '.program \"NAME\"'\n"
		"                       lines name the files in it (else 01.bpf, 02.bpf, ...)\n"
		"  -f, --format FORMAT  raw (default): struct sock_filter, little-endian;\n"
		"                       c: { 0x20, 0, 0, 0x00000004 }, lines; hex: 16 digits an\n"
		"                       instruction, as its bytes stand in a raw file\n"
		"\n"
		"The text is the kernel's bpf_asm's, with names for what a filter sees:\n"
		"\n"
		"          ld arch                    ; the words: nr, arch, ip.lo, ip.hi,\n"
		"          jne #x86_64, bad           ;   args[0].lo to args[5].hi, or [offset]\n"
		"          ld nr\n"
		"          jeq #x86_64.mkdir, no      ; one label: else the next instruction\n"
		"          jset #O_CREAT|O_EXCL, no, ok\n"
		"  ok:     ret #ALLOW\n"
		"  no:     ret #ERRNO(EPERM)\n"
		"  bad:    ret #KILL_PROCESS\n"
		"\n"
		"Comments are '; ...', '/* ... */', and '#' at the start of a line. Directives:\n"
		"  .insn CODE,JT,JF,K      an instruction by its bits, kept as they are\n"
		"  .program \"NAME\"         begins a further program\n"
		"  .byteorder big          .lo and .hi as a big-endian machine has them\n"
		"Jumps to labels further than 255 instructions get a 'ja' inserted.\n"
		"\n"
		"Nothing is written when there is an error. Exit status: 0 or 2. Whether\n"
		"seccomp(2) would take the program is what 'verdict check' tells.\n",
	.options = specs,
	.run = run,
};
