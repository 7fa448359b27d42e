/* SPDX-License-Identifier: MIT */
/* One case: its keys with the file's defaults, to a claim. */
#include "cases/args.h"
#include "cases/brief.h"
#include "cases/calls.h"
#include "cases/file.h"
#include "cases/limits.h"
#include "cases/scenario/scenario.h"
#include "cases/same.h"
#include "cases/where.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_LEN 100 /* of a name made from a claim */

/* What neighbouring cases share, so that it is read once. */
struct reader {
	struct case_file *file;
	const struct node *own_filters; /* of the last case that had some, read into own_scope */
	struct filter_scope *own_scope;
	struct arena *arena;
	struct diags *diags;
	struct filter_scope *default_scope; /* of the filters in `defaults` */
	const struct node *arch, *order;    /* read into archs */
	struct archs archs;
	bool archs_known, archs_ok;
	const struct node *stack_node; /* read into stack, in the file's scope */
	struct case_stack *stack;
	bool stack_known;
};

/* ------------------------------------------------------------- filters */

static struct filter_scope *scope_in(struct reader *reader, const struct filter_scope *outer)
{
	struct case_file *file = reader->file;
	struct filter_scope *scope = arena_alloc(reader->arena, sizeof(*scope));

	scope->outer = outer;
	file->case_scopes = arena_grow(reader->arena, file->case_scopes, file->n_case_scopes,
				       &file->cap_case_scopes, sizeof(struct filter_scope *));
	file->case_scopes[file->n_case_scopes++] = scope;
	return scope;
}

static struct filter_scope *scope_new(struct reader *reader, const struct node *filters)
{
	struct filter_scope *scope = scope_in(reader, &reader->file->visible);

	filters_read(filters, reader->arena, reader->diags, scope);
	return scope;
}

/* The filters that a case sees. */
static const struct filter_scope *scope_of(struct reader *reader, const struct test_case *test)
{
	const struct node *filters = test->keys[CASE_FILTERS];

	if (!filters)
		return &reader->file->visible;
	if (filters != reader->file->defaults[CASE_FILTERS]) {
		if (reader->own_filters != filters)
			reader->own_scope = scope_new(reader, filters);
		reader->own_filters = filters;
		return reader->own_scope;
	}
	if (!reader->default_scope)
		reader->default_scope = scope_new(reader, filters);
	return reader->default_scope;
}

struct stack_reader {
	struct reader *reader;
	const struct filter_scope *scope;
	struct filter **filters;
	size_t n, cap;
};

static void add_to_stack(void *userdata, const struct node *word)
{
	struct stack_reader *stack = userdata;
	struct reader *reader = stack->reader;
	struct span name = span_trim(word->text);

	if (word_check(word, "a filter", reader->diags) < 0)
		return;
	struct filter *filter = filter_find(stack->scope, &name, reader->arena, reader->diags);
	if (!filter)
		return;
	stack->filters = arena_grow(reader->arena, stack->filters, stack->n, &stack->cap,
				    sizeof(struct filter *));
	stack->filters[stack->n++] = filter;
}

/* The only filter in sight, when there is no `stack:`. */
static int only_filter(struct stack_reader *stack, const struct node *place)
{
	struct reader *reader = stack->reader;
	struct filter *only = NULL;
	size_t n = filters_in_sight(stack->scope, &only);

	if (n == 1) {
		stack->filters = arena_copy(reader->arena, &only, sizeof(struct filter *));
		stack->n = 1;
		return 0;
	}
	if (!n && reader->file->keys[FILE_FILTERS] && reader->diags->errors)
		return -1;
	if (!n) {
		diag_error(reader->diags, &place->at, "there is no filter to judge this case");
		diag_hint(reader->diags, "name one: 'filters: {base: base.bpf}', in the file or in the case");
	} else {
		diag_error(reader->diags, &place->at, "which of the %zu filters judge this case?", n);
		diag_hint(reader->diags,
			  "write 'stack: [name, ...]', oldest first, in the file or in the case");
	}
	return -1;
}

static struct case_stack *stack_read(struct reader *reader, const struct test_case *test,
				     const struct node *place)
{
	const struct node *node = test->keys[CASE_STACK];
	struct stack_reader stack = { .reader = reader, .scope = scope_of(reader, test) };
	size_t errors = reader->diags->errors;

	if (node && node->bad)
		return NULL;
	if (!node && only_filter(&stack, place) < 0)
		return NULL;
	if (node)
		words_each(node, "a filter", reader->diags, add_to_stack, &stack);
	if (reader->diags->errors != errors)
		return NULL;
	return stack_get(&reader->file->stacks, stack.filters, stack.n, node ? &node->at : &place->at,
			 reader->arena, reader->diags);
}

/* Most cases of a file have the same stack. */
static struct case_stack *stack_of(struct reader *reader, const struct test_case *test,
				   const struct node *place)
{
	bool shared = !test->keys[CASE_FILTERS];

	if (shared && reader->stack_known && reader->stack_node == test->keys[CASE_STACK])
		return reader->stack;
	struct case_stack *stack = stack_read(reader, test, place);
	if (shared) {
		reader->stack_known = true;
		reader->stack_node = test->keys[CASE_STACK];
		reader->stack = stack;
	}
	return stack;
}

/* ------------------------------------------------------------- install */

static void read_install(struct reader *reader, struct test_case *test, const struct node *place)
{
	const struct node *values[INSTALL_KEYS], *node = test->keys[CASE_INSTALL];
	size_t errors = reader->diags->errors;

	test->installs = true;
	if (keys_read(&install_keys, node, reader->diags, values) < 0)
		return;
	for (size_t i = 0; i < INSTALL_KEYS; i++)
		if (!values[i] && reader->diags->errors == errors)
			diag_error(reader->diags, &node->at, "'%s' is missing in install",
				   install_keys.names[i]);
	if (values[INSTALL_FILTER] && !word_check(values[INSTALL_FILTER], "a filter", reader->diags)) {
		struct span name = span_trim(values[INSTALL_FILTER]->text);
		test->install.filter = values[INSTALL_FILTER]->kind == NODE_SCALAR
					       ? filter_find(scope_of(reader, test), &name, reader->arena,
							     reader->diags)
					       : NULL;
	}
	const struct node *expect = values[INSTALL_EXPECT];
	if (expect && node_is(expect, "EINVAL"))
		test->install.expect = EINVAL;
	else if (expect && node_is(expect, "ENOMEM"))
		test->install.expect = ENOMEM;
	else if (expect && !expect->bad && !node_is(expect, "accepted")) {
		diag_error(reader->diags, &expect->at, "install expects 'accepted', 'EINVAL' or 'ENOMEM'");
		diag_hint(reader->diags, "these are what the kernel's check of a program can say");
	}
	if (test->keys[CASE_STACK])
		test->install.stack = stack_of(reader, test, place);
}

/* --------------------------------------------------------------- claim */

static const struct archs *archs_of(struct reader *reader, const struct test_case *test)
{
	static const struct archs unknown;
	const struct node *arch = test->keys[CASE_ARCH], *order = test->keys[CASE_BYTE_ORDER];

	if (!reader->archs_known || reader->arch != arch || reader->order != order) {
		reader->archs_known = true;
		reader->arch = arch;
		reader->order = order;
		reader->archs_ok = archs_read(arch, order, reader->arena, reader->diags, &reader->archs) == 0;
	}
	/* without any: what does not depend on them is read all the same */
	return reader->archs_ok ? &reader->archs : &unknown;
}

/* Expectations of the boxes, from those of the parts. */
static void give_expects(struct reader *reader, const struct test_case *test, const struct archs *archs,
			 const struct case_stack *stack, struct box *boxes, const size_t *parts, size_t n)
{
	const struct expect *one, **expects = &one;

	if (archs->n > 1)
		expects = arena_alloc(reader->arena, archs->n * sizeof(*expects));
	if (!test->keys[CASE_EXPECT] ||
	    expect_read(test->keys[CASE_EXPECT], archs, stack ? &stack->expect : NULL, reader->arena,
			reader->diags, expects) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		boxes[i].expect = expects[parts[i]];
}

/* The stack that decides the same, for the byte orders of the boxes. */
static void read_same(struct reader *reader, struct test_case *test, const struct archs *archs,
		      const struct box *boxes, size_t n)
{
	const struct node *node = test->keys[CASE_SAME_AS], *except = test->keys[CASE_EXCEPT];
	struct claim *claim = &test->claim;

	if (!node)
		return;
	claim->same_as = same_as_read(node, scope_in(reader, scope_of(reader, test)), &reader->file->stacks,
				      reader->arena, reader->diags);
	for (size_t i = 0; claim->same_as && i < n; i++)
		if (stack_prepare(claim->same_as, boxes[i].big_endian, &node->at, reader->arena,
				  reader->diags) < 0)
			break;
	if (except)
		(void)except_read(except, archs, &reader->file->wheres, reader->arena, reader->diags,
				  &claim->except, &claim->n_except);
}

static void read_claim(struct reader *reader, struct test_case *test, const struct node *place)
{
	struct case_stack *stack = stack_of(reader, test, place);
	const struct archs *archs = archs_of(reader, test);
	struct box *boxes = NULL;
	size_t *parts = NULL, n = 0;
	struct set *calls;
	int r = -1;

	unsigned coverage;
	if (test->keys[CASE_LIMITS])
		(void)limits_read(test->keys[CASE_LIMITS], reader->diags, &test->claim.max_insns, &coverage);
	calls = arena_alloc(reader->arena, archs->n * sizeof(*calls) + 1);
	if (calls_read(test->keys[CASE_SYSCALL], archs, reader->arena, reader->diags, calls) == 0)
		r = boxes_read(archs, calls, test->keys[CASE_ARGS], test->keys[CASE_IP], reader->arena,
			       reader->diags, &boxes, &parts, &n);
	if (r == 0 && test->keys[CASE_WHERE])
		(void)where_apply(test->keys[CASE_WHERE], &reader->file->wheres, reader->arena, reader->diags,
				  &boxes, &parts, &n);
	give_expects(reader, test, archs, stack, boxes, parts, n);
	read_same(reader, test, archs, boxes, n);
	for (size_t i = 0; stack && i < n; i++)
		if (stack_prepare(stack, boxes[i].big_endian, &place->at, reader->arena, reader->diags) < 0)
			break;
	test->claim.stack = stack;
	test->claim.boxes = boxes;
	test->claim.n = n;
}

/* ---------------------------------------------------------------- case */

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

/* ------------------------------------------------------------ coverage */

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
		test->claim.stack = stack_of(reader, test, place);
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
