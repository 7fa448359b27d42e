/* SPDX-License-Identifier: MIT */
/*
 * Claims about sets of records, and how they are decided: record set and
 * expectation in; basis, count and counterexample out. Whatever decides claims
 * (enumeration here, a prover, the kernel) stands behind claim_decide().
 */
#ifndef CASES_CLAIM_H
#define CASES_CLAIM_H

#include "cases/expect.h"
#include "cases/filters.h"

struct where;

#define RECORD_VALUES 7 /* the 64-bit words: the instruction pointer, six arguments */

/* All records whose words are in these sets. */
struct box {
	const struct set *nr, *arch;		 /* 32-bit words */
	const struct set *values[RECORD_VALUES]; /* 0: ip, 1 to 6: args */
	bool big_endian;
	int abi;			    /* VD_ABI_NONE: none or several */
	const struct expect *expect;	    /* NULL: only the limits count */
	const struct where *where;	    /* which of the records are meant, NULL: all */
	const struct seccomp_data *witness; /* one of them; NULL: none, or none is known */
};

struct claim {
	struct case_stack *stack;
	const struct box *boxes;
	size_t n;
	unsigned max_insns; /* each record executes at most so many; 0: no limit */
	struct case_stack *same_as; /* NULL, or the stack that decides the same */
	const struct box *except;	    /* but for these records */
	size_t n_except;
};

enum basis {
	BASIS_ENUMERATED, /* the set was run completely; words that no execution reads stay open */
	BASIS_PROVED,
	BASIS_SAMPLED, /* records at the boundaries were run */
};
const char *basis_name(enum basis basis);

struct answer {
	enum basis basis;
	unsigned long long records; /* run: each stands for all values of the words it does not read */
	bool holds;
	/* when it does not hold: */
	bool nothing;		    /* no record was found: nothing is known, and the rest does not count */
	bool over_limit;	    /* the verdict is right, the number of instructions is not */
	struct seccomp_data record; /* open words as small as the set has them */
	struct vd_verdict verdict, other; /* other: of the stack that should decide the same */
	const struct box *box;
};

void claim_decide(const struct claim *claim, struct answer *ret_answer);

/* The last resort alone: whether records at the boundaries break the claim. */
void claim_sample(const struct claim *claim, struct answer *ret_answer);

/* Records of a claim's set. */
struct claim_records {
	struct seccomp_data *items; /* the caller's to free */
	size_t n, cap;
};

/*
 * The records of the wanted boxes that are run to decide the claim, at most
 * max: all of a set that is not larger, else those at its boundaries. Words that
 * no run reads have one value of the set.
 */
void claim_collect(const struct claim *claim, size_t max, bool (*wanted)(const struct box *box),
		   struct claim_records *ret_records);

/*
 * The records of one box that runs of the claim's stack are about: each stands
 * for all values of the words that no filter reads, and all of them for the
 * whole box. False: there are more than max, and ret_records is empty unless
 * they may be sampled; then it holds those at the boundaries.
 */
bool claim_runs(const struct claim *claim, const struct box *box, size_t max, bool sample,
		struct claim_records *ret_records);

/* Runs that one claim may take: to run its set completely, and to sample it. */
#define CLAIM_RUNS_MAX (1u << 20)
#define CLAIM_SAMPLES_MAX (1u << 14)

#endif
