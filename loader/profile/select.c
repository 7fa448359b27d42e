/* SPDX-License-Identifier: MIT */
/*
 * What an engine (dockerd, Podman, CRI-O) does with a profile before a runtime
 * sees it: entries whose includes and excludes say so are dropped, and archMap
 * becomes a list of architectures (moby profiles/seccomp, containers-common
 * pkg/seccomp: setupSeccomp).
 */
#include "loader/profile/profile.h"

static bool has_cap(const struct profile_options *options, const struct span *name)
{
	const struct profile_word *cap = profile_word_find(&profile_caps, name);

	return cap && options->caps >> cap->value & 1;
}

/* Whether the machine is one of those named; one may have two names. */
static bool has_arch(const struct profile_condition *condition, int abi)
{
	for (size_t i = 0; i < condition->n_arches; i++) {
		const struct profile_word *word = profile_word_find(&profile_machines, &condition->arches[i]);
		if (word && (int)word->value == abi)
			return true;
	}
	return false;
}

static size_t count_caps(const struct profile_condition *condition, const struct profile_options *options)
{
	size_t n = 0;

	for (size_t i = 0; i < condition->n_caps; i++)
		n += has_cap(options, &condition->caps[i]);
	return n;
}

static bool is_at_least(const struct profile_options *options, const unsigned kernel[2])
{
	if (!options->has_kernel)
		return true;
	if (options->kernel[0] != kernel[0])
		return options->kernel[0] > kernel[0];
	return options->kernel[1] >= kernel[1];
}

/* All capabilities of includes are wanted; one of excludes is enough. */
static bool holds(const struct profile_entry *entry, const struct profile_options *options)
{
	const struct profile_condition *in = &entry->includes, *out = &entry->excludes;

	if (has_arch(out, options->abi) || count_caps(out, options) ||
	    (out->has_kernel && is_at_least(options, out->kernel)))
		return false;
	return (!in->n_arches || has_arch(in, options->abi)) && count_caps(in, options) == in->n_caps &&
	       (!in->has_kernel || is_at_least(options, in->kernel));
}

static void select_archs(const struct profile *profile, const struct profile_options *options,
			 struct arena *arena, struct selection *selection)
{
	const struct profile_archs *archs = &profile->archs;
	size_t i = 0, first = 0;

	if (profile->n_map) {
		while (i < profile->n_map && profile->map[i].abi != options->abi)
			i++;
		if (i == profile->n_map)
			return;
		archs = &profile->map[i].subs;
		first = 1;
	}
	selection->abis = arena_alloc(arena, (first + archs->n + 1) * sizeof(*selection->abis));
	selection->abis[0] = options->abi;
	for (i = 0; i < archs->n; i++)
		selection->abis[first + i] = archs->abis[i];
	selection->n_abis = first + archs->n;
}

void profile_select(const struct profile *profile, const struct profile_options *options, struct arena *arena,
		    struct selection *ret_selection)
{
	struct selection selection = { 0 };
	size_t n = 0;

	select_archs(profile, options, arena, &selection);
	for (size_t i = 0; i < profile->n_entries; i++)
		n += profile->entries[i].n_names;
	selection.rules = arena_alloc(arena, (n + 1) * sizeof(*selection.rules));
	for (size_t i = 0; i < profile->n_entries; i++) {
		const struct profile_entry *entry = &profile->entries[i];
		if (!holds(entry, options))
			continue;
		for (size_t j = 0; j < entry->n_names; j++)
			selection.rules[selection.n_rules++] = (struct profile_rule){ entry,
										      &entry->names[j] };
	}
	*ret_selection = selection;
}
