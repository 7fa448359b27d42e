/* SPDX-License-Identifier: MIT */
#include "loader/record/writer.h"
#include "loader/record/distinct.h"
#include "vm/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH_MS 100u

static uint32_t ms_since(const struct writer *writer)
{
	uint64_t ms = (clock_ns() - writer->began_ns) / NS_PER_MS;

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* --------------------------------------------------------------- writing -- */

static void fail(struct writer *writer, const char *path, int error)
{
	if (!writer->failed)
		diag_file_error(writer->diags, path, "cannot be written: %s", strerror(error));
	writer->failed = true;
}

/* A write that ends early (the disk is full) is taken back to whole units. */
static void put(struct writer *writer, int fd, const char *path, const void *data, size_t len, size_t unit)
{
	size_t done = 0;

	while (!writer->failed && done < len) {
		ssize_t n = write(fd, (const char *)data + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		fail(writer, path, n < 0 ? errno : EIO);
		off_t size = lseek(fd, 0, SEEK_CUR);
		if (size > 0 && ftruncate(fd, size - size % (off_t)unit) < 0)
			return;
	}
}

static void put_entry(struct writer *writer, const void *entry, size_t size);

static void end_run(struct writer *writer)
{
	struct index_run run = writer->run;

	writer->run.n = 0;
	if (run.n)
		put_entry(writer, &run, sizeof(run));
}

static void flush_data(struct writer *writer)
{
	if (writer->n_data)
		put(writer, writer->fd, writer->path, writer->data, writer->n_data * sizeof(*writer->data),
		    sizeof(*writer->data));
	writer->n_data = 0;
}

/* Records first: the index never speaks of what is not there. */
static void flush(struct writer *writer)
{
	size_t n = writer->n_index;

	flush_data(writer);
	writer->n_index = 0;
	if (n)
		put(writer, writer->index_fd, writer->index_path, writer->index, n, INDEX_UNIT);
	writer->flushed_ns = clock_ns();
}

static void put_entry(struct writer *writer, const void *entry, size_t size)
{
	if (writer->n_index + size > sizeof(writer->index))
		flush(writer);
	memcpy(writer->index + writer->n_index, entry, size);
	writer->n_index += size;
	writer->index_size += size;
}

static struct index_head head_of(enum index_kind kind, size_t size)
{
	return (struct index_head){ .kind = (uint8_t)kind, .units = (uint8_t)(size / INDEX_UNIT) };
}

int writer_flush_old(struct writer *writer)
{
	if (!writer->n_data && !writer->n_index && !writer->run.n)
		return -1;
	uint64_t age = (clock_ns() - writer->flushed_ns) / NS_PER_MS;
	if (age < FLUSH_MS)
		return (int)(FLUSH_MS - age);
	end_run(writer);
	flush(writer);
	return -1;
}

/* --------------------------------------------------------------- opening -- */

static int open_file(struct writer *writer, const char *path, bool *ret_made)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	*ret_made = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		fail(writer, path, errno);
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	diag_file_error(writer->diags, path,
			"is no regular file: records and their index are written to files");
	writer->failed = true;
	return -1;
}

/* The former contents go when there is something to write: the index first, it is about those records. */
static void begin(struct writer *writer)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	struct index_header header = {
		.magic = INDEX_MAGIC,
		.version = INDEX_VERSION,
		.record_size = sizeof(struct seccomp_data),
		.open = writer->open,
		.began = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec,
	};

	if (ftruncate(writer->index_fd, 0) < 0 || ftruncate(writer->fd, 0) < 0)
		fail(writer, writer->path, errno);
	writer->began_ns = writer->flushed_ns = clock_ns();
	put_entry(writer, &header, sizeof(header));
}

int writer_open(const char *path, bool distinct, struct diags *diags, struct writer **ret_writer)
{
	struct writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		out_of_memory();
	writer->diags = diags;
	writer->fd = writer->index_fd = -1;
	tally_init(&writer->counts);
	writer->path = strdup(path);
	writer->table = distinct ? distinct_new() : NULL;
	if (asprintf(&writer->index_path, "%s%s", path, INDEX_SUFFIX) < 0 || !writer->path ||
	    (distinct && !writer->table))
		out_of_memory();
	writer->fd = open_file(writer, path, &writer->made[0]);
	if (writer->fd >= 0)
		writer->index_fd = open_file(writer, writer->index_path, &writer->made[1]);
	if (writer->index_fd >= 0) {
		*ret_writer = writer;
		return 0;
	}
	writer_free(writer);
	return -1;
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	if (!writer->index_size && writer->made[0])
		unlink(writer->path);
	if (!writer->index_size && writer->made[1])
		unlink(writer->index_path);
	if (writer->index_size) {
		end_run(writer);
		flush(writer);
	}
	if (writer->fd >= 0)
		close(writer->fd);
	if (writer->index_fd >= 0)
		close(writer->index_fd);
	tally_done(&writer->counts);
	distinct_free(writer->table);
	free(writer->path);
	free(writer->index_path);
	free(writer);
}

/* --------------------------------------------------------------- records -- */

static void put_task(struct writer *writer, struct writer_task *task)
{
	struct index_task entry = { .head = head_of(INDEX_TASK, sizeof(entry)),
				    .pid = task->maker.pid,
				    .tid = task->maker.tid };

	memcpy(entry.comm, task->maker.comm, sizeof(entry.comm));
	/* Past 64 GiB of index no unit has a number: who made them is not known then. */
	uint64_t unit = writer->index_size / INDEX_UNIT;
	task->unit = unit <= UINT32_MAX ? (uint32_t)unit : 0;
	put_entry(writer, &entry, sizeof(entry));
}

static void begin_run(struct writer *writer, uint16_t open, struct writer_task *task)
{
	end_run(writer);
	if (!task->unit)
		put_task(writer, task);
	writer->run = (struct index_run){ .head = head_of(INDEX_RUN, sizeof(writer->run)),
					  .task = task->unit,
					  .ms = ms_since(writer) };
	writer->run.head.open = open;
}

bool writer_add(struct writer *writer, const struct seccomp_data *data, uint16_t open,
		struct writer_task *task)
{
	const struct vd_verdict none = { .filter = -1 };

	if (!writer->index_size)
		begin(writer);
	tally_add(&writer->counts, data, none, 0, 1);
	writer->calls++;
	if (writer->table && !distinct_add(writer->table, data, open))
		return !writer->failed;
	if (!writer->run.n || !task->unit || writer->run.task != task->unit ||
	    writer->run.head.open != open || writer->run.n == UINT32_MAX)
		begin_run(writer, open, task);
	writer->run.n++;
	writer->records++;
	writer->data[writer->n_data++] = *data;
	if (writer->n_data == sizeof(writer->data) / sizeof(*writer->data))
		flush_data(writer);
	return !writer->failed;
}

static void put_counts(struct writer *writer)
{
	struct tally_row **rows = tally_sorted(&writer->counts, TALLY_BY_TIME);

	for (size_t i = 0; i < writer->counts.rows; i++) {
		struct index_count entry = {
			.head = head_of(INDEX_COUNT, sizeof(entry)),
			.arch = rows[i]->first.arch,
			.nr = rows[i]->first.nr,
			.n = rows[i]->n,
		};
		put_entry(writer, &entry, sizeof(entry));
	}
	free(rows);
}

static void put_times(struct writer *writer)
{
	for (size_t i = 0; writer->table && i < distinct_count(writer->table); i++) {
		struct index_times entry = { .head = head_of(INDEX_TIMES, sizeof(entry)),
					     .n = distinct_times(writer->table, i) };
		put_entry(writer, &entry, sizeof(entry));
	}
}

int writer_finish(struct writer *writer, int wait_status)
{
	struct index_end end = { .head = head_of(INDEX_END, sizeof(end)),
				 .status = wait_status,
				 .records = writer->records,
				 .calls = writer->calls };

	if (!writer->index_size)
		begin(writer);
	end.ms = ms_since(writer);
	end_run(writer);
	put_counts(writer);
	put_times(writer);
	put_entry(writer, &end, sizeof(end));
	flush(writer);
	return writer->failed ? -1 : 0;
}
