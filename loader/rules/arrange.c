/* SPDX-License-Identifier: MIT */
/*
 * Entries in the order of their calls. Ranges of numbers are divided where
 * other entries begin or end: then two entries have the same numbers, or none.
 */
#include "loader/rules/rules.h"

#include <stdlib.h>

/* More pieces of ranges than this are no rules that anybody wrote. */
#define ENTRIES_MAX 200000u

static int by_call(const void *pa, const void *pb)
{
	const struct rules_entry *a = pa, *b = pb;

	if (a->abi != b->abi)
		return a->abi - b->abi;
	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

/* Where numbers begin that some entry tells apart from the ones before. */
struct border {
	int abi;
	uint64_t nr;
};

static int by_place(const void *pa, const void *pb)
{
	const struct border *a = pa, *b = pb;

	if (a->abi != b->abi)
		return a->abi - b->abi;
	return (a->nr > b->nr) - (a->nr < b->nr);
}

/* The first border behind a number of an ABI. */
static size_t border_behind(const struct border *borders, size_t n, int abi, uint32_t nr)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (borders[middle].abi < abi || (borders[middle].abi == abi && borders[middle].nr <= nr))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct pieces {
	struct arena *arena;
	struct rules_entry *items;
	size_t n, cap;
};

static void add_piece(struct pieces *pieces, const struct rules_entry *entry, uint32_t first, uint32_t last)
{
	pieces->items = arena_grow(pieces->arena, pieces->items, pieces->n, &pieces->cap,
				   sizeof(*pieces->items));
	pieces->items[pieces->n] = *entry;
	pieces->items[pieces->n].nr = first;
	pieces->items[pieces->n++].last = last;
}

static void divide(struct pieces *pieces, const struct rules_entry *entry, const struct border *borders,
		   size_t n)
{
	uint32_t from = entry->nr;

	for (size_t i = border_behind(borders, n, entry->abi, from);
	     i < n && borders[i].abi == entry->abi && borders[i].nr <= entry->last &&
	     pieces->n < ENTRIES_MAX;
	     i++) {
		if (borders[i].nr == from)
			continue;
		add_piece(pieces, entry, from, (uint32_t)borders[i].nr - 1);
		from = (uint32_t)borders[i].nr;
	}
	add_piece(pieces, entry, from, entry->last);
}

static int divide_all(struct rules *rules, struct rules_filter *filter, struct diags *diags)
{
	size_t n = 2 * filter->n;
	struct border *borders = arena_alloc(&rules->arena, (n + 1) * sizeof(*borders));
	struct pieces pieces = { .arena = &rules->arena };

	for (size_t i = 0; i < filter->n; i++) {
		const struct rules_entry *entry = &filter->entries[i];
		borders[2 * i] = (struct border){ entry->abi, entry->nr };
		borders[2 * i + 1] = (struct border){ entry->abi, (uint64_t)entry->last + 1 };
	}
	if (n)
		qsort(borders, n, sizeof(*borders), by_place);
	for (size_t i = 0; i < filter->n && pieces.n <= ENTRIES_MAX; i++)
		divide(&pieces, &filter->entries[i], borders, n);
	if (pieces.n > ENTRIES_MAX) {
		struct span start = span_of(&rules->text, 0, 0);
		diag_error(diags, &start, "the ranges of numbers overlap too often");
		return -1;
	}
	filter->entries = pieces.items;
	filter->n = pieces.n;
	filter->cap = pieces.cap;
	return 0;
}

/* `1` and `0` erase what the call's earlier lines said. */
static void erase(const struct rules *rules, struct rules_filter *filter)
{
	size_t n = 0, first = 0; /* of the call's entries that are kept */

	for (size_t i = 0; i < filter->n; i++) {
		const struct rules_entry *entry = &filter->entries[i];
		if (n == first || filter->entries[n - 1].abi != entry->abi ||
		    filter->entries[n - 1].nr != entry->nr)
			first = n;
		if (rules->lines[entry->line].literal >= 0)
			n = first;
		filter->entries[n++] = *entry;
	}
	filter->n = n;
}

int rules_arrange(struct rules *rules, struct rules_filter *filter, struct diags *diags)
{
	bool ranges = false;

	for (size_t i = 0; i < filter->n; i++)
		ranges |= filter->entries[i].nr != filter->entries[i].last;
	if (ranges && divide_all(rules, filter, diags) < 0)
		return -1;
	if (filter->n)
		qsort(filter->entries, filter->n, sizeof(*filter->entries), by_call);
	erase(rules, filter);
	return 0;
}
