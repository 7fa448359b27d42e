/* SPDX-License-Identifier: MIT */
/*
 * The kernel's rules once more, written plainly from their description and
 * without the machine's table: what is accepted, how large it becomes, how the
 * filters of a stack are combined. What one program returns is vm/reference.h's
 * business.
 */
#ifndef FUZZ_PROGRAMS_REFERENCE_H
#define FUZZ_PROGRAMS_REFERENCE_H

#include "fuzz/programs/trial.h"

/* The first instruction that is refused, len for the whole program (its length); -1: it is accepted. */
long reference_check(const struct sock_filter *insns, size_t len);

/* Instructions after conversion, as the size limit counts them. */
size_t reference_size(const struct sock_filter *insns, size_t len);
/* Whether a program may be installed on top of others, which count `used` (with four for each). */
bool reference_fits(size_t used, size_t size);

/* What the kernel acts on: data that it cuts or does not look at, actions that it does not know. */
uint32_t reference_effective(uint32_t ret);

struct reference_verdict {
	uint32_t ret;
	int filter;
	unsigned insns;
	uint32_t values[TRIAL_PROGRAMS];
};

/* What the programs of a trial, all accepted, decide for a record. */
struct reference_verdict reference_decide(const struct trial *trial, const struct seccomp_data *data);

#endif
