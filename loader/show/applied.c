/* SPDX-License-Identifier: MIT */
/*
 * One call on one ABI at a time: records made of the boundary values of all
 * rules about it. A record that the filter decides otherwise than the rules
 * is a departure of the rule that decides it; where none does, of the rules
 * whose action it got.
 */
#include "loader/show/applied.h"

#include "loader/call.h"
#include "loader/show/subject.h"

#include <string.h>

#define VALUES_MAX 160 /* of one rule and argument: a mask of 64 bits has about 70 */
#define VALUES_TOTAL 4096

static int32_t rank(uint32_t ret)
{
	return (int32_t)(vd_effective(ret) & SECCOMP_RET_ACTION_FULL);
}

static bool has_value(const struct values *values, uint64_t value)
{
	for (size_t i = 0; i < values->n; i++)
		if (values->items[i] == value)
			return true;
	return false;
}

static void add_value(struct values *values, uint64_t value)
{
	if (values->n < VALUES_TOTAL && !has_value(values, value))
		values->items[values->n++] = value;
}

/* Filters look at one half at a time: each upper half that a value has with each lower one. */
static struct values cross_halves(struct arena *arena, const struct values *values)
{
	struct values high = { arena_alloc(arena, VALUES_TOTAL * sizeof(uint64_t)), 0 };
	struct values low = { arena_alloc(arena, VALUES_TOTAL * sizeof(uint64_t)), 0 };
	struct values all = { arena_alloc(arena, VALUES_TOTAL * sizeof(uint64_t)), 0 };

	for (size_t i = 0; i < values->n; i++) {
		add_value(&high, values->items[i] >> 32);
		add_value(&low, values->items[i] & UINT32_MAX);
	}
	for (size_t i = 0; i < high.n; i++)
		for (size_t j = 0; j < low.n; j++)
			if (all.n < VALUES_TOTAL)
				all.items[all.n++] = high.items[i] << 32 | low.items[j];
	return all;
}

/* Boundary values of all rules; an argument that none looks at is 0 or all ones together with the others. */
static void collect_values(struct subject *subject)
{
	const struct policy *policy = subject->policy;
	struct arena *arena = &subject->report->arena;
	uint64_t found[VALUES_MAX];

	for (unsigned arg = 0; arg < SUBJECT_ARGS; arg++) {
		struct values *values = &subject->args[arg];

		values->items = arena_alloc(arena, VALUES_TOTAL * sizeof(*values->items));
		values->n = 0;
		for (size_t i = 0; i < subject->n; i++) {
			size_t n = policy->boundaries(policy, subject->rules[i], subject->abi, arg, found,
						      VALUES_MAX);

			for (size_t j = 0; j < n && j < VALUES_MAX; j++)
				add_value(values, found[j]);
		}
		if (!arg && subject->name) {
			size_t n = multiplex_calls(subject->name, found, VALUES_MAX);

			for (size_t j = 0; j < n; j++)
				add_value(values, found[j]);
		}
		add_value(values, 0);
		if (values->n > 1)
			add_value(values, UINT64_MAX);
	}
}

static bool is_conditional(const struct subject *subject, size_t rule)
{
	const struct policy *policy = subject->policy;
	uint64_t value;

	for (unsigned arg = 0; arg < SUBJECT_ARGS; arg++)
		if (policy->boundaries(policy, rule, subject->abi, arg, &value, 1))
			return true;
	return false;
}

static uint32_t run(struct subject *subject, const struct seccomp_data *record)
{
	subject->report->tried++;
	return vd_stack_run(subject->stack, record).ret;
}

void depart(struct applied_rule *result, const struct seccomp_data *record, uint32_t got, uint32_t meant)
{
	if (result->how != PARTIAL) {
		result->how = PARTIAL;
		result->record = *record;
		result->got = got;
		result->meant = meant;
	}
	result->departures++;
}

void blame(struct subject *subject, const struct seccomp_data *record, uint32_t got, uint32_t meant,
	   int decided)
{
	bool found = false;

	for (size_t i = 0; i < subject->n; i++) {
		size_t rule = subject->rules[i];

		if (decided >= 0 ? rule != (size_t)decided
				 : !same_effect(subject->policy->rules[rule].action, got))
			continue;
		depart(&subject->results[i], record, got, meant);
		found = true;
	}
	for (size_t i = 0; i < subject->n && !found; i++)
		depart(&subject->results[i], record, got, meant);
}

bool is_inner_call(const struct subject *subject, const struct seccomp_data *record, uint32_t got)
{
	const struct policy *policy = subject->policy;
	struct multiplexer multiplexer;

	for (size_t i = 0; i < policy->n; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (rule->syscall && rule->abis >> subject->abi & 1 && same_effect(rule->action, got) &&
		    multiplex_call(subject->abi, rule->syscall, &multiplexer) &&
		    multiplexer.nr == (uint32_t)record->nr && multiplexer.call == (uint32_t)record->args[0])
			return true;
	}
	return false;
}

static void judge(struct subject *subject, const struct seccomp_data *record)
{
	int decided = POLICY_DEFAULT;
	uint32_t meant = subject->policy->read(subject->policy, record, &decided), got = run(subject, record);

	exact_try(subject, record);
	if (subject->none_yet)
		subject->meaning = meant;
	else if (!same_effect(subject->meaning, meant))
		subject->one_meaning = false;
	subject->none_yet = false;
	if (!same_effect(meant, got) && !is_inner_call(subject, record, got))
		blame(subject, record, got, meant, decided);
}

/* Combination number i of the arguments' values. */
static void combine(const struct subject *subject, uint64_t i, struct seccomp_data *record)
{
	for (unsigned arg = 0; arg < SUBJECT_ARGS; arg++) {
		record->args[arg] = subject->args[arg].items[i % subject->args[arg].n];
		i /= subject->args[arg].n;
	}
}

/* How many combinations there are. */
static uint64_t combinations(const struct subject *subject)
{
	uint64_t total = 1;

	for (unsigned arg = 0; arg < SUBJECT_ARGS; arg++)
		if (__builtin_mul_overflow(total, subject->args[arg].n, &total))
			return UINT64_MAX;
	return total;
}

/* The i-th of the combinations to try: all where they are few enough, else some of everywhere. */
static uint64_t pick(uint64_t i, uint64_t total)
{
	if (total <= APPLIED_RECORDS_MAX)
		return i;
	/* The golden ratio's multiples fill the unit interval evenly. */
	return (uint64_t)((unsigned __int128)(i * 0x9e3779b97f4a7c15u) * total >> 64);
}

static uint64_t tries(uint64_t total)
{
	return total <= APPLIED_RECORDS_MAX ? total : APPLIED_RECORDS_MAX;
}

/* Each rule's own boundary values alone, whatever the others have: the rest is what the first value is. */
static void judge_alone(struct subject *subject, struct seccomp_data *record)
{
	for (unsigned arg = 0; arg < SUBJECT_ARGS; arg++)
		for (size_t i = 0; i < subject->args[arg].n; i++) {
			memset(record->args, 0, sizeof(record->args));
			record->args[arg] = subject->args[arg].items[i];
			judge(subject, record);
		}
}

static void judge_combinations(struct subject *subject, struct seccomp_data *record)
{
	uint64_t total = combinations(subject), n = tries(total);

	for (uint64_t i = 0; i < n; i++) {
		combine(subject, pick(i, total), record);
		judge(subject, record);
	}
	if (n == total)
		return;
	judge_alone(subject, record);
	if (__builtin_add_overflow(subject->report->skipped, total - n, &subject->report->skipped))
		subject->report->skipped = UINT64_MAX;
}

static void judge_direct(struct subject *subject)
{
	struct seccomp_data record = { .arch = vd_abi_info(subject->abi)->audit_arch,
				       .nr = (int)subject->nr };

	judge_combinations(subject, &record);
	for (unsigned arg = 0; arg < SUBJECT_ARGS; arg++) {
		struct arena_mark mark = arena_mark(&subject->report->arena);
		struct values plain = subject->args[arg];

		if (plain.n == 1)
			continue;
		subject->args[arg] = cross_halves(&subject->report->arena, &plain);
		judge_combinations(subject, &record);
		subject->args[arg] = plain;
		arena_release(&subject->report->arena, mark);
	}
	/* Arguments that no rule looks at make no difference. */
	memset(record.args, 0xff, sizeof(record.args));
	for (unsigned arg = 0; arg < SUBJECT_ARGS; arg++)
		if (subject->args[arg].n > 1)
			record.args[arg] = subject->args[arg].items[0];
	judge(subject, &record);
}

/* Without a number of its own the call means what its strongest rule without conditions says, if no other
 * may. */
static void meaning_without_number(struct subject *subject)
{
	bool found = false;

	for (size_t i = 0; i < subject->n; i++) {
		uint32_t action = subject->policy->rules[subject->rules[i]].action;

		if (is_conditional(subject, subject->rules[i])) {
			subject->one_meaning = false;
			continue;
		}
		if (!found || rank(action) < rank(subject->meaning))
			subject->meaning = action;
		found = true;
	}
	if (!found)
		subject->one_meaning = false;
}

/*
 * Through the multiplexer a filter sees which call is made, not its
 * arguments: rules that say one thing of the call can be applied there.
 */
static void judge_multiplexed(struct subject *subject, const struct multiplexer *multiplexer)
{
	struct seccomp_data first = { .arch = vd_abi_info(subject->abi)->audit_arch,
				      .nr = (int)multiplexer->nr };
	uint64_t total = combinations(subject), n = tries(total);
	uint32_t got;

	first.args[0] = multiplexer->call;
	got = run(subject, &first);
	for (size_t i = 0; i < subject->n; i++) {
		struct applied_rule *result = &subject->results[i];

		if (!subject->one_meaning) {
			if (result->how != PARTIAL)
				depart(result, &first, got, subject->policy->rules[subject->rules[i]].action);
			result->in_memory = result->record.nr == first.nr;
		} else if (result->how != PARTIAL) {
			result->how = MULTIPLEXED;
			result->record = first;
			result->got = got;
		}
	}
	for (uint64_t i = 0; i < n && subject->one_meaning; i++) {
		struct seccomp_data record = first;

		combine(subject, pick(i, total), &record);
		record.args[0] = multiplexer->call;
		got = run(subject, &record);
		if (!same_effect(got, subject->meaning))
			blame(subject, &record, got, subject->meaning, POLICY_DEFAULT);
	}
	if (!multiplexer->version || !subject->one_meaning)
		return;
	first.args[0] |= multiplexer->version;
	got = run(subject, &first);
	if (rank(got) > rank(subject->meaning)) /* a way round; being stronger there harms nobody */
		blame(subject, &first, got, subject->meaning, POLICY_DEFAULT);
}

static void judge_subject(struct subject *subject)
{
	struct seccomp_data data = { .arch = vd_abi_info(subject->abi)->audit_arch, .nr = (int)subject->nr };
	struct multiplexer multiplexer;
	bool through = subject->name && multiplex_call(subject->abi, subject->name, &multiplexer);

	subject->one_meaning = subject->none_yet = true;
	vd_stack_set_big_endian(subject->stack, call_big_endian(&data));
	collect_values(subject);
	exact_begin(subject);
	if (subject->there)
		judge_direct(subject);
	else if (through)
		meaning_without_number(subject);
	if (through)
		judge_multiplexed(subject, &multiplexer);
	for (size_t i = 0; i < subject->n && !subject->there && !through; i++)
		subject->results[i].how = MISSING;
	exact_end(subject, through ? &multiplexer : NULL);
}

static bool same_call(const struct policy_rule *a, const struct policy_rule *b)
{
	if (!a->syscall || !b->syscall)
		return !a->syscall && !b->syscall && a->nr == b->nr;
	return !strcmp(a->syscall, b->syscall);
}

/* The rules about the call of rule `first`. */
static void check_call(struct applied_report *report, const struct policy *policy, struct vd_stack *stack,
		       int abi, size_t first, struct applied_rule *results)
{
	const struct policy_rule *rule = &policy->rules[first];
	struct arena_mark mark = arena_mark(&report->arena);
	struct subject subject = {
		.report = report,
		.policy = policy,
		.stack = stack,
		.abi = abi,
		.name = rule->syscall,
		.nr = rule->nr,
		.last = rule->last,
		.there = true,
		.rules = arena_alloc(&report->arena, policy->n * sizeof(*subject.rules)),
		.results = arena_alloc(&report->arena, policy->n * sizeof(*subject.results)),
	};

	if (rule->syscall) {
		subject.there = vd_syscall_number(abi, rule->syscall, strlen(rule->syscall), &subject.nr) ==
				0;
		subject.last = subject.nr;
	}
	for (size_t i = first; i < policy->n; i++)
		if (policy->rules[i].abis >> abi & 1 && same_call(rule, &policy->rules[i])) {
			subject.results[subject.n] = (struct applied_rule){ .rule = i, .abi = abi };
			subject.rules[subject.n++] = i;
		}
	judge_subject(&subject);
	for (size_t i = 0; i < subject.n; i++)
		results[subject.rules[i]] = subject.results[i];
	arena_release(&report->arena, mark);
}

static bool first_of_call(const struct policy *policy, int abi, size_t rule)
{
	for (size_t i = 0; i < rule; i++)
		if (policy->rules[i].abis >> abi & 1 && same_call(&policy->rules[i], &policy->rules[rule]))
			return false;
	return policy->rules[rule].abis >> abi & 1;
}

void applied_check(struct applied_report *report, const struct policy *policy, struct vd_stack *stack,
		   unsigned ms)
{
	*report = (struct applied_report){ .ns_left = (ms ? ms : APPLIED_MS) * UINT64_C(1000000) };
	arena_init(&report->arena);
	report->items = arena_alloc(&report->arena, (policy->n + 1) * VD_ABI_COUNT * sizeof(*report->items));
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		struct applied_rule *results = arena_alloc(&report->arena,
							   (policy->n + 1) * sizeof(*results));

		if (!(policy->abis >> abi & 1))
			continue;
		for (size_t i = 0; i < policy->n; i++)
			if (first_of_call(policy, abi, i))
				check_call(report, policy, stack, abi, i, results);
		for (size_t i = 0; i < policy->n; i++) {
			if (!(policy->rules[i].abis >> abi & 1))
				continue;
			report->counts[results[i].how]++;
			report->proved += results[i].proved;
			report->items[report->n++] = results[i];
		}
	}
}

void applied_done(struct applied_report *report)
{
	arena_done(&report->arena);
	*report = (struct applied_report){ 0 };
}

const char *applied_name(enum applied how)
{
	static const char *const names[] = { "applied", "multiplexed", "missing", "partial" };

	return names[how];
}
