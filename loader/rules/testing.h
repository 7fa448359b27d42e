/* SPDX-License-Identifier: MIT */
/* What the Check suites of rules share: from their text to programs. */
#ifndef LOADER_RULES_TESTING_H
#define LOADER_RULES_TESTING_H

#include "loader/call.h"
#include "loader/rules/rules.h"
#include "loader/testing.h"

static inline struct rules *read_rules(const char *content)
{
	struct text text = text_of(content);
	struct rules *rules = NULL;
	struct diags diags;

	diags_init(&diags);
	if (rules_read(&text, &diags, &rules) < 0) {
		char *shown = printed(&diags);
		ck_abort_msg("%s", shown);
	}
	diags_done(&diags);
	text_done(&text);
	return rules;
}

static inline struct vd_prog *compile(const struct rules *rules, size_t i)
{
	struct sock_filter *insns = NULL;
	struct vd_prog *prog;
	struct diags diags;
	size_t len = 0;

	diags_init(&diags);
	ck_assert_int_eq(rules_compile(rules, i, &diags, &insns, &len), 0);
	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	free(insns);
	diags_done(&diags);
	return prog;
}

static inline struct vd_stack *stack_of(const struct rules *rules)
{
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	for (size_t i = 0; i < rules->n_filters; i++) {
		struct vd_prog *prog = compile(rules, i);
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
		vd_prog_free(prog);
	}
	return stack;
}

static inline struct seccomp_data record_of(const char *call)
{
	struct text text = text_of(call);
	struct span span = span_all(&text);
	struct seccomp_data record;

	ck_assert_int_eq(call_parse(&span, NULL, &record), 0);
	text_done(&text);
	return record;
}

#endif
