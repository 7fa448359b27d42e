/* SPDX-License-Identifier: MIT */
/*
 * Files of records: a binary array of struct seccomp_data (64 bytes each, as
 * the kernel has them on x86-64), or text, one call a line, `#` comments. Read
 * piece by piece: memory does not grow with the file.
 */
#ifndef LOADER_RECORDS_H
#define LOADER_RECORDS_H

#include "loader/diag.h"
#include "vm/verdict.h"

struct records {
	int fd;
	char *name; /* as shown */
	struct diags *diags;
	bool binary;
	bool ended; /* nothing more to read */
	char *data;
	size_t at, len; /* of what was read and not yet used */
	size_t done;	/* records or lines before data + at */
};

/* "-" is stdin. 0 or -1 (diagnosed). */
int records_open(const char *path, struct diags *diags, struct records *ret_records);
/* The next record: 1, 0 at the end, -1 for one that is malformed (diagnosed: the next may be read). */
int records_next(struct records *records, struct seccomp_data *ret_data);
/*
 * Binary files: all whole records that are in memory now, more when there are
 * none; valid until the next call. 0: the end, or a rest that only
 * records_next() can tell about; text.
 */
size_t records_batch(struct records *records, const struct seccomp_data **ret_data);
/*
 * Texts: the next line as it stands, without its newline, valid until the next
 * call; records->done is its number. 1, 0 at the end, -1 for one that is too
 * long (passed over, not diagnosed).
 */
int records_line(struct records *records, const char **ret_line, size_t *ret_len);
void records_close(struct records *records);

#endif
