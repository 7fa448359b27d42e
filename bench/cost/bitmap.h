/* SPDX-License-Identifier: MIT */
/* The kernel's allow-bitmap: calls that it answers without running a filter, as it works them out itself. */
#ifndef BENCH_COST_BITMAP_H
#define BENCH_COST_BITMAP_H

#include "vm/verdict.h"

/*
 * Whether the kernel sees that a program allows a call whatever the rest of the
 * record is (kernel/seccomp.c: seccomp_is_const_allow): on its way it only
 * loads nr and arch, masks and compares them with constants, and it returns
 * ALLOW itself. Programs that come to the same by other instructions do not
 * count.
 */
bool bitmap_allows_prog(const struct vd_prog *prog, uint32_t arch, uint32_t nr);
/*
 * Whether kernels of the number's architecture keep a bit for it: it is below the
 * end of their table, so never x32's.
 */
bool bitmap_has(uint32_t arch, uint32_t nr);
/* The same of every filter of a stack; an empty one has no bitmap, for nothing is judged. */
bool bitmap_allows(const struct vd_stack *stack, uint32_t arch, uint32_t nr);

#endif
