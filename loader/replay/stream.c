/* SPDX-License-Identifier: MIT */
#include "loader/replay/stream.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int stream_open(struct stream *stream, const char *path, bool strict, struct diags *diags)
{
	struct stat st;

	stream->index.fd = -1;
	stream->next = stream->size = 0;
	stream->n = 0;
	if (log_open(path, strict, diags, &stream->log) < 0)
		return -1;
	if (fstat(stream->log.records.fd, &st) == 0 && S_ISREG(st.st_mode))
		stream->size = (uint64_t)st.st_size;
	if (stream->log.form == LOG_BINARY && strcmp(path, "-") != 0)
		index_open(path, diags, &stream->index);
	return 0;
}

void stream_close(struct stream *stream)
{
	log_close(&stream->log);
	index_close(&stream->index);
}

static bool next_binary(struct stream *stream, struct stretch *ret_stretch)
{
	struct seccomp_data rest;
	uint16_t open = 0;
	uint64_t times = 1;

	if (!stream->n)
		stream->n = records_batch(&stream->log.records, &stream->data);
	if (!stream->n) {
		/* A record that ends early is told of. */
		if (records_next(&stream->log.records, &rest) < 0)
			stream->log.faults++;
		return false;
	}
	size_t n = stream->n;
	if (stream->index.fd >= 0) {
		n = index_open_words(&stream->index, stream->next, n, &open);
		n = index_times(&stream->index, stream->next, n, &times);
	}
	*ret_stretch = (struct stretch){
		.data = stream->data, .n = n, .first = stream->next, .open = open, .times = times
	};
	stream->data += n;
	stream->n -= n;
	stream->next += n;
	return true;
}

bool stream_next(struct stream *stream, struct stretch *ret_stretch)
{
	int r;

	if (stream->log.form == LOG_BINARY)
		return next_binary(stream, ret_stretch);
	do {
		r = log_next(&stream->log, &stream->call, &stream->line);
	} while (r < 0);
	if (!r)
		return false;
	*ret_stretch = (struct stretch){ .data = &stream->call.data,
					 .n = 1,
					 .first = stream->next++,
					 .open = stream->call.open,
					 .times = 1 };
	return true;
}

void stream_maker(struct stream *stream, uint64_t record, struct maker *ret_maker)
{
	if (stream->log.form == LOG_BINARY) {
		index_maker(&stream->index, record, ret_maker);
		return;
	}
	*ret_maker = (struct maker){ .pid = stream->call.pid, .tid = stream->call.pid, .line = stream->line };
	memcpy(ret_maker->comm, stream->call.comm, sizeof(ret_maker->comm));
}

int stream_progress(const struct stream *stream)
{
	off_t at = lseek(stream->log.records.fd, 0, SEEK_CUR);

	if (!stream->size || at < 0)
		return -1;
	return (uint64_t)at < stream->size ? (int)((uint64_t)at * 1000 / stream->size) : 1000;
}
