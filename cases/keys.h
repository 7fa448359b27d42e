/* SPDX-License-Identifier: MIT */
/* The keys that case files know, one table for each mapping. */
#ifndef CASES_KEYS_H
#define CASES_KEYS_H

#include "loader/yaml.h"

enum file_key {
	FILE_VERSION,
	FILE_NAME,
	FILE_INCLUDE,
	FILE_FILTERS,
	FILE_DEFAULTS,
	FILE_CASES,
	FILE_TAGS, /* of all its cases, beside their own */
	/* these stand for defaults: */
	FILE_STACK,
	FILE_ARCH,
	FILE_BYTE_ORDER,
	FILE_KEYS,
};

enum case_key {
	CASE_NAME,
	CASE_FILTERS,
	CASE_STACK,
	CASE_ARCH,
	CASE_BYTE_ORDER,
	CASE_SYSCALL,
	CASE_ARGS,
	CASE_IP,
	CASE_EXPECT,
	CASE_INSTALL,
	CASE_LIMITS,
	CASE_TAGS,
	CASE_SKIP,
	CASE_TODO,
	CASE_REFS,
	CASE_KEYS,
};

enum expect_key { EXPECT_VERDICT, EXPECT_NOT, EXPECT_BY, EXPECT_KEYS };
enum install_key { INSTALL_FILTER, INSTALL_EXPECT, INSTALL_KEYS };
enum limits_key { LIMITS_INSNS, LIMITS_KEYS };
enum filter_key { FILTER_FILE, FILTER_KEYS };

struct key_table {
	const char *where;        /* "a case", for messages */
	const char *const *names; /* in the order of the enum */
	size_t n;
	const char *form;         /* how to write one, for hints */
	const char *const *later; /* keys whose feature has not come yet; ended by NULL */
	const struct key_table *other; /* where a key may be meant instead, NULL: nowhere */
	const char *other_place;       /* how that is called, for hints */
};

extern const struct key_table file_keys, case_keys, expect_keys, install_keys, limits_keys, filter_keys;

/* The key's place in the enum, or -1 (diagnosed with the nearest known keys). */
int key_find(const struct key_table *table, const struct node *key, struct diags *diags);

/*
 * The values of a mapping by key, into ret_values[table->n]; what is not there
 * is NULL. Unknown keys are diagnosed and left out. -1: not a mapping (diagnosed).
 */
int keys_read(const struct key_table *table, const struct node *map, struct diags *diags,
	      const struct node **ret_values);

#endif
