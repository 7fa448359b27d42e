/* SPDX-License-Identifier: MIT */
/*
 * Sets of numbers of up to 64 bits, as sorted intervals that neither overlap
 * nor touch. What a case says about a word of the record.
 */
#ifndef CASES_SET_H
#define CASES_SET_H

#include "loader/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interval {
	uint64_t lo, hi; /* both inside */
};

struct set {
	const struct interval *items;
	size_t n; /* 0: empty */
};

/* A set that is being put together, in any order. */
struct set_builder {
	struct arena *arena;
	struct interval *items;
	size_t n, cap;
};

void set_add(struct set_builder *builder, uint64_t lo, uint64_t hi);
/* Sorts and joins what was added. The set lives in the builder's arena. */
struct set set_build(struct set_builder *builder);

/* 0 to max without the set's members. */
struct set set_complement(const struct set *set, uint64_t max, struct arena *arena);
struct set set_intersect(const struct set *a, const struct set *b, struct arena *arena);

bool set_contains(const struct set *set, uint64_t value);
/* Number of members; UINT64_MAX for all 2^64. */
uint64_t set_count(const struct set *set);
/* The smallest member that is at least from. False: there is none. */
bool set_next(const struct set *set, uint64_t from, uint64_t *ret_value);

/* Every number of 32 or of 64 bits. Static storage. */
extern const struct set set_all_32, set_all_64;

/*
 * One 32-bit half of the members, as a set of its own: the high ones, or the
 * low ones. With *other: only of the members whose other half is that.
 */
struct set set_half(const struct set *set, bool high, const uint32_t *other, struct arena *arena);

#endif
