/* SPDX-License-Identifier: MIT */
/* YAML and JSON: every node of the tree stands somewhere in the file. */
#include "fuzz/support/support.h"
#include "loader/yaml.h"

static void check_span(const struct span *span)
{
	EXPECT(span->text && span->off <= span->text->len && span->len <= span->text->len - span->off,
	       "a place outside its text");
	struct place place = span_place(span);
	EXPECT(place.line && place.column && place.off <= place.text->len, "a place outside the file");
}

/* Returns the nodes reached, each as often as it is. */
static size_t check_node(const struct node *node, unsigned depth)
{
	size_t n = 1;

	EXPECT(depth <= YAML_DEPTH_MAX + 1, "%u deep", depth);
	check_span(&node->at);
	if (node->kind == NODE_SCALAR)
		check_span(&node->text);
	for (size_t i = 0; i < node->n && n < 10000; i++) {
		if (node->kind == NODE_LIST) {
			n += check_node(node->items[i], depth + 1);
			continue;
		}
		EXPECT(node->pairs[i].key->kind == NODE_SCALAR, "a key that is no scalar");
		n += check_node(node->pairs[i].key, depth + 1) + check_node(node->pairs[i].value, depth + 1);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diags diags;
	struct doc *doc;

	diags_init(&diags);
	int r = doc_from_text("input", (const char *)data, size, &diags, &doc);
	if (r == 0) {
		check_node(doc->root, 0);
		doc_free(doc);
	}
	expect_diags(&diags, r);
	return 0;
}
