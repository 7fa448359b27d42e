/* SPDX-License-Identifier: MIT */
#include "loader/capture/stacks.h"

#include <string.h>

bool stack_is(const struct stack_node *node, const struct sock_filter *insns, size_t len)
{
	if (node->len != len || !node->insns != !insns)
		return false;
	return !insns || !memcmp(node->insns, insns, len * sizeof(*insns));
}

struct stack_node *stack_with(struct arena *arena, struct stack_node *below, const struct sock_filter *insns,
			      size_t len)
{
	for (struct stack_node *node = below->children; node; node = node->sibling)
		if (stack_is(node, insns, len))
			return node;

	struct stack_node *node = arena_alloc(arena, sizeof(*node));
	*node = (struct stack_node){ .below = below,
				     .depth = below->depth + 1,
				     .insns = insns ? arena_copy(arena, insns, len * sizeof(*insns)) : NULL,
				     .len = len,
				     .sibling = below->children };
	below->children = node;
	return node;
}

struct stack_node *stack_cut(struct stack_node *stack, unsigned depth)
{
	while (stack->depth > depth)
		stack = stack->below;
	return stack;
}
