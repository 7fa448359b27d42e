/* SPDX-License-Identifier: MIT */
/*
 * What a register of the machine holds, as an expression over the record's
 * words. Equal expressions are one term: terms are compared by their index.
 */
#ifndef LOADER_PATHS_TERM_H
#define LOADER_PATHS_TERM_H

#include "loader/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum term_op {
	TERM_CONST, /* k */
	TERM_WORD,  /* k: the word's index, 0 to 15 */
	TERM_AND,
	TERM_OR,
	TERM_XOR,
	TERM_ADD,
	TERM_SUB,
	TERM_MUL,
	TERM_DIV,
	TERM_LSH,
	TERM_RSH,
	TERM_NEG, /* of left */
	TERM_SAME,
	TERM_OVER, /* 1 where left == right, left > right; else 0 */
};

/* Larger ones are not made: nobody could read them. */
#define TERM_SIZE_MAX 256u

struct term {
	enum term_op op;
	int left, right; /* -1: none */
	uint32_t k;
	uint16_t words; /* those it is made of, as bits */
	unsigned size;	/* operators, written out */
};

struct terms {
	struct arena arena;
	struct term *items;
	size_t n, cap;
	int *table; /* open hash of indices, -1: free; a power of two */
	size_t table_size;
};

void terms_init(struct terms *terms);
void terms_done(struct terms *terms);

int term_const(struct terms *terms, uint32_t k);
int term_word(struct terms *terms, unsigned word);
/* left OP right, constants folded, masks of masks made one. -1: too large. */
int term_make(struct terms *terms, enum term_op op, int left, int right);

/* The operation on numbers; a division by zero is the caller's. */
uint32_t term_apply(enum term_op op, uint32_t left, uint32_t right);

static inline const struct term *term_at(const struct terms *terms, int term)
{
	return &terms->items[term];
}

struct interval {
	uint32_t first, last;
};

/*
 * The widest interval known around a word's value c such that the term, which
 * is made of that word and constants, stays within want. c is in it.
 */
struct interval term_pull_back(const struct terms *terms, int term, uint32_t c, struct interval want);

/* The value of a term of one word alone. */
uint32_t term_value(const struct terms *terms, int term, uint32_t word);

/* A value of its one word that may give the term this value; the caller verifies. */
uint32_t term_invert(const struct terms *terms, int term, uint32_t value);

#endif
