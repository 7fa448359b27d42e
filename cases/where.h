/* SPDX-License-Identifier: MIT */
/*
 * A case's `where:`: a predicate (verdict-rules(5)) that keeps some of the records of
 * its boxes. Its words have the types of the call's own arguments, so it is
 * bound for every ABI and call of the case; each box gets a program of its own
 * that tells which records are meant, which enumeration, prover and samples run.
 */
#ifndef CASES_WHERE_H
#define CASES_WHERE_H

#include "cases/archs.h"
#include "cases/claim.h"
#include "cases/samples.h"

struct where {
	struct vd_prog *prog;	       /* returns 1 for the records that are meant, else 0 */
	struct vd_stack *stack;	       /* of that program, in the box's byte order */
	const struct samples *samples; /* what the predicate compares the record's words with */
};

/* All of a case file's, to be given back with it. */
struct where_list {
	struct where **items;
	size_t n, cap;
};
void where_list_done(struct where_list *list);

/*
 * A bound predicate as the condition of boxes of a byte order. -E2BIG: it takes
 * more than a program has room for.
 */
struct pred;
int where_new(const struct pred *pred, bool big_endian, struct where_list *list, struct arena *arena,
	      const struct where **ret_where);

/* Whether a record is meant. */
bool where_holds(const struct where *where, const struct seccomp_data *record);

/*
 * Splits boxes by what the predicate means for their calls. Boxes that hold no
 * such record go; that none is left is an error. 0 or -1 (diagnosed).
 */
int where_apply(const struct node *node, struct where_list *list, struct arena *arena, struct diags *diags,
		struct box **boxes, size_t **parts, size_t *n);

#endif
