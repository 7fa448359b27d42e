/* SPDX-License-Identifier: MIT */
/* Classes of the table as people speak of them: by ABI, with names. */
#include "loader/diff/diff.h"
#include "loader/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WHEN_MAX 400 /* longer conditions are abridged */

const char *diff_sense_name(enum diff_sense sense)
{
	static const char *const names[] = { "weaker", "stronger", "other" };

	return names[sense];
}

/* Lower is stronger: the kernel compares the upper halves as signed numbers. */
static int32_t rank(uint32_t ret)
{
	return (int32_t)(vd_effective(ret) & 0xffff0000u);
}

enum diff_sense diff_sense_of(const uint32_t ret[2])
{
	int32_t old = rank(ret[0]), new = rank(ret[1]);

	return new > old ? DIFF_WEAKER : new < old ? DIFF_STRONGER : DIFF_OTHER;
}

static void add_change(struct diff *diff, const struct diff_change *change)
{
	diff->differ = true;
	if (!diff->only[change->sense]) {
		diff->left_out++;
		return;
	}
	diff->changes = arena_grow(&diff->arena, diff->changes, diff->n, &diff->cap, sizeof(*diff->changes));
	diff->changes[diff->n++] = *change;
}

/* The class's numbers that are the ABI's. False: none. */
static bool numbers_of(struct diff *diff, const struct vd_ranges *nr, int abi, struct diff_change *change)
{
	struct table_numbers numbers;
	bool any = table_numbers(&diff->arena, abi, nr, &numbers);

	change->calls = numbers.calls;
	change->n_calls = numbers.n_calls;
	change->numbers = numbers.unnamed.ranges;
	change->n_numbers = numbers.unnamed.n;
	change->every = numbers.every;
	return any;
}

/* ------------------------------------------------------------------ */
/* Changes                                                            */

/* One for each call, and one for the other numbers. 0 or -errno. */
static int find_records(struct diff *diff, struct vd_map *map, size_t i, size_t j, uint32_t arch,
			struct diff_change *change)
{
	int r = 0;

	change->n_records = change->n_calls + (change->n_numbers > 0);
	change->records = arena_alloc(&diff->arena, change->n_records * sizeof(*change->records));
	for (size_t k = 0; r == 0 && k < change->n_records; k++) {
		uint32_t nr = k < change->n_calls ? change->calls[k] : (uint32_t)change->numbers[0].first;
		struct vd_witness witness;
		r = vd_map_record(map, i, j, arch, nr, &witness);
		if (r == 0)
			change->records[k] = witness.data;
	}
	return r;
}

static int add_abis(struct diff *diff, struct vd_map *map, size_t i, size_t j, const struct vd_class *class,
		    struct diff_change *change)
{
	uint32_t arch = (uint32_t) class->arch.ranges[0].first;
	bool known = false;
	int r = 0;

	for (int abi = 0; r == 0 && abi < VD_ABI_COUNT; abi++) {
		if (vd_abi_info(abi)->audit_arch != arch)
			continue;
		known = true;
		change->abi = abi;
		if (!numbers_of(diff, &class->nr, abi, change))
			continue;
		r = find_records(diff, map, i, j, arch, change);
		if (r == 0)
			add_change(diff, change);
	}
	return r < 0 ? r : known;
}

int diff_split(struct diff *diff, struct vd_map *map, size_t i, size_t j)
{
	struct diff_change change = { .abi = VD_ABI_NONE };
	struct vd_outcome outcome;
	struct vd_class class;
	char when[WHEN_MAX];
	int r;

	vd_map_class(map, i, &class);
	vd_map_outcome(map, i, j, &outcome);
	memcpy(change.ret, outcome.ret, sizeof(change.ret));
	change.sense = diff_sense_of(change.ret);
	change.exact = true;
	if (diff->only[change.sense])
		change.exact = vd_map_when(map, i, j, when, sizeof(when));
	if (diff->only[change.sense] && strcmp(when, "1"))
		change.when = arena_text(&diff->arena, when, strlen(when));
	if (table_count(&class.arch) == 1) {
		r = add_abis(diff, map, i, j, &class, &change);
		if (r)
			return r < 0 ? r : 0;
	}
	change.archs = table_copy(&diff->arena, &class.arch).ranges;
	change.n_archs = class.arch.n;
	change.numbers = table_copy(&diff->arena, &class.nr).ranges;
	change.n_numbers = class.nr.n;
	change.every = table_count(&class.nr) == (uint64_t)UINT32_MAX + 1;
	r = find_records(diff, map, i, j, (uint32_t) class.arch.ranges[0].first, &change);
	if (r == 0)
		add_change(diff, &change);
	return r;
}

void diff_add_record(struct diff *diff, const struct seccomp_data *data)
{
	struct vd_range *arch = arena_alloc(&diff->arena, sizeof(*arch)),
			*nr = arena_alloc(&diff->arena, sizeof(*nr));
	struct diff_change change = { .abi = vd_abi_of(data->arch, (uint32_t)data->nr),
				      .archs = arch,
				      .n_archs = 1,
				      .numbers = nr,
				      .n_numbers = 1,
				      .when = "…",
				      .n_records = 1 };

	*arch = (struct vd_range){ data->arch, data->arch };
	*nr = (struct vd_range){ (uint32_t)data->nr, (uint32_t)data->nr };
	if (change.abi != VD_ABI_NONE)
		(void)numbers_of(diff, &(struct vd_ranges){ nr, 1 }, change.abi, &change);
	change.records = arena_copy(&diff->arena, data, sizeof(*data));
	for (unsigned i = 0; i < 2; i++) {
		uint32_t ret = vd_stack_run(diff->stacks[i]->stack, data).ret;
		change.ret[i] = diff->raw ? ret : vd_effective(ret);
	}
	change.sense = diff_sense_of(change.ret);
	add_change(diff, &change);
}

/* ------------------------------------------------------------------ */
/* Order                                                              */

static uint64_t first_number(const struct diff_change *change)
{
	uint64_t call = change->n_calls ? change->calls[0] : UINT64_MAX;
	uint64_t number = change->n_numbers ? change->numbers[0].first : UINT64_MAX;

	return call < number ? call : number;
}

static int by_place(const void *pa, const void *pb)
{
	const struct diff_change *a = pa, *b = pb;
	unsigned place_a = (unsigned)a->abi, place_b = (unsigned)b->abi; /* VD_ABI_NONE is last */
	uint64_t na = first_number(a), nb = first_number(b);

	if (place_a != place_b)
		return place_a < place_b ? -1 : 1;
	if (a->sense != b->sense)
		return a->sense < b->sense ? -1 : 1;
	return na < nb ? -1 : na > nb;
}

static bool same_ranges(const struct vd_range *a, size_t na, const struct vd_range *b, size_t nb)
{
	return na == nb && !memcmp(a, b, na * sizeof(*a));
}

static bool same_but_archs(const struct diff_change *a, const struct diff_change *b)
{
	return a->abi == VD_ABI_NONE && b->abi == VD_ABI_NONE && a->exact && b->exact &&
	       a->ret[0] == b->ret[0] && a->ret[1] == b->ret[1] && !a->when == !b->when &&
	       (!a->when || !strcmp(a->when, b->when)) &&
	       same_ranges(a->numbers, a->n_numbers, b->numbers, b->n_numbers);
}

static int by_first(const void *pa, const void *pb)
{
	const struct vd_range *a = pa, *b = pb;

	return a->first < b->first ? -1 : a->first > b->first;
}

/* The archs of both. */
static void join_archs(struct diff *diff, struct diff_change *to, const struct diff_change *from)
{
	size_t n = to->n_archs + from->n_archs, kept = 0;
	struct vd_range *all = arena_alloc(&diff->arena, n * sizeof(*all));

	memcpy(all, to->archs, to->n_archs * sizeof(*all));
	memcpy(all + to->n_archs, from->archs, from->n_archs * sizeof(*all));
	qsort(all, n, sizeof(*all), by_first);
	for (size_t i = 1; i < n; i++) {
		if (all[kept].last + 1 == all[i].first)
			all[kept].last = all[i].last;
		else
			all[++kept] = all[i];
	}
	to->archs = all;
	to->n_archs = kept + 1;
}

void diff_order(struct diff *diff)
{
	size_t n = 0;

	for (size_t i = 0; i < diff->n; i++) {
		size_t j = 0;
		while (j < n && !same_but_archs(&diff->changes[j], &diff->changes[i]))
			j++;
		if (j < n)
			join_archs(diff, &diff->changes[j], &diff->changes[i]);
		else
			diff->changes[n++] = diff->changes[i];
	}
	diff->n = n;
	if (n)
		qsort(diff->changes, n, sizeof(*diff->changes), by_place);
}
