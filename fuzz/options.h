/* SPDX-License-Identifier: MIT */
/* The options of `verdict fuzz`. */
#ifndef FUZZ_OPTIONS_H
#define FUZZ_OPTIONS_H

#include "cases/select.h"
#include "loader/command.h"
#include "loader/source/source.h"

extern const struct command cmd_fuzz;
extern const char fuzz_help[];
extern const struct option_spec fuzz_specs[];

#define FUZZ_DEFAULT_MS 10000

struct fuzz_options {
	struct source_list sources, against;
	struct string_list cases, finds;
	const char *seeds, *folder;
	bool engine, programs, no_proof, json, progress;
	enum { KERNEL_UNSAID, KERNEL_NEVER, KERNEL_WANTED, KERNEL_REQUIRED } kernel;
	uint64_t seed, runs;
	unsigned ms, jobs;
};

/* OPTION_END, or the status to exit with. */
int fuzz_options_read(struct fuzz_options *options, int argc, char **argv);
void fuzz_options_done(struct fuzz_options *options);

#endif
