/* SPDX-License-Identifier: MIT */
/*
 * Whether a compiled filter does what its rules say, on every ABI: the
 * machine's answers against the direct reading (loader/policy.h).
 */
#ifndef LOADER_SHOW_APPLIED_H
#define LOADER_SHOW_APPLIED_H

#include "loader/arena.h"
#include "loader/policy.h"

enum applied {
	APPLIED,     /* no record is decided otherwise; where that is not proved, none that was compared */
	MULTIPLEXED, /* also, or only, through socketcall or ipc, and right there */
	MISSING,     /* the ABI has no such call */
	PARTIAL,     /* record is decided otherwise */
};
#define APPLIED_KINDS 4

struct applied_rule {
	size_t rule;
	int abi;
	enum applied how;
	/* MULTIPLEXED and PARTIAL: a call to look at. */
	struct seccomp_data record;
	uint32_t got;	   /* what the filter says of it */
	uint32_t meant;	   /* PARTIAL: what the rules say */
	bool in_memory;	   /* PARTIAL: the call's arguments are where no filter sees them */
	size_t departures; /* PARTIAL: records that were decided otherwise */
	/*
	 * There is no other record than what `how` says; of what is PARTIAL a
	 * record shows it, of what is MISSING the tables. Else compared only.
	 */
	bool proved;
};

struct applied_report {
	struct arena arena;
	struct applied_rule *items; /* by ABI, then by rule */
	size_t n, cap;
	size_t counts[APPLIED_KINDS];
	size_t proved;	  /* of the items */
	uint64_t ns_left; /* for proofs */
	uint64_t tried;	  /* records */
	uint64_t skipped; /* combinations of boundary values that were too many */
};

/*
 * Boundary values of all rules of a call are tried in all combinations; then,
 * for one argument at a time, all upper halves of them with all lower ones. At
 * most so many records each time.
 */
#define APPLIED_RECORDS_MAX 20000u

#define APPLIED_MS 10000

/*
 * The stack is what the policy was compiled to; its byte order is changed on
 * the way. ms: what the proofs may take together, 0: APPLIED_MS; what they do
 * not suffice for is compared only.
 */
void applied_check(struct applied_report *report, const struct policy *policy, struct vd_stack *stack,
		   unsigned ms);
void applied_done(struct applied_report *report);

/* "applied", "multiplexed", "missing", "partial" */
const char *applied_name(enum applied how);

#endif
