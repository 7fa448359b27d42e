/* SPDX-License-Identifier: MIT */
#include "loader/show/show.h"

#include "vm/action.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

bool abi_has_number(int abi, uint32_t nr)
{
	bool x32 = nr >= X32_FIRST && nr < X32_END;

	return abi == VD_ABI_X32 ? x32 : abi != VD_ABI_X86_64 || !x32;
}

/* first: a number with the answer, for a new group. */
static struct group *group_of(struct show *show, struct section *section, size_t answer, uint32_t first)
{
	for (size_t i = 0; i < section->n; i++)
		if (section->groups[i].answer == answer)
			return &section->groups[i];
	section->groups = arena_grow(&show->arena, section->groups, section->n, &section->cap,
				     sizeof(*section->groups));
	section->groups[section->n] = (struct group){ .answer = answer, .first = first };
	return &section->groups[section->n++];
}

static void add_name(struct show *show, struct section *section, uint32_t nr)
{
	struct group *group = group_of(show, section, show_answer(show, section->arch, nr), nr);

	group->names = arena_grow(&show->arena, group->names, group->n_names, &group->names_cap,
				  sizeof(*group->names));
	group->names[group->n_names++] = vd_syscall_name(section->abi, nr);
}

/* x86_64's numbers go on behind x32's. */
static bool adjoin(int abi, uint32_t last, uint32_t first)
{
	return last + 1 == first || (abi == VD_ABI_X86_64 && last == X32_FIRST - 1 && first == X32_END);
}

static void add_unnamed(struct show *show, struct section *section, size_t answer, uint32_t first,
			uint32_t last)
{
	struct group *group = group_of(show, section, answer, first);
	struct interval *before = group->n_unnamed ? &group->unnamed[group->n_unnamed - 1] : NULL;

	if (before && adjoin(section->abi, before->last, first)) {
		before->last = last;
		return;
	}
	group->unnamed = arena_grow(&show->arena, group->unnamed, group->n_unnamed, &group->unnamed_cap,
				    sizeof(*group->unnamed));
	group->unnamed[group->n_unnamed++] = (struct interval){ first, last };
}

/* The ABI's part of one class: its names, and what lies between them. */
static void add_class(struct show *show, struct section *section, const struct show_class *class, size_t *at)
{
	size_t n = section->abi == VD_ABI_NONE ? 0 : vd_abi_syscalls(section->abi);
	uint64_t next = class->nr.first;

	if (!abi_has_number(section->abi, class->nr.first))
		return;
	for (; *at < n && vd_abi_syscall_at(section->abi, *at) <= class->nr.last; ++*at) {
		uint32_t nr = vd_abi_syscall_at(section->abi, *at);

		if (nr > next)
			add_unnamed(show, section, class->answer, (uint32_t)next, nr - 1);
		add_name(show, section, nr);
		next = (uint64_t)nr + 1;
	}
	if (next <= class->nr.last)
		add_unnamed(show, section, class->answer, (uint32_t)next, class->nr.last);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_rank(uint32_t a, uint32_t b)
{
	int32_t x = vd_action_rank(a), y = vd_action_rank(b);

	if (x != y)
		return x < y ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int by_verdict(const void *a, const void *b, void *data)
{
	const struct show *show = data;
	const struct group *x = a, *y = b;
	const struct answer *p = &show->answers[x->answer], *q = &show->answers[y->answer];
	int order;

	if (x->is_default != y->is_default)
		return x->is_default ? -1 : 1;
	if ((p->n == 1) != (q->n == 1))
		return p->n == 1 ? -1 : 1;
	order = p->n == 1 ? by_rank(p->outcomes->ret, q->outcomes->ret) : 0;
	if (order)
		return order;
	return x->answer < y->answer ? -1 : x->answer > y->answer;
}

static void fill(struct show *show, struct section *section)
{
	const struct show_arch *arch = section->arch;
	size_t n = section->abi == VD_ABI_NONE ? 0 : vd_abi_syscalls(section->abi);
	size_t at = 0, answer;

	for (size_t i = 0; i < arch->n; i++)
		add_class(show, section, &arch->classes[i], &at);
	for (; at < n; at++)
		if (arch->left && vd_abi_syscall_at(section->abi, at) >= arch->left)
			add_name(show, section, vd_abi_syscall_at(section->abi, at));
	answer = show_answer(show, section->arch,
			     X32_FIRST - 1 + (section->abi == VD_ABI_X32 ? X32_FIRST : 0));
	for (size_t i = 0; i < section->n; i++) {
		struct group *group = &section->groups[i];

		if (group->names)
			qsort(group->names, group->n_names, sizeof(*group->names), by_name);
		group->is_default = group->answer == answer;
	}
	qsort_r(section->groups, section->n, sizeof(*section->groups), by_verdict, show);
}

static struct section *add_section(struct show *show, struct sections *sections, int abi,
				   struct show_arch *arch)
{
	sections->items = arena_grow(&show->arena, sections->items, sections->n, &sections->cap,
				     sizeof(*sections->items));
	struct section *section = &sections->items[sections->n++];
	*section = (struct section){ .abi = abi, .arch = arch, .words = &arch->words, .n_words = 1 };
	return section;
}

void section_of_abi(struct show *show, int abi, struct sections *sections)
{
	uint32_t word = vd_abi_info(abi)->audit_arch;

	for (size_t i = 0; i < show->n_archs; i++) {
		struct show_arch *arch = &show->archs[i];

		if (word >= arch->words.first && word <= arch->words.last)
			fill(show, add_section(show, sections, abi, arch));
	}
}

static bool archs_equal(const struct show_arch *a, const struct show_arch *b)
{
	if (a->n != b->n || a->left != b->left)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->classes[i].answer != b->classes[i].answer ||
		    a->classes[i].nr.first != b->classes[i].nr.first)
			return false;
	return true;
}

/* A word of its own that some ABI has. */
static bool has_abi(const struct show_arch *arch)
{
	return arch->words.first == arch->words.last && vd_abi_of(arch->arch, 0) != VD_ABI_NONE;
}

enum { BIG = 1, LITTLE = 2 };

/* The byte orders of a section's archs, single words left out. */
static unsigned orders(const struct section *section)
{
	unsigned set = 0;

	for (size_t i = 0; i < section->n_words; i++)
		if (section->words[i].first != section->words[i].last)
			set |= section->words[i].first & __AUDIT_ARCH_LE ? LITTLE : BIG;
	return set;
}

/* Which of the sections from first on is about all archs of a byte order that no other one is about. */
static void find_rest(struct sections *sections, size_t first)
{
	static const char *const names[] = {
		[BIG] = "every other big-endian arch",
		[LITTLE] = "every other little-endian arch",
		[BIG | LITTLE] = "every other arch",
	};
	size_t n[BIG + LITTLE] = { 0 };

	for (size_t i = first; i < sections->n; i++)
		for (unsigned order = BIG; order <= LITTLE; order++)
			n[order] += (orders(&sections->items[i]) & order) != 0;
	for (size_t i = first; i < sections->n; i++) {
		unsigned set = orders(&sections->items[i]);

		if (set && (!(set & BIG) || n[BIG] == 1) && (!(set & LITTLE) || n[LITTLE] == 1))
			sections->items[i].rest = names[set];
	}
}

/* Architectures that have no name and get the same are one section, whatever lies between them. */
static void add_nameless(struct show *show, struct sections *sections)
{
	bool *done = arena_alloc(&show->arena, show->n_archs + 1);
	size_t first = sections->n;

	for (size_t i = 0; i < show->n_archs; i++) {
		struct interval *words = arena_alloc(&show->arena, show->n_archs * sizeof(*words));
		struct section *section;

		if (done[i] || has_abi(&show->archs[i]))
			continue;
		section = add_section(show, sections, VD_ABI_NONE, &show->archs[i]);
		section->n_words = 0;
		section->words = words;
		for (size_t j = i; j < show->n_archs; j++) {
			if (done[j] || has_abi(&show->archs[j]) ||
			    !archs_equal(&show->archs[i], &show->archs[j]))
				continue;
			done[j] = true;
			words[section->n_words++] = show->archs[j].words;
		}
		fill(show, section);
	}
	if (!show->arch_left)
		find_rest(sections, first);
}

/* Nothing but the byte order tells archs apart. */
static bool looks_at_no_arch(const struct show *show)
{
	for (size_t i = 0; i < show->n_archs; i++)
		if (show->archs[i].words.last - show->archs[i].words.first != X32_FIRST - 1)
			return false;
	return !show->arch_left;
}

void sections_make(struct show *show, struct sections *ret_sections)
{
	struct sections sections = { 0 };

	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		for (size_t i = 0; i < show->n_archs; i++)
			if (has_abi(&show->archs[i]) && vd_abi_info(abi)->audit_arch == show->archs[i].arch)
				fill(show, add_section(show, &sections, abi, &show->archs[i]));
	if (looks_at_no_arch(show)) {
		section_of_abi(show, VD_ABI_X86_64, &sections);
		section_of_abi(show, VD_ABI_X32, &sections);
		sections.items[0].every = sections.items[1].every = true;
	}
	add_nameless(show, &sections);
	*ret_sections = sections;
}
