/* SPDX-License-Identifier: MIT */
/* Which cases are run: by name, tag and shard. */
#ifndef CASES_SELECT_H
#define CASES_SELECT_H

#include "cases/file.h"

struct string_list {
	const char **items;
	size_t n, cap;
};

struct selection {
	struct string_list globs; /* any of them; none: all */
	struct string_list tags;  /* any of them; none: all */
	unsigned shard, shards;	  /* from 1; 0: all */
};

/* The text is not copied. */
void selection_add(struct string_list *list, const char *text);
void selection_done(struct selection *selection);

struct chosen {
	const struct test_case **cases;
	size_t n;
	size_t matching; /* before sharding */
	size_t known;	 /* in all files that can be run */
};

/* The cases of the valid files, in order. Case i of those that match belongs to shard i mod N. */
void select_cases(const struct case_files *files, const struct selection *selection,
		  struct chosen *ret_chosen);
void chosen_done(struct chosen *chosen);

#endif
