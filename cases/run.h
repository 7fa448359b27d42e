/* SPDX-License-Identifier: MIT */
/* Running cases: claims and installs to results. */
#ifndef CASES_RUN_H
#define CASES_RUN_H

#include "cases/coverage/coverage.h"
#include "cases/live.h"
#include "loader/scenario/scenario.h"

enum status {
	STATUS_PASSED,
	STATUS_FAILED,
	STATUS_SKIPPED,
	STATUS_TODO,	  /* fails, as its `todo:` says it will */
	STATUS_DISAGREES, /* machine and kernel do, whatever the case claims */
};
#define STATUSES (STATUS_DISAGREES + 1)
const char *status_name(enum status status);

struct result {
	const struct test_case *test;
	enum status status;
	struct answer answer;		   /* a claim's, when it was run */
	bool unproved;			   /* broken only in that it was sampled, and a proof is required */
	struct vd_error refusal;	   /* an install's: code VD_ERROR_NONE means accepted */
	struct live_answer live;	   /* when the kernel was asked */
	const char *skip;		   /* why it was skipped */
	struct scenario_outcome *scenario; /* a scenario's, when it was run; else NULL */
	struct cover_outcome *coverage;	   /* of a case that limits it, when it was judged; else NULL */
};

struct run_opts {
	unsigned jobs;	     /* threads */
	bool progress;	     /* show how far it is on stderr */
	bool require_proof;  /* a claim that was only sampled has failed */
	struct live *live;   /* asks the kernel too; NULL: it is not asked */
	const char *why_not; /* auto: why it is not; NULL: nobody wants it */
	bool no_scenarios;   /* they are skipped */
};

struct totals {
	size_t passed, failed, skipped, todo;
	size_t todo_passes; /* passed, though `todo:` says they do not */
	size_t invalid;	    /* files that could not be read */
	size_t installs;    /* decided by the checker */
	size_t scenarios;   /* run in the kernel */
	size_t limits;	    /* of coverage, judged */
	size_t by_basis[BASIS_SAMPLED + 1];
	size_t disagree;       /* cases in which machine and kernel do */
	size_t asked, unasked; /* records that the kernel judged, and that it cannot be asked */
	size_t blurred;	       /* of those judged: see struct live_answer */
	const char *live_why;  /* what people should know of that, NULL: nothing. Static storage. */
	bool live;	       /* the kernel was to be asked */
};

/* All results of a run, in order. */
struct run {
	const struct case_files *files;
	struct result *results;
	size_t n;
	struct totals totals;
};

/* Runs the cases given; the results are in the cases' order whatever the number of threads is. */
void run_cases(const struct case_files *files, const struct test_case *const *cases, size_t n,
	       const struct run_opts *opts, struct run *ret_run);
void run_done(struct run *run);

#endif
