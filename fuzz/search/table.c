/* SPDX-License-Identifier: MIT */
#include "fuzz/search/table.h"

#include <string.h>

#define HIGH 0xffffffff00000000u
#define LOW 0x00000000ffffffffu

_Static_assert(sizeof(struct seccomp_data) == RECORD_U64 * sizeof(uint64_t), "a record is eight words");

struct builder {
	struct table *table;
	const struct samples *own, *more, *where;
	struct arena *arena;
	uint8_t lists[TABLE_LISTS]; /* which list, how often it should come */
	uint8_t words[TABLE_LISTS];
	unsigned weights[TABLE_LISTS];
	uint64_t keeps[TABLE_LISTS];
	size_t n;
};

static bool is_full(const struct set *set)
{
	return set->n == 1 && !set->items[0].lo && set->items[0].hi == UINT64_MAX;
}

static bool is_low_half(const struct set *set)
{
	return set->n == 1 && !set->items[0].lo && set->items[0].hi == UINT32_MAX;
}

static bool is_single(const struct set *set)
{
	return set->n == 1 && set->items[0].lo == set->items[0].hi;
}

static struct list *add_list(struct builder *builder, unsigned word, uint64_t keep, unsigned weight, int kind)
{
	struct table *table = builder->table;
	struct list *list = &table->lists[table->n_lists];

	list->kind = kind;
	builder->lists[builder->n] = (uint8_t)table->n_lists++;
	builder->words[builder->n] = (uint8_t)word;
	builder->keeps[builder->n] = keep;
	builder->weights[builder->n++] = weight;
	return list;
}

/* Constants for a half of a value: by its word in the byte order of the box. */
static struct word_list constants(struct builder *builder, unsigned value, bool high)
{
	const struct box *box = builder->table->box;
	unsigned word = 2 + 2 * value + (high != box->big_endian);
	struct word_list list = samples_pick(builder->where, builder->own, word, &set_all_32, box->abi, 120,
					     builder->arena);
	struct word_list other = { 0 };

	if (builder->more)
		other = samples_pick(NULL, builder->more, word, &set_all_32, box->abi, 80, builder->arena);
	for (size_t i = 0; i < other.n; i++) {
		list.items = arena_grow(builder->arena, list.items, list.n, &list.cap, sizeof(*list.items));
		list.items[list.n++] = other.items[i];
	}
	return list;
}

static void fill_half(struct builder *builder, unsigned value, bool high, unsigned weight)
{
	struct list *list = add_list(builder, 1 + value, high ? LOW : HIGH, weight,
				     high ? LIST_HIGH : LIST_LOW);
	struct word_list picked = constants(builder, value, high);

	for (size_t i = 0; i < picked.n && list->fixed < TABLE_VALUES - 32; i++)
		list->values[list->fixed++] = high ? (uint64_t)picked.items[i] << 32 : picked.items[i];
}

static void add_member(struct list *list, const struct set *set, uint64_t value)
{
	if (list->fixed < TABLE_VALUES - 32 && set_contains(set, value))
		list->values[list->fixed++] = value;
}

/* Members of a set that is no plain half: its ends, and constants put together that are in it. */
static void fill_members(struct builder *builder, unsigned value, const struct set *set, unsigned weight)
{
	struct list *list = add_list(builder, 1 + value, 0, weight, LIST_MEMBERS);
	struct word_list low = constants(builder, value, false), high = constants(builder, value, true);

	for (size_t i = 0; i < set->n && i < 64; i++) {
		add_member(list, set, set->items[i].lo);
		add_member(list, set, set->items[i].hi);
		add_member(list, set, set->items[i].lo + 1);
		add_member(list, set, set->items[i].hi - 1);
	}
	for (size_t i = 0; i < low.n; i++)
		add_member(list, set, low.items[i]);
	for (size_t i = 0; i < low.n && i < high.n; i++)
		add_member(list, set, (uint64_t)high.items[high.n - 1 - i] << 32 | low.items[i]);
}

static void add_value(struct builder *builder, unsigned value, uint16_t used)
{
	const struct set *set = builder->table->box->values[value];
	unsigned shift = 2 + 2 * value;

	/* what nothing reads makes no difference */
	if (!(used >> shift & 3) || is_single(set))
		return;
	if (!is_full(set) && !is_low_half(set)) {
		fill_members(builder, value, set, 6);
		return;
	}
	fill_half(builder, value, false, 4);
	if (is_full(set))
		fill_half(builder, value, true, 2);
}

/* Each list as often as its weight says, at least once. */
static void spread(struct builder *builder)
{
	struct change *changes = builder->table->changes;
	unsigned total = 0, n = 0;

	for (size_t i = 0; i < builder->n; i++)
		total += builder->weights[i];
	for (size_t i = 0; i < builder->n; i++) {
		unsigned times = builder->weights[i] * TABLE_CHANGES / total;
		for (unsigned j = 0; j < (times ? times : 1) && n < TABLE_CHANGES; j++)
			changes[n++] = (struct change){ .word = builder->words[i],
							.list = builder->lists[i],
							.keep = builder->keeps[i] };
	}
	for (unsigned i = 0; n < TABLE_CHANGES; n++, i++)
		changes[n] = changes[i];
}

/* Nothing can be changed: the one record stays what it is. */
static void keep_all(struct builder *builder)
{
	struct list *list = add_list(builder, 0, UINT64_MAX, 1, LIST_MEMBERS);

	list->fixed = TABLE_VALUES;
}

void table_init(struct table *table, const struct box *box, const struct samples *own,
		const struct samples *more, const struct samples *where, uint16_t used, struct arena *arena)
{
	struct builder builder = { .table = table, .own = own, .more = more, .where = where, .arena = arena };

	*table = (struct table){ .box = box };
	table->lists = arena_alloc(arena, TABLE_LISTS * sizeof(*table->lists));
	calls_init(&table->calls, box, own, more ? more : where, arena);
	if (!is_single(box->nr) || !is_single(box->arch))
		add_list(&builder, 0, 0, 6, LIST_CALLS);
	for (unsigned value = 0; value < RECORD_VALUES; value++) {
		table->start[1 + value] = box->values[value]->items[0].lo;
		add_value(&builder, value, used);
	}
	struct vd_random random = { .state = 1 };
	table->start[0] = calls_draw(&table->calls, box, &random);
	if (!builder.n)
		keep_all(&builder);
	spread(&builder);
}

static uint64_t any_member(const struct set *set, struct vd_random *random)
{
	const struct interval *items = &set->items[vd_random_below(random, (uint32_t)set->n)];
	uint64_t width = items->hi - items->lo, any = vd_random_next(random);

	return width == UINT64_MAX ? any : items->lo + any % (width + 1);
}

void table_draw(const struct table *table, struct list *lists, struct vd_random *random)
{
	uint8_t word_of[TABLE_LISTS] = { 0 };

	for (size_t i = 0; i < TABLE_CHANGES; i++)
		word_of[table->changes[i].list] = table->changes[i].word;
	for (size_t i = 0; i < table->n_lists; i++) {
		struct list *list = &lists[i];
		size_t fixed = list->fixed;
		for (size_t j = fixed; j < TABLE_VALUES; j++) {
			/* once more what is known, so that chance does not outweigh it */
			if (fixed && j % 8)
				list->values[j] = list->values[vd_random_below(random, (uint32_t)fixed)];
			else if (list->kind == LIST_CALLS)
				list->values[j] = calls_draw(&table->calls, table->box, random);
			else if (list->kind == LIST_MEMBERS)
				list->values[j] = any_member(table->box->values[word_of[i] - 1], random);
			else
				list->values[j] = list->kind == LIST_LOW
							  ? vd_random_word(random)
							  : (uint64_t)vd_random_word(random) << 32;
		}
	}
}
