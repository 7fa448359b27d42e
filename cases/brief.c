/* SPDX-License-Identifier: MIT */
#include "cases/brief.h"

#include <string.h>

struct line {
	char *buf;
	size_t len, size;
	bool full;
};

static void put(struct line *line, const char *text, size_t len)
{
	for (size_t i = 0; i < len && !line->full; i++) {
		char c = (unsigned char)text[i] < 0x20 ? ' ' : text[i];
		if (c == ' ' && line->len && line->buf[line->len - 1] == ' ')
			continue;
		if (line->len + 4 >= line->size) {
			/* no half of a UTF-8 character before the dots */
			while (line->len && ((unsigned char)line->buf[line->len - 1] & 0xc0) == 0x80)
				line->len--;
			if (line->len && (unsigned char)line->buf[line->len - 1] >= 0xc0)
				line->len--;
			memcpy(line->buf + line->len, "...", 3);
			line->len += 3;
			line->full = true;
		} else {
			line->buf[line->len++] = c;
		}
	}
	line->buf[line->len] = '\0';
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

static void put_node(struct line *line, const struct node *node)
{
	bool list = node->kind == NODE_LIST;

	if (node->kind == NODE_SCALAR) {
		put(line, node->text.text->data + node->text.off, node->text.len);
		return;
	}
	put_text(line, list ? "[" : "{");
	for (size_t i = 0; i < node->n && !line->full; i++) {
		if (i)
			put_text(line, ", ");
		if (!list) {
			put_node(line, node->pairs[i].key);
			put_text(line, ": ");
		}
		put_node(line, list ? node->items[i] : node->pairs[i].value);
	}
	put_text(line, list ? "]" : "}");
}

char *node_brief(const struct node *node, char *buf, size_t size)
{
	struct line line = { .buf = buf, .size = size };

	buf[0] = '\0';
	put_node(&line, node);
	return buf;
}

/* What is left out is said too: x86_64, any call. */
static void put_subject(struct line *line, const struct node *const *keys)
{
	const struct node *arch = keys[CASE_ARCH], *call = keys[CASE_SYSCALL];

	if (!arch)
		put_text(line, "x86_64");
	else if (node_is(arch, "any"))
		put_text(line, "any arch");
	else
		put_node(line, arch);
	put_text(line, " ");
	if (!call || node_is(call, "any"))
		put_text(line, "any call");
	else
		put_node(line, call);
}

char *claim_brief(const struct node *const *keys, char *buf, size_t size)
{
	static const struct {
		enum case_key key;
		const char *before;
	} more[] = {
		{ CASE_ARGS, " " },
		{ CASE_IP, " ip " },
		{ CASE_WHERE, " where " },
		{ CASE_SAME_AS, " same as " },
		{ CASE_EXCEPT, " except " },
		{ CASE_EXPECT, " -> " },
		{ CASE_LIMITS, ", limits " },
	};
	struct line line = { .buf = buf, .size = size };

	buf[0] = '\0';
	if (keys[CASE_INSTALL]) {
		put_text(&line, "install ");
		put_node(&line, keys[CASE_INSTALL]);
		return buf;
	}
	put_subject(&line, keys);
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		if (!keys[more[i].key])
			continue;
		put_text(&line, more[i].before);
		put_node(&line, keys[more[i].key]);
	}
	return buf;
}
