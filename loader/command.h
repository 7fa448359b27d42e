/* SPDX-License-Identifier: MIT */
/*
 * What every subcommand shares: its entry in the table that verdict.c looks
 * through, exit statuses, and option reading.
 */
#ifndef LOADER_COMMAND_H
#define LOADER_COMMAND_H

#include "loader/diag.h"

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses, as verdict(1) documents them. */
enum {
	EXIT_PASSED = 0,  /* all passed, equal, accepted */
	EXIT_FAILED = 1,  /* a case failed, differ, rejected, findings */
	EXIT_INVALID = 2, /* usage or invalid input */
	EXIT_NO_ANSWER = 3,
	EXIT_DISAGREE = 4, /* machine and kernel disagree */
	/* of exec, capture, record, notify, which exit as the command they run */
	EXIT_OWN_FAILURE = 125,
	EXIT_COMMAND_NOT_RUN = 126, /* it cannot be executed */
	EXIT_COMMAND_NOT_FOUND = 127,
};

/* One option of a subcommand: "-o FILE" and "--output FILE" or "--output=FILE" are the same. */
struct option_spec {
	const char *name;					  /* "output", without dashes */
	char letter;						  /* 'o', or 0 */
	enum { OPTION_FLAG, OPTION_VALUE, OPTION_OPTIONAL } kind; /* OPTIONAL: only --name=VALUE gives one */
	int id;							  /* over 0 */
};

struct command {
	const char *name;		   /* "eval" */
	const char *summary;		   /* one line for `verdict --help` */
	const char *help;		   /* the whole text of `verdict eval --help`, 80 columns */
	const struct option_spec *options; /* ended by a NULL name; --help is every command's */
	int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name; returns the exit status */
};

enum { OPTION_OPERAND = 0, OPTION_END = -1, OPTION_HELP = -2 };

/*
 * Takes an option (its id; value NULL: none given) or OPTION_OPERAND. 0: go on;
 * OPTION_HELP: what was asked for is printed; else the status to exit with.
 */
typedef int (*option_fn)(void *userdata, int id, const char *value);

/*
 * Gives take() all options and operands. The words after a bare `--`, if there
 * are any, become *ret_rest; where that is NULL they are operands. OPTION_END:
 * all were taken; else the status to exit with: EXIT_PASSED after --help,
 * EXIT_INVALID when one is wrong (diagnosed with the nearest known option).
 */
int options_read(const struct command *command, int argc, char **argv, option_fn take, void *userdata,
		 char ***ret_rest);

/* "verdict eval: error: ...\nTry 'verdict eval --help'." on stderr; returns EXIT_INVALID. */
int usage_error(const struct command *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* No source was named where (" before --", or "" where the place is plain); returns EXIT_INVALID. */
int no_source(const struct command *command, const char *where);

/*
 * One of the names (ended by NULL): 0 and its index, or EXIT_INVALID and
 * "unknown format 'xml'; it is pretty or json", where what is "format".
 */
int option_choice(const struct command *command, const char *what, const char *const *names,
		  const char *value, int *ret_index);
/* --format pretty (false) or json: 0, or EXIT_INVALID (said why). */
int option_json(const struct command *command, const char *value, bool *ret_json);

/* An ABI's name, the same. */
int option_abi(const struct command *command, const char *name, int *ret_abi);

/* --budget's value, milliseconds up to a day. 0, or EXIT_INVALID (said why). */
int option_budget(const struct command *command, const char *text, unsigned *ret_ms);

/* Flushes stdout before something goes to stderr; why it failed is kept for finish_output(). */
void flush_output(void);
/* Prints all on stderr, behind what is on stdout, and is done with them. */
void finish_diags(struct diags *diags);
/* Flushes stdout and tells a failed write (disk full, closed pipe): the status to exit with. */
int finish_output(int status);

#endif
