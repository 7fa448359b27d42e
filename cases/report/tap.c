/* SPDX-License-Identifier: MIT */
/*
 * The Test Anything Protocol, version 14. A harness that knows only 13 says so
 * in TAP_VERSION (Perl's prove does); nothing else that is written here differs.
 */
#include "cases/report/report.h"
#include "loader/call.h"
#include "loader/free.h"

#include <stdlib.h>
#include <string.h>

#define VERSION 14

static int version(void)
{
	const char *known = getenv("TAP_VERSION");

	return known && !strcmp(known, "13") ? 13 : VERSION;
}

/* A description or a reason: one line, with '#' and '\' escaped. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '#' || c == '\\')
			fputc('\\', out);
		fputc(c < 0x20 || c == 0x7f ? ' ' : c, out);
	}
}

static void put_string(FILE *out, const char *key, const char *text)
{
	fprintf(out, "  %s: \"", key);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			fputc('\\', out);
		if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputs("\"\n", out);
}

static void put_uncovered(FILE *out, const struct cover_outcome *outcome)
{
	char record[CALL_TEXT_MAX];

	fputs("  missing:\n", out);
	for (size_t i = 0; i < outcome->n; i++) {
		report_missing(&outcome->missing[i], record, sizeof(record));
		put_string(out, "  - edge", outcome->missing[i].text);
		put_string(out, "    record", record);
	}
}

static void put_broken(FILE *out, const struct result *result)
{
	char text[REPORT_TEXT];

	if (result->scenario) {
		report_outcome(result, text, sizeof(text));
		put_string(out, "run", text);
		return;
	}
	report_claim(result, text, sizeof(text));
	put_string(out, "claim", text);
	report_record(result, text, sizeof(text));
	if (*text)
		put_string(out, "record", text);
	free_format(report_free(result), text, sizeof(text));
	if (*text)
		put_string(out, "any", text);
	report_outcome(result, text, sizeof(text));
	if (result->coverage) {
		put_string(out, "coverage", text);
		put_uncovered(out, result->coverage);
		return;
	}
	put_string(out,
		   result->status == STATUS_DISAGREES ? "disagreement"
		   : result->test->installs	      ? "kernel"
		   : result->unproved		      ? "problem"
						      : "verdict",
		   text);
}

static void put_details(FILE *out, const struct result *result, bool live)
{
	fputs("  ---\n", out);
	put_string(out, "file", result->test->file->path);
	fprintf(out, "  line: %u\n", result->test->line);
	if (result->scenario)
		fprintf(out, "  steps: %zu\n", result->scenario->done);
	else if (!result->test->installs && !result->coverage)
		fprintf(out, "  basis: %s\n  records: %llu\n", basis_name(result->answer.basis),
			result->answer.records);
	if (live && !result->scenario && !result->coverage)
		fprintf(out, "  asked: %zu\n  unasked: %zu\n", result->live.asked, result->live.unasked);
	if (live && result->live.why)
		put_string(out, "why", result->live.why);
	if (report_broken(result))
		put_broken(out, result);
	fputs("  ...\n", out);
}

static void put_case(FILE *out, size_t number, const struct result *result, bool live)
{
	const struct test_case *test = result->test;

	fprintf(out, "%sok %zu - ", report_broken(result) ? "not " : "", number);
	put_text(out, test->file->path);
	fputs(": ", out);
	put_text(out, test->name);
	if (result->skip || (test->todo && result->status != STATUS_DISAGREES)) {
		fputs(result->skip ? " # SKIP " : " # TODO ", out);
		put_text(out, result->skip ? result->skip : test->todo);
	}
	fputc('\n', out);
	if (result->status != STATUS_SKIPPED)
		put_details(out, result, live);
}

static void put_invalid(FILE *out, size_t number, const struct case_file *file)
{
	fprintf(out, "not ok %zu - ", number);
	put_text(out, file->path);
	fprintf(out, ": invalid, not run\n  ---\n");
	put_string(out, "file", file->path);
	fprintf(out, "  errors: %zu\n  ...\n", case_file_errors(file));
}

void report_tap(const struct run *run, const struct report_opts *opts, FILE *out)
{
	size_t number = 0, at = 0;
	char live[REPORT_TEXT];

	fprintf(out, "TAP version %d\n1..%zu\n", version(), run->n + run->totals.invalid);
	report_live(&run->totals, live, sizeof(live));
	if (*live)
		fprintf(out, "# %s\n", live);
	for (size_t i = 0; i < run->files->n; i++) {
		const struct case_file *file = run->files->files[i];
		if (file->invalid)
			put_invalid(out, ++number, file);
		for (; at < run->n && run->results[at].test->file == file; at++)
			put_case(out, ++number, &run->results[at], run->totals.live);
	}
}
