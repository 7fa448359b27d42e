/* SPDX-License-Identifier: MIT */
/* For a comment on a pull request. */
#include "loader/call.h"
#include "loader/diff/diff.h"
#include "loader/trace.h"

/* Code in a cell of a table: a bar would end the cell. */
static void put_code(FILE *out, const char *text)
{
	fputc('`', out);
	for (; *text; text++)
		fprintf(out, *text == '|' ? "\\|" : "%c", *text);
	fputc('`', out);
}

static void put_change(struct diff *diff, const struct diff_change *change, FILE *out)
{
	char buf[DIFF_SUBJECT_MAX > CALL_TEXT_MAX ? DIFF_SUBJECT_MAX : CALL_TEXT_MAX];

	fprintf(out, "| %s | %s | ",
		change->sense == DIFF_WEAKER ? "**weaker**" : diff_sense_name(change->sense),
		diff_place(diff, change));
	for (size_t i = 0; i < diff_subjects(change); i++) {
		fputs(i ? ", " : "", out);
		put_code(out, diff_subject(change, i, buf, sizeof(buf)));
	}
	fputs(" | ", out);
	if (change->when)
		put_code(out, change->when);
	for (unsigned i = 0; i < 2; i++) {
		fputs(" | ", out);
		verdict_format(change->ret[i], buf, sizeof(buf));
		put_code(out, buf);
	}
	fputs(" | ", out);
	call_format(&change->records[0], buf, sizeof(buf));
	put_code(out, buf);
	fputs(" |\n", out);
}

void diff_markdown(struct diff *diff, FILE *out)
{
	char summary[256];

	diff_summary(diff, summary, sizeof(summary));
	fprintf(out, "**verdict diff**: %s\n", summary);
	if (!diff->n)
		return;
	fputs("\n| | ABI | calls | where | before | after | for example |\n|---|---|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < diff->n; i++)
		put_change(diff, &diff->changes[i], out);
}
