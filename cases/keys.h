/* SPDX-License-Identifier: MIT */
/* The keys that case files know, one table for each mapping. */
#ifndef CASES_KEYS_H
#define CASES_KEYS_H

#include "loader/keys.h"

enum file_key {
	FILE_VERSION,
	FILE_NAME,
	FILE_INCLUDE,
	FILE_FILTERS,
	FILE_DEFAULTS,
	FILE_CASES,
	FILE_SCENARIOS,
	FILE_LIMITS, /* of coverage by all its cases */
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
	CASE_WHERE,
	CASE_IP,
	CASE_EXPECT,
	CASE_SAME_AS,
	CASE_EXCEPT,
	CASE_INSTALL,
	CASE_LIMITS,
	CASE_TAGS,
	CASE_SKIP,
	CASE_TODO,
	CASE_REFS,
	CASE_KEYS,
};

enum except_key { EXCEPT_ARCH, EXCEPT_SYSCALL, EXCEPT_ARGS, EXCEPT_WHERE, EXCEPT_IP, EXCEPT_KEYS };
enum expect_key { EXPECT_VERDICT, EXPECT_NOT, EXPECT_BY, EXPECT_KEYS };
enum install_key { INSTALL_FILTER, INSTALL_EXPECT, INSTALL_KEYS };
enum limits_key { LIMITS_INSNS, LIMITS_COVERAGE, LIMITS_KEYS };

extern const struct key_table file_keys, case_keys, expect_keys, except_keys, install_keys, limits_keys;

#endif
