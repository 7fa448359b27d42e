/* SPDX-License-Identifier: MIT */
/*
 * Random programs and records for tests and fuzzers: the same seed gives the
 * same ones on every machine.
 */
#ifndef VM_RANDOM_H
#define VM_RANDOM_H

#include "vm/verdict.h"

struct vd_random {
	uint64_t state;
};

uint64_t vd_random_next(struct vd_random *random);
/* 0 to n - 1; n > 0. */
uint32_t vd_random_below(struct vd_random *random, uint32_t n);
/* A 32-bit number such as filters meet: small, near a power of two, a mask, all ones, or any. */
uint32_t vd_random_word(struct vd_random *random);

/*
 * A program of 1 to max_len instructions (max_len at least 2) into
 * ret_insns: mostly one the kernel takes. wild 0: always one that it takes;
 * wild over 0: about that many of a thousand instructions have a random field.
 * Returns its length.
 */
size_t vd_random_prog(struct vd_random *random, size_t max_len, unsigned wild, struct sock_filter *ret_insns);

/* A record with words that the program's constants make interesting. */
void vd_random_record(struct vd_random *random, const struct sock_filter *insns, size_t len,
		      struct seccomp_data *ret_data);

#endif
