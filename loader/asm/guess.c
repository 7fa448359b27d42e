/* SPDX-License-Identifier: MIT */
/* Whether a text that nobody calls assembler may be some. */
#include "loader/asm/parse.h"

#include <string.h>

#define LINES 5 /* that are looked at, comments not counted */

/* A mistyped mnemonic: near to one, with an operand that no prose has. */
static bool nearly(const struct cursor *cursor)
{
	const struct text *text = cursor->text;
	const char *word = text->data + cursor->token.off, *near;
	size_t rest = text->len - cursor->token.off;
	const char *end = memchr(word, '\n', rest);

	return memchr(word, '#', end ? (size_t)(end - word) : rest) &&
	       mnemonics_near(word, cursor->token.len, &near, 1);
}

static bool statement(struct cursor *cursor)
{
	while (cursor->token.kind == TOKEN_NAME) {
		struct token after = token_at(cursor->text, cursor->token.off + cursor->token.len,
					      cursor->text->len);
		if (after.kind != TOKEN_OP || after.op != ':')
			return mnemonic_at(cursor) || nearly(cursor);
		cursor_next(cursor);
		cursor_next(cursor);
	}
	return cursor->token.kind != TOKEN_END && cursor_at(cursor, '.');
}

bool asm_plausible(const struct text *text)
{
	struct cursor cursor;
	int lines = 0;

	cursor_init(&cursor, text, NULL);
	for (; lines < LINES && cursor.token.kind != TOKEN_END; lines++) {
		size_t begin = cursor.token.off;
		if (statement(&cursor))
			return true;
		cursor_skip_line(&cursor, begin);
	}
	return !lines;
}
