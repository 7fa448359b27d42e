/* SPDX-License-Identifier: MIT */
#include "loader/record/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_at(const struct index *index, uint64_t at, void *buf, size_t size)
{
	return pread(index->fd, buf, size, (off_t)at) == (ssize_t)size;
}

/* --------------------------------------------------------------- opening -- */

/* Whether the index is for a file of so many records; *ret_why says why not. */
static bool check(struct index *index, uint64_t records, const char **ret_why)
{
	struct index_header header;
	struct index_end end;
	struct stat st;

	*ret_why = "is not an index of records";
	if (fstat(index->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    !read_at(index, 0, &header, sizeof(header)) ||
	    memcmp(header.magic, INDEX_MAGIC, sizeof(header.magic)) != 0)
		return false;
	*ret_why = "is of another version or machine";
	if (header.version != INDEX_VERSION || header.record_size != sizeof(struct seccomp_data))
		return false;
	index->open = (uint16_t)header.open;
	if ((uint64_t)st.st_size < sizeof(header) + sizeof(end) ||
	    !read_at(index, (uint64_t)st.st_size - sizeof(end), &end, sizeof(end)) ||
	    end.head.kind != INDEX_END || end.head.units != sizeof(end) / INDEX_UNIT)
		return true;
	*ret_why = "is of other records";
	index->complete = true;
	index->distinct = end.calls != end.records;
	return end.records == records;
}

void index_open(const char *records, struct diags *diags, struct index *ret_index)
{
	struct stat st;
	const char *why;
	char *path;

	memset(ret_index, 0, sizeof(*ret_index));
	ret_index->fd = -1;
	if (stat(records, &st) < 0 || !S_ISREG(st.st_mode) ||
	    asprintf(&path, "%s%s", records, INDEX_SUFFIX) < 0)
		return;
	ret_index->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (ret_index->fd >= 0 &&
	    !check(ret_index, (uint64_t)st.st_size / sizeof(struct seccomp_data), &why)) {
		diag_file_warning(diags, path, "%s: who made them stays unknown", why);
		index_close(ret_index);
		memset(ret_index, 0, sizeof(*ret_index));
		ret_index->fd = -1;
	}
	free(path);
	ret_index->words.at = ret_index->makers.at = ret_index->times.at = sizeof(struct index_header);
}

void index_close(struct index *index)
{
	if (index && index->fd >= 0)
		close(index->fd);
	if (index)
		index->fd = -1;
}

/* --------------------------------------------------------------- entries -- */

/* One unit of the file. False: there is none. */
static bool read_unit(const struct index *index, struct index_cursor *cursor, void *unit)
{
	if (cursor->at < cursor->block_at || cursor->at + INDEX_UNIT > cursor->block_at + cursor->block_len) {
		ssize_t n = pread(index->fd, cursor->block, sizeof(cursor->block), (off_t)cursor->at);
		cursor->block_at = cursor->at;
		cursor->block_len = n > 0 ? (size_t)n : 0;
		if (cursor->block_len < INDEX_UNIT)
			return false;
	}
	memcpy(unit, cursor->block + (cursor->at - cursor->block_at), INDEX_UNIT);
	return true;
}

/* The next entry of a kind, whose first unit (all of it, for these) goes into unit. */
static bool next_entry(const struct index *index, struct index_cursor *cursor, enum index_kind kind,
		       void *unit)
{
	struct index_head head = { 0 };

	while (!cursor->ended && read_unit(index, cursor, unit)) {
		memcpy(&head, unit, sizeof(head));
		if (!head.units)
			break;
		cursor->at += (uint64_t)head.units * INDEX_UNIT;
		if (head.kind == kind)
			return true;
	}
	cursor->ended = true;
	return false;
}

/* The run that a record is in. False: there is none. */
static bool find_run(const struct index *index, struct index_cursor *cursor, uint64_t record)
{
	while (record - cursor->first >= cursor->n) {
		struct index_run run;
		cursor->first += cursor->n;
		cursor->n = 0;
		if (index->fd < 0 || !next_entry(index, cursor, INDEX_RUN, &run))
			return false;
		cursor->run = run;
		cursor->n = run.n;
	}
	return true;
}

size_t index_open_words(struct index *index, uint64_t first, size_t n, uint16_t *ret_open)
{
	struct index_cursor *cursor = &index->words;
	size_t same = 0;

	if (!find_run(index, cursor, first)) {
		*ret_open = index->open;
		return n;
	}
	uint16_t open = cursor->run.head.open;
	while (same < n && find_run(index, cursor, first + same) && cursor->run.head.open == open)
		same = (size_t)(cursor->first + cursor->n - first);
	*ret_open = open;
	return same < n ? same : n;
}

void index_maker(struct index *index, uint64_t record, struct maker *ret_maker)
{
	struct index_task task;

	*ret_maker = (struct maker){ 0 };
	if (!find_run(index, &index->makers, record) || !index->makers.run.task ||
	    !read_at(index, (uint64_t)index->makers.run.task * INDEX_UNIT, &task, sizeof(task)) ||
	    task.head.kind != INDEX_TASK)
		return;
	ret_maker->pid = task.pid;
	ret_maker->tid = task.tid;
	memcpy(ret_maker->comm, task.comm, sizeof(task.comm));
	ret_maker->comm[sizeof(task.comm) - 1] = '\0';
}

size_t index_times(struct index *index, uint64_t record, size_t n, uint64_t *ret_times)
{
	struct index_cursor *cursor = &index->times;
	struct index_times times;

	*ret_times = 1;
	if (index->fd < 0 || !index->distinct)
		return n;
	while (cursor->first <= record) {
		if (!next_entry(index, cursor, INDEX_TIMES, &times))
			return n;
		cursor->first++;
		cursor->n = times.n;
	}
	*ret_times = cursor->n;
	return 1;
}
