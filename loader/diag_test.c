/* SPDX-License-Identifier: MIT */
#include "loader/testing.h"

/* Where a span stands, and how that is shown. */
static const struct {
	const char *text;
	size_t off, len;
	const char *shown;
} places[] = {
	{ "abc def", 4, 3, "test:1:5: error: e\n    1 | abc def\n      |     ^~~\n" },
	{ "one\ntwo\n", 4, 3, "test:2:1: error: e\n    2 | two\n      | ^~~\n" },
	{ "one\r\ntwo\r\n", 5, 0, "test:2:1: error: e\n    2 | two\n      | ^\n" },
	/* the end of a line, and of the text */
	{ "one\n", 3, 0, "test:1:4: error: e\n    1 | one\n      |    ^\n" },
	{ "one\n", 4, 0, "test:2:1: error: e\n    2 | \n      | ^\n" },
	{ "", 0, 0, "test:1:1: error: e\n    1 | \n      | ^\n" },
	/* a span that goes on past its line is underlined to the line's end */
	{ "one\ntwo", 1, 5, "test:1:2: error: e\n    1 | one\n      |  ^~\n" },
	/* a tab takes one column here, whatever a terminal makes of it */
	{ "\t\tabc", 2, 3, "test:1:3: error: e\n    1 |   abc\n      |   ^~~\n" },
	/* a byte is a column in the place; a character is one under the line */
	{ "\xc3\xa9\xc3\xa9 x", 5, 1, "test:1:6: error: e\n    1 | \xc3\xa9\xc3\xa9 x\n      |    ^\n" },
	{ "x \xc3\xa9\xc3\xa9", 2, 4, "test:1:3: error: e\n    1 | x \xc3\xa9\xc3\xa9\n      |   ^~\n" },
	{ "\xe6\xbc\xa2 x", 4, 1, "test:1:5: error: e\n    1 | \xe6\xbc\xa2 x\n      |    ^\n" },
	{ "e\xcc\x81 x", 4, 1, "test:1:5: error: e\n    1 | e\xcc\x81 x\n      |   ^\n" },
	/* what a terminal would act on is not sent to it */
	{ "\033[31m x", 6, 1, "test:1:7: error: e\n    1 | ?[31m x\n      |       ^\n" },
	{ "\xc2\x9b"
	  "31m x",
	  6, 1, "test:1:7: error: e\n    1 | ?31m x\n      |      ^\n" },
	{ "\xff\xfe x", 3, 1, "test:1:4: error: e\n    1 | ?? x\n      |    ^\n" },
	{ "\xe2\x80\xae x", 4, 1, "test:1:5: error: e\n    1 | ? x\n      |   ^\n" },
};

START_TEST(place_is_shown)
{
	struct text text = text_of(places[_i].text);
	struct span span = span_of(&text, places[_i].off, places[_i].len);
	struct diags diags;

	diags_init(&diags);
	diag_error(&diags, &span, "e");
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, places[_i].shown);
	free(shown);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

START_TEST(long_line_is_shown_around_the_caret)
{
	char line[301];
	struct diags diags;

	memset(line, 'a', 300);
	line[300] = '\0';
	for (size_t off = 0; off <= 300; off++) {
		struct text text = text_of(line);
		text.data[off < 300 ? off : 299] = '#';
		struct span span = span_of(&text, off, 1);
		diags_init(&diags);
		diag_error(&diags, &span, "e");
		char *shown = printed(&diags), *source = strchr(shown, '\n') + 1,
		     *caret = strchr(source, '\n') + 1;
		size_t column = (size_t)(strchr(caret, '^') - caret);
		ck_assert_uint_lt(strlen(source) - strlen(caret), 90);
		if (off < 300)
			ck_assert_int_eq(source[column], '#');
		free(shown);
		diags_done(&diags);
		text_done(&text);
	}
}
END_TEST

START_TEST(nul_bytes_are_shown)
{
	struct text text;
	struct diags diags;

	ck_assert_int_eq(text_from("test", "a\0b c", 5, &text), 0);
	struct span span = span_of(&text, 4, 1);
	diags_init(&diags);
	diag_error(&diags, &span, "e");
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, "test:1:5: error: e\n    1 | a?b c\n      |     ^\n");
	free(shown);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

START_TEST(order_is_that_of_places)
{
	struct text text = text_of("a\nb\nc\n"), other = text_of("x\n");
	struct diags diags;

	free(other.name);
	other.name = strdup("other");
	diags_init(&diags);
	const struct span spans[] = { span_of(&text, 4, 1), span_of(&other, 0, 1), span_of(&text, 0, 1) };
	for (int i = 0; i < 3; i++)
		diag_error(&diags, &spans[i], "e%d", i);
	diag_file_error(&diags, "test", "whole");
	diag_hint(&diags, "hint");
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, "test: error: whole\n  hint\n"
				"test:1:1: error: e2\n    1 | a\n      | ^\n"
				"test:3:1: error: e0\n    3 | c\n      | ^\n"
				"other:1:1: error: e1\n    1 | x\n      | ^\n");
	free(shown);
	diags_done(&diags);
	text_done(&text);
	text_done(&other);
}
END_TEST

START_TEST(only_so_many_are_kept)
{
	struct text text = text_of("a");
	struct span span = span_all(&text);
	struct diags diags, more;

	diags_init(&diags);
	/* warnings leave half for errors */
	for (int i = 0; i < DIAGS_MAX / 2; i++)
		diag_warning(&diags, &span, "w%d", i);
	ck_assert_uint_eq(diags.dropped, 0);
	diag_warning(&diags, &span, "too many");
	diag_hint(&diags, "of the last, which is not there");
	ck_assert_uint_eq(diags.n, DIAGS_MAX / 2);
	ck_assert_uint_eq(diags.dropped, 1);
	for (int i = 0; i < DIAGS_MAX / 2; i++)
		diag_error(&diags, &span, "e%d", i);
	ck_assert_uint_eq(diags.n, DIAGS_MAX);
	ck_assert_uint_eq(diags.dropped, 1);
	diag_error(&diags, &span, "last");
	diag_hint(&diags, "of the last, which is not there");
	ck_assert_uint_eq(diags.n, DIAGS_MAX);
	ck_assert_uint_eq(diags.errors, DIAGS_MAX / 2 + 1);
	ck_assert_uint_eq(diags.dropped, 2);
	diags_init(&more);
	diag_warning(&more, &span, "w");
	diags_append(&diags, &more);
	ck_assert_uint_eq(diags.dropped, 3);
	ck_assert_uint_eq(diags.warnings, DIAGS_MAX / 2 + 2);
	ck_assert_uint_eq(more.n, 0);
	char *shown = printed(&diags);
	ck_assert_ptr_nonnull(strstr(shown, "3 more not shown\n"));
	ck_assert_ptr_null(strstr(shown, "of the last"));
	free(shown);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

START_TEST(repeats_are_kept_once)
{
	struct text text = text_of("ab");
	struct span a = span_of(&text, 0, 1), b = span_of(&text, 1, 1);
	struct diags diags;

	diags_init(&diags);
	diag_error(&diags, &a, "e");
	diag_hint(&diags, "first");
	diag_error(&diags, &b, "e");
	diag_error(&diags, &a, "e");
	diag_hint(&diags, "second");
	ck_assert_uint_eq(diags.n, 2);
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, "test:1:1: error: e\n    1 | ab\n      | ^\n  first\n"
				"test:1:2: error: e\n    1 | ab\n      |  ^\n");
	free(shown);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

START_TEST(piece_is_shown_in_its_file)
{
	struct text file = text_of("asm: |\n  ld nr\n  foo\n"), piece = text_of("ld nr\nfoo\n");
	struct diags diags;

	piece.outer = &file;
	piece.outer_line = 2;
	piece.first_column = piece.indent = 2;
	diags_init(&diags);
	struct span span = span_of(&piece, 6, 3);
	diag_error(&diags, &span, "e");
	piece.exact = false;
	diag_error(&diags, &span, "f");
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, "test:2:3: error: f\n    2 |   ld nr\n      |   ^\n"
				"test:3:3: error: e\n    3 |   foo\n      |   ^~~\n");
	free(shown);
	diags_done(&diags);
	text_done(&piece);
	text_done(&file);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, place_is_shown, 0, COUNT_OF(places));
	tcase_add_test(tc, long_line_is_shown_around_the_caret);
	tcase_add_test(tc, nul_bytes_are_shown);
	tcase_add_test(tc, order_is_that_of_places);
	tcase_add_test(tc, only_so_many_are_kept);
	tcase_add_test(tc, repeats_are_kept_once);
	tcase_add_test(tc, piece_is_shown_in_its_file);
}

int main(void)
{
	return run_suite("diag", add);
}
