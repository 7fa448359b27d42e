/* SPDX-License-Identifier: MIT */
#include "loader/yaml_place.h"

#include <string.h>

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

void cursor_move(struct cursor *cursor, const struct text *text, size_t chars)
{
	while (cursor->chars < chars && cursor->bytes < text->len) {
		cursor->line += text->data[cursor->bytes] == '\n';
		cursor->bytes++;
		while (cursor->bytes < text->len && continues(text->data[cursor->bytes]))
			cursor->bytes++;
		cursor->chars++;
	}
	while (cursor->chars > chars) {
		do {
			cursor->bytes--;
		} while (continues(text->data[cursor->bytes]));
		cursor->line -= text->data[cursor->bytes] == '\n';
		cursor->chars--;
	}
}

const char *line_end(const char *at, const char *end)
{
	const char *nl = memchr(at, '\n', (size_t)(end - at));

	return nl ? nl : end;
}

static size_t width(const char *at, const char *end)
{
	return (size_t)(end - at) - (end > at && end[-1] == '\r');
}

/*
 * Whether each line of a block scalar's value stands in the file as it is, all
 * behind the same indentation.
 */
static bool lines_match(const char *file, const char *file_end, const char *value, const char *value_end,
			unsigned *ret_indent)
{
	bool known = false;
	size_t indent = 0;

	for (; value < value_end; value = line_end(value, value_end) + 1) {
		if (file >= file_end)
			return false;
		const char *end = line_end(file, file_end);
		size_t want = (size_t)(line_end(value, value_end) - value), have = width(file, end);

		if (want && !known) {
			if (have < want)
				return false;
			indent = have - want;
			known = true;
		}
		if (want && (have != indent + want || memcmp(file + indent, value, want)))
			return false;
		file = end < file_end ? end + 1 : end;
	}
	*ret_indent = (unsigned)indent;
	return true;
}

/* The value as a text of its own inside the file's. */
static struct span piece(const struct scalar *scalar, const struct span *at, struct arena *arena)
{
	const struct text *outer = at->text;
	struct text *text = arena_alloc(arena, sizeof(*text));
	const char *line = outer->data + at->off, *begin = line, *end = outer->data + outer->len;

	*text = (struct text){
		.name = outer->name, .len = scalar->len, .outer = outer, .outer_line = scalar->line
	};
	text->data = arena_text(arena, scalar->value, scalar->len);
	if (scalar->block) {
		const char *body = line_end(line, end);
		body += body < end;
		text->exact = lines_match(body, end, text->data, text->data + text->len, &text->indent);
	}
	if (text->exact) {
		text->first_column = text->indent;
		text->outer_line++;
	} else {
		while (begin > outer->data && begin[-1] != '\n')
			begin--;
		text->first_column = (unsigned)(line - begin);
	}
	return span_all(text);
}

struct span scalar_span(const struct scalar *scalar, const struct span *at, struct arena *arena)
{
	size_t quote = scalar->quoted;

	if (!scalar->block && at->len == scalar->len + 2 * quote &&
	    !memcmp(at->text->data + at->off + quote, scalar->value, scalar->len))
		return span_of(at->text, at->off + quote, scalar->len);
	return piece(scalar, at, arena);
}
