/* SPDX-License-Identifier: MIT */
#include "loader/records.h"
#include "loader/call.h"
#include "loader/expr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_SIZE sizeof(struct seccomp_data)
#define BLOCK 65536 /* read at once; no line is longer; a multiple of RECORD_SIZE */

/* Makes room, then reads until the block is full or the file ends. */
static void fill(struct records *records)
{
	memmove(records->data, records->data + records->at, records->len - records->at);
	records->len -= records->at;
	records->at = 0;
	while (!records->ended && records->len < BLOCK) {
		ssize_t got = read(records->fd, records->data + records->len, BLOCK - records->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			diag_file_error(records->diags, records->name, "%s", strerror(errno));
		if (got <= 0)
			records->ended = true;
		else
			records->len += (size_t)got;
	}
}

int records_open(const char *path, struct diags *diags, struct records *ret_records)
{
	struct records records = { .fd = text_open(path, NULL, diags), .diags = diags };

	if (records.fd < 0)
		return -1;
	records.name = strdup(strcmp(path, "-") ? path : "<stdin>");
	records.data = malloc(BLOCK + 1);
	if (!records.name || !records.data) {
		diag_file_error(diags, path, "out of memory");
		records_close(&records);
		return -1;
	}
	fill(&records);
	/* Every record has zero bytes (nr and arch leave some), no text has one. */
	records.binary = memchr(records.data, '\0', records.len) != NULL;
	*ret_records = records;
	return 0;
}

void records_close(struct records *records)
{
	if (!records)
		return;
	if (records->fd > STDIN_FILENO)
		close(records->fd);
	free(records->name);
	free(records->data);
	*records = (struct records){ .fd = -1 };
}

static int next_binary(struct records *records, struct seccomp_data *ret_data)
{
	size_t left = records->len - records->at;

	if (left < RECORD_SIZE && !records->ended) {
		fill(records);
		left = records->len;
	}
	if (!left)
		return 0;
	if (left < RECORD_SIZE) {
		diag_file_error(records->diags, records->name,
				"ends within record %zu: %zu of its %zu bytes are there", records->done + 1,
				left, RECORD_SIZE);
		records->at = records->len;
		return -1;
	}
	memcpy(ret_data, records->data + records->at, RECORD_SIZE);
	records->at += RECORD_SIZE;
	records->done++;
	return 1;
}

size_t records_batch(struct records *records, const struct seccomp_data **ret_data)
{
	if (!records->binary)
		return 0;
	if (records->len - records->at < RECORD_SIZE && !records->ended)
		fill(records);
	size_t n = (records->len - records->at) / RECORD_SIZE;
	/* Aligned: blocks come from malloc(), and records are taken whole. */
	*ret_data = (const struct seccomp_data *)(const void *)(records->data + records->at);
	records->at += n * RECORD_SIZE;
	records->done += n;
	return n;
}

/* The next line without its end, at *ret_line. false: there is none. */
static bool next_line(struct records *records, size_t *ret_line, size_t *ret_len)
{
	size_t left = records->len - records->at;
	char *end = memchr(records->data + records->at, '\n', left);

	if (!end && !records->ended) {
		fill(records);
		left = records->len;
		end = memchr(records->data, '\n', left);
	}
	if (!left)
		return false;
	*ret_line = records->at;
	*ret_len = end ? (size_t)(end - records->data) - records->at : left;
	records->at += *ret_len + (end != NULL);
	records->done++;
	return true;
}

/* The rest of a line of which a whole block was read. */
static void skip_line(struct records *records)
{
	size_t at, len;

	while (next_line(records, &at, &len)) {
		records->done--;
		if (len < BLOCK || records->data[at + len - 1] == '\n')
			break;
	}
}

int records_line(struct records *records, const char **ret_line, size_t *ret_len)
{
	size_t at, len;

	if (!next_line(records, &at, &len))
		return 0;
	if (len == BLOCK) {
		skip_line(records);
		return -1;
	}
	*ret_line = records->data + at;
	*ret_len = len;
	return 1;
}

static int parse_line(struct records *records, size_t at, size_t len, struct seccomp_data *ret_data)
{
	char *line = records->data + at;
	struct text text = { .name = records->name,
			     .data = line,
			     .len = len,
			     .lines_before = (unsigned)records->done - 1,
			     .exact = true };
	struct span span = span_all(&text);
	char after = line[len];

	/* Texts end with a NUL; the byte is the line's end, or the next one's of a block. */
	line[len] = '\0';
	int r = call_parse(&span, records->diags, ret_data);
	line[len] = after;
	return r < 0 ? -1 : 1;
}

/* Blank or a comment. A '#' after a call starts one too: no call holds it. */
static bool strip_comment(const char *line, size_t *len)
{
	const char *hash = memchr(line, '#', *len);

	if (hash)
		*len = (size_t)(hash - line);
	while (*len && strchr(" \t\r", line[*len - 1]))
		--*len;
	for (size_t i = 0; i < *len; i++)
		if (line[i] != ' ' && line[i] != '\t')
			return false;
	return true;
}

static int refuse_line(struct records *records)
{
	struct text text = { .name = records->name,
			     .data = records->data,
			     .lines_before = (unsigned)records->done - 1,
			     .exact = true };
	struct span where = span_all(&text);

	diag_error(records->diags, &where, "the line is longer than %d bytes: the rest is not read",
		   BLOCK - 1);
	records->at = records->len;
	records->ended = true;
	return -1;
}

int records_next(struct records *records, struct seccomp_data *ret_data)
{
	size_t at, len;

	if (records->binary)
		return next_binary(records, ret_data);
	while (next_line(records, &at, &len)) {
		if (len == BLOCK)
			return refuse_line(records);
		if (!strip_comment(records->data + at, &len))
			return parse_line(records, at, len, ret_data);
	}
	return 0;
}
