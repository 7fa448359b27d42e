/* SPDX-License-Identifier: MIT */
#include "fuzz/search/report.h"
#include "fuzz/search/write.h"
#include "loader/call.h"
#include "loader/trace.h"

#include <inttypes.h>
#include <string.h>

size_t hunt_count(const struct hunt *hunt, enum goal_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < hunt->goals->n; i++)
		n += hunt->states[i].status == status;
	return n;
}

static void coverage(const struct hunt *hunt, size_t *ret_taken, size_t *ret_all)
{
	size_t taken, all;

	*ret_taken = *ret_all = 0;
	for (size_t i = 0; i < hunt->n_grounds; i++) {
		if (!hunt->grounds[i].explored)
			continue;
		ground_coverage(&hunt->grounds[i], &taken, &all);
		*ret_taken += taken;
		*ret_all += all;
	}
}

/* 12,345,678 */
static const char *grouped(uint64_t value, char *buf, size_t size)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	size_t at = 0;

	for (int i = 0; i < n && at + 2 < size; i++) {
		buf[at++] = digits[i];
		if ((n - i - 1) % 3 == 0 && i + 1 < n)
			buf[at++] = ',';
	}
	buf[at] = '\0';
	return buf;
}

static const char *filter_name(const struct goal *goal, const struct goal_state *state)
{
	int filter = state->answer.verdict.filter;
	const struct filter_stack *stack = &goal->claim.stack->stacks[state->answer.box->big_endian];

	return filter < 0 ? NULL : stack->names[filter];
}

/* ---------------------------------------------------------------- text -- */

static void print_found(const struct goal *goal, const struct goal_state *state, const char *path, FILE *out,
			bool colour)
{
	char call[CALL_TEXT_MAX], verdict[96], expected[128], number[32];
	const char *by = filter_name(goal, state);

	fprintf(out, "%sfound%s: %s", colour ? "\033[31m" : "", colour ? "\033[0m" : "", goal->name);
	if (goal->test)
		fprintf(out, "\n  %s:%u", goal->test->file->path, goal->test->line);
	call_format(&state->answer.record, call, sizeof(call));
	verdict_format(state->answer.verdict.ret, verdict, sizeof(verdict));
	expected_format(goal, state, expected, sizeof(expected));
	fprintf(out, "\n  %s\n    is %s%s%s", call, verdict, by ? " by " : "", by ? by : "");
	if (goal->kind != GOAL_FIND)
		fprintf(out, "\n    expected: %s", expected);
	fputc('\n', out);
	if (state->has_near) {
		call_format(&state->near, call, sizeof(call));
		verdict_format(state->near_verdict.ret, verdict, sizeof(verdict));
		fprintf(out, "  %u bit%s away: %s\n    is %s\n", state->near_bits,
			state->near_bits == 1 ? "" : "s", call, verdict);
	}
	if (state->by_proof)
		fputs("  found by the prover", out);
	else
		fprintf(out, "  found after %s records", grouped(state->after, number, sizeof(number)));
	if (path)
		fprintf(out, "\n  case file: %s", path);
	fputc('\n', out);
}

static const char *how_known(const struct goal_state *state)
{
	return state->answer.basis == BASIS_PROVED ? "proved" : "all were run";
}

/* What became of the only goal, in one line. */
static void print_single(const struct hunt *hunt, FILE *out)
{
	const struct goal_state *state = &hunt->states[0];
	char number[32];

	if (state->status == HUNT_HOLDS && !hunt->goals->items[0].claim.n)
		fputs("no such record: the stack returns no value that it asks for\n", out);
	else if (state->status == HUNT_HOLDS)
		fprintf(out, "no such record: %s in %.1f s\n", how_known(state), hunt->proof_seconds);
	else if (state->status == HUNT_SPENT)
		fprintf(out, "no such record found in %s records%s\n",
			grouped(hunt->records, number, sizeof(number)),
			hunt->interrupted ? ", interrupted" : "");
}

static void print_counts(const struct hunt *hunt, FILE *out)
{
	size_t found = hunt_count(hunt, HUNT_FOUND), holds = hunt_count(hunt, HUNT_HOLDS),
	       spent = hunt_count(hunt, HUNT_SPENT);

	fprintf(out, "%zu claim%s: %zu broken", hunt->goals->n, hunt->goals->n == 1 ? "" : "s", found);
	if (holds)
		fprintf(out, ", %zu proved or run completely in %.1f s", holds, hunt->proof_seconds);
	if (spent)
		fprintf(out, ", %zu with nothing found%s", spent, hunt->interrupted ? " so far" : "");
	fputc('\n', out);
	if (hunt->goals->skipped)
		fprintf(out,
			"%zu case%s passed over: installs, scenarios, skip, todo, or about other filters\n",
			hunt->goals->skipped, hunt->goals->skipped == 1 ? "" : "s");
}

static void print_speed(const struct hunt *hunt, FILE *out)
{
	size_t taken, all;
	char number[32];

	coverage(hunt, &taken, &all);
	if (!hunt->records)
		return;
	fprintf(out, "%s records in %.1f s", grouped(hunt->records, number, sizeof(number)), hunt->seconds);
	if (hunt->seconds > 0.05)
		fprintf(out, ", %.2f M/s", (double)hunt->records / 1e6 / hunt->seconds);
	/* what claims leave open differs: only one has edges to speak of */
	if (hunt->goals->n == 1)
		fprintf(out, "; %zu of %zu edges taken", taken, all);
	fputc('\n', out);
}

void hunt_report_text(const struct hunt *hunt, char *const *paths, FILE *out, bool colour)
{
	for (size_t i = 0; i < hunt->goals->n; i++)
		if (hunt->states[i].status == HUNT_FOUND)
			print_found(&hunt->goals->items[i], &hunt->states[i], paths[i], out, colour);
	if (hunt->goals->n == 1)
		print_single(hunt, out);
	else
		print_counts(hunt, out);
	print_speed(hunt, out);
}

/* ---------------------------------------------------------------- JSON -- */

static void found_json(struct json *json, const struct goal *goal, const struct goal_state *state,
		       const char *path)
{
	char expected[128];

	expected_format(goal, state, expected, sizeof(expected));
	json_object(json);
	json_key(json, "claim");
	json_string(json, goal->name);
	if (goal->test) {
		json_key(json, "file");
		json_string(json, goal->test->file->path);
		json_key(json, "line");
		json_number(json, goal->test->line);
	}
	json_key(json, "record");
	call_json(json, &state->answer.record);
	json_key(json, "verdict");
	verdict_json(json, &state->answer.verdict, filter_name(goal, state));
	json_key(json, "expected");
	json_string(json, expected);
	json_key(json, "near");
	if (state->has_near)
		call_json(json, &state->near);
	else
		json_null(json);
	json_key(json, "by");
	json_string(json, state->by_proof ? "proof" : "search");
	json_key(json, "after");
	json_number(json, (long long)state->after);
	json_key(json, "case");
	json_string(json, path);
	json_end(json, '}');
}

static void count_json(struct json *json, const char *key, size_t n)
{
	json_key(json, key);
	json_number(json, (long long)n);
}

void hunt_report_json(const struct hunt *hunt, char *const *paths, FILE *out)
{
	struct json json;
	size_t taken, all;

	coverage(hunt, &taken, &all);
	json_init(&json, out, false);
	json_object(&json);
	json_key(&json, "findings");
	json_array(&json);
	for (size_t i = 0; i < hunt->goals->n; i++)
		if (hunt->states[i].status == HUNT_FOUND)
			found_json(&json, &hunt->goals->items[i], &hunt->states[i], paths[i]);
	json_end(&json, ']');
	count_json(&json, "claims", hunt->goals->n);
	count_json(&json, "found", hunt_count(hunt, HUNT_FOUND));
	count_json(&json, "proved", hunt_count(hunt, HUNT_HOLDS));
	count_json(&json, "spent", hunt_count(hunt, HUNT_SPENT));
	count_json(&json, "skipped", hunt->goals->skipped);
	count_json(&json, "records", hunt->records);
	count_json(&json, "milliseconds", (size_t)((hunt->proof_seconds + hunt->seconds) * 1000));
	json_key(&json, "edges");
	json_object(&json);
	count_json(&json, "taken", taken);
	count_json(&json, "all", all);
	json_end(&json, '}');
	json_end(&json, '}');
	json_finish(&json);
}
