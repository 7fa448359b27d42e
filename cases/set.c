/* SPDX-License-Identifier: MIT */
#include "cases/set.h"

#include <stdlib.h>

const struct set set_all_32 = { (const struct interval[]){ { 0, UINT32_MAX } }, 1 };
const struct set set_all_64 = { (const struct interval[]){ { 0, UINT64_MAX } }, 1 };

void set_add(struct set_builder *builder, uint64_t lo, uint64_t hi)
{
	builder->items = arena_grow(builder->arena, builder->items, builder->n, &builder->cap,
				    sizeof(*builder->items));
	builder->items[builder->n++] = (struct interval){ lo, hi };
}

static int by_lo(const void *pa, const void *pb)
{
	const struct interval *a = pa, *b = pb;

	return a->lo < b->lo ? -1 : a->lo > b->lo;
}

struct set set_build(struct set_builder *builder)
{
	struct interval *items = builder->items;
	size_t n = 0;

	if (builder->n > 1)
		qsort(items, builder->n, sizeof(*items), by_lo);
	for (size_t i = 0; i < builder->n; i++) {
		if (n && (items[n - 1].hi == UINT64_MAX || items[i].lo <= items[n - 1].hi + 1)) {
			if (items[i].hi > items[n - 1].hi)
				items[n - 1].hi = items[i].hi;
		} else {
			items[n++] = items[i];
		}
	}
	return (struct set){ items, n };
}

struct set set_complement(const struct set *set, uint64_t max, struct arena *arena)
{
	struct set_builder builder = { .arena = arena };
	uint64_t from = 0;
	bool more = true;

	for (size_t i = 0; i < set->n && more && set->items[i].lo <= max; i++) {
		if (set->items[i].lo > from)
			set_add(&builder, from, set->items[i].lo - 1);
		more = set->items[i].hi < max;
		from = set->items[i].hi + 1;
	}
	if (more)
		set_add(&builder, from, max);
	return set_build(&builder);
}

struct set set_intersect(const struct set *a, const struct set *b, struct arena *arena)
{
	struct set_builder builder = { .arena = arena };

	for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
		uint64_t lo = a->items[i].lo > b->items[j].lo ? a->items[i].lo : b->items[j].lo;
		uint64_t hi = a->items[i].hi < b->items[j].hi ? a->items[i].hi : b->items[j].hi;

		if (lo <= hi)
			set_add(&builder, lo, hi);
		if (a->items[i].hi < b->items[j].hi)
			i++;
		else
			j++;
	}
	return set_build(&builder);
}

/* The first interval that does not end before a value; n: all do. */
static size_t find(const struct set *set, uint64_t value)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (set->items[mid].hi < value)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool set_contains(const struct set *set, uint64_t value)
{
	size_t i = find(set, value);

	return i < set->n && set->items[i].lo <= value;
}

uint64_t set_count(const struct set *set)
{
	uint64_t count = 0;

	for (size_t i = 0; i < set->n; i++) {
		uint64_t more = set->items[i].hi - set->items[i].lo;
		if (more == UINT64_MAX || count + more + 1 < count)
			return UINT64_MAX;
		count += more + 1;
	}
	return count;
}

bool set_next(const struct set *set, uint64_t from, uint64_t *ret_value)
{
	size_t i = find(set, from);

	if (i == set->n)
		return false;
	*ret_value = set->items[i].lo > from ? set->items[i].lo : from;
	return true;
}

/* The halves of one interval, any other half. */
static void add_half(struct set_builder *builder, const struct interval *item, bool high)
{
	uint32_t lo_high = (uint32_t)(item->lo >> 32), hi_high = (uint32_t)(item->hi >> 32);
	uint32_t lo_low = (uint32_t)item->lo, hi_low = (uint32_t)item->hi;

	if (high) {
		set_add(builder, lo_high, hi_high);
	} else if (lo_high == hi_high) {
		set_add(builder, lo_low, hi_low);
	} else if (hi_high - lo_high == 1) {
		set_add(builder, lo_low, UINT32_MAX);
		set_add(builder, 0, hi_low);
	} else {
		set_add(builder, 0, UINT32_MAX);
	}
}

/* The halves of one interval whose other half is given. */
static void add_half_with(struct set_builder *builder, const struct interval *item, bool high, uint32_t other)
{
	if (!high) {
		uint64_t first = (uint64_t)other << 32, last = first | UINT32_MAX;
		uint64_t lo = item->lo > first ? item->lo : first, hi = item->hi < last ? item->hi : last;

		if (lo <= hi)
			set_add(builder, (uint32_t)lo, (uint32_t)hi);
		return;
	}
	uint64_t lo = (item->lo >> 32) + ((uint32_t)item->lo > other), hi = item->hi >> 32;
	bool none = (uint32_t)item->hi < other && !hi;

	hi -= (uint32_t)item->hi < other && hi;
	if (!none && lo <= hi)
		set_add(builder, lo, hi);
}

struct set set_half(const struct set *set, bool high, const uint32_t *other, struct arena *arena)
{
	struct set_builder builder = { .arena = arena };

	for (size_t i = 0; i < set->n; i++) {
		if (other)
			add_half_with(&builder, &set->items[i], high, *other);
		else
			add_half(&builder, &set->items[i], high);
	}
	return set_build(&builder);
}
