/* SPDX-License-Identifier: MIT */
/*
 * Whole stacks as tables. All bits that two stacks return become one diagram:
 * behind the record's variables come selectors, which choose a bit. What hangs
 * below the record's variables is then one leaf for each combination of
 * values, and what hangs below arch and nr is one diagram for each way in which
 * calls are treated.
 */
#include "vm/prove/leaves.h"
#include "vm/prove/memo.h"
#include "vm/prove/question.h"
#include "vm/prove/when.h"

#include <errno.h>
#include <stdlib.h>

/* The bits of a leaf: two values, whether the record is in the set, and which filters decided. */
enum { SLOT_A = 0, SLOT_B = 32, SLOT_IN = 64, SLOT_BY_A = 65, SLOT_BY_B = 80, SLOTS = 128 };
#define SELECTORS 7
#define BY_BITS 15 /* filter + 1: a stack holds 6,553 at most */

/* More than these is no table that anybody reads. */
#define BLOCKS_MAX 65536u
#define OUTCOMES_MAX 4096u

struct class
{
	struct vd_range *arch, *nr; /* arch is shared by the classes of one group */
	size_t n_arch, n_nr;
	bool mixed;
	vd_bdd f; /* below arch and nr; mixed: what the class's conditions are about */
	vd_bdd *leaves;
	size_t n; /* 0: more than a table has */
};

struct vd_map {
	struct vd_question q;
	const struct vd_stack *stacks[2];
	unsigned flags;
	struct class *classes;
	size_t n, cap;
	struct vd_range **archs; /* owned */
	size_t n_archs;
};

/* ------------------------------------------------------------------ */
/* The diagram                                                        */

static int symbolic(struct vd_map *map, unsigned which, vd_bdd *slots)
{
	const struct vd_stack *stack = map->stacks[which];
	size_t len = vd_stack_len(stack);
	struct vd_bdds *bdds = map->q.bdds;
	vd_bdd *wins = map->flags & VD_MAP_BY ? calloc(len + 1, sizeof(*wins)) : NULL;
	struct vd_vec value;

	if (map->flags & VD_MAP_BY && !wins)
		return -ENOMEM;
	int r = vd_symbolic_stack(bdds, &map->q.words, map->q.set, stack, &value, wins, NULL);
	if (r == 0 && !(map->flags & VD_MAP_RAW))
		value = vd_symbolic_effective(bdds, &value);
	for (unsigned i = 0; r == 0 && i < 32; i++)
		slots[(which ? SLOT_B : SLOT_A) + i] = value.bit[i];
	for (size_t i = 0; r == 0 && wins && i < len; i++)
		for (unsigned b = 0; b < BY_BITS; b++)
			if ((i + 1) >> b & 1) {
				vd_bdd *slot = &slots[(which ? SLOT_BY_B : SLOT_BY_A) + b];
				*slot = vd_bdd_or(bdds, *slot, wins[i]);
			}
	free(wins);
	return r;
}

/* One diagram of all slots, outside of the set one leaf. */
static vd_bdd join(struct vd_map *map, vd_bdd *slots)
{
	struct vd_bdds *bdds = map->q.bdds;

	for (unsigned i = 0; i < SLOTS; i++)
		slots[i] = vd_bdd_and(bdds, map->q.set, slots[i]);
	for (unsigned level = 0, n = SLOTS / 2; level < SELECTORS; level++, n /= 2) {
		vd_bdd selector = vd_bdd_var(bdds, VD_VARIABLES + SELECTORS - 1 - level);
		for (unsigned i = 0; i < n; i++)
			slots[i] = vd_bdd_ite(bdds, selector, slots[2 * i + 1], slots[2 * i]);
	}
	return slots[0];
}

static bool leaf_bit(const struct vd_map *map, vd_bdd leaf, unsigned slot)
{
	uint8_t bits[VD_VARIABLES + SELECTORS] = { 0 };

	for (unsigned level = 0; level < SELECTORS; level++)
		bits[VD_VARIABLES + SELECTORS - 1 - level] = slot >> level & 1;
	return vd_bdd_eval(map->q.bdds, leaf, bits);
}

static uint32_t leaf_bits(const struct vd_map *map, vd_bdd leaf, unsigned slot, unsigned n)
{
	uint32_t r = 0;

	for (unsigned i = 0; i < n; i++)
		r |= (uint32_t)leaf_bit(map, leaf, slot + i) << i;
	return r;
}

/* ------------------------------------------------------------------ */
/* Classes                                                            */

/* The values of a word, in order, that lead to one diagram each. */
struct blocks {
	struct block {
		struct vd_range range;
		vd_bdd f;
	} * items;
	size_t n, cap;
	int error;
};

static void add_block(struct blocks *blocks, uint64_t first, uint64_t last, vd_bdd f)
{
	struct block *before = blocks->n ? &blocks->items[blocks->n - 1] : NULL;

	if (before && before->f == f && before->range.last + 1 == first) {
		before->range.last = last;
		return;
	}
	if (blocks->n == blocks->cap) {
		size_t cap = blocks->cap ? 2 * blocks->cap : 64;
		struct block *items = cap <= BLOCKS_MAX ? realloc(blocks->items, cap * sizeof(*items)) : NULL;
		if (!items) {
			blocks->error = cap <= BLOCKS_MAX ? -ENOMEM : -E2BIG;
			return;
		}
		blocks->items = items;
		blocks->cap = cap;
	}
	blocks->items[blocks->n++] = (struct block){ { first, last }, f };
}

/* The values that begin with the bits above `left`; variable base is the word's highest bit. */
static void spread(const struct vd_map *map, vd_bdd f, unsigned base, unsigned left, uint64_t value,
		   struct blocks *blocks)
{
	unsigned top = vd_bdd_top(map->q.bdds, f), var = base + 32 - left;

	if (blocks->error)
		return;
	if (top >= base + 32) {
		add_block(blocks, value, value + ((uint64_t)1 << left) - 1, f);
		return;
	}
	bool tested = top == var;
	spread(map, tested ? vd_bdd_low(map->q.bdds, f) : f, base, left - 1, value, blocks);
	spread(map, tested ? vd_bdd_high(map->q.bdds, f) : f, base, left - 1,
	       value | (uint64_t)1 << (left - 1), blocks);
}

/* All ranges that lead to the block's diagram; *ret_n 0: no memory. */
static struct vd_range *ranges_to(const struct blocks *blocks, vd_bdd f, size_t first, size_t *ret_n)
{
	struct vd_range *ranges;
	size_t n = 0;

	for (size_t i = first; i < blocks->n; i++)
		n += blocks->items[i].f == f;
	ranges = malloc(n * sizeof(*ranges));
	*ret_n = ranges ? n : 0;
	n = 0;
	for (size_t i = first; ranges && i < blocks->n; i++)
		if (blocks->items[i].f == f)
			ranges[n++] = blocks->items[i].range;
	return ranges;
}

/* *ret_empty: no record of the set is in the class. */
static int add_leaves(struct vd_map *map, struct class *class, bool *ret_empty)
{
	vd_bdd leaves[OUTCOMES_MAX];
	size_t all = vd_bdd_leaves(map->q.bdds, class->f, VD_VARIABLES, leaves, OUTCOMES_MAX);

	if (all > OUTCOMES_MAX)
		return 0;
	for (size_t i = 0; i < all; i++)
		if (leaf_bit(map, leaves[i], SLOT_IN))
			leaves[class->n++] = leaves[i];
	*ret_empty = !class->n;
	if (!class->n)
		return 0;
	class->leaves = malloc(class->n * sizeof(*class->leaves));
	if (!class->leaves)
		return -ENOMEM;
	memcpy(class->leaves, leaves, class->n * sizeof(*class->leaves));
	return 0;
}

static int add_class(struct vd_map *map, struct class *class)
{
	bool empty = false;
	int r = add_leaves(map, class, &empty);

	if (r == 0 && !empty && map->n == map->cap) {
		size_t cap = map->cap ? 2 * map->cap : 64;
		struct class *classes = realloc(map->classes, cap * sizeof(*classes));
		if (classes) {
			map->classes = classes;
			map->cap = cap;
		} else {
			r = -ENOMEM;
		}
	}
	if (r < 0 || empty) {
		free(class->nr);
		free(class->leaves);
		return r;
	}
	map->classes[map->n++] = *class;
	return 0;
}

/* Calls fn once for each diagram that the blocks lead to, in the order of their first values. */
static int each_diagram(struct vd_map *map, const struct blocks *blocks,
			int (*fn)(struct vd_map *, const struct blocks *, size_t, void *), void *userdata)
{
	struct vd_memo seen = { 0 };
	int r = blocks->error;
	uint32_t known;

	for (size_t i = 0; r == 0 && i < blocks->n; i++) {
		if (vd_memo_get(&seen, blocks->items[i].f, &known))
			continue;
		r = vd_memo_put(&seen, blocks->items[i].f, 0);
		if (r == 0)
			r = fn(map, blocks, i, userdata);
	}
	vd_memo_done(&seen);
	return r;
}

/* A field that the set gives one value has no variables. */
static void narrow(const struct vd_map *map, unsigned field, struct vd_range *ranges, size_t *n)
{
	if (map->q.fields[field].single) {
		ranges[0].first = ranges[0].last = map->q.fields[field].value;
		*n = 1;
	}
}

static int take_numbers(struct vd_map *map, const struct blocks *blocks, size_t i, void *userdata)
{
	const struct class *group = userdata;
	struct class class = { .arch = group->arch, .n_arch = group->n_arch, .f = blocks->items[i].f };

	class.nr = ranges_to(blocks, class.f, i, &class.n_nr);
	if (!class.nr)
		return -ENOMEM;
	narrow(map, 0, class.nr, &class.n_nr);
	return add_class(map, &class);
}

/* Numbers that differ in more ways than a table has lines: conditions speak of them. */
static int take_mixed(struct vd_map *map, const struct class *group)
{
	struct class class = *group;

	class.mixed = true;
	class.nr = malloc(sizeof(*class.nr));
	if (!class.nr)
		return -ENOMEM;
	class.nr[0] = (struct vd_range){ 0, UINT32_MAX };
	class.n_nr = 1;
	narrow(map, 0, class.nr, &class.n_nr);
	return add_class(map, &class);
}

/* One arch group's numbers. */
static int take_group(struct vd_map *map, struct class *group)
{
	struct blocks numbers = { .n = 0 };

	spread(map, group->f, 32, 32, 0, &numbers);
	int r = numbers.error == -E2BIG ? take_mixed(map, group)
					: each_diagram(map, &numbers, take_numbers, group);
	free(numbers.items);
	return r;
}

static struct vd_range *keep_archs(struct vd_map *map, struct vd_range *ranges)
{
	struct vd_range **archs = ranges ? realloc(map->archs, (map->n_archs + 1) * sizeof(*archs)) : NULL;

	if (!archs) {
		free(ranges);
		return NULL;
	}
	map->archs = archs;
	archs[map->n_archs++] = ranges;
	return ranges;
}

static int take_archs(struct vd_map *map, const struct blocks *blocks, size_t i, void *userdata)
{
	struct class group = { .f = blocks->items[i].f };

	(void)userdata;
	group.arch = keep_archs(map, ranges_to(blocks, group.f, i, &group.n_arch));
	if (!group.arch)
		return -ENOMEM;
	narrow(map, 1, group.arch, &group.n_arch);
	return take_group(map, &group);
}

/* Archs that differ in more ways than a table has lines. */
static int take_all(struct vd_map *map, vd_bdd f)
{
	struct vd_range *all = malloc(sizeof(*all));
	struct class group = { .f = f, .n_arch = 1 };

	if (all)
		*all = (struct vd_range){ 0, UINT32_MAX };
	group.arch = keep_archs(map, all);
	return group.arch ? take_mixed(map, &group) : -ENOMEM;
}

static int classify(struct vd_map *map, vd_bdd f)
{
	struct blocks archs = { .n = 0 };

	if (vd_bdd_spent(map->q.bdds))
		return -E2BIG;
	spread(map, f, 0, 32, 0, &archs);
	int r = archs.error == -E2BIG ? take_all(map, f) : each_diagram(map, &archs, take_archs, NULL);
	free(archs.items);
	return r;
}

/* ------------------------------------------------------------------ */

void vd_map_free(struct vd_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->n; i++) {
		free(map->classes[i].nr);
		free(map->classes[i].leaves);
	}
	for (size_t i = 0; i < map->n_archs; i++)
		free(map->archs[i]);
	free(map->archs);
	free(map->classes);
	vd_question_done(&map->q);
	free(map);
}

int vd_map_new(const struct vd_stack *a, const struct vd_stack *b, const struct vd_set *set, unsigned flags,
	       const struct vd_budget *budget, struct vd_map **ret_map)
{
	vd_bdd slots[SLOTS];
	struct vd_map *map;
	int r;

	if (b && vd_stack_big_endian(a) != vd_stack_big_endian(b))
		return -EINVAL;
	map = calloc(1, sizeof(*map));
	if (!map)
		return -ENOMEM;
	r = vd_question_init(&map->q, a, b, set, budget, true);
	if (r < 0) {
		free(map);
		return r;
	}
	map->stacks[0] = a;
	map->stacks[1] = b;
	map->flags = flags;
	for (unsigned i = 0; i < SLOTS; i++)
		slots[i] = BDD_FALSE;
	slots[SLOT_IN] = BDD_TRUE;
	r = symbolic(map, 0, slots);
	if (r == 0 && b)
		r = symbolic(map, 1, slots);
	if (r == 0)
		r = classify(map, join(map, slots));
	if (r < 0)
		vd_map_free(map);
	else
		*ret_map = map;
	return r;
}

size_t vd_map_nodes(const struct vd_map *map)
{
	return vd_bdd_nodes(map->q.bdds);
}

size_t vd_map_classes(const struct vd_map *map)
{
	return map->n;
}

void vd_map_class(const struct vd_map *map, size_t i, struct vd_class *ret_class)
{
	const struct class *class = &map->classes[i];

	*ret_class = (struct vd_class){ .arch = { class->arch, class->n_arch },
					.nr = { class->nr, class->n_nr },
					.outcomes = class->n,
					.mixed = class->mixed };
}

void vd_map_outcome(const struct vd_map *map, size_t i, size_t j, struct vd_outcome *ret_outcome)
{
	vd_bdd leaf = map->classes[i].leaves[j];
	bool by = map->flags & VD_MAP_BY;

	*ret_outcome = (struct vd_outcome){
		{ leaf_bits(map, leaf, SLOT_A, 32), leaf_bits(map, leaf, SLOT_B, 32) }, { -1, -1 }
	};
	if (by) {
		ret_outcome->filter[0] = (int)leaf_bits(map, leaf, SLOT_BY_A, BY_BITS) - 1;
		ret_outcome->filter[1] = (int)leaf_bits(map, leaf, SLOT_BY_B, BY_BITS) - 1;
	}
}

/* What reading the table may cost each time. */
#define READ_NODES 1000000u
#define READ_MS 2000u

/* The records of a class that have an outcome, whatever arch and nr. */
static vd_bdd condition(struct vd_map *map, size_t i, size_t j)
{
	vd_bdds_extend(map->q.bdds, READ_NODES, READ_MS);
	return vd_bdd_leads_to(map->q.bdds, map->classes[i].f, VD_VARIABLES, map->classes[i].leaves[j]);
}

static vd_bdd is_call(struct vd_map *map, uint32_t arch, uint32_t nr)
{
	struct vd_vec a = vd_vec_const(arch), n = vd_vec_const(nr);

	return vd_bdd_and(map->q.bdds, vd_vec_equal(map->q.bdds, &map->q.words.word[1], &a),
			  vd_vec_equal(map->q.bdds, &map->q.words.word[0], &n));
}

static bool confirms(const struct vd_map *map, const struct seccomp_data *data,
		     const struct vd_outcome *outcome)
{
	for (unsigned which = 0; which < 2 && map->stacks[which]; which++) {
		struct vd_verdict verdict = vd_stack_run(map->stacks[which], data);
		uint32_t ret = map->flags & VD_MAP_RAW ? verdict.ret : vd_effective(verdict.ret);
		if (ret != outcome->ret[which])
			return false;
		if (map->flags & VD_MAP_BY && verdict.filter != outcome->filter[which])
			return false;
	}
	return true;
}

int vd_map_record(struct vd_map *map, size_t i, size_t j, uint32_t arch, uint32_t nr,
		  struct vd_witness *ret_witness)
{
	struct vd_witness witness = { .nodes = 0 };
	struct vd_outcome outcome;
	vd_bdd found = condition(map, i, j);

	if (map->classes[i].mixed)
		found = vd_bdd_and(map->q.bdds, found, is_call(map, arch, nr));
	if (vd_bdd_spent(map->q.bdds))
		return -E2BIG;
	if (found == BDD_FALSE)
		return -ENOENT;
	vd_question_record(&map->q, found, &witness);
	witness.data.arch = arch;
	witness.data.nr = (int)nr;
	witness.free &= (uint16_t)~3u;
	witness.nodes = vd_bdd_nodes(map->q.bdds);
	vd_map_outcome(map, i, j, &outcome);
	if (!confirms(map, &witness.data, &outcome))
		return -EIO;
	*ret_witness = witness;
	return 0;
}

bool vd_map_when(struct vd_map *map, size_t i, size_t j, char *buf, size_t size)
{
	return vd_when(map->q.bdds, &map->q.order, condition(map, i, j), buf, size);
}
