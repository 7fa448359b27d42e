/* SPDX-License-Identifier: MIT */
#include "loader/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void clear(struct output *output)
{
	free(output->path);
	free(output->temp);
	free(output->target);
	*output = (struct output){ 0 };
}

static int cannot(struct output *output, const char *path, int error, struct diags *diags)
{
	diag_file_error(diags, path, "cannot be written: %s", strerror(error));
	clear(output);
	return -1;
}

/* As a newly created file has it; mkstemp() makes private ones. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int open_beside(struct output *output, const struct stat *old)
{
	if (asprintf(&output->temp, "%s.XXXXXX", output->target) < 0) {
		output->temp = NULL;
		return -ENOMEM;
	}
	int fd = mkstemp(output->temp);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, old ? old->st_mode & 07777 : usual_mode()) == 0)
		output->file = fdopen(fd, "w");
	if (output->file)
		return 0;
	int error = -errno;
	close(fd);
	unlink(output->temp);
	return error;
}

/* A terminal, /dev/null, a FIFO: nothing to rename onto. */
static int open_in_place(struct output *output)
{
	output->file = fopen(output->target, "we");
	return output->file ? 0 : -errno;
}

int output_open(const char *path, struct diags *diags, struct output *ret_output)
{
	struct output output = { .file = stdout };
	struct stat st;
	int r;

	if (!path || !strcmp(path, "-")) {
		*ret_output = output;
		return 0;
	}
	output.file = NULL;
	output.path = strdup(path);
	output.target = realpath(path, NULL);
	if (!output.target)
		output.target = strdup(path);
	if (!output.path || !output.target)
		return cannot(&output, path, ENOMEM, diags);
	bool exists = stat(output.target, &st) == 0;
	if (exists && S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (exists && !S_ISREG(st.st_mode))
		r = open_in_place(&output);
	else
		r = open_beside(&output, exists ? &st : NULL);
	if (r < 0)
		return cannot(&output, path, -r, diags);
	*ret_output = output;
	return 0;
}

int output_commit(struct output *output, struct diags *diags)
{
	bool failed = fflush(output->file) != 0 || ferror(output->file);
	int error = errno ? errno : EIO;

	if (!output->path) {
		if (!failed)
			return 0;
		clearerr(output->file); /* said here, not once more at the end */
		return cannot(output, "<stdout>", error, diags);
	}
	if (fclose(output->file) != 0 && !failed) {
		failed = true;
		error = errno;
	}
	if (!failed && output->temp && rename(output->temp, output->target) < 0) {
		failed = true;
		error = errno;
	}
	if (failed) {
		if (output->temp)
			unlink(output->temp);
		return cannot(output, output->path, error, diags);
	}
	clear(output);
	return 0;
}

void output_abort(struct output *output)
{
	if (!output || !output->path)
		return;
	fclose(output->file);
	if (output->temp)
		unlink(output->temp);
	clear(output);
}
