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

/* An option of the command's own: 0, or what was wrong is diagnosed. */
typedef int (*under_option_fn)(void *userdata, int id, const char *value);

/* -1: go on with *under, which was zero; else the status to exit with (diagnosed). */
int under_read(const struct command *command, const struct option_spec *specs, int argc, char **argv,
	       under_option_fn option, void *userdata, struct diags *diags, struct under *under);
void under_done(struct under *under);

#endif
