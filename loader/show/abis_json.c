/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/show/abis.h"

static void put_matrix(struct json *json, const struct abis_report *report)
{
	const struct matrix *matrix = &report->matrix;

	json_key(json, "filters");
	json_array(json);
	for (size_t filter = 0; filter < matrix->filters; filter++) {
		json_object(json);
		json_key(json, "filter");
		json_number(json, (long long)filter);
		json_key(json, "source");
		json_string(json, report->names[filter]);
		json_key(json, "abis");
		json_object(json);
		for (size_t i = 0; i < matrix->n; i++) {
			json_key(json, matrix->columns[i].title);
			json_string(json, matrix_mark_name(matrix->columns[i].marks[filter]));
		}
		json_end(json, '}');
		json_end(json, '}');
	}
	json_end(json, ']');
}

static void put_verdict(struct json *json, uint32_t ret)
{
	struct vd_verdict verdict = { .ret = ret, .filter = -1 };

	verdict_json(json, &verdict, NULL);
}

static void put_rule(struct json *json, const struct policy *policy, const struct applied_rule *rule)
{
	const struct policy_rule *written = &policy->rules[rule->rule];
	bool judged = rule->how == PARTIAL || rule->how == MULTIPLEXED;
	struct place place = span_place(&written->at);
	char call[CALL_TEXT_MAX];

	abis_call(policy, rule, call, sizeof(call));
	json_object(json);
	json_key(json, "rule");
	json_string(json, written->text);
	json_key(json, "line");
	json_number(json, place.line);
	json_key(json, "column");
	json_number(json, place.column);
	json_key(json, "abi");
	json_string(json, vd_abi_info(rule->abi)->name);
	json_key(json, "status");
	json_string(json, applied_name(rule->how));
	json_key(json, "basis");
	json_string(json, rule->proved ? "proved" : "sampled");
	json_key(json, "call");
	json_string(json, rule->how == APPLIED ? NULL : call);
	json_key(json, "record");
	if (judged)
		call_json(json, &rule->record);
	else
		json_null(json);
	json_key(json, "verdict");
	if (judged)
		put_verdict(json, rule->got);
	else
		json_null(json);
	json_key(json, "meant");
	if (rule->how == PARTIAL && !rule->in_memory)
		put_verdict(json, rule->meant);
	else
		json_null(json);
	json_key(json, "arguments_in_memory");
	json_bool(json, rule->in_memory);
	json_key(json, "departures");
	json_number(json, (long long)rule->departures);
	json_end(json, '}');
}

static void put_policy(struct json *json, const struct source *source, const struct applied_report *report)
{
	json_object(json);
	json_key(json, "source");
	json_string(json, source->name);
	json_key(json, "proved");
	json_number(json, (long long)report->proved);
	json_key(json, "compared");
	json_number(json, (long long)report->tried);
	json_key(json, "left_out");
	json_number(json, (long long)(report->skipped >> 63 ? INT64_MAX : (int64_t)report->skipped));
	json_key(json, "rules");
	json_array(json);
	for (size_t i = 0; i < report->n; i++)
		put_rule(json, source->policy, &report->items[i]);
	json_end(json, ']');
	json_end(json, '}');
}

void abis_json(const struct abis_report *report, FILE *out)
{
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	put_matrix(&json, report);
	json_key(&json, "policies");
	json_array(&json);
	for (size_t i = 0; i < report->sources->n; i++)
		if (report->sources->items[i].policy)
			put_policy(&json, &report->sources->items[i], &report->applied[i]);
	json_end(&json, ']');
	json_end(&json, '}');
	json_finish(&json);
}
