/* SPDX-License-Identifier: MIT */
/*
 * Diagrams as text of the predicate language: when.c (all words), field.c
 * (one word or argument alone), cubes.c (what has no better form).
 */
#ifndef VM_PROVE_WHEN_H
#define VM_PROVE_WHEN_H

#include "vm/prove/bdd.h"
#include "vm/prove/order.h"

/* The records of f as text. False: abridged, ends in "…". Spends of the manager's budget. */
bool vd_when(struct vd_bdds *bdds, const struct vd_order *order, vd_bdd f, char *buf, size_t size);

/* ------------------------------------------------------------------ */
/* Text that has a limit                                              */

/* What must stand in parentheses beside what. */
enum vd_binding { VD_BIND_CONST, VD_BIND_COMPARE, VD_BIND_AND, VD_BIND_OR };

struct vd_text {
	char *data;
	size_t len, max;
	bool full; /* it did not fit, or no memory: worthless */
	enum vd_binding binding;
};

void vd_text_init(struct vd_text *text, size_t max);
void vd_text_done(struct vd_text *text);
void vd_text_put(struct vd_text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Joins another text to this one by && (and) or ||; constants are folded. */
void vd_text_join(struct vd_text *text, const struct vd_text *more, bool and);
/* The shorter of two that are whole. Either is done after that. */
struct vd_text vd_text_shorter(struct vd_text *a, struct vd_text *b);

/* ------------------------------------------------------------------ */

/* A number that an expression can speak of: bits with their variables, the lowest first. */
struct vd_subject {
	char name[20];
	unsigned bits;	  /* 32 or 64 */
	uint16_t var[64]; /* falling from bit to bit */
};

/* "arg0.lo": word w by meaning. "arg0": its field, when words w and w ^ 1 are one. */
struct vd_subject vd_subject_word(const struct vd_order *order, unsigned w);
struct vd_subject vd_subject_field(const struct vd_order *order, unsigned w);

/* A set of values of one subject, f having no other variables. Full: there is no short text. */
struct vd_text vd_field_text(struct vd_bdds *bdds, const struct vd_subject *subject, vd_bdd f, size_t max);

/* Any function as "masked bits of words" and-ed, or-ed. */
struct vd_text vd_cubes_text(struct vd_bdds *bdds, const struct vd_order *order, vd_bdd f, size_t max);

/* "(name & mask) == value", as short as it can be. */
void vd_masked_put(struct vd_text *text, const char *name, uint64_t all, uint64_t mask, uint64_t value);
/* A number as people write it. */
void vd_number_put(struct vd_text *text, uint64_t value);

/* The bits of each word that f depends on. False: no memory. */
bool vd_support(const struct vd_bdds *bdds, const struct vd_order *order, vd_bdd f,
		uint32_t ret_bits[VD_RECORD_WORDS]);

#endif
