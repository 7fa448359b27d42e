/* SPDX-License-Identifier: MIT */
/* The readers of the source kinds; for loader/source/ only. */
#ifndef LOADER_SOURCE_KINDS_H
#define LOADER_SOURCE_KINDS_H

#include "loader/source/source.h"

/* Adds a program (path is copied, insns are taken over) to a source being built. 0 or -1 (diagnosed). */
int source_add(struct source *source, const char *path, struct sock_filter *insns, size_t len,
	       struct diags *diags);

/* Reads a file's content as raw instructions or as text of a kind. text's name is the path as shown. */
int raw_load(struct source *source, const struct text *text, const struct span *place, struct diags *diags);
int asm_load(struct source *source, const struct text *text, struct diags *diags);
int dir_load(struct source *source, const char *path, const struct span *place, struct diags *diags);

/* Whether content is raw instructions: no text has a NUL, and every instruction of 16-bit opcodes has one. */
bool raw_looks_binary(const struct text *text);

/* A problem of a whole file: at the place that names it, or by its path. Returns -1. */
int source_error(struct diags *diags, const struct span *place, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
