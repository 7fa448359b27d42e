/* SPDX-License-Identifier: MIT */
/*
 * A predicate over a record and what the stack returns for it, as a claim. The
 * values that a stack can return are few: for each of them the predicate is one
 * about records alone, so the claim is, for each, that the stack does not
 * return it for the records that meet that.
 */
#include "fuzz/search/goal.h"
#include "loader/rules/pred.h"

#include <string.h>

/* Values a stack returns that are looked at one by one. */
#define VALUES_MAX 4096

struct group;
struct finder {
	struct goals *goals;
	struct case_stack *stack;
	struct expr expr;
	struct span span;
	struct diags *diags;
	struct interval *values; /* values of the stack that the predicate cannot tell apart */
	size_t n;
	bool computed; /* a program returns what it computes */
	struct group *groups;
	size_t n_groups, cap_groups;
	struct box *boxes;
	size_t n_boxes, cap_boxes;
};

static void add_value(struct finder *finder, uint32_t ret)
{
	for (size_t i = 0; i < finder->n; i++)
		if (finder->values[i].lo == ret)
			return;
	if (finder->n == VALUES_MAX) {
		finder->computed = true;
		return;
	}
	finder->values[finder->n++] = (struct interval){ ret, ret };
}

static void add_range(struct finder *finder, uint32_t first, uint32_t last)
{
	finder->values[finder->n++] = (struct interval){ first, last };
}

/* Without ret.data and ret an action is as good as another with other data. */
static void add_actions(struct finder *finder)
{
	static const uint32_t actions[] = { 0,		0x00030000, 0x00050000, 0x7fc00000,
					    0x7ff00000, 0x7ffc0000, 0x7fff0000, 0x80000000 };
	uint64_t next = 0;

	finder->n = 0;
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (next < actions[i])
			add_range(finder, (uint32_t)next, actions[i] - 1);
		add_range(finder, actions[i], actions[i] | 0xffff);
		next = (uint64_t)actions[i] + 0x10000;
	}
	add_range(finder, (uint32_t)next, UINT32_MAX);
}

/* Whether the predicate speaks of more of the verdict than its action. */
static bool speaks_of_data(const struct expr *expr)
{
	for (size_t i = 0; i < expr->n; i++)
		if (expr->nodes[i].op == EXPR_FIELD &&
		    (expr->nodes[i].value == EXPR_RET_DATA || expr->nodes[i].value == EXPR_RET))
			return true;
	return false;
}

static int collect_values(struct finder *finder)
{
	const struct vd_stack *stack = finder->stack->stacks[0].stack;

	add_value(finder, SECCOMP_RET_ALLOW); /* what no filter lowered */
	add_value(finder, 0);		      /* a division by zero */
	for (size_t i = 0; i < vd_stack_len(stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(stack, i);
		for (size_t pc = 0; pc < vd_prog_len(prog); pc++) {
			const struct sock_filter *insn = &vd_prog_insns(prog)[pc];
			if (insn->code == (BPF_RET | BPF_K))
				add_value(finder, insn->k);
			finder->computed |= insn->code == (BPF_RET | BPF_A);
		}
	}
	if (!finder->computed)
		return 0;
	if (!speaks_of_data(&finder->expr)) {
		add_actions(finder);
		return 0;
	}
	diag_error(finder->diags, &finder->span,
		   "a filter returns what it computes (ret a): any value is possible");
	diag_hint(finder->diags, "speak of ret.action alone");
	return -1;
}

/* Values for which the predicate says the same of records. */
struct group {
	struct pred pred;
	struct set_builder values;
};

static int add_box(struct finder *finder, const struct pred *pred, bool big_endian,
		   const struct expect *expect)
{
	struct box box = *goal_any_record(big_endian);
	bool holds = true;

	box.expect = expect;
	if (!pred_constant(pred, &holds) &&
	    where_new(pred, big_endian, &finder->goals->wheres, &finder->goals->arena, &box.where) < 0) {
		diag_error(finder->diags, &finder->span,
			   "this takes more arithmetic than a filter has room for");
		diag_hint(finder->diags, "write it with fewer parentheses inside each other");
		return -1;
	}
	if (!holds)
		return 0;
	finder->boxes = arena_grow(&finder->goals->arena, finder->boxes, finder->n_boxes, &finder->cap_boxes,
				   sizeof(box));
	finder->boxes[finder->n_boxes++] = box;
	return 0;
}

/* The claim that none of a group's values is returned where its predicate holds. */
static int add_boxes(struct finder *finder, struct group *group)
{
	struct arena *arena = &finder->goals->arena;
	struct set wrong = set_build(&group->values), *right = arena_alloc(arena, sizeof(*right));
	struct expect *expect = arena_alloc(arena, sizeof(*expect));
	bool holds;

	*right = set_complement(&wrong, UINT32_MAX, arena);
	expect->values = right;
	if (pred_constant(&group->pred, &holds) && !holds)
		return 0;
	if (add_box(finder, &group->pred, false, expect) < 0)
		return -1;
	return add_box(finder, &group->pred, true, expect);
}

/* Adds a value to the group whose predicate is the same; takes the predicate over. */
static void add_to_group(struct finder *finder, struct pred *pred, struct interval values)
{
	size_t i = 0;

	while (i < finder->n_groups && !pred_equal(&finder->groups[i].pred, pred))
		i++;
	if (i < finder->n_groups) {
		pred_done(pred);
	} else {
		finder->groups = arena_grow(&finder->goals->arena, finder->groups, finder->n_groups,
					    &finder->cap_groups, sizeof(*finder->groups));
		finder->groups[finder->n_groups++] = (struct group){
			.pred = *pred, .values = { .arena = &finder->goals->arena }
		};
	}
	set_add(&finder->groups[i].values, values.lo, values.hi);
}

static int bind_values(struct finder *finder)
{
	for (size_t i = 0; i < finder->n; i++) {
		struct pred_subject subject = { .abi = VD_ABI_NONE,
						.search = true,
						.ret = vd_effective((uint32_t)finder->values[i].lo) };
		struct pred pred;
		if (pred_bind(&finder->expr, &subject, finder->diags, &pred) < 0)
			return -1;
		add_to_group(finder, &pred, finder->values[i]);
	}
	return 0;
}

static int make_claim(struct finder *finder)
{
	if (collect_values(finder) < 0)
		return -1;
	int r = bind_values(finder);
	for (size_t i = 0; i < finder->n_groups && r == 0; i++)
		r = add_boxes(finder, &finder->groups[i]);
	for (size_t i = 0; i < finder->n_groups; i++)
		pred_done(&finder->groups[i].pred);
	return r;
}

int goals_add_find(struct goals *goals, const char *predicate, struct case_stack *stack, struct diags *diags)
{
	struct finder finder = { .goals = goals, .stack = stack, .diags = diags };
	struct arena *arena = &goals->arena;
	struct text text;

	if (text_from("--find", predicate, strlen(predicate), &text) < 0)
		out_of_memory();
	finder.span = span_all(&text);
	finder.values = arena_alloc(arena, (VALUES_MAX + 32) * sizeof(*finder.values));
	int r = expr_parse(&finder.span, EXPR_SEARCH, diags, &finder.expr, NULL);
	if (r == 0) {
		r = make_claim(&finder);
		expr_done(&finder.expr);
	}
	text_done(&text);
	if (r == 0)
		*goal_add(goals) = (struct goal){
			.kind = GOAL_FIND,
			.name = arena_text(arena, predicate, strlen(predicate)),
			.claim = { .stack = stack, .boxes = finder.boxes, .n = finder.n_boxes },
		};
	return r;
}
