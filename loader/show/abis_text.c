/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/show/abis.h"
#include "loader/show/text.h"
#include "loader/trace.h"

#include <inttypes.h>
#include <string.h>

#define ACTION_TEXT 96
#define COLUMN_GAP 2
#define TABLE_INDENT 8 /* the filter's number */

static const struct {
	const char *sign; /* one column wide */
	const char *meaning;
} marks[MATRIX_MARKS] = {
	[MATRIX_PASSES] = { "·", "lets every call through" },
	[MATRIX_OVERRULED] = { "o", "restricts, but other filters always outrank it" },
	[MATRIX_DECIDES] = { "D", "decides some calls" },
	[MATRIX_ALL] = { "A", "decides all calls" },
	[MATRIX_KILLS] = { "K", "kills on all calls" },
	[MATRIX_UNKNOWN] = { "?", "not known: the budget is spent" },
};

/* As many columns as a line has room for, from the first on. */
static size_t columns_that_fit(const struct matrix *matrix, size_t first)
{
	size_t width = TABLE_INDENT, n = 0;

	while (first + n < matrix->n) {
		width += strlen(matrix->columns[first + n].title) + COLUMN_GAP;
		if (n && width > TEXT_WIDTH)
			break;
		n++;
	}
	return n;
}

static void put_rows(const struct matrix *matrix, size_t first, size_t n, FILE *out)
{
	fprintf(out, "%-*s", TABLE_INDENT, "filter");
	for (size_t i = first; i < first + n; i++)
		fprintf(out, "%*s%s", COLUMN_GAP, "", matrix->columns[i].title);
	fputc('\n', out);
	for (size_t filter = 0; filter < matrix->filters; filter++) {
		fprintf(out, "%*zu  ", TABLE_INDENT - 2, filter + 1);
		for (size_t i = first; i < first + n; i++) {
			const struct matrix_column *column = &matrix->columns[i];
			const char *sign = marks[column->marks[filter]].sign;
			int after = i + 1 < first + n ? (int)strlen(column->title) - 1 : 0;

			fprintf(out, "%*s%s%*s", COLUMN_GAP, "", sign, after, "");
		}
		fputc('\n', out);
	}
}

static void put_matrix(const struct abis_report *report, FILE *out)
{
	const struct matrix *matrix = &report->matrix;
	bool used[MATRIX_MARKS] = { false };

	for (size_t filter = 0; filter < matrix->filters; filter++)
		fprintf(out, "filter %zu: %s\n", filter + 1, report->names[filter]);
	for (size_t first = 0, n; first < matrix->n; first += n) {
		n = columns_that_fit(matrix, first);
		fputc('\n', out);
		put_rows(matrix, first, n, out);
	}
	for (size_t i = 0; i < matrix->n; i++)
		for (size_t filter = 0; filter < matrix->filters; filter++)
			used[matrix->columns[i].marks[filter]] = true;
	fputc('\n', out);
	for (int mark = 0; mark < MATRIX_MARKS; mark++)
		if (used[mark])
			fprintf(out, "%s  %s\n", marks[mark].sign, marks[mark].meaning);
	if (matrix_proved(matrix))
		fputs("\nproved over all records\n", out);
}

/* Whether the prover answered for some rule: other than by a record, and where there is a call. */
static bool asked(const struct applied_report *report)
{
	return report->proved > report->counts[PARTIAL] + report->counts[MISSING];
}

static void put_counts(const struct applied_report *report, int abi, FILE *out)
{
	size_t counts[APPLIED_KINDS] = { 0 };
	bool first = true;

	for (size_t i = 0; i < report->n; i++)
		if (report->items[i].abi == abi)
			counts[report->items[i].how]++;
	fprintf(out, "\n%s:", vd_abi_info(abi)->name);
	for (int how = 0; how < APPLIED_KINDS; how++) {
		if (!counts[how])
			continue;
		fprintf(out, "%s %zu %s", first ? "" : ",", counts[how], applied_name((enum applied)how));
		first = false;
	}
	fputs(first ? " no rules\n" : "\n", out);
}

static void put_missing(const struct policy *policy, const struct applied_report *report, int abi, FILE *out)
{
	struct wrap wrap;
	bool first = true;

	wrap_init(&wrap, out, 4);
	for (size_t i = 0; i < report->n; i++) {
		const struct applied_rule *rule = &report->items[i];
		char call[CALL_TEXT_MAX];

		if (rule->abi != abi || rule->how != MISSING)
			continue;
		if (first)
			fputs("  missing: there are no such calls\n", out);
		first = false;
		abis_call(policy, rule, call, sizeof(call));
		wrap_word(&wrap, call, strlen(call));
	}
	wrap_end(&wrap);
}

static void put_written(const struct policy *policy, const struct applied_rule *rule, FILE *out)
{
	const struct policy_rule *written = &policy->rules[rule->rule];
	struct wrap wrap;

	wrap_init(&wrap, out, 6);
	wrap.column = fprintf(out, "    line %u:", span_place(&written->at).line);
	wrap_text(&wrap, written->text);
	wrap_end(&wrap);
}

static void put_rule(const struct policy *policy, const struct applied_rule *rule, FILE *out)
{
	char call[CALL_TEXT_MAX], got[ACTION_TEXT], meant[ACTION_TEXT];
	struct wrap wrap;

	put_written(policy, rule, out);
	wrap_init(&wrap, out, 6);
	abis_call(policy, rule, call, sizeof(call));
	verdict_format(rule->got, got, sizeof(got));
	verdict_format(rule->meant, meant, sizeof(meant));
	wrap_word(&wrap, call, strlen(call));
	wrap_text(&wrap, "gives");
	wrap_text(&wrap, got);
	if (rule->in_memory) {
		wrap_text(&wrap, "whatever the call's arguments are: they are in memory");
	} else if (rule->how == PARTIAL) {
		wrap_text(&wrap, "where the rules say");
		wrap_text(&wrap, meant);
	}
	wrap_end(&wrap);
}

static void put_kind(const struct policy *policy, const struct applied_report *report, int abi,
		     enum applied how, FILE *out)
{
	static const char *const headings[APPLIED_KINDS] = {
		[MULTIPLEXED] = "multiplexed: applied to this call as well, which does the same",
		[PARTIAL] = "partial",
	};
	bool first = true;

	for (size_t i = 0; i < report->n; i++) {
		if (report->items[i].abi != abi || report->items[i].how != how)
			continue;
		if (first)
			fprintf(out, "  %s\n", headings[how]);
		first = false;
		put_rule(policy, &report->items[i], out);
	}
}

/* Rules about which something was asked that has no answer, where others have theirs. */
static void put_compared(const struct policy *policy, const struct applied_report *report, int abi, FILE *out)
{
	bool first = true;

	for (size_t i = 0; i < report->n && asked(report); i++) {
		const struct applied_rule *rule = &report->items[i];
		if (rule->abi != abi || rule->proved)
			continue;
		if (first)
			fputs("  compared only, not proved\n", out);
		first = false;
		put_written(policy, rule, out);
	}
}

/* Of how much it is certain, all ABIs together. */
static void put_basis(const struct applied_report *report, FILE *out)
{
	if (report->proved == report->n)
		fputs("proved over all records; ", out);
	else if (asked(report))
		fprintf(out, "%zu of %zu proved over all records; ", report->proved, report->n);
	else
		fputs("not proved; ", out);
}

static void put_applied(const struct source *source, const struct applied_report *report, FILE *out)
{
	const struct policy *policy = source->policy;

	fprintf(out, "\nrules of %s\n", source->name);
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		if (!(policy->abis >> abi & 1))
			continue;
		put_counts(report, abi, out);
		put_kind(policy, report, abi, PARTIAL, out);
		put_kind(policy, report, abi, MULTIPLEXED, out);
		put_missing(policy, report, abi, out);
		put_compared(policy, report, abi, out);
	}
	fputc('\n', out);
	put_basis(report, out);
	fprintf(out, "%" PRIu64 " calls compared", report->tried);
	if (report->skipped)
		fprintf(out, "; %" PRIu64 " combinations of boundary values left out", report->skipped);
	fputc('\n', out);
}

void abis_text(const struct abis_report *report, FILE *out)
{
	put_matrix(report, out);
	for (size_t i = 0; i < report->sources->n; i++)
		if (report->sources->items[i].policy)
			put_applied(&report->sources->items[i], &report->applied[i], out);
}
