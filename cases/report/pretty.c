/* SPDX-License-Identifier: MIT */
/* For people: 80 columns, what passed in one line a file, what failed with the record that breaks it. */
#include "cases/report/report.h"
#include "loader/call.h"
#include "loader/free.h"
#include "loader/trace.h"

#include <string.h>

#define COLUMNS 80
#define STEPS_SHOWN 12	/* of the filter that decided */
#define STEPS_OF_EACH 4 /* of each filter, when none decided */

enum paint { PLAIN, RED, GREEN, YELLOW, BOLD };

struct printer {
	FILE *out;
	const struct report_opts *opts;
};

static void paint(const struct printer *printer, enum paint paint, const char *text)
{
	static const char *const codes[] = { "", "\033[1;31m", "\033[32m", "\033[33m", "\033[1m" };

	if (printer->opts->colour && paint != PLAIN)
		fprintf(printer->out, "%s%s\033[0m", codes[paint], text);
	else
		fputs(text, printer->out);
}

static size_t columns_of(const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

/* Control characters stand in names that people wrote; a terminal must not see them. */
static void put_clean(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		fputc(c < 0x20 || c == 0x7f ? ' ' : c, out);
	}
}

/* Text from column `at` on, broken at spaces; further lines are indented. */
static void put_wrapped(FILE *out, const char *text, size_t at, size_t indent)
{
	for (bool first = true; *text; first = false) {
		size_t space = strspn(text, " \n\t"), word = strcspn(text + space, " \n\t");
		size_t columns = columns_of(text + space, word);

		if (!first && at + 1 + columns > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first && word) {
			fputc(' ', out);
			at++;
		}
		put_clean(out, text + space, word);
		at += columns;
		text += space + word;
	}
	fputc('\n', out);
}

static void put_field(const struct printer *printer, const char *name, const char *text)
{
	fprintf(printer->out, "        %-8s ", name);
	put_wrapped(printer->out, text, 17, 17);
}

/* ---------------------------------------------------------------- cases */

static void put_path(const struct printer *printer, const struct result *result)
{
	const struct answer *answer = &result->answer;
	const struct filter_stack *stack = &result->test->claim.stack->stacks[answer->box->big_endian];
	struct trace_opts opts = { .names = (const char *const *)stack->names,
				   .indent = "        ",
				   .only = -1 };

	if (!printer->opts->trace) {
		opts.only = answer->verdict.filter;
		opts.last = opts.only >= 0 || stack->n == 1 ? STEPS_SHOWN : STEPS_OF_EACH;
	}
	trace_print(printer->out, stack->stack, &answer->record, &opts);
}

/* Records whole, however long: they are there to be pasted. */
static void put_uncovered(const struct printer *printer, const struct cover_outcome *outcome)
{
	char record[CALL_TEXT_MAX];

	for (size_t i = 0; i < outcome->n; i++) {
		report_missing(&outcome->missing[i], record, sizeof(record));
		put_field(printer, i ? "" : "missing", outcome->missing[i].text);
		fprintf(printer->out, "                   %s\n", record);
	}
}

static void put_broken(const struct printer *printer, const struct result *result)
{
	const struct answer *answer = &result->answer;
	char text[REPORT_TEXT];

	if (result->scenario) {
		report_outcome(result, text, sizeof(text));
		put_field(printer, "run", text);
		return;
	}
	report_claim(result, text, sizeof(text));
	if (strcmp(text, result->test->name))
		put_field(printer, "claim", text);
	report_record(result, text, sizeof(text));
	if (*text) {
		if (result->status != STATUS_DISAGREES &&
		    answer->box->big_endian != call_big_endian(&answer->record))
			strcat(text, answer->box->big_endian ? " (big-endian)" : " (little-endian)");
		/* whole, however long: it is there to be pasted */
		fprintf(printer->out, "        record   %s\n", text);
		free_format(report_free(result), text, sizeof(text));
		if (*text)
			put_field(printer, "any", text);
	}
	if (result->status == STATUS_DISAGREES) {
		put_field(printer, "machine", result->live.machine);
		put_field(printer, "kernel", result->live.kernel);
		return;
	}
	report_outcome(result, text, sizeof(text));
	if (result->coverage) {
		put_field(printer, "coverage", text);
		put_uncovered(printer, result->coverage);
		return;
	}
	put_field(printer, result->test->installs ? "kernel" : result->unproved ? "basis" : "verdict", text);
	if (!result->test->installs && !result->unproved && !answer->nothing)
		put_path(printer, result);
}

static void put_head(const struct printer *printer, enum paint colour, const char *word,
		     const struct result *result, const char *more)
{
	char text[REPORT_TEXT];

	fputs("  ", printer->out);
	paint(printer, colour, word);
	snprintf(text, sizeof(text), "%s%s%s (line %u)", result->test->name, *more ? ": " : "", more,
		 result->test->line);
	fputs("  ", printer->out);
	put_wrapped(printer->out, text, 8, 8);
}

static void put_passed(const struct printer *printer, const struct result *result)
{
	char more[128];

	if (result->test->todo) {
		put_head(printer, YELLOW, "todo", result, "passes now, remove its 'todo'");
		return;
	}
	if (!printer->opts->verbose)
		return;
	report_basis(result, more, sizeof(more));
	put_head(printer, GREEN, "pass", result, more);
}

static void put_case(const struct printer *printer, const struct result *result)
{
	switch (result->status) {
	case STATUS_PASSED:
		put_passed(printer, result);
		break;
	case STATUS_FAILED:
		put_head(printer, RED, "FAIL", result, "");
		put_broken(printer, result);
		break;
	case STATUS_SKIPPED:
		put_head(printer, YELLOW, "skip", result, result->skip);
		break;
	case STATUS_DISAGREES:
		put_head(printer, RED, "DISAGREE", result, "machine and kernel differ: one of them is wrong");
		put_broken(printer, result);
		break;
	case STATUS_TODO:
		put_head(printer, YELLOW, "todo", result, result->test->todo);
		if (printer->opts->verbose)
			put_broken(printer, result);
		break;
	}
}

/* ---------------------------------------------------------------- files */

static void put_file(const struct printer *printer, const struct run *run, size_t first, size_t end)
{
	size_t counts[STATUSES] = { 0 };
	const char *before = ": ";

	paint(printer, BOLD, run->results[first].test->file->path);
	for (size_t i = first; i < end; i++)
		counts[run->results[i].status]++;
	for (int status = 0; status < STATUSES; status++) {
		const char *name = status == STATUS_DISAGREES && counts[status] > 1
					   ? "disagree"
					   : status_name((enum status)status);
		if (!counts[status])
			continue;
		fprintf(printer->out, "%s%zu %s", before, counts[status], name);
		before = ", ";
	}
	fputc('\n', printer->out);
	for (size_t i = first; i < end; i++)
		put_case(printer, &run->results[i]);
}

static void put_invalid(const struct printer *printer, const struct case_file *file)
{
	char text[64];

	paint(printer, BOLD, file->path);
	snprintf(text, sizeof(text), "%zu error%s, not run", case_file_errors(file),
		 case_file_errors(file) == 1 ? "" : "s");
	fputs(": ", printer->out);
	paint(printer, RED, text);
	fputc('\n', printer->out);
}

static void put_summary(const struct printer *printer, const struct totals *totals)
{
	const char *before = "decided: ";
	char live[REPORT_TEXT];

	fputc('\n', printer->out);
	for (int basis = 0; basis <= BASIS_SAMPLED; basis++) {
		if (!totals->by_basis[basis])
			continue;
		fprintf(printer->out, "%s%zu %s", before, totals->by_basis[basis],
			basis_name((enum basis)basis));
		before = ", ";
	}
	if (totals->installs)
		fprintf(printer->out, "%s%zu checked", before, totals->installs);
	if (totals->installs)
		before = ", ";
	if (totals->scenarios)
		fprintf(printer->out, "%s%zu run in the kernel", before, totals->scenarios);
	if (totals->scenarios)
		before = ", ";
	if (totals->limits)
		fprintf(printer->out, "%s%zu counted", before, totals->limits);
	if (totals->installs || totals->scenarios || totals->limits || before[0] == ',')
		fputc('\n', printer->out);
	report_live(totals, live, sizeof(live));
	if (*live) {
		fputs("kernel: ", printer->out);
		put_wrapped(printer->out, live, 8, 8);
	}
	if (totals->todo)
		fprintf(printer->out, "%zu known gap%s (todo), counted as skipped\n", totals->todo,
			totals->todo == 1 ? "" : "s");
	if (totals->todo_passes)
		fprintf(printer->out, "%zu todo case%s now: remove %s 'todo'\n", totals->todo_passes,
			totals->todo_passes == 1 ? " passes" : "s pass",
			totals->todo_passes == 1 ? "its" : "their");
	if (totals->invalid)
		fprintf(printer->out, "%zu file%s not run: see the errors\n", totals->invalid,
			totals->invalid == 1 ? "" : "s");
	report_closing_line(totals, printer->out);
}

void report_pretty(const struct run *run, const struct report_opts *opts, FILE *out)
{
	struct printer printer = { out, opts };
	size_t at = 0;

	for (size_t i = 0; i < run->files->n; i++) {
		const struct case_file *file = run->files->files[i];
		if (file->invalid) {
			put_invalid(&printer, file);
		} else if (at < run->n && run->results[at].test->file == file) {
			size_t end = report_file_end(run, at);
			put_file(&printer, run, at, end);
			at = end;
		}
	}
	put_summary(&printer, &run->totals);
}
