/* SPDX-License-Identifier: MIT */
/*
 * A profile read directly. The reading is that of seccomp_rule_add(3) and of
 * the text itself:
 *
 * - an entry matches a call that it names when all of its conditions hold,
 *   two on one argument included (runtimes take those apart: a departure);
 * - SCMP_CMP_MASKED_EQ compares what the mask in value leaves of both sides;
 * - comparisons are unsigned, over the bits that the call gets: all 64, except
 *   on ABIs whose entry code drops the upper half. On x32 registers are whole,
 *   and a call gets what its kernel function declares: 32 bits of an int;
 * - of several entries that match the strongest action stands, by the kernel's
 *   order; of equal ones the first;
 * - architectures that the profile does not name are killed (libseccomp's
 *   action for those).
 */
#include "loader/profile/profile.h"

#include "loader/rules/pred.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 512
#define NO_CALL UINT64_MAX

static const char *const ops[] = { "!=", "<", "<=", "==", ">=", ">" };

struct reading {
	struct policy policy;
	struct doc *doc; /* owns all of this but itself */
	uint32_t default_action;
	const struct profile_entry **entries; /* of each rule */
	int abis[VD_ABI_COUNT];
	size_t n_abis;
	uint64_t *numbers; /* of rule i on abis[a]: numbers[i * n_abis + a]; NO_CALL: not there */
	uint8_t *narrow;   /* the same index: bit n is set where argument n is 32 bits */
};

static const struct reading *reading_of(const struct policy *policy)
{
	return policy->data;
}

static int slot_of(const struct reading *reading, int abi)
{
	for (size_t i = 0; i < reading->n_abis; i++)
		if (reading->abis[i] == abi)
			return (int)i;
	return -1;
}

/* --------------------------------------------------------------- conditions */

static bool arg_holds(const struct profile_arg *arg, uint64_t value)
{
	switch (arg->op) {
	case PROFILE_NE:
		return value != arg->value;
	case PROFILE_LT:
		return value < arg->value;
	case PROFILE_LE:
		return value <= arg->value;
	case PROFILE_EQ:
		return value == arg->value;
	case PROFILE_GE:
		return value >= arg->value;
	case PROFILE_GT:
		return value > arg->value;
	case PROFILE_MASKED_EQ:
		return (value & arg->value) == (arg->value_two & arg->value);
	}
	return false;
}

static bool is_narrow(const struct reading *reading, size_t rule, int abi, unsigned arg)
{
	int slot = slot_of(reading, abi);

	return slot >= 0 && reading->narrow[rule * reading->n_abis + (size_t)slot] >> arg & 1;
}

static bool matches(const struct policy *policy, size_t i, int abi, const struct seccomp_data *record)
{
	const struct reading *reading = reading_of(policy);
	const struct profile_entry *entry = reading->entries[i];

	for (size_t j = 0; j < entry->n_args; j++) {
		const struct profile_arg *arg = &entry->args[j];
		uint64_t value = record->args[arg->index];
		if (is_narrow(reading, i, abi, arg->index))
			value &= UINT32_MAX;
		if (!arg_holds(arg, value))
			return false;
	}
	return true;
}

/* Lower is stronger (kernel/seccomp.c: seccomp_run_filters). */
static int32_t rank(uint32_t action)
{
	return (int32_t)(action & SECCOMP_RET_ACTION_FULL);
}

static uint32_t read_record(const struct policy *policy, const struct seccomp_data *record, int *ret_rule)
{
	const struct reading *reading = reading_of(policy);
	int abi = vd_abi_of(record->arch, (uint32_t)record->nr), slot = slot_of(reading, abi),
	    found = POLICY_DEFAULT;

	for (size_t i = 0; slot >= 0 && i < policy->n; i++) {
		if (reading->numbers[i * reading->n_abis + (size_t)slot] != (uint32_t)record->nr ||
		    !matches(policy, i, abi, record))
			continue;
		if (found < 0 || rank(policy->rules[i].action) < rank(policy->rules[found].action))
			found = (int)i;
	}
	*ret_rule = found;
	if (slot < 0)
		return SECCOMP_RET_KILL_THREAD;
	return found < 0 ? reading->default_action : policy->rules[found].action;
}

/* --------------------------------------------------------------- boundaries */

struct values {
	uint64_t *items;
	size_t n, max;
};

static void add_value(struct values *values, uint64_t value)
{
	size_t kept = values->n < values->max ? values->n : values->max;

	for (size_t i = 0; i < kept; i++)
		if (values->items[i] == value)
			return;
	if (values->n < values->max)
		values->items[values->n] = value;
	values->n++;
}

/* A value and its neighbours; each also with another upper half. */
static void add_around(struct values *values, uint64_t value)
{
	static const uint64_t steps[] = { 0, -1ull, 1 }, halves[] = { 0, 1ull << 32, -(1ull << 32) };

	for (size_t half = 0; half < 3; half++)
		for (size_t step = 0; step < 3; step++)
			add_value(values, value + steps[step] + halves[half]);
	for (size_t step = 0; step < 3; step++)
		add_value(values, (value + steps[step]) & UINT32_MAX);
}

/* What the mask leaves alone and all that it does not look at; each bit of the mask changed in turn. */
static void add_masked(struct values *values, const struct profile_arg *arg)
{
	uint64_t wanted = arg->value_two & arg->value;

	add_value(values, wanted);
	add_value(values, wanted | ~arg->value);
	for (unsigned bit = 0; bit < 64; bit++)
		if (arg->value >> bit & 1)
			add_value(values, wanted ^ 1ull << bit);
	for (unsigned bit = 0; bit < 64; bit += 31)
		add_value(values, wanted ^ 1ull << bit);
	add_value(values, wanted ^ 1ull << 32);
	add_value(values, 0);
	add_value(values, UINT64_MAX);
}

static size_t boundaries(const struct policy *policy, size_t i, int abi, unsigned arg, uint64_t *ret_values,
			 size_t max)
{
	const struct profile_entry *entry = reading_of(policy)->entries[i];
	struct values values = { ret_values, 0, max };

	(void)abi; /* both widths are tried on all */
	for (size_t j = 0; j < entry->n_args; j++) {
		if (entry->args[j].index != arg)
			continue;
		if (entry->args[j].op == PROFILE_MASKED_EQ)
			add_masked(&values, &entry->args[j]);
		else
			add_around(&values, entry->args[j].value);
	}
	return values.n;
}

/* ----------------------------------------------------------------- programs */

/* 64 bits that the call gets: of a narrow argument the lower half. */
static void write_arg(FILE *out, const struct profile_arg *arg, bool narrow)
{
	unsigned long long value = arg->value, mask = narrow ? UINT32_MAX : UINT64_MAX;

	if (arg->op == PROFILE_MASKED_EQ)
		fprintf(out, "(arg%u & 0x%llx) == 0x%llx", arg->index, value & mask,
			(unsigned long long)arg->value_two & value);
	else if (narrow)
		fprintf(out, "(arg%u & 0xffffffff) %s 0x%llx", arg->index, ops[arg->op], value);
	else
		fprintf(out, "arg%u %s 0x%llx", arg->index, ops[arg->op], value);
}

static int program(const struct policy *policy, size_t i, int abi, bool big_endian, struct vd_prog **ret_prog)
{
	const struct profile_entry *entry = reading_of(policy)->entries[i];
	char *text = NULL;
	size_t size;

	if (!entry->n_args) {
		*ret_prog = NULL;
		return 0;
	}
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	for (size_t j = 0; j < entry->n_args; j++) {
		const struct profile_arg *arg = &entry->args[j];
		fputs(j ? " && " : "", out);
		write_arg(out, arg, is_narrow(reading_of(policy), i, abi, arg->index));
	}
	int r = fclose(out) ? -ENOMEM : pred_program_of(text, big_endian, ret_prog);
	free(text);
	return r == -EINVAL ? -E2BIG : r;
}

/* ------------------------------------------------------------------ building */

static void describe_arg(FILE *out, const struct profile_arg *arg)
{
	if (arg->op == PROFILE_MASKED_EQ)
		fprintf(out, "(arg%u & 0x%llx) == 0x%llx", arg->index, (unsigned long long)arg->value,
			(unsigned long long)arg->value_two);
	else
		fprintf(out, "arg%u %s %llu", arg->index, ops[arg->op], (unsigned long long)arg->value);
}

/* "socket: arg0 == 40 -> ERRNO(EAFNOSUPPORT)" */
static const char *describe(struct arena *arena, const char *name, const struct profile_entry *entry)
{
	char text[TEXT_MAX], action[64];
	FILE *out = fmemopen(text, sizeof(text), "w");

	vd_action_format(entry->action.ret, action, sizeof(action));
	text[0] = '\0';
	for (size_t i = 0; out && i < entry->n_args; i++) {
		fputs(i ? " && " : ": ", out);
		describe_arg(out, &entry->args[i]);
	}
	if (out)
		fclose(out);
	text[sizeof(text) - 1] = '\0';
	return arena_printf(arena, "%s%s -> %s", name, text, action);
}

static void add_abi(struct reading *reading, int abi)
{
	if (slot_of(reading, abi) >= 0)
		return;
	reading->abis[reading->n_abis++] = abi;
	reading->policy.abis |= 1u << abi;
}

/* The arguments of which a call gets 32 bits. */
static uint8_t narrow_args(int abi, uint64_t number)
{
	const struct vd_abi_info *info = vd_abi_info(abi);
	struct vd_arg args[6];
	uint8_t narrow = 0;
	int n;

	if (info->word_bits == 64)
		return 0;
	n = abi == VD_ABI_X32 && number != NO_CALL ? vd_syscall_args(abi, (uint32_t)number, args) : -1;
	if (n < 0)
		return 0x3f;
	for (int i = 0; i < n; i++)
		if (args[i].bits <= 32)
			narrow |= (uint8_t)(1u << i);
	return narrow;
}

static void fill_rule(struct reading *reading, size_t i, const struct profile_rule *rule)
{
	struct arena *arena = &reading->doc->arena;
	const struct span *span = rule->name;
	const char *name = arena_text(arena, span->text->data + span->off, span->len);

	reading->entries[i] = rule->entry;
	reading->policy.rules[i] = (struct policy_rule){
		.at = *span,
		.text = describe(arena, name, rule->entry),
		.syscall = name,
		.action = rule->entry->action.ret,
		.abis = reading->policy.abis,
	};
	for (size_t a = 0; a < reading->n_abis; a++) {
		size_t at = i * reading->n_abis + a;
		uint32_t nr;
		int r = vd_syscall_number(reading->abis[a], name, span->len, &nr);
		reading->numbers[at] = r < 0 ? NO_CALL : nr;
		reading->narrow[at] = narrow_args(reading->abis[a], reading->numbers[at]);
	}
}

static void policy_free(struct policy *policy)
{
	const struct reading *reading = policy->data;

	doc_free(reading->doc);
}

struct policy *profile_policy(struct doc *doc, const struct profile *profile,
			      const struct selection *selection, const struct profile_options *options)
{
	struct arena *arena = &doc->arena;
	struct reading *reading = arena_alloc(arena, sizeof(*reading));
	size_t n = selection->n_rules;

	reading->doc = doc;
	reading->default_action = profile->default_action.ret;
	add_abi(reading, options->abi);
	for (size_t i = 0; i < selection->n_abis; i++)
		add_abi(reading, selection->abis[i]);
	reading->policy.rules = arena_alloc(arena, (n + 1) * sizeof(*reading->policy.rules));
	reading->entries = arena_alloc(arena, (n + 1) * sizeof(*reading->entries));
	reading->numbers = arena_alloc(arena, (n + 1) * reading->n_abis * sizeof(*reading->numbers));
	reading->narrow = arena_alloc(arena, (n + 1) * reading->n_abis * sizeof(*reading->narrow));
	for (size_t i = 0; i < n; i++)
		fill_rule(reading, i, &selection->rules[i]);
	reading->policy.n = n;
	reading->policy.data = reading;
	reading->policy.matches = matches;
	reading->policy.read = read_record;
	reading->policy.boundaries = boundaries;
	reading->policy.program = program;
	reading->policy.free = policy_free;
	return &reading->policy;
}
