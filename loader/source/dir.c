/* SPDX-License-Identifier: MIT */
/* dir: a folder whose *.bpf files are a stack, in name order, oldest first. */
#include "loader/source/kinds.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_program(const struct dirent *entry)
{
	const char *name = entry->d_name;
	size_t len = strlen(name);

	return name[0] != '.' && len > 4 && !strcmp(name + len - 4, ".bpf");
}

/* Byte order whatever the locale: a stack must not depend on it. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* 1: loaded, 0: a folder, which is left out, -1: diagnosed. */
static int load_one(struct source *source, const char *path, const char *name, const struct span *place,
		    struct diags *diags)
{
	struct text text;
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	if (text_read(path, 0, place, diags, &text) < 0)
		return -1;
	int r = raw_load(source, &text, place, diags);
	text_done(&text);
	if (r < 0)
		return -1;
	source->programs[source->n - 1].name = strdup(name);
	return 1;
}

int dir_load(struct source *source, const char *path, const struct span *place, struct diags *diags)
{
	struct dirent **entries;
	size_t len = strlen(path);
	int n = scandir(path, &entries, is_program, by_name), r = 0;

	if (n < 0)
		return source_error(diags, place, path, "%s", strerror(errno));
	while (len > 1 && path[len - 1] == '/')
		len--;
	for (int i = 0; i < n; i++) {
		char *file;
		if (asprintf(&file, "%.*s%s%s", (int)len, path, path[len - 1] == '/' ? "" : "/",
			     entries[i]->d_name) < 0) {
			r = source_error(diags, place, path, "out of memory");
		} else {
			if (load_one(source, file, entries[i]->d_name, place, diags) < 0)
				r = -1;
			free(file);
		}
		free(entries[i]);
	}
	free(entries);
	if (r == 0 && !source->n)
		r = source_error(diags, place, path, "the folder holds no *.bpf file");
	return r;
}
