/* SPDX-License-Identifier: MIT */
#include "fuzz/search/goal.h"
#include "cases/samples.h"

#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

void goals_init(struct goals *goals)
{
	*goals = (struct goals){ 0 };
	arena_init(&goals->arena);
}

void goals_done(struct goals *goals)
{
	for (int i = 0; i < 2; i++)
		for (int order = 0; goals->stacks[i] && order < 2; order++)
			filter_stack_done(&goals->stacks[i]->stacks[order]);
	where_list_done(&goals->wheres);
	arena_done(&goals->arena);
}

/* -------------------------------------------------------------- stacks -- */

static bool name_taken(struct filter *const *filters, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(filters[i]->name, name))
			return true;
	return false;
}

/* What a case file may call a filter: its file's name without folder and extension. */
static const char *name_for(struct arena *arena, const char *spec, struct filter *const *filters, size_t n)
{
	const char *slash = strrchr(spec, '/'), *colon = strrchr(spec, ':');
	const char *base = slash ? slash + 1 : colon ? colon + 1 : spec, *dot = strrchr(base, '.');
	char *stem = arena_text(arena, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
	const char *name;

	for (char *at = stem; *at; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", *at))
			*at = '_';
	if (!*stem || *stem == '-' || *stem == '.' || !strcmp(stem, "none"))
		stem = arena_printf(arena, "filter");
	name = stem;
	for (size_t i = 2; name_taken(filters, n, name); i++)
		name = arena_printf(arena, "%s-%zu", stem, i);
	return name;
}

struct case_stack *goals_stack(struct goals *goals, const struct source_list *sources, struct diags *diags)
{
	struct arena *arena = &goals->arena;
	struct case_stack *stack = arena_alloc(arena, sizeof(*stack));
	struct expect_filter *names = arena_alloc(arena, sources->n * sizeof(*names) + 1);

	stack->filters = arena_alloc(arena, sources->n * sizeof(*stack->filters) + 1);
	for (size_t i = 0; i < sources->n; i++) {
		struct filter *filter = arena_alloc(arena, sizeof(*filter));
		filter->source = sources->items[i];
		filter->name = name_for(arena, sources->items[i].name, stack->filters, i);
		names[i] = (struct expect_filter){ filter->name, filter->source.n };
		stack->filters[i] = filter;
	}
	stack->n = sources->n;
	stack->expect = (struct expect_stack){ names, sources->n };
	for (int order = 0; order < 2; order++) {
		if (source_list_stack(sources, order ? NULL : diags, &stack->stacks[order]) < 0) {
			filter_stack_done(&stack->stacks[0]);
			return NULL;
		}
		vd_stack_set_big_endian(stack->stacks[order].stack, order);
	}
	stack->samples = samples_new(stack->stacks[0].stack, arena);
	goals->stacks[goals->stacks[0] != NULL] = stack;
	return stack;
}

/* --------------------------------------------------------------- boxes -- */

/* The byte order is a bit of the arch word. */
static const struct interval order_words[2][2] = {
	{ { __AUDIT_ARCH_LE, 2u * __AUDIT_ARCH_LE - 1 }, { 3u * __AUDIT_ARCH_LE, UINT32_MAX } },
	{ { 0, __AUDIT_ARCH_LE - 1 }, { 2u * __AUDIT_ARCH_LE, 3u * __AUDIT_ARCH_LE - 1 } },
};
static const struct set orders[2] = { { order_words[0], 2 }, { order_words[1], 2 } };

static const struct interval askable_words[] = { { AUDIT_ARCH_I386, AUDIT_ARCH_I386 },
						 { AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64 } };
static const struct set askable = { askable_words, 2 };

#define ANY_VALUES                                                                                        \
	{                                                                                                 \
		&set_all_64, &set_all_64, &set_all_64, &set_all_64, &set_all_64, &set_all_64, &set_all_64 \
	}

const struct box *goal_any_record(bool big_endian)
{
	static const struct box boxes[2] = {
		{ .nr = &set_all_32, .arch = &orders[0], .values = ANY_VALUES, .abi = VD_ABI_NONE },
		{ .nr = &set_all_32,
		  .arch = &orders[1],
		  .values = ANY_VALUES,
		  .big_endian = true,
		  .abi = VD_ABI_NONE },
	};

	return &boxes[big_endian];
}

static const struct box *goal_askable_record(void)
{
	static const struct box box = {
		.nr = &set_all_32, .arch = &askable, .values = ANY_VALUES, .abi = VD_ABI_NONE
	};

	return &box;
}

/* --------------------------------------------------------------- goals -- */

struct goal *goal_add(struct goals *goals)
{
	goals->items = arena_grow(&goals->arena, goals->items, goals->n, &goals->cap, sizeof(*goals->items));
	goals->items[goals->n] = (struct goal){ 0 };
	return &goals->items[goals->n++];
}

static bool expects_by(const struct claim *claim)
{
	for (size_t i = 0; i < claim->n; i++)
		if (claim->boxes[i].expect && claim->boxes[i].expect->has_by)
			return true;
	return false;
}

void goals_add_cases(struct goals *goals, const struct test_case *const *cases, size_t n,
		     struct case_stack *stack)
{
	for (size_t i = 0; i < n; i++) {
		const struct test_case *test = cases[i];
		if (test->installs || test->scenario || test->skip || test->todo ||
		    (stack && expects_by(&test->claim))) {
			goals->skipped++;
			continue;
		}
		struct goal *goal = goal_add(goals);
		*goal = (struct goal){
			.kind = GOAL_CLAIM, .name = test->name, .test = test, .claim = test->claim
		};
		if (stack)
			goal->claim.stack = stack;
	}
}

void goals_add(struct goals *goals, enum goal_kind kind, struct case_stack *stack, struct case_stack *other)
{
	static const char *const names[] = {
		[GOAL_SAME] = "both stacks decide the same",
		[GOAL_ENGINE] = "the engine decides what the machine decides",
		[GOAL_KERNEL] = "the kernel decides what the machine decides",
	};
	struct box *boxes = arena_alloc(&goals->arena, 2 * sizeof(*boxes));
	struct goal *goal = goal_add(goals);

	*goal = (struct goal){ .kind = kind, .name = names[kind], .unproved = kind != GOAL_SAME };
	goal->claim = (struct claim){ .stack = stack, .same_as = other, .boxes = boxes };
	if (kind == GOAL_KERNEL) {
		boxes[0] = *goal_askable_record();
		goal->claim.n = 1;
		return;
	}
	boxes[0] = *goal_any_record(false);
	boxes[1] = *goal_any_record(true);
	goal->claim.n = 2;
}
