/* SPDX-License-Identifier: MIT */
/* YAML files read whole, and questions to their trees. */
#include "loader/yaml.h"

#include <stdlib.h>
#include <string.h>

static int doc_build(struct doc *doc, struct diags *diags, struct doc **ret_doc)
{
	int r = yaml_check_bytes(&doc->text, diags);

	if (!r)
		r = yaml_build(doc, diags);
	if (r)
		doc_free(doc);
	else
		*ret_doc = doc;
	return r;
}

int doc_read(const char *path, const struct span *place, struct diags *diags, struct doc **ret_doc)
{
	struct doc *doc = calloc(1, sizeof(*doc));

	if (!doc)
		diag_file_error(diags, path, "out of memory");
	if (!doc || text_read(path, YAML_FILE_MAX, place, diags, &doc->text) < 0) {
		free(doc);
		return -1;
	}
	return doc_build(doc, diags, ret_doc);
}

int doc_from(const struct text *text, struct diags *diags, struct doc **ret_doc)
{
	struct doc *doc = calloc(1, sizeof(*doc));
	struct text copy;

	if (!doc || text_from(text->name, text->data, text->len, &copy) < 0) {
		diag_file_error(diags, text->name, "out of memory");
		free(doc);
		return -1;
	}
	doc->text = *text;
	doc->text.name = copy.name;
	doc->text.data = copy.data;
	return doc_build(doc, diags, ret_doc);
}

int doc_from_text(const char *name, const char *data, size_t len, struct diags *diags, struct doc **ret_doc)
{
	const struct text text = { .name = (char *)name, .data = (char *)data, .len = len };

	return doc_from(&text, diags, ret_doc);
}

void doc_free(struct doc *doc)
{
	if (!doc)
		return;
	text_done(&doc->text);
	arena_done(&doc->arena);
	free(doc);
}

/* --------------------------------------------------------------- queries */

bool span_is(const struct span *span, const char *value)
{
	size_t len = strlen(value);

	return span->len == len && !memcmp(span->text->data + span->off, value, len);
}

bool node_is(const struct node *node, const char *value)
{
	return node->kind == NODE_SCALAR && span_is(&node->text, value);
}

struct node *node_get(const struct node *map, const char *key)
{
	for (size_t i = 0; map->kind == NODE_MAP && i < map->n; i++)
		if (node_is(map->pairs[i].key, key))
			return map->pairs[i].value;
	return NULL;
}

const char *node_kind_name(const struct node *node)
{
	static const char *const names[] = { "a single value", "a list", "a mapping" };

	return names[node->kind];
}

bool node_is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->plain &&
	       (!node->text.len || node_is(node, "~") || node_is(node, "null") || node_is(node, "Null") ||
		node_is(node, "NULL"));
}
