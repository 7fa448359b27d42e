/* SPDX-License-Identifier: MIT */
/* Mappings whose keys are known: one table for each, the values by key, the rest diagnosed. */
#ifndef LOADER_KEYS_H
#define LOADER_KEYS_H

#include "loader/yaml.h"

struct key_table {
	const char *where;	  /* "a case", for messages */
	const char *const *names; /* in the order of the enum */
	size_t n;
	const char *form;	       /* how to write one, for hints; NULL: none */
	const struct key_table *other; /* where a key may be meant instead, NULL: nowhere */
	const char *other_place;       /* how that is called, for hints */
};

/*
 * The values of a mapping by key, into ret_values[table->n]; what is not there
 * is NULL. Unknown keys are diagnosed and left out. -1: not a mapping (diagnosed).
 */
int keys_read(const struct key_table *table, const struct node *map, struct diags *diags,
	      const struct node **ret_values);

#endif
