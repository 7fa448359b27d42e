/* SPDX-License-Identifier: MIT */
#include "loader/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct diag {
	enum diag_severity severity;
	char *file;
	size_t file_rank;      /* files print in the order they first appear */
	unsigned line, column; /* 0: the whole file */
	unsigned width;	       /* bytes under the caret, at least 1 */
	char *source;	       /* the line itself, NULL when there is none */
	char *message;
	char *hint; /* may be NULL */
};

/* A source line is shown through a window of this many columns around the caret. */
#define SOURCE_WIDTH 70

void diags_init(struct diags *diags)
{
	*diags = (struct diags){ 0 };
}

static void diag_clear(struct diag *diag)
{
	free(diag->file);
	free(diag->source);
	free(diag->message);
	free(diag->hint);
}

void diags_done(struct diags *diags)
{
	if (!diags)
		return;
	for (size_t i = 0; i < diags->n; i++)
		diag_clear(&diags->items[i]);
	free(diags->items);
	diags_init(diags);
}

static char *format(const char *fmt, va_list ap)
{
	char *text;

	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

static struct diag *diag_new(struct diags *diags, enum diag_severity severity)
{
	diags->kept = false;
	if (severity == DIAG_ERROR)
		diags->errors++;
	else
		diags->warnings++;
	/* Warnings leave room for errors. */
	if (diags->n >= (severity == DIAG_ERROR ? DIAGS_MAX : DIAGS_MAX / 2)) {
		diags->dropped++;
		return NULL;
	}
	if (diags->n == diags->cap) {
		size_t cap = diags->cap ? 2 * diags->cap : 8;
		struct diag *items = realloc(diags->items, cap * sizeof(*items));
		if (!items) {
			diags->dropped++;
			return NULL;
		}
		diags->items = items;
		diags->cap = cap;
	}
	struct diag *diag = &diags->items[diags->n++];
	*diag = (struct diag){ .severity = severity };
	diags->kept = true;
	return diag;
}

static size_t rank_of(const struct diags *diags, const char *file)
{
	for (size_t i = 0; i + 1 < diags->n; i++)
		if (diags->items[i].file && !strcmp(diags->items[i].file, file))
			return diags->items[i].file_rank;
	return diags->n;
}

/* The line that holds an offset, without its end; NULs become a byte that is shown as '?'. */
static char *line_at(const struct text *text, size_t off)
{
	size_t begin = off, end = off;

	while (begin > 0 && text->data[begin - 1] != '\n')
		begin--;
	while (end < text->len && text->data[end] != '\n')
		end++;
	if (end > begin && text->data[end - 1] == '\r')
		end--;
	char *line = malloc(end - begin + 1);
	if (!line)
		return NULL;
	for (size_t i = 0; i < end - begin; i++)
		line[i] = text->data[begin + i] ? text->data[begin + i] : '\1';
	line[end - begin] = '\0';
	return line;
}

static bool same(const struct diag *a, const struct diag *b)
{
	return a->line == b->line && a->column == b->column && a->file && b->file &&
	       !strcmp(a->file, b->file) && a->message && b->message && !strcmp(a->message, b->message);
}

/* Takes the last one back when it was said before. */
static void drop_repeat(struct diags *diags)
{
	struct diag *last = &diags->items[diags->n - 1];

	for (size_t i = 0; i + 1 < diags->n && diags->kept; i++)
		diags->kept = !same(&diags->items[i], last);
	if (diags->kept)
		return;
	diags->repeats++;
	diag_clear(last);
	diags->n--;
}

static void add(struct diags *diags, enum diag_severity severity, const struct span *where, const char *fmt,
		va_list ap)
{
	struct diag *diag = diags ? diag_new(diags, severity) : NULL;

	if (!diag)
		return;
	struct place place = span_place(where);
	diag->file = strdup(place.text->name);
	diag->file_rank = diag->file ? rank_of(diags, diag->file) : 0;
	diag->line = place.line;
	diag->column = place.column;
	diag->source = line_at(place.text, place.off);
	/* The caret's line ends where the source line does. */
	size_t rest = diag->source && strlen(diag->source) >= place.column
			      ? strlen(diag->source) - place.column + 1
			      : 1;
	diag->width = (unsigned)(place.len < 1 ? 1 : place.len < rest ? place.len : rest);
	diag->message = format(fmt, ap);
	drop_repeat(diags);
}

void diag_error(struct diags *diags, const struct span *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(diags, DIAG_ERROR, where, fmt, ap);
	va_end(ap);
}

void diag_warning(struct diags *diags, const struct span *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(diags, DIAG_WARNING, where, fmt, ap);
	va_end(ap);
}

static void add_file(struct diags *diags, enum diag_severity severity, const char *path, const char *fmt,
		     va_list ap)
{
	struct diag *diag = diags ? diag_new(diags, severity) : NULL;

	if (!diag)
		return;
	diag->file = strdup(path);
	diag->file_rank = diag->file ? rank_of(diags, diag->file) : 0;
	diag->message = format(fmt, ap);
}

void diag_file_error(struct diags *diags, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_file(diags, DIAG_ERROR, path, fmt, ap);
	va_end(ap);
}

void diag_file_warning(struct diags *diags, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_file(diags, DIAG_WARNING, path, fmt, ap);
	va_end(ap);
}

void diag_hint(struct diags *diags, const char *fmt, ...)
{
	va_list ap;

	if (!diags || !diags->kept)
		return;
	struct diag *diag = &diags->items[diags->n - 1];
	free(diag->hint);
	va_start(ap, fmt);
	diag->hint = format(fmt, ap);
	va_end(ap);
}

void diag_hint_names(struct diags *diags, const char *const *names, size_t n)
{
	if (n == 1)
		diag_hint(diags, "did you mean '%s'?", names[0]);
	else if (n == 2)
		diag_hint(diags, "did you mean '%s' or '%s'?", names[0], names[1]);
	else if (n > 2)
		diag_hint(diags, "did you mean '%s', '%s' or '%s'?", names[0], names[1], names[2]);
}

void diags_append(struct diags *to, struct diags *from)
{
	for (size_t i = 0; i < from->n; i++) {
		struct diag *diag = diag_new(to, from->items[i].severity);
		if (!diag) {
			diag_clear(&from->items[i]);
			continue;
		}
		*diag = from->items[i];
		diag->file_rank = diag->file ? rank_of(to, diag->file) : 0;
	}
	to->dropped += from->dropped;
	to->repeats += from->repeats;
	free(from->items);
	diags_init(from);
}

static int by_place(const void *pa, const void *pb)
{
	const struct diag *a = *(struct diag *const *)pa, *b = *(struct diag *const *)pb;

	if (a->file_rank != b->file_rank)
		return a->file_rank < b->file_rank ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return a < b ? -1 : a > b; /* as found */
}

static uint32_t decode(const char *text, size_t n)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)text[0] & masks[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	return c;
}

/*
 * Terminal columns of a character, coarsely: East Asian scripts and emoji are wide, combining marks have
 * none.
 */
static unsigned width_of(uint32_t c)
{
	static const struct {
		uint32_t first, last;
		unsigned width;
	} ranges[] = {
		{ 0x0300, 0x036f, 0 }, { 0x1100, 0x115f, 2 },	{ 0x200b, 0x200f, 0 },
		{ 0x2e80, 0xa4cf, 2 }, { 0xac00, 0xd7a3, 2 },	{ 0xf900, 0xfaff, 2 },
		{ 0xfe00, 0xfe0f, 0 }, { 0xfe30, 0xfe6f, 2 },	{ 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 }, { 0x1f300, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].width;
	return 1;
}

/*
 * The character that text begins with, as it is shown: text that came from
 * outside must not send control characters to the terminal.
 */
struct shown {
	size_t len; /* bytes of the text */
	unsigned columns;
	const char *instead; /* NULL: as it is */
};

static struct shown shown_char(const char *text, size_t len)
{
	size_t n = utf8_length(text, len);
	uint32_t c = n ? decode(text, n) : 0;

	if (!n)
		return (struct shown){ 1, 1, "?" };
	if (c == '\t')
		return (struct shown){ 1, 1, " " };
	/* C0 and C1 controls, and what reorders the text around it. */
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069))
		return (struct shown){ n, 1, "?" };
	return (struct shown){ n, width_of(c), NULL };
}

static size_t columns_of(const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len;) {
		struct shown shown = shown_char(text + i, len - i);
		columns += shown.columns;
		i += shown.len;
	}
	return columns;
}

/* Bytes of the characters that fill at most so many columns. */
static size_t bytes_of(const char *text, size_t len, size_t columns)
{
	size_t i = 0;

	while (i < len) {
		struct shown shown = shown_char(text + i, len - i);
		if (shown.columns > columns)
			break;
		columns -= shown.columns;
		i += shown.len;
	}
	return i;
}

static void print_clean(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		struct shown shown = shown_char(text + i, len - i);
		if (shown.instead)
			fputs(shown.instead, out);
		else
			fwrite(text + i, 1, shown.len, out);
		i += shown.len;
	}
}

static void print_text(FILE *out, const char *text)
{
	print_clean(out, text, strlen(text));
}

/* The line through a window around the caret, and the caret under it. */
static void print_source(FILE *out, const struct diag *diag, bool colour)
{
	const char *line = diag->source;
	size_t len = strlen(line), caret = diag->column - 1 < len ? diag->column - 1 : len, from = 0;
	size_t columns = columns_of(line, caret);

	if (columns > SOURCE_WIDTH - 10)
		from = bytes_of(line, caret, columns - SOURCE_WIDTH / 2);
	const char *more = from ? "..." : "";
	size_t shown = bytes_of(line + from, len - from, SOURCE_WIDTH), to = from + shown;
	size_t end = caret + diag->width < to ? caret + diag->width : to;
	size_t under = end > caret ? columns_of(line + caret, end - caret) : 0;

	fprintf(out, "%5u | %s", diag->line, more);
	print_clean(out, line + from, shown);
	fprintf(out, "%s\n      | %*s%s", to < len ? "..." : "",
		(int)(columns_of(line + from, caret - from) + strlen(more)), "", colour ? "\033[1;32m" : "");
	fputc('^', out);
	for (size_t i = 1; i < under; i++)
		fputc('~', out);
	fprintf(out, "%s\n", colour ? "\033[0m" : "");
}

/* Broken at spaces on terminals, whose lines are cut anywhere otherwise. */
static void print_hint(FILE *out, const char *hint, size_t width)
{
	size_t at = 0;

	while (*hint) {
		size_t word = strspn(hint, " "), columns;
		word += strcspn(hint + word, " ");
		columns = columns_of(hint, word);
		if (width && at && 2 + at + columns > width) {
			fputs("\n", out);
			hint += strspn(hint, " ");
			at = 0;
			continue;
		}
		if (!at)
			fputs("  ", out);
		print_clean(out, hint, word);
		at += columns;
		hint += word;
	}
	fputc('\n', out);
}

static void print_one(FILE *out, const struct diag *diag, bool colour, size_t width)
{
	static const char *const words[] = { "error", "warning" };
	static const char *const colours[] = { "\033[1;31m", "\033[1;35m" };

	fputs(colour ? "\033[1m" : "", out);
	print_text(out, diag->file ? diag->file : "?");
	if (diag->line)
		fprintf(out, ":%u:%u", diag->line, diag->column);
	fprintf(out, ": %s%s:%s ", colour ? colours[diag->severity] : "", words[diag->severity],
		colour ? "\033[0m" : "");
	print_text(out, diag->message ? diag->message : "out of memory");
	fputc('\n', out);
	if (diag->source && diag->line)
		print_source(out, diag, colour);
	if (diag->hint)
		print_hint(out, diag->hint, width);
}

static void print_rest(FILE *out, const char *file, const size_t *counts)
{
	static const char *const words[] = { "error", "warning" };

	for (size_t i = 0; i < 2; i++) {
		if (counts[i] <= DIAGS_SHOWN)
			continue;
		size_t more = counts[i] - DIAGS_SHOWN;
		print_text(out, file ? file : "?");
		fprintf(out, ": %zu more %s%s, not shown\n", more, words[i], more == 1 ? "" : "s");
	}
}

/* 0: no terminal. */
static size_t terminal_width(FILE *out)
{
	struct winsize size;

	return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 0;
}

/* In order; those of one file are neighbours. */
static void print_ordered(FILE *out, const struct diag *const *order, size_t n, bool colour)
{
	size_t counts[2] = { 0 }, width = terminal_width(out);

	for (size_t i = 0; i < n; i++) {
		if (i && order[i]->file_rank != order[i - 1]->file_rank) {
			print_rest(out, order[i - 1]->file, counts);
			memset(counts, 0, sizeof(counts));
		}
		if (counts[order[i]->severity]++ < DIAGS_SHOWN)
			print_one(out, order[i], colour, width);
	}
	if (n)
		print_rest(out, order[n - 1]->file, counts);
}

void diags_print(const struct diags *diags, FILE *out, bool colour)
{
	const struct diag **order = calloc(diags->n ? diags->n : 1, sizeof(*order));

	for (size_t i = 0; order && i < diags->n; i++)
		order[i] = &diags->items[i];
	if (order) {
		qsort(order, diags->n, sizeof(*order), by_place);
		print_ordered(out, order, diags->n, colour);
	}
	if (diags->dropped)
		fprintf(out, "%zu more not shown\n", diags->dropped);
	free(order);
}

bool diag_colour(FILE *stream)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fileno(stream)) && !(no && *no);
}
