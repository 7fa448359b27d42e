/* SPDX-License-Identifier: MIT */
/* The value of an argument as strace prints it: `3`, `0644`, `O_RDONLY|O_CLOEXEC`, `-1`, `NULL`. */
#include "loader/log/strace.h"

#include <ctype.h>
#include <string.h>

static void trim(const char **text, size_t *len)
{
	while (*len && isspace((unsigned char)**text)) {
		++*text;
		--*len;
	}
	while (*len && isspace((unsigned char)(*text)[*len - 1]))
		--*len;
}

/* Digits of a base that fill the text, 64 bits at most. */
static bool digits(const char *text, size_t len, unsigned base, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned c = (unsigned char)text[i], digit;
		digit = c >= '0' && c <= '9' ? c - '0' : isxdigit((int)c) ? (c | 32) - 'a' + 10 : base;
		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*ret_value = value;
	return len > 0;
}

static bool number(const char *text, size_t len, uint64_t *ret_value, bool *ret_negative)
{
	bool negative = len && *text == '-', known;

	text += negative;
	len -= negative;
	if (len > 2 && text[0] == '0' && (text[1] | 32) == 'x')
		known = digits(text + 2, len - 2, 16, ret_value);
	else
		known = digits(text, len, len > 1 && *text == '0' ? 8 : 10, ret_value);
	if (!known || (negative && *ret_value > (uint64_t)1 << 63))
		return false;
	if (negative)
		*ret_value = 0 - *ret_value;
	*ret_negative = negative;
	return true;
}

static bool name(const char *text, size_t len, uint64_t *ret_value, bool *ret_negative)
{
	if (len == 4 && !memcmp(text, "NULL", 4)) {
		*ret_value = 0;
		*ret_negative = false;
		return true;
	}
	const struct vd_const *constant = vd_const_by_name(text, len);
	if (!constant)
		return false;
	*ret_value = constant->value;
	*ret_negative = constant->is_signed;
	return true;
}

/* "_IOC(_IOC_READ|_IOC_WRITE, 0x12, 0x72, 0x8)": an ioctl without a name (include/uapi/asm-generic/ioctl.h).
 */
static bool ioc(const char *text, size_t len, uint64_t *ret_value)
{
	static const struct {
		const char *name;
		uint64_t value;
	} ways[] = {
		{ "_IOC_NONE", 0 }, { "_IOC_WRITE", 1 }, { "_IOC_READ", 2 }, { "_IOC_READ|_IOC_WRITE", 3 }
	};
	static const unsigned shifts[] = { 30, 8, 0, 16 };
	uint64_t part[4] = { 4 }, value = 0;
	bool negative;

	for (size_t i = 0; i < 4; i++) {
		size_t n = strace_part(text, len), next = n < len ? n + 1 : n;
		const char *word = text;
		trim(&word, &n);
		for (size_t w = 0; i == 0 && w < sizeof(ways) / sizeof(*ways); w++)
			if (n == strlen(ways[w].name) && !memcmp(word, ways[w].name, n))
				part[0] = ways[w].value;
		if (i == 0 ? part[0] > 3
			   : !number(word, n, &part[i], &negative) || part[i] >> (i < 3 ? 8 : 14))
			return false;
		value |= part[i] << shifts[i];
		text += next;
		len -= next;
	}
	*ret_value = value;
	return len == 0;
}

/* The first of `A or B`, which are one number; without what -y and comments add. */
static size_t bare_length(const char *text, size_t len)
{
	static const char *const ends[] = { " or ", " /*", " => ", "/*" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const char *end = memmem(text, len, ends[i], strlen(ends[i]));
		if (end)
			len = (size_t)(end - text);
	}
	const char *open = len ? memchr(text, '<', len) : NULL;
	if (open && open > text && text[len - 1] == '>')
		len = (size_t)(open - text);
	return len;
}

static bool term(const char *text, size_t len, uint64_t *ret_value, bool *ret_negative)
{
	trim(&text, &len);
	len = bare_length(text, len);
	trim(&text, &len);
	*ret_negative = false;
	if (len > 6 && !memcmp(text, "_IOC(", 5) && text[len - 1] == ')')
		return ioc(text + 5, len - 6, ret_value);
	if (len && (isdigit((unsigned char)*text) || *text == '-'))
		return number(text, len, ret_value, ret_negative);
	return len && name(text, len, ret_value, ret_negative);
}

/* Where the next '|' outside of brackets, and of what -y adds, is. */
static size_t term_length(const char *text, size_t len)
{
	size_t depth = 0, i = 0;

	for (; i < len && (text[i] != '|' || depth); i++) {
		bool arrow = text[i] == '>' && i && text[i - 1] == '-';
		if (text[i] == '(' || text[i] == '<')
			depth++;
		else if ((text[i] == ')' || (text[i] == '>' && !arrow)) && depth)
			depth--;
	}
	return i;
}

bool strace_value(const char *text, size_t len, uint64_t *ret_value, bool *ret_negative)
{
	uint64_t value = 0, part;
	bool negative = false, sign;

	trim(&text, &len);
	if (!len || strchr("\"{[~'", *text))
		return false;
	for (;;) {
		size_t n = term_length(text, len);
		if (!term(text, n, &part, &sign))
			return false;
		value |= part;
		negative = negative || sign;
		if (n == len)
			break;
		text += n + 1;
		len -= n + 1;
	}
	*ret_value = value;
	*ret_negative = negative;
	return true;
}
