/* SPDX-License-Identifier: MIT */
/* SOURCE... [OPTIONS] -- COMMAND: what exec and notify share of their command lines. */
#ifndef LOADER_UNDER_H
#define LOADER_UNDER_H

#include "loader/command.h"
#include "loader/source/source.h"

/* Ids of the options that both have; a command's own begin at UNDER_OTHER. */
enum { UNDER_FORMAT = 1, UNDER_OUTPUT, UNDER_OTHER };
#define UNDER_OPTIONS                                     \
	{ "format", 'f', OPTION_VALUE, UNDER_FORMAT },    \
	{                                                 \
		"output", 'o', OPTION_VALUE, UNDER_OUTPUT \
	}

struct under {
	struct source_list sources;
	const char *output; /* -o, NULL: not given */
	bool json;	    /* -f json */
	char **command;
};

/*
 * OPTION_END: go on with *under, which was zero; else the status to exit with
 * (diagnosed). option() is asked about the command's own options.
 */
int under_read(const struct command *command, int argc, char **argv, option_fn option, void *userdata,
	       struct diags *diags, struct under *under);
void under_done(struct under *under);

#endif
