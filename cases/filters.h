/* SPDX-License-Identifier: MIT */
/* The filters that a case file names, and the stacks that its cases build of them. */
#ifndef CASES_FILTERS_H
#define CASES_FILTERS_H

#include "cases/expect.h"
#include "loader/source/source.h"

struct filter {
	const char *name;
	const struct node *key;	 /* where it is named */
	const struct node *node; /* the source */
	struct source source;
	bool failed;  /* diagnosed: what uses it is passed over silently */
	bool refused; /* the kernel would not take it: no stack may hold it */
};

/* Names to filters. Later ones hide earlier ones of the same name; an outer scope is looked through last. */
struct filter_scope {
	const struct filter_scope *outer;
	struct filter **filters;
	size_t n, cap;
};

/*
 * Reads a `filters:` mapping. Relative paths start from the folder of the file
 * that it is written in. Programs are loaded, not checked: cases may be about bad ones. Problems are
 * diagnosed; the filter stays with failed set. Sources are given back by
 * filters_done().
 */
void filters_read(const struct node *node, struct arena *arena, struct diags *diags,
		  struct filter_scope *scope);
void filters_done(struct filter_scope *scope);

/* The filter of that name, or NULL (diagnosed with the nearest ones). */
struct filter *filter_find(const struct filter_scope *scope, const struct span *name, struct arena *arena,
			   struct diags *diags);
/* The same, NULL when there is none: nothing is diagnosed. */
struct filter *filter_known(const struct filter_scope *scope, const struct span *name);
/* A source without a name of its own, kept in a scope: it is called as it is written. failed is set as above.
 */
struct filter *filter_unnamed(const struct node *node, const char *name, struct filter_scope *scope,
			      struct arena *arena, struct diags *diags);
/* Number of names in sight, and the only one when it is 1. */
size_t filters_in_sight(const struct filter_scope *scope, struct filter **ret_only);

/* Numbers that the programs of a stack compare the words of a record with (sample.c). */
struct samples;

/* One stack of filters, as cases share it. */
struct case_stack {
	struct case_stack *next; /* in its bucket */
	struct filter **filters;
	size_t n;
	struct expect_stack expect;
	struct filter_stack stacks[2]; /* little- and big-endian; stack NULL until it is needed */
	const struct samples *samples;
	bool failed; /* diagnosed */
};

#define STACK_BUCKETS 256
struct stack_table {
	struct case_stack *buckets[STACK_BUCKETS];
	const struct filter **refused; /* said to be refused already */
	size_t n_refused, cap_refused;
};

/*
 * The stack of these filters, oldest first, built when it is new: programs
 * that the kernel refuses are diagnosed. NULL: diagnosed. where: the place for
 * what is wrong with the stack as a whole.
 */
struct case_stack *stack_get(struct stack_table *table, struct filter *const *filters, size_t n,
			     const struct span *where, struct arena *arena, struct diags *diags);
/* Makes the stack ready for a byte order. 0 or -1 (diagnosed). */
int stack_prepare(struct case_stack *stack, bool big_endian, const struct span *where, struct arena *arena,
		  struct diags *diags);
void stack_table_done(struct stack_table *table);

#endif
