/* SPDX-License-Identifier: MIT */
#include "loader/lint/off.h"
#include "loader/keys.h"
#include "loader/lint/lint.h"

#include <unistd.h>

enum { KEY_DISABLE, KEYS };
static const char *const names[KEYS] = { "disable" };
static const struct key_table table = {
	.where = "a file for lint", .names = names, .n = KEYS, .form = "disable: [unknown-calls]"
};

static void switch_off(const struct node *node, struct diags *diags, uint32_t *rules)
{
	const char *known[LINT_RULES], *near[3];

	if (node->bad)
		return;
	if (node->kind != NODE_SCALAR) {
		diag_error(diags, &node->at, "a rule is named by one word, not by %s", node_kind_name(node));
		return;
	}
	const char *word = node->text.text->data + node->text.off;
	int rule = lint_rule_by_id(word, node->text.len);
	if (rule >= 0) {
		*rules &= ~LINT_BIT(rule);
		return;
	}
	for (int i = 0; i < LINT_RULES; i++)
		known[i] = lint_rules[i].id;
	diag_error(diags, &node->at, "there is no rule '%.*s'",
		   (int)(node->text.len < 40 ? node->text.len : 40), word);
	size_t n = vd_near(word, node->text.len, known, LINT_RULES, near, 3);
	if (n)
		diag_hint_names(diags, near, n);
	else
		diag_hint(diags, "`verdict lint --list` has them all");
}

static void switch_all_off(const struct node *node, struct diags *diags, uint32_t *rules)
{
	if (node->kind == NODE_MAP)
		for (size_t i = 0; i < node->n; i++)
			switch_off(node->pairs[i].key, diags, rules);
	else if (node->kind == NODE_LIST)
		for (size_t i = 0; i < node->n; i++)
			switch_off(node->items[i], diags, rules);
	else if (!node_is_null(node))
		switch_off(node, diags, rules);
}

int lint_off(const char *path, struct diags *diags, uint32_t *rules)
{
	const struct node *values[KEYS] = { NULL };
	size_t errors = diags->errors;
	struct doc *doc;

	if (!path && access(LINT_OFF_FILE, F_OK) < 0)
		return 0;
	if (doc_read(path ? path : LINT_OFF_FILE, NULL, diags, &doc) < 0)
		return -1;
	if (keys_read(&table, doc->root, diags, values) == 0 && values[KEY_DISABLE])
		switch_all_off(values[KEY_DISABLE], diags, rules);
	doc_free(doc);
	return diags->errors > errors ? -1 : 0;
}
