/* SPDX-License-Identifier: MIT */
#include "loader/replay/replay.h"
#include "vm/clock.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

bool replay_changes(const struct replay *replay, const struct tally_row *row)
{
	return replay->n == 2 && vd_effective(row->verdict.ret) != vd_effective(row->old);
}

const char *replay_filter(const struct replay *replay, size_t policy, int filter)
{
	return filter < 0 ? NULL : replay->stacks[policy].names[filter];
}

const char *replay_word(unsigned word)
{
	static const char *const names[] = { "nr",	"arch",	   "ip.lo",   "ip.hi",	 "arg0.lo", "arg0.hi",
					     "arg1.lo", "arg1.hi", "arg2.lo", "arg2.hi", "arg3.lo", "arg3.hi",
					     "arg4.lo", "arg4.hi", "arg5.lo", "arg5.hi" };

	return names[word % 16];
}

/* ------------------------------------------------------------- counting -- */

static void note_first(struct replay *replay, struct tally *tally, struct tally_row *row,
		       const struct stretch *stretch, size_t i)
{
	struct replay_first *first = arena_alloc(&tally->arena, sizeof(*first));

	first->record = stretch->first + i;
	first->open = stretch->open;
	stream_maker(&replay->stream, first->record, &first->maker);
	for (size_t p = 0; p < 2; p++)
		first->filter[p] = p < replay->n ? judge_one(&replay->judges[p], &stretch->data[i]).filter
						 : -1;
	row->data = first;
}

static void count(struct replay *replay, struct tally *tally, const struct stretch *stretch, size_t i,
		  uint32_t ret, uint32_t old)
{
	const struct vd_verdict verdict = { .ret = ret, .filter = -1 };
	struct tally_row *row = tally_add(tally, &stretch->data[i], verdict, old, stretch->times);

	if (row && !row->data)
		note_first(replay, tally, row, stretch, i);
	if (tally == &replay->tally && replay->n == 2 && vd_effective(ret) != vd_effective(old))
		replay->changed += stretch->times;
}

/* Records of which some words are not known, one by one. */
static void count_open(struct replay *replay, const struct stretch *stretch)
{
	struct vd_verdict verdicts[2] = { { .ret = 0 }, { .ret = 0 } };

	for (size_t i = 0; i < stretch->n; i++) {
		int word = -1;
		for (size_t p = 0; p < replay->n && word < 0; p++)
			word = judge_open(&replay->judges[p], &stretch->data[i], stretch->open, &verdicts[p]);
		if (word >= 0)
			count(replay, &replay->unknown, stretch, i, (uint32_t)word, 0);
		else
			count(replay, &replay->tally, stretch, i, verdicts[replay->n - 1].ret,
			      replay->n == 2 ? verdicts[0].ret : 0);
	}
}

static void count_known(struct replay *replay, const struct stretch *stretch)
{
	static const uint32_t none[JUDGE_BATCH];
	uint32_t values[2][JUDGE_BATCH];
	struct stretch part = *stretch;

	for (size_t left = stretch->n; left; left -= part.n, part.data += part.n, part.first += part.n) {
		part.n = left < JUDGE_BATCH ? left : JUDGE_BATCH;
		for (size_t p = 0; p < replay->n; p++)
			judge_batch(&replay->judges[p], part.data, part.n, values[p]);
		const uint32_t *new = values[replay->n - 1], *old = replay->n == 2 ? values[0] : none;
		for (size_t i = 0; i < part.n; i++)
			count(replay, &replay->tally, &part, i, new[i], old[i]);
	}
}

/* ------------------------------------------------------------- progress -- */

#define PROGRESS_MS 250

static void show_progress(const struct replay *replay, uint64_t *shown_ms)
{
	uint64_t now = clock_ms();

	if (now - *shown_ms < PROGRESS_MS)
		return;
	*shown_ms = now;
	int done = stream_progress(&replay->stream);
	fprintf(stderr, "\r\033[K%" PRIu64 " records", replay->records);
	if (done >= 0)
		fprintf(stderr, ", %d.%d %%", done / 10, done % 10);
	fprintf(stderr, ", %" PRIu64 " denied", replay->tally.denied);
	fflush(stderr);
}

int replay_run(struct replay *replay, const char *path, bool strict)
{
	struct stretch stretch;
	uint64_t shown_ms = clock_ms(), begun_ms = shown_ms;

	replay->path = path;
	if (stream_open(&replay->stream, path, strict, replay->diags) < 0)
		return -1;
	while (stream_next(&replay->stream, &stretch)) {
		replay->records += stretch.n;
		if (stretch.open)
			count_open(replay, &stretch);
		else
			count_known(replay, &stretch);
		if (replay->progress)
			show_progress(replay, &shown_ms);
	}
	if (shown_ms != begun_ms)
		fputs("\r\033[K", stderr);
	replay->faults = replay->stream.log.faults;
	replay->is_log = replay->stream.log.form == LOG_STRACE || replay->stream.log.form == LOG_AUDIT;
	stream_close(&replay->stream);
	return 0;
}
