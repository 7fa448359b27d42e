/* SPDX-License-Identifier: MIT */
/*
 * What every subcommand shares: its entry in the table that verdict.c looks
 * through, exit statuses, and option reading.
 */
#ifndef LOADER_COMMAND_H
#define LOADER_COMMAND_H

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

struct command {
	const char *name;		   /* "eval" */
	const char *summary;		   /* one line for `verdict --help` */
	const char *help;		   /* the whole text of `verdict eval --help`, 80 columns */
	int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name; returns the exit status */
};

/* One option of a subcommand: "-o FILE" and "--output FILE" or "--output=FILE" are the same. */
struct option_spec {
	const char *name;					  /* "output", without dashes */
	char letter;						  /* 'o', or 0 */
	enum { OPTION_FLAG, OPTION_VALUE, OPTION_OPTIONAL } kind; /* OPTIONAL: only --name=VALUE gives one */
	int id;							  /* what option_next() returns, over 0 */
};

struct options {
	const struct command *command;
	const struct option_spec *specs; /* ended by a NULL name */
	int argc;
	char **argv;
	int at;
	const char *value;   /* of the option just returned, or the operand; NULL: none */
	bool only_operands;  /* after -- */
	const char *cluster; /* rest of -abc */
};

void options_init(struct options *options, const struct command *command, const struct option_spec *specs,
		  int argc, char **argv);

enum { OPTION_OPERAND = 0, OPTION_END = -1, OPTION_BAD = -2, OPTION_HELP = -3, OPTION_DASHES = -4 };
/*
 * The next option's id, OPTION_OPERAND (value is it), OPTION_DASHES for a bare
 * `--` (what follows are operands), OPTION_END, OPTION_HELP (printed: return
 * EXIT_PASSED) or OPTION_BAD (diagnosed with the nearest known option: return
 * EXIT_INVALID).
 */
int options_next(struct options *options);

/* "verdict eval: error: ...\nTry 'verdict eval --help'." on stderr; returns EXIT_INVALID. */
int usage_error(const struct command *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --budget's value, milliseconds up to a day. 0, or EXIT_INVALID (said why). */
int option_budget(const struct command *command, const char *text, unsigned *ret_ms);

/* Flushes stdout before something goes to stderr; why it failed is kept for finish_output(). */
void flush_output(void);
/* Flushes stdout and tells a failed write (disk full, closed pipe): the status to exit with. */
int finish_output(int status);

#endif
