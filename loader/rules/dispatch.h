/* SPDX-License-Identifier: MIT */
/* From a call's number to the code for it: a search tree of comparisons with nr. */
#ifndef LOADER_RULES_DISPATCH_H
#define LOADER_RULES_DISPATCH_H

#include "loader/rules/code.h"

/* Numbers from `first` to the one before the next range are answered by a body. */
struct range {
	uint32_t first;
	size_t body;
};

/* Where bodies are: a label, and what makes their code when the last reference to them has been made. */
struct bodies {
	int (*label)(void *userdata, size_t body);
	void (*referred)(void *userdata, size_t body); /* one reference of count() less is to come */
	void (*emit_complete)(void *userdata);	       /* a place where code may stand */
	void *userdata;
};

/*
 * Code for ranges in order; the first begins at 0, neighbours differ. A tree
 * as deep as the logarithm of their number.
 */
void dispatch(struct code *code, const struct range *ranges, size_t n, const struct bodies *bodies);

/* How often dispatch() refers to each body, added to counts[]. */
void dispatch_count(const struct range *ranges, size_t n, unsigned *counts);

#endif
