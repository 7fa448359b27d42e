/* SPDX-License-Identifier: MIT */
/* Case files by name, and all those below a folder. */
#ifndef CASES_FOLDER_H
#define CASES_FOLDER_H

#include "loader/diag.h"

struct path_list {
	char **items;
	size_t n, cap;
};

/* Below a folder these are case files, and a folder that holds this file is passed over. */
#define CASE_FILE_SUFFIX ".yaml"
#define IGNORE_FILE ".verdict-ignore"

/*
 * A file's path, or those of the case files below a folder, in the order of
 * their names. -1 (diagnosed): a folder cannot be read, or holds none.
 */
int path_list_add(struct path_list *list, const char *path, struct diags *diags);
void path_list_done(struct path_list *list);

#endif
