/* SPDX-License-Identifier: MIT */
/* The results of a run, for people and for machines. */
#ifndef CASES_REPORT_REPORT_H
#define CASES_REPORT_REPORT_H

#include "cases/run.h"

#include <stdio.h>

struct report_opts {
	bool verbose; /* pretty: passed cases too */
	bool trace;   /* pretty: all executed instructions of a failure */
	bool colour;
};

typedef void (*report_fn)(const struct run *run, const struct report_opts *opts, FILE *out);
void report_pretty(const struct run *run, const struct report_opts *opts, FILE *out);
void report_tap(const struct run *run, const struct report_opts *opts, FILE *out);
void report_junit(const struct run *run, const struct report_opts *opts, FILE *out);
void report_json(const struct run *run, const struct report_opts *opts, FILE *out);

/* "N passed, N failed[, N disagree][, N skipped]": todo cases that fail count as skipped. */
void report_closing_line(const struct totals *totals, FILE *out);

/* ------------------------------------------------------------------ */
/* What several formats say                                           */

#define REPORT_TEXT 1024

/* The results of one file are in a row: its first and the one after its last. Files without results: none. */
size_t report_file_end(const struct run *run, size_t first);

/*
 * "ERRNO(EPERM) by base, 12 instructions", with the limit when that is what was broken; that a proof is
 * missing; or why seccomp(2) refuses.
 */
void report_outcome(const struct result *result, char *buf, size_t size);
/* What a case says, in one line. */
void report_claim(const struct result *result, char *buf, size_t size);
/* An edge that a limit of coverage misses: what takes it, as a call, into record. */
void report_missing(const struct cover_missing *missing, char *record, size_t size);
/* The record that breaks a claim, as a call. Empty for installs. */
void report_record(const struct result *result, char *buf, size_t size);
/* The words of that record that do not matter; 0: none, or there is no record. */
uint16_t report_free(const struct result *result);
/* "enumerated, 12 records", "proved", or "checked" for installs; and ", 12 asked of the kernel". */
void report_basis(const struct result *result, char *buf, size_t size);
/* The filter that decided, NULL: none. */
const char *report_winner(const struct result *result);
/* "12 records asked of the kernel, 3 that it cannot be asked: why"; empty when it was not to be asked. */
void report_live(const struct totals *totals, char *buf, size_t size);
/* Whether the case was run and did not hold. */
bool report_broken(const struct result *result);

#endif
