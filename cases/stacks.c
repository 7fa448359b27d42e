/* SPDX-License-Identifier: MIT */
/* Stacks that cases share: built once for each list of filters. */
#include "cases/filters.h"
#include "cases/samples.h"

#include <string.h>

#define ERROR_TEXT 256

static unsigned bucket_of(struct filter *const *filters, size_t n)
{
	uintptr_t hash = n;

	for (size_t i = 0; i < n; i++)
		hash = hash * 31 + ((uintptr_t)filters[i] >> 4);
	return (unsigned)(hash % STACK_BUCKETS);
}

static void refuse(const struct filter *filter, const struct program *program, const struct vd_error *error,
		   struct diags *diags)
{
	char text[ERROR_TEXT];

	vd_error_format(error, text, sizeof(text));
	if (strcmp(program->path, filter->name))
		diag_error(diags, &filter->key->at,
			   "a stack cannot hold this filter, the kernel refuses %s: %s", program->path, text);
	else
		diag_error(diags, &filter->key->at,
			   "a stack cannot hold this filter, the kernel refuses it: %s", text);
	diag_hint(diags,
		  "mend the program; a case about its refusal has 'install: {filter: %s, expect: EINVAL}'",
		  filter->name);
}

/* Said once for each file, where the filter is named. */
static void refuse_once(struct stack_table *table, const struct filter *filter, struct arena *arena,
			struct diags *diags)
{
	for (size_t i = 0; i < table->n_refused; i++)
		if (table->refused[i] == filter)
			return;
	table->refused = arena_grow(arena, table->refused, table->n_refused, &table->cap_refused,
				    sizeof(struct filter *));
	table->refused[table->n_refused++] = filter;
	for (size_t i = 0; i < filter->source.n; i++) {
		const struct program *program = &filter->source.programs[i];
		struct vd_error error;
		if (vd_check(program->insns, program->len, &error, 1))
			refuse(filter, program, &error, diags);
	}
}

static bool usable(struct stack_table *table, struct filter *const *filters, size_t n, struct arena *arena,
		   struct diags *diags)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		ok = ok && !filters[i]->failed && !filters[i]->refused;
		if (filters[i]->refused)
			refuse_once(table, filters[i], arena, diags);
	}
	return ok;
}

static struct case_stack *stack_new(struct filter *const *filters, size_t n, struct arena *arena)
{
	struct case_stack *stack = arena_alloc(arena, sizeof(*stack));
	struct expect_filter *names = arena_alloc(arena, n * sizeof(*names) + 1);

	for (size_t i = 0; i < n; i++)
		names[i] = (struct expect_filter){ filters[i]->name, filters[i]->source.n };
	stack->filters = arena_copy(arena, filters, n * sizeof(struct filter *));
	stack->n = n;
	stack->expect = (struct expect_stack){ names, n };
	return stack;
}

struct case_stack *stack_get(struct stack_table *table, struct filter *const *filters, size_t n,
			     const struct span *where, struct arena *arena, struct diags *diags)
{
	struct case_stack **bucket = &table->buckets[bucket_of(filters, n)], *stack = *bucket;

	while (stack &&
	       (stack->n != n || (n && memcmp(stack->filters, filters, n * sizeof(struct filter *)))))
		stack = stack->next;
	if (!stack) {
		stack = stack_new(filters, n, arena);
		stack->next = *bucket;
		*bucket = stack;
		stack->failed = !usable(table, filters, n, arena, diags);
		if (!stack->failed && stack_prepare(stack, false, where, arena, diags) < 0)
			stack->failed = true;
		if (!stack->failed)
			stack->samples = samples_new(stack->stacks[0].stack, arena);
	}
	return stack->failed ? NULL : stack;
}

int stack_prepare(struct case_stack *stack, bool big_endian, const struct span *where, struct arena *arena,
		  struct diags *diags)
{
	struct filter_stack *one = &stack->stacks[big_endian];
	const struct source **sources = one->stack ? NULL
						   : arena_alloc(arena, stack->n * sizeof(*sources) + 1);
	struct span *places = one->stack ? NULL : arena_alloc(arena, stack->n * sizeof(*places) + 1);

	if (one->stack)
		return 0;
	for (size_t i = 0; i < stack->n; i++) {
		sources[i] = &stack->filters[i]->source;
		places[i] = *where;
	}
	if (filter_stack_new(sources, stack->n, places, diags, one) < 0)
		return -1;
	vd_stack_set_big_endian(one->stack, big_endian);
	return 0;
}

void stack_table_done(struct stack_table *table)
{
	for (size_t i = 0; i < STACK_BUCKETS; i++) {
		for (struct case_stack *stack = table->buckets[i]; stack; stack = stack->next) {
			filter_stack_done(&stack->stacks[0]);
			filter_stack_done(&stack->stacks[1]);
		}
		table->buckets[i] = NULL;
	}
}
