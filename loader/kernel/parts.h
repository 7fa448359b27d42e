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
/* Derivatives are at most this much longer than the program. */
#define PARTS_SPARE 8u

struct parts {
	struct sock_filter *insns[PARTS_MAX];
	size_t lens[PARTS_MAX];
	size_t n;
	uint32_t *table; /* the program's values; NULL: the parts are bits */
	size_t table_n;
};

/*
 * Derives from a program of at most 4096 - PARTS_SPARE instructions. Calls from
 * door_ip are let through. 0 or -ENOMEM.
 */
int parts_init(struct parts *parts, const struct vd_prog *prog, uint64_t door_ip);
void parts_done(struct parts *parts);

/* Adds what a call under derivative `part` returned to a sum that begins as 0. */
uint32_t parts_add(const struct parts *parts, size_t part, uint32_t sum, long result);
/* The value that the complete sum stands for. */
uint32_t parts_value(const struct parts *parts, uint32_t sum);

#endif
