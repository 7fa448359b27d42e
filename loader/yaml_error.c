/* SPDX-License-Identifier: MIT */
/* What is wrong with a YAML file's syntax, in the words of the person who wrote it. */
#include "loader/yaml.h"

#include <string.h>
#include <yaml.h>

enum where { PROBLEM, CONTEXT };

struct wording {
	const char *problem; /* libyaml's */
	const char *context; /* libyaml's, NULL: any */
	enum where where;
	const char *message;
	const char *hint;
};

static const struct wording wordings[] = {
	{ "mapping values are not allowed in this context", NULL, PROBLEM, "a ':' cannot stand here",
	  "quote the text if ': ' belongs to it; otherwise check this line's indentation and the line "
	  "above" },
	{ "did not find expected alphabetic or numeric character", "while scanning an alias", CONTEXT,
	  "'*' begins an alias, and no name follows", "quote the text if '*' belongs to it" },
	{ "did not find expected alphabetic or numeric character", "while scanning an anchor", CONTEXT,
	  "'&' begins an anchor, and no name follows", "quote the text if '&' belongs to it" },
	{ "found unexpected end of stream", "while scanning a quoted scalar", CONTEXT,
	  "this quoted text is never closed", "close it with the quote that it begins with" },
	{ "found unexpected document indicator", "while scanning a quoted scalar", CONTEXT,
	  "this quoted text is never closed", "close it with the quote that it begins with" },
	{ "found unknown escape character", NULL, PROBLEM, "no such escape in double quotes",
	  "write \\\\ for a backslash, or use single quotes" },
	{ "did not find expected hexdecimal number", NULL, PROBLEM, "a hexadecimal number is expected here",
	  "write \\\\ for a backslash, or use single quotes" },
	{ "block sequence entries are not allowed in this context", NULL, PROBLEM, "a list cannot begin here",
	  "begin it on the next line, or write [a, b]" },
	{ "could not find expected ':'", NULL, CONTEXT, "this line is no 'key: value'",
	  "write 'key: value', with a space behind the ':', or indent a line that continues the one above" },
	{ "did not find expected <document start>", NULL, PROBLEM,
	  "this does not belong to what stands above", "begin all keys of the file in the same column" },
	{ "did not find expected node content", NULL, PROBLEM, "a value is expected here", NULL },
	{ "found undefined tag handle", NULL, PROBLEM, "a value that begins with '!' is a YAML tag, not text",
	  "quote the text if '!' belongs to it" },
	{ "did not find the expected '>'", "while scanning a tag", CONTEXT,
	  "a value that begins with '!' is a YAML tag, not text", "quote the text if '!' belongs to it" },
	{ "did not find expected whitespace or line break", "while scanning a tag", CONTEXT,
	  "a value that begins with '!' is a YAML tag, not text", "quote the text if '!' belongs to it" },
	{ "did not find expected comment or line break", "while scanning a block scalar", PROBLEM,
	  "unexpected text behind '|' or '>'", "begin the text on the next line" },
	{ "found a tab character where an indentation space is expected", NULL, PROBLEM,
	  "a tab cannot indent YAML", "indent with spaces" },
	{ "found incompatible YAML document", NULL, PROBLEM, "not YAML 1.1 or 1.2",
	  "leave the %YAML line out" },
	{ "mapping keys are not allowed in this context", NULL, PROBLEM, "a key cannot stand here", NULL },
};

/* Problems whose words need the place where the list or mapping begins. */
static bool structure_error(const struct text *text, const char *problem, const struct span *at,
			    const struct span *begin, struct diags *diags)
{
	struct place place = span_place(begin);
	bool flow_list = !strcmp(problem, "did not find expected ',' or ']'");
	char close = flow_list ? ']' : '}';

	if (flow_list || !strcmp(problem, "did not find expected ',' or '}'")) {
		if (at->off >= text->len)
			diag_error(diags, begin, "this '%c' has no '%c'", flow_list ? '[' : '{', close);
		else
			diag_error(diags, at, "',' or '%c' is expected here", close);
		diag_hint(diags,
			  "the '%c' stands on line %u, column %u; text that holds [ ] { } or ',' is quoted",
			  flow_list ? '[' : '{', place.line, place.column);
	} else if (!strcmp(problem, "did not find expected key")) {
		diag_error(diags, at, "a 'key: value' is expected here");
		diag_hint(diags, "keys of the mapping that begins on line %u start in column %u", place.line,
			  place.column);
	} else if (!strcmp(problem, "did not find expected '-' indicator")) {
		diag_error(diags, at, "a '- ' is expected here");
		diag_hint(diags, "items of the list that begins on line %u start in column %u", place.line,
			  place.column);
	} else {
		return false;
	}
	return true;
}

/* The last line above an offset that is neither blank nor a comment. False: there is none. */
static bool line_above(const struct text *text, size_t off, struct span *ret_line)
{
	const char *data = text->data;
	size_t end = off;

	while (end && data[end - 1] != '\n')
		end--;
	while (end) {
		size_t begin = --end, first;
		while (begin && data[begin - 1] != '\n')
			begin--;
		first = begin + strspn(data + begin, " \r");
		if (first < end && data[first] != '#') {
			*ret_line = span_of(text, first, end - first - (data[end - 1] == '\r'));
			return true;
		}
		end = begin;
	}
	return false;
}

/* `version 1` above `filters: ...`: the two lines are one text for YAML, and its ':' comes too late. */
static bool colon_missing_above(const struct text *text, const char *problem, const struct span *at,
				struct diags *diags)
{
	struct span line;
	size_t key = at->off;

	if (strcmp(problem, "mapping values are not allowed in this context") ||
	    !line_above(text, at->off, &line) || memchr(text->data + line.off, ':', line.len) ||
	    strchr("-{[\"'|>", text->data[line.off]))
		return false;
	while (key && text->data[key - 1] != '\n')
		key--;
	/* a key of its own: one word up to the ':' */
	key += strspn(text->data + key, " ");
	if (memchr(text->data + key, ' ', at->off - key))
		return false;
	diag_error(diags, &line, "this line is no 'key: value'");
	diag_hint(diags, "write 'key: value', with a space behind the ':'");
	return true;
}

static bool bad_start(const struct text *text, const char *problem, const struct span *at,
		      struct diags *diags)
{
	if (strcmp(problem, "found character that cannot start any token"))
		return false;
	char c = at->off < text->len ? text->data[at->off] : ' ';
	if (c == '\t') {
		diag_error(diags, at, "a tab cannot indent YAML");
		diag_hint(diags, "indent with spaces");
	} else {
		diag_error(diags, at, "a value cannot begin with '%c'", c);
		diag_hint(diags, "quote the text if '%c' belongs to it", c);
	}
	return true;
}

void yaml_syntax_error(const struct text *text, const struct yaml_parser_s *parser, const size_t places[2],
		       struct diags *diags)
{
	const char *problem = parser->problem ? parser->problem : "out of memory";
	struct span at = span_of(text, places[0], 1), begin = span_of(text, places[1], 1);

	if (structure_error(text, problem, &at, &begin, diags) ||
	    colon_missing_above(text, problem, &at, diags) || bad_start(text, problem, &at, diags))
		return;
	for (size_t i = 0; i < sizeof(wordings) / sizeof(*wordings); i++) {
		const struct wording *wording = &wordings[i];
		if (strcmp(wording->problem, problem) ||
		    (wording->context && (!parser->context || strcmp(wording->context, parser->context))))
			continue;
		diag_error(diags, wording->where == CONTEXT && parser->context ? &begin : &at, "%s",
			   wording->message);
		if (wording->hint)
			diag_hint(diags, "%s", wording->hint);
		return;
	}
	diag_error(diags, &at, "not YAML: %s", problem);
}

/* ----------------------------------------------------------------- bytes */

/* The character of a UTF-8 sequence of len bytes. */
static uint32_t decode(const char *at, size_t len)
{
	uint32_t c = len == 1 ? (unsigned char)at[0] : (unsigned char)at[0] & (0x7fu >> len);

	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)at[i] & 0x3f);
	return c;
}

/* YAML 1.1, section 5.1: c-printable. */
static bool printable(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f) || c == 0x85 ||
	       (c >= 0xa0 && c != 0xfffe && c != 0xffff);
}

static int refuse_byte(const struct span *span, unsigned char byte, struct diags *diags)
{
	diag_error(diags, span, "byte 0x%02x is not UTF-8 text", byte);
	diag_hint(diags, "save the file as UTF-8");
	return -1;
}

static int refuse_control(const struct span *span, uint32_t c, struct diags *diags)
{
	diag_error(diags, span, "control character 0x%02x", c);
	if (c < 0x100)
		diag_hint(diags, "write \"\\x%02x\" in double quotes if it is meant", c);
	return -1;
}

int yaml_check_bytes(const struct text *text, struct diags *diags)
{
	const char *data = text->data;

	if (text->len >= 2 && (!memcmp(data, "\xff\xfe", 2) || !memcmp(data, "\xfe\xff", 2))) {
		diag_file_error(diags, text->name, "the file is UTF-16 text, UTF-8 is needed");
		return -1;
	}
	for (size_t at = 0, len = 1; at < text->len; at += len) {
		if (data[at] >= 0x20 && data[at] < 0x7f) {
			len = 1;
			continue;
		}
		struct span span = span_of(text, at, 1);
		len = utf8_length(data + at, text->len - at);
		if (!len)
			return refuse_byte(&span, (unsigned char)data[at], diags);
		if (!printable(decode(data + at, len)))
			return refuse_control(&span, decode(data + at, len), diags);
	}
	return 0;
}
