/* SPDX-License-Identifier: MIT */
/*
 * The index beside a file of records (FILE.idx): who made them, and which of
 * their words are not known. The records themselves are a plain array of
 * struct seccomp_data. Everything is in this machine's byte order; entries are
 * made of units of 16 bytes and begin with their kind and length, so that
 * unknown kinds can be passed over. What a recording that was interrupted has
 * written is valid: whole entries, of records that are in the file.
 *
 *   header  magic, version, when it began
 *   task    a task's ids and name; comes before its runs
 *   run     so many records, the next ones, were made by that task
 *   count   at the end: how often a call was made
 *   times   at the end, of distinct records: how often each, in their order
 *   end     it is complete
 */
#ifndef LOADER_RECORD_INDEX_H
#define LOADER_RECORD_INDEX_H

#include "loader/diag.h"
#include "vm/verdict.h"

#define INDEX_MAGIC "vdindex"
#define INDEX_VERSION 1
#define INDEX_UNIT 16
#define INDEX_SUFFIX ".idx"
#define INDEX_COMM 16

struct index_header {
	char magic[8];
	uint32_t version;
	uint32_t record_size; /* 64 */
	uint64_t began;	      /* nanoseconds since 1970 */
	uint32_t open;	      /* words that are not known of records without a run (of an import that was
				 interrupted) */
	uint32_t zero;
};

enum index_kind { INDEX_TASK = 1, INDEX_RUN, INDEX_COUNT, INDEX_TIMES, INDEX_END };

/* Of an entry, in its first 32 bits. */
struct index_head {
	uint8_t kind, units;
	uint16_t open; /* run: the words that are not known, as vd_stack_run_open() takes them */
};

struct index_task {
	struct index_head head;
	uint32_t pid, tid; /* 0: not known */
	uint32_t zero;
	char comm[INDEX_COMM]; /* ends with a NUL */
};

struct index_run {
	struct index_head head;
	uint32_t task; /* the unit of the file at which its entry is; 0: not known */
	uint32_t ms;   /* since the beginning; what is later than 49 days has all bits set */
	uint32_t n;
};

struct index_count {
	struct index_head head;
	uint32_t arch;
	int32_t nr;
	uint32_t zero;
	uint64_t n, zero2;
};

struct index_times {
	struct index_head head;
	uint32_t zero;
	uint64_t n;
};

struct index_end {
	struct index_head head;
	int32_t status; /* of the command, as waitpid() has it */
	uint64_t records;
	uint64_t calls; /* more than records where each stands for several */
	uint64_t ms;
};

/* Who made a record. */
struct maker {
	uint32_t pid, tid; /* 0: not known */
	char comm[INDEX_COMM];
	uint64_t line; /* of the log that it was read from; 0: of none */
};

/*
 * Reads along with the records. Constant memory; two places in the file: that
 * of the next records, and that of the last one whose maker was asked for.
 */
struct index_cursor {
	uint64_t at;	/* of the next entry, in bytes */
	uint64_t first; /* record of the run (or times) read last */
	uint64_t n;	/* records of it; 0: none was read */
	struct index_run run;
	bool ended;
	uint64_t block_at; /* what of the file is in the block */
	size_t block_len;
	char block[4096];
};

struct index {
	int fd;	       /* -1: there is no index */
	uint16_t open; /* of records without a run */
	bool complete; /* it has an end */
	bool distinct; /* records stand for several calls */
	struct index_cursor words, makers, times;
};

/*
 * The index of a file of records. There may be none, and one that is not for
 * these records (or not one at all) is warned of and left out.
 */
void index_open(const char *records, struct diags *diags, struct index *ret_index);
void index_close(struct index *index);
/*
 * The open words of record `first`, and of how many from it on, at most n; the
 * calls must go through the file in order.
 */
size_t index_open_words(struct index *index, uint64_t first, size_t n, uint16_t *ret_open);
/* Who made a record; the calls must go through the file in order. */
void index_maker(struct index *index, uint64_t record, struct maker *ret_maker);
/* How many calls record `record` stands for, and as many from it on, at most n; as above. */
size_t index_times(struct index *index, uint64_t record, size_t n, uint64_t *ret_times);

#endif
