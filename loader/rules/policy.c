/* SPDX-License-Identifier: MIT */
/* Rules as a policy: a line's outcomes for each call it names. */
#include "loader/rules/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A policy's rule: one outcome of a line, for one call under the name it was written with. */
struct outcome {
	size_t filter;
	size_t line;
	bool when;
	const char *name; /* NULL: nr */
	uint32_t nr;
};

struct data {
	struct rules *rules;
	struct outcome *outcomes; /* one for each of the policy's rules */
	size_t cap, rules_cap;
};

static bool same_call(const struct outcome *outcome, const struct rules_entry *entry)
{
	if (!outcome->name || !entry->name)
		return !outcome->name && !entry->name && outcome->nr == entry->nr;
	return !strcmp(outcome->name, entry->name);
}

/* The outcome of an entry among the policy's rules, n: there is none yet. */
static size_t find(const struct policy *policy, size_t filter, const struct rules_entry *entry, bool when)
{
	const struct data *data = policy->data;

	for (size_t i = 0; i < policy->n; i++) {
		const struct outcome *outcome = &data->outcomes[i];
		if (outcome->filter == filter && outcome->line == entry->line && outcome->when == when &&
		    same_call(outcome, entry))
			return i;
	}
	return policy->n;
}

/* The entry of a rule on an ABI; NULL: the line is not about the ABI, or erased there. */
static const struct rules_entry *entry_of(const struct policy *policy, size_t i, int abi)
{
	const struct data *data = policy->data;
	const struct outcome *outcome = &data->outcomes[i];
	const struct rules_filter *filter = &data->rules->filters[outcome->filter];

	for (size_t j = 0; j < filter->n; j++)
		if (filter->entries[j].abi == abi && filter->entries[j].line == outcome->line &&
		    same_call(outcome, &filter->entries[j]))
			return &filter->entries[j];
	return NULL;
}

static bool matches(const struct policy *policy, size_t i, int abi, const struct seccomp_data *record)
{
	const struct data *data = policy->data;
	const struct rules_entry *entry = entry_of(policy, i, abi);

	return entry && pred_holds(&entry->pred, record) == data->outcomes[i].when;
}

static uint32_t read_record(const struct policy *policy, const struct seccomp_data *record, int *ret_rule)
{
	const struct data *data = policy->data;
	struct rules_answer answer = rules_answer(data->rules, record);

	*ret_rule = POLICY_DEFAULT;
	if (answer.entry && answer.entry->abi != VD_ABI_NONE)
		*ret_rule = (int)find(policy, (size_t)answer.filter, answer.entry, answer.held);
	return answer.ret;
}

static size_t boundaries(const struct policy *policy, size_t i, int abi, unsigned arg, uint64_t *ret_values,
			 size_t max)
{
	const struct rules_entry *entry = entry_of(policy, i, abi);

	return entry && arg < 6 ? pred_boundaries(&entry->pred, EXPR_ARG0 + arg, ret_values, max) : 0;
}

/* The program of a predicate, or of its contrary. */
static int outcome_program(const struct pred *pred, bool when, bool big_endian, struct vd_prog **ret_prog)
{
	struct pred other = { .nodes = malloc((pred->n + 1) * sizeof(*other.nodes)), .n = pred->n };

	if (!other.nodes)
		return -ENOMEM;
	memcpy(other.nodes, pred->nodes, pred->n * sizeof(*other.nodes));
	if (!when)
		other.nodes[other.n++] = (struct pred_node){
			.op = EXPR_LNOT, .boolean = true, .left = (int)pred->n - 1, .right = -1
		};
	int r = pred_program(&other, big_endian, ret_prog);
	free(other.nodes);
	return r;
}

static int program(const struct policy *policy, size_t i, int abi, bool big_endian, struct vd_prog **ret_prog)
{
	const struct data *data = policy->data;
	const struct rules_entry *entry = entry_of(policy, i, abi);
	bool holds;

	if (!entry)
		return -E2BIG;
	if (!pred_constant(&entry->pred, &holds) || holds != data->outcomes[i].when)
		return outcome_program(&entry->pred, data->outcomes[i].when, big_endian, ret_prog);
	*ret_prog = NULL;
	return 0;
}

static void free_policy(struct policy *policy)
{
	const struct data *data = policy->data;

	rules_free(data->rules); /* whose arena has all the rest */
}

static const char *describe(struct rules *rules, const struct rules_entry *entry, bool when, uint32_t ret)
{
	const struct rules_line *line = &rules->lines[entry->line];
	const char *call = entry->name, *expr = rules->text.data + line->expr.off;
	uint32_t bit = vd_abi_info(entry->abi)->nr_bit;
	char action[64], number[32];

	vd_action_format(ret, action, sizeof(action));
	if (entry->nr == entry->last)
		snprintf(number, sizeof(number), "%u", entry->nr & ~bit);
	else
		snprintf(number, sizeof(number), "%u..%u", entry->nr & ~bit, entry->last & ~bit);
	return arena_printf(&rules->arena, when ? "%s: %.*s -> %s" : "%s: !(%.*s) -> %s",
			    call ? call : number, (int)line->expr.len, expr, action);
}

static void add(struct policy *policy, size_t filter, const struct rules_entry *entry, bool when)
{
	struct data *data = policy->data;
	struct rules *rules = data->rules;
	const struct rules_line *line = &rules->lines[entry->line];
	size_t i = find(policy, filter, entry, when);

	if (i < policy->n) {
		policy->rules[i].abis |= 1u << entry->abi;
		return;
	}
	uint32_t ret = when ? line->if_true : line->if_false;
	struct outcome outcome = { filter, entry->line, when, entry->name, entry->nr };
	struct policy_rule rule = { .at = line->at,
				    .text = describe(rules, entry, when, ret),
				    .syscall = entry->name,
				    .nr = entry->nr,
				    .last = entry->last,
				    .action = ret,
				    .abis = 1u << entry->abi };
	data->outcomes = arena_grow(&rules->arena, data->outcomes, i, &data->cap, sizeof(outcome));
	policy->rules = arena_grow(&rules->arena, policy->rules, i, &data->rules_cap, sizeof(rule));
	data->outcomes[i] = outcome;
	policy->rules[i] = rule;
	policy->n++;
}

/* Entries are sorted by call; a policy's rules stand in the order of the text. */
static void add_line(struct policy *policy, size_t filter, size_t line)
{
	struct rules *rules = ((struct data *)policy->data)->rules;

	for (size_t i = 0; i < rules->filters[filter].n; i++) {
		const struct rules_entry *entry = &rules->filters[filter].entries[i];
		bool known, holds = false;
		/* what is about no ABI is no rule of one */
		if (entry->line != line || entry->abi == VD_ABI_NONE)
			continue;
		known = pred_constant(&entry->pred, &holds);
		if (!known || holds)
			add(policy, filter, entry, true);
		if (rules->lines[line].on_false == RULES_ELSE && (!known || !holds))
			add(policy, filter, entry, false);
	}
}

struct policy *rules_policy(struct rules *rules)
{
	struct policy *policy = arena_alloc(&rules->arena, sizeof(*policy));
	struct data *data = arena_alloc(&rules->arena, sizeof(*data));

	data->rules = rules;
	/* The text that this one is a piece of may go before the policy does. */
	rules->text.outer = NULL;
	*policy = (struct policy){ .data = data,
				   .matches = matches,
				   .read = read_record,
				   .boundaries = boundaries,
				   .free = free_policy };
	/* Of several filters the default of one may outrank a line of another. */
	if (rules->n_filters == 1)
		policy->program = program;
	for (size_t i = 0; i < rules->n_abis; i++)
		policy->abis |= 1u << rules->abis[i];
	for (size_t line = 0; line < rules->n_lines; line++)
		for (size_t filter = 0; filter < rules->n_filters; filter++)
			add_line(policy, filter, line);
	return policy;
}
