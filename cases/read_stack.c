/* SPDX-License-Identifier: MIT */
/* The filters that a case sees, and the stack that judges it. */
#include "cases/read.h"
#include "cases/words.h"
#include "loader/expr.h"

struct filter_scope *read_scope_in(struct reader *reader, const struct filter_scope *outer)
{
	struct case_file *file = reader->file;
	struct filter_scope *scope = arena_alloc(reader->arena, sizeof(*scope));

	scope->outer = outer;
	file->case_scopes = arena_grow(reader->arena, file->case_scopes, file->n_case_scopes,
				       &file->cap_case_scopes, sizeof(struct filter_scope *));
	file->case_scopes[file->n_case_scopes++] = scope;
	return scope;
}

static struct filter_scope *scope_new(struct reader *reader, const struct node *filters)
{
	struct filter_scope *scope = read_scope_in(reader, &reader->file->visible);

	filters_read(filters, reader->arena, reader->diags, scope);
	return scope;
}

/* The filters that a case sees. */
const struct filter_scope *read_scope_of(struct reader *reader, const struct test_case *test)
{
	const struct node *filters = test->keys[CASE_FILTERS];

	if (!filters)
		return &reader->file->visible;
	if (filters != reader->file->defaults[CASE_FILTERS]) {
		if (reader->own_filters != filters)
			reader->own_scope = scope_new(reader, filters);
		reader->own_filters = filters;
		return reader->own_scope;
	}
	if (!reader->default_scope)
		reader->default_scope = scope_new(reader, filters);
	return reader->default_scope;
}

struct stack_reader {
	struct reader *reader;
	const struct filter_scope *scope;
	struct filter **filters;
	size_t n, cap;
};

static void add_to_stack(void *userdata, const struct node *word)
{
	struct stack_reader *stack = userdata;
	struct reader *reader = stack->reader;
	struct span name = span_trim(word->text);

	if (word_check(word, "a filter", reader->diags) < 0)
		return;
	struct filter *filter = filter_find(stack->scope, &name, reader->arena, reader->diags);
	if (!filter)
		return;
	stack->filters = arena_grow(reader->arena, stack->filters, stack->n, &stack->cap,
				    sizeof(struct filter *));
	stack->filters[stack->n++] = filter;
}

/* The only filter in sight, when there is no `stack:`. */
static int only_filter(struct stack_reader *stack, const struct node *place)
{
	struct reader *reader = stack->reader;
	struct filter *only = NULL;
	size_t n = filters_in_sight(stack->scope, &only);

	if (n == 1) {
		stack->filters = arena_copy(reader->arena, &only, sizeof(struct filter *));
		stack->n = 1;
		return 0;
	}
	if (!n && reader->file->keys[FILE_FILTERS] && reader->diags->errors)
		return -1;
	if (!n) {
		diag_error(reader->diags, &place->at, "there is no filter to judge this case");
		diag_hint(reader->diags, "name one: 'filters: {base: base.bpf}', in the file or in the case");
	} else {
		diag_error(reader->diags, &place->at, "which of the %zu filters judge this case?", n);
		diag_hint(reader->diags,
			  "write 'stack: [name, ...]', oldest first, in the file or in the case");
	}
	return -1;
}

static struct case_stack *stack_read(struct reader *reader, const struct test_case *test,
				     const struct node *place)
{
	const struct node *node = test->keys[CASE_STACK];
	struct stack_reader stack = { .reader = reader, .scope = read_scope_of(reader, test) };
	size_t errors = reader->diags->errors;

	if (node && node->bad)
		return NULL;
	if (!node && only_filter(&stack, place) < 0)
		return NULL;
	if (node)
		words_each(node, "a filter", reader->diags, add_to_stack, &stack);
	if (reader->diags->errors != errors)
		return NULL;
	return stack_get(&reader->file->stacks, stack.filters, stack.n, node ? &node->at : &place->at,
			 reader->arena, reader->diags);
}

/* Most cases of a file have the same stack. */
struct case_stack *read_stack_of(struct reader *reader, const struct test_case *test,
				 const struct node *place)
{
	bool shared = !test->keys[CASE_FILTERS];

	if (shared && reader->stack_known && reader->stack_node == test->keys[CASE_STACK])
		return reader->stack;
	struct case_stack *stack = stack_read(reader, test, place);
	if (shared) {
		reader->stack_known = true;
		reader->stack_node = test->keys[CASE_STACK];
		reader->stack = stack;
	}
	return stack;
}
