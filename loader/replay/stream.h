/* SPDX-License-Identifier: MIT */
/* Records from whatever holds them: a file of records with its index, calls as text, a log. Constant memory.
 */
#ifndef LOADER_REPLAY_STREAM_H
#define LOADER_REPLAY_STREAM_H

#include "loader/log/log.h"
#include "loader/record/index.h"

struct stream {
	struct log log;
	struct index index;
	uint64_t next; /* number of the next record, from 0 */
	uint64_t size; /* of the file in bytes, 0: not known */

	/* what was read of a file of records and not given yet */
	const struct seccomp_data *data;
	size_t n;
	/* the latest call of a log */
	struct log_call call;
	uint64_t line;
};

/* Some records that are alike in what is known of them. */
struct stretch {
	const struct seccomp_data *data; /* valid until the next one is asked for */
	size_t n;
	uint64_t first; /* number of the first */
	uint16_t open;	/* words that are not known */
	uint64_t times; /* calls that each stands for */
};

/* "-": stdin. 0 or -1 (diagnosed). */
int stream_open(struct stream *stream, const char *path, bool strict, struct diags *diags);
/* False: there are no more. What cannot be read is diagnosed and left out. */
bool stream_next(struct stream *stream, struct stretch *ret_stretch);
/* Who made record number `record` of the stretch given last; the calls must go in order. */
void stream_maker(struct stream *stream, uint64_t record, struct maker *ret_maker);
/* How much of the file was read, in thousandths; -1: that is not known. */
int stream_progress(const struct stream *stream);
void stream_close(struct stream *stream);

#endif
