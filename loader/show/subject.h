/* SPDX-License-Identifier: MIT */
/* The rules about one call on one ABI, between applied.c (which compares) and exact.c (which proves). */
#ifndef LOADER_SHOW_SUBJECT_H
#define LOADER_SHOW_SUBJECT_H

#include "loader/show/applied.h"
#include "loader/show/effects.h"
#include "loader/show/multiplex.h"

#define SUBJECT_ARGS 6

struct values {
	uint64_t *items;
	size_t n;
};

struct subject {
	struct applied_report *report;
	const struct policy *policy;
	struct vd_stack *stack;
	int abi;
	const char *name; /* NULL: numbers */
	bool there;
	uint32_t nr, last;
	size_t *rules, n;
	struct applied_rule *results; /* one for each */
	struct values args[SUBJECT_ARGS];
	bool one_meaning; /* the rules say the same of all records, */
	bool none_yet;
	uint32_t meaning; /* this */
	struct exact *exact;
};

/* The record is a departure of a rule. */
void depart(struct applied_rule *result, const struct seccomp_data *record, uint32_t got, uint32_t meant);
/* The record, which rule `decided` decides, is a departure: of that rule, or of those whose action it got. */
void blame(struct subject *subject, const struct seccomp_data *record, uint32_t got, uint32_t meant,
	   int decided);
/* The record is a multiplexer's, and what it got is what a rule says of the call that is made through it. */
bool is_inner_call(const struct subject *subject, const struct seccomp_data *record, uint32_t got);

/*
 * Rules as sets of records. exact_begin() before records are compared,
 * exact_try() for each of them: it holds the programs of the rules against
 * the direct reading; exact_end() then asks for each rule whether there is a
 * departure, adds what is found, and writes results[].proved.
 */
void exact_begin(struct subject *subject);
void exact_try(struct subject *subject, const struct seccomp_data *record);
void exact_end(struct subject *subject, const struct multiplexer *through);

#endif
