/* SPDX-License-Identifier: MIT */
#include "loader/ctext/token.h"
#include "loader/expr/lex.h"

#include <string.h>

void ctoken_add(struct creader *reader, struct ctokens *tokens, const struct ctoken *token)
{
	tokens->items = arena_grow(&reader->arena, tokens->items, tokens->n, &tokens->cap, sizeof(*token));
	tokens->items[tokens->n++] = *token;
}

bool ctoken_is(const struct ctoken *token, const char *word)
{
	return token->len == strlen(word) && !memcmp(token->s, word, token->len);
}

struct span ctoken_span(const struct creader *reader, const struct ctoken *token)
{
	return span_of(reader->text, token->off, token->from);
}

/* White space, comments and spliced lines from `at` on: where the next token stands. */
static size_t skip_blank(const char *data, size_t len, size_t at, bool *first)
{
	while (at < len) {
		if (data[at] == '\n') {
			*first = true;
			at++;
		} else if (strchr(" \t\r\f\v", data[at]) && data[at]) {
			at++;
		} else if (data[at] == '\\' && at + 1 < len && data[at + 1] == '\n') {
			at += 2;
		} else if (data[at] == '\\' && at + 2 < len && data[at + 1] == '\r' && data[at + 2] == '\n') {
			at += 3;
		} else if (data[at] == '/' && at + 1 < len && data[at + 1] == '/') {
			const char *end = memchr(data + at, '\n', len - at);
			at = end ? (size_t)(end - data) : len;
		} else if (data[at] == '/' && at + 1 < len && data[at + 1] == '*') {
			const char *end = memmem(data + at + 2, len - at - 2, "*/", 2);
			at = end ? (size_t)(end - data) + 2 : len;
		} else {
			break;
		}
	}
	return at;
}

/* "…" or '…' up to its end or the line's. */
static size_t string_length(const char *data, size_t len)
{
	size_t n = 1;

	while (n < len && data[n] != data[0] && data[n] != '\n')
		n += data[n] == '\\' && n + 1 < len ? 2 : 1;
	return n < len && data[n] == data[0] ? n + 1 : n < len ? n : len;
}

static size_t other_length(const char *data, size_t len)
{
	static const char *const longer[] = { "...", "<<", ">>", "<=", ">=", "==",
					      "!=",  "&&", "||", "##", "->" };

	for (size_t i = 0; i < sizeof(longer) / sizeof(*longer); i++) {
		size_t n = strlen(longer[i]);
		if (len >= n && !memcmp(data, longer[i], n))
			return n;
	}
	size_t utf8 = utf8_length(data, len);
	return utf8 ? utf8 : 1;
}

static struct ctoken token_here(const char *data, size_t len)
{
	struct ctoken token = { .s = data };

	if (is_word(*data)) {
		token.kind = is_digit(*data) ? CTOKEN_NUMBER : CTOKEN_NAME;
		while (token.len < len && is_word(data[token.len]))
			token.len++;
	} else if (*data == '"' || *data == '\'') {
		token.kind = CTOKEN_STRING;
		token.len = string_length(data, len);
	} else {
		token.kind = CTOKEN_OTHER;
		token.len = other_length(data, len);
	}
	return token;
}

void ctoken_split(struct creader *reader, const char *data, size_t len, struct ctokens *tokens)
{
	bool first = true;
	size_t end = 0;

	for (size_t at = skip_blank(data, len, 0, &first); at < len; at = skip_blank(data, len, at, &first)) {
		struct ctoken token = token_here(data + at, len - at);
		token.first = first;
		token.glued = at == end;
		token.off = at;
		token.from = token.len;
		ctoken_add(reader, tokens, &token);
		first = false;
		at += token.len;
		end = at;
	}
}
