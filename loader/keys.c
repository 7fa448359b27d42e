/* SPDX-License-Identifier: MIT */
#include "loader/keys.h"
#include "vm/verdict.h"

#include <stdio.h>
#include <string.h>

#define NEAR 3
#define SHOWN 40
#define LIST_MAX 256

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
	return vd_near(key->text.text->data + key->text.off, key->text.len, table->names, table->n, ret_near,
		       NEAR);
}

/* A known key at the front, and what should stand behind ": ": 'expect:ALLOW', 'expect ALLOW'. */
static const char *key_without_colon(const struct key_table *table, const struct node *key)
{
	const char *text = key->text.text->data + key->text.off;

	for (size_t i = 0; i < table->n; i++) {
		size_t len = strlen(table->names[i]);
		if (key->text.len > len && !memcmp(text, table->names[i], len) && strchr(": =", text[len]))
			return table->names[i];
	}
	return NULL;
}

static void unknown(const struct key_table *table, const struct node *key, struct diags *diags)
{
	int len = (int)(key->text.len < SHOWN ? key->text.len : SHOWN);
	const char *near[NEAR], *joined = key_without_colon(table, key);
	char list[LIST_MAX];
	size_t n;

	diag_error(diags, &key->at, "unknown key '%.*s' in %s", len, key->text.text->data + key->text.off,
		   table->where);
	if (joined) {
		diag_hint(diags, "write '%s: ...', with a colon and a space behind the key", joined);
	} else if (table->other && find(table->other, key) >= 0) {
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

/* The key's place in the enum, or -1 (diagnosed with the nearest known keys). */
static int key_find(const struct key_table *table, const struct node *key, struct diags *diags)
{
	int i = find(table, key);

	if (i >= 0 || key->bad || node_is(key, "<<"))
		return i;
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
		if (table->form)
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
