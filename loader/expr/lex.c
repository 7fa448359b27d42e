/* SPDX-License-Identifier: MIT */
#include "loader/expr/lex.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct span span_trim(struct span span)
{
	const char *data = span.text->data;

	while (span.len && is_space(data[span.off])) {
		span.off++;
		span.len--;
	}
	while (span.len && is_space(data[span.off + span.len - 1]))
		span.len--;
	return span;
}

static unsigned operator_at(const char *at, size_t left)
{
	static const char two[][3] = { "==", "!=", "<=", ">=", "<<", ">>", "&&", "||", "->" };

	for (size_t i = 0; left > 1 && i < sizeof(two) / sizeof(*two); i++)
		if (at[0] == two[i][0] && at[1] == two[i][1])
			return TOKEN2((unsigned)at[0], (unsigned)at[1]);
	return *at && strchr("()[]|^&~-+!<>=.,*/%?:@", *at) ? (unsigned)*at : 0;
}

struct token token_at(const struct text *text, size_t off, size_t end)
{
	const char *data = text->data;

	while (off < end && is_space(data[off]))
		off++;

	struct token token = { .kind = TOKEN_END, .off = off };
	if (off >= end)
		return token;
	if (is_word(data[off])) {
		token.kind = is_digit(data[off]) ? TOKEN_INT : TOKEN_NAME;
		while (off + token.len < end && is_word(data[off + token.len]))
			token.len++;
		return token;
	}
	token.op = operator_at(data + off, end - off);
	token.kind = token.op ? TOKEN_OP : TOKEN_OTHER;
	token.len = token.op > 0xff ? 2 : token.op ? 1 : utf8_length(data + off, end - off);
	token.len += !token.len;
	return token;
}

static int digit_of(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* "0o10 (octal) or 10 (decimal)" for 010: both readings are in use, so neither is taken. */
static int refuse_octal(const struct span *span, const char *digits, size_t n, struct diags *diags)
{
	unsigned long long octal = 0;
	bool is_octal = n < 20;

	while (n > 1 && *digits == '0') {
		digits++;
		n--;
	}
	for (size_t i = 0; i < n && is_octal; i++) {
		is_octal = digit_of(digits[i]) < 8;
		octal = octal * 8 + (unsigned)digit_of(digits[i]);
	}
	diag_error(diags, span, "'%.*s' may be octal or decimal", (int)span->len,
		   span->text->data + span->off);
	if (is_octal)
		diag_hint(diags, "write 0o%.*s or %llu for octal, %.*s for decimal", (int)n, digits, octal,
			  (int)n, digits);
	else
		diag_hint(diags, "write %.*s", (int)n, digits);
	return -1;
}

static int not_a_number(const struct span *span, unsigned base, struct diags *diags)
{
	diag_error(diags, span, "'%.*s' is not a number", (int)(span->len < 64 ? span->len : 64),
		   span->text->data + span->off);
	if (base == 16)
		diag_hint(diags, "hexadecimal digits are 0-9 and a-f");
	else if (base == 8)
		diag_hint(diags, "octal digits are 0-7");
	else if (base == 2)
		diag_hint(diags, "binary digits are 0 and 1");
	return -1;
}

int number_parse(const struct span *span, unsigned flags, struct diags *diags, uint64_t *ret_value)
{
	const char *digits = span->text->data + span->off;
	size_t n = span->len;
	unsigned base = 10;
	char mark = n > 1 && digits[0] == '0' ? digits[1] | 0x20 : 0;
	uint64_t value = 0;

	while ((flags & EXPR_C) && n > 1 && strchr("uUlL", digits[n - 1]))
		n--;
	if (mark == 'x' || mark == 'o' || mark == 'b') {
		base = mark == 'x' ? 16 : mark == 'o' ? 8 : 2;
		digits += 2;
		n -= 2;
	} else if (n > 1 && digits[0] == '0' && (flags & EXPR_OCTAL)) {
		base = 8;
	}
	if (!n)
		return not_a_number(span, base, diags);
	for (size_t i = 0; i < n; i++)
		if (digit_of(digits[i]) >= (int)base)
			return not_a_number(span, base, diags);
	if (base == 10 && n > 1 && digits[0] == '0')
		return refuse_octal(span, digits, n, diags);
	for (size_t i = 0; i < n; i++) {
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit_of(digits[i]), &value)) {
			diag_error(diags, span, "the number does not fit 64 bits");
			return -1;
		}
	}
	*ret_value = value;
	return 0;
}
