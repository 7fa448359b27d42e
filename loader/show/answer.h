/* SPDX-License-Identifier: MIT */
/*
 * What a stack does with one system call: a verdict, or several with the
 * conditions on the arguments that lead to each.
 */
#ifndef LOADER_SHOW_ANSWER_H
#define LOADER_SHOW_ANSWER_H

#include "loader/arena.h"
#include "vm/verdict.h"

struct outcome {
	uint32_t ret;
	char *when;		   /* a predicate (vd_map_when()); NULL: everything that the others leave */
	bool exact;		   /* of when: false, it is abridged and ends in "…" */
	bool reached;		   /* the witness is there */
	struct vd_witness witness; /* with the arch and number that it was found for */
};

enum answer_end {
	ANSWER_ALL,	 /* the outcomes are all there are */
	ANSWER_SPENT,	 /* not known: the budget is spent */
	ANSWER_TOO_MANY, /* more verdicts than anybody reads */
};

struct answer {
	enum answer_end end;
	struct outcome
		*outcomes; /* from the weakest verdict; the one without `when` last; one alone: always */
	size_t n;
	bool mixed;	/* conditions speak of nr, and of arch */
	bool effective; /* ret is what the kernel acts on, not what is returned */
	bool exact;	/* all conditions are */
};

/* Class i of a table as an answer, in arena. 0, or -errno of vd_map_record(). */
int answer_make(struct arena *arena, struct vd_map *map, size_t i, struct answer *ret_answer);
/* False for what is not known: that may be one thing or another. */
bool answers_equal(const struct answer *a, const struct answer *b);
/* Whether it is known, and exactly. */
bool answer_exact(const struct answer *answer);

#endif
