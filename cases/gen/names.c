/* SPDX-License-Identifier: MIT */
/* What the file calls its filters, and how it finds them. */
#include "cases/gen/gen.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Words that YAML or `by:` read as something else. */
static bool means_something(const char *name)
{
	static const char *const words[] = { "none", "null", "true", "false", "yes",
					     "no",   "on",   "off",  "y",     "n" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcasecmp(name, words[i]))
			return true;
	return !*name || strspn(name, "0123456789._-") == strlen(name) || !strncmp(name, "0x", 2);
}

/* A source's last part without its ending, of letters, digits, '.', '_' and '-'. */
static const char *plain_name(struct gen *gen, const char *value)
{
	size_t len = strlen(value);

	while (len && value[len - 1] == '/')
		len--;
	size_t begin = len;
	while (begin && value[begin - 1] != '/')
		begin--;
	char *name = arena_text(&gen->arena, value + begin, len - begin), *dot = strrchr(name, '.');
	if (dot && dot > name)
		*dot = '\0';
	for (char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *c))
			*c = '-';
	if (*name == '-' || *name == '.' || means_something(name))
		return arena_printf(&gen->arena, "filter%s%s",
				    *name && *name != '-' && *name != '.' ? "-" : "", name);
	return name;
}

static bool is_taken(const struct gen *gen, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(gen->names[i], name))
			return true;
	return false;
}

/* The same source before: the stack repeats its name. */
static const char *same_source(const struct gen *gen, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (!strcmp(gen->sources.items[j].name, gen->sources.items[i].name))
			return gen->names[j];
	return NULL;
}

static void name_source(struct gen *gen, size_t i)
{
	const struct source *source = &gen->sources.items[i];
	const char *value = source_value(source->name), *name = same_source(gen, i), *base;

	if (!name) {
		base = name = source->kind == SOURCE_PID ? arena_printf(&gen->arena, "pid-%s", value)
			      : !strcmp(value, "-")	 ? "stdin"
							 : plain_name(gen, value);
		for (unsigned number = 2; is_taken(gen, i, name); number++)
			name = arena_printf(&gen->arena, "%s-%u", base, number);
	}
	gen->names[i] = name;
}

/* ---------------------------------------------------------------- paths -- */

/* The folder of the output file, as it really is. False: it is not there. */
static bool folder_of(const char *output, char *ret_folder)
{
	char *copy = strdup(output ? output : ""), *slash = copy ? strrchr(copy, '/') : NULL;
	const char *folder = slash == copy && slash ? "/" : slash ? copy : ".";
	bool known;

	if (!copy)
		out_of_memory();
	if (slash && slash != copy)
		*slash = '\0';
	known = realpath(folder, ret_folder) != NULL;
	free(copy);
	return known;
}

/* From one folder to a file, both absolute: "../corpus/01.bpf". */
static const char *way(struct gen *gen, const char *folder, const char *to)
{
	size_t at = 0, common = 0;
	const char *path = "";

	while (folder[at] && folder[at] == to[at]) {
		if (folder[at] == '/')
			common = at + 1;
		at++;
	}
	if (!folder[at] && (to[at] == '/' || (at && folder[at - 1] == '/')))
		common = to[at] == '/' ? at + 1 : at;
	for (const char *rest = common > strlen(folder) ? "" : folder + common; *rest;) {
		path = arena_printf(&gen->arena, "%s../", path);
		rest += strcspn(rest, "/");
		rest += *rest == '/';
	}
	return arena_printf(&gen->arena, "%s%s", path, to + common);
}

/*
 * A spec that means the same from the file's folder. Absolute paths stay; what
 * is read once, or changes, has none.
 */
static const char *spec_from(struct gen *gen, const struct source *source, const char *output)
{
	const char *value = source_value(source->name), *path = value;
	char folder[PATH_MAX], target[PATH_MAX];
	bool prefixed = value != source->name;

	if (source->kind == SOURCE_PID || !strcmp(value, "-"))
		return NULL;
	if (*value != '/') {
		if (!folder_of(output, folder) || !realpath(value, target))
			return NULL;
		path = way(gen, folder, target);
	}
	/* without a kind a name with a colon would be taken for one */
	if (!prefixed && strchr(path, ':') && *path != '/' && *path != '.')
		path = arena_printf(&gen->arena, "./%s", path);
	return arena_printf(&gen->arena, "%.*s%s", (int)(value - source->name), source->name, path);
}

void gen_name_sources(struct gen *gen, const char *output, bool embed)
{
	gen->names = arena_alloc(&gen->arena, (gen->sources.n + 1) * sizeof(*gen->names));
	gen->specs = arena_alloc(&gen->arena, (gen->sources.n + 1) * sizeof(*gen->specs));
	for (size_t i = 0; i < gen->sources.n; i++) {
		name_source(gen, i);
		if (!embed)
			gen->specs[i] = spec_from(gen, &gen->sources.items[i], output);
	}
}

const char *gen_filter_name(struct gen *gen, size_t filter)
{
	for (size_t i = 0; i < gen->sources.n; filter -= gen->sources.items[i++].n) {
		if (filter >= gen->sources.items[i].n)
			continue;
		if (gen->sources.items[i].n == 1)
			return gen->names[i];
		return arena_printf(&gen->arena, "%s[%zu]", gen->names[i], filter + 1);
	}
	return "?";
}
