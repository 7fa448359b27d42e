/* SPDX-License-Identifier: MIT */
/*
 * Each rule is a set of records (its program, struct policy); for those that
 * it decides the stack is compared with its action. Which rules come before
 * it is not known: where a record that the prover finds is another rule's, as
 * the direct reading says, that one is left out and the question asked again.
 */
#include "loader/show/effects.h"
#include "loader/show/subject.h"
#include "vm/clock.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT SIZE_MAX       /* in place of a rule: what no rule is about */
#define THROUGH (SIZE_MAX - 1) /* calls through a multiplexer, of which the rules say one thing */

struct exact {
	bool usable;   /* the programs say what the direct reading does */
	bool *unknown; /* of the subject's rules: some question has no answer */
	size_t *about; /* the policy's rules that can be about the call, */
	size_t n_about;
	struct vd_prog **programs; /* their programs; NULL: all records */
	struct vd_set *except;	   /* what is left out: */
	size_t *left_out, n;	   /* these of about[] */
	bool has_default;	   /* there are records that no rule is about, */
	uint32_t by_default;	   /* which shall get this */
};

/* What is asked of a set's records: that they have a value's effect, or what is expected. */
struct question {
	size_t of; /* a rule of the policy, DEFAULT or THROUGH */
	struct vd_set set;
	uint32_t value;
	const struct vd_expect *expect; /* NULL: the value */
};

struct departure {
	struct seccomp_data record;
	uint32_t got, meant;
	int decided;
};

/* ------------------------------------------------------------------ */
/* Programs                                                           */

static bool is_about(const struct subject *subject, size_t i)
{
	const struct policy_rule *rule = &subject->policy->rules[i];
	uint32_t first = rule->nr, last = rule->last;

	if (!(rule->abis >> subject->abi & 1))
		return false;
	if (rule->syscall) {
		if (vd_syscall_number(subject->abi, rule->syscall, strlen(rule->syscall), &first) < 0)
			return false;
		last = first;
	}
	return first <= subject->last && subject->nr <= last;
}

void exact_begin(struct subject *subject)
{
	const struct policy *policy = subject->policy;
	struct arena *arena = &subject->report->arena;
	struct exact *exact = arena_alloc(arena, sizeof(*exact));
	bool big_endian = vd_abi_info(subject->abi)->big_endian;

	subject->exact = exact;
	exact->usable = policy->program != NULL;
	exact->unknown = arena_alloc(arena, subject->n * sizeof(*exact->unknown));
	exact->about = arena_alloc(arena, policy->n * sizeof(*exact->about));
	exact->programs = arena_alloc(arena, policy->n * sizeof(*exact->programs));
	exact->except = arena_alloc(arena, policy->n * sizeof(*exact->except));
	exact->left_out = arena_alloc(arena, policy->n * sizeof(*exact->left_out));
	for (size_t i = 0; i < policy->n && exact->usable && subject->there; i++) {
		if (!is_about(subject, i))
			continue;
		exact->about[exact->n_about] = i;
		exact->usable = policy->program(policy, i, subject->abi, big_endian,
						&exact->programs[exact->n_about]) == 0;
		exact->n_about += exact->usable;
	}
}

void exact_try(struct subject *subject, const struct seccomp_data *record)
{
	const struct policy *policy = subject->policy;
	struct exact *exact = subject->exact;

	for (size_t i = 0; i < exact->n_about && exact->usable; i++) {
		const struct vd_prog *prog = exact->programs[i];
		bool holds = !prog || vd_prog_run(prog, record);

		if (policy->matches(policy, exact->about[i], subject->abi, record) != holds)
			exact->usable = false;
	}
}

/* ------------------------------------------------------------------ */
/* Questions                                                          */

/* Every record gets the value. NULL: no memory. */
static struct vd_stack *constant(uint32_t value, bool big_endian)
{
	const struct sock_filter ret = { 0x06 /* BPF_RET | BPF_K */, 0, 0, value };
	struct vd_stack *stack = NULL;
	struct vd_prog *prog;

	if (vd_prog_new(&ret, 1, &prog, NULL) < 0)
		return NULL;
	if (vd_stack_new(&stack) == 0 && vd_stack_push(stack, prog) < 0) {
		vd_stack_free(stack);
		stack = NULL;
	}
	vd_prog_free(prog);
	if (stack)
		vd_stack_set_big_endian(stack, big_endian);
	return stack;
}

static enum vd_answer prove(const struct subject *subject, const struct question *question,
			    const struct vd_budget *budget, struct vd_witness *ret_witness)
{
	enum vd_answer answer = VD_ANSWER_UNKNOWN;
	int r;

	if (question->expect) {
		r = vd_prove_claim(subject->stack, &question->set, question->expect, budget, &answer,
				   ret_witness);
	} else {
		struct vd_stack *value = constant(question->value, vd_abi_info(subject->abi)->big_endian);

		if (!value)
			return VD_ANSWER_UNKNOWN;
		r = vd_prove_equal(subject->stack, value, &question->set, false, budget, &answer,
				   ret_witness);
		vd_stack_free(value);
	}
	return r < 0 ? VD_ANSWER_UNKNOWN : answer;
}

/* All questions together have one budget. */
static enum vd_answer ask_once(struct subject *subject, const struct question *question,
			       struct vd_witness *ret_witness)
{
	uint64_t *left = &subject->report->ns_left, begin = clock_ns(), spent;
	const struct vd_budget budget = { .ms = (unsigned)(*left / 1000000 + 1) };

	if (!*left)
		return VD_ANSWER_UNKNOWN;
	enum vd_answer answer = prove(subject, question, &budget, ret_witness);
	spent = clock_ns() - begin;
	*left = spent < *left ? *left - spent : 0;
	return answer;
}

static void leave_out(struct exact *exact, size_t i)
{
	exact->except[exact->n] = (struct vd_set){ .where = exact->programs[i] };
	exact->left_out[exact->n++] = i;
}

/* Leaves a rule of the policy out. False: it is, or is none of the call's. */
static bool leave_rule_out(struct exact *exact, size_t rule)
{
	for (size_t i = 0; i < exact->n; i++)
		if (exact->about[exact->left_out[i]] == rule)
			return false;
	for (size_t i = 0; i < exact->n_about; i++)
		if (exact->about[i] == rule) {
			leave_out(exact, i);
			return true;
		}
	return false;
}

/* Asks until the answer is not about a record that another rule decides. */
static enum vd_answer ask(struct subject *subject, struct question *question, struct departure *ret_departure)
{
	const struct policy *policy = subject->policy;
	struct vd_witness witness;

	for (;;) {
		struct departure departure = { .decided = POLICY_DEFAULT, .meant = question->value };

		if (question->of != THROUGH) {
			question->set.except = subject->exact->except;
			question->set.n_except = subject->exact->n;
		}
		enum vd_answer answer = ask_once(subject, question, &witness);
		if (answer != VD_ANSWER_RECORD)
			return answer;
		departure.record = witness.data;
		departure.got = vd_stack_run(subject->stack, &witness.data).ret;
		if (question->of != THROUGH)
			departure.meant = policy->read(policy, &witness.data, &departure.decided);
		if (departure.decided < 0 || (size_t)departure.decided == question->of) {
			*ret_departure = departure;
			return VD_ANSWER_RECORD;
		}
		if (!leave_rule_out(subject->exact, (size_t)departure.decided))
			return VD_ANSWER_UNKNOWN;
	}
}

/* Whether a record is what the question looked for. */
static bool departs(const struct subject *subject, const struct question *question,
		    const struct departure *departure)
{
	return same_effect(departure->meant, question->value) &&
	       !same_effect(departure->got, departure->meant) &&
	       (question->of == THROUGH || !is_inner_call(subject, &departure->record, departure->got));
}

static struct question question_of(const struct subject *subject, const struct vd_range *nr,
				   const struct vd_range *arch, size_t of)
{
	struct question question = { .of = of, .set = { .nr = { nr, 1 }, .arch = { arch, 1 } } };

	subject->exact->n = 0;
	return question;
}

/* ------------------------------------------------------------------ */
/* Rules                                                              */

/* What rule i of about[] decides. False: not known. */
static bool ask_rule(struct subject *subject, size_t i, const struct vd_expect *expect,
		     enum vd_answer *ret_answer, struct departure *ret_departure)
{
	struct exact *exact = subject->exact;
	uint64_t arch = vd_abi_info(subject->abi)->audit_arch;
	const struct vd_range nr = { subject->nr, subject->last }, archs = { arch, arch };
	struct question question = question_of(subject, &nr, &archs, exact->about[i]);

	question.set.where = exact->programs[i];
	question.value = subject->policy->rules[exact->about[i]].action;
	question.expect = expect;
	*ret_answer = ask(subject, &question, ret_departure);
	return *ret_answer == VD_ANSWER_PROVED ||
	       (*ret_answer == VD_ANSWER_RECORD && (expect ? same_effect(ret_departure->meant, question.value)
							   : departs(subject, &question, ret_departure)));
}

static size_t index_of(const struct exact *exact, size_t rule)
{
	size_t i = 0;

	while (exact->about[i] != rule)
		i++;
	return i;
}

static void prove_rules(struct subject *subject)
{
	struct exact *exact = subject->exact;

	for (size_t i = 0; i < subject->n; i++) {
		struct departure departure;
		enum vd_answer answer;

		if (subject->results[i].how == PARTIAL)
			continue;
		if (!ask_rule(subject, index_of(exact, subject->rules[i]), NULL, &answer, &departure))
			exact->unknown[i] = true;
		else if (answer == VD_ANSWER_RECORD)
			depart(&subject->results[i], &departure.record, departure.got, departure.meant);
	}
}

static void all_unknown(struct subject *subject)
{
	for (size_t i = 0; i < subject->n; i++)
		subject->exact->unknown[i] = true;
}

/* One more question of a set; a record is of the rules that it is blamed on. False: not known. */
static bool blame_one(struct subject *subject, struct question *question, const struct effects *right)
{
	struct vd_expect expect = expect_effects(&subject->report->arena, right);
	struct departure departure;

	question->expect = &expect;
	enum vd_answer answer = ask(subject, question, &departure);
	question->expect = NULL;
	if (answer == VD_ANSWER_RECORD && !departs(subject, question, &departure))
		return false;
	if (answer == VD_ANSWER_RECORD)
		blame(subject, &departure.record, departure.got, departure.meant, departure.decided);
	return answer != VD_ANSWER_UNKNOWN;
}

/* Departures are blamed on the rules whose action a record got, or on all. */
static void blame_each(struct subject *subject, struct question *question)
{
	uint32_t *actions = arena_alloc(&subject->report->arena, (subject->n + 1) * sizeof(*actions));
	const struct effects known = { actions, subject->n + 1, false, false };

	actions[subject->n] = question->value;
	for (size_t i = 0; i < subject->n; i++)
		actions[i] = subject->policy->rules[subject->rules[i]].action;
	if (!blame_one(subject, question, &known))
		all_unknown(subject);
	for (size_t i = 0; i < subject->n; i++) {
		const struct effects others = { &actions[i], 1, true, false };

		if (subject->results[i].how == PARTIAL || same_effect(actions[i], question->value))
			continue;
		if (!blame_one(subject, question, &others))
			subject->exact->unknown[i] = true;
	}
}

/* That all records of a question's set get its value. */
static void prove_value(struct subject *subject, struct question *question)
{
	struct departure departure;
	enum vd_answer answer = ask(subject, question, &departure);

	if (answer == VD_ANSWER_PROVED)
		return;
	if (answer == VD_ANSWER_RECORD && departs(subject, question, &departure))
		blame_each(subject, question);
	else
		all_unknown(subject);
}

/* What no rule is about gets the default. */
static void prove_default(struct subject *subject)
{
	const struct vd_expect none = { .n = 0 };
	struct exact *exact = subject->exact;
	uint64_t arch = vd_abi_info(subject->abi)->audit_arch;
	const struct vd_range nr = { subject->nr, subject->last }, archs = { arch, arch };
	struct question question = question_of(subject, &nr, &archs, DEFAULT);
	struct departure departure;

	for (size_t i = 0; i < exact->n_about; i++) {
		if (!exact->programs[i])
			return;
		leave_out(exact, i);
	}
	question.expect = &none;
	enum vd_answer answer = ask(subject, &question, &departure);
	question.expect = NULL;
	if (answer == VD_ANSWER_UNKNOWN)
		all_unknown(subject);
	if (answer != VD_ANSWER_RECORD)
		return;
	exact->has_default = true;
	exact->by_default = question.value = departure.meant;
	prove_value(subject, &question);
}

/* ------------------------------------------------------------------ */
/* Multiplexers                                                       */

/* Whether it is certain that the rules say the same of all records. */
static bool means_one_thing(struct subject *subject)
{
	const struct vd_expect none = { .n = 0 };
	struct exact *exact = subject->exact;
	struct departure departure;
	enum vd_answer answer;

	if (exact->has_default && !same_effect(exact->by_default, subject->meaning))
		return false;
	for (size_t i = 0; i < exact->n_about; i++)
		if (!same_effect(subject->policy->rules[exact->about[i]].action, subject->meaning) &&
		    (!ask_rule(subject, i, &none, &answer, &departure) || answer != VD_ANSWER_PROVED))
			return false;
	return true;
}

static void prove_through(struct subject *subject, const struct multiplexer *through)
{
	uint64_t arch = vd_abi_info(subject->abi)->audit_arch;
	const struct vd_range nr = { through->nr, through->nr }, archs = { arch, arch };
	struct vd_range call = { through->call, through->call };
	struct question question = question_of(subject, &nr, &archs, THROUGH);

	question.set.args[0] = (struct vd_ranges){ &call, 1 };
	question.value = subject->meaning;
	prove_value(subject, &question);
	if (!through->version)
		return;
	const struct effects stronger = { &question.value, 1, false, true };
	struct vd_expect expect = expect_effects(&subject->report->arena, &stronger);
	struct departure departure;
	call.first = call.last = through->call | through->version;
	question.expect = &expect;
	enum vd_answer answer = ask(subject, &question, &departure);
	if (answer == VD_ANSWER_RECORD)
		blame(subject, &departure.record, departure.got, departure.meant, departure.decided);
	if (answer != VD_ANSWER_PROVED)
		all_unknown(subject);
}

/* ------------------------------------------------------------------ */

static void prove_subject(struct subject *subject, const struct multiplexer *through)
{
	if (subject->there) {
		prove_rules(subject);
		prove_default(subject);
	}
	if (!through || !subject->one_meaning)
		return;
	if (means_one_thing(subject))
		prove_through(subject, through);
	else
		all_unknown(subject);
}

void exact_end(struct subject *subject, const struct multiplexer *through)
{
	struct exact *exact = subject->exact;

	if (exact->usable)
		prove_subject(subject, through);
	for (size_t i = 0; i < subject->n; i++) {
		struct applied_rule *result = &subject->results[i];

		result->proved = result->how == PARTIAL || result->how == MISSING ||
				 (exact->usable && !exact->unknown[i]);
	}
	for (size_t i = 0; i < exact->n_about; i++)
		vd_prog_free(exact->programs[i]);
}
