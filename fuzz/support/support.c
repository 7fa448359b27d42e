/* SPDX-License-Identifier: MIT */
#include "fuzz/support/support.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void broken(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("\nbroken: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}

struct text input_text(const uint8_t *data, size_t size)
{
	struct text text;

	EXPECT(text_from("input", (const char *)data, size, &text) == 0, "no memory for %zu bytes", size);
	return text;
}

bool next_line(const struct text *text, size_t *at, struct span *ret_line)
{
	if (*at >= text->len)
		return false;
	const char *begin = text->data + *at, *end = memchr(begin, '\n', text->len - *at);
	size_t len = end ? (size_t)(end - begin) : text->len - *at;

	*ret_line = span_of(text, *at, len);
	*at += len + 1;
	return true;
}

/* What others wrote is shown without what terminals obey. */
static void expect_printable(const char *text, size_t size)
{
	for (size_t i = 0; i < size;) {
		size_t n = utf8_length(text + i, size - i);
		unsigned char c = (unsigned char)text[i];
		EXPECT(n > 0, "no UTF-8 is printed: 0x%02x", c);
		EXPECT(n > 1 || (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t', "0x%02x is printed", c);
		EXPECT(n != 2 || c != 0xc2 || (unsigned char)text[i + 1] >= 0xa0,
		       "a control character is printed");
		i += n;
	}
}

void expect_diags(struct diags *diags, int r)
{
	char *printed = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&printed, &size);

	EXPECT(out != NULL, "no memory for diagnostics");
	EXPECT(r == 0 || diags->errors || diags->dropped, "a reader fails and does not say why");
	diags_print(diags, out, false);
	fclose(out);
	EXPECT(!diags->n || size > 0, "%zu diagnostics are printed as nothing", diags->n);
	expect_printable(printed, size);
	free(printed);
	diags_done(diags);
}
