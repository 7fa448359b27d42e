/* SPDX-License-Identifier: MIT */
/*
 * What every question has: a manager, an order of the record's bits, the
 * record's words as vectors, and the set of records that it is about.
 */
#ifndef VM_PROVE_QUESTION_H
#define VM_PROVE_QUESTION_H

#include "vm/prove/order.h"
#include "vm/prove/symbolic.h"

/* The record's fields: nr, arch, ip, args[0] to args[5]. */
#define VD_FIELDS 9
#define VD_VARIABLES (VD_RECORD_WORDS * 32)

struct vd_question {
	struct vd_bdds *bdds;
	struct vd_order order;
	struct vd_words words;
	vd_bdd set;
	struct { /* fields of which the set has one value only: constants, no bit of them is in any diagram */
		bool single;
		uint64_t value;
	} fields[VD_FIELDS];
};

/*
 * b (may be NULL): a second stack, of the same byte order. calls_first: arch
 * and nr are tested before all else, whatever they meet. 0, -EINVAL or -ENOMEM.
 */
int vd_question_init(struct vd_question *q, const struct vd_stack *a, const struct vd_stack *b,
		     const struct vd_set *set, const struct vd_budget *budget, bool calls_first);
void vd_question_done(struct vd_question *q);

/* The smallest record of a condition, and the words that no bit of its path is in. */
void vd_question_record(const struct vd_question *q, vd_bdd found, struct vd_witness *ret_witness);

#endif
