/* SPDX-License-Identifier: MIT */
/*
 * Everything that must be the same function, compared on one trial: the machine
 * with a second reading of the kernel's rules, with its own text, engine and
 * prover, and with the running kernel.
 */
#ifndef FUZZ_PROGRAMS_CHECKS_H
#define FUZZ_PROGRAMS_CHECKS_H

#include "fuzz/programs/reference.h"

enum check {
	CHECK_ACCEPT,	     /* the checker and the rules */
	CHECK_SIZE,	     /* converted lengths and the size limit */
	CHECK_RUN,	     /* machine and second interpreter */
	CHECK_TEXT,	     /* disassembled and assembled */
	CHECK_ENGINE,	     /* machine and fast engine */
	CHECK_PROOF,	     /* machine and prover: about the records */
	CHECK_CLAIM,	     /* the same: about more than records */
	CHECK_KERNEL_ACCEPT, /* the checker and the kernel's */
	CHECK_KERNEL_RUN,    /* machine and kernel */
	CHECKS,
};

struct check_info {
	const char *name;
	const char *sides[2]; /* "the machine", "the kernel" */
	bool kernel;	      /* only where one can be asked */
	bool run;	      /* about a verdict; else about acceptance */
};
extern const struct check_info check_infos[CHECKS];

#define SAYS_MAX 160

/* What two of them say that differs. */
struct disagreement {
	enum check check;
	size_t program;		/* which of the trial's */
	size_t record;		/* of the trial's, when it is about a verdict */
	char says[2][SAYS_MAX]; /* by side */
	bool accepted;		/* about acceptance: what the second side says */
	uint32_t ret;		/* about verdicts: what the second side says */
};

/* What a trial is checked with: one for each thread. */
struct checker;
/* kernel: ask it too; *ret_why (may be NULL): why it cannot be asked, then it is not. */
struct checker *checker_new(bool kernel, const char **ret_why);
void checker_free(struct checker *checker);

/* Runs one check; true: two disagree. */
bool checker_run(struct checker *checker, enum check check, const struct trial *trial,
		 struct disagreement *ret_disagreement);

/*
 * All but the kernel's, cheapest first: the first disagreement. claims: also what
 * the prover is asked about more than records, which takes longest.
 */
bool checker_run_own(const struct trial *trial, bool claims, struct disagreement *ret_disagreement);

/* The kernel's, of many trials at once: the first in which two disagree, n: none. */
size_t checker_run_kernel(struct checker *checker, const struct trial *trials, size_t n,
			  struct disagreement *ret_disagreement);

/* How often the kernel was asked: programs to take, and what one returns for a record. */
void checker_asked(const struct checker *checker, uint64_t *ret_programs, uint64_t *ret_records);

/* Where the checker refuses a program, -1: it takes it. The length counts as the place of a wrong length. */
long trial_checked(const struct trial_program *program);

/* What sides say. */
void say_acceptance(long pc, char ret_text[SAYS_MAX]);
void say_value(uint32_t ret, char ret_text[SAYS_MAX]);

#endif
