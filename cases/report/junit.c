/* SPDX-License-Identifier: MIT */
/* JUnit's XML, as CI servers read it (junit.xsd): one test suite a file. */
#include "cases/report/report.h"
#include "loader/call.h"
#include "loader/free.h"
#include "loader/text.h"

#include <string.h>

/* XML 1.0 has no way to write most control characters; bytes that are no UTF-8 would end the reader. */
static void put_text(FILE *out, const char *text)
{
	size_t left = strlen(text);

	for (size_t len; left; text += len, left -= len) {
		len = utf8_length(text, left);
		if (len > 1) {
			/* U+FFFE and U+FFFF are not characters */
			bool none = len == 3 && !memcmp(text, "\xef\xbf", 2) &&
				    ((unsigned char)text[2] & 0xfe) == 0xbe;
			fwrite(none ? "\xef\xbf\xbd" : text, 1, len, out);
			continue;
		}
		unsigned char c = (unsigned char)*text;
		if (!len || (c < 0x20 && c != '\n' && c != '\t'))
			fputs("\xef\xbf\xbd", out);
		else if (c == '\n' || c == '\t')
			fprintf(out, "&#%d;", c);
		else if (c == '<' || c == '>' || c == '&' || c == '"')
			fprintf(out, "&#%d;", c);
		else
			fputc(c, out);
		len = 1;
	}
}

static void put_attribute(FILE *out, const char *name, const char *text)
{
	fprintf(out, " %s=\"", name);
	put_text(out, text);
	fputc('"', out);
}

static void put_uncovered(FILE *out, const struct cover_outcome *outcome)
{
	char record[CALL_TEXT_MAX], line[REPORT_TEXT];

	for (size_t i = 0; i < outcome->n; i++) {
		report_missing(&outcome->missing[i], record, sizeof(record));
		snprintf(line, sizeof(line), "missing: %s\n  %s\n", outcome->missing[i].text, record);
		put_text(out, line);
	}
}

static void put_failure(FILE *out, const struct result *result)
{
	char text[REPORT_TEXT], line[2 * REPORT_TEXT];

	report_outcome(result, text, sizeof(text));
	const char *element = result->status == STATUS_DISAGREES ? "error" : "failure";

	fprintf(out, "      <%s", element);
	put_attribute(out, "message", text);
	put_attribute(out, "type", result->status == STATUS_DISAGREES ? "disagreement" :
		      result->scenario ? "scenario" : result->test->installs ? "install" :
		      result->coverage ? "coverage" : result->unproved ? "unproved" : "claim");
	fputs(">", out);
	if (!result->scenario) {
		report_claim(result, text, sizeof(text));
		snprintf(line, sizeof(line), "claim: %s\n", text);
		put_text(out, line);
	}
	report_record(result, text, sizeof(text));
	if (*text) {
		snprintf(line, sizeof(line), "record: %s\n", text);
		put_text(out, line);
	}
	free_format(report_free(result), text, sizeof(text));
	if (*text) {
		snprintf(line, sizeof(line), "any: %s\n", text);
		put_text(out, line);
	}
	if (result->coverage)
		put_uncovered(out, result->coverage);
	fprintf(out, "</%s>\n", element);
}

static void put_skipped(FILE *out, const char *why, const char *reason)
{
	char text[REPORT_TEXT];

	snprintf(text, sizeof(text), "%s%s", why, reason);
	fputs("      <skipped", out);
	put_attribute(out, "message", text);
	fputs("/>\n", out);
}

static void put_basis(FILE *out, const struct result *result)
{
	char text[128];

	report_basis(result, text, sizeof(text));
	fprintf(out, "      <system-out>%s</system-out>\n", text);
}

static void put_case(FILE *out, const struct result *result)
{
	fputs("    <testcase", out);
	put_attribute(out, "name", result->test->name);
	put_attribute(out, "classname", result->test->file->path);
	put_attribute(out, "file", result->test->file->path);
	fprintf(out, " line=\"%u\">\n", result->test->line);
	if (result->status == STATUS_FAILED || result->status == STATUS_DISAGREES)
		put_failure(out, result);
	else if (result->status == STATUS_SKIPPED)
		put_skipped(out, "", result->skip);
	else if (result->status == STATUS_TODO)
		put_skipped(out, "todo: ", result->test->todo);
	if (result->status != STATUS_SKIPPED)
		put_basis(out, result);
	fputs("    </testcase>\n", out);
}

static void put_suite_head(FILE *out, const char *path, const size_t *counts, size_t errors)
{
	size_t tests = errors;

	for (int status = 0; status < STATUSES; status++)
		tests += counts[status];
	fputs("  <testsuite", out);
	put_attribute(out, "name", path);
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", tests,
		counts[STATUS_FAILED], errors + counts[STATUS_DISAGREES], counts[STATUS_SKIPPED] + counts[STATUS_TODO]);
}

static void put_suite(FILE *out, const struct run *run, size_t first, size_t end)
{
	size_t counts[STATUSES] = { 0 };

	for (size_t i = first; i < end; i++)
		counts[run->results[i].status]++;
	put_suite_head(out, run->results[first].test->file->path, counts, 0);
	for (size_t i = first; i < end; i++)
		put_case(out, &run->results[i]);
	fputs("  </testsuite>\n", out);
}

static void put_invalid(FILE *out, const struct case_file *file)
{
	size_t counts[STATUSES] = { 0 };

	put_suite_head(out, file->path, counts, 1);
	fputs("    <testcase", out);
	put_attribute(out, "name", "the case file");
	put_attribute(out, "classname", file->path);
	put_attribute(out, "file", file->path);
	fprintf(out,
		">\n      <error message=\"%zu error%s, not run\" type=\"invalid\"/>\n    </testcase>\n  "
		"</testsuite>\n",
		case_file_errors(file), case_file_errors(file) == 1 ? "" : "s");
}

void report_junit(const struct run *run, const struct report_opts *opts, FILE *out)
{
	const struct totals *totals = &run->totals;
	size_t at = 0;

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"verdict\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\">\n",
		run->n + totals->invalid, totals->failed, totals->invalid + totals->disagree,
		totals->skipped + totals->todo);
	for (size_t i = 0; i < run->files->n; i++) {
		const struct case_file *file = run->files->files[i];
		if (file->invalid) {
			put_invalid(out, file);
		} else if (at < run->n && run->results[at].test->file == file) {
			size_t end = report_file_end(run, at);
			put_suite(out, run, at, end);
			at = end;
		}
	}
	fputs("</testsuites>\n", out);
}
