/* SPDX-License-Identifier: MIT */
#include "cases/keys.h"

static const char *const file_names[FILE_KEYS] = {
	[FILE_VERSION] = "version",	  [FILE_NAME] = "name",		[FILE_INCLUDE] = "include",
	[FILE_FILTERS] = "filters",	  [FILE_DEFAULTS] = "defaults", [FILE_CASES] = "cases",
	[FILE_SCENARIOS] = "scenarios",	  [FILE_STACK] = "stack",	[FILE_ARCH] = "arch",
	[FILE_BYTE_ORDER] = "byte_order", [FILE_LIMITS] = "limits",	[FILE_TAGS] = "tags",
};

static const char *const case_names[CASE_KEYS] = {
	[CASE_NAME] = "name",
	[CASE_FILTERS] = "filters",
	[CASE_STACK] = "stack",
	[CASE_ARCH] = "arch",
	[CASE_BYTE_ORDER] = "byte_order",
	[CASE_SYSCALL] = "syscall",
	[CASE_ARGS] = "args",
	[CASE_WHERE] = "where",
	[CASE_IP] = "ip",
	[CASE_EXPECT] = "expect",
	[CASE_SAME_AS] = "same_as",
	[CASE_EXCEPT] = "except",
	[CASE_INSTALL] = "install",
	[CASE_LIMITS] = "limits",
	[CASE_TAGS] = "tags",
	[CASE_SKIP] = "skip",
	[CASE_TODO] = "todo",
	[CASE_REFS] = "refs",
};

static const char *const except_names[EXCEPT_KEYS] = {
	[EXCEPT_ARCH] = "arch",
	[EXCEPT_SYSCALL] = "syscall",
	[EXCEPT_ARGS] = "args",
	[EXCEPT_WHERE] = "where",
	[EXCEPT_IP] = "ip",
};

static const char *const expect_names[EXPECT_KEYS] = {
	[EXPECT_VERDICT] = "verdict",
	[EXPECT_NOT] = "not",
	[EXPECT_BY] = "by",
};

static const char *const install_names[INSTALL_KEYS] = {
	[INSTALL_FILTER] = "filter", [INSTALL_EXPECT] = "expect"
};
static const char *const limits_names[LIMITS_KEYS] = { [LIMITS_INSNS] = "insns",
						      [LIMITS_COVERAGE] = "coverage" };

const struct key_table expect_keys = {
	.where = "expect",
	.names = expect_names,
	.n = EXPECT_KEYS,
	.form = "{verdict: ERRNO(EPERM), by: FILTER}",
};
const struct key_table case_keys = {
	.where = "a case",
	.names = case_names,
	.n = CASE_KEYS,
	.form = "'- syscall: mkdir' and 'expect: ALLOW' below it",
	.other = &expect_keys,
	.other_place = "'expect: {...}'",
};
const struct key_table file_keys = {
	.where = "a case file",
	.names = file_names,
	.n = FILE_KEYS,
	.form = "'version: 1', then 'filters:' and 'cases:'",
	.other = &case_keys,
	.other_place = "a case, or for all cases 'defaults:'",
};
const struct key_table except_keys = {
	"a set of except", except_names, EXCEPT_KEYS, "{syscall: mkdir}", NULL, NULL,
};
const struct key_table install_keys = {
	.where = "install",
	.names = install_names,
	.n = INSTALL_KEYS,
	.form = "{filter: FILTER, expect: EINVAL}",
};
const struct key_table limits_keys = {
	.where = "limits",
	.names = limits_names,
	.n = LIMITS_KEYS,
	.form = "{insns: 120}",
};
