/* SPDX-License-Identifier: MIT */
/*
 * Conditions to code: cond.c branches, half.c makes values, 32 bits at a time.
 */
#ifndef LOADER_RULES_COND_H
#define LOADER_RULES_COND_H

#include "loader/rules/code.h"
#include "loader/rules/pred.h"

struct cond {
	struct code *code;
	const struct pred *pred;
	bool big_endian;  /* the high half of a 64-bit word comes first */
	bool *paired;	  /* by node: its halves are best made together, see half.c */
	unsigned *weight; /* by node: scratch words that evaluating it takes */
	bool too_deep;	  /* more scratch words than there are */
};

/*
 * Code that goes to one label where the predicate holds and to the other where
 * it does not. 0, -ENOMEM, or -E2BIG: the arithmetic needs more scratch memory
 * than programs have.
 */
int cond_compile(struct code *code, const struct pred *pred, bool big_endian, int to_true, int to_false);

/* A number whose halves can be asked for: a node, or one that lies in M[slot] and M[slot + 1]. */
struct half_source {
	int node;
	int slot; /* -1: not in scratch memory */
};

/* Makes node ready for its halves; *slot is the first free scratch word, before and after. */
struct half_source half_prepare(struct cond *cond, int node, int *slot);
/* A = a half; scratch words from slot on are free. */
void half_load(struct cond *cond, struct half_source source, enum expr_half half, int slot);
/* Whether a half is the same for all records. */
bool half_known(const struct cond *cond, int node, enum expr_half half, uint32_t *ret_value);
/* A = the low half of a node of at most 32 bits that is only looked at through a mask: not yet cut to its
 * bits. */
void half_load_raw(struct cond *cond, int node, int slot);
/* M[slot] = A */
void half_store(struct cond *cond, int slot);

#endif
