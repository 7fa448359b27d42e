/* SPDX-License-Identifier: MIT */
/* What of the programs does nothing. */
#include "loader/lint/lint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A record that a filter by itself denies or asks about: the nearest it comes to deciding. */
static bool its_strongest(struct lint *lint, size_t filter, struct seccomp_data *ret_record)
{
	struct vd_pair pair = { .a_gives = lint_denied };
	enum vd_answer answer = VD_ANSWER_UNKNOWN;
	struct vd_stack *alone;
	struct vd_budget budget;

	*ret_record = (struct seccomp_data){ .arch = vd_abi_info(VD_ABI_X86_64)->audit_arch };
	if (vd_stack_new(&alone) < 0)
		return false;
	pair.a = alone;
	int r = vd_stack_push(alone, vd_stack_prog(lint->stack, filter));
	for (int abi = 0; r == 0 && answer != VD_ANSWER_RECORD && abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *view = lint_view(lint, abi);
		if (!view)
			continue;
		vd_pattern_word(&pair.in, 1, UINT32_MAX, view->audit_arch);
		r = lint_budget(lint, &budget) ? vd_prove_pair(&pair, &budget, &answer, ret_record) : -ETIME;
	}
	vd_stack_free(alone);
	return answer == VD_ANSWER_RECORD;
}

/* Whether it is proved that other filters always decide. */
static bool decides_nothing(struct lint *lint, size_t filter)
{
	static const struct vd_range all = { 0, UINT32_MAX };
	size_t len = vd_stack_len(lint->stack);
	bool *others = calloc(len, sizeof(*others));
	struct vd_expect expect = { .values = &all, .n = 1, .by = others, .by_none = true };
	enum vd_answer answer = VD_ANSWER_UNKNOWN;
	struct vd_witness witness;
	struct vd_budget budget;

	if (!others) {
		lint->no_memory = true;
		return false;
	}
	for (size_t i = 0; i < len; i++)
		others[i] = i != filter;
	if (lint_budget(lint, &budget) &&
	    vd_prove_claim(lint->stack, NULL, &expect, &budget, &answer, &witness) < 0)
		lint->no_memory = true;
	free(others);
	if (answer == VD_ANSWER_RECORD)
		lint_decide(lint, VD_ABI_NONE, &witness.data);
	if (answer == VD_ANSWER_UNKNOWN)
		lint_unknown(lint, LINT_NEVER_DECIDES, VD_ABI_NONE);
	return answer == VD_ANSWER_PROVED;
}

/* All of them in one finding; filters are counted from 1, as `eval` does. */
static void never_decide(struct lint *lint)
{
	struct seccomp_data first = { .nr = 0 }, record;
	size_t n = 0, denying = 0, at = 0;
	char text[256];

	for (size_t i = 0; i < vd_stack_len(lint->stack); i++) {
		if (lint->decides[i] || !decides_nothing(lint, i))
			continue;
		bool denies = its_strongest(lint, i, &record);
		if (!n || (denies && !denying))
			first = record;
		if (at < sizeof(text))
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%zu", n ? ", " : "", i + 1);
		denying += denies;
		n++;
	}
	if (n)
		lint_add(lint, LINT_NEVER_DECIDES, &first, "filter%s %s of %zu decide%s nothing: %s",
			 n > 1 ? "s" : "", text, vd_stack_len(lint->stack), n > 1 ? "" : "s",
			 denying ? "what they deny others of the stack deny as strongly"
				 : "nothing is denied there");
}

/* ------------------------------------------------------------------ */

/* Dead instructions as "3, 7 to 9". */
static size_t dead_text(const bool *reached, size_t len, char *buf, size_t size)
{
	size_t at = 0, n = 0;

	buf[0] = 0;
	for (size_t pc = 0; pc < len; pc++) {
		size_t end = pc;
		if (reached[pc])
			continue;
		while (end + 1 < len && !reached[end + 1])
			end++;
		if (at < size)
			at += (size_t)snprintf(buf + at, size - at, end > pc ? "%s%zu to %zu" : "%s%zu",
					       n ? ", " : "", pc, end);
		n += end - pc + 1;
		pc = end;
	}
	if (at >= size)
		snprintf(buf + size - 4, 4, "...");
	return n;
}

/* The instructions that some record reaches, and one record for each. False: some are unknown. */
static bool reached_by(const struct vd_reach *reach, size_t len, bool *reached, struct vd_witness *witnesses)
{
	for (size_t pc = 0; pc < len; pc++) {
		enum vd_answer answer = vd_reach_point(reach, 0, pc, VD_EDGE_NONE, &witnesses[pc]);
		if (answer == VD_ANSWER_UNKNOWN)
			return false;
		reached[pc] = answer == VD_ANSWER_RECORD;
	}
	return true;
}

static void say_dead(struct lint *lint, size_t filter, const bool *reached,
		     const struct vd_witness *witnesses)
{
	size_t len = vd_prog_len(vd_stack_prog(lint->stack, filter)), near = 0, n;
	char text[120];

	n = dead_text(reached, len, text, sizeof(text));
	while (near + 1 < len && reached[near + 1])
		near++;
	if (n)
		lint_add(lint, LINT_UNREACHABLE, &witnesses[near].data,
			 "%s: no record reaches instruction%s %s; this one gets to %zu", lint->names[filter],
			 n > 1 ? "s" : "", text, near);
}

/* What the records reach in one filter. 0: budget or memory are spent. */
static struct vd_reach *reach_of(struct lint *lint, size_t filter)
{
	struct vd_reach *reach = NULL;
	struct vd_stack *one = NULL;
	struct vd_budget budget;
	bool asks = lint_budget(lint, &budget);

	if (!asks)
		return NULL;
	if (vd_stack_new(&one) < 0 || vd_stack_push(one, vd_stack_prog(lint->stack, filter)) < 0) {
		lint->no_memory = true;
	} else {
		vd_stack_set_big_endian(one, vd_stack_big_endian(lint->stack));
		if (vd_reach_new(one, NULL, &budget, &reach) < 0)
			lint->no_memory = true;
	}
	vd_stack_free(one);
	return reach;
}

static void unreachable(struct lint *lint, size_t filter)
{
	size_t len = vd_prog_len(vd_stack_prog(lint->stack, filter));
	bool *reached = calloc(len, sizeof(*reached));
	struct vd_witness *witnesses = calloc(len, sizeof(*witnesses));
	struct vd_reach *reach = reach_of(lint, filter);

	if (!reached || !witnesses)
		lint->no_memory = true;
	else if (reach && reached_by(reach, len, reached, witnesses))
		say_dead(lint, filter, reached, witnesses);
	else
		lint_unknown(lint, LINT_UNREACHABLE, VD_ABI_NONE);
	vd_reach_free(reach);
	free(witnesses);
	free(reached);
}

void lint_program_rules(struct lint *lint)
{
	if (lint_on(lint, LINT_NEVER_DECIDES))
		never_decide(lint);
	for (size_t i = 0; lint_on(lint, LINT_UNREACHABLE) && i < vd_stack_len(lint->stack); i++)
		unreachable(lint, i);
}
