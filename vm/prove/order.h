/* SPDX-License-Identifier: MIT */
/*
 * The order in which the record's bits are tested: arch, nr, arguments (high
 * word, low word), instruction pointer, most significant bit first. Words that
 * meet in one operation of some program are interleaved bit by bit: without
 * that `a0 == a1` needs millions of nodes, with it thousands.
 */
#ifndef VM_PROVE_ORDER_H
#define VM_PROVE_ORDER_H

#include "vm/prog.h"

/* Word w (by meaning: 0 nr, 1 arch, 2 ip.lo, 3 ip.hi, 4 args[0].lo ...) and bit b have variable var[w][b]. */
struct vd_order {
	uint16_t var[VD_RECORD_WORDS][32];
	uint8_t group[VD_RECORD_WORDS]; /* words that meet have the same */
};

void vd_order_init(struct vd_order *order);
/* Notes which words meet in a program; big_endian says which word an offset is. */
void vd_order_add(struct vd_order *order, const struct vd_prog *prog, bool big_endian);
/* Numbers the variables; after all programs were added. calls_first: arch, then nr, whatever they meet. */
void vd_order_finish(struct vd_order *order, bool calls_first);

/* The word by meaning at an offset / 4: on big-endian machines the halves are the other way round. */
static inline unsigned vd_word_at(uint32_t index, bool big_endian)
{
	return index < 2 || !big_endian ? index : index ^ 1;
}

#endif
