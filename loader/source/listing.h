/* SPDX-License-Identifier: MIT */
/* Programs out: as text, or as bytes. */
#ifndef LOADER_LISTING_H
#define LOADER_LISTING_H

#include "loader/source/source.h"

enum listing_format { LISTING_ASM, LISTING_C, LISTING_HEX, LISTING_RAW };

struct listing_opts {
	enum listing_format format;
	bool numeric;	 /* asm: only what the kernel's bpf_asm reads */
	bool big_endian; /* asm: which half of a word a load takes */
	bool titled;	 /* asm: `.program "NAME"` before the program, it is one of several */
	size_t index;	 /* of the program, for its title when it has no name */
};

/* 0 or -1 (diagnosed: out of memory). Writes that fail are seen when the file is closed. */
int listing_write(FILE *out, const struct program *program, const struct listing_opts *opts,
		  struct diags *diags);

/* All programs of some sources on stdout, each with its title when there are several. */
int listing_print(const struct source_list *sources, const struct listing_opts *opts, struct diags *diags);

/* What a program's file is called in a folder: its own name, or its number ("03.bpf"). size >= 256. */
void listing_name(const struct program *program, size_t index, char *buf, size_t size);

#endif
