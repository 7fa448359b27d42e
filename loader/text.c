/* SPDX-License-Identifier: MIT */
#include "loader/text.h"
#include "loader/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int text_from(const char *name, const char *data, size_t len, struct text *ret_text)
{
	char *name_copy = strdup(name);
	char *copy = malloc(len + 1);

	if (!name_copy || !copy) {
		free(name_copy);
		free(copy);
		return -ENOMEM;
	}
	if (len)
		memcpy(copy, data, len);
	copy[len] = '\0';
	*ret_text = (struct text){ .name = name_copy, .data = copy, .len = len, .exact = true };
	return 0;
}

void text_done(struct text *text)
{
	if (!text)
		return;
	free(text->name);
	free(text->data);
	*text = (struct text){ 0 };
}

/* Says why a file cannot be read: at the place that named it, or by its path. */
static int refuse(struct diags *diags, const struct span *place, const char *path, const char *why)
{
	if (place)
		diag_error(diags, place, "%s: %s", path, why);
	else
		diag_file_error(diags, path, "%s", why);
	return -1;
}

/* A regular file, or a stream that somebody handed over as one (stdin, a process substitution). */
static const char *unreadable(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return "is a folder, not a file";
	if (S_ISREG(st.st_mode) || !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/self/fd/", 14))
		return NULL;
	if (S_ISFIFO(st.st_mode))
		return "is a FIFO, not a file (use - to read from a pipe)";
	return "is a device, not a file";
}

/* Why open() failed. Of a socket it says "No such device or address". */
static const char *unopened(const char *path)
{
	int error = errno;
	struct stat st;

	if (error == ENXIO && stat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		return "is a socket, not a file";
	return strerror(error);
}

/* Reads to the end; *ret_data is NUL-terminated. 0, -EFBIG past limit, or another negative errno. */
static int read_all(int fd, size_t limit, char **ret_data, size_t *ret_len)
{
	size_t cap = 65536, len = 0;
	char *data = malloc(cap + 1);

	while (data) {
		ssize_t got = read(fd, data + len, cap - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || len + (size_t)got > limit) {
			int error = got < 0 ? -errno : -EFBIG;
			free(data);
			return error;
		}
		if (got == 0) {
			data[len] = '\0';
			*ret_data = data;
			*ret_len = len;
			return 0;
		}
		len += (size_t)got;
		if (len == cap) {
			char *more = realloc(data, 2 * cap + 1);
			if (!more)
				free(data);
			data = more;
			cap *= 2;
		}
	}
	return -ENOMEM;
}

static const char *shown_name(const char *path)
{
	return strcmp(path, "-") ? path : "<stdin>";
}

int text_open(const char *path, const struct span *place, struct diags *diags)
{
	if (!strcmp(path, "-"))
		return STDIN_FILENO;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *why = fd < 0 ? unopened(path) : unreadable(fd, path);

	if (!why) {
		(void)fcntl(fd, F_SETFL, 0);
		return fd;
	}
	refuse(diags, place, path, why);
	if (fd >= 0)
		close(fd);
	return -1;
}

int text_read(const char *path, size_t limit, const struct span *place, struct diags *diags,
	      struct text *ret_text)
{
	struct text text = { .exact = true };
	int fd = text_open(path, place, diags);
	char why[64];

	if (fd < 0)
		return -1;
	if (!limit)
		limit = TEXT_SIZE_MAX;
	int r = read_all(fd, limit, &text.data, &text.len);
	if (fd != STDIN_FILENO)
		close(fd);
	if (r == 0) {
		text.name = strdup(shown_name(path));
		r = text.name ? 0 : -ENOMEM;
	}
	if (r < 0) {
		free(text.data);
		snprintf(why, sizeof(why), "is larger than %zu bytes", limit);
		return refuse(diags, place, shown_name(path),
			      r == -EFBIG			  ? why
			      : r == -EBADF && fd == STDIN_FILENO ? "is closed"
								  : strerror(-r));
	}
	*ret_text = text;
	return 0;
}

/* Line (from 0) and column (from 0) of an offset. */
static void locate(const struct text *text, size_t off, unsigned *ret_line, unsigned *ret_column)
{
	const char *at = text->data, *end = text->data + (off < text->len ? off : text->len);
	unsigned line = 0;

	for (const char *nl; (nl = memchr(at, '\n', (size_t)(end - at))); at = nl + 1)
		line++;
	*ret_line = line;
	*ret_column = (unsigned)(end - at);
}

/* Offset of a line (from 1) and a column (from 0); the end of the line or the text past it. */
static size_t offset_of(const struct text *text, unsigned line, unsigned column)
{
	const char *at = text->data, *end = text->data + text->len;

	for (unsigned i = 1; i < line; i++) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		if (!nl)
			return text->len;
		at = nl + 1;
	}
	/* an empty line inside an indented piece has no such column */
	const char *line_end = memchr(at, '\n', (size_t)(end - at));
	size_t length = (size_t)((line_end ? line_end : end) - at);
	return (size_t)(at - text->data) + (column < length ? column : length);
}

struct place span_place(const struct span *span)
{
	struct span at = *span;
	unsigned line, column;

	while (at.text->outer) {
		const struct text *piece = at.text;
		locate(piece, piece->exact ? at.off : 0, &line, &column);
		column += line ? piece->indent : piece->first_column;
		at.text = piece->outer;
		at.off = offset_of(at.text, piece->outer_line + line, column);
		if (!piece->exact)
			at.len = 0;
	}
	locate(at.text, at.off, &line, &column);
	return (struct place){
		.text = at.text,
		.line = at.text->lines_before + line + 1,
		.column = column + 1,
		.off = at.off,
		.len = at.len,
	};
}

size_t utf8_length(const char *text, size_t len)
{
	/*
	 * By the first byte: how many bytes, and the smallest character that needs them (no overlong
	 * forms).
	 */
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 }
	};

	for (size_t n = 1; n <= 4 && n <= len; n++) {
		unsigned char first = (unsigned char)text[0];
		uint32_t c = first & (unsigned char)~forms[n - 1].mask;

		if ((first & forms[n - 1].mask) != forms[n - 1].lead)
			continue;
		for (size_t i = 1; i < n; i++) {
			if (((unsigned char)text[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | ((unsigned char)text[i] & 0x3f);
		}
		return c < forms[n - 1].least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
	}
	return 0;
}
