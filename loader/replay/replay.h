/* SPDX-License-Identifier: MIT */
/* What a policy, or two of them, decides on calls that were made: replay.c (the counting), text.c, json.c. */
#ifndef LOADER_REPLAY_REPLAY_H
#define LOADER_REPLAY_REPLAY_H

#include "loader/judge.h"
#include "loader/record/index.h"
#include "loader/replay/stream.h"
#include "loader/source/source.h"
#include "loader/tally/tally.h"

/* Of the first call of a row. */
struct replay_first {
	uint64_t record; /* its number, from 0 */
	struct maker maker;
	uint16_t open; /* words of it that are not known */
	int filter[2]; /* that decided, by policy; -1: none */
};

struct replay {
	const char *path;
	struct diags *diags;
	size_t n; /* policies: 1, or 2 that are compared: old, new */
	struct filter_stack stacks[2];
	struct judge judges[2];

	/* Rows by call and value (the new policy's), and the old one's value; data is a struct replay_first.
	 */
	struct tally tally;
	/* The same where the verdict depends on a word that is not known: ret is its number. */
	struct tally unknown;
	uint64_t records;
	uint64_t changed; /* calls that the policies decide differently */
	uint64_t faults;  /* lines, or records, that could not be read */
	bool is_log;
	bool progress;
	struct stream stream;
};

/* Reads all records. 0 or -1 (diagnosed). */
int replay_run(struct replay *replay, const char *path, bool strict);
/* Whether the kernel acts differently on the values of a row. */
bool replay_changes(const struct replay *replay, const struct tally_row *row);
/* The name of a filter; NULL: none decided. */
const char *replay_filter(const struct replay *replay, size_t policy, int filter);
/* "arg0.hi": of a word that is not known. */
const char *replay_word(unsigned word);

void replay_text(const struct replay *replay, FILE *out, bool colour);
void replay_json(const struct replay *replay, FILE *out);

#endif
