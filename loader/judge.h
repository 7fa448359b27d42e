/* SPDX-License-Identifier: MIT */
/* What a stack decides on records by the million: each in its ABI's byte order, by the fast engine. */
#ifndef LOADER_JUDGE_H
#define LOADER_JUDGE_H

#include "vm/verdict.h"

#define JUDGE_BATCH 1024 /* a good number of records at once */

struct judge {
	struct vd_stack *stack; /* the caller's; its byte order is changed on the way */
	bool interp;		/* by the interpreter: the reference */
	enum { ORDER_OF_CALL, ORDER_LITTLE, ORDER_BIG } order;

	/* its own, zero to begin with */
	struct vd_engine *engines[2]; /* by byte order; made when first needed */
	bool no_engine;		      /* for want of memory: the interpreter will do */
	struct {
		uint32_t arch;
		bool known, big_endian;
	} cache; /* of the arch seen last */
};

/* With the filter that decided and what it cost: by the interpreter. */
struct vd_verdict judge_one(struct judge *judge, const struct seccomp_data *data);
/* The values alone. */
void judge_batch(struct judge *judge, const struct seccomp_data *data, size_t n, uint32_t *ret_values);
/*
 * Of a record with open words (as a little-endian machine has them): -1 and
 * the verdict, or the first such word that it depends on.
 */
int judge_open(struct judge *judge, const struct seccomp_data *data, uint16_t open,
	       struct vd_verdict *ret_verdict);
void judge_done(struct judge *judge);

#endif
