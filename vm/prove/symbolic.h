/* SPDX-License-Identifier: MIT */
/* A program, and a stack of them, run over all records at once. */
#ifndef VM_PROVE_SYMBOLIC_H
#define VM_PROVE_SYMBOLIC_H

#include "vm/prog.h"
#include "vm/prove/vec.h"

/* The record's 16 words by meaning (order.h), each a vector: variables, or constants where the set has one
 * value. */
struct vd_words {
	struct vd_vec word[VD_RECORD_WORDS];
};

/*
 * What a program returns for the records of `assume` (elsewhere the value
 * means nothing), and how many instructions it executes (ret_count may be
 * NULL). -ENOMEM; a spent budget shows in bdds.
 */
int vd_symbolic_prog(struct vd_bdds *bdds, const struct vd_words *words, bool big_endian, vd_bdd assume,
		     const struct vd_prog *prog, struct vd_vec *ret_value, struct vd_vec *ret_count);

/*
 * The records of `assume` that come to each point of a program (reach.h),
 * ret_points[VD_POINTS * its length]; the first *ret_n of them are known, the others
 * are not when the budget is spent on the way. 0 or -ENOMEM.
 */
int vd_symbolic_points(struct vd_bdds *bdds, const struct vd_words *words, bool big_endian, vd_bdd assume,
		       const struct vd_prog *prog, vd_bdd *ret_points, size_t *ret_n);

/*
 * What a stack returns, for each filter (ret_wins[vd_stack_len()], may be
 * NULL) the records that it decides, and how many instructions all filters
 * execute together (ret_count may be NULL).
 */
int vd_symbolic_stack(struct vd_bdds *bdds, const struct vd_words *words, vd_bdd assume,
		      const struct vd_stack *stack, struct vd_vec *ret_value, vd_bdd *ret_wins,
		      struct vd_vec *ret_count);

/* vd_effective() of a vector. */
struct vd_vec vd_symbolic_effective(struct vd_bdds *bdds, const struct vd_vec *value);

#endif
