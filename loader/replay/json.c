/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/diff/diff.h"
#include "loader/replay/replay.h"

#include <stdlib.h>

static void number(struct json *json, const char *key, uint64_t value)
{
	json_key(json, key);
	json_number(json, (long long)value);
}

/* Who made a row's first record, and what of it is not known. */
static void put_place(struct json *json, const struct replay_first *first)
{
	number(json, "record", first->record);
	if (first->maker.line)
		number(json, "line", first->maker.line);
	json_key(json, "pid");
	if (first->maker.pid)
		json_number(json, first->maker.pid);
	else
		json_null(json);
	json_key(json, "tid");
	if (first->maker.tid)
		json_number(json, first->maker.tid);
	else
		json_null(json);
	json_key(json, "command");
	json_string(json, first->maker.comm[0] ? first->maker.comm : NULL);
	json_key(json, "open");
	json_array(json);
	for (unsigned word = 0; word < 16; word++)
		if (first->open >> word & 1)
			json_string(json, replay_word(word));
	json_end(json, ']');
}

static void put_verdict(struct json *json, const char *key, const struct replay *replay, size_t policy,
			uint32_t ret, const struct replay_first *first)
{
	const struct vd_verdict verdict = { .ret = ret, .filter = first->filter[policy] };

	json_key(json, key);
	verdict_json(json, &verdict, replay_filter(replay, policy, verdict.filter));
}

static void put_row(struct json *json, const struct replay *replay, const struct tally_row *row)
{
	const struct replay_first *first = row->data;

	if (replay->n == 1) {
		struct tally_row shown = *row;
		shown.verdict.filter = first->filter[0];
		tally_row_json(json, &shown, replay_filter(replay, 0, first->filter[0]));
	} else {
		const uint32_t ret[2] = { row->old, row->verdict.ret };
		json_object(json);
		number(json, "count", row->n);
		json_key(json, "sense");
		json_string(json, diff_sense_name(diff_sense_of(ret)));
		put_verdict(json, "old", replay, 0, row->old, first);
		put_verdict(json, "new", replay, 1, row->verdict.ret, first);
		json_key(json, "first");
		call_json(json, &row->first);
	}
	put_place(json, first);
	json_end(json, '}');
}

static void put_unknown(struct json *json, const struct replay *replay)
{
	struct tally_row **rows = tally_sorted(&replay->unknown, TALLY_BY_COUNT);

	json_key(json, "not_decided");
	json_array(json);
	for (size_t i = 0; i < replay->unknown.rows; i++) {
		json_object(json);
		number(json, "count", rows[i]->n);
		json_key(json, "depends_on");
		json_string(json, replay_word(rows[i]->verdict.ret));
		json_key(json, "first");
		call_json(json, &rows[i]->first);
		put_place(json, rows[i]->data);
		json_end(json, '}');
	}
	json_end(json, ']');
	free(rows);
}

void replay_json(const struct replay *replay, FILE *out)
{
	struct tally_row **rows = tally_sorted(&replay->tally, TALLY_BY_VERDICT);
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	number(&json, "records", replay->records);
	number(&json, "calls", replay->tally.calls + replay->unknown.calls);
	number(&json, "unread", replay->faults);
	number(&json, "undecided", replay->unknown.calls);
	if (replay->n == 2)
		number(&json, "changed", replay->changed);
	else
		number(&json, "denied", replay->tally.denied);
	json_key(&json, replay->n == 2 ? "changes" : "rows");
	json_array(&json);
	for (size_t i = 0; i < replay->tally.rows; i++)
		if (replay->n == 1 || replay_changes(replay, rows[i]))
			put_row(&json, replay, rows[i]);
	json_end(&json, ']');
	put_unknown(&json, replay);
	json_end(&json, '}');
	json_finish(&json);
	free(rows);
}
