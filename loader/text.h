/* SPDX-License-Identifier: MIT */
/*
 * Texts that people wrote, and where in them something stands. A text is a
 * whole file or a piece of one (a program inside a case file's scalar); places
 * are byte offsets into it, turned into file:line:column where they are shown.
 */
#ifndef LOADER_TEXT_H
#define LOADER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No text or program file is read past this many bytes (a file of 4,096 instructions has 32 KiB). */
#define TEXT_SIZE_MAX (64u << 20)

struct text {
	char *name; /* as shown: the path as given, "<stdin>", "<command line>" */
	char *data; /* len bytes and a NUL; may hold NULs itself */
	size_t len;

	/* Lines of the file that come before data: a record file is read line by line. */
	unsigned lines_before;

	/*
	 * A piece of another text: line i (from 0) of this one stands at line
	 * outer_line + i of outer, indented by first_column (i = 0) or indent
	 * (i > 0) bytes. When the mapping is not exact (escapes, folded lines)
	 * every place is shown as the piece's start.
	 */
	const struct text *outer; /* NULL: a text of its own; outlives this one */
	unsigned outer_line;	  /* 1-based */
	unsigned first_column;	  /* 0-based */
	unsigned indent;
	bool exact;
};

struct diags;

struct span;
/*
 * Reads a file ("-": stdin, with the name "<stdin>"). Directories, FIFOs,
 * devices, missing files and files over limit bytes (0: TEXT_SIZE_MAX) are
 * refused with a diagnostic at the place given (place may be NULL: then the
 * diagnostic names the path alone). /dev/stdin and process substitutions
 * (/dev/fd/N) are read. 0 or -1.
 */
struct span;
int text_read(const char *path, size_t limit, const struct span *place, struct diags *diags,
	      struct text *ret_text);
/* The same refusals, and a descriptor to read from (STDIN_FILENO for "-"); -1: diagnosed. */
int text_open(const char *path, const struct span *place, struct diags *diags);
/* A text with the given name (copied) and contents (copied). 0 or -ENOMEM. */
int text_from(const char *name, const char *data, size_t len, struct text *ret_text);
void text_done(struct text *text);

/* A range of bytes of a text; len 0 is a point (the end of the text, say). */
struct span {
	const struct text *text;
	size_t off, len;
};

static inline struct span span_of(const struct text *text, size_t off, size_t len)
{
	return (struct span){ .text = text, .off = off, .len = len };
}

static inline struct span span_all(const struct text *text)
{
	return span_of(text, 0, text->len);
}

/* The bytes of a span; no zero ends them. */
static inline const char *span_bytes(const struct span *span)
{
	return span->text->data + span->off;
}

/* Bytes of the UTF-8 character that text begins with (1 to 4); 0 when it does not begin with one. */
size_t utf8_length(const char *text, size_t len);

/* Where a span begins, in the outermost text. */
struct place {
	const struct text *text;
	unsigned line, column; /* 1-based; column counts bytes */
	size_t off, len;       /* in that text */
};
struct place span_place(const struct span *span);

#endif
