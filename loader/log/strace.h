/* SPDX-License-Identifier: MIT */
/* One line of strace's output. Pure functions: no memory, no files. */
#ifndef LOADER_LOG_STRACE_H
#define LOADER_LOG_STRACE_H

#include "loader/log/call.h"

enum strace_kind {
	STRACE_NOTHING,	 /* blank, a signal, a message */
	STRACE_GONE,	 /* `+++ exited with 0 +++` */
	STRACE_CALL,	 /* whole */
	STRACE_BEGUN,	 /* `read(3, <unfinished ...>` */
	STRACE_RESUMED,	 /* `<... read resumed>"...", 10) = 10` */
	STRACE_MODE,	 /* `[ Process PID=7 runs in 32 bit mode. ]`: abi */
	STRACE_MALFORMED /* fault */
};

/* Parts point into the line. */
struct strace_line {
	enum strace_kind kind;
	uint32_t pid; /* 0: not told */
	char comm[LOG_COMM];
	bool has_nr, has_ip; /* -n, -i */
	uint32_t nr;
	uint64_t ip;
	const char *name; /* of the call, also of one that is resumed */
	size_t name_len;
	const char *args; /* what stands between the parentheses, as far as it does */
	size_t args_len;
	int abi;
	struct log_fault fault;
};

/* A line without its newline; any bytes. */
void strace_line_parse(const char *line, size_t len, struct strace_line *ret_line);

/*
 * The record of a call whose name and arguments are those of a line (of two,
 * joined, when it was resumed). mode: the ABI that the process was last said
 * to be in; the number that -n gives may tell of another one. False: why not,
 * with places in name.
 */
bool strace_call(const struct strace_line *line, int mode, struct log_call *ret_call,
		 struct log_fault *ret_fault);

/* The value of one argument's text, and whether it has a minus sign. False: the text gives none. */
bool strace_value(const char *text, size_t len, uint64_t *ret_value, bool *ret_negative);

/*
 * The end of the part of a list that begins at text: the next ',' or closing
 * bracket that is not inside a string, brackets, a comment or what -y adds.
 */
size_t strace_part(const char *text, size_t len);

#endif
