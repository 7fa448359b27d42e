/* SPDX-License-Identifier: MIT */
/*
 * Derivatives: a program rewritten so that each RET leaves a part of its value
 * as an errno. Where all values are known beforehand (no RET A) one derivative
 * says which of them it was; else each of three shows eleven bits.
 */
#ifndef LOADER_KERNEL_PARTS_H
#define LOADER_KERNEL_PARTS_H

#include "vm/verdict.h"

#define PARTS_MAX 3u
/* Derivatives of a program that computes what it returns are so many instructions longer. */
#define PARTS_EPILOGUE 4u

struct parts {
	struct sock_filter *insns[PARTS_MAX];
	size_t lens[PARTS_MAX];
	size_t n;
	uint32_t *table; /* the program's values; NULL: the parts are bits */
	size_t table_n;
};

/* Whether a program may return what no RET K says. */
bool parts_computes(const struct vd_prog *prog);

/* Derives from a program, with some instructions (door.h) put before each. 0, -E2BIG or -ENOMEM. */
int parts_init(struct parts *parts, const struct vd_prog *prog, const struct sock_filter *before,
	       size_t n_before);
void parts_done(struct parts *parts);

/* Adds what a call under derivative `part` returned to a sum that begins as 0. */
uint32_t parts_add(const struct parts *parts, size_t part, uint32_t sum, long result);
/* The value that the complete sum stands for. */
uint32_t parts_value(const struct parts *parts, uint32_t sum);

#endif
