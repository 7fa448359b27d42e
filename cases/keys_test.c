/* SPDX-License-Identifier: MIT */
/* The keys that the reader knows, and those that the schema for editors knows: the same. */
#include "cases/keys.h"
#include "cases/scenario/scenario.h"
#include "cases/testing.h"
#include "loader/source/source.h"

#define SCHEMA "cases/verdict-cases.schema.json"

static const struct {
	const struct key_table *table;
	const char *def; /* in $defs; NULL: the schema itself */
} tables[] = {
	{ &file_keys, NULL },	    { &case_keys, "case" },	  { &expect_keys, "expect_mapping" },
	{ &except_keys, "except" }, { &install_keys, "install" }, { &limits_keys, "limits" },
	{ &scenario_keys, "scenario" }, { &step_keys, "step" }, { &trap_keys, "trap" },
	{ &notice_keys, "notice" }, { &act_keys, "act" }, { &descriptor_keys, "descriptor" },
	{ &tracer_keys, "trace" },
};

START_TEST(test_schema)
{
	const struct key_table *table = tables[_i].table;
	struct diags diags;
	struct doc *doc;

	diags_init(&diags);
	ck_assert_int_eq(doc_read(SCHEMA, NULL, &diags, &doc), 0);
	ck_assert_uint_eq(diags.n, 0);
	const struct node *object = doc->root;
	if (tables[_i].def)
		object = node_get(node_get(object, "$defs"), tables[_i].def);
	ck_assert_ptr_nonnull(object);
	const struct node *properties = node_get(object, "properties");
	ck_assert_ptr_nonnull(properties);
	for (size_t i = 0; i < table->n; i++)
		ck_assert_msg(node_get(properties, table->names[i]) != NULL, "the schema lacks %s of %s",
			      table->names[i], table->where);
	ck_assert_uint_eq(properties->n, table->n);
	ck_assert(node_is(node_get(object, "additionalProperties"), "false"));
	diags_done(&diags);
	doc_free(doc);
}
END_TEST

/* {KIND: ...}: the schema has every kind of source, and no other. */
START_TEST(test_schema_kinds)
{
	const struct node *kinds;
	struct diags diags;
	struct doc *doc;

	diags_init(&diags);
	ck_assert_int_eq(doc_read(SCHEMA, NULL, &diags, &doc), 0);
	kinds = node_get(node_get(node_get(doc->root, "$defs"), "source"), "properties");
	for (int kind = SOURCE_GUESS + 1; kind < SOURCE_KINDS; kind++)
		ck_assert_msg(node_get(kinds, source_kind_name(kind)) != NULL, "the schema lacks %s filters",
			      source_kind_name(kind));
	ck_assert_uint_eq(kinds->n, SOURCE_KINDS - 1);
	diags_done(&diags);
	doc_free(doc);
}
END_TEST

static const struct {
	const char *map, *error; /* NULL: none */
	int first;		 /* the first key's place in case_keys; -1: none */
} keys[] = {
	{ "{syscall: a}", NULL, CASE_SYSCALL },
	{ "{refs: a}", NULL, CASE_REFS },
	{ "{name: a}", NULL, CASE_NAME },
	{ "{Syscall: a}", "did you mean 'syscall'", -1 },
	{ "{syscal: a}", "did you mean 'syscall'", -1 },
	{ "{verdict: a}", "it belongs into 'expect: {...}'", -1 },
	{ "{zzzzzzzz: a}", "the keys are: name, filters, stack", -1 },
	{ "{same_as: a}", NULL, CASE_SAME_AS },
	{ "{except: a}", NULL, CASE_EXCEPT },
	{ "[a]", "a case is a mapping, this is a list", -1 },
	{ "{}", NULL, -1 },
};

START_TEST(test_keys)
{
	const struct node *values[CASE_KEYS];
	struct snippet snippet;
	const struct node *map = snippet_open(&snippet, keys[_i].map);

	ck_assert_int_eq(keys_read(&case_keys, map, &snippet.diags, values), map->kind == NODE_MAP ? 0 : -1);
	snippet_check(&snippet, keys[_i].map, keys[_i].error);
	for (int key = 0; key < CASE_KEYS; key++)
		ck_assert_int_eq(values[key] != NULL, key == keys[_i].first);
	snippet_close(&snippet);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_schema, 0, COUNT_OF(tables));
	tcase_add_test(tc, test_schema_kinds);
	tcase_add_loop_test(tc, test_keys, 0, COUNT_OF(keys));
}

int main(void)
{
	return run_suite("keys", add);
}
