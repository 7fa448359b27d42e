/* SPDX-License-Identifier: MIT */
#include "loader/profile/value.h"
#include "loader/expr.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX 256

static const char *text_of(const struct span *span)
{
	return span->text->data + span->off;
}

static int wrong(const struct node *node, const char *key, const char *wanted, struct diags *diags)
{
	if (node->bad)
		return -1;
	if (node->kind == NODE_SCALAR)
		diag_error(diags, &node->at, "'%s' is %s, not '%.*s'", key, wanted, SHOWN(&node->text));
	else
		diag_error(diags, &node->at, "'%s' is %s, this is %s", key, wanted, node_kind_name(node));
	return -1;
}

/* Digits, or 0x and digits: nothing that the expression reader would calculate. */
static bool looks_like_number(const struct span *span)
{
	const char *text = text_of(span);

	for (size_t i = 0; i < span->len; i++)
		if (!isalnum((unsigned char)text[i]))
			return false;
	return span->len && isdigit((unsigned char)text[0]);
}

static bool is_text(const struct node *node)
{
	return !node->bad && node->kind == NODE_SCALAR && !node_is_null(node) &&
	       !(node->plain && looks_like_number(&node->text));
}

int value_number(const struct node *node, const char *key, uint64_t max, struct diags *diags,
		 uint64_t *ret_value)
{
	uint64_t value;

	if (node->bad || node->kind != NODE_SCALAR)
		return wrong(node, key, "a number", diags);
	if (!node->plain) {
		diag_error(diags, &node->at, "'%s' is a number, this is text", key);
		if (looks_like_number(&node->text))
			diag_hint(diags, "write %.*s without quotes", SHOWN(&node->text));
		return -1;
	}
	if (node->text.len && text_of(&node->text)[0] == '-') {
		diag_error(diags, &node->at, "'%s' is a number that is not negative", key);
		if (max == UINT64_MAX)
			diag_hint(diags, "write the 64 bits that are meant: -1 is 18446744073709551615");
		return -1;
	}
	if (!looks_like_number(&node->text))
		return wrong(node, key, "a whole number", diags);
	if (expr_const_bits(&node->text, 64, diags, &value) < 0)
		return -1;
	if (value > max) {
		diag_error(diags, &node->at, "'%s' is at most %llu, not %.*s", key, (unsigned long long)max,
			   SHOWN(&node->text));
		return -1;
	}
	*ret_value = value;
	return 0;
}

int value_text(const struct node *node, const char *key, struct diags *diags, struct span *ret_text)
{
	if (!is_text(node))
		return wrong(node, key, "text", diags);
	if (!node->text.len) {
		diag_error(diags, &node->at, "'%s' is empty", key);
		return -1;
	}
	*ret_text = node->text;
	return 0;
}

/* What could be written, for words that are near none. */
static void hint_words(const struct profile_words *words, const struct span *text, struct diags *diags)
{
	const char *paren = memchr(text_of(text), '(', text->len);
	struct span name = { text->text, text->off, paren ? (size_t)(paren - text_of(text)) : 0 };
	char list[LIST_MAX];
	size_t at = 0;

	if (words == &profile_actions && profile_word_find(words, &name)) {
		diag_hint(diags, "write %.*s, and its data as a key beside it: \"errnoRet\": 1, for example",
			  SHOWN(&name));
		return;
	}
	for (const struct profile_word *word = words->words; word->name && at < sizeof(list); word++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", at ? ", " : "", word->name);
	diag_hint(diags, "it is one of %s", list);
}

int value_word(const struct node *node, const char *key, const struct profile_words *words,
	       struct diags *diags, const struct profile_word **ret_word)
{
	struct span text;

	if (value_text(node, key, diags, &text) < 0)
		return -1;
	const struct profile_word *word = profile_word_find(words, &text);
	if (!word) {
		diag_error(diags, &node->at, "'%.*s' is not %s", SHOWN(&text), words->what);
		if (!profile_word_hint(words, &text, diags))
			hint_words(words, &text, diags);
		return -1;
	}
	*ret_word = word;
	return 0;
}

int value_list(const struct node *node, const char *key, struct diags *diags)
{
	if (!node || (!node->bad && node_is_null(node)))
		return 0;
	if (node->kind != NODE_LIST)
		return wrong(node, key, "a list", diags);
	return node->bad ? -1 : 1;
}

int value_texts(const struct node *node, const char *key, struct arena *arena, struct diags *diags,
		struct span **ret_texts, size_t *ret_n)
{
	int r = value_list(node, key, diags);

	if (r <= 0)
		return r;
	*ret_texts = arena_alloc(arena, (node->n + 1) * sizeof(**ret_texts));
	*ret_n = 0;
	r = 0;
	for (size_t i = 0; i < node->n; i++) {
		const struct node *item = node->items[i];
		if (is_text(item) && item->text.len) {
			(*ret_texts)[(*ret_n)++] = item->text;
			continue;
		}
		r = -1;
		if (!item->bad)
			diag_error(diags, &item->at, "'%s' is a list of words, this is %s", key,
				   item->kind != NODE_SCALAR ? node_kind_name(item)
				   : item->text.len	     ? "none"
							     : "empty");
	}
	return r;
}

/* An errno's name, or its number as text. */
static int errno_by_name(const struct node *node, const char *key, struct diags *diags, uint64_t *ret_value)
{
	const char *near[3];

	if (node->bad || node->kind != NODE_SCALAR)
		return wrong(node, key, "the name of an errno", diags);
	if (looks_like_number(&node->text)) {
		if (expr_const_bits(&node->text, 16, diags, ret_value) < 0)
			return -1;
		return 0;
	}
	const struct vd_const *constant = vd_errno_by_name(text_of(&node->text), node->text.len);
	if (constant) {
		*ret_value = constant->value;
		return 0;
	}
	diag_error(diags, &node->at, "'%.*s' is not the name of an errno", SHOWN(&node->text));
	diag_hint_names(diags, near,
			vd_names_near(VD_NAME_ERRNO, VD_ABI_NONE, text_of(&node->text), node->text.len, near,
				      3));
	return -1;
}

static bool is_there(const struct node *node)
{
	return node && !(node->kind == NODE_SCALAR && !node->bad && (node_is_null(node) || !node->text.len));
}

static int value_data(const struct action_data *data, struct diags *diags, uint16_t *ret_data,
		      struct span *ret_at)
{
	uint64_t number = 0, name = 0;
	bool numbered = is_there(data->number), named = is_there(data->name);

	if (numbered && value_number(data->number, data->number_key, UINT16_MAX, diags, &number) < 0)
		return -1;
	if (named && errno_by_name(data->name, data->name_key, diags, &name) < 0)
		return -1;
	if (!numbered && !named)
		return 0;
	if (numbered && named && number != name) {
		diag_warning(diags, &data->name->at, "'%s' and '%s' differ", data->name_key,
			     data->number_key);
		diag_hint(diags, "Podman and CRI-O take the name, Docker the number; the name is taken here");
	}
	*ret_data = (uint16_t)(named ? name : number);
	*ret_at = named ? data->name->at : data->number->at;
	return 1;
}

static bool has_data(uint32_t action)
{
	return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
}

int profile_action_read(const struct node *node, const char *key, const struct action_data *data,
			struct diags *diags, struct profile_action *ret_action)
{
	const struct profile_word *word = NULL;
	struct profile_action action = { .at = node->at };
	uint16_t number = EPERM; /* what runtimes take where a profile says nothing */
	int r = value_word(node, key, &profile_actions, diags, &word);
	int given = value_data(data, diags, &number, &action.data_at);

	if (r < 0 || given < 0)
		return -1;
	action.ret = word->value | (has_data(word->value) ? number : 0);
	action.data_unused = given && !has_data(word->value);
	*ret_action = action;
	return 0;
}
