/* SPDX-License-Identifier: MIT */
#include "cases/scenario/scenario.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <string.h>

bool scenario_word(struct scenario_reader *reader, const struct node *node, const char *what,
		   struct span *ret_word)
{
	if (node->bad)
		return false;
	if (node->kind != NODE_SCALAR) {
		diag_error(reader->diags, &node->at, "%s is a single word, this is %s", what,
			   node_kind_name(node));
		return false;
	}
	if (word_check(node, what, reader->diags) < 0)
		return false;
	*ret_word = span_trim(node->text);
	return true;
}

bool scenario_text(struct scenario_reader *reader, const struct node *node, const char *what,
		   const char **ret_text, size_t *ret_len)
{
	if (node->bad)
		return false;
	if (node->kind != NODE_SCALAR) {
		diag_error(reader->diags, &node->at, "%s is a text, this is %s", what, node_kind_name(node));
		return false;
	}
	*ret_text = arena_text(reader->arena, node->text.text->data + node->text.off, node->text.len);
	*ret_len = node->text.len;
	return true;
}

const struct filter *scenario_filter(struct scenario_reader *reader, const struct node *node,
				     struct span *ret_name)
{
	if (!scenario_word(reader, node, "a filter", ret_name))
		return NULL;
	const struct filter *filter = filter_find(&reader->file->visible, ret_name, reader->arena,
						  reader->diags);
	return filter && !filter->failed ? filter : NULL;
}

int scenario_signal(struct scenario_reader *reader, const struct node *node)
{
	struct span word;
	int signal;

	return scenario_word(reader, node, "a signal", &word) &&
			       sc_signal_read(&word, reader->diags, &signal) == 0
		       ? signal
		       : 0;
}

unsigned scenario_time(struct scenario_reader *reader, const struct node *node)
{
	struct span word;
	unsigned ms;

	return scenario_word(reader, node, "a time", &word) && sc_time_read(&word, reader->diags, &ms) == 0
		       ? ms
		       : 0;
}

int64_t scenario_number(struct scenario_reader *reader, const struct node *node, uint64_t max)
{
	struct span word;
	uint64_t value;

	if (!scenario_word(reader, node, "a number", &word) ||
	    expr_const_bits(&word, 64, reader->diags, &value) < 0)
		return -1;
	if (value > max) {
		diag_error(reader->diags, &word, "this is a number from 0 to %llu", (unsigned long long)max);
		return -1;
	}
	return (int64_t)value;
}

size_t scenario_items(const struct node *node, const struct node *const **ret_items, const struct node **one)
{
	*one = node;
	if (node->kind != NODE_LIST) {
		*ret_items = one;
		return 1;
	}
	*ret_items = (const struct node *const *)node->items;
	return node->n;
}
