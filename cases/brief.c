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

char *claim_brief(const struct node *const *keys, char *buf, size_t size)
{
	static const struct {
		enum case_key key;
		const char *before;
	} parts[] = {
		{ CASE_ARCH, "" },     { CASE_SYSCALL, " " },  { CASE_ARGS, " " },     { CASE_IP, " ip " },
		{ CASE_INSTALL, "install " }, { CASE_EXPECT, " -> " }, { CASE_LIMITS, " limits " },
	};
	struct line line = { .buf = buf, .size = size };

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const struct node *node = keys[parts[i].key];
		bool open = parts[i].key == CASE_SYSCALL && !node && !keys[CASE_INSTALL];
		if (keys[CASE_INSTALL] && parts[i].key != CASE_INSTALL)
			continue;
		if (!node && !open)
			continue;
		put_text(&line, parts[i].before + (line.len == 0 && parts[i].before[0] == ' '));
		if (open)
			put_text(&line, "any call");
		else
			put_node(&line, node);
	}
	return buf;
}
