/* SPDX-License-Identifier: MIT */
#include "loader/record/distinct.h"

#include <stdlib.h>
#include <string.h>

struct item {
	struct seccomp_data data;
	uint64_t n : 48;
	uint64_t open : 16;
};

struct distinct {
	struct item *items;
	size_t n, cap;
	uint32_t *table; /* indexes into items, plus one; of a power of two */
	size_t cap_table;
};

struct distinct *distinct_new(void)
{
	return calloc(1, sizeof(struct distinct));
}

void distinct_free(struct distinct *distinct)
{
	if (!distinct)
		return;
	free(distinct->items);
	free(distinct->table);
	free(distinct);
}

static size_t hash(const struct seccomp_data *data, uint16_t open)
{
	uint64_t words[sizeof(*data) / 8], h = open;

	memcpy(words, data, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

/* Where an item is in the table, or the free place for it. */
static size_t find(const struct distinct *distinct, const struct seccomp_data *data, uint16_t open)
{
	size_t at = hash(data, open) & (distinct->cap_table - 1);

	for (; distinct->table[at]; at = (at + 1) & (distinct->cap_table - 1)) {
		const struct item *item = &distinct->items[distinct->table[at] - 1];
		if (item->open == open && !memcmp(&item->data, data, sizeof(*data)))
			break;
	}
	return at;
}

/* False: there is no room for one more. */
static bool grow(struct distinct *distinct)
{
	size_t cap = distinct->cap ? 2 * distinct->cap : 1024;

	if (distinct->n < distinct->cap)
		return true;
	if (distinct->n >= DISTINCT_MAX)
		return false;
	struct item *items = realloc(distinct->items, cap * sizeof(*items));
	if (!items)
		return false;
	distinct->items = items;
	uint32_t *table = calloc(2 * cap, sizeof(*table));
	if (!table)
		return false;
	distinct->cap = cap;
	free(distinct->table);
	distinct->table = table;
	distinct->cap_table = 2 * cap;
	for (size_t i = 0; i < distinct->n; i++)
		table[find(distinct, &items[i].data, items[i].open)] = (uint32_t)i + 1;
	return true;
}

bool distinct_add(struct distinct *distinct, const struct seccomp_data *data, uint16_t open)
{
	size_t at = distinct->n ? find(distinct, data, open) : 0;

	if (distinct->n && distinct->table[at]) {
		distinct->items[distinct->table[at] - 1].n++;
		return false;
	}
	if (!grow(distinct))
		return true;
	distinct->items[distinct->n] = (struct item){ .data = *data, .n = 1, .open = open };
	distinct->table[find(distinct, data, open)] = (uint32_t)++distinct->n;
	return true;
}

size_t distinct_count(const struct distinct *distinct)
{
	return distinct->n;
}

uint64_t distinct_times(const struct distinct *distinct, size_t i)
{
	return distinct->items[i].n;
}
