/* SPDX-License-Identifier: MIT */
/*
 * Each answer becomes lines about the calls that get it. What is written is
 * read back, compiled and proved equal before anybody sees it.
 */
#include "loader/show/as_rules.h"

#include "loader/rules/rules.h"
#include "vm/action.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 80
#define NAME_MAX 96

struct writer {
	struct show *show;
	const struct section *sections; /* of ABIs, then of others */
	size_t n_abis, n;
	uint32_t by_default;
	FILE *out;
};

static bool only_x86(const struct writer *w)
{
	for (size_t i = 0; i < w->n_abis; i++)
		if (w->sections[i].abi > VD_ABI_X32)
			return false;
	return true;
}

/* Errnos by name where the name is this number on all ABIs of the file. */
static const char *action(struct writer *w, uint32_t ret)
{
	uint32_t value = vd_effective(ret), data = value & SECCOMP_RET_DATA;
	const char *name = vd_errno_name(data);
	char text[64];

	if ((value & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && name && !only_x86(w) &&
	    vd_errno_by_name(name, strlen(name))->varies)
		snprintf(text, sizeof(text), "ERRNO(%" PRIu32 ")", data);
	else
		vd_action_format(value, text, sizeof(text));
	return arena_printf(&w->show->arena, "%s", text);
}

/* ------------------------------------------------------------------ */
/* What calls get                                                     */

/* The condition of an outcome: its own, or that no other's holds. */
static const char *condition(struct writer *w, const struct answer *answer, size_t i)
{
	const char *text = answer->outcomes[i].when;

	if (text || answer->n == 1)
		return text ? text : "1";
	for (size_t j = 0; j < answer->n; j++)
		if (j != i)
			text = text ? arena_printf(&w->show->arena, "%s || %s", text,
						   answer->outcomes[j].when)
				    : answer->outcomes[j].when;
	return arena_printf(&w->show->arena, "!(%s)", text);
}

static bool lets_run(uint32_t ret)
{
	uint32_t kind = vd_effective(ret) & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG;
}

/* The weakest outcome for all, then the others where they hold: the strongest stands. */
static size_t bodies(struct writer *w, const struct answer *answer, const char **ret_bodies)
{
	const struct outcome *outcomes = answer->outcomes;
	struct arena *arena = &w->show->arena;
	size_t weakest = 0, n = 0;

	if (answer->n == 2) {
		ret_bodies[0] = arena_printf(arena, "%s -> %s, else %s", outcomes[0].when,
					     action(w, outcomes[0].ret), action(w, outcomes[1].ret));
		return 1;
	}
	for (size_t i = 1; i < answer->n; i++)
		if (vd_action_rank(outcomes[i].ret) > vd_action_rank(outcomes[weakest].ret))
			weakest = i;
	const char *rest = action(w, outcomes[weakest].ret);
	ret_bodies[n++] = strcmp(rest, "ALLOW") ? arena_printf(arena, "1 -> %s", rest) : "1";
	for (size_t i = 0; i < answer->n; i++)
		if (i != weakest)
			ret_bodies[n++] = arena_printf(
				arena, lets_run(outcomes[i].ret) ? "%s -> %s, else %s" : "%s -> %s",
				condition(w, answer, i), action(w, outcomes[i].ret), rest);
	return n;
}

/* ------------------------------------------------------------------ */
/* Calls                                                              */

/* The answer that a section's call gets; -1: the ABI has no such call. */
static long answer_of_name(const struct section *section, const char *name)
{
	uint32_t nr;

	if (vd_syscall_number(section->abi, name, strlen(name), &nr) < 0)
		return -1;
	for (size_t i = 0; i < section->n; i++)
		for (size_t j = 0; j < section->groups[i].n_names; j++)
			if (section->groups[i].nrs[j] == nr)
				return (long)section->groups[i].answer;
	return -1;
}

/* "read", where all ABIs that have it do the same; "read?", where one has it not; else NULL. */
static const char *common_name(struct writer *w, const char *name, size_t answer, size_t *ret_first)
{
	bool lacks = false;

	*ret_first = w->n_abis;
	for (size_t i = 0; i < w->n_abis; i++) {
		long other = answer_of_name(&w->sections[i], name);
		if (other >= 0 && (size_t)other != answer)
			return NULL;
		if (other >= 0 && *ret_first == w->n_abis)
			*ret_first = i;
		lacks |= other < 0;
	}
	return arena_printf(&w->show->arena, "%s%s", name, lacks ? "?" : "");
}

/* Lines of targets, as many as there is room for, each with what they get. */
struct targets {
	struct writer *w;
	const char **bodies;
	size_t n_bodies;
	const char *items[WIDTH];
	size_t n, len;
};

static void flush(struct targets *targets)
{
	for (size_t i = 0; i < targets->n_bodies && targets->n; i++) {
		for (size_t j = 0; j < targets->n; j++)
			fprintf(targets->w->out, "%s%s", j ? ", " : "", targets->items[j]);
		fprintf(targets->w->out, ": %s\n", targets->bodies[i]);
	}
	targets->n = targets->len = 0;
}

static void add_target(struct targets *targets, const char *text)
{
	size_t body = strlen(targets->bodies[0]);

	if (targets->len + strlen(text) + 4 + (body < WIDTH / 2 ? body : WIDTH / 2) > WIDTH)
		flush(targets);
	targets->items[targets->n++] = text;
	targets->len += strlen(text) + 2;
}

static void add_group(struct targets *targets, size_t at, const struct group *group)
{
	struct writer *w = targets->w;
	const struct section *section = &w->sections[at];
	const struct vd_abi_info *info = vd_abi_info(section->abi);
	struct vd_range range;

	if (section->n == 1) {
		add_target(targets, arena_printf(&w->show->arena, "%s.0..", info->name));
		return;
	}
	for (size_t i = 0; i < group->n_names; i++) {
		size_t first;
		const char *name = common_name(w, group->names[i], group->answer, &first);
		if (!name)
			name = arena_printf(&w->show->arena, "%s.%s", info->name, group->names[i]);
		else if (first != at)
			continue;
		add_target(targets, name);
	}
	for (size_t i = 0; i < group->n_unnamed;) {
		i += group_range(section, group, i, &range);
		uint32_t first = (uint32_t)range.first & ~info->nr_bit, last = (uint32_t)range.last;
		bool to_end = last == UINT32_MAX || (info->nr_bit && last == X32_END - 1);
		char text[NAME_MAX];
		int len = snprintf(text, sizeof(text), "%s.%" PRIu32, info->name, first);
		if (range.first != range.last)
			len += snprintf(text + len, sizeof(text) - (size_t)len, "..");
		if (range.first != range.last && !to_end)
			snprintf(text + len, sizeof(text) - (size_t)len, "%" PRIu32, last & ~info->nr_bit);
		add_target(targets, arena_printf(&w->show->arena, "%s", text));
	}
}

static bool is_default(const struct writer *w, const struct answer *answer)
{
	return answer->n == 1 && vd_effective(answer->outcomes[0].ret) == w->by_default;
}

static void put_answer(struct writer *w, size_t at)
{
	const struct answer *answer = &w->show->answers[at];
	struct targets targets = { .w = w };

	if (is_default(w, answer))
		return;
	targets.bodies = arena_alloc(&w->show->arena, (answer->n + 1) * sizeof(*targets.bodies));
	targets.n_bodies = bodies(w, answer, targets.bodies);
	for (size_t i = 0; i < w->n_abis; i++)
		for (size_t j = 0; j < w->sections[i].n; j++)
			if (w->sections[i].groups[j].answer == at)
				add_group(&targets, i, &w->sections[i].groups[j]);
	flush(&targets);
}

/* ------------------------------------------------------------------ */
/* What the file is not about                                         */

/* "arch == 0x7 || arch >= …": the values of a word. */
static const char *among(struct writer *w, const char *name, const struct vd_ranges *ranges)
{
	struct arena *arena = &w->show->arena;
	const char *text = NULL, *one;

	for (size_t i = 0; i < ranges->n; i++) {
		uint32_t first = (uint32_t)ranges->ranges[i].first, last = (uint32_t)ranges->ranges[i].last;
		one = first == last ? arena_printf(arena, "%s == 0x%" PRIx32, name, first)
		      : first ? arena_printf(arena, "%s >= 0x%" PRIx32 " && %s <= 0x%" PRIx32, name, first,
					     name, last)
			      : arena_printf(arena, "%s <= 0x%" PRIx32, name, last);
		text = text ? arena_printf(arena, "%s || %s", text, one) : one;
	}
	return text;
}

static bool is_every(const struct vd_ranges *nr)
{
	return table_count(nr) == (uint64_t)UINT32_MAX + 1;
}

static uint32_t weakest_other(const struct writer *w)
{
	uint32_t weakest = SECCOMP_RET_KILL_PROCESS;

	for (size_t i = w->n_abis; i < w->n; i++)
		for (size_t j = 0; j < w->sections[i].n; j++) {
			const struct answer *answer = &w->show->answers[w->sections[i].groups[j].answer];
			for (size_t k = 0; k < answer->n; k++)
				if (vd_action_rank(answer->outcomes[k].ret) > vd_action_rank(weakest))
					weakest = vd_effective(answer->outcomes[k].ret);
		}
	return weakest;
}

static void put_other(struct writer *w, const struct section *section, const struct group *group,
		      uint32_t weakest)
{
	const struct answer *answer = &w->show->answers[group->answer];
	const struct vd_ranges nr = { group->unnamed, group->n_unnamed };

	for (size_t i = 0; i < answer->n; i++) {
		const char *before = "";
		if (vd_effective(answer->outcomes[i].ret) == weakest)
			continue;
		fputs("others: ", w->out);
		if (w->n - w->n_abis > 1) {
			fprintf(w->out, "(%s)", among(w, "arch", &section->words));
			before = " && ";
		}
		if (!is_every(&nr)) {
			fprintf(w->out, "%s(%s)", before, among(w, "u32(nr)", &nr));
			before = " && ";
		}
		if (!*before)
			fputs(condition(w, answer, i), w->out);
		else if (answer->n > 1)
			fprintf(w->out, "%s(%s)", before, condition(w, answer, i));
		fprintf(w->out, " -> %s", action(w, answer->outcomes[i].ret));
		if (lets_run(answer->outcomes[i].ret))
			fprintf(w->out, ", else %s", action(w, weakest));
		fputc('\n', w->out);
	}
}

static void put_others(struct writer *w)
{
	uint32_t weakest = weakest_other(w);

	if (weakest != SECCOMP_RET_KILL_PROCESS)
		fprintf(w->out, "others: 1 -> %s\n", action(w, weakest));
	for (size_t i = w->n_abis; i < w->n; i++)
		for (size_t j = 0; j < w->sections[i].n; j++)
			put_other(w, &w->sections[i], &w->sections[i].groups[j], weakest);
}

/* ------------------------------------------------------------------ */

static void write_rules(struct writer *w)
{
	const struct section *first = &w->sections[0];

	w->by_default = SECCOMP_RET_KILL_PROCESS;
	for (size_t i = 0; i < first->n; i++) {
		const struct answer *answer = &w->show->answers[first->groups[i].answer];
		if (first->groups[i].is_default && answer->n == 1)
			w->by_default = vd_effective(answer->outcomes[0].ret);
	}
	fputs("arch: ", w->out);
	for (size_t i = 0; i < w->n_abis; i++)
		fprintf(w->out, "%s%s", i ? ", " : "", vd_abi_info(w->sections[i].abi)->name);
	fprintf(w->out, "\ndefault: %s\n", action(w, w->by_default));
	for (size_t i = 0; i < w->show->n_answers; i++)
		put_answer(w, i);
	put_others(w);
}

static int compile(const char *data, size_t len, struct diags *diags, struct vd_stack *stack)
{
	struct sock_filter *insns;
	struct rules *rules;
	struct text text;
	size_t n;

	if (text_from("show --rules", data, len, &text) < 0)
		out_of_memory();
	int r = rules_read(&text, diags, &rules);
	if (r == 0) {
		struct vd_prog *prog;
		r = rules_compile(rules, 0, diags, &insns, &n);
		if (r == 0) {
			if (vd_prog_new(insns, n, &prog, NULL) < 0 || vd_stack_push(stack, prog) < 0)
				out_of_memory();
			vd_prog_free(prog);
			free(insns);
		}
		rules_free(rules);
	}
	text_done(&text);
	return r < 0 ? -1 : 0;
}

/* Whether the rules are the stack, for all records. -1 (diagnosed): no, or no answer. */
static int prove(struct show *show, struct vd_stack *rules, struct diags *diags)
{
	const struct vd_budget budget = { .ms = show->ms };

	for (unsigned big_endian = 0; big_endian < 2; big_endian++) {
		const struct vd_set set = { .arch = table_archs(big_endian) };
		struct vd_witness witness;
		enum vd_answer answer;
		vd_stack_set_big_endian(show->stack, big_endian);
		vd_stack_set_big_endian(rules, big_endian);
		int r = vd_prove_equal(show->stack, rules, &set, false, &budget, &answer, &witness);
		if (r == 0 && answer == VD_ANSWER_PROVED)
			continue;
		diag_file_error(diags, "show --rules", "%s",
				r < 0 ? "out of memory"
				: answer == VD_ANSWER_UNKNOWN
					? "the rules are not proved equal to the stack: "
					  "the budget is spent"
					: "the rules are not equal to the stack: please "
					  "report this");
		return -1;
	}
	return 0;
}

static int check(struct show *show, const char *text, size_t len, struct diags *diags)
{
	struct vd_stack *rules;
	int r;

	if (vd_stack_new(&rules) < 0)
		out_of_memory();
	r = compile(text, len, diags, rules);
	if (r == 0)
		r = prove(show, rules, diags);
	vd_stack_free(rules);
	return r;
}

/* The one answer that all archs without an ABI get; -1: there are several. */
static long answer_of_others(const struct sections *sections)
{
	long answer = -1;

	for (size_t i = 0; i < sections->n; i++) {
		const struct section *section = &sections->items[i];
		if (section->abi != VD_ABI_NONE)
			continue;
		if (section->n != 1 || (answer >= 0 && (size_t)answer != section->groups[0].answer))
			return -1;
		answer = (long)section->groups[0].answer;
	}
	return answer;
}

/* ABIs that get what all others get need not be named; one must be. */
static void leave_out(struct sections *sections)
{
	long answer = answer_of_others(sections);
	size_t n = 1;

	for (size_t i = 1; i < sections->n; i++) {
		const struct section *section = &sections->items[i];
		if (section->abi == VD_ABI_NONE || answer < 0 || section->n > 1 ||
		    section->groups[0].answer != (size_t)answer)
			sections->items[n++] = *section;
	}
	sections->n = n;
}

int as_rules(struct show *show, const char *names, struct diags *diags, char **ret_text)
{
	struct sections sections;
	struct writer w = { .show = show };
	size_t len;

	if (!show->error)
		sections_make(show, &sections);
	if (!show_exact(show)) {
		diag_file_error(diags, "show --rules", "something is not known, so there are no rules of it");
		diag_hint(diags, "verdict show says what");
		return -1;
	}
	if (sections.items[0].abi == VD_ABI_NONE)
		sections_begin_with(show, VD_ABI_X86_64, &sections);
	leave_out(&sections);
	w.sections = sections.items;
	w.n = sections.n;
	while (w.n_abis < w.n && w.sections[w.n_abis].abi != VD_ABI_NONE)
		w.n_abis++;
	w.out = open_memstream(ret_text, &len);
	if (!w.out)
		out_of_memory();
	fprintf(w.out, "# one filter, proved equal over all records to\n# %s\n", names);
	write_rules(&w);
	if (fclose(w.out))
		out_of_memory();
	if (check(show, *ret_text, len, diags) == 0)
		return 0;
	free(*ret_text);
	*ret_text = NULL;
	return -1;
}
