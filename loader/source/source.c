/* SPDX-License-Identifier: MIT */
#include "loader/asm/asm.h"
#include "loader/source/kinds.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int source_add_one(struct source *source, const struct text *text, char **name, struct sock_filter **insns,
		   size_t len, size_t i, size_t n, struct diags *diags)
{
	struct sock_filter *taken = *insns;
	char *path;
	int r = n == 1	? asprintf(&path, "%s", text->name)
		: *name ? asprintf(&path, "%s:%s", text->name, *name)
			: asprintf(&path, "%s:%zu", text->name, i + 1);

	if (r < 0)
		return source_error(diags, NULL, text->name, "out of memory");
	*insns = NULL;
	r = source_add(source, path, taken, len, diags);
	free(path);
	if (r == 0) {
		source->programs[source->n - 1].name = *name;
		*name = NULL;
	}
	return r;
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
	if (source->policy)
		source->policy->free(source->policy);
	free(source->programs);
	free(source->name);
	*source = (struct source){ 0 };
}

static bool is_kind_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-';
}

/* A spec taken apart. */
struct spec {
	enum source_kind kind;
	const char *value;
	struct text text; /* of the command line; places in it last as long as this does */
	struct source_options options;
};

/* The spec as a text, so that its options have places: inside the case file's, or the command line. */
static struct span spec_span(struct spec *spec, const char *written, const struct span *place)
{
	size_t len = strlen(written);

	for (size_t quote = 0; place && quote < 2; quote++) {
		const struct text *text = place->text;
		size_t at = place->off + quote;
		if (at + len <= text->len && !memcmp(text->data + at, written, len))
			return span_of(text, at, len);
	}
	if (text_from("<command line>", written, len, &spec->text) < 0)
		return (struct span){ 0 };
	return span_all(&spec->text);
}

/* Where a spec's kind ends, and where the colon behind its options is. False: it names no kind. */
static bool find_kind(const char *written, size_t *ret_len, size_t *ret_end)
{
	size_t len = 0;

	while (is_kind_letter(written[len]))
		len++;
	*ret_len = len;
	*ret_end = written[len] == ',' ? strcspn(written, ":") : len;
	return len && written[*ret_end] == ':';
}

const char *source_value(const char *spec)
{
	size_t len, end;

	return find_kind(spec, &len, &end) ? spec + end + 1 : spec;
}

/* Cuts KIND: or KIND,OPTIONS: off a spec. -1: diagnosed, nothing to be freed. */
static int spec_split(struct spec *spec, const char *written, const struct span *place, struct diags *diags)
{
	size_t len, end;

	*spec = (struct spec){ .kind = SOURCE_GUESS, .value = written };
	if (!find_kind(written, &len, &end))
		return 0;
	spec->kind = source_kind_by_name(written, len);
	spec->value = written + end + 1;
	if (spec->kind == SOURCE_GUESS)
		return source_kind_unknown(written, len, place, diags);
	if (end == len)
		return 0;
	struct span span = spec_span(spec, written, place);
	if (!span.text)
		return source_error(diags, place, written, "out of memory");
	span.off += len + 1;
	span.len = end - len - 1;
	int r = source_options_parse(source_kind_options(spec->kind), source_kind_name(spec->kind), &span,
				     diags, &spec->options);
	if (r < 0)
		text_done(&spec->text);
	return r;
}

static void spec_done(struct spec *spec)
{
	source_options_done(&spec->options);
	text_done(&spec->text);
}

/* ------------------------------------------------------------------ loading */

/* What a source is loaded with. */
struct load {
	const struct source_options *options;
	const struct span *place;
	struct diags *diags;
};

static int load_file(struct source *source, const char *path, const struct load *load)
{
	struct text text;
	int r;

	if (text_read(path, 0, load->place, load->diags, &text) < 0)
		return -1;
	bool guessed = source->kind == SOURCE_GUESS;
	if (guessed)
		source->kind = source_guess_by_content(&text);
	if (!text.len && source->kind == SOURCE_ASM)
		r = source_error(load->diags, load->place, text.name,
				 "is empty: a program has at least one instruction");
	else if (guessed && !(source->kind == SOURCE_RAW   ? raw_plausible(&text)
			      : source->kind == SOURCE_ASM ? asm_plausible(&text)
							   : true))
		r = source_no_filter(&text, load->place, load->diags);
	else if (source->kind == SOURCE_RAW)
		r = raw_load(source, &text, load->place, load->diags);
	else
		r = source_kind_load_text(source, &text, load->options, load->diags);
	text_done(&text);
	return r;
}

static int load_value(struct source *source, const char *value, const char *base, const struct load *load)
{
	bool is_stdin = !strcmp(value, "-"), relative = base && *base && value[0] != '/' && !is_stdin;
	size_t base_len = relative ? strlen(base) : 0;
	char *path;
	int r;

	if (source->kind == SOURCE_PID)
		return pid_load(source, value, load->place, load->diags);
	if (!*value)
		return source_error(load->diags, load->place, *source->name ? source->name : "''",
				    "the name of a file is missing");
	if (asprintf(&path, "%s%s%s", relative ? base : "", relative && base[base_len - 1] != '/' ? "/" : "",
		     value) < 0)
		return source_error(load->diags, load->place, value, "out of memory");
	if (source->kind == SOURCE_GUESS && !is_stdin)
		source->kind = source_guess_by_name(path);
	if (source->kind == SOURCE_DIR)
		r = dir_load(source, path, load->place, load->diags);
	else
		r = load_file(source, path, load);
	free(path);
	return r;
}

/* name is copied. */
static int load_source(enum source_kind kind, const char *name, const char *value, const char *base,
		       const struct load *load, struct source *ret_source)
{
	struct source source = { .kind = kind, .name = strdup(name) };

	if (!source.name)
		return source_error(load->diags, load->place, name, "out of memory");
	if (load_value(&source, value, base, load) < 0) {
		source_done(&source);
		return -1;
	}
	*ret_source = source;
	return 0;
}

int source_load(const char *written, const struct source_opts *opts, struct diags *diags,
		struct source *ret_source)
{
	const struct span *place = opts ? opts->place : NULL;
	struct spec spec;

	if (spec_split(&spec, written, place, diags) < 0)
		return -1;
	struct load load = { .options = &spec.options, .place = place, .diags = diags };
	int r = load_source(spec.kind, written, spec.value, opts ? opts->base : NULL, &load, ret_source);
	spec_done(&spec);
	return r;
}

int source_load_map(enum source_kind kind, const struct node *map, const struct source_opts *opts,
		    struct diags *diags, struct source *ret_source)
{
	const struct node *file;
	struct source_options options;
	int r = -1;

	if (source_options_read(source_kind_options(kind), map, diags, &options, &file) < 0)
		return -1;
	char *path = strndup(file->text.text->data + file->text.off, file->text.len);
	struct load load = { .options = &options, .place = &file->at, .diags = diags };
	if (!path)
		diag_error(diags, &file->at, "out of memory");
	else
		r = load_source(kind, path, path, opts ? opts->base : NULL, &load, ret_source);
	free(path);
	source_options_done(&options);
	return r;
}

int source_load_text(enum source_kind kind, const struct text *text, const char *name, struct diags *diags,
		     struct source *ret_source)
{
	struct source_options none = { .specs = source_kind_options(kind) };
	struct source source = { .kind = kind, .name = strdup(name) };
	int r = -1;

	if (!source.name)
		source_error(diags, NULL, name, "out of memory");
	else if (!source_kind_has_text(kind))
		source_error(diags, NULL, name, "%s: has no text form",
			     source_kind_name(kind) ? source_kind_name(kind) : "it");
	else
		r = source_kind_load_text(&source, text, &none, diags);
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
