/* SPDX-License-Identifier: MIT */
/*
 * The stacks that tasks were seen to have. As in the kernel a stack is its
 * newest filter, with the older ones below: stacks that begin alike share
 * them, and equal stacks are one.
 */
#ifndef LOADER_CAPTURE_STACKS_H
#define LOADER_CAPTURE_STACKS_H

#include "loader/arena.h"
#include "vm/verdict.h"

struct stack_node {
	struct stack_node *below;  /* NULL: the empty stack */
	unsigned depth;		   /* filters, this one included */
	struct sock_filter *insns; /* NULL: the program could not be read */
	size_t len;
	struct stack_node *children, *sibling;

	bool held;    /* some task ended with exactly this stack */
	char *folder; /* what its folder is called, once it has one */
};

/* The stack with a program on top; the program is copied into the arena. */
struct stack_node *stack_with(struct arena *arena, struct stack_node *below, const struct sock_filter *insns,
			      size_t len);
/* Whether the newest filter is this program. */
bool stack_is(const struct stack_node *stack, const struct sock_filter *insns, size_t len);
/* The stack's oldest filters, depth of them; itself when it has no more. */
struct stack_node *stack_cut(struct stack_node *stack, unsigned depth);

#endif
