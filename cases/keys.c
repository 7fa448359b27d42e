/* SPDX-License-Identifier: MIT */
#include "cases/keys.h"
#include "vm/verdict.h"

#include <stdio.h>

#define NEAR 3
#define SHOWN 40

static const char *const file_names[FILE_KEYS] = {
	[FILE_VERSION] = "version",   [FILE_NAME] = "name",   [FILE_INCLUDE] = "include",
	[FILE_FILTERS] = "filters",   [FILE_DEFAULTS] = "defaults", [FILE_CASES] = "cases",
	[FILE_STACK] = "stack",       [FILE_ARCH] = "arch",   [FILE_BYTE_ORDER] = "byte_order",
	[FILE_TAGS] = "tags",
};

static const char *const case_names[CASE_KEYS] = {
	[CASE_NAME] = "name",       [CASE_FILTERS] = "filters", [CASE_STACK] = "stack",
	[CASE_ARCH] = "arch",       [CASE_BYTE_ORDER] = "byte_order", [CASE_SYSCALL] = "syscall",
	[CASE_ARGS] = "args",       [CASE_IP] = "ip",           [CASE_EXPECT] = "expect",
	[CASE_INSTALL] = "install", [CASE_LIMITS] = "limits",   [CASE_TAGS] = "tags",
	[CASE_SKIP] = "skip",       [CASE_TODO] = "todo",       [CASE_REFS] = "refs",
};

static const char *const expect_names[EXPECT_KEYS] = {
	[EXPECT_VERDICT] = "verdict",
	[EXPECT_NOT] = "not",
	[EXPECT_BY] = "by",
};

static const char *const install_names[INSTALL_KEYS] = { [INSTALL_FILTER] = "filter", [INSTALL_EXPECT] = "expect" };
static const char *const limits_names[LIMITS_KEYS] = { [LIMITS_INSNS] = "insns" };
static const char *const filter_names[FILTER_KEYS] = { [FILTER_FILE] = "file" };

static const char *const none[] = { NULL };
static const char *const file_later[] = { "scenarios", NULL };
static const char *const case_later[] = { "where", "same_as", "except", "scenarios", NULL };
static const char *const limits_later[] = { "coverage", NULL };

const struct key_table expect_keys = {
	"expect", expect_names, EXPECT_KEYS, "{verdict: ERRNO(EPERM), by: FILTER}", none, NULL, NULL,
};
const struct key_table case_keys = {
	"a case", case_names, CASE_KEYS, "'- syscall: mkdir' and 'expect: ALLOW' below it", case_later, &expect_keys,
	"'expect: {...}'",
};
const struct key_table file_keys = {
	"a case file", file_names, FILE_KEYS, "'version: 1', then 'filters:' and 'cases:'", file_later, &case_keys,
	"a case, or for all cases 'defaults:'",
};
const struct key_table install_keys = {
	"install", install_names, INSTALL_KEYS, "{filter: FILTER, expect: EINVAL}", none, NULL, NULL,
};
const struct key_table limits_keys = { "limits", limits_names, LIMITS_KEYS, "{insns: 120}", limits_later, NULL, NULL };
const struct key_table filter_keys = { "a filter", filter_names, FILTER_KEYS, "{file: PATH}", none, NULL, NULL };

static bool listed(const char *const *names, const struct node *key)
{
	for (; *names; names++)
		if (node_is(key, *names))
			return true;
	return false;
}

static int find(const struct key_table *table, const struct node *key)
{
	for (size_t i = 0; i < table->n; i++)
		if (node_is(key, table->names[i]))
			return (int)i;
	return -1;
}

/* All keys of a table, "a, b, c". */
static void list_keys(const struct key_table *table, char *buf, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < table->n && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? ", " : "", table->names[i]);
}

static size_t near_keys(const struct key_table *table, const struct node *key, const char **ret_near)
{
	return vd_near(key->text.text->data + key->text.off, key->text.len, table->names, table->n, ret_near, NEAR);
}

static void unknown(const struct key_table *table, const struct node *key, struct diags *diags)
{
	int len = (int)(key->text.len < SHOWN ? key->text.len : SHOWN);
	const char *near[NEAR];
	char list[256];
	size_t n;

	diag_error(diags, &key->at, "unknown key '%.*s' in %s", len, key->text.text->data + key->text.off, table->where);
	if (table->other && find(table->other, key) >= 0) {
		diag_hint(diags, "it belongs into %s", table->other_place);
	} else if ((n = near_keys(table, key, near))) {
		diag_hint_names(diags, near, n);
	} else if (table->other && near_keys(table->other, key, near)) {
		diag_hint(diags, "did you mean '%s'? It belongs into %s", near[0], table->other_place);
	} else {
		list_keys(table, list, sizeof(list));
		diag_hint(diags, "the keys are: %s", list);
	}
}

int key_find(const struct key_table *table, const struct node *key, struct diags *diags)
{
	int i = find(table, key);

	if (i >= 0 || key->bad || node_is(key, "<<"))
		return i;
	if (listed(table->later, key))
		diag_error(diags, &key->at, "'%.*s' is not yet supported", (int)key->text.len,
			   key->text.text->data + key->text.off);
	else
		unknown(table, key, diags);
	return -1;
}

int keys_read(const struct key_table *table, const struct node *map, struct diags *diags,
	      const struct node **ret_values)
{
	for (size_t i = 0; i < table->n; i++)
		ret_values[i] = NULL;
	if (map->bad)
		return -1;
	if (map->kind != NODE_MAP) {
		diag_error(diags, &map->at, "%s is a mapping, this is %s", table->where, node_kind_name(map));
		diag_hint(diags, "write %s", table->form);
		return -1;
	}
	for (size_t i = 0; i < map->n; i++) {
		int key = key_find(table, map->pairs[i].key, diags);
		if (key >= 0 && !ret_values[key])
			ret_values[key] = map->pairs[i].value;
	}
	return 0;
}
