/* SPDX-License-Identifier: MIT */
/* A case's `same_as:` and `except:`: another stack that decides the same, and for which records it need not.
 */
#ifndef CASES_SAME_H
#define CASES_SAME_H

#include "cases/archs.h"
#include "cases/claim.h"
#include "cases/where.h"

/*
 * The other stack: names of filters, oldest first, or a source. scope holds
 * what is loaded on the way. NULL: diagnosed.
 */
struct case_stack *same_as_read(const struct node *node, struct filter_scope *scope,
				struct stack_table *stacks, struct arena *arena, struct diags *diags);

/* The records left out, among those of the case's archs. 0 or -1 (diagnosed). */
int except_read(const struct node *node, const struct archs *archs, struct where_list *wheres,
		struct arena *arena, struct diags *diags, const struct box **ret_boxes, size_t *ret_n);

#endif
