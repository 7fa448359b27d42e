/* SPDX-License-Identifier: MIT */
/*
 * A file of calls, in whatever form: records (binary), calls as text, the
 * output of strace, audit records. Read piece by piece; which form it is shows
 * in its beginning.
 */
#ifndef LOADER_LOG_LOG_H
#define LOADER_LOG_LOG_H

#include "loader/log/strace.h"
#include "loader/records.h"

enum log_form { LOG_BINARY, LOG_CALLS, LOG_STRACE, LOG_AUDIT };
/* "strace output", for people. */
const char *log_form_name(enum log_form form);

/* Processes of strace's output that are known at a time; more lose what was unfinished. */
#define LOG_PROCESSES_MAX 32768
#define LOG_BUCKETS 1024
/* The part of a call's text that is kept until it is resumed. */
#define LOG_BEGUN_MAX 1024

struct log {
	struct records records;
	enum log_form form;
	bool strict;	 /* lines that cannot be read are errors, else warnings */
	uint64_t faults; /* lines that could not be read */
	struct log_process {
		uint32_t pid;
		int mode;
		bool begun;
		uint64_t line_number;
		struct strace_line line; /* parts point into text */
		size_t name_len, args_len;
		char *text; /* LOG_BEGUN_MAX: name and arguments; NULL: none yet */
		struct log_process *next;
	} * processes[LOG_BUCKETS];
	size_t n_processes;
	char cut[LOG_BEGUN_MAX]; /* the beginning of a line that a message of strace's cut in two */
	size_t cut_len;
	size_t bucket; /* at the end: the next one to look for unfinished calls in */
	int mode;      /* of the process that told something last */
};

/* "-" is stdin. 0 or -1 (diagnosed). */
int log_open(const char *path, bool strict, struct diags *diags, struct log *ret_log);
/*
 * Not for LOG_BINARY. The next call, and in *ret_line where it began: 1, or 0
 * at the end. -1: a line that cannot be read (diagnosed, counted: the next may be).
 */
int log_next(struct log *log, struct log_call *ret_call, uint64_t *ret_line);
void log_close(struct log *log);

#endif
