/* SPDX-License-Identifier: MIT */
#include "cases/select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

void selection_add(struct string_list *list, const char *text)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 4;
		const char **items = realloc(list->items, cap * sizeof(*items));
		if (!items)
			out_of_memory();
		list->items = items;
		list->cap = cap;
	}
	list->items[list->n++] = text;
}

void selection_done(struct selection *selection)
{
	free(selection->globs.items);
	free(selection->tags.items);
	*selection = (struct selection){ 0 };
}

static bool match_text(const char *pattern, const char *text)
{
	return strpbrk(pattern, "*?[") ? !fnmatch(pattern, text, 0) : strstr(text, pattern) != NULL;
}

static bool by_glob(const struct string_list *globs, const struct test_case *test)
{
	for (size_t i = 0; i < globs->n; i++)
		if (match_text(globs->items[i], test->name) || match_text(globs->items[i], test->file->path))
			return true;
	return !globs->n;
}

static bool by_tag(const struct string_list *tags, const struct test_case *test)
{
	for (size_t i = 0; i < tags->n; i++)
		for (size_t j = 0; j < test->n_tags; j++)
			if (!strcmp(tags->items[i], test->tags[j]))
				return true;
	return !tags->n;
}

static size_t count(const struct case_files *files)
{
	size_t n = 0;

	for (size_t i = 0; i < files->n; i++)
		if (!files->files[i]->invalid)
			n += files->files[i]->n;
	return n;
}

void select_cases(const struct case_files *files, const struct selection *selection,
		  struct chosen *ret_chosen)
{
	struct chosen chosen = { .known = count(files) };

	chosen.cases = calloc(chosen.known ? chosen.known : 1, sizeof(*chosen.cases));
	if (!chosen.cases)
		out_of_memory();
	for (size_t i = 0; i < files->n; i++) {
		const struct case_file *file = files->files[i];
		for (size_t j = 0; !file->invalid && j < file->n; j++) {
			const struct test_case *test = &file->cases[j];
			if (!by_glob(&selection->globs, test) || !by_tag(&selection->tags, test))
				continue;
			if (!selection->shards || chosen.matching % selection->shards == selection->shard - 1)
				chosen.cases[chosen.n++] = test;
			chosen.matching++;
		}
	}
	*ret_chosen = chosen;
}

void chosen_done(struct chosen *chosen)
{
	free(chosen->cases);
	*chosen = (struct chosen){ 0 };
}
