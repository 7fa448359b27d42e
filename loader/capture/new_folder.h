/* SPDX-License-Identifier: MIT */
/* A folder that comes into being whole: it is written beside its place and renamed in one step. */
#ifndef LOADER_CAPTURE_NEW_FOLDER_H
#define LOADER_CAPTURE_NEW_FOLDER_H

#include "loader/diag.h"

struct new_folder {
	char *path;	  /* the folder's final name */
	char *staging;	  /* the folder to write into; NULL when there is none any more */
	const char *name; /* what the final name is made of, the caller's; NULL: it was asked for */
};

/*
 * target: the folder asked for, new or empty; NULL: the first of capture-NAME,
 * capture-NAME-2, ... that does not exist. 0 or -1 (diagnosed).
 */
int new_folder_begin(struct new_folder *folder, const char *target, const char *name, struct diags *diags);
/* Gives what was written its name. 0 or -1: diagnosed; then it stays where it was written. */
int new_folder_finish(struct new_folder *folder, struct diags *diags);
/* Removes what was not finished. */
void new_folder_done(struct new_folder *folder);

#endif
