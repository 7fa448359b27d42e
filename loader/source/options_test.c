/* SPDX-License-Identifier: MIT */
#include "loader/source/options.h"
#include "loader/source/source.h"
#include "vm/testing.h"

#include <stdlib.h>
#include <string.h>

static const struct source_option_spec specs[] = {
	{ "tree", SOURCE_SWITCH },
	{ "kernel", SOURCE_WORD },
	{ "caps", SOURCE_WORDS },
	{ NULL, SOURCE_SWITCH },
};

/* Options as one line: "tree kernel=5.10 caps=A+B"; "error" where they are refused. */
static const char *shown(const struct source_options *options)
{
	static char line[256];
	FILE *out = fmemopen(line, sizeof(line), "w");

	for (size_t i = 0; specs[i].name; i++) {
		const struct source_option *option = &options->items[i];
		if (!option->given)
			continue;
		fprintf(out, "%s%s", ftell(out) ? " " : "", specs[i].name);
		if (specs[i].form == SOURCE_SWITCH)
			fprintf(out, "=%s", option->on ? "on" : "off");
		for (size_t j = 0; j < option->n; j++)
			fprintf(out, "%c%.*s", j ? '+' : '=', (int)option->words[j].len,
				option->words[j].text->data + option->words[j].off);
	}
	fputc('\0', out);
	fclose(out);
	return line;
}

static const struct {
	const char *written, *wanted; /* NULL: refused */
} specs_rows[] = {
	{ "", "" },
	{ "tree", "tree=on" },
	{ "tree=true", "tree=on" },
	{ "tree=false", "tree=off" },
	{ "tree=1", NULL },
	{ "tree=", NULL },
	{ "kernel=5.10", "kernel=5.10" },
	{ "kernel=a=b", "kernel=a=b" },
	{ "kernel=a+b", "kernel=a+b" },
	{ "kernel", NULL },
	{ "kernel=", NULL },
	{ "caps=A", "caps=A" },
	{ "caps=A+B+C", "caps=A+B+C" },
	{ "caps=A+", NULL },
	{ "caps=+A", NULL },
	{ "caps=A++B", NULL },
	{ "caps=A+B,kernel=6.1,tree", "tree=on kernel=6.1 caps=A+B" },
	{ "tree,", "tree=on" },
	{ ",tree", NULL },
	{ "tree,tree", NULL },
	{ "trees", NULL },
	{ "tre", NULL },
	{ "Tree", NULL },
};

START_TEST(inside_a_spec)
{
	struct source_options options;
	struct diags diags;
	struct text text;

	diags_init(&diags);
	ck_assert_int_eq(text_from("spec", specs_rows[_i].written, strlen(specs_rows[_i].written), &text), 0);
	struct span span = span_all(&text);
	int r = source_options_parse(specs, "oci", &span, &diags, &options);
	ck_assert_int_eq(r, specs_rows[_i].wanted ? 0 : -1);
	ck_assert_uint_eq(diags.errors != 0, !specs_rows[_i].wanted);
	if (r == 0) {
		ck_assert_str_eq(shown(&options), specs_rows[_i].wanted);
		source_options_done(&options);
	}
	text_done(&text);
	diags_done(&diags);
}
END_TEST

static const struct {
	const char *yaml, *wanted;
} map_rows[] = {
	{ "{file: f}", "" },
	{ "{file: f, tree: true}", "tree=on" },
	{ "{file: f, tree: false}", "tree=off" },
	{ "{file: f, tree: yes}", NULL },
	{ "{file: f, tree: }", NULL },
	{ "{file: f, kernel: 5.10}", "kernel=5.10" },
	{ "{kernel: \"5.10\", file: f}", "kernel=5.10" },
	{ "{file: f, kernel: [5.10]}", NULL },
	{ "{file: f, kernel: ''}", NULL },
	{ "{file: f, caps: A}", "caps=A" },
	{ "{file: f, caps: [A, B]}", "caps=A+B" },
	{ "{file: f, caps: []}", "caps" },
	{ "{file: f, caps: [A, [B]]}", NULL },
	{ "{file: f, caps: {A: B}}", NULL },
	{ "{file: f, cap: [A]}", NULL },
	{ "{tree: true}", NULL },
	{ "{file: }", NULL },
	{ "{file: ''}", NULL },
	{ "{file: [f]}", NULL },
	{ "{file: \"a\\0b\"}", NULL },
	{ "{file: f, file: g}", NULL },
};

START_TEST(beside_file)
{
	const struct node *file = NULL;
	struct source_options options;
	struct diags diags;
	struct doc *doc;

	diags_init(&diags);
	ck_assert_int_eq(
		doc_from_text("map.yaml", map_rows[_i].yaml, strlen(map_rows[_i].yaml), &diags, &doc), 0);
	int r = source_options_read(specs, doc->root, &diags, &options, &file);
	ck_assert_uint_eq(diags.errors != 0, !map_rows[_i].wanted);
	if (map_rows[_i].wanted)
		ck_assert_int_eq(r, 0);
	if (r == 0) {
		if (map_rows[_i].wanted)
			ck_assert_str_eq(shown(&options), map_rows[_i].wanted);
		ck_assert(node_is(file, "f"));
		source_options_done(&options);
	}
	doc_free(doc);
	diags_done(&diags);
}
END_TEST

/* A spec's options are places in the text that holds the spec. */
START_TEST(places)
{
	static const char yaml[] = "filter: \"oci,caps=CAP_KILL,treee:profile.json\"\n";
	struct source source;
	struct diags diags;
	struct doc *doc;
	char *out;
	size_t size;

	diags_init(&diags);
	ck_assert_int_eq(doc_from_text("case.yaml", yaml, strlen(yaml), &diags, &doc), 0);
	const struct node *node = node_get(doc->root, "filter");
	struct source_opts opts = { .place = &node->at };
	ck_assert_int_eq(source_load("oci,caps=CAP_KILL,treee:profile.json", &opts, &diags, &source), -1);
	opts.place = NULL;
	ck_assert_int_eq(source_load("oci,treee:profile.json", &opts, &diags, &source), -1);
	FILE *file = open_memstream(&out, &size);
	diags_print(&diags, file, false);
	fclose(file);
	ck_assert_str_eq(out, "case.yaml:1:28: error: oci: sources have no option 'treee'\n"
			      "    1 | filter: \"oci,caps=CAP_KILL,treee:profile.json\"\n"
			      "      |                            ^~~~~\n"
			      "  did you mean 'tree'?\n"
			      "<command line>:1:5: error: oci: sources have no option 'treee'\n"
			      "    1 | oci,treee:profile.json\n"
			      "      |     ^~~~~\n"
			      "  did you mean 'tree'?\n");
	free(out);
	doc_free(doc);
	diags_done(&diags);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, inside_a_spec, 0, COUNT_OF(specs_rows));
	tcase_add_loop_test(tc, beside_file, 0, COUNT_OF(map_rows));
	tcase_add_test(tc, places);
}

int main(void)
{
	return run_suite("options of sources", add);
}
