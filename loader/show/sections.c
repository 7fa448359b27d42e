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

static void add_name(struct show *show, struct section *section, uint32_t nr, size_t answer)
{
	struct group *group = group_of(show, section, answer, nr);

	group->names = arena_grow(&show->arena, group->names, group->n_names, &group->names_cap,
				  sizeof(*group->names));
	group->nrs = arena_grow(&show->arena, group->nrs, group->n_names, &group->nrs_cap,
				sizeof(*group->nrs));
	group->nrs[group->n_names] = nr;
	group->names[group->n_names++] = vd_syscall_name(section->abi, nr);
}

static void add_unnamed(struct show *show, struct section *section, size_t answer, struct vd_range range)
{
	struct group *group = group_of(show, section, answer, (uint32_t)range.first);

	group->unnamed = arena_grow(&show->arena, group->unnamed, group->n_unnamed, &group->unnamed_cap,
				    sizeof(*group->unnamed));
	group->unnamed[group->n_unnamed++] = range;
}

/* The ABI's part of one class: its names, and what lies between them. */
static void add_class(struct show *show, struct section *section, const struct show_class *class)
{
	struct table_numbers numbers;

	if (!table_numbers(&show->arena, section->abi, &class->nr, &numbers))
		return;
	for (size_t i = 0; i < numbers.n_calls; i++)
		add_name(show, section, numbers.calls[i], show_answer(show, section->arch, numbers.calls[i]));
	for (size_t i = 0; i < numbers.unnamed.n; i++)
		add_unnamed(show, section, class->answer, numbers.unnamed.ranges[i]);
}

static int by_name(const void *a, const void *b, void *data)
{
	int abi = *(int *)data;

	return strcmp(vd_syscall_name(abi, *(const uint32_t *)a), vd_syscall_name(abi, *(const uint32_t *)b));
}

static void sort_names(int abi, struct group *group)
{
	if (group->n_names)
		qsort_r(group->nrs, group->n_names, sizeof(*group->nrs), by_name, &abi);
	for (size_t i = 0; i < group->n_names; i++)
		group->names[i] = vd_syscall_name(abi, group->nrs[i]);
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

static int by_first(const void *pa, const void *pb)
{
	const struct vd_range *a = pa, *b = pb;

	return a->first < b->first ? -1 : 1;
}

static void fill(struct show *show, struct section *section)
{
	const struct show_arch *arch = section->arch;

	for (size_t i = 0; i < arch->n; i++)
		add_class(show, section, &arch->classes[i]);
	size_t answer = show_class_answer(arch, X32_FIRST - 1 + (section->abi == VD_ABI_X32 ? X32_FIRST : 0));
	for (size_t i = 0; i < section->n; i++) {
		struct group *group = &section->groups[i];
		sort_names(section->abi, group);
		if (group->n_unnamed)
			qsort(group->unnamed, group->n_unnamed, sizeof(*group->unnamed), by_first);
		group->is_default = group->answer == answer;
	}
	qsort_r(section->groups, section->n, sizeof(*section->groups), by_verdict, show);
}

static struct section *add_section(struct show *show, struct sections *sections, int abi,
				   const struct show_arch *arch)
{
	sections->items = arena_grow(&show->arena, sections->items, sections->n, &sections->cap,
				     sizeof(*sections->items));
	struct section *section = &sections->items[sections->n++];
	*section = (struct section){ .abi = abi, .arch = arch, .words = arch->words };
	return section;
}

static void add_abi(struct show *show, struct sections *sections, int abi, const struct show_arch *arch)
{
	struct section *section = add_section(show, sections, abi, arch);
	uint32_t word = vd_abi_info(abi)->audit_arch;
	const struct vd_range one = { word, word };

	section->words = table_copy(&show->arena, &(struct vd_ranges){ &one, 1 });
	fill(show, section);
}

void section_of_abi(struct show *show, int abi, struct sections *sections)
{
	for (size_t i = 0; i < show->n_archs; i++)
		if (table_has(&show->archs[i].words, vd_abi_info(abi)->audit_arch))
			add_abi(show, sections, abi, &show->archs[i]);
}

static bool archs_equal(const struct show_arch *a, const struct show_arch *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->classes[i].answer != b->classes[i].answer ||
		    !table_equal(&a->classes[i].nr, &b->classes[i].nr))
			return false;
	return true;
}

/* A word between others that get something else, which some ABI has. */
static bool is_abi(const struct vd_range *words)
{
	return words->first == words->last && vd_abi_of((uint32_t)words->first, 0) != VD_ABI_NONE;
}

static bool knows_abi(const struct show_arch *arch, int abi)
{
	for (size_t i = 0; i < arch->words.n; i++)
		if (is_abi(&arch->words.ranges[i]) &&
		    arch->words.ranges[i].first == vd_abi_info(abi)->audit_arch)
			return true;
	return false;
}

enum { BIG = 1, LITTLE = 2 };

/* The byte orders of a section's archs, single words left out. */
static unsigned orders(const struct section *section)
{
	unsigned set = 0;

	for (size_t i = 0; i < section->words.n; i++) {
		const struct vd_range *words = &section->words.ranges[i];
		if (words->first != words->last)
			set |= words->first & __AUDIT_ARCH_LE ? LITTLE : BIG;
	}
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

/* The words of all archs that get what the first of them does, but for those that are an ABI's alone. */
static struct vd_ranges nameless_words(struct show *show, size_t first, bool *done)
{
	struct vd_range *words = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = first; i < show->n_archs; i++) {
		const struct show_arch *arch = &show->archs[i];
		if (done[i] || !archs_equal(&show->archs[first], arch))
			continue;
		done[i] = true;
		for (size_t j = 0; j < arch->words.n; j++) {
			if (is_abi(&arch->words.ranges[j]))
				continue;
			words = arena_grow(&show->arena, words, n, &cap, sizeof(*words));
			words[n++] = arch->words.ranges[j];
		}
	}
	if (n)
		qsort(words, n, sizeof(*words), by_first);
	return (struct vd_ranges){ words, n };
}

/* Architectures that have no name and get the same are one section, whatever lies between them. */
static void add_nameless(struct show *show, struct sections *sections)
{
	bool *done = arena_alloc(&show->arena, show->n_archs + 1);
	size_t first = sections->n;

	for (size_t i = 0; i < show->n_archs; i++) {
		struct vd_ranges words = { NULL, 0 };
		if (!done[i])
			words = nameless_words(show, i, done);
		if (!words.n)
			continue;
		struct section *section = add_section(show, sections, VD_ABI_NONE, &show->archs[i]);
		section->words = words;
		fill(show, section);
	}
	find_rest(sections, first);
}

/* Nothing but the byte order tells archs apart. */
static bool looks_at_no_arch(const struct show *show)
{
	const struct vd_ranges little = table_archs(false), big = table_archs(true);

	for (size_t i = 0; i < show->n_archs; i++)
		if (!table_equal(&show->archs[i].words, &little) && !table_equal(&show->archs[i].words, &big))
			return false;
	return true;
}

size_t group_range(const struct section *section, const struct group *group, size_t i,
		   struct vd_range *ret_range)
{
	*ret_range = group->unnamed[i];
	if (section->abi != VD_ABI_X86_64 || ret_range->last != X32_FIRST - 1 || i + 1 == group->n_unnamed ||
	    group->unnamed[i + 1].first != X32_END)
		return 1;
	ret_range->last = group->unnamed[i + 1].last;
	return 2;
}

void sections_begin_with(struct show *show, int abi, struct sections *sections)
{
	struct sections begun = { 0 };

	section_of_abi(show, abi, &begun);
	for (size_t i = 0; i < sections->n; i++) {
		struct section *section = &sections->items[i];
		*add_section(show, &begun, section->abi, section->arch) = *section;
	}
	*sections = begun;
}

void sections_make(struct show *show, struct sections *ret_sections)
{
	struct sections sections = { 0 };

	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		for (size_t i = 0; i < show->n_archs; i++)
			if (knows_abi(&show->archs[i], abi))
				add_abi(show, &sections, abi, &show->archs[i]);
	if (looks_at_no_arch(show)) {
		section_of_abi(show, VD_ABI_X86_64, &sections);
		section_of_abi(show, VD_ABI_X32, &sections);
		sections.items[0].every = sections.items[1].every = true;
	}
	add_nameless(show, &sections);
	*ret_sections = sections;
}
