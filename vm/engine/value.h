/* SPDX-License-Identifier: MIT */
/* What a register holds before the record is known, and what instructions do to it. */
#ifndef VD_ENGINE_VALUE_H
#define VD_ENGINE_VALUE_H

#include "vm/engine/engine.h"
#include "vm/live.h"

enum vd_value_kind { VD_VALUE_CONSTANT, VD_VALUE_WORD, VD_VALUE_OPAQUE };

struct vd_value {
	uint32_t bits; /* the constant, or the mask on the word */
	uint8_t kind, word;
	uint16_t zero; /* states are compared as bytes */
};

static inline struct vd_value vd_constant(uint32_t bits)
{
	return (struct vd_value){ .bits = bits, .kind = VD_VALUE_CONSTANT };
}

/* Straight-line instructions, on all registers. False: DIV X by what is not known. */
bool vd_value_execute(const struct vd_known *known, const struct vd_insn *insn, struct vd_value *reg);
/* A branch of constants. */
bool vd_value_compare(int op, uint32_t a, uint32_t b);

/*
 * The test of a word under a mask with a constant. Returns 0 or 1 where it is
 * the same for every word, -1 where the word decides, -2 where the test's
 * answer is the branch's the other way round.
 */
int vd_value_test(int op, struct vd_value a, uint32_t k, struct vd_test *ret_test);

#endif
