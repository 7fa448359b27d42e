/* SPDX-License-Identifier: MIT */
#include "loader/json.h"
#include "loader/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void json_init(struct json *json, FILE *out, bool compact)
{
	*json = (struct json){ .out = out, .compact = compact };
}

static void indent(struct json *json)
{
	if (json->compact)
		return;
	fputc('\n', json->out);
	for (int i = 0; i < json->depth; i++)
		fputs("  ", json->out);
}

/* What goes before a value: a comma and a new line, unless its key was just written. */
static void before(struct json *json)
{
	if (json->keyed) {
		json->keyed = false;
		return;
	}
	if (json->used[json->depth])
		fputs(json->compact ? ", " : ",", json->out);
	json->used[json->depth] = true;
	if (json->depth)
		indent(json);
}

static void open_bracket(struct json *json, char bracket)
{
	before(json);
	fputc(bracket, json->out);
	if (json->depth < JSON_DEPTH_MAX)
		json->depth++;
	json->used[json->depth] = false;
}

void json_object(struct json *json)
{
	open_bracket(json, '{');
}

void json_array(struct json *json)
{
	open_bracket(json, '[');
}

void json_end(struct json *json, char bracket)
{
	bool used = json->used[json->depth];

	if (json->depth)
		json->depth--;
	if (used)
		indent(json);
	fputc(bracket, json->out);
}

/*
 * Control characters beyond ASCII (terminals obey U+009B), separators of lines,
 * byte order marks and what is no character are written by their number: all
 * have 2 or 3 bytes.
 */
static bool is_invisible(const char *text, size_t n, unsigned *ret_number)
{
	const unsigned char *c = (const unsigned char *)text;
	unsigned number = n == 2 ? (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu)
				 : (c[0] & 0xfu) << 12 | (c[1] & 0x3fu) << 6 | (c[2 % n] & 0x3fu);

	*ret_number = number;
	return (n == 2 && number < 0xa0) ||
	       (n == 3 && (number == 0x2028 || number == 0x2029 || number == 0xfeff || number >= 0xfffe));
}

static void quoted(FILE *out, const char *text, size_t len)
{
	fputc('"', out);
	for (size_t i = 0; i < len;) {
		size_t n = utf8_length(text + i, len - i);
		unsigned char c = (unsigned char)text[i];
		unsigned number;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", out);
		else if (c == '\t')
			fputs("\\t", out);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else if (n > 1 && is_invisible(text + i, n, &number))
			fprintf(out, "\\u%04x", number);
		else if (n)
			fwrite(text + i, 1, n, out);
		else
			fputs("\xef\xbf\xbd", out);
		i += n ? n : 1;
	}
	fputc('"', out);
}

void json_key(struct json *json, const char *key)
{
	before(json);
	quoted(json->out, key, strlen(key));
	fputs(": ", json->out);
	json->keyed = true;
}

void json_string(struct json *json, const char *text)
{
	if (text)
		json_string_n(json, text, strlen(text));
	else
		json_null(json);
}

void json_string_n(struct json *json, const char *text, size_t len)
{
	before(json);
	quoted(json->out, text, len);
}

void json_number(struct json *json, long long value)
{
	before(json);
	fprintf(json->out, "%lld", value);
}

void json_real(struct json *json, double value)
{
	if (!isfinite(value)) {
		json_null(json);
		return;
	}
	before(json);
	fprintf(json->out, "%.3f", value);
}

void json_hex(struct json *json, uint64_t value)
{
	before(json);
	fprintf(json->out, "\"0x%" PRIx64 "\"", value);
}

void json_hex32(struct json *json, uint32_t value)
{
	before(json);
	fprintf(json->out, "\"0x%08" PRIx32 "\"", value);
}

void json_bool(struct json *json, bool value)
{
	before(json);
	fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json)
{
	before(json);
	fputs("null", json->out);
}

void json_finish(struct json *json)
{
	fputc('\n', json->out);
	json->used[0] = false;
}
