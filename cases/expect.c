/* SPDX-License-Identifier: MIT */
#include "cases/expect.h"
#include "cases/keys.h"
#include "cases/outcome.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <stdlib.h>
#include <string.h>

#define NEAR 3

struct reader {
	const struct archs *archs;
	const struct expect_stack *stack;
	struct arena *arena;
	struct diags *diags;
};

/* ------------------------------------------------------------------ by */

static size_t programs_of(const struct expect_stack *stack)
{
	size_t n = 0;

	for (size_t i = 0; i < stack->n; i++)
		n += stack->filters[i].n;
	return n;
}

/* name[i] in two; *ret_index 0: no index. -1: the index is none (diagnosed). */
static int split_index(const struct span *word, struct diags *diags, struct span *ret_name,
		       uint64_t *ret_index)
{
	const char *text = word->text->data + word->off, *bracket = memchr(text, '[', word->len);

	*ret_name = *word;
	*ret_index = 0;
	if (!bracket || text[word->len - 1] != ']')
		return 0;
	ret_name->len = (size_t)(bracket - text);
	struct span digits = span_of(word->text, word->off + ret_name->len + 1,
				     word->len - ret_name->len - 2);
	if (expr_const_bits(&digits, 32, diags, ret_index) < 0)
		return -1;
	if (*ret_index)
		return 0;
	diag_error(diags, &digits, "the programs of a filter are counted from 1");
	return -1;
}

static void unknown_filter(const struct reader *reader, const struct span *name)
{
	size_t n = reader->stack->n, found;
	const char **names = arena_alloc(reader->arena, (n + 1) * sizeof(*names)), *near[NEAR];

	for (size_t i = 0; i < n; i++)
		names[i] = reader->stack->filters[i].name;
	names[n] = "none";
	diag_error(reader->diags, name, "the stack has no filter '%.*s'", WORD_ARGS(name));
	found = vd_near(name->text->data + name->off, name->len, names, n + 1, near, NEAR);
	if (found)
		diag_hint_names(reader->diags, near, found);
	else
		diag_hint(reader->diags, "write the name of a filter of the stack, or 'none'");
}

struct by_reader {
	const struct reader *reader;
	struct expect *expect;
	bool *by;
};

/* Every place of the stack that a name means; a name may stand in it several times. */
static void add_filter(struct by_reader *by, const struct span *word)
{
	const struct expect_stack *stack = by->reader->stack;
	struct diags *diags = by->reader->diags;
	struct span name;
	uint64_t index;
	size_t at = 0;
	bool found = false, within = false;

	if (split_index(word, diags, &name, &index) < 0)
		return;
	for (size_t i = 0; i < stack->n; at += stack->filters[i++].n) {
		if (!span_is(&name, stack->filters[i].name))
			continue;
		found = true;
		for (size_t j = 0; j < stack->filters[i].n; j++) {
			if (index && j + 1 != index)
				continue;
			by->by[at + j] = true;
			within = true;
		}
	}
	if (!found)
		unknown_filter(by->reader, &name);
	else if (!within)
		diag_error(diags, word, "filter '%.*s' has fewer than %llu programs", WORD_ARGS(&name),
			   (unsigned long long)index);
}

static void add_by(void *userdata, const struct node *node)
{
	struct by_reader *by = userdata;
	struct span word = span_trim(node->text);

	if (word_check(node, "a filter", by->reader->diags) < 0)
		return;
	if (span_is(&word, "none"))
		by->expect->by_none = true;
	else
		add_filter(by, &word);
}

static void read_by(const struct reader *reader, const struct node *node, struct expect *expect)
{
	struct by_reader by = { .reader = reader, .expect = expect };

	by.by = arena_alloc(reader->arena, programs_of(reader->stack) + 1);
	expect->has_by = true;
	expect->by = by.by;
	words_each(node, "a filter", reader->diags, add_by, &by);
}

/* ------------------------------------------------------------- mapping */

static bool all_allow(const struct outcomes *outcomes)
{
	for (size_t i = 0; i < outcomes->n; i++)
		if (outcomes->items[i].kind == OUTCOME_RUNS ||
		    (outcomes->items[i].ret & 0xffff0000u) != SECCOMP_RET_ALLOW)
			return false;
	return outcomes->n > 0;
}

static bool some_allow(const struct outcomes *outcomes)
{
	for (size_t i = 0; i < outcomes->n; i++)
		if (outcomes->items[i].kind == OUTCOME_RUNS || outcomes->items[i].ret == SECCOMP_RET_ALLOW)
			return true;
	return !outcomes->n;
}

/* ALLOW stands when no filter lowered it, and only then nobody decided. */
static void check_by(const struct reader *reader, const struct node *by, const struct expect *expect)
{
	bool named = false;

	for (size_t i = 0; expect->by && i < programs_of(reader->stack); i++)
		named |= expect->by[i];
	if (by->bad || (!named && !expect->by_none))
		return;
	if (!expect->by_none && all_allow(&expect->verdict)) {
		diag_error(reader->diags, &by->at, "no filter decides ALLOW: it stands when none lowers it");
		diag_hint(reader->diags, "write 'by: none', or leave 'by' out");
	} else if (!named && !some_allow(&expect->verdict)) {
		diag_error(reader->diags, &by->at, "'by: none' means ALLOW, the verdict expected is another");
		diag_hint(reader->diags, "name the filter that decides, or leave 'by' out");
	}
}

static struct expect *read_plain(const struct reader *reader, const struct node *node)
{
	struct expect *expect = arena_alloc(reader->arena, sizeof(*expect));
	const struct node *values[EXPECT_KEYS];

	if (node->kind != NODE_MAP) {
		expect->verdict = outcomes_read(node, reader->arena, reader->diags);
		return expect;
	}
	if (keys_read(&expect_keys, node, reader->diags, values) < 0)
		return expect;
	size_t errors = reader->diags->errors;
	if (values[EXPECT_VERDICT])
		expect->verdict = outcomes_read(values[EXPECT_VERDICT], reader->arena, reader->diags);
	if (values[EXPECT_NOT])
		expect->not = outcomes_read(values[EXPECT_NOT], reader->arena, reader->diags);
	if (values[EXPECT_BY] && reader->stack)
		read_by(reader, values[EXPECT_BY], expect);
	if (values[EXPECT_BY] && reader->stack && reader->diags->errors == errors)
		check_by(reader, values[EXPECT_BY], expect);
	if (!node->n) {
		diag_error(reader->diags, &node->at, "nothing is expected");
		diag_hint(reader->diags, "write %s", expect_keys.form);
	}
	return expect;
}

/* -------------------------------------------------------------- by ABI */

/* A mapping that has an ABI's name or an arch word for a key. */
static bool is_by_abi(const struct node *node)
{
	for (size_t i = 0; node->kind == NODE_MAP && i < node->n; i++) {
		const struct span *key = &node->pairs[i].key->text;
		const char *text = key->text->data + key->off;
		if (vd_abi_by_name(text, key->len) != VD_ABI_NONE ||
		    (key->len && *text >= '0' && *text <= '9'))
			return true;
	}
	return false;
}

/* The parts that a key of the mapping means. False: none of the case's (diagnosed). */
static bool give(const struct reader *reader, const struct node *key, const struct expect *expect,
		 const struct expect **ret_expects)
{
	bool found = !reader->archs->n;
	uint32_t arch;
	int abi;

	if (expr_arch(&key->text, reader->diags, &abi, &arch) < 0)
		return false;
	for (size_t i = 0; i < reader->archs->n; i++) {
		const struct arch_part *part = &reader->archs->parts[i];
		bool same = part->abi != VD_ABI_NONE || abi != VD_ABI_NONE
				    ? part->abi == abi
				    : part->words.n == 1 && part->words.items[0].lo == arch &&
					      part->words.items[0].hi == arch;
		if (same)
			ret_expects[i] = expect;
		found |= same;
	}
	if (!found) {
		diag_error(reader->diags, &key->at, "this case is not about %.*s", WORD_ARGS(&key->text));
		diag_hint(reader->diags, "name it in the case's 'arch', or leave this entry out");
	}
	return found;
}

static void read_by_abi(const struct reader *reader, const struct node *node,
			const struct expect **ret_expects)
{
	size_t errors = reader->diags->errors;
	char name[16];

	for (size_t i = 0; i < node->n; i++) {
		const struct node *key = node->pairs[i].key;
		if (key->bad)
			continue;
		if (node_is(key, "verdict") || node_is(key, "not") || node_is(key, "by")) {
			diag_error(reader->diags, &key->at, "'%.*s' stands beside ABIs here",
				   WORD_ARGS(&key->text));
			diag_hint(reader->diags, "write it inside each ABI's entry: x86_64: {%.*s: ...}",
				  WORD_ARGS(&key->text));
			continue;
		}
		give(reader, key, read_plain(reader, node->pairs[i].value), ret_expects);
	}
	for (size_t i = 0; i < reader->archs->n; i++) {
		if (ret_expects[i] || reader->diags->errors != errors)
			continue;
		diag_error(reader->diags, &node->at, "nothing is expected for %s, which this case is about",
			   arch_part_name(&reader->archs->parts[i], name, sizeof(name)));
		diag_hint(reader->diags, "write an entry for each ABI of the case");
	}
}

int expect_read(const struct node *node, const struct archs *archs, const struct expect_stack *stack,
		struct arena *arena, struct diags *diags, const struct expect **ret_expects)
{
	struct reader reader = { .archs = archs, .stack = stack, .arena = arena, .diags = diags };
	size_t errors = diags->errors;

	if (node->bad)
		return -1;
	for (size_t i = 0; i < archs->n; i++)
		ret_expects[i] = NULL;
	if (is_by_abi(node)) {
		read_by_abi(&reader, node, ret_expects);
	} else {
		const struct expect *expect = read_plain(&reader, node);
		for (size_t i = 0; i < archs->n; i++)
			ret_expects[i] = expect;
	}
	return diags->errors == errors ? 0 : -1;
}

static bool value_matches(const struct expect *expect, uint32_t ret)
{
	if (expect->values)
		return set_contains(expect->values, ret);
	if (expect->verdict.n && !outcomes_match(&expect->verdict, ret))
		return false;
	return !expect->not .n || !outcomes_match(&expect->not, ret);
}

static int by_value(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

struct set expect_values(const struct expect *expect, struct arena *arena)
{
	if (expect->values)
		return *expect->values;
	size_t max = outcomes_edges(&expect->verdict, NULL) + outcomes_edges(&expect->not, NULL) + 1;
	uint64_t *edges = arena_alloc(arena, max * sizeof(*edges));
	size_t n = outcomes_edges(&expect->verdict, edges);
	struct set_builder builder = { .arena = arena };

	n += outcomes_edges(&expect->not, edges + n);
	edges[n++] = (uint64_t)UINT32_MAX + 1;
	qsort(edges, n, sizeof(*edges), by_value);
	for (size_t i = 0; i + 1 < n; i++)
		if (edges[i] < edges[i + 1] && value_matches(expect, (uint32_t)edges[i]))
			set_add(&builder, edges[i], edges[i + 1] - 1);
	return set_build(&builder);
}

bool expect_matches(const struct expect *expect, const struct vd_verdict *verdict)
{
	if (!value_matches(expect, verdict->ret))
		return false;
	if (!expect->has_by)
		return true;
	return verdict->filter < 0 ? expect->by_none : expect->by[verdict->filter];
}
