/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/diff/diff.h"
#include "loader/replay/replay.h"
#include "loader/trace.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* "record 81, make (1234)", "line 7, ls (1234)". */
static void print_place(const struct replay_first *first, FILE *out)
{
	const struct maker *maker = &first->maker;

	if (maker->line)
		fprintf(out, "line %" PRIu64, maker->line);
	else
		fprintf(out, "record %" PRIu64, first->record);
	if (maker->comm[0])
		fprintf(out, ", %s", maker->comm);
	if (maker->tid)
		fprintf(out, maker->comm[0] ? " (%u)" : ", task %u", maker->tid);
}

static void print_summary(const struct replay *replay, FILE *out)
{
	const struct tally *tally = &replay->tally;
	uint64_t calls = tally->calls + replay->unknown.calls;

	fprintf(out, "%" PRIu64 " call%s", calls, plural(calls));
	if (calls != replay->records)
		fprintf(out, " in %" PRIu64 " record%s", replay->records, plural(replay->records));
	if (replay->n == 2)
		fprintf(out, ", %" PRIu64 " decided differently", replay->changed);
	else
		fprintf(out, ", %" PRIu64 " denied", tally->denied);
	if (replay->unknown.calls)
		fprintf(out, ", %" PRIu64 " not decided by what is known of them", replay->unknown.calls);
	fputs("\n", out);
}

static void print_verdicts(const struct replay *replay, FILE *out)
{
	struct tally_row **rows = tally_sorted(&replay->tally, TALLY_BY_VERDICT);
	char verdict[128];

	for (size_t i = 0; i < replay->tally.rows;) {
		uint32_t ret = rows[i]->verdict.ret;
		uint64_t n = 0;
		for (; i < replay->tally.rows && rows[i]->verdict.ret == ret; i++)
			n += rows[i]->n;
		verdict_format(ret, verdict, sizeof(verdict));
		fprintf(out, "%10" PRIu64 "  %s\n", n, verdict);
	}
	free(rows);
}

static void print_rows(const struct replay *replay, FILE *out)
{
	struct tally_row **rows = tally_sorted(&replay->tally, TALLY_BY_VERDICT);

	for (size_t i = 0; i < replay->tally.rows; i++)
		rows[i]->verdict.filter = ((struct replay_first *)rows[i]->data)->filter[0];
	free(rows);
	tally_print(&replay->tally, replay->stacks[0].names, out);
}

static void print_denials(const struct replay *replay, FILE *out)
{
	struct tally_row **rows = tally_sorted(&replay->tally, TALLY_BY_TIME);
	char call[CALL_TEXT_MAX], verdict[96];

	if (replay->tally.denied)
		fputs("\nthe first call of each denial, to paste after verdict eval SOURCE... --\n", out);
	for (size_t i = 0; i < replay->tally.rows; i++) {
		if (!verdict_denies(rows[i]->verdict.ret))
			continue;
		call_format(&rows[i]->first, call, sizeof(call));
		vd_action_format(rows[i]->verdict.ret, verdict, sizeof(verdict));
		fprintf(out, "  '%s'\n    # %s: ", call, verdict);
		print_place(rows[i]->data, out);
		fputs("\n", out);
	}
	free(rows);
}

static void print_unknown(const struct replay *replay, FILE *out)
{
	struct tally_row **rows = tally_sorted(&replay->unknown, TALLY_BY_COUNT);
	char call[64];

	if (replay->unknown.rows)
		fputs("\ndepend on what is not known of them\n     calls  word     system call\n", out);
	for (size_t i = 0; i < replay->unknown.rows; i++) {
		tally_call_name(rows[i], call, sizeof(call));
		fprintf(out, "%10" PRIu64 "  %-8s %s, first: ", rows[i]->n, replay_word(rows[i]->verdict.ret),
			call);
		print_place(rows[i]->data, out);
		fputs("\n", out);
	}
	free(rows);
}

static void print_change(const struct tally_row *row, FILE *out, bool colour)
{
	static const char *const paint[] = { "\033[1;31m", "\033[32m", "\033[33m" };
	const uint32_t ret[2] = { row->old, row->verdict.ret };
	enum diff_sense sense = diff_sense_of(ret);
	char call[CALL_TEXT_MAX], name[64], old[96], new[96];

	tally_call_name(row, name, sizeof(name));
	vd_action_format(ret[0], old, sizeof(old));
	vd_action_format(ret[1], new, sizeof(new));
	call_format(&row->first, call, sizeof(call));
	fprintf(out, "%10" PRIu64 "  %s%-8s%s  %s: %s -> %s\n", row->n, colour ? paint[sense] : "",
		diff_sense_name(sense), colour ? "\033[0m" : "", name, old, new);
	fprintf(out, "            '%s'\n            # ", call);
	print_place(row->data, out);
	fputs("\n", out);
}

static void print_changes(const struct replay *replay, FILE *out, bool colour)
{
	struct tally_row **rows = tally_sorted(&replay->tally, TALLY_BY_COUNT);

	if (replay->changed)
		fputs("\n     calls\n", out);
	for (size_t i = 0; i < replay->tally.rows; i++)
		if (replay_changes(replay, rows[i]))
			print_change(rows[i], out, colour);
	free(rows);
}

void replay_text(const struct replay *replay, FILE *out, bool colour)
{
	print_summary(replay, out);
	if (replay->n == 2) {
		print_changes(replay, out, colour);
	} else {
		print_verdicts(replay, out);
		if (replay->tally.rows)
			print_rows(replay, out);
		print_denials(replay, out);
	}
	print_unknown(replay, out);
}
