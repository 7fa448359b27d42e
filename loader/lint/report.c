/* SPDX-License-Identifier: MIT */
#include "loader/lint/report.h"
#include "loader/call.h"
#include "loader/free.h"
#include "loader/trace.h"

#include <string.h>

#define COLUMNS 80

/* Words of text, wrapped; column is where the first begins. Ends the line. */
static void wrap(FILE *out, const char *text, size_t column, size_t indent)
{
	bool first = true;

	while (*text) {
		size_t len = strcspn(text, " ");
		if (!first && column + 1 + len > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', out);
			column++;
		}
		fwrite(text, 1, len, out);
		column += len;
		text += len + (text[len] == ' ');
		first = false;
	}
	fputc('\n', out);
}

static void labelled(FILE *out, const char *label, const char *text)
{
	fprintf(out, "  %-10s", label);
	wrap(out, text, 12, 12);
}

static const char *colour_of(enum lint_severity severity)
{
	return severity == LINT_ERROR ? "\033[1;31m" : severity == LINT_WARNING ? "\033[1;35m" : "\033[1;36m";
}

static void print_one(const struct lint *lint, const struct lint_finding *finding, FILE *out, bool colour)
{
	const struct lint_rule *rule = &lint_rules[finding->rule];
	const char *severity = finding->known ? lint_severity_names[rule->severity] : "unknown";
	char call[CALL_TEXT_MAX], text[96], verdict[512];

	fprintf(out, "%s%s%s: %s: ", colour ? colour_of(rule->severity) : "", severity,
		colour ? "\033[0m" : "", rule->id);
	wrap(out, finding->message, strlen(severity) + strlen(rule->id) + 4, 2);
	if (!finding->known)
		return;
	call_format(&finding->record, call, sizeof(call));
	verdict_format(finding->verdict.ret, text, sizeof(text));
	snprintf(verdict, sizeof(verdict), "%s, decided by %s", text,
		 finding->verdict.filter < 0 ? "no filter" : lint->names[finding->verdict.filter]);
	fprintf(out, "  %-10s%s\n", "record:", call);
	free_format(finding->free, text, sizeof(text));
	if (*text)
		labelled(out, "any:", text);
	labelled(out, "verdict:", verdict);
	labelled(out, "close it:", rule->close);
}

static void count(FILE *out, size_t n, const char *what, bool *any)
{
	if (n)
		fprintf(out, "%s%zu %s%s", *any ? ", " : "", n, what,
			n > 1 && strcmp(what, "unknown") ? "s" : "");
	*any |= n != 0;
}

void lint_print(const struct lint *lint, FILE *out, bool colour)
{
	size_t by_severity[3] = { 0 }, unknown = 0;
	bool any = false;

	for (size_t i = 0; i < lint->n; i++) {
		print_one(lint, &lint->findings[i], out, colour);
		if (lint->findings[i].known)
			by_severity[lint_rules[lint->findings[i].rule].severity]++;
		else
			unknown++;
	}
	for (int i = 0; i < 3; i++)
		count(out, by_severity[i], lint_severity_names[i], &any);
	count(out, unknown, "unknown", &any);
	fputs(any ? "\n" : "no findings\n", out);
}

static void json_finding(const struct lint *lint, const struct lint_finding *finding, struct json *json)
{
	json_object(json);
	json_key(json, "rule");
	json_string(json, lint_rules[finding->rule].id);
	if (finding->known) {
		json_key(json, "severity");
		json_string(json, lint_severity_names[lint_rules[finding->rule].severity]);
	}
	json_key(json, "message");
	json_string(json, finding->message);
	if (finding->known) {
		json_key(json, "record");
		call_json(json, &finding->record);
		free_json(json, finding->free);
		json_key(json, "verdict");
		verdict_json(json, &finding->verdict,
			     finding->verdict.filter < 0 ? NULL : lint->names[finding->verdict.filter]);
	}
	json_end(json, '}');
}

static void json_findings(const struct lint *lint, const char *key, bool known, struct json *json)
{
	json_key(json, key);
	json_array(json);
	for (size_t i = 0; i < lint->n; i++)
		if (lint->findings[i].known == known)
			json_finding(lint, &lint->findings[i], json);
	json_end(json, ']');
}

void lint_print_json(const struct lint *lint, FILE *out)
{
	struct json json;
	bool unknown = false;

	for (size_t i = 0; i < lint->n; i++)
		unknown |= !lint->findings[i].known;
	json_init(&json, out, false);
	json_object(&json);
	json_findings(lint, "findings", true, &json);
	if (unknown)
		json_findings(lint, "unknown", false, &json);
	json_end(&json, '}');
	json_finish(&json);
}

void lint_print_list(FILE *out)
{
	for (int i = 0; i < LINT_RULES; i++) {
		fprintf(out, "%-18s%-8s ", lint_rules[i].id, lint_severity_names[lint_rules[i].severity]);
		wrap(out, lint_rules[i].summary, 27, 27);
	}
}

void lint_print_rule(const struct lint_rule *rule, FILE *out)
{
	fprintf(out, "%s (%s): ", rule->id, lint_severity_names[rule->severity]);
	wrap(out, rule->summary, strlen(rule->id) + strlen(lint_severity_names[rule->severity]) + 5, 2);
	fputc('\n', out);
	wrap(out, rule->why, 0, 0);
	fputs("\nTo close it: ", out);
	wrap(out, rule->close, 13, 0);
}

void lint_print_summary_head(FILE *out)
{
	fputs("| stack | findings | by rule |\n|---|---:|---|\n", out);
}

void lint_print_summary(const struct lint *lint, const char *name, FILE *out)
{
	size_t by_rule[LINT_RULES] = { 0 }, total = 0, unknown = 0;
	bool any = false;

	for (size_t i = 0; i < lint->n; i++)
		if (lint->findings[i].known) {
			by_rule[lint->findings[i].rule]++;
			total++;
		} else {
			unknown++;
		}
	fprintf(out, "| %s | %zu |", name, total);
	for (int i = 0; i < LINT_RULES; i++) {
		if (!by_rule[i])
			continue;
		fprintf(out, "%s %s", any ? "," : "", lint_rules[i].id);
		if (by_rule[i] > 1)
			fprintf(out, " %zu", by_rule[i]);
		any = true;
	}
	if (unknown)
		fprintf(out, "%s %zu unknown", any ? "," : "", unknown);
	fputs(" |\n", out);
}
