/* SPDX-License-Identifier: MIT */
/* A case's `syscall:`: which numbers, for each part of its `arch:`. */
#ifndef CASES_CALLS_H
#define CASES_CALLS_H

#include "cases/archs.h"

/*
 * Numbers as records have them (x32's bit included), into ret_sets[archs->n]. A
 * part that lacks every optional name has an empty set; that all are empty is
 * an error. node NULL: every number. 0 or -1 (diagnosed).
 */
int calls_read(const struct node *node, const struct archs *archs, struct arena *arena, struct diags *diags,
	       struct set *ret_sets);

#endif
