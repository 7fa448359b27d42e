/* SPDX-License-Identifier: MIT */
/* One case: its keys with the file's defaults, to a claim. */
#include "cases/brief.h"
#include "cases/limits.h"
#include "cases/read.h"
#include "cases/scenario/scenario.h"
#include "cases/words.h"

#include <string.h>

#define NAME_MAX_LEN 100 /* of a name made from a claim */

/* ---------------------------------------------------------------- notes */

struct tag_reader {
	struct reader *reader;
	struct test_case *test;
	size_t cap;
};

static void add_tag(void *userdata, const struct node *word)
{
	struct tag_reader *tags = userdata;
	struct test_case *test = tags->test;
	const char *tag = word_text(word, "a tag", tags->reader->arena, tags->reader->diags);

	if (!tag)
		return;
	test->tags = arena_grow(tags->reader->arena, test->tags, test->n_tags, &tags->cap,
				sizeof(*test->tags));
	test->tags[test->n_tags++] = tag;
}

static void check_ref(void *userdata, const struct node *word)
{
	struct reader *reader = userdata;

	(void)word_text(word, "a reference", reader->arena, reader->diags);
}

static const char *reason(struct reader *reader, const struct node *node, const char *what)
{
	if (!node)
		return NULL;
	if (word_check(node, "a reason", reader->diags) < 0) {
		if (!node->bad)
			diag_hint(reader->diags, "say why in some words: '%s: needs a newer kernel'", what);
		return NULL;
	}
	return word_text(node, what, reader->arena, reader->diags);
}

static void read_notes(struct reader *reader, struct test_case *test)
{
	struct tag_reader tags = { .reader = reader, .test = test };
	char buf[NAME_MAX_LEN];

	if (test->keys[CASE_NAME])
		test->name = word_text(test->keys[CASE_NAME], "name", reader->arena, reader->diags);
	if (!test->name) {
		claim_brief(test->keys, buf, sizeof(buf));
		test->name = arena_text(reader->arena, buf, strlen(buf));
	}
	test->skip = reason(reader, test->keys[CASE_SKIP], "skip");
	test->todo = reason(reader, test->keys[CASE_TODO], "todo");
	if (reader->file->keys[FILE_TAGS])
		words_each(reader->file->keys[FILE_TAGS], "a tag", reader->diags, add_tag, &tags);
	if (test->keys[CASE_TAGS])
		words_each(test->keys[CASE_TAGS], "a tag", reader->diags, add_tag, &tags);
	if (test->keys[CASE_REFS])
		words_each(test->keys[CASE_REFS], "a reference", reader->diags, check_ref, reader);
}

/* ----------------------------------------------------------------- kind */

/* Two stacks decide the same, or one is expected to do something: the case's own keys say which. */
static void choose_claim(struct reader *reader, const struct node *const *own, struct test_case *test)
{
	static const enum case_key others[] = { CASE_EXPECT, CASE_LIMITS };
	bool expects = false;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		const struct node *node = own[others[i]];
		expects |= node != NULL;
		if (own[CASE_SAME_AS] && node) {
			diag_error(reader->diags, &node->at, "a case with 'same_as' has no '%s'",
				   case_keys.names[others[i]]);
			diag_hint(reader->diags, "write two cases");
		}
	}
	for (size_t i = 0; !expects && test->keys[CASE_SAME_AS] && i < sizeof(others) / sizeof(*others); i++)
		test->keys[others[i]] = NULL;
	if (expects && !own[CASE_SAME_AS])
		test->keys[CASE_SAME_AS] = NULL;
	if (!test->keys[CASE_SAME_AS] && own[CASE_EXCEPT]) {
		diag_error(reader->diags, &own[CASE_EXCEPT]->at, "'except' goes with 'same_as'");
		diag_hint(reader->diags, "a claim is about the records that arch, syscall and args leave");
	}
	if (!test->keys[CASE_SAME_AS])
		test->keys[CASE_EXCEPT] = NULL;
}

/* A case installs, or claims something about records: its own keys say which, then the defaults. */
static void choose_kind(struct reader *reader, const struct node *const *own, struct test_case *test)
{
	static const enum case_key of_claims[] = { CASE_SYSCALL, CASE_ARGS,   CASE_IP,	    CASE_WHERE,
						   CASE_EXPECT,	 CASE_LIMITS, CASE_SAME_AS, CASE_EXCEPT };
	bool claims = false;

	choose_claim(reader, own, test);
	for (size_t i = 0; i < sizeof(of_claims) / sizeof(*of_claims); i++) {
		enum case_key key = of_claims[i];
		if (own[key] && own[CASE_INSTALL]) {
			diag_error(reader->diags, &own[key]->at, "a case with 'install' has no '%s'",
				   case_keys.names[key]);
			diag_hint(reader->diags, "write two cases");
		}
		claims |= own[key] != NULL;
		if (own[CASE_INSTALL])
			test->keys[key] = NULL;
	}
	if (claims && !own[CASE_INSTALL])
		test->keys[CASE_INSTALL] = NULL;
}

/* ------------------------------------------------------------- coverage */

static void name_limit(struct reader *reader, struct test_case *test)
{
	test->name = arena_printf(reader->arena, "at least %u %% of the edges are covered", test->covers);
}

/* A case that limits coverage is about all cases of its file: it has no records of its own. */
static void read_covers(struct reader *reader, const struct node *const *own, struct test_case *test,
			const struct node *place)
{
	static const enum case_key about_records[] = { CASE_ARCH,   CASE_BYTE_ORDER, CASE_SYSCALL,
						       CASE_ARGS,   CASE_WHERE,	     CASE_IP,
						       CASE_EXPECT, CASE_SAME_AS,    CASE_EXCEPT,
						       CASE_INSTALL };
	unsigned insns;

	for (size_t i = 0; i < sizeof(about_records) / sizeof(*about_records); i++) {
		enum case_key key = about_records[i];
		test->keys[key] = NULL;
		if (!own[key])
			continue;
		diag_error(reader->diags, &own[key]->at, "a case that limits coverage has no '%s'",
			   case_keys.names[key]);
		diag_hint(reader->diags, "it is about all cases of the file; write two cases");
	}
	if (!limits_read(own[CASE_LIMITS], reader->diags, &insns, &test->covers))
		return;
	if (insns) {
		diag_error(reader->diags, &own[CASE_LIMITS]->at, "a case limits insns or coverage");
		diag_hint(reader->diags, "write two cases");
	}
	if (test->keys[CASE_STACK])
		test->claim.stack = read_stack_of(reader, test, place);
	read_notes(reader, test);
	if (!own[CASE_NAME])
		name_limit(reader, test);
}

/* The file's own limit is a case behind its others. */
static void read_file_limit(struct reader *reader)
{
	const struct node *node = reader->file->keys[FILE_LIMITS];
	struct test_case test = { .file = reader->file };
	unsigned insns;

	if (!node || !limits_read(node, reader->diags, &insns, &test.covers) || !test.covers)
		return;
	test.line = node->line;
	test.keys[CASE_LIMITS] = node;
	read_notes(reader, &test);
	name_limit(reader, &test);
	reader->file->cases[reader->file->n++] = test;
}

/* ----------------------------------------------------------------- case */

static void read_case(struct reader *reader, const struct node *node, struct test_case *test)
{
	const struct node *own[CASE_KEYS];
	size_t errors = reader->diags->errors;

	*test = (struct test_case){ .file = reader->file, .line = node->line };
	if (keys_read(&case_keys, node, reader->diags, own) < 0)
		return;
	for (size_t key = 0; key < CASE_KEYS; key++)
		test->keys[key] = own[key] ? own[key] : reader->file->defaults[key];
	if (limits_coverage(own[CASE_LIMITS])) {
		read_covers(reader, own, test, node);
		return;
	}
	choose_kind(reader, own, test);
	read_notes(reader, test);
	if (test->keys[CASE_INSTALL]) {
		read_install(reader, test, node);
		return;
	}
	if (!test->keys[CASE_EXPECT] && !test->keys[CASE_LIMITS] && !test->keys[CASE_SAME_AS] &&
	    !node_get(node, "<<") && reader->diags->errors == errors) {
		diag_error(reader->diags, &node->at, "this case expects nothing");
		diag_hint(reader->diags,
			  "write 'expect: ...', 'install: ...', 'limits: ...' or 'same_as: ...'");
	}
	read_claim(reader, test, node);
}

/* The notes of a scenario are a case's. */
static void take_notes(const struct node *const *own, struct test_case *test)
{
	static const struct {
		enum scenario_key from;
		enum case_key to;
	} notes[] = { { SCENARIO_NAME, CASE_NAME },
		      { SCENARIO_TAGS, CASE_TAGS },
		      { SCENARIO_SKIP, CASE_SKIP },
		      { SCENARIO_TODO, CASE_TODO },
		      { SCENARIO_REFS, CASE_REFS } };

	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++)
		test->keys[notes[i].to] = own[notes[i].from];
}

static void read_scenario(struct reader *reader, const struct node *node, struct test_case *test)
{
	const struct node *own[SCENARIO_KEYS];
	size_t errors = reader->diags->errors;

	*test = (struct test_case){ .file = reader->file, .line = node->line };
	if (keys_read(&scenario_keys, node, reader->diags, own) < 0)
		return;
	take_notes(own, test);
	read_notes(reader, test);
	if (!own[SCENARIO_NAME] && reader->diags->errors == errors) {
		diag_error(reader->diags, &node->at, "a scenario has a name");
		diag_hint(reader->diags, "write 'name: what happens'");
	}
	test->scenario = scenario_read(reader->file, own, node);
}

/* The items of a list of cases or scenarios; 0: there are none. */
static size_t items_of(struct reader *reader, enum file_key key)
{
	const struct node *list = reader->file->keys[key];

	if (!list || list->bad || node_is_null(list))
		return 0;
	if (list->kind == NODE_LIST)
		return list->n;
	diag_error(reader->diags, &list->at, "%s is a list, this is %s", file_keys.names[key],
		   node_kind_name(list));
	diag_hint(reader->diags, "begin each %s with '- '", key == FILE_CASES ? "case" : "scenario");
	return 0;
}

void cases_read(struct case_file *file)
{
	struct reader reader = { .file = file, .arena = &file->arena, .diags = &file->diags };
	size_t n_cases = items_of(&reader, FILE_CASES), n_scenarios = items_of(&reader, FILE_SCENARIOS);

	file->cases = arena_alloc(&file->arena, (n_cases + n_scenarios + 1) * sizeof(*file->cases));
	for (size_t i = 0; i < n_cases; i++)
		read_case(&reader, file->keys[FILE_CASES]->items[i], &file->cases[file->n++]);
	for (size_t i = 0; i < n_scenarios; i++)
		read_scenario(&reader, file->keys[FILE_SCENARIOS]->items[i], &file->cases[file->n++]);
	read_file_limit(&reader);
}
