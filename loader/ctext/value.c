/* SPDX-License-Identifier: MIT */
/* Constant expressions made of tokens: the text itself where they are all from there, else a text put
 * together. */
#include "loader/ctext/token.h"
#include "loader/expr.h"

#include <string.h>

/* The line of an offset in the text, from 1; mostly asked for in order. */
static unsigned line_of(struct creader *reader, size_t off)
{
	if (off < reader->line_off) {
		reader->line_off = 0;
		reader->line = 0;
	}
	for (; reader->line_off < off; reader->line_off++)
		reader->line += reader->text->data[reader->line_off] == '\n';
	return reader->line + 1;
}

static unsigned column_of(const struct text *text, size_t off)
{
	size_t start = off;

	while (start && text->data[start - 1] != '\n')
		start--;
	return (unsigned)(off - start);
}

/* What a token says in an expression: an enum's constant is its value. */
static const struct ctoken *spelled(const struct creader *reader, const struct ctoken *token)
{
	const struct cmacro *macro = token->kind == CTOKEN_NAME ? cmacro_find(reader, token) : NULL;

	return macro && macro->constant ? &macro->body[0] : token;
}

/* Whether the tokens stand in the text one after the other with nothing but white space between. */
static bool as_written(const struct creader *reader, const struct ctoken *tokens, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (tokens[i].expanded || spelled(reader, &tokens[i]) != &tokens[i])
			return false;
		if (!i)
			continue;
		size_t end = tokens[i - 1].off + tokens[i - 1].len;
		if (tokens[i].off < end)
			return false;
		for (size_t at = end; at < tokens[i].off; at++)
			if (!strchr(" \t\r\n", reader->text->data[at]))
				return false;
	}
	return true;
}

/* The tokens as a text of their own, which stands where the first of them does. */
static struct span put_together(struct creader *reader, const struct ctoken *tokens, size_t n)
{
	struct text *text = arena_alloc(&reader->arena, sizeof(*text));
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += spelled(reader, &tokens[i])->len + 1;
	*text = (struct text){
		.name = reader->text->name,
		.data = arena_alloc(&reader->arena, len + 1),
		.outer = reader->text,
		.outer_line = line_of(reader, tokens[0].off),
		.first_column = column_of(reader->text, tokens[0].off),
	};
	for (size_t i = 0; i < n; i++) {
		const struct ctoken *token = spelled(reader, &tokens[i]);
		if (i)
			text->data[text->len++] = ' ';
		memcpy(text->data + text->len, token->s, token->len);
		text->len += token->len;
	}
	return span_all(text);
}

int cexpr_fold(struct creader *reader, const struct ctoken *tokens, size_t n, struct diags *diags,
	       struct span *ret_place, bool *ret_negative, uint64_t *ret_bits)
{
	struct span span;
	struct expr_value value;
	struct expr expr;

	if (as_written(reader, tokens, n))
		span = span_of(reader->text, tokens[0].off,
			       tokens[n - 1].off + tokens[n - 1].len - tokens[0].off);
	else
		span = put_together(reader, tokens, n);
	*ret_place = span;
	if (expr_parse(&span, EXPR_C | EXPR_OCTAL, diags, &expr, NULL) < 0)
		return -1;
	int r = expr_fold_c(&expr, reader->abi, diags, &value);
	expr_done(&expr);
	if (r < 0)
		return -1;
	*ret_negative = value.negative;
	*ret_bits = value.bits;
	return 0;
}
