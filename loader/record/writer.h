/* SPDX-License-Identifier: MIT */
/*
 * Writes records and their index as they come. Both files grow by whole
 * records and whole entries, records first: whatever ends the program, they
 * can be read.
 */
#ifndef LOADER_RECORD_WRITER_H
#define LOADER_RECORD_WRITER_H

#include "loader/record/index.h"
#include "loader/tally/tally.h"

/* A task that makes records, as the caller keeps it. */
struct writer_task {
	struct maker maker;
	uint32_t unit; /* of its entry in the index; 0: not written, or the name changed */
};

struct writer {
	struct diags *diags;
	char *path, *index_path;
	int fd, index_fd;
	bool made[2];  /* the files were not there before */
	bool failed;   /* diagnosed */
	uint16_t open; /* of records that no run speaks of, for want of time; set it before the first is added
			*/
	struct distinct *table; /* equal records are written once, and counted; NULL: all are written */
	uint64_t calls, records;
	uint64_t began_ns, flushed_ns; /* CLOCK_MONOTONIC */
	struct tally counts;	       /* by call; a verdict has no part in it */
	struct index_run run;	       /* not yet in the index; n 0: none */
	uint64_t index_size;
	size_t n_data, n_index;
	struct seccomp_data data[1024];
	char index[16384];
};

/* Both files stay as they are until there is something to write. distinct: see --unique. 0 or -1 (diagnosed).
 */
int writer_open(const char *path, bool distinct, struct diags *diags, struct writer **ret_writer);
/* false: a file cannot be written (diagnosed, once). */
bool writer_add(struct writer *writer, const struct seccomp_data *data, uint16_t open,
		struct writer_task *task);
/*
 * Writes what has been gathered for a tenth of a second. In how many
 * milliseconds it wants to be called again, -1: when there is more.
 */
int writer_flush_old(struct writer *writer);
/* Ends the index. 0 or -1 (diagnosed). */
int writer_finish(struct writer *writer, int wait_status);
/* What was not finished stays readable; files that were made for nothing are removed. NULL is fine. */
void writer_free(struct writer *writer);

#endif
