/* SPDX-License-Identifier: MIT */
/* Inside the reader of cases: read.c takes a case apart. */
#ifndef CASES_READ_H
#define CASES_READ_H

#include "cases/args.h"
#include "cases/file.h"

/* What neighbouring cases share, so that it is read once. */
struct reader {
	struct case_file *file;
	const struct node *own_filters; /* of the last case that had some, read into own_scope */
	struct filter_scope *own_scope;
	struct arena *arena;
	struct diags *diags;
	struct filter_scope *default_scope; /* of the filters in `defaults` */
	const struct node *arch, *order;    /* read into archs */
	struct archs archs;
	bool archs_known, archs_ok;
	const struct node *stack_node; /* read into stack, in the file's scope */
	struct case_stack *stack;
	bool stack_known;
};

/* read_stack.c: a scope inside another; what filters a case sees; its stack, NULL: diagnosed. */
struct filter_scope *read_scope_in(struct reader *reader, const struct filter_scope *outer);
const struct filter_scope *read_scope_of(struct reader *reader, const struct test_case *test);
struct case_stack *read_stack_of(struct reader *reader, const struct test_case *test,
				 const struct node *place);

/* read_claim.c: what a case says, of a program or of records. place: the case. */
void read_install(struct reader *reader, struct test_case *test, const struct node *place);
void read_claim(struct reader *reader, struct test_case *test, const struct node *place);

#endif
