/* SPDX-License-Identifier: MIT */
/* The running kernel's side of the checks: asked about many trials at once, as each way to it costs. */
#ifndef FUZZ_PROGRAMS_KERNEL_H
#define FUZZ_PROGRAMS_KERNEL_H

#include "fuzz/programs/checks.h"

struct kernel_side;
/* NULL: it cannot be asked, *ret_why (may be NULL) says why. */
struct kernel_side *kernel_side_new(const char **ret_why);
void kernel_side_free(struct kernel_side *side);

/*
 * Runs some checks (bits: 1 << enum check): whether it takes the programs, and
 * what each of them returns for each record, and with it the stack. The first
 * trial in which somebody disagrees, n: none.
 */
size_t kernel_side_run(struct kernel_side *side, unsigned checks, const struct trial *trials, size_t n,
		       struct disagreement *ret_disagreement);

void kernel_side_asked(const struct kernel_side *side, uint64_t *ret_programs, uint64_t *ret_records);

/* Makes a trial one that the kernel can be asked about as it is: it is asked about this in its place. */
void trial_make_askable(struct trial *trial);

#endif
