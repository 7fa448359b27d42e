/* SPDX-License-Identifier: MIT */
#include "fuzz/search/calls.h"
#include "loader/lint/doors.h"

#include <string.h>

#define X32_BIT 0x40000000u
#define HOT_MAX 8192
#define ARCHS_MAX 64

static bool in_box(const struct box *box, uint32_t arch, uint32_t nr)
{
	return set_contains(box->nr, nr) && set_contains(box->arch, arch);
}

static void add(struct calls *calls, const struct box *box, uint32_t arch, uint32_t nr, struct arena *arena)
{
	if (calls->n == HOT_MAX || !in_box(box, arch, nr))
		return;
	calls->hot = arena_grow(arena, calls->hot, calls->n, &calls->cap, sizeof(*calls->hot));
	calls->hot[calls->n++] = (uint64_t)arch << 32 | nr;
}

/* A call by name, on each of the given ABIs that has it. */
static void add_named(struct calls *calls, const struct box *box, const char *name,
		      const struct word_list *archs, struct arena *arena)
{
	static const int x32 = VD_ABI_X32;
	uint32_t nr;

	for (size_t i = 0; i < archs->n; i++) {
		int abi = vd_abi_of(archs->items[i], 0);
		if (abi != VD_ABI_NONE && vd_syscall_number(abi, name, strlen(name), &nr) == 0)
			add(calls, box, archs->items[i], nr, arena);
		if (abi == VD_ABI_X86_64 && vd_syscall_number(x32, name, strlen(name), &nr) == 0)
			add(calls, box, archs->items[i], nr, arena);
	}
}

/* Other ways to do what a call does. */
static void add_doors(struct calls *calls, const struct box *box, const char *name,
		      const struct word_list *archs, struct arena *arena)
{
	for (unsigned i = 0; i < lint_doors_count; i++) {
		const struct doors *doors = &lint_doors[i];
		for (size_t j = 0; !strcmp(doors->name, name) && j < DOORS_MAX && doors->others[j].name; j++)
			add_named(calls, box, doors->others[j].name, archs, arena);
	}
}

/* A number that a program compares with, under each arch that it may be meant for. */
static void add_number(struct calls *calls, const struct box *box, uint32_t nr, const struct word_list *archs,
		       struct arena *arena)
{
	for (size_t i = 0; i < archs->n; i++) {
		uint32_t arch = archs->items[i];
		int abi = vd_abi_of(arch, nr);
		const char *name = abi == VD_ABI_NONE ? NULL : vd_syscall_name(abi, nr);
		add(calls, box, arch, nr, arena);
		add(calls, box, arch, nr ^ X32_BIT, arena);
		if (!name)
			continue;
		add_named(calls, box, name, archs, arena);
		add_doors(calls, box, name, archs, arena);
	}
}

/* Archs that programs compare with, and those of this kernel. */
static struct word_list hot_archs(const struct samples *own, const struct samples *more, struct arena *arena)
{
	const struct samples *both[] = { own, more };
	struct word_list archs = { 0 };

	for (int i = 0; i < 2; i++)
		for (size_t j = 0; both[i] && j < both[i]->words[WORD_ARCH].n && archs.n < ARCHS_MAX; j++) {
			archs.items = arena_grow(arena, archs.items, archs.n, &archs.cap,
						 sizeof(*archs.items));
			archs.items[archs.n++] = both[i]->words[WORD_ARCH].items[j];
		}
	for (int abi = VD_ABI_X86_64; abi <= VD_ABI_I386; abi++) {
		archs.items = arena_grow(arena, archs.items, archs.n, &archs.cap, sizeof(*archs.items));
		archs.items[archs.n++] = vd_abi_info(abi)->audit_arch;
	}
	return archs;
}

void calls_init(struct calls *calls, const struct box *box, const struct samples *own,
		const struct samples *more, struct arena *arena)
{
	struct word_list archs = hot_archs(own, more, arena);
	const struct samples *both[] = { own, more };

	*calls = (struct calls){ 0 };
	calls->numbers = samples_pick(more, own, WORD_NR, box->nr, box->abi, 2048, arena);
	calls->archs = samples_pick(more, own, WORD_ARCH, box->arch, box->abi, 2048, arena);
	for (int i = 0; i < 2; i++)
		for (size_t j = 0; both[i] && j < both[i]->words[WORD_NR].n; j++)
			add_number(calls, box, both[i]->words[WORD_NR].items[j], &archs, arena);
	for (size_t i = 0; i < calls->numbers.n; i++)
		for (size_t j = 0; calls->archs.n <= 2 && j < calls->archs.n; j++)
			add(calls, box, calls->archs.items[j], calls->numbers.items[i], arena);
}

uint64_t calls_draw(const struct calls *calls, const struct box *box, struct vd_random *random)
{
	if (calls->n && vd_random_below(random, 4))
		return calls->hot[vd_random_below(random, (uint32_t)calls->n)];
	for (int tries = 0; tries < 64 && calls->numbers.n && calls->archs.n; tries++) {
		uint32_t nr = calls->numbers.items[vd_random_below(random, (uint32_t)calls->numbers.n)];
		uint32_t arch = calls->archs.items[vd_random_below(random, (uint32_t)calls->archs.n)];
		if (in_box(box, arch, nr))
			return (uint64_t)arch << 32 | nr;
	}
	return calls->n ? calls->hot[0] : (uint64_t)box->arch->items[0].lo << 32 | box->nr->items[0].lo;
}
