/* SPDX-License-Identifier: MIT */
#include "loader/json.h"
#include "loader/testing.h"

static void write_sample(struct json *json)
{
	json_object(json);
	json_key(json, "a");
	json_number(json, -5);
	json_key(json, "b");
	json_array(json);
	json_end(json, ']');
	json_key(json, "c");
	json_array(json);
	json_hex(json, 0);
	json_hex(json, UINT64_MAX);
	json_hex32(json, 0x50001);
	json_bool(json, true);
	json_bool(json, false);
	json_null(json);
	json_string(json, NULL);
	json_end(json, ']');
	json_key(json, "d");
	json_object(json);
	json_end(json, '}');
	json_end(json, '}');
	json_finish(json);
}

START_TEST(layout)
{
	char buf[512] = "";
	FILE *out = fmemopen(buf, sizeof(buf), "w");
	struct json json;

	json_init(&json, out, _i == 1);
	write_sample(&json);
	fclose(out);
	ck_assert_str_eq(
		buf,
		_i ? "{\"a\": -5, \"b\": [], \"c\": [\"0x0\", \"0xffffffffffffffff\", \"0x00050001\", true, "
		     "false, null, null], \"d\": {}}\n"
		   : "{\n  \"a\": -5,\n  \"b\": [],\n  \"c\": [\n    \"0x0\",\n    \"0xffffffffffffffff\",\n"
		     "    \"0x00050001\",\n    true,\n    false,\n    null,\n    null\n  ],\n  \"d\": "
		     "{}\n}\n");
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	const char *json;
} strings[] = {
	{ "", 0, "\"\"" },
	{ "a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"" },
	{ "\n\t\r\b\x1f\x7f", 6, "\"\\n\\t\\u000d\\u0008\\u001f\\u007f\"" },
	{ "a\0b", 3, "\"a\\u0000b\"" },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	/* C1 control characters, separators, a byte order mark, no characters; and their neighbours */
	{ "\xc2\x80\xc2\x9f\xc2\xa0", 6, "\"\\u0080\\u009f\xc2\xa0\"" },
	{ "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", 12, "\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\"" },
	{ "\xef\xbb\xbf\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf", 12, "\"\\ufeff\xef\xbf\xbd\\ufffe\\uffff\"" },
	/* not UTF-8: a lone byte, cut off, overlong, a surrogate, past the last character */
	{ "\xff", 1, "\"\xef\xbf\xbd\"" },
	{ "\xc3", 1, "\"\xef\xbf\xbd\"" },
	{ "\xe2\x82x", 3, "\"\xef\xbf\xbd\xef\xbf\xbdx\"" },
	{ "\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xe0\x80\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", 10, "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"" },
};

START_TEST(string)
{
	char buf[128] = "";
	FILE *out = fmemopen(buf, sizeof(buf), "w");
	struct json json;

	json_init(&json, out, true);
	json_string_n(&json, strings[_i].text, strings[_i].len);
	fclose(out);
	ck_assert_str_eq(buf, strings[_i].json);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, layout, 0, 2);
	tcase_add_loop_test(tc, string, 0, COUNT_OF(strings));
}

int main(void)
{
	return run_suite("json", add);
}
