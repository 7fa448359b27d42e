/* SPDX-License-Identifier: MIT */
/* The readers of the source kinds; for loader/source/ only. */
#ifndef LOADER_SOURCE_KINDS_H
#define LOADER_SOURCE_KINDS_H

#include "loader/source/options.h"
#include "loader/source/source.h"

/* Adds a program (path is copied, insns are taken over) to a source being built. 0 or -1 (diagnosed). */
int source_add(struct source *source, const char *path, struct sock_filter *insns, size_t len,
	       struct diags *diags);

/*
 * Program i of the n that a text holds: its path is "policy.bpfasm", or
 * "policy.bpfasm:01.bpf" for one of several. Takes over *insns, and *name
 * (which may be NULL) where it returns 0.
 */
int source_add_one(struct source *source, const struct text *text, char **name, struct sock_filter **insns,
		   size_t len, size_t i, size_t n, struct diags *diags);

/* Reads a file's content as raw instructions or as text of a kind. text's name is the path as shown. */
int raw_load(struct source *source, const struct text *text, const struct span *place, struct diags *diags);
int asm_load(struct source *source, const struct text *text, const struct source_options *options,
	     struct diags *diags);
int rules_load(struct source *source, const struct text *text, const struct source_options *options,
	       struct diags *diags);
extern const struct source_option_spec c_options[];
int c_load(struct source *source, const struct text *text, const struct source_options *options,
	   struct diags *diags);
int dir_load(struct source *source, const char *path, const struct span *place, struct diags *diags);
/* The filters of a live task, by its id as text. */
int pid_load(struct source *source, const char *id, const struct span *place, struct diags *diags);
int pid_load_text(struct source *source, const struct text *text, const struct source_options *options,
		  struct diags *diags);

/* Whether content is raw instructions: no text has a NUL, and every instruction of 16-bit opcodes has one. */
bool raw_looks_binary(const struct text *text);
/* Whether binary content may be instructions at all: an image, a program or an archive is none. */
bool raw_plausible(const struct text *text);

/* The options that a kind knows, NULL: none. */
const struct source_option_spec *source_kind_options(enum source_kind kind);
/* Reads text of a source whose kind has a text form. */
int source_kind_load_text(struct source *source, const struct text *text,
			  const struct source_options *options, struct diags *diags);
/* Diagnoses the len bytes before a spec's colon, which name no kind. Returns -1. */
int source_kind_unknown(const char *spec, size_t len, const struct span *place, struct diags *diags);

/* The kind of a file whose name does not say it, by its content. */
enum source_kind source_guess_by_content(const struct text *text);
/* Diagnoses a text that was taken for assembler for want of anything else, and is none. Returns -1. */
int source_no_filter(const struct text *text, const struct span *place, struct diags *diags);


/* A problem of a whole file: at the place that names it, or by its path. Returns -1. */
int source_error(struct diags *diags, const struct span *place, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
