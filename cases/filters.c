/* SPDX-License-Identifier: MIT */
#include "cases/filters.h"
#include "cases/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 3

struct reader {
	const char *base;
	struct arena *arena;
	struct diags *diags;
};

/* ------------------------------------------------------------- sources */

static int load_spec(const struct reader *reader, const char *spec, const struct node *place,
		     struct source *ret_source)
{
	struct source_opts opts = { .base = reader->base, .place = &place->at };

	return source_load(spec, &opts, reader->diags, ret_source);
}

/* {KIND: text}: the program itself. */
static int load_text(const struct reader *reader, enum source_kind kind, const struct node *value,
		     const char *name, struct source *ret_source)
{
	if (!source_kind_has_text(kind)) {
		diag_error(reader->diags, &value->at, "%s: programs stand in files", source_kind_name(kind));
		diag_hint(reader->diags, "write '%s:%.*s'", source_kind_name(kind), WORD_ARGS(&value->text));
		return -1;
	}
	const struct text *text = span_piece(&value->text, value->line, reader->arena);
	return source_load_text(kind, text, name, reader->diags, ret_source);
}

/* {KIND: {file: PATH, ...}} */
static int load_file(const struct reader *reader, enum source_kind kind, const struct node *value,
		     struct source *ret_source)
{
	struct source_opts opts = { .base = reader->base };

	return source_load_map(kind, value, &opts, reader->diags, ret_source);
}

static void unknown_kind(const struct reader *reader, const struct node *key)
{
	const char *names[SOURCE_KINDS], *near[NEAR];
	size_t n = 0;

	for (int kind = SOURCE_GUESS + 1; kind < SOURCE_KINDS; kind++)
		names[n++] = source_kind_name(kind);
	diag_error(reader->diags, &key->at, "unknown kind of filter '%.*s'", WORD_ARGS(&key->text));
	n = vd_near(key->text.text->data + key->text.off, key->text.len, names, n, near, NEAR);
	if (n)
		diag_hint_names(reader->diags, near, n);
	else
		diag_hint(reader->diags,
			  "a filter is a path, {KIND: text} or {KIND: {file: PATH}}; kinds are %s",
			  source_kinds());
}

static int load_map(const struct reader *reader, const struct node *map, const char *name,
		    struct source *ret_source)
{
	const struct node *key = map->n ? map->pairs[0].key : NULL,
			  *value = map->n ? map->pairs[0].value : NULL;

	if (map->n != 1) {
		diag_error(reader->diags, &map->at, "a filter has one kind, this mapping has %zu keys",
			   map->n);
		diag_hint(reader->diags, "a filter is a path, {KIND: text} or {KIND: {file: PATH}}");
		return -1;
	}
	enum source_kind kind = source_kind_by_name(key->text.text->data + key->text.off, key->text.len);
	if (kind == SOURCE_GUESS) {
		unknown_kind(reader, key);
		return -1;
	}
	if (value->bad)
		return -1;
	if (value->kind == NODE_MAP)
		return load_file(reader, kind, value, ret_source);
	if (!word_text(value, source_kind_name(kind), reader->arena, reader->diags))
		return -1;
	return load_text(reader, kind, value, name, ret_source);
}

/* The source under its filter's name, which is what reports call it. */
static int load(const struct reader *reader, struct filter *filter)
{
	const struct node *node = filter->node;
	int r = -1;

	if (node->bad)
		return -1;
	if (node->kind == NODE_MAP) {
		r = load_map(reader, node, filter->name, &filter->source);
	} else {
		const char *spec = word_text(node, "a filter", reader->arena, reader->diags);
		if (spec)
			r = load_spec(reader, spec, node, &filter->source);
	}
	if (r < 0)
		return -1;
	char *name = strdup(filter->name);
	if (name) {
		free(filter->source.name);
		filter->source.name = name;
	}
	return 0;
}

/* Names that `by:` could not tell from something else. */
static bool usable_name(const char *name)
{
	return *name && strcmp(name, "none") && !strpbrk(name, "[]\n");
}

static struct filter *add_filter(const struct reader *reader, struct filter_scope *scope, const char *name,
				 const struct node *key, const struct node *node)
{
	struct filter *filter = arena_alloc(reader->arena, sizeof(*filter));

	*filter = (struct filter){ .name = name, .key = key, .node = node };
	scope->filters = arena_grow(reader->arena, scope->filters, scope->n, &scope->cap,
				    sizeof(*scope->filters));
	scope->filters[scope->n++] = filter;
	filter->failed = load(reader, filter) < 0;
	for (size_t i = 0; i < filter->source.n; i++) {
		const struct program *program = &filter->source.programs[i];
		filter->refused |= vd_check(program->insns, program->len, NULL, 0) > 0;
	}
	return filter;
}

static void read_one(const struct reader *reader, const struct pair *pair, struct filter_scope *scope)
{
	const char *name;

	if (pair->key->bad)
		return;
	name = arena_text(reader->arena, pair->key->text.text->data + pair->key->text.off,
			  pair->key->text.len);
	if (!usable_name(name)) {
		diag_error(reader->diags, &pair->key->at, "a filter cannot be called '%.*s'",
			   WORD_ARGS(&pair->key->text));
		diag_hint(reader->diags,
			  "'by:' has a meaning for 'none' and for '[...]': choose another name");
		return;
	}
	add_filter(reader, scope, name, pair->key, pair->value);
}

/* The folder of the file that a node is written in; NULL: the working folder. */
static const char *folder_of(const struct node *node, struct arena *arena)
{
	const char *path = node->at.text->name, *slash = strrchr(path, '/');

	return slash ? arena_text(arena, path, (size_t)(slash - path + 1)) : NULL;
}

void filters_read(const struct node *node, struct arena *arena, struct diags *diags,
		  struct filter_scope *scope)
{
	struct reader reader = { folder_of(node, arena), arena, diags };

	if (node->bad)
		return;
	if (node->kind != NODE_MAP) {
		diag_error(diags, &node->at, "filters is a mapping of names to sources, this is %s",
			   node_kind_name(node));
		diag_hint(diags, "write, for instance, 'filters: {base: base.bpf}'");
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		read_one(&reader, &node->pairs[i], scope);
}

struct filter *filter_unnamed(const struct node *node, const char *name, struct filter_scope *scope,
			      struct arena *arena, struct diags *diags)
{
	struct reader reader = { folder_of(node, arena), arena, diags };

	return add_filter(&reader, scope, name, node, node);
}

void filters_done(struct filter_scope *scope)
{
	for (size_t i = 0; i < scope->n; i++)
		source_done(&scope->filters[i]->source);
	scope->n = 0;
}

/* ---------------------------------------------------------------- names */

static struct filter *lookup(const struct filter_scope *scope, const struct span *name)
{
	for (; scope; scope = scope->outer)
		for (size_t i = scope->n; i--;)
			if (span_is(name, scope->filters[i]->name))
				return scope->filters[i];
	return NULL;
}

static size_t count_all(const struct filter_scope *scope)
{
	size_t n = 0;

	for (; scope; scope = scope->outer)
		n += scope->n;
	return n;
}

static void list_names(const char *const *names, size_t n, struct diags *diags)
{
	char list[160] = "";
	size_t at = 0;

	for (size_t i = 0; i < n && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "", names[i]);
	diag_hint(diags, "the filters are: %s%s", list, at < sizeof(list) ? "" : "...");
}

struct filter *filter_known(const struct filter_scope *scope, const struct span *name)
{
	return lookup(scope, name);
}

struct filter *filter_find(const struct filter_scope *scope, const struct span *name, struct arena *arena,
			   struct diags *diags)
{
	struct filter *filter = lookup(scope, name);
	const char *near[NEAR], **names;
	size_t n = 0;

	if (filter)
		return filter;
	names = arena_alloc(arena, count_all(scope) * sizeof(*names) + 1);
	for (const struct filter_scope *at = scope; at; at = at->outer)
		for (size_t i = 0; i < at->n; i++)
			names[n++] = at->filters[i]->name;
	diag_error(diags, name, "there is no filter '%.*s'", WORD_ARGS(name));
	size_t found = vd_near(name->text->data + name->off, name->len, names, n, near, NEAR);
	if (found)
		diag_hint_names(diags, near, found);
	else if (n)
		list_names(names, n, diags);
	else
		diag_hint(diags, "'filters:' of the file or the case gives names to filters");
	return NULL;
}

size_t filters_in_sight(const struct filter_scope *scope, struct filter **ret_only)
{
	size_t n = 0;

	for (const struct filter_scope *at = scope; at; at = at->outer) {
		for (size_t i = 0; i < at->n; i++) {
			struct span name = at->filters[i]->key->text;
			if (lookup(scope, &name) != at->filters[i])
				continue;
			*ret_only = at->filters[i];
			n++;
		}
	}
	return n;
}
