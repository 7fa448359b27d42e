/* SPDX-License-Identifier: MIT */
/* Whether what a policy denies is done by another call. */
#include "loader/lint/doors.h"
#include "loader/lint/lint.h"

#include <stdio.h>
#include <string.h>

/*
 * Whether a denylist denies the call whatever its arguments are, or, for rows
 * that say so, any list denies it for some and lets it run for others.
 */
static bool shut(const struct lint_view *view, const struct lint_call *call, const struct doors *doors)
{
	if (call->may & MAY_UNKNOWN)
		return false;
	return (call->may == MAY_DENY && view->denylist && !doors->bits_only) ||
	       (doors->partly && (call->may & MAY_DENY) && (call->may & MAY_RUN));
}

/* Whether some record is denied for this bit of the row's argument: without it, it runs. */
static bool shut_by_bit(struct lint *lint, const struct lint_view *view, const struct lint_call *call,
			const struct doors *doors, uint64_t bit)
{
	struct vd_pair pair = lint_about(view->abi, call->nr);
	struct seccomp_data record;

	lint_arg_bits(&pair.in, (unsigned)doors->arg, doors->bits, bit);
	lint_arg_bits(&pair.change, (unsigned)doors->arg, bit, 0);
	pair.a_gives = lint_denied;
	pair.b_gives = lint_runs;
	return lint_ask(lint, LINT_EQUIVALENT_OPEN, view->abi, &pair, true, &record);
}

/* The leading call with the arguments that this one has. */
static void same_arguments(struct vd_pair *pair, const struct lint_call *lead, const struct door *door)
{
	vd_pattern_word(&pair->change, 0, UINT32_MAX, lead->nr);
	for (unsigned i = 0; i < 6 && door->args[i]; i++) {
		if (door->args[i] == '=') {
			lint_arg_bits(&pair->change, i, UINT64_MAX, door->value);
			continue;
		}
		/* what is nowhere may be anything: the last argument of these calls means nothing */
		unsigned from = door->args[i] == '-' ? 5 : (unsigned)(door->args[i] - '0');
		pair->from[4 + 2 * i] = (uint8_t)(4 + 2 * from + 1);
		pair->from[5 + 2 * i] = (uint8_t)(5 + 2 * from + 1);
	}
	pair->b_gives = lint_denied;
}

/* The leading call's bit, where this call has it. False: it never has. */
static bool with_bit(struct vd_pair *pair, const struct doors *doors, const struct door *door, uint64_t bit)
{
	char at = door->args[doors->arg];

	if (at == '=')
		return door->value & bit;
	lint_arg_bits(&pair->in, (unsigned)(at - '0'), bit, bit);
	return true;
}

/* Whether a door is open; bit is the leading call's, 0: none. */
static bool is_open(struct lint *lint, const struct lint_view *view, const struct doors *doors,
		    const struct door *door, uint64_t bit, struct seccomp_data *ret_record)
{
	const struct lint_call *call = lint_call(view, door->name);

	if (!call || !(call->may & MAY_RUN))
		return false;
	struct vd_pair pair = lint_about(view->abi, call->nr);
	pair.a_gives = lint_runs;
	if (door->bits)
		lint_arg_bits(&pair.in, (unsigned)door->arg, door->bits, door->bits);
	if (door->args) {
		lint_canonical(&pair.in, view->abi, call->nr);
		same_arguments(&pair, lint_call(view, doors->name), door);
		if (bit && !with_bit(&pair, doors, door, bit))
			return false;
	}
	if (door->sub >= 0)
		lint_arg_bits(&pair.in, 0, UINT32_MAX, (uint64_t)door->sub);
	return lint_ask(lint, door->sub >= 0 ? LINT_MULTIPLEXER_OPEN : LINT_EQUIVALENT_OPEN, view->abi, &pair,
			door->args != NULL, ret_record);
}

/* What was said of a view already: a way is told once, whatever else is denied. */
struct said {
	struct {
		const char *does, *name;
	} items[64];
	size_t n;
};

static bool is_said(struct said *said, const char *does, const char *name)
{
	for (size_t i = 0; i < said->n; i++)
		if (!strcmp(said->items[i].does, does) && !strcmp(said->items[i].name, name) &&
		    strcmp(does, "do that"))
			return true;
	if (said->n < sizeof(said->items) / sizeof(*said->items)) {
		said->items[said->n].does = does;
		said->items[said->n++].name = name;
	}
	return false;
}

struct open_doors {
	char names[160];
	size_t n, at;
	struct seccomp_data record; /* through the first */
};

static void note_open(struct open_doors *open, const struct door *door, const struct seccomp_data *record)
{
	if (!open->n++)
		open->record = *record;
	if (open->at < sizeof(open->names))
		open->at += (size_t)snprintf(open->names + open->at, sizeof(open->names) - open->at, "%s%s",
					     open->n > 1 ? ", " : "", door->name);
}

static void report(struct lint *lint, enum lint_rule_id rule, const struct lint_view *view,
		   const struct doors *doors, bool all, const struct open_doors *open)
{
	if (open->n)
		lint_add(lint, rule, &open->record, "%s is %s on %s, and %s to %s %s: %s", doors->name,
			 all ? "denied" : "restricted", vd_abi_info(view->abi)->name,
			 open->n > 1 ? "other ways" : "another way", doors->does,
			 open->n > 1 ? "run" : "runs", open->names);
}

/* Each other call is open for the bits (0 alone: as such) for which the leading one is shut. */
static void look_at(struct lint *lint, const struct lint_view *view, const struct doors *doors, uint64_t bits,
		    bool all, struct said *said)
{
	struct open_doors subs = { .n = 0 }, calls = { .n = 0 };

	for (size_t i = 0; i < DOORS_MAX && doors->others[i].name; i++) {
		const struct door *door = &doors->others[i];
		struct seccomp_data record;
		uint64_t left = bits;
		do {
			uint64_t bit = left & -left;
			if (is_open(lint, view, doors, door, bit, &record)) {
				if (!is_said(said, doors->does, door->name))
					note_open(door->sub >= 0 ? &subs : &calls, door, &record);
				break;
			}
			left &= ~bit;
		} while (left);
	}
	report(lint, LINT_MULTIPLEXER_OPEN, view, doors, all, &subs);
	report(lint, LINT_EQUIVALENT_OPEN, view, doors, all, &calls);
}

static void row(struct lint *lint, const struct lint_view *view, const struct doors *doors, struct said *said)
{
	const struct lint_call *call = doors->not_on >> view->abi & 1 ? NULL : lint_call(view, doors->name);
	uint64_t bits = 0;

	if (!call || !(call->may & MAY_DENY))
		return;
	if (shut(view, call, doors)) {
		look_at(lint, view, doors, 0, call->may == MAY_DENY, said);
		return;
	}
	if (doors->arg == DOOR_NO_ARG || !(call->may & MAY_RUN))
		return;
	for (uint64_t left = doors->bits; left; left &= left - 1)
		if (shut_by_bit(lint, view, call, doors, left & -left))
			bits |= left & -left;
	if (bits)
		look_at(lint, view, doors, bits, false, said);
}

void lint_door_rules(struct lint *lint)
{
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *view = lint_view(lint, abi);
		struct said said = { .n = 0 };
		for (unsigned i = 0; view && view->known && i < lint_doors_count; i++)
			row(lint, view, &lint_doors[i], &said);
	}
}
