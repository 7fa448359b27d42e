/* SPDX-License-Identifier: MIT */
/* Comparisons as a predicate has them, between predicate.c, which makes them, and literal.c, which writes
 * them. */
#ifndef LOADER_PATHS_LITERAL_H
#define LOADER_PATHS_LITERAL_H

#include "loader/paths/atom.h"

#include <stdio.h>

#define FIELDS 7 /* arg0 to arg5, ip */
#define FIELD_IP 6

/* A comparison as it is written: of a whole 64-bit word, or an atom as it is. */
struct literal {
	bool wide;
	int field; /* 0 to FIELDS - 1; an atom's: of its first word, FIELDS: nr or arch */
	enum atom_op op;
	uint64_t mask, k;
	struct atom atom;
};

struct clause {
	struct literal *literals;
	size_t n;
};

struct literal_writer {
	const struct terms *terms;
	bool big_endian;
	FILE *out;
};

/* arg0 to arg5, ip, or FIELDS for nr and arch. */
int field_of_word(unsigned word);
/* Whether a word is the upper half of its field. */
bool is_high_word(const struct literal_writer *writer, unsigned word);

/* As an expression; no clause at all is never called for. */
void clauses_write(struct literal_writer *writer, const struct clause *clauses, size_t n);

#endif
