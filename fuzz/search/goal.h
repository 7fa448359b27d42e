/* SPDX-License-Identifier: MIT */
/*
 * What is searched for: claims, as cases make them, and the records that would
 * break them. A predicate (--find) becomes the claim that no record meets it, a
 * second stack (--against) the claim that both decide the same.
 */
#ifndef FUZZ_SEARCH_GOAL_H
#define FUZZ_SEARCH_GOAL_H

#include "cases/file.h"

enum goal_kind {
	GOAL_CLAIM,  /* of a case file */
	GOAL_FIND,   /* no record meets a predicate */
	GOAL_SAME,   /* two stacks decide the same */
	GOAL_ENGINE, /* the fast engine computes what the machine does */
	GOAL_KERNEL, /* the running kernel decides what the machine does */
};

struct goal {
	enum goal_kind kind;
	const char *name;
	const struct test_case *test; /* GOAL_CLAIM */
	struct claim claim;
	bool unproved; /* the prover cannot be asked: the question has too many answers */
};

struct goals {
	struct arena arena;
	struct goal *items;
	size_t n, cap;
	size_t skipped; /* cases that cannot be searched: installs, scenarios, skip and todo, by other filters
			 */
	struct where_list wheres;
	struct case_stack
		*stacks[2]; /* of the command line: what is searched, and --against; NULL: not given */
};

void goals_init(struct goals *goals);
void goals_done(struct goals *goals);

/*
 * The command line's sources as a stack of cases, ready for both byte orders.
 * The sources must outlive it. NULL: diagnosed.
 */
struct case_stack *goals_stack(struct goals *goals, const struct source_list *sources, struct diags *diags);

/* One more, empty. */
struct goal *goal_add(struct goals *goals);
/* Claims of chosen cases; stack (may be NULL) takes the place of their own. */
void goals_add_cases(struct goals *goals, const struct test_case *const *cases, size_t n,
		     struct case_stack *stack);
/* 0 or -1 (diagnosed). */
int goals_add_find(struct goals *goals, const char *predicate, struct case_stack *stack, struct diags *diags);
/* GOAL_SAME, GOAL_ENGINE or GOAL_KERNEL. */
void goals_add(struct goals *goals, enum goal_kind kind, struct case_stack *stack, struct case_stack *other);

/* All records of one byte order, or those that this kernel has entries for. */
const struct box *goal_any_record(bool big_endian);

#endif
