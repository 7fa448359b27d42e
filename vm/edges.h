/* SPDX-License-Identifier: MIT */
/*
 * Which ways of a stack's conditional jumps were taken: two bytes for each
 * instruction of each filter, oldest first, the first for the way where its
 * condition is false.
 */
#ifndef VM_EDGES_H
#define VM_EDGES_H

#include "vm/verdict.h"

/* Bytes that a stack's edges take. */
size_t vd_stack_edges(const struct vd_stack *stack);

/* vd_stack_run() that sets the edges taken to 1; *ret_fresh: one of them was 0 before. */
struct vd_verdict vd_stack_run_edges(const struct vd_stack *stack, const struct seccomp_data *data,
				     uint8_t *edges, bool *ret_fresh);

#endif
