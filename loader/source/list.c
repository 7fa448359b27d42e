/* SPDX-License-Identifier: MIT */
/* The sources of a command line. */
#include "loader/source/source.h"

#include <stdlib.h>
#include <string.h>

/* "-", or "KIND:-" */
static bool is_stdin(const char *spec)
{
	const char *colon = strchr(spec, ':');

	return !strcmp(colon ? colon + 1 : spec, "-");
}

int source_list_add(struct source_list *list, const char *spec, struct diags *diags)
{
	struct source *items = realloc(list->items, (list->n + 1) * sizeof(*items));

	if (!items) {
		diag_file_error(diags, spec, "out of memory");
		return -1;
	}
	list->items = items;
	if (is_stdin(spec) && list->stdin_taken) {
		diag_file_error(diags, "<stdin>", "can be read once only");
		return -1;
	}
	list->stdin_taken = list->stdin_taken || is_stdin(spec);
	if (source_load(spec, NULL, diags, &items[list->n]) < 0)
		return -1;
	list->n++;
	return 0;
}

int source_list_stack(const struct source_list *list, struct diags *diags, struct filter_stack *ret_stack)
{
	const struct source **sources = calloc(list->n ? list->n : 1, sizeof(*sources));
	int r;

	if (!sources) {
		diag_file_error(diags, "stack", "out of memory");
		return -1;
	}
	for (size_t i = 0; i < list->n; i++)
		sources[i] = &list->items[i];
	r = filter_stack_new(sources, list->n, NULL, diags, ret_stack);
	free(sources);
	return r;
}

const struct program *source_list_program(const struct source_list *list, size_t filter)
{
	for (size_t i = 0; i < list->n; filter -= list->items[i++].n)
		if (filter < list->items[i].n)
			return &list->items[i].programs[filter];
	return NULL;
}

void source_list_done(struct source_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		source_done(&list->items[i]);
	free(list->items);
	*list = (struct source_list){ 0 };
}
