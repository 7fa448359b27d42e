/* SPDX-License-Identifier: MIT */
#include "cases/folder.h"
#include "loader/arena.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_MAX 64 /* inside each other */

static void add(struct path_list *list, char *path)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 16;
		char **items = realloc(list->items, cap * sizeof(*items));
		if (!items)
			out_of_memory();
		list->items = items;
		list->cap = cap;
	}
	if (!path)
		out_of_memory();
	list->items[list->n++] = path;
}

static char *join(const char *folder, const char *name)
{
	size_t len = strlen(folder);
	char *path;

	if (asprintf(&path, "%s%s%s", folder, len && folder[len - 1] == '/' ? "" : "/", name) < 0)
		out_of_memory();
	return path;
}

static bool ignored(const char *folder)
{
	char *path = join(folder, IGNORE_FILE);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

static bool is_case_file(const char *name)
{
	size_t len = strlen(name), suffix = strlen(CASE_FILE_SUFFIX);

	return len > suffix && !strcmp(name + len - suffix, CASE_FILE_SUFFIX);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int walk(struct path_list *list, const char *folder, unsigned depth, struct diags *diags);

/* Links to files are followed, links to folders are not: they may lead in a circle. */
static int visit(struct path_list *list, const char *folder, const char *name, unsigned depth,
		 struct diags *diags)
{
	char *path = join(folder, name);
	struct stat st;
	int r = 0;

	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (!ignored(path))
			r = walk(list, path, depth + 1, diags);
	} else if (is_case_file(name)) {
		add(list, path);
		return 0;
	}
	free(path);
	return r;
}

static int walk(struct path_list *list, const char *folder, unsigned depth, struct diags *diags)
{
	struct dirent **entries;
	int n = depth <= FOLDERS_MAX ? scandir(folder, &entries, visible, NULL) : -1, r = 0;

	if (n < 0) {
		diag_file_error(diags, folder, "%s",
				depth <= FOLDERS_MAX ? strerror(errno)
						     : "too many folders inside each other");
		return -1;
	}
	/* by bytes, so that the order does not depend on the locale */
	for (int i = 1; i < n; i++)
		for (int j = i; j > 0 && strcmp(entries[j - 1]->d_name, entries[j]->d_name) > 0; j--) {
			struct dirent *swap = entries[j];
			entries[j] = entries[j - 1];
			entries[j - 1] = swap;
		}
	for (int i = 0; i < n; i++) {
		if (visit(list, folder, entries[i]->d_name, depth, diags) < 0)
			r = -1;
		free(entries[i]);
	}
	free(entries);
	return r;
}

int path_list_add(struct path_list *list, const char *path, struct diags *diags)
{
	size_t before = list->n;
	struct stat st;

	if (!strcmp(path, "-") || stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		add(list, strdup(path));
		return 0;
	}
	if (walk(list, path, 1, diags) < 0)
		return -1;
	if (list->n > before)
		return 0;
	diag_file_error(diags, path, "no case files (*%s) below this folder", CASE_FILE_SUFFIX);
	return -1;
}

void path_list_done(struct path_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct path_list){ 0 };
}
