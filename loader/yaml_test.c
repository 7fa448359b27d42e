/* SPDX-License-Identifier: MIT */
/* YAML to trees: values and places, what is refused, and mangled input. */
#include "loader/yaml.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *diags_text(const struct diags *diags)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	diags_print(diags, out, false);
	fclose(out);
	return text;
}

/* A tree on one line; each scalar with the line and column of its value. */
static void dump(FILE *out, const struct node *node)
{
	struct place place = span_place(node->kind == NODE_SCALAR ? &node->text : &node->at);

	if (node->bad)
		fputc('!', out);
	if (node->kind == NODE_SCALAR) {
		fprintf(out, "%.*s@%u:%u", (int)node->text.len, node->text.text->data + node->text.off,
			place.line, place.column);
		return;
	}
	fputc(node->kind == NODE_LIST ? '[' : '{', out);
	for (size_t i = 0; i < node->n; i++) {
		if (i)
			fputs(", ", out);
		if (node->kind == NODE_LIST) {
			dump(out, node->items[i]);
			continue;
		}
		dump(out, node->pairs[i].key);
		fputs(": ", out);
		dump(out, node->pairs[i].value);
	}
	fputc(node->kind == NODE_LIST ? ']' : '}', out);
}

static const struct {
	const char *text, *tree;
} trees[] = {
	{ "a", "a@1:1" },
	{ "a: b\n", "{a@1:1: b@1:4}" },
	{ "- a\n- [b, {c: d}]\n", "[a@1:3, [b@2:4, {c@2:8: d@2:11}]]" },
	{ "a: \"b c\"\nd: 'e'\n", "{a@1:1: b c@1:5, d@2:1: e@2:5}" },
	{ "a: 'it''s'\n", "{a@1:1: it's@1:4}" },
	{ "a: \"b\\tc\"\n", "{a@1:1: b\tc@1:4}" },
	{ "a: b\n  c\n", "{a@1:1: b c@1:4}" },
	{ "a: |\n  b\n  c\nd: e\n", "{a@1:1: b\nc\n@2:3, d@4:1: e@4:4}" },
	{ "a: |2\n    b\nd: e\n", "{a@1:1:   b\n@2:3, d@3:1: e@3:4}" },
	{ "a: |-\n\n  b\n", "{a@1:1: \nb@2:1}" },
	{ "a: >\n  b\n  c\n", "{a@1:1: b c\n@1:4}" },
	{ "a: |\r\n  b\r\n  c\r\n", "{a@1:1: b\nc\n@2:3}" },
	{ "\xef\xbb\xbf"
	  "a: b\n",
	  "{a@1:4: b@1:7}" },
	{ "\xc3\xa9: \xe8\x8c\xb6 x\nb: c\n", "{\xc3\xa9@1:1: \xe8\x8c\xb6 x@1:5, b@2:1: c@2:4}" },
	{ "a: &x [b]\nc: [*x, *x]\n", "{a@1:1: [b@1:8], c@2:1: [[b@1:8], [b@1:8]]}" },
	{ "a: &x {b: c}\nd: *x\n", "{a@1:1: {b@1:8: c@1:11}, d@2:1: {b@1:8: c@1:11}}" },
	{ "a: &x [b]\nc: &x [d]\ne: *x\n", "{a@1:1: [b@1:8], c@2:1: [d@2:8], e@3:1: [d@2:8]}" },
	{ "{\"a\": [1, -2.5e3, null, \"\\u00e9\"]}",
	  "{a@1:3: [1@1:8, -2.5e3@1:11, null@1:19, \xc3\xa9@1:25]}" },
	{ "a:\nb: ~\n", "{a@1:1: @1:3, b@2:1: ~@2:4}" },
	{ "%YAML 1.1\n---\na: b\n...\n", "{a@3:1: b@3:4}" },
	{ "a: b # c\n", "{a@1:1: b@1:4}" },
};

START_TEST(test_tree)
{
	struct doc *doc = NULL;
	struct diags diags;
	char *text = NULL;
	size_t size;

	diags_init(&diags);
	ck_assert_int_eq(doc_from_text("t", trees[_i].text, strlen(trees[_i].text), &diags, &doc), 0);
	ck_assert_uint_eq(diags.n, 0);
	FILE *out = open_memstream(&text, &size);
	dump(out, doc->root);
	fclose(out);
	ck_assert_str_eq(text, trees[_i].tree);
	free(text);
	diags_done(&diags);
	doc_free(doc);
}
END_TEST

static const struct {
	const char *text;
	const char *error; /* in what is printed */
	bool tree;	   /* there is one all the same */
} refused[] = {
	{ "", "t: error: the file is empty", false },
	{ "# x\n", "t: error: the file is empty", false },
	{ "a: b\na: c\n", "t:2:1: error: duplicate key 'a'", true },
	{ "{a: 1, 'a': 2, \"a\": 3}", "t:1:8: error: duplicate key 'a'", true },
	{ "{a: 1, 'a': 2, \"a\": 3}", "t:1:16: error: duplicate key 'a'", true },
	{ "where: &x == 1", "t:1:8: error: an anchor on a single value", true },
	{ "where: !fd", "quote it: \"!fd\"", true },
	{ "where: !!int 5", "t:1:8: error: a value that begins with '!' is a YAML tag", true },
	{ "a: !x [b]", "t:1:4: error: a value that begins with '!' is a YAML tag", true },
	{ "a: &x {b: 1}\nc:\n  <<: *x\n", "t:3:3: error: merge keys ('<<') are not supported", true },
	{ "'<<': 1\n", NULL, true },
	{ "a: b\n---\nc: d\n", "t:2:1: error: a second document begins here", false },
	{ "a: &x [*x]\n", "t:1:8: error: '*x' stands inside '&x'", true },
	{ "a: *x\n", "t:1:4: error: nothing above is anchored as '&x'", true },
	{ "? {a: b}\n: c\n", "t:1:3: error: a key must be a word, this is a mapping", true },
	{ "a: \xff\n", "t:1:4: error: byte 0xff is not UTF-8 text", false },
	{ "a: \xc3\n", "t:1:4: error: byte 0xc3 is not UTF-8 text", false },
	{ "a: \xed\xa0\x80\n", "t:1:4: error: byte 0xed is not UTF-8 text", false },
	{ "a: \x1f\n", "t:1:4: error: control character 0x1f", false },
	{ "a: \xc2\x80\n", "t:1:4: error: control character 0x80", false },
	{ "a: \x7f\n", "t:1:4: error: control character 0x7f", false },
	{ "\xff\xfe"
	  "a",
	  "t: error: the file is UTF-16 text", false },
	{ "a: \"b\n", "t:1:4: error: this quoted text is never closed", false },
	{ "a: [b\n", "t:1:4: error: this '[' has no ']'", false },
	{ "\xc3\xa9: \"\xc3\xa9\" x\n", "t:1:10: error: a 'key: value' is expected here", false },
};

START_TEST(test_refused)
{
	struct doc *doc = NULL;
	struct diags diags;

	diags_init(&diags);
	int r = doc_from_text("t", refused[_i].text, strlen(refused[_i].text), &diags, &doc);
	char *text = diags_text(&diags);
	if (refused[_i].error)
		ck_assert_msg(strstr(text, refused[_i].error) != NULL, "'%s' is not in:\n%s",
			      refused[_i].error, text);
	else
		ck_assert_str_eq(text, "");
	ck_assert_int_eq(r, refused[_i].tree ? 0 : -1);
	free(text);
	diags_done(&diags);
	doc_free(doc);
}
END_TEST

/* [[[...]]] */
static char *nested(unsigned depth)
{
	char *text = calloc(2 * (size_t)depth + 1, 1);

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return text;
}

static int read_quietly(const char *text, size_t len)
{
	struct doc *doc = NULL;
	struct diags diags;

	diags_init(&diags);
	int r = doc_from_text("t", text, len, &diags, &doc);
	r = r < 0 || diags.errors ? -1 : 0;
	diags_done(&diags);
	doc_free(doc);
	return r;
}

START_TEST(test_depth)
{
	char *just = nested(YAML_DEPTH_MAX), *over = nested(YAML_DEPTH_MAX + 1), chain[2048] = "";

	ck_assert_int_eq(read_quietly(just, strlen(just)), 0);
	ck_assert_int_eq(read_quietly(over, strlen(over)), -1);
	free(just);
	free(over);
	/* aliases deepen too: &a62 is 63 deep, and stands in the document's list */
	for (int last = YAML_DEPTH_MAX - 2; last <= YAML_DEPTH_MAX - 1; last++) {
		int at = snprintf(chain, sizeof(chain), "- &a0 []\n");
		for (int i = 1; i <= last; i++)
			at += snprintf(chain + at, sizeof(chain) - (size_t)at, "- &a%d [*a%d]\n", i, i - 1);
		ck_assert_int_lt(at, (int)sizeof(chain));
		ck_assert_int_eq(read_quietly(chain, strlen(chain)), last == YAML_DEPTH_MAX - 2 ? 0 : -1);
	}
}
END_TEST

/* Ten times as much with each line: the limit is met before memory is. */
START_TEST(test_expansion)
{
	char text[4096];
	int at = snprintf(text, sizeof(text), "- &a0 [x, x, x, x, x, x, x, x, x, x]\n");

	for (int i = 1; i <= 8; i++) {
		ck_assert_int_eq(read_quietly(text, (size_t)at), i <= 6 ? 0 : -1);
		at += snprintf(text + at, sizeof(text) - (size_t)at,
			       "- &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i,
			       i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	}
}
END_TEST

START_TEST(test_many_keys)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 0; i < 5000; i++)
		fprintf(out, "k%d: v\n", i);
	fprintf(out, "k77: again\n");
	fclose(out);
	ck_assert_int_eq(read_quietly(text, size - strlen("k77: again\n")), 0);
	ck_assert_int_eq(read_quietly(text, size), -1);
	free(text);
}
END_TEST

/* Whatever the bytes are, there is an answer: a tree, or a diagnostic. */
START_TEST(test_mangled)
{
	static const char seed[] =
		"version: 1\nfilters: {a: {asm: \"ret #0\"}}\ncases:\n  - &x [a, 'b', \"c\\n\"]\n"
		"  - {k: *x, l: !t u, m: &n o}\n  - |\n    ld [4]\n    ret a\n  - >-\n    f\n\n    g\n";
	static const char bits[] = "[]{}:,-|>&*!%@`'\"#?\n\t \\\xc3\xff~<";
	struct vd_random random = { (uint64_t)_i + 1 };
	char text[sizeof(seed)];

	for (int round = 0; round < 300; round++) {
		size_t len = sizeof(seed) - 1;
		memcpy(text, seed, len);
		for (unsigned n = 1 + vd_random_below(&random, 6); n; n--) {
			size_t at = vd_random_below(&random, (uint32_t)len);
			unsigned how = vd_random_below(&random, 4);
			if (how == 0)
				text[at] = (char)vd_random_next(&random);
			else if (how == 1)
				len = at + 1;
			else
				text[at] = bits[vd_random_below(&random, sizeof(bits) - 1)];
		}
		struct doc *doc = NULL;
		struct diags diags;
		diags_init(&diags);
		int r = doc_from_text("t", text, len, &diags, &doc);
		ck_assert(r == 0 ? doc != NULL : diags.errors > 0);
		free(diags_text(&diags));
		diags_done(&diags);
		doc_free(doc);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_tree, 0, COUNT_OF(trees));
	tcase_add_loop_test(tc, test_refused, 0, COUNT_OF(refused));
	tcase_add_test(tc, test_depth);
	tcase_add_test(tc, test_expansion);
	tcase_add_test(tc, test_many_keys);
	tcase_add_loop_test(tc, test_mangled, 0, 8);
}

int main(void)
{
	return run_suite("yaml", add);
}
