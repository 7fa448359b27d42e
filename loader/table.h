/* SPDX-License-Identifier: MIT */
/* Tables of stacks (vd_map_new()) as people speak of them: archs by byte order, numbers by ABI. */
#ifndef LOADER_TABLE_H
#define LOADER_TABLE_H

#include "loader/arena.h"
#include "vm/verdict.h"

/* x86-64's x32 numbers lie between these. */
#define X32_FIRST 0x40000000u
#define X32_END 0x80000000u

/* The arch words of one byte order: where the tables know an ABI its word tells the same. */
struct vd_ranges table_archs(bool big_endian);

/* The raw numbers of an ABI (x86_64 and x32 share an arch word), of VD_ABI_NONE all: one range or two. */
size_t table_space(int abi, struct vd_range *ret_space);

/* How many values there are. */
uint64_t table_count(const struct vd_ranges *ranges);
bool table_has(const struct vd_ranges *ranges, uint64_t value);
struct vd_ranges table_copy(struct arena *arena, const struct vd_ranges *ranges);
bool table_equal(const struct vd_ranges *a, const struct vd_ranges *b);

/* The part of some numbers that is an ABI's: calls that have a name, and the rest. */
struct table_numbers {
	const uint32_t *calls; /* raw; ascending within each range of what was asked */
	size_t n_calls;
	struct vd_ranges unnamed;
	bool every; /* all that the ABI has */
};

/* False: no number is the ABI's. */
bool table_numbers(struct arena *arena, int abi, const struct vd_ranges *nr,
		   struct table_numbers *ret_numbers);

#endif
