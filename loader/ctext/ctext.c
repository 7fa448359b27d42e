/* SPDX-License-Identifier: MIT */
#include "loader/ctext/token.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 32

struct programs {
	struct ctext_program *items;
	size_t n;
	const char *names[NAMES_MAX]; /* of arrays that were not asked for */
	size_t n_names;
};

static bool wanted(const struct carray *array, const struct span *name)
{
	return !name->len || (array->name && array->name->len == name->len &&
			      !memcmp(array->name->s, name->text->data + name->off, name->len));
}

static void add(struct creader *reader, const struct carray *array, struct programs *programs)
{
	struct ctext_program *more = realloc(programs->items, (programs->n + 1) * sizeof(*more));
	struct span all = span_of(reader->text, 0, 0);

	if (!more) {
		diag_error(reader->diags, &all, "out of memory");
		reader->failed = true;
		return;
	}
	programs->items = more;
	if (cinit_read(reader, array, &more[programs->n]) < 0)
		reader->failed = true;
	else
		programs->n++;
}

/* Initialisers without a declaration around them; perhaps in braces of their own. */
static void read_bare(struct creader *reader, struct programs *programs)
{
	const struct ctoken *tokens = reader->tokens.items;
	struct carray array = { .to = reader->tokens.n };

	if (!array.to || !(ctoken_is(&tokens[0], "{") || tokens[0].kind == CTOKEN_NUMBER)) {
		struct span all = span_of(reader->text, 0, 0);
		diag_error(reader->diags, &all, "the text holds no array of struct sock_filter");
		diag_hint(reader->diags, "write 'struct sock_filter filter[] = { ... };', or initialisers "
					 "alone: { 0x06, 0, 0, 0 },");
		reader->failed = true;
		return;
	}
	if (ctoken_is(&tokens[array.to - 1], ";"))
		array.to--;
	if (array.to > 2 && ctoken_is(&tokens[0], "{") && ctoken_is(&tokens[1], "{") &&
	    ctoken_match(tokens, array.to, 0) == array.to - 1) {
		array.from++;
		array.to--;
	}
	add(reader, &array, programs);
}

static void not_found(struct creader *reader, const struct span *name, const struct programs *programs)
{
	const char *word = name->text->data + name->off, *near[3];

	diag_error(reader->diags, name, "the text has no array '%.*s'", (int)name->len, word);
	size_t n = vd_near(word, name->len, programs->names, programs->n_names, near, 3);
	if (n)
		diag_hint_names(reader->diags, near, n);
	else if (programs->n_names)
		diag_hint(reader->diags, "it has '%s'%s", programs->names[0],
			  programs->n_names > 1 ? " and others" : "");
	reader->failed = true;
}

static void read_arrays(struct creader *reader, const struct span *name, struct programs *programs)
{
	struct carray array;
	size_t at = 0, found = 0;

	for (; carray_find(reader, &at, &array); found++) {
		if (wanted(&array, name))
			add(reader, &array, programs);
		else if (array.name && programs->n_names < NAMES_MAX)
			programs->names[programs->n_names++] = arena_text(&reader->arena, array.name->s,
									  array.name->len);
	}
	if (name->len && !programs->n && !reader->failed)
		not_found(reader, name, programs);
	else if (!found)
		read_bare(reader, programs);
}

int ctext_read(const struct text *text, int abi, const struct span *name, struct diags *diags,
	       struct ctext_program **ret_programs, size_t *ret_n)
{
	struct creader reader = { .text = text, .diags = diags, .abi = abi };
	struct programs programs = { 0 };

	arena_init(&reader.arena);
	cmacro_builtins(&reader);
	cdirective_run(&reader);
	if (!reader.failed) {
		cenum_define(&reader);
		read_arrays(&reader, name, &programs);
	}
	arena_done(&reader.arena);
	if (reader.failed) {
		ctext_programs_done(programs.items, programs.n);
		return -1;
	}
	*ret_programs = programs.items;
	*ret_n = programs.n;
	return 0;
}

void ctext_programs_done(struct ctext_program *programs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(programs[i].name);
		free(programs[i].insns);
	}
	free(programs);
}
