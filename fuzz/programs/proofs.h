/* SPDX-License-Identifier: MIT */
/* The prover's answers about a stack against records that are run. */
#ifndef FUZZ_PROGRAMS_PROOFS_H
#define FUZZ_PROGRAMS_PROOFS_H

#include "fuzz/programs/checks.h"

/* Claims about single records. */
bool check_proof(const struct trial *trial, const struct vd_stack *stack, struct disagreement *found);
/* About records with one word open, and that a changed program is the same. */
bool check_claim(const struct trial *trial, const struct vd_stack *stack, struct disagreement *found);

#endif
