/* SPDX-License-Identifier: MIT */
/* One JSON object: totals, and every case with its answer. */
#include "cases/report/report.h"
#include "loader/call.h"
#include "loader/free.h"

static void put_string(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

static void put_number(struct json *json, const char *key, unsigned long long value)
{
	json_key(json, key);
	json_number(json, (long long)value);
}

static void put_list(struct json *json, const char *key, const char *const *items, size_t n)
{
	json_key(json, key);
	json_array(json);
	for (size_t i = 0; i < n; i++)
		json_string(json, items[i]);
	json_end(json, ']');
}

static void put_refusal(struct json *json, const struct vd_error *refusal)
{
	char text[REPORT_TEXT];

	json_key(json, "kernel");
	if (refusal->code == VD_ERROR_NONE) {
		json_string(json, "accepted");
	} else {
		vd_error_format(refusal, text, sizeof(text));
		json_string(json, text);
	}
}

/* An install's answer is exact: one program was checked. */
static void put_answer(struct json *json, const struct result *result)
{
	const struct answer *answer = &result->answer;
	bool run = result->status != STATUS_SKIPPED,
	     record = run && !result->test->installs && !answer->holds && !answer->nothing,
	     disagrees = result->status == STATUS_DISAGREES && !result->test->installs;

	put_string(json, "basis", run ? basis_name(answer->basis) : NULL);
	put_number(json, "records", !run ? 0 : result->test->installs ? 1 : answer->records);
	json_key(json, "counterexample");
	if (disagrees)
		call_json(json, &result->live.record);
	else if (record)
		call_json(json, &answer->record);
	else
		json_null(json);
	if (record)
		free_json(json, report_free(result));
	json_key(json, "verdict");
	if (record)
		verdict_json(json, &answer->verdict, report_winner(result));
	else
		json_null(json);
	if (record)
		put_number(json, "instructions", answer->verdict.insns);
	if (record && result->test->claim.same_as) {
		json_key(json, "same_as");
		verdict_json(json, &answer->other, NULL);
	}
	if (result->unproved) {
		json_key(json, "unproved");
		json_bool(json, true);
	}
	if (run && result->test->installs)
		put_refusal(json, &result->refusal);
}

static void put_live(struct json *json, const struct live_answer *live)
{
	json_key(json, "live");
	json_object(json);
	put_number(json, "asked", live->asked);
	put_number(json, "unasked", live->unasked);
	put_number(json, "blurred", live->blurred);
	if (live->why)
		put_string(json, "why", live->why);
	if (live->disagrees) {
		put_string(json, "machine", live->machine);
		put_string(json, "kernel", live->kernel);
	}
	json_end(json, '}');
}

/* steps: how many returned. */
static void put_scenario(struct json *json, const struct result *result)
{
	char text[REPORT_TEXT];

	put_string(json, "basis", result->scenario ? "run" : NULL);
	put_number(json, "records", 0);
	put_string(json, "counterexample", NULL);
	put_string(json, "verdict", NULL);
	json_key(json, "scenario");
	json_object(json);
	put_number(json, "steps", result->scenario ? result->scenario->done : 0);
	if (report_broken(result)) {
		put_number(json, "line", result->scenario->line);
		report_outcome(result, text, sizeof(text));
		put_string(json, "failure", text);
	}
	json_end(json, '}');
}

/* A limit: what is covered, and what is missing when that is too little. */
static void put_coverage(struct json *json, const struct result *result)
{
	const struct cover_outcome *outcome = result->coverage;

	put_string(json, "basis", outcome ? "counted" : NULL);
	put_number(json, "records", 0);
	put_string(json, "counterexample", NULL);
	put_string(json, "verdict", NULL);
	json_key(json, "coverage");
	if (!outcome) {
		json_null(json);
		return;
	}
	json_object(json);
	put_number(json, "wanted", result->test->covers);
	put_number(json, "edges", outcome->counts.edges);
	put_number(json, "covered", outcome->counts.covered);
	put_number(json, "infeasible", outcome->counts.infeasible);
	put_number(json, "unknown", outcome->counts.unknown);
	json_key(json, "missing");
	json_array(json);
	for (size_t i = 0; i < outcome->n; i++) {
		json_object(json);
		put_string(json, "edge", outcome->missing[i].text);
		json_key(json, "record");
		if (outcome->missing[i].known)
			call_json(json, &outcome->missing[i].record);
		else
			json_null(json);
		json_end(json, '}');
	}
	json_end(json, ']');
	json_end(json, '}');
}

static void put_case(struct json *json, const struct result *result, bool live)
{
	const struct test_case *test = result->test;
	char text[REPORT_TEXT];

	json_object(json);
	put_string(json, "file", test->file->path);
	put_number(json, "line", test->line);
	put_string(json, "name", test->name);
	put_string(json, "status", status_name(result->status));
	report_claim(result, text, sizeof(text));
	if (test->scenario)
		put_scenario(json, result);
	else if (test->covers)
		put_coverage(json, result);
	else
		put_answer(json, result);
	if (!test->scenario)
		put_string(json, "claim", text);
	if (live && !test->scenario && !test->covers)
		put_live(json, &result->live);
	if (result->skip)
		put_string(json, "skip", result->skip);
	if (test->todo)
		put_string(json, "todo", test->todo);
	if (test->n_tags)
		put_list(json, "tags", test->tags, test->n_tags);
	json_end(json, '}');
}

void report_json(const struct run *run, const struct report_opts *opts, FILE *out)
{
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	put_number(&json, "passed", run->totals.passed);
	put_number(&json, "failed", run->totals.failed);
	put_number(&json, "skipped", run->totals.skipped);
	put_number(&json, "todo", run->totals.todo);
	if (run->totals.live) {
		put_number(&json, "disagree", run->totals.disagree);
		put_number(&json, "asked", run->totals.asked);
		put_number(&json, "unasked", run->totals.unasked);
		put_number(&json, "blurred", run->totals.blurred);
		put_string(&json, "live", run->totals.live_why);
	}
	json_key(&json, "invalid");
	json_array(&json);
	for (size_t i = 0; i < run->files->n; i++)
		if (run->files->files[i]->invalid)
			json_string(&json, run->files->files[i]->path);
	json_end(&json, ']');
	json_key(&json, "cases");
	json_array(&json);
	for (size_t i = 0; i < run->n; i++)
		put_case(&json, &run->results[i], run->totals.live);
	json_end(&json, ']');
	json_end(&json, '}');
	json_finish(&json);
}
