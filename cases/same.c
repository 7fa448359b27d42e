/* SPDX-License-Identifier: MIT */
#include "cases/same.h"
#include "cases/args.h"
#include "cases/calls.h"
#include "cases/keys.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <string.h>

/* ---------------------------------------------------------------- same_as */

struct stack_reader {
	struct filter_scope *scope;
	struct arena *arena;
	struct diags *diags;
	struct filter **filters;
	size_t n, cap;
};

/* What no filter is called like, and looks like a path or KIND:VALUE. */
static bool is_spec(const struct span *word)
{
	const char *text = word->text->data + word->off;

	return memchr(text, '/', word->len) || memchr(text, ':', word->len) || memchr(text, '.', word->len);
}

static void add_filter(struct stack_reader *stack, struct filter *filter)
{
	if (!filter)
		return;
	stack->filters = arena_grow(stack->arena, stack->filters, stack->n, &stack->cap,
				    sizeof(struct filter *));
	stack->filters[stack->n++] = filter;
}

static void add_word(void *userdata, const struct node *word)
{
	struct stack_reader *stack = userdata;
	struct span name = span_trim(word->text);

	if (word_check(word, "a filter", stack->diags) < 0)
		return;
	if (!filter_known(stack->scope, &name) && is_spec(&name)) {
		const char *text = arena_text(stack->arena, name.text->data + name.off, name.len);
		add_filter(stack, filter_unnamed(word, text, stack->scope, stack->arena, stack->diags));
	} else {
		add_filter(stack, filter_find(stack->scope, &name, stack->arena, stack->diags));
	}
}

struct case_stack *same_as_read(const struct node *node, struct filter_scope *scope,
				struct stack_table *stacks, struct arena *arena, struct diags *diags)
{
	struct stack_reader stack = { .scope = scope, .arena = arena, .diags = diags };
	size_t errors = diags->errors;

	if (node->bad)
		return NULL;
	if (node->kind == NODE_MAP)
		add_filter(&stack, filter_unnamed(node, "same_as", scope, arena, diags));
	else
		words_each(node, "a filter", diags, add_word, &stack);
	if (diags->errors != errors)
		return NULL;
	return stack_get(stacks, stack.filters, stack.n, &node->at, arena, diags);
}

/* ----------------------------------------------------------------- except */

struct except_reader {
	const struct archs *archs; /* of the case */
	struct where_list *wheres;
	struct arena *arena;
	struct diags *diags;
	struct box *boxes;
	size_t n, cap;
};

static int add_boxes(struct except_reader *reader, const struct archs *archs, const struct node *const *keys)
{
	struct set *calls = arena_alloc(reader->arena, archs->n * sizeof(*calls) + 1);
	struct box *boxes = NULL;
	size_t *parts = NULL, n = 0;

	if (calls_read(keys[EXCEPT_SYSCALL], archs, reader->arena, reader->diags, calls) < 0 ||
	    boxes_read(archs, calls, keys[EXCEPT_ARGS], keys[EXCEPT_IP], reader->arena, reader->diags, &boxes,
		       &parts, &n) < 0)
		return -1;
	if (keys[EXCEPT_WHERE] && where_apply(keys[EXCEPT_WHERE], reader->wheres, reader->arena,
					      reader->diags, &boxes, &parts, &n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		reader->boxes = arena_grow(reader->arena, reader->boxes, reader->n, &reader->cap,
					   sizeof(*reader->boxes));
		reader->boxes[reader->n++] = boxes[i];
	}
	return 0;
}

static int add_set(struct except_reader *reader, const struct node *node)
{
	const struct node *keys[EXCEPT_KEYS];
	struct archs *own;

	if (keys_read(&except_keys, node, reader->diags, keys) < 0)
		return -1;
	if (!keys[EXCEPT_ARCH])
		return add_boxes(reader, reader->archs, keys);
	own = arena_alloc(reader->arena, sizeof(*own));
	if (archs_read(keys[EXCEPT_ARCH], NULL, reader->arena, reader->diags, own) < 0)
		return -1;
	return add_boxes(reader, own, keys);
}

/* A set of records, or calls alone: one, or a list that mixes both. */
static int add_item(struct except_reader *reader, const struct node *node)
{
	const struct node *keys[EXCEPT_KEYS] = { [EXCEPT_SYSCALL] = node };
	int r = 0;

	if (node->bad)
		return -1;
	if (node->kind == NODE_MAP && !node_get(node, "not"))
		return add_set(reader, node);
	if (node->kind != NODE_LIST)
		return add_boxes(reader, reader->archs, keys);
	for (size_t i = 0; i < node->n; i++)
		if (add_item(reader, node->items[i]) < 0)
			r = -1;
	return r;
}

int except_read(const struct node *node, const struct archs *archs, struct where_list *wheres,
		struct arena *arena, struct diags *diags, const struct box **ret_boxes, size_t *ret_n)
{
	struct except_reader reader = { .archs = archs, .wheres = wheres, .arena = arena, .diags = diags };

	if (add_item(&reader, node) < 0)
		return -1;
	*ret_boxes = reader.boxes;
	*ret_n = reader.n;
	return 0;
}
