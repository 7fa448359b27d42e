/* SPDX-License-Identifier: MIT */
#include "cases/words.h"
#include "loader/expr.h"

#include <string.h>
#include <strings.h>

void words_each(const struct node *node, const char *what, struct diags *diags, word_fn fn, void *userdata)
{
	if (node->bad)
		return;
	if (node->kind == NODE_SCALAR) {
		fn(userdata, node);
	} else if (node->kind == NODE_LIST) {
		for (size_t i = 0; i < node->n; i++)
			words_each(node->items[i], what, diags, fn, userdata);
	} else {
		diag_error(diags, &node->at, "%s is meant here, this is a mapping", what);
	}
}

/* YAML 1.1's, but y and n: those may be names. */
static bool is_boolean(const struct node *word)
{
	static const char *const names[] = { "yes", "no", "on", "off", "true", "false" };
	const char *text = word->text.text->data + word->text.off;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == word->text.len && !strncasecmp(names[i], text, word->text.len))
			return true;
	return false;
}

int word_check(const struct node *word, const char *what, struct diags *diags)
{
	if (word->bad)
		return -1;
	if (node_is_null(word) || !word->text.len) {
		diag_error(diags, &word->at, "%s is missing", what);
		return -1;
	}
	if (word->plain && is_boolean(word)) {
		diag_error(diags, &word->at, "'%.*s' is a YAML boolean, %s is meant here",
			   WORD_ARGS(&word->text), what);
		if (!strcmp(what, "a number"))
			diag_hint(diags, "write 1 or 0");
		return -1;
	}
	return 0;
}

bool word_range(const struct span *word, struct span *ret_first, struct span *ret_last)
{
	const char *text = word->text->data + word->off;
	const char *dots = memmem(text, word->len, "..", 2);

	if (!dots)
		return false;
	size_t len = (size_t)(dots - text);
	*ret_first = span_trim(span_of(word->text, word->off, len));
	*ret_last = span_trim(span_of(word->text, word->off + len + 2, word->len - len - 2));
	return true;
}

char *word_text(const struct node *node, const char *what, struct arena *arena, struct diags *diags)
{
	if (node->bad)
		return NULL;
	if (node->kind != NODE_SCALAR) {
		diag_error(diags, &node->at, "%s is a single text, this is %s", what, node_kind_name(node));
		return NULL;
	}
	if (node_is_null(node) || !span_trim(node->text).len) {
		diag_error(diags, &node->at, "%s is empty", what);
		return NULL;
	}
	const char *text = node->text.text->data + node->text.off;
	if (memchr(text, '\0', node->text.len)) {
		diag_error(diags, &node->at, "%s holds a NUL character", what);
		return NULL;
	}
	return arena_text(arena, text, node->text.len);
}

const struct text *span_piece(const struct span *span, unsigned line, struct arena *arena)
{
	const struct text *outer = span->text;
	size_t begin = span->off;

	if (!span->off && span->len == outer->len)
		return outer;
	while (begin && outer->data[begin - 1] != '\n')
		begin--;
	struct text *text = arena_alloc(arena, sizeof(*text));
	*text = (struct text){ .name = outer->name,
			       .data = arena_text(arena, outer->data + span->off, span->len),
			       .len = span->len,
			       .outer = outer,
			       .outer_line = line,
			       .first_column = (unsigned)(span->off - begin),
			       .exact = true };
	return text;
}
