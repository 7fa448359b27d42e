/* SPDX-License-Identifier: MIT */
/* The tokens of expressions; for the loader's own languages. */
#ifndef LOADER_EXPR_LEX_H
#define LOADER_EXPR_LEX_H

#include "loader/expr.h"

enum token_kind {
	TOKEN_END,
	TOKEN_INT, /* a run that begins with a digit: may still be no number */
	TOKEN_NAME,
	TOKEN_OP,    /* value: the character, or two of them as TOKEN2('=', '=') */
	TOKEN_OTHER, /* a character that no expression holds */
};

#define TOKEN2(a, b) ((a) << 8 | (b))

struct token {
	enum token_kind kind;
	size_t off, len;
	unsigned op;
};

/* The token at or after off, which white space may precede; end is where the text to look at ends. */
struct token token_at(const struct text *text, size_t off, size_t end);

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The word of a name alone: a parenthesised node's place has its parentheses. */
struct span expr_name_span(const struct expr *expr, const struct expr_node *node);

/* Room for the value of each node, of size bytes; the caller's to free. NULL: diagnosed. */
void *expr_values(const struct expr *expr, size_t size, struct diags *diags);

/* The value of a number's text. 0 or -1 (diagnosed: no number, `010`, over 64 bits). */
int number_parse(const struct span *span, unsigned flags, struct diags *diags, uint64_t *ret_value);

#endif
