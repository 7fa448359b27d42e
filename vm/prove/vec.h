/* SPDX-License-Identifier: MIT */
/*
 * 32-bit values as vectors of 32 diagrams, bit 0 first: the machine's
 * arithmetic, exactly, over all records at once.
 */
#ifndef VM_PROVE_VEC_H
#define VM_PROVE_VEC_H

#include "vm/prove/bdd.h"
#include "vm/verdict.h"

struct vd_vec {
	vd_bdd bit[32];
};

struct vd_vec vd_vec_const(uint32_t value);
struct vd_vec vd_vec_not(const struct vd_vec *a);
struct vd_vec vd_vec_and(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b);
struct vd_vec vd_vec_or(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b);
struct vd_vec vd_vec_xor(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b);
struct vd_vec vd_vec_add(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b);
struct vd_vec vd_vec_sub(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b);
struct vd_vec vd_vec_mul(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b);
/* Where b is 0 the result means nothing. */
struct vd_vec vd_vec_div(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b);
/* By the low five bits of b. */
struct vd_vec vd_vec_shift(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b, bool left);
struct vd_vec vd_vec_ite(struct vd_bdds *bdds, vd_bdd c, const struct vd_vec *a, const struct vd_vec *b);

vd_bdd vd_vec_equal(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b);
/* a < b of the bits from..31, unsigned. */
vd_bdd vd_vec_less(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b, unsigned from);
/* a is in one of the ranges. */
vd_bdd vd_vec_among(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_range *ranges, size_t n);
/* Some bit of a is set. */
vd_bdd vd_vec_any(struct vd_bdds *bdds, const struct vd_vec *a);

#endif
