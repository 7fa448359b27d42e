/* SPDX-License-Identifier: MIT */
#include "fuzz/support/files.h"
#include "fuzz/support/support.h"
#include "loader/profile/profile.h"
#include "loader/source/kinds.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct file {
	char *name;
	const char *data;
	size_t len;
} files[FILES_MAX];
static size_t n_files;

static void add(const char *name, size_t name_len, const char *data, size_t len)
{
	if (n_files == FILES_MAX)
		return;
	files[n_files] = (struct file){ strndup(name, name_len), data, len };
	EXPECT(files[n_files].name != NULL, "no memory for a name");
	n_files++;
}

/* `-- NAME --`, and where the name stands in it. */
static bool is_header(const char *line, size_t len, const char **ret_name, size_t *ret_len)
{
	if (len < 7 || memcmp(line, "-- ", 3) || memcmp(line + len - 3, " --", 3) || memchr(line, '\0', len))
		return false;
	*ret_name = line + 3;
	*ret_len = len - 6;
	return true;
}

void files_set(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size, *begin = at, *name = "input", *next;
	size_t name_len = strlen(name);

	files_done();
	for (; at < end; at = next) {
		const char *new_name, *nl = memchr(at, '\n', (size_t)(end - at));
		size_t new_len, len = (size_t)((nl ? nl : end) - at);

		next = nl ? nl + 1 : end;
		if (!is_header(at, len, &new_name, &new_len))
			continue;
		add(name, name_len, begin, (size_t)(at - begin));
		name = new_name;
		name_len = new_len;
		begin = next;
	}
	add(name, name_len, begin, (size_t)(end - begin));
}

void files_done(void)
{
	while (n_files)
		free(files[--n_files].name);
}

static const struct file *find(const char *path)
{
	if (!strncmp(path, "./", 2))
		path += 2;
	for (size_t i = 0; i < n_files; i++)
		if (!strcmp(files[i].name, path))
			return &files[i];
	return NULL;
}

/* ------------------------------------------------------------------ */
/* What is called in the place of its namesake (ld --wrap)            */

int __wrap_text_read(const char *path, size_t limit, const struct span *place, struct diags *diags,
		     struct text *ret_text);
int __wrap_text_open(const char *path, const struct span *place, struct diags *diags);
char *__wrap_realpath(const char *path, char *resolved);
int __wrap_scandir(const char *path, struct dirent ***entries, int (*filter)(const struct dirent *),
		   int (*compare)(const struct dirent **, const struct dirent **));
int __wrap_pid_load(struct source *source, const char *id, const struct span *place, struct diags *diags);
int __wrap_pid_load_text(struct source *source, const struct text *text, const struct source_options *options,
			 struct diags *diags);
int __wrap_profile_compile(const struct profile *profile, const struct selection *selection,
			   const struct profile_options *options, struct diags *diags,
			   struct sock_filter **ret_insns, size_t *ret_len);

static int refuse(const char *path, const char *why, const struct span *place, struct diags *diags)
{
	if (place)
		diag_error(diags, place, "%s: %s", path, why);
	else
		diag_file_error(diags, path, "%s", why);
	return -1;
}

int __wrap_text_read(const char *path, size_t limit, const struct span *place, struct diags *diags,
		     struct text *ret_text)
{
	const struct file *file = find(path);

	if (!file)
		return refuse(path, strerror(ENOENT), place, diags);
	if (limit && file->len > limit)
		return refuse(path, "is too large", place, diags);
	EXPECT(text_from(path, file->data, file->len, ret_text) == 0, "no memory for a text");
	return 0;
}

int __wrap_text_open(const char *path, const struct span *place, struct diags *diags)
{
	const struct file *file = find(path);

	if (!file)
		return refuse(path, strerror(ENOENT), place, diags);
	int fd = memfd_create("input", MFD_CLOEXEC);
	EXPECT(fd >= 0 && pwrite(fd, file->data, file->len, 0) == (ssize_t)file->len, "no file in memory");
	return fd;
}

char *__wrap_realpath(const char *path, char *resolved)
{
	const struct file *file = find(path);

	errno = ENOENT;
	return file ? strdup(file->name) : NULL;
}

int __wrap_scandir(const char *path, struct dirent ***entries, int (*filter)(const struct dirent *),
		   int (*compare)(const struct dirent **, const struct dirent **))
{
	errno = ENOENT;
	return -1;
}

int __wrap_pid_load(struct source *source, const char *id, const struct span *place, struct diags *diags)
{
	return refuse(id, "is not looked at", place, diags);
}

int __wrap_pid_load_text(struct source *source, const struct text *text, const struct source_options *options,
			 struct diags *diags)
{
	return refuse("pid", "is not looked at", NULL, diags);
}

/* libseccomp is not ours, and needs a process of its own to be stopped in. */
int __wrap_profile_compile(const struct profile *profile, const struct selection *selection,
			   const struct profile_options *options, struct diags *diags,
			   struct sock_filter **ret_insns, size_t *ret_len)
{
	struct sock_filter *insns = malloc(sizeof(*insns));

	EXPECT(insns != NULL, "no memory");
	*insns = (struct sock_filter){ BPF_RET | BPF_K, 0, 0, profile->default_action.ret };
	*ret_insns = insns;
	*ret_len = 1;
	return 0;
}
