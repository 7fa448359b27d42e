/* SPDX-License-Identifier: MIT */
/*
 * What a stack does with one system call, put together from the paths: a
 * verdict, or several with the conditions on the arguments that lead to each.
 */
#ifndef LOADER_PATHS_ANSWER_H
#define LOADER_PATHS_ANSWER_H

#include "loader/paths/paths.h"

struct outcome {
	uint32_t ret;
	char *when;	    /* a predicate; NULL: everything that the others leave, or not known */
	struct cube *cubes; /* the same, true where one of them is; n_cubes 0: not known */
	size_t n_cubes;
	size_t literals; /* of when */
	bool reached;	 /* record was run and gave this verdict */
	int filter;	 /* that decided record */
	struct seccomp_data record;
};

struct answer {
	enum paths_end end;	  /* PATHS_ALL: the outcomes are all there are, and their conditions exact */
	struct outcome *outcomes; /* the one without `when` last; one alone: always */
	size_t n;
	bool big_endian; /* which half of a word is at which offset, where there are conditions */
};

/* All of it lives in arena. The stack's byte order names the halves of words. */
void answer_make(struct answer *answer, struct arena *arena, struct terms *terms, const struct paths *paths,
		 const struct vd_stack *stack, uint32_t arch, uint32_t nr);

bool answers_equal(const struct answer *a, const struct answer *b);

/*
 * The cubes as text: halves of 64-bit words are put together where that is the
 * same. *ret_literals: how many comparisons it has.
 */
char *predicate_format(struct arena *arena, const struct terms *terms, const struct cube *cubes, size_t n,
		       bool big_endian, size_t *ret_literals);

#endif
