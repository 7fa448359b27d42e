/* SPDX-License-Identifier: MIT */
/* Values of registers: what stands under `args:` and `ip:`. */
#ifndef CASES_VALUES_H
#define CASES_VALUES_H

#include "cases/archs.h"

/* One set for registers of 64 bits and one for those of 32: negative values and `any` differ. */
struct values {
	struct set wide, narrow;
};

/*
 * A value, a list (nested lists flattened), an inclusive unsigned range `a..b`,
 * or `any`. archs says which widths are needed, and whether constants that
 * differ between architectures may be named. 0 or -1 (diagnosed).
 */
int values_read(const struct node *node, const struct archs *archs, struct arena *arena, struct diags *diags,
		struct values *ret_values);

extern const struct values values_any;

static inline const struct set *values_of(const struct values *values, const struct arch_part *part)
{
	return part->reg_bits == 32 ? &values->narrow : &values->wide;
}

#endif
