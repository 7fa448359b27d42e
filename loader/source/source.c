/* SPDX-License-Identifier: MIT */
#include "loader/source/kinds.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const kind_names[SOURCE_KINDS] = {
	[SOURCE_RAW] = "raw",
	[SOURCE_DIR] = "dir",
	[SOURCE_ASM] = "asm",
};

/* Kinds that have a name but no reader. */
static const char *const later_kinds[] = { "c", "oci", "rules", "pid" };
#define LATER_KINDS (sizeof(later_kinds) / sizeof(*later_kinds))

const char *source_kind_name(enum source_kind kind)
{
	return kind_names[kind];
}

enum source_kind source_kind_by_name(const char *name, size_t len)
{
	for (int kind = SOURCE_GUESS + 1; kind < SOURCE_KINDS; kind++)
		if (strlen(kind_names[kind]) == len && !memcmp(kind_names[kind], name, len))
			return (enum source_kind)kind;
	return SOURCE_GUESS;
}

int source_error(struct diags *diags, const struct span *place, const char *path, const char *fmt, ...)
{
	char *why;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&why, fmt, ap) < 0)
		why = NULL;
	va_end(ap);
	if (place)
		diag_error(diags, place, "%s: %s", path, why ? why : "out of memory");
	else
		diag_file_error(diags, path, "%s", why ? why : "out of memory");
	free(why);
	return -1;
}

int source_add(struct source *source, const char *path, struct sock_filter *insns, size_t len,
	       struct diags *diags)
{
	struct program *more = realloc(source->programs, (source->n + 1) * sizeof(*more));
	char *copy = strdup(path);

	if (more)
		source->programs = more;
	if (!more || !copy) {
		free(copy);
		free(insns);
		return source_error(diags, NULL, path, "out of memory");
	}
	more[source->n++] = (struct program){ .path = copy, .insns = insns, .len = len };
	return 0;
}

void source_done(struct source *source)
{
	if (!source)
		return;
	for (size_t i = 0; i < source->n; i++) {
		free(source->programs[i].path);
		free(source->programs[i].name);
		free(source->programs[i].insns);
	}
	free(source->programs);
	free(source->name);
	*source = (struct source){ 0 };
}

static bool is_kind_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static int bad_kind(const char *spec, size_t len, const struct span *place, struct diags *diags)
{
	const char *names[SOURCE_KINDS + LATER_KINDS], *near[3];
	size_t n = 0;

	for (size_t i = 0; i < LATER_KINDS; i++) {
		if (strlen(later_kinds[i]) == len && !memcmp(later_kinds[i], spec, len))
			return source_error(diags, place, spec, "%s: sources are not yet supported",
					    later_kinds[i]);
		names[n++] = later_kinds[i];
	}
	for (int kind = SOURCE_GUESS + 1; kind < SOURCE_KINDS; kind++)
		names[n++] = kind_names[kind];
	source_error(diags, place, spec, "unknown kind of source '%.*s'", (int)len, spec);
	n = vd_near(spec, len, names, n, near, 3);
	if (n)
		diag_hint_names(diags, near, n);
	else
		diag_hint(diags, "the kinds are raw:, dir: and asm:; a file of that name is written ./%s", spec);
	return -1;
}

/* Cuts KIND: off a spec. -1: diagnosed. */
static int split_kind(const char *spec, const struct span *place, struct diags *diags, enum source_kind *ret_kind,
		      const char **ret_value)
{
	size_t len = 0;

	*ret_kind = SOURCE_GUESS;
	*ret_value = spec;
	while (is_kind_letter(spec[len]))
		len++;
	if (!len || spec[len] != ':')
		return 0;
	*ret_kind = source_kind_by_name(spec, len);
	if (*ret_kind == SOURCE_GUESS)
		return bad_kind(spec, len, place, diags);
	*ret_value = spec + len + 1;
	return 0;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && !strcmp(name + len - n, suffix);
}

static enum source_kind guess_by_name(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return SOURCE_DIR;
	if (has_suffix(path, ".bpf"))
		return SOURCE_RAW;
	if (has_suffix(path, ".bpfasm"))
		return SOURCE_ASM;
	return SOURCE_GUESS;
}

static int load_file(struct source *source, const char *path, const struct span *place, struct diags *diags)
{
	struct text text;
	int r;

	if (text_read(path, 0, place, diags, &text) < 0)
		return -1;
	if (source->kind == SOURCE_GUESS && !text.len) {
		r = source_error(diags, place, text.name, "is empty: a program has at least one instruction");
	} else {
		if (source->kind == SOURCE_GUESS)
			source->kind = raw_looks_binary(&text) ? SOURCE_RAW : SOURCE_ASM;
		r = source->kind == SOURCE_RAW ? raw_load(source, &text, place, diags) :
						 asm_load(source, &text, diags);
	}
	text_done(&text);
	return r;
}

static int load_value(struct source *source, const char *value, const char *base, const struct span *place,
		      struct diags *diags)
{
	bool is_stdin = !strcmp(value, "-"), relative = base && *base && value[0] != '/' && !is_stdin;
	char *path;
	int r;

	if (!*value)
		return source_error(diags, place, source->name, "the name of a file is missing");
	if (asprintf(&path, "%s%s%s", relative ? base : "", relative && !has_suffix(base, "/") ? "/" : "", value) < 0)
		return source_error(diags, place, value, "out of memory");
	if (source->kind == SOURCE_GUESS && !is_stdin)
		source->kind = guess_by_name(path);
	if (source->kind == SOURCE_DIR)
		r = dir_load(source, path, place, diags);
	else
		r = load_file(source, path, place, diags);
	free(path);
	return r;
}

int source_load(const char *spec, const struct source_opts *opts, struct diags *diags, struct source *ret_source)
{
	const struct span *place = opts ? opts->place : NULL;
	struct source source = { 0 };
	const char *value;

	if (split_kind(spec, place, diags, &source.kind, &value) < 0)
		return -1;
	source.name = strdup(spec);
	if (!source.name)
		return source_error(diags, place, spec, "out of memory");
	if (load_value(&source, value, opts ? opts->base : NULL, place, diags) < 0) {
		source_done(&source);
		return -1;
	}
	*ret_source = source;
	return 0;
}

int source_load_text(enum source_kind kind, const struct text *text, const char *name, struct diags *diags,
		     struct source *ret_source)
{
	struct source source = { .kind = kind, .name = strdup(name) };
	int r = -1;

	if (!source.name)
		source_error(diags, NULL, name, "out of memory");
	else if (kind != SOURCE_ASM)
		source_error(diags, NULL, name, "%s: has no text form", kind_names[kind] ? kind_names[kind] : "it");
	else
		r = asm_load(&source, text, diags);
	/* Inline programs are called by the filter's name, not by the file that holds them. */
	for (size_t i = 0; r == 0 && i < source.n; i++) {
		char *path = strdup(name);
		if (!path)
			continue;
		free(source.programs[i].path);
		source.programs[i].path = path;
	}
	if (r < 0) {
		source_done(&source);
		return -1;
	}
	*ret_source = source;
	return 0;
}
