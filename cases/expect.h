/* SPDX-License-Identifier: MIT */
/* The expectation language: which values of a stack, by which of its filters, a case accepts. */
#ifndef CASES_EXPECT_H
#define CASES_EXPECT_H

#include "cases/archs.h"
#include "cases/set.h"

enum outcome_kind {
	OUTCOME_ACTION, /* ret's action with any data; ERRNO: data 1 to 4095 */
	OUTCOME_DATA,	/* ret's action and effective data */
	OUTCOME_RAW,	/* the value itself */
	OUTCOME_RUNS,	/* ALLOW, LOG */
	OUTCOME_DENIED, /* KILL_*, TRAP, ERRNO with data other than 0 */
	OUTCOME_ASKS,	/* TRACE, USER_NOTIF */
};

struct outcome {
	enum outcome_kind kind;
	uint32_t ret;
};

struct outcomes {
	const struct outcome *items; /* any of them */
	size_t n;		     /* 0: nothing was written */
};

struct expect {
	struct outcomes verdict, not ;
	bool has_by;
	bool by_none;
	const bool *by; /* one for each program of the stack */
	const struct set *values; /* the right values, of a claim that nobody wrote; NULL: as verdict and not say */
};

/* What `by:` names: the filters of a stack, oldest first. */
struct expect_filter {
	const char *name;
	size_t n; /* programs */
};

struct expect_stack {
	const struct expect_filter *filters;
	size_t n;
};

/*
 * One expectation for each part of a case's archs (the same one, or by ABI),
 * into ret_expects[archs->n]. stack NULL: it is not known, `by` is passed over.
 * 0 or -1 (diagnosed).
 */
int expect_read(const struct node *node, const struct archs *archs, const struct expect_stack *stack,
		struct arena *arena, struct diags *diags, const struct expect **ret_expects);

/* The values of a stack that are right, whoever decides. */
struct set expect_values(const struct expect *expect, struct arena *arena);

bool expect_matches(const struct expect *expect, const struct vd_verdict *verdict);

#endif
