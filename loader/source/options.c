/* SPDX-License-Identifier: MIT */
#include "loader/source/options.h"
#include "vm/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 3
#define SHOWN 40
#define LIST_MAX 128

static int shown(const struct span *span)
{
	return (int)(span->len < SHOWN ? span->len : SHOWN);
}

/* The names of a table, "file" before them where that is a key; then a hint under an unknown one. */
static void hint(const struct source_option_spec *specs, bool file, const struct span *name,
		 struct diags *diags)
{
	const char *names[SOURCE_OPTIONS_MAX + 1], *near[NEAR];
	size_t n = 0, at = 0, found;
	char list[LIST_MAX];

	if (file)
		names[n++] = "file";
	for (; specs && specs->name; specs++)
		names[n++] = specs->name;
	for (size_t i = 0; i < n && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "", names[i]);
	found = vd_near(span_bytes(name), name->len, names, n, near, NEAR);
	if (found)
		diag_hint_names(diags, near, found);
	else if (n)
		diag_hint(diags, "the %s are: %s", file ? "keys" : "options", list);
}

/* The place of an option in its table, -1: there is none. */
static int find(const struct source_option_spec *specs, const struct span *name)
{
	for (int i = 0; specs && specs[i].name; i++)
		if (span_is(name, specs[i].name))
			return i;
	return -1;
}

static int add_word(struct source_option *option, struct span word, struct diags *diags)
{
	struct span *more = realloc(option->words, (option->n + 1) * sizeof(*more));

	if (!more) {
		diag_error(diags, &word, "out of memory");
		return -1;
	}
	option->words = more;
	more[option->n++] = word;
	return 0;
}

/* What a switch's value says; nothing written is on. */
static int read_switch(struct source_option *option, const char *name, const struct span *value,
		       struct diags *diags)
{
	if (value && !span_is(value, "true") && !span_is(value, "false")) {
		diag_error(diags, value, "'%s' is true or false, not %s%.*s%s", name,
			   value->len ? "'" : "empty", shown(value), span_bytes(value), value->len ? "'" : "");
		return -1;
	}
	option->on = !value || span_is(value, "true");
	return 0;
}

static int no_value(const char *name, const struct span *at, struct diags *diags)
{
	diag_error(diags, at, "'%s' has no value", name);
	return -1;
}

/* ------------------------------------------------------ NAME=VALUE,... */

static int parse_words(struct source_option *option, const char *name, struct span value, struct diags *diags)
{
	for (;;) {
		const char *text = span_bytes(&value), *plus = memchr(text, '+', value.len);
		struct span word = value;
		word.len = plus ? (size_t)(plus - text) : value.len;
		if (!word.len)
			return no_value(name, &word, diags);
		if (add_word(option, word, diags) < 0)
			return -1;
		if (!plus)
			return 0;
		value.off += word.len + 1;
		value.len -= word.len + 1;
	}
}

static int parse_value(struct source_option *option, const struct source_option_spec *spec,
		       const struct span *value, struct diags *diags)
{
	if (spec->form == SOURCE_SWITCH)
		return read_switch(option, spec->name, value, diags);
	if (!value || !value->len)
		return no_value(spec->name, value ? value : &option->at, diags);
	if (spec->form == SOURCE_WORD)
		return add_word(option, *value, diags);
	return parse_words(option, spec->name, *value, diags);
}

/* One NAME or NAME=VALUE. */
static int parse_one(struct source_options *options, const char *kind, const struct span *item,
		     struct diags *diags)
{
	const char *text = span_bytes(item), *equals = memchr(text, '=', item->len);
	struct span name = *item, value = *item;

	name.len = equals ? (size_t)(equals - text) : item->len;
	value.off += name.len + (equals != NULL);
	value.len -= name.len + (equals != NULL);
	int i = find(options->specs, &name);
	if (i < 0) {
		diag_error(diags, &name, "%s: sources have no option '%.*s'", kind, shown(&name),
			   span_bytes(&name));
		hint(options->specs, false, &name, diags);
		return -1;
	}
	struct source_option *option = &options->items[i];
	if (option->given) {
		diag_error(diags, &name, "'%s' is given twice", options->specs[i].name);
		return -1;
	}
	option->given = true;
	option->at = name;
	return parse_value(option, &options->specs[i], equals ? &value : NULL, diags);
}

int source_options_parse(const struct source_option_spec *specs, const char *kind, const struct span *span,
			 struct diags *diags, struct source_options *ret_options)
{
	struct source_options options = { .specs = specs };
	struct span rest = *span;
	int r = 0;

	while (rest.len) {
		const char *text = span_bytes(&rest), *comma = memchr(text, ',', rest.len);
		struct span item = rest;
		size_t skip;
		item.len = comma ? (size_t)(comma - text) : rest.len;
		skip = item.len + (comma != NULL);
		if (parse_one(&options, kind, &item, diags) < 0)
			r = -1;
		rest.off += skip;
		rest.len -= skip;
	}
	if (r < 0)
		source_options_done(&options);
	else
		*ret_options = options;
	return r;
}

/* ------------------------------------------------------- keys of a mapping */

static int read_words(struct source_option *option, const char *name, const struct node *value,
		      struct diags *diags)
{
	for (size_t i = 0; i < value->n; i++) {
		const struct node *item = value->items[i];
		if (item->bad)
			return -1;
		if (item->kind != NODE_SCALAR || !item->text.len) {
			diag_error(diags, &item->at, "'%s' is a list of words, this is %s", name,
				   item->kind == NODE_SCALAR ? "empty" : node_kind_name(item));
			return -1;
		}
		if (add_word(option, item->text, diags) < 0)
			return -1;
	}
	return 0;
}

static int read_value(struct source_option *option, const struct source_option_spec *spec,
		      const struct node *value, struct diags *diags)
{
	if (value->bad)
		return -1;
	if (value->kind == NODE_LIST && spec->form == SOURCE_WORDS)
		return read_words(option, spec->name, value, diags);
	if (value->kind != NODE_SCALAR) {
		diag_error(diags, &value->at, "'%s' is %s, this is %s", spec->name,
			   spec->form == SOURCE_SWITCH ? "true or false"
			   : spec->form == SOURCE_WORD ? "a single value"
						       : "a list of words",
			   node_kind_name(value));
		return -1;
	}
	if (spec->form == SOURCE_SWITCH)
		return read_switch(option, spec->name, &value->text, diags);
	if (!value->text.len || node_is_null(value))
		return no_value(spec->name, &value->at, diags);
	return add_word(option, value->text, diags);
}

static int read_one(struct source_options *options, const struct pair *pair, struct diags *diags)
{
	if (pair->key->bad || pair->value->bad)
		return -1;
	const struct span *name = &pair->key->text;
	int i = find(options->specs, name);
	if (i < 0) {
		diag_error(diags, &pair->key->at, "unknown key '%.*s' in a filter", shown(name),
			   span_bytes(name));
		hint(options->specs, true, name, diags);
		return -1;
	}
	options->items[i].given = true;
	options->items[i].at = pair->key->at;
	return read_value(&options->items[i], &options->specs[i], pair->value, diags);
}

static int check_file(const struct node *map, const struct node *file, struct diags *diags)
{
	const char *what;

	if (!file) {
		diag_error(diags, &map->at, "the filter's 'file' is missing");
		return -1;
	}
	if (file->bad)
		return -1;
	if (file->kind != NODE_SCALAR) {
		diag_error(diags, &file->at, "file is a single text, this is %s", node_kind_name(file));
		return -1;
	}
	what = node_is_null(file) || !file->text.len			    ? "is empty"
	       : memchr(span_bytes(&file->text), '\0', file->text.len) != NULL ? "holds a NUL character"
									    : NULL;
	if (what)
		diag_error(diags, &file->at, "file %s", what);
	return what ? -1 : 0;
}

int source_options_read(const struct source_option_spec *specs, const struct node *map, struct diags *diags,
			struct source_options *ret_options, const struct node **ret_file)
{
	struct source_options options = { .specs = specs };
	const struct node *file = node_get(map, "file");
	int r = 0;

	for (size_t i = 0; i < map->n; i++)
		if (!node_is(map->pairs[i].key, "file") && read_one(&options, &map->pairs[i], diags) < 0)
			r = -1;
	if ((file || r == 0) && check_file(map, file, diags) < 0)
		r = -1;
	if (r < 0) {
		source_options_done(&options);
		return -1;
	}
	*ret_options = options;
	*ret_file = file;
	return 0;
}

void source_options_done(struct source_options *options)
{
	if (!options)
		return;
	for (size_t i = 0; i < SOURCE_OPTIONS_MAX; i++)
		free(options->items[i].words);
	*options = (struct source_options){ .specs = options->specs };
}
