/* SPDX-License-Identifier: MIT */
/* What is looked for in a text: arrays of struct sock_filter, and the constants of enums. */
#include "loader/ctext/token.h"

#include <inttypes.h>
#include <string.h>

/* The end of what `at` opens, one further. */
static size_t past(const struct ctoken *tokens, size_t n, size_t at)
{
	size_t close = ctoken_match(tokens, n, at);

	return close < n ? close + 1 : n;
}

/*
 * What follows `struct sock_filter`: NAME[SIZE] = { ... }, or [SIZE]) { ... } of
 * a compound literal. False: something else, up to *at.
 */
static bool declarator(const struct ctoken *tokens, size_t n, size_t *at, struct carray *ret_array)
{
	struct carray array = { 0 };

	for (; *at < n; ++*at) {
		const struct ctoken *token = &tokens[*at];
		if (token->kind == CTOKEN_NAME) {
			if (ctoken_is(token, "__attribute__") && *at + 1 < n)
				*at = past(tokens, n, *at + 1) - 1;
			else if (!ctoken_is(token, "const"))
				array.name = token;
		} else if (ctoken_is(token, "[") && !array.size) {
			size_t end = ctoken_match(tokens, n, *at);
			array.size = token + 1;
			array.n_size = end - *at - 1;
			*at = end;
		} else {
			break;
		}
	}
	if (!array.size || *at + 1 >= n || !(ctoken_is(&tokens[*at], "=") || ctoken_is(&tokens[*at], ")")) ||
	    !ctoken_is(&tokens[*at + 1], "{"))
		return false;
	array.from = *at + 2;
	array.to = ctoken_match(tokens, n, *at + 1);
	*at = array.to;
	*ret_array = array;
	return true;
}

bool carray_find(const struct creader *reader, size_t *at, struct carray *ret_array)
{
	const struct ctoken *tokens = reader->tokens.items;
	size_t n = reader->tokens.n;

	/* a[] = { ... }, b[] = { ... }: the end of the last array. */
	if (*at + 2 < n && ctoken_is(&tokens[*at], "}") && ctoken_is(&tokens[*at + 1], ",")) {
		*at += 2;
		if (declarator(tokens, n, at, ret_array))
			return true;
	}
	while (*at + 1 < n) {
		if (!ctoken_is(&tokens[*at], "struct") || !ctoken_is(&tokens[*at + 1], "sock_filter")) {
			++*at;
			continue;
		}
		*at += 2;
		if (declarator(tokens, n, at, ret_array))
			return true;
	}
	return false;
}

static void define_constant(struct creader *reader, const struct ctoken *name, bool negative, uint64_t bits)
{
	struct ctoken value = { .kind = CTOKEN_OTHER, .expanded = true };
	char *text = negative ? arena_printf(&reader->arena, "(-%" PRIu64 ")", -bits)
			      : arena_printf(&reader->arena, "%" PRIu64, bits);

	if (cmacro_find(reader, name))
		return;
	struct cmacro *macro = cmacro_new(reader, name);
	value.s = text;
	value.len = strlen(text);
	macro->constant = true;
	macro->body = arena_copy(&reader->arena, &value, sizeof(value));
	macro->n_body = 1;
}

/* NAME [= value], ... between braces. What cannot be evaluated is not diagnosed: nothing may need it. */
static void read_enum(struct creader *reader, size_t from, size_t to)
{
	const struct ctoken *tokens = reader->tokens.items;
	bool negative = false, known = true;
	uint64_t next = 0;

	for (size_t at = from; at < to;) {
		const struct ctoken *name = &tokens[at];
		size_t end = at + 1;
		struct span place;
		while (end < to && !ctoken_is(&tokens[end], ","))
			end = ctoken_is(&tokens[end], "(") ? past(tokens, to, end) : end + 1;
		if (at + 2 < end && ctoken_is(&tokens[at + 1], "="))
			known = cexpr_fold(reader, &tokens[at + 2], end - at - 2, NULL, &place, &negative,
					   &next) == 0;
		if (known && name->kind == CTOKEN_NAME)
			define_constant(reader, name, negative, next);
		next++;
		negative = negative && next >> 63;
		at = end + 1;
	}
}

void cenum_define(struct creader *reader)
{
	const struct ctoken *tokens = reader->tokens.items;
	size_t n = reader->tokens.n;

	for (size_t at = 0; at + 1 < n; at++) {
		if (!ctoken_is(&tokens[at], "enum"))
			continue;
		size_t open = at + 1 + (tokens[at + 1].kind == CTOKEN_NAME);
		if (open < n && ctoken_is(&tokens[open], "{"))
			read_enum(reader, open + 1, ctoken_match(tokens, n, open));
	}
}
