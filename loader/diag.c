/* SPDX-License-Identifier: MIT */
#include "loader/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct diag {
	enum diag_severity severity;
	char *file;
	size_t file_rank; /* files print in the order they first appear */
	unsigned line, column; /* 0: the whole file */
	unsigned width;        /* bytes under the caret, at least 1 */
	char *source;          /* the line itself, NULL when there is none */
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
	if (severity == DIAG_ERROR)
		diags->errors++;
	else
		diags->warnings++;
	if (diags->n == DIAGS_MAX) {
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
	return diag;
}

static size_t rank_of(const struct diags *diags, const char *file)
{
	for (size_t i = 0; i + 1 < diags->n; i++)
		if (diags->items[i].file && !strcmp(diags->items[i].file, file))
			return diags->items[i].file_rank;
	return diags->n;
}

/* The line that holds an offset, without its end. */
static char *line_at(const struct text *text, size_t off)
{
	size_t begin = off, end = off;

	while (begin > 0 && text->data[begin - 1] != '\n')
		begin--;
	while (end < text->len && text->data[end] != '\n')
		end++;
	if (end > begin && text->data[end - 1] == '\r')
		end--;
	return strndup(text->data + begin, end - begin);
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
	size_t rest = diag->source && strlen(diag->source) >= place.column ?
			      strlen(diag->source) - place.column + 1 :
			      1;
	diag->width = (unsigned)(place.len < 1 ? 1 : place.len < rest ? place.len : rest);
	diag->message = format(fmt, ap);
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

void diag_file_error(struct diags *diags, const char *path, const char *fmt, ...)
{
	struct diag *diag = diags ? diag_new(diags, DIAG_ERROR) : NULL;
	va_list ap;

	if (!diag)
		return;
	diag->file = strdup(path);
	diag->file_rank = diag->file ? rank_of(diags, diag->file) : 0;
	va_start(ap, fmt);
	diag->message = format(fmt, ap);
	va_end(ap);
}

void diag_hint(struct diags *diags, const char *fmt, ...)
{
	va_list ap;

	if (!diags || !diags->n || diags->dropped)
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

/* Text that came from outside: control characters must not reach the terminal. */
static void print_clean(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '\n' || (c >= 0x20 && c != 0x7f))
			fputc(c, out);
		else
			fputc(c == '\t' ? ' ' : '?', out);
	}
}

static void print_source(FILE *out, const struct diag *diag, bool colour)
{
	size_t len = strlen(diag->source), caret = diag->column - 1, from = 0;
	const char *more = "";

	if (caret > SOURCE_WIDTH - 10) {
		from = caret - (SOURCE_WIDTH / 2);
		more = "...";
	}
	size_t width = len - (from < len ? from : len);
	if (width > SOURCE_WIDTH)
		width = SOURCE_WIDTH;
	fprintf(out, "%5u | %s", diag->line, more);
	print_clean(out, diag->source + from, width);
	fprintf(out, "%s\n      | %*s%s", from + width < len ? "..." : "",
		(int)(caret - from + strlen(more)), "", colour ? "\033[1;32m" : "");
	fputc('^', out);
	for (size_t i = 1; i < diag->width && caret + i < from + width; i++)
		fputc('~', out);
	fprintf(out, "%s\n", colour ? "\033[0m" : "");
}

static void print_one(FILE *out, const struct diag *diag, bool colour)
{
	static const char *const words[] = { "error", "warning" };
	static const char *const colours[] = { "\033[1;31m", "\033[1;35m" };

	fputs(colour ? "\033[1m" : "", out);
	print_clean(out, diag->file ? diag->file : "?", strlen(diag->file ? diag->file : "?"));
	if (diag->line)
		fprintf(out, ":%u:%u", diag->line, diag->column);
	fprintf(out, ": %s%s:%s ", colour ? colours[diag->severity] : "", words[diag->severity],
		colour ? "\033[0m" : "");
	print_clean(out, diag->message ? diag->message : "out of memory",
		    strlen(diag->message ? diag->message : "out of memory"));
	fputc('\n', out);
	if (diag->source && diag->line)
		print_source(out, diag, colour);
	if (diag->hint) {
		fputs("  ", out);
		print_clean(out, diag->hint, strlen(diag->hint));
		fputc('\n', out);
	}
}

void diags_print(const struct diags *diags, FILE *out, bool colour)
{
	const struct diag **order = calloc(diags->n ? diags->n : 1, sizeof(*order));

	for (size_t i = 0; order && i < diags->n; i++)
		order[i] = &diags->items[i];
	if (order)
		qsort(order, diags->n, sizeof(*order), by_place);
	for (size_t i = 0; i < diags->n; i++)
		print_one(out, order ? order[i] : &diags->items[i], colour);
	if (diags->dropped)
		fprintf(out, "%zu more not shown\n", diags->dropped);
	free(order);
}

bool diag_colour(FILE *stream)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fileno(stream)) && !(no && *no);
}
