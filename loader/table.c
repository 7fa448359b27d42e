/* SPDX-License-Identifier: MIT */
#include "loader/table.h"

#include <linux/audit.h>
#include <string.h>

struct vd_ranges table_archs(bool big_endian)
{
	static const struct vd_range orders[2][2] = {
		{ { __AUDIT_ARCH_LE, 2u * __AUDIT_ARCH_LE - 1 }, { 3u * __AUDIT_ARCH_LE, UINT32_MAX } },
		{ { 0, __AUDIT_ARCH_LE - 1 }, { 2u * __AUDIT_ARCH_LE, 3u * __AUDIT_ARCH_LE - 1 } },
	};

	return (struct vd_ranges){ orders[big_endian], 2 };
}

size_t table_space(int abi, struct vd_range *ret_space)
{
	ret_space[0] = (struct vd_range){ 0, UINT32_MAX };
	if (abi == VD_ABI_X32)
		ret_space[0] = (struct vd_range){ X32_FIRST, X32_END - 1 };
	if (abi != VD_ABI_X86_64)
		return 1;
	ret_space[0].last = X32_FIRST - 1;
	ret_space[1] = (struct vd_range){ X32_END, UINT32_MAX };
	return 2;
}

uint64_t table_count(const struct vd_ranges *ranges)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ranges->n; i++)
		sum += ranges->ranges[i].last - ranges->ranges[i].first + 1;
	return sum;
}

bool table_has(const struct vd_ranges *ranges, uint64_t value)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (value >= ranges->ranges[i].first && value <= ranges->ranges[i].last)
			return true;
	return false;
}

struct vd_ranges table_copy(struct arena *arena, const struct vd_ranges *ranges)
{
	return (struct vd_ranges){ arena_copy(arena, ranges->ranges, ranges->n * sizeof(*ranges->ranges)),
				   ranges->n };
}

bool table_equal(const struct vd_ranges *a, const struct vd_ranges *b)
{
	return a->n == b->n && !memcmp(a->ranges, b->ranges, a->n * sizeof(*a->ranges));
}

/* ------------------------------------------------------------------ */

struct sorter {
	struct arena *arena;
	int abi;
	uint32_t *calls;
	size_t n_calls;
	struct vd_range *unnamed;
	size_t n_unnamed, cap;
};

static void add_unnamed(struct sorter *sorter, uint64_t first, uint64_t last)
{
	if (sorter->n_unnamed && sorter->unnamed[sorter->n_unnamed - 1].last + 1 == first) {
		sorter->unnamed[sorter->n_unnamed - 1].last = last;
		return;
	}
	sorter->unnamed = arena_grow(sorter->arena, sorter->unnamed, sorter->n_unnamed, &sorter->cap,
				     sizeof(*sorter->unnamed));
	sorter->unnamed[sorter->n_unnamed++] = (struct vd_range){ first, last };
}

/* The ABI's first call from nr on. */
static size_t first_call(int abi, uint64_t nr)
{
	size_t low = 0, high = vd_abi_syscalls(abi);

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (vd_abi_syscall_at(abi, middle) < nr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void sort_out(struct sorter *sorter, struct vd_range range)
{
	size_t n = sorter->abi == VD_ABI_NONE ? 0 : vd_abi_syscalls(sorter->abi);
	uint64_t from = range.first;

	for (size_t i = n ? first_call(sorter->abi, from) : 0; i < n; i++) {
		uint32_t nr = vd_abi_syscall_at(sorter->abi, i);
		if (nr > range.last)
			break;
		sorter->calls[sorter->n_calls++] = nr;
		if (nr > from)
			add_unnamed(sorter, from, (uint64_t)nr - 1);
		from = (uint64_t)nr + 1;
	}
	if (from <= range.last)
		add_unnamed(sorter, from, range.last);
}

bool table_numbers(struct arena *arena, int abi, const struct vd_ranges *nr,
		   struct table_numbers *ret_numbers)
{
	struct sorter sorter = { .arena = arena, .abi = abi };
	struct vd_range space[2];
	size_t n_space = table_space(abi, space);

	if (abi != VD_ABI_NONE)
		sorter.calls = arena_alloc(arena, vd_abi_syscalls(abi) * sizeof(*sorter.calls) + 1);
	for (size_t i = 0; i < nr->n; i++)
		for (size_t j = 0; j < n_space; j++) {
			struct vd_range both = nr->ranges[i];
			if (both.first < space[j].first)
				both.first = space[j].first;
			if (both.last > space[j].last)
				both.last = space[j].last;
			if (both.first <= both.last)
				sort_out(&sorter, both);
		}
	*ret_numbers = (struct table_numbers){ .calls = sorter.calls,
					       .n_calls = sorter.n_calls,
					       .unnamed = { sorter.unnamed, sorter.n_unnamed } };
	ret_numbers->every = table_count(&ret_numbers->unnamed) + sorter.n_calls ==
			     table_count(&(struct vd_ranges){ space, n_space });
	return sorter.n_calls || sorter.n_unnamed;
}
