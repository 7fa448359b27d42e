/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/diff/diff.h"
#include "loader/free.h"
#include "loader/trace.h"

#include <string.h>

#define COLUMNS 80
#define INDENT 12

struct line {
	FILE *out;
	size_t column;
};

/* UTF-8 characters, not bytes. */
static size_t width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* A word that is not broken, a space before it. */
static void put_word(struct line *line, const char *word, const char *behind)
{
	size_t columns = width(word) + width(behind);

	if (line->column > INDENT && line->column + 1 + columns > COLUMNS) {
		fprintf(line->out, "\n%*s", INDENT, "");
		line->column = INDENT;
	} else if (line->column > INDENT) {
		fputc(' ', line->out);
		line->column++;
	}
	fprintf(line->out, "%s%s", word, behind);
	line->column += columns;
}

static void put_words(struct line *line, const char *text, const char *behind)
{
	char word[256];

	while (*text) {
		size_t len = strcspn(text, " ");
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		text += len + strspn(text + len, " ");
		put_word(line, word, *text ? "" : behind);
	}
}

static void put_change(const struct diff *diff, const struct diff_change *change, struct line *line)
{
	char old[128], new[128], subject[DIFF_SUBJECT_MAX], call[CALL_TEXT_MAX];
	size_t n = diff_subjects(change);

	for (size_t i = 0; i < n; i++)
		put_word(line, diff_subject(change, i, subject, sizeof(subject)),
			 i + 1 < n	? ","
			 : change->when ? ""
					: ":");
	if (change->when) {
		put_word(line, "where", "");
		put_words(line, change->when, ":");
	}
	verdict_format(change->ret[0], old, sizeof(old));
	verdict_format(change->ret[1], new, sizeof(new));
	put_words(line, old, "");
	put_word(line, "->", "");
	put_words(line, new, "");
	call_format(&change->records[0], call, sizeof(call));
	/* whole, however long: it is there to be pasted */
	fprintf(line->out, "\n%*s'%s'\n", INDENT, "", call);
	free_format(diff_free(diff, &change->records[0]), call, sizeof(call));
	if (*call)
		fprintf(line->out, "%*sany: %s\n", INDENT, "", call);
}

/* Archs without a name can be many. */
static void put_place(FILE *out, const char *place, bool colour)
{
	struct line line = { out, INDENT };

	fputs(colour ? "\033[1m" : "", out);
	put_words(&line, place, "");
	fputs(colour ? "\033[0m\n" : "\n", out);
}

void diff_text(struct diff *diff, FILE *out, bool colour)
{
	static const char *const paint[] = { "\033[1;31m", "\033[32m", "\033[33m" };
	const char *place = "";
	char summary[256];

	for (size_t i = 0; i < diff->n; i++) {
		const struct diff_change *change = &diff->changes[i];
		const char *here = diff_place(diff, change);
		struct line line = { out, INDENT };
		if (strcmp(place, here))
			put_place(out, here, colour);
		place = here;
		fprintf(out, "  %s%-8s%s  ", colour ? paint[change->sense] : "",
			diff_sense_name(change->sense), colour ? "\033[0m" : "");
		put_change(diff, change, &line);
	}
	diff_summary(diff, summary, sizeof(summary));
	fprintf(out, "%s%s\n", diff->n ? "\n" : "", summary);
}
