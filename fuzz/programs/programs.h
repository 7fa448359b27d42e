/* SPDX-License-Identifier: MIT */
/*
 * verdict fuzz --programs: random programs, each read in every way there is. A
 * trial depends on the seed and its number alone, so the same seed finds the
 * same whatever the number of threads is.
 */
#ifndef FUZZ_PROGRAMS_PROGRAMS_H
#define FUZZ_PROGRAMS_PROGRAMS_H

#include "fuzz/programs/checks.h"
#include "loader/diag.h"

#include <signal.h>

struct programs_opts {
	uint64_t seed;
	uint64_t runs; /* trials; 0: no limit */
	unsigned ms;   /* 0: no limit */
	unsigned jobs;
	bool kernel;   /* ask it */
	bool progress; /* a line on stderr */
};

struct programs_finding {
	uint64_t number;    /* of the trial */
	struct trial trial; /* minimised */
	struct disagreement disagreement;
	char *path; /* of the case file, NULL: none */
};

struct programs {
	struct programs_opts opts;
	const char *why_not; /* the kernel was to be asked, and cannot be */
	bool asked_kernel;
	struct programs_finding *findings;
	size_t n_findings;
	uint64_t trials, programs, accepted, records;
	uint64_t kernel_programs, kernel_records;
	double seconds;
	bool interrupted;
};

/* Ends with the first disagreements, at most one of each check. */
void programs_run(struct programs *programs);
void programs_done(struct programs *programs);

/* Makes a trial small that some check fails. */
void trial_shrink(struct checker *checker, struct trial *trial, struct disagreement *disagreement);

/* Writes a finding as a case file and its programs. 0 or -1 (diagnosed). */
int programs_write(struct programs_finding *finding, const char *folder, size_t number, struct diags *diags);

void programs_report_text(const struct programs *programs, FILE *out, bool colour);
void programs_report_json(const struct programs *programs, FILE *out);

#endif
