/* SPDX-License-Identifier: MIT */
/* What the other ABIs of the machine may do. */
#include "loader/lint/lint.h"

#include <stdio.h>
#include <string.h>

static bool only(const struct lint_call *call, unsigned may)
{
	return call->may == may;
}

/*
 * Whether a view denies a call, or some of its arguments, because its author
 * wanted to: a denylist denies nothing else, an allowlist is believed for what
 * everyone denies and for what it decides by arguments.
 */
static bool means_to_deny(const struct lint_view *view, const struct lint_call *call)
{
	if (call->may & MAY_UNKNOWN || !(call->may & MAY_DENY))
		return false;
	return view->denylist || call->may & MAY_RUN || lint_privileged(call->name);
}

/* A record of a call that is denied, and runs as another call (of another ABI): *ret_record is the latter. */
static bool runs_as(struct lint *lint, enum lint_rule_id rule, const struct lint_view *from,
		    const struct lint_call *call, const struct lint_view *to, const struct lint_call *other,
		    struct seccomp_data *ret_record)
{
	struct vd_pair pair = lint_about(from->abi, call->nr);

	lint_canonical(&pair.in, from->abi, call->nr);
	vd_pattern_word(&pair.change, 0, UINT32_MAX, other->nr);
	vd_pattern_word(&pair.change, 1, UINT32_MAX, to->audit_arch);
	pair.a_gives = lint_denied;
	pair.b_gives = lint_runs;
	if (!lint_ask(lint, rule, from->abi, &pair, true, ret_record))
		return false;
	*ret_record = vd_pair_other(&pair, ret_record);
	return true;
}

/*
 * Calls that one ABI means to deny and that run on another, where no argument
 * of theirs is looked at: how many, and the first privileged one, else the first.
 */
static size_t free_elsewhere(struct lint *lint, enum lint_rule_id rule, const struct lint_view *from,
			     const struct lint_view *to, const char **ret_first,
			     struct seccomp_data *ret_record)
{
	struct seccomp_data record;
	const char *first = NULL;
	size_t n = 0;

	if (vd_abi_info(from->abi)->big_endian != vd_abi_info(to->abi)->big_endian)
		return 0;
	for (size_t i = 0; i < from->n; i++) {
		const struct lint_call *call = &from->calls[i];
		const struct lint_call *there = means_to_deny(from, call) ? lint_call(to, call->name) : NULL;
		if (!there || !only(there, MAY_RUN) || !runs_as(lint, rule, from, call, to, there, &record))
			continue;
		if (!first || (!lint_privileged(first) && lint_privileged(call->name))) {
			first = call->name;
			*ret_record = record;
		}
		n++;
	}
	*ret_first = first;
	return n;
}

/* ", and 3 more" after the one that is named. */
static const char *more(size_t n, char *buf, size_t size)
{
	buf[0] = 0;
	if (n > 1)
		snprintf(buf, size, " (and %zu more)", n - 1);
	return buf;
}

static void arch_unchecked(struct lint *lint, const struct lint_view *view)
{
	char rest[40];

	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *other = lint_view(lint, abi);
		struct seccomp_data record;
		const char *first;
		if (!other || other->audit_arch == view->audit_arch)
			continue;
		size_t n = free_elsewhere(lint, LINT_ARCH_UNCHECKED, view, other, &first, &record);
		if (!n)
			continue;
		lint_add(lint, LINT_ARCH_UNCHECKED, &record,
			 "the arch is not looked at: %s%s is denied by %s's number, and runs on %s", first,
			 more(n, rest, sizeof(rest)), vd_abi_info(view->abi)->name, vd_abi_info(abi)->name);
		return;
	}
}

/* A known ABI of the same machine that denies what runs here. */
static void foreign_abi(struct lint *lint, const struct lint_view *foreign)
{
	struct seccomp_data record;
	const char *first;
	char rest[40];

	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *known = lint_view(lint, abi);
		if (!known || !known->known || !(lint_machine(foreign->abi) >> abi & 1))
			continue;
		size_t n = free_elsewhere(lint, LINT_FOREIGN_ABI, known, foreign, &first, &record);
		if (!n)
			continue;
		lint_add(lint, LINT_FOREIGN_ABI, &record,
			 "no filter knows %s, and what is not known runs: %s%s, denied on %s, is one call "
			 "away",
			 vd_abi_info(foreign->abi)->name, first, more(n, rest, sizeof(rest)),
			 vd_abi_info(abi)->name);
		return;
	}
}

/* ------------------------------------------------------------------ */

static void x32_open(struct lint *lint, const struct lint_view *native, const struct lint_view *x32)
{
	struct seccomp_data record, found;
	const char *name = NULL;
	char rest[40];
	size_t n = 0;

	for (size_t i = 0; i < native->n; i++) {
		const struct lint_call *call = &native->calls[i], *twin = lint_call(x32, call->name);
		if (!twin || !(call->may & MAY_DENY) || !(twin->may & MAY_RUN) ||
		    !runs_as(lint, LINT_X32_OPEN, native, call, x32, twin, &record))
			continue;
		if (!name || (!lint_privileged(name) && lint_privileged(call->name))) {
			name = call->name;
			found = record;
		}
		n++;
	}
	if (n)
		lint_add(lint, LINT_X32_OPEN, &found, "%s%s is denied on x86_64, and runs by its x32 number",
			 name, more(n, rest, sizeof(rest)));
}

/* ------------------------------------------------------------------ */

/* The call of another ABI that a rule seems to have been about: its number, denied under the wrong arch. */
static const struct lint_call *misplaced(const struct lint_view *here, const struct lint_call *denied,
					 const struct lint_view *there)
{
	const char *name = vd_syscall_name(there->abi, denied->nr);
	const struct lint_call *meant = name ? lint_call(there, name) : NULL;
	const struct lint_call *same = lint_call(there, denied->name);

	if (!here->denylist || !only(denied, MAY_DENY) || lint_privileged(denied->name) || !same ||
	    !only(same, MAY_RUN))
		return NULL;
	if (!meant || !only(meant, MAY_RUN) || !lint_privileged(name))
		return NULL;
	const struct lint_call *native = lint_call(here, name);
	return native && only(native, MAY_RUN) ? meant : NULL;
}

static void wrong_numbers(struct lint *lint, const struct lint_view *here, const struct lint_view *there)
{
	for (size_t i = 0; i < here->n; i++) {
		const struct lint_call *meant = misplaced(here, &here->calls[i], there);
		if (!meant)
			continue;
		struct seccomp_data record = { .nr = (int)meant->nr, .arch = there->audit_arch };
		lint_add(lint, LINT_WRONG_ABI_NUMBER, &record,
			 "%s is denied on %s by number %u, which is %s on %s, and that runs on both",
			 here->calls[i].name, vd_abi_info(here->abi)->name, here->calls[i].nr, meant->name,
			 vd_abi_info(there->abi)->name);
	}
}

static void gap(struct lint *lint, const struct lint_view *here, const struct lint_view *there)
{
	struct seccomp_data record;
	const char *first;
	char rest[40];
	size_t n = there->denylist ? free_elsewhere(lint, LINT_ABI_GAP, here, there, &first, &record) : 0;

	if (n)
		lint_add(lint, LINT_ABI_GAP, &record, "%s%s is denied on %s, and runs on %s", first,
			 more(n, rest, sizeof(rest)), vd_abi_info(here->abi)->name,
			 vd_abi_info(there->abi)->name);
}

/* ------------------------------------------------------------------ */

/* Where clone's flags are the second argument (CONFIG_CLONE_BACKWARDS2). */
static void argument_order(struct lint *lint, const struct lint_view *view)
{
	static const uint64_t namespaces = 0x7e020000; /* CLONE_NEW* */
	const struct lint_call *clone = lint_call(view, "clone");
	struct seccomp_data record;

	if (!clone || !clone->by_args)
		return;
	struct vd_pair pair = lint_about(view->abi, clone->nr);
	lint_arg_bits(&pair.change, 0, namespaces, 0);
	pair.a_gives = lint_denied;
	pair.b_gives = lint_runs;
	if (!lint_ask(lint, LINT_ARGUMENT_ORDER, view->abi, &pair, true, &record))
		return;
	record.args[1] = record.args[0] & namespaces;
	record.args[0] = 0;
	if (lint_is_run(lint_decide(lint, view->abi, &record).ret))
		lint_add(lint, LINT_ARGUMENT_ORDER, &record,
			 "clone's flags are looked for in argument 0, which is the stack on %s; its flags "
			 "are argument 1",
			 vd_abi_info(view->abi)->name);
}

static void pairs_of_known(struct lint *lint, const struct lint_view *here)
{
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *there = lint_view(lint, abi);
		if (!there || !there->known || there->audit_arch == here->audit_arch || abi == VD_ABI_X32 ||
		    !(lint_machine(abi) >> here->abi & 1))
			continue;
		size_t n = lint->n;
		wrong_numbers(lint, here, there);
		if (lint->n == n)
			gap(lint, here, there);
	}
}

void lint_abi_rules(struct lint *lint)
{
	bool foreign_arch = false;

	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *view = lint_view(lint, abi);
		if (!view)
			continue;
		if (!lint->arch_matters) {
			if (view->known && abi != VD_ABI_X32)
				arch_unchecked(lint, view);
		} else if (!view->known && (abi != VD_ABI_X32 || !foreign_arch)) {
			size_t n = lint->n;
			foreign_abi(lint, view);
			foreign_arch |= lint->n != n && abi == VD_ABI_X86_64;
		} else if (view->known && abi != VD_ABI_X32) {
			pairs_of_known(lint, view);
		}
		if (abi == VD_ABI_S390 || abi == VD_ABI_S390X)
			argument_order(lint, view);
	}
	const struct lint_view *native = lint_view(lint, VD_ABI_X86_64), *x32 = lint_view(lint, VD_ABI_X32);
	if (native && x32 && native->known)
		x32_open(lint, native, x32);
}
