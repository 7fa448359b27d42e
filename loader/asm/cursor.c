/* SPDX-License-Identifier: MIT */
#include "loader/asm/parse.h"

#include <string.h>
#include <strings.h>

static size_t line_end(const struct text *text, size_t off)
{
	const char *end = memchr(text->data + off, '\n', text->len - off);

	return end ? (size_t)(end - text->data) : text->len;
}

static bool at_line_start(const struct text *text, size_t off)
{
	return off == 0 || text->data[off - 1] == '\n';
}

/* The end of a comment like this one. */
static size_t comment_end(struct cursor *cursor, size_t off)
{
	const struct text *text = cursor->text;
	const char *end = memmem(text->data + off + 2, text->len - off - 2, "*/", 2);

	if (end)
		return (size_t)(end - text->data) + 2;
	struct span where = span_of(text, off, 2);
	diag_error(cursor->diags, &where, "the comment has no end");
	diag_hint(cursor->diags, "write */ after it");
	cursor->failed = true;
	return text->len;
}

/* White space and comments. bpf_asm takes a '#' in the first column as a comment. */
static size_t skip_blank(struct cursor *cursor, size_t off)
{
	const struct text *text = cursor->text;
	const char *data = text->data;

	while (off < text->len) {
		if (data[off] == '\n')
			cursor->first = true;
		if (strchr(" \t\r\n\f", data[off]) && data[off])
			off++;
		else if (data[off] == ';' || (data[off] == '#' && at_line_start(text, off)))
			off = line_end(text, off);
		else if (data[off] == '/' && data[off + 1] == '*')
			off = comment_end(cursor, off);
		else
			break;
	}
	return off;
}

void cursor_seek(struct cursor *cursor, size_t off)
{
	cursor->last = off;
	cursor->first = at_line_start(cursor->text, off);
	off = skip_blank(cursor, off);
	cursor->token = token_at(cursor->text, off, cursor->text->len);
}

void cursor_init(struct cursor *cursor, const struct text *text, struct diags *diags)
{
	*cursor = (struct cursor){ .text = text, .diags = diags };
	cursor_seek(cursor, 0);
}

void cursor_next(struct cursor *cursor)
{
	cursor_seek(cursor, cursor->token.off + cursor->token.len);
}

void cursor_skip_line(struct cursor *cursor, size_t from)
{
	cursor_seek(cursor, line_end(cursor->text, cursor->last > from ? cursor->last : from));
}

bool cursor_at(const struct cursor *cursor, char c)
{
	return cursor->token.len == 1 && cursor->text->data[cursor->token.off] == c;
}

bool cursor_word(const struct cursor *cursor, const char *word)
{
	return cursor->token.kind == TOKEN_NAME && cursor->token.len == strlen(word) &&
	       !strncasecmp(cursor->text->data + cursor->token.off, word, cursor->token.len);
}

struct span cursor_span(const struct cursor *cursor)
{
	return span_of(cursor->text, cursor->token.off, cursor->token.len);
}

struct span cursor_missing(const struct cursor *cursor)
{
	if (cursor->first || cursor->token.kind == TOKEN_END)
		return span_of(cursor->text, cursor->last, 0);
	return cursor_span(cursor);
}

int cursor_expect(struct cursor *cursor, char c)
{
	struct span where = cursor_missing(cursor);

	if (cursor_at(cursor, c)) {
		cursor_next(cursor);
		return 0;
	}
	diag_error(cursor->diags, &where, "'%c' is meant here", c);
	return -1;
}

int cursor_constant(struct cursor *cursor, unsigned bits, uint32_t *ret_value)
{
	size_t off = cursor->first ? cursor->last : cursor->token.off, end = line_end(cursor->text, off);
	struct span rest = span_of(cursor->text, off, end - off);
	uint64_t value;

	if (expr_const_prefix(&rest, EXPR_ASM, bits, cursor->diags, &value, &end) < 0)
		return -1;
	cursor_seek(cursor, end);
	*ret_value = (uint32_t)value;
	return 0;
}
