/* SPDX-License-Identifier: MIT */
/*
 * An expression while its nodes get their types: bind.c (operators), leaf.c
 * (names, constants, words of the record), meet.c (what constants become).
 */
#ifndef LOADER_RULES_BIND_H
#define LOADER_RULES_BIND_H

#include "loader/rules/pred.h"

#define ARGS_MAX 6
#define SHOWN_MAX 60

struct binder {
	const struct expr *expr;
	const struct pred_subject *subject;
	struct diags *diags;
	struct pred_node *nodes;
	struct expr_value *values; /* of constants that have no type yet */
	struct vd_arg args[ARGS_MAX];
	int n_args; /* negative: not known */
};

static inline struct span span_at(const struct binder *binder, int i)
{
	const struct expr_node *node = &binder->expr->nodes[i];

	return span_of(binder->expr->text, node->off, node->len);
}

static inline const char *text_at(const struct binder *binder, int i)
{
	return binder->expr->text->data + binder->expr->nodes[i].off;
}

static inline int length_at(const struct binder *binder, int i)
{
	size_t len = binder->expr->nodes[i].len;

	return (int)(len < SHOWN_MAX ? len : SHOWN_MAX);
}

static inline bool untyped(const struct pred_node *node)
{
	return node->op == EXPR_INT && !node->bits && !node->boolean;
}

static inline struct pred_node typed(enum expr_op op, unsigned bits, bool is_signed)
{
	return (struct pred_node){
		.op = op, .bits = (uint8_t)bits, .is_signed = is_signed, .left = -1, .right = -1
	};
}

static inline struct pred_node truth(enum expr_op op, int left, int right)
{
	return (struct pred_node){ .op = op, .boolean = true, .left = left, .right = right };
}

static inline struct pred_node known_truth(bool value)
{
	return (struct pred_node){ .op = EXPR_INT, .boolean = true, .left = -1, .right = -1, .value = value };
}

/* The leaves: node i of the expression. 0 or -1 (diagnosed). */
int bind_constant(struct binder *binder, int i);
int bind_name(struct binder *binder, int i);
int bind_field(struct binder *binder, int i);

/* The untyped constant i as a value of the type, which node `other` has; ordered: representable as it is. */
int bind_convert(struct binder *binder, int i, const struct pred_node *type, int other, bool ordered);
/* Both operands of node i are numbers of one sign, with types unless both are constants. 0 or -1 (diagnosed).
 */
int bind_meet(struct binder *binder, int i, int left, int right, bool ordered);
/* A condition stands where a number is meant. -1. */
int bind_no_number(struct binder *binder, int i);

#endif
