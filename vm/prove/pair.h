/* SPDX-License-Identifier: MIT */
/*
 * Questions about two readings of one record: what a stack decides for it, and
 * what is decided when some of its bits are others (a high half that the kernel
 * drops, the x32 bit, an argument's sign).
 */
#ifndef VM_PROVE_PAIR_H
#define VM_PROVE_PAIR_H

#include "vm/prog.h"

/* Fixed bits of a record: word w (by meaning, as in order.h) has value[w] where mask[w] is set. */
struct vd_pattern {
	uint32_t mask[VD_RECORD_WORDS], value[VD_RECORD_WORDS];
};

void vd_pattern_word(struct vd_pattern *pattern, unsigned word, uint32_t mask, uint32_t value);
void vd_pattern_apply(const struct vd_pattern *pattern, struct seccomp_data *data);

/* The values in n ranges; n 0: every value. */
struct vd_values {
	const struct vd_range *ranges;
	size_t n;
};

struct vd_pair {
	const struct vd_stack *a, *b;  /* of one byte order (else -EINVAL); b NULL: only a is asked */
	struct vd_pattern in;	       /* the records that are asked about */
	uint8_t from[VD_RECORD_WORDS]; /* b's word w is the record's word from[w] - 1; 0: word w itself */
	struct vd_pattern change;      /* and then has these bits */
	struct vd_values a_gives, b_gives;
	bool differ; /* and the two decide differently: vd_effective() */
};

/* The record that b gets. */
struct seccomp_data vd_pair_other(const struct vd_pair *pair, const struct seccomp_data *record);

/*
 * Is there a record for which a and b give such values? *ret_record is a's,
 * replayed in the machine. 0, -EINVAL or -ENOMEM.
 */
int vd_prove_pair(const struct vd_pair *pair, const struct vd_budget *budget, enum vd_answer *ret_answer,
		  struct seccomp_data *ret_record);

#endif
