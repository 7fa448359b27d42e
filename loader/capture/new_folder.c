/* SPDX-License-Identifier: MIT */
#include "loader/capture/new_folder.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX 10000

static bool is_current_folder(const struct stat *st)
{
	struct stat here;

	return stat(".", &here) == 0 && here.st_dev == st->st_dev && here.st_ino == st->st_ino;
}

static bool is_empty(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, NULL);

	for (int i = 0; i < n; i++)
		free(entries[i]);
	if (n >= 0)
		free(entries);
	return n == 2;
}

static int taken(const char *target, const char *problem, struct diags *diags)
{
	diag_file_error(diags, target, "%s", problem);
	diag_hint(diags, "name a new folder, or an empty one: -o captured");
	return -1;
}

/* A folder that exists is taken when it is empty: renaming replaces it. */
static int take_existing(struct new_folder *folder, const char *target, struct diags *diags)
{
	struct stat st;

	if (stat(target, &st) < 0 || !S_ISDIR(st.st_mode))
		return taken(target, "exists, and is not a folder", diags);
	if (is_current_folder(&st))
		return taken(target, "is the current folder, which cannot be replaced", diags);
	if (!is_empty(target))
		return taken(target, "the folder is not empty", diags);
	folder->path = realpath(target, NULL);
	return 0;
}

static int take_target(struct new_folder *folder, const char *target, struct diags *diags)
{
	struct stat st;
	size_t len = strlen(target);

	if (!len)
		return taken(target, "the folder's name is empty", diags);
	if (lstat(target, &st) == 0)
		return take_existing(folder, target, diags);
	while (len > 1 && target[len - 1] == '/')
		len--;
	folder->path = strndup(target, len);
	return 0;
}

static int take_free_name(struct new_folder *folder, const char *name, struct diags *diags)
{
	struct stat st;

	for (int i = 1; i < NAMES_MAX; i++) {
		char *path;
		int r = i == 1 ? asprintf(&path, "capture-%s", name)
			       : asprintf(&path, "capture-%s-%d", name, i);
		if (r < 0)
			break;
		if (lstat(path, &st) < 0) {
			folder->path = path;
			return 0;
		}
		free(path);
	}
	diag_file_error(diags, "verdict capture", "no free name for the results: name a folder with -o");
	return -1;
}

static int make_staging(struct new_folder *folder, struct diags *diags)
{
	mode_t mask = umask(0);

	umask(mask);
	if (!folder->path || asprintf(&folder->staging, "%s.XXXXXX", folder->path) < 0) {
		folder->staging = NULL;
		diag_file_error(diags, "verdict capture", "out of memory");
		return -1;
	}
	if (!mkdtemp(folder->staging)) {
		diag_file_error(diags, folder->path, "cannot be made: %s", strerror(errno));
		free(folder->staging);
		folder->staging = NULL;
		return -1;
	}
	chmod(folder->staging, 0777 & ~mask);
	return 0;
}

int new_folder_begin(struct new_folder *folder, const char *target, const char *name, struct diags *diags)
{
	*folder = (struct new_folder){ .name = target ? NULL : name };
	int r = target ? take_target(folder, target, diags) : take_free_name(folder, name, diags);
	if (r == 0)
		r = make_staging(folder, diags);
	if (r < 0)
		new_folder_done(folder);
	return r;
}

int new_folder_finish(struct new_folder *folder, struct diags *diags)
{
	int r = rename(folder->staging, folder->path);

	/* a name that was free may have been taken meanwhile */
	while (r < 0 && folder->name && (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)) {
		char *taken = folder->path;
		if (take_free_name(folder, folder->name, diags) < 0)
			break;
		free(taken);
		r = rename(folder->staging, folder->path);
	}
	if (r < 0)
		diag_file_error(diags, folder->path, "cannot be made: %s; what was captured is in %s",
				strerror(errno), folder->staging);
	free(folder->staging);
	folder->staging = NULL;
	return r;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void new_folder_done(struct new_folder *folder)
{
	if (folder->staging)
		nftw(folder->staging, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(folder->staging);
	free(folder->path);
	*folder = (struct new_folder){ 0 };
}
