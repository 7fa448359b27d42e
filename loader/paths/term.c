/* SPDX-License-Identifier: MIT */
#include "loader/paths/term.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_START 256

void terms_init(struct terms *terms)
{
	*terms = (struct terms){ 0 };
	arena_init(&terms->arena);
}

void terms_done(struct terms *terms)
{
	arena_done(&terms->arena);
	*terms = (struct terms){ 0 };
}

static size_t hash(const struct term *term)
{
	uint64_t h = (uint64_t)term->op * 0x9e3779b97f4a7c15u;

	h = (h ^ (uint32_t)term->left) * 0xff51afd7ed558ccdu;
	h = (h ^ (uint32_t)term->right) * 0xc4ceb9fe1a85ec53u;
	h = (h ^ term->k) * 0x9e3779b97f4a7c15u;
	return (size_t)(h >> 32);
}

static int *slot(const struct terms *terms, const struct term *term)
{
	size_t i = hash(term) & (terms->table_size - 1);

	for (;; i = (i + 1) & (terms->table_size - 1)) {
		int at = terms->table[i];
		const struct term *other = &terms->items[at < 0 ? 0 : at];

		if (at < 0 || (other->op == term->op && other->left == term->left &&
			       other->right == term->right && other->k == term->k))
			return &terms->table[i];
	}
}

static void grow_table(struct terms *terms)
{
	terms->table_size = terms->table_size ? terms->table_size * 2 : TABLE_START;
	terms->table = arena_alloc(&terms->arena, terms->table_size * sizeof(*terms->table));
	memset(terms->table, 0xff, terms->table_size * sizeof(*terms->table));
	for (size_t i = 0; i < terms->n; i++)
		*slot(terms, &terms->items[i]) = (int)i;
}

static int intern(struct terms *terms, const struct term *term)
{
	if (terms->n * 2 >= terms->table_size)
		grow_table(terms);
	int *at = slot(terms, term);
	if (*at < 0) {
		terms->items = arena_grow(&terms->arena, terms->items, terms->n, &terms->cap, sizeof(*term));
		terms->items[terms->n] = *term;
		*at = (int)terms->n++;
	}
	return *at;
}

int term_const(struct terms *terms, uint32_t k)
{
	return intern(terms, &(struct term){ .op = TERM_CONST, .left = -1, .right = -1, .k = k });
}

int term_word(struct terms *terms, unsigned word)
{
	return intern(terms, &(struct term){ .op = TERM_WORD,
					     .left = -1,
					     .right = -1,
					     .k = word,
					     .words = (uint16_t)(1u << word) });
}

uint32_t term_apply(enum term_op op, uint32_t left, uint32_t right)
{
	switch (op) {
	case TERM_AND:
		return left & right;
	case TERM_OR:
		return left | right;
	case TERM_XOR:
		return left ^ right;
	case TERM_ADD:
		return left + right;
	case TERM_SUB:
		return left - right;
	case TERM_MUL:
		return left * right;
	case TERM_DIV:
		return right ? left / right : 0;
	case TERM_LSH:
		return left << (right & 31);
	case TERM_RSH:
		return left >> (right & 31);
	case TERM_NEG:
		return 0 - left;
	case TERM_SAME:
		return left == right;
	case TERM_OVER:
		return left > right;
	case TERM_CONST:
	case TERM_WORD:
		break;
	}
	return left;
}

/* left OP constant in a simpler form, or -1. */
static int simplify(struct terms *terms, enum term_op op, int left, uint32_t k)
{
	const struct term *term = term_at(terms, left);

	if (k == 0 && (op == TERM_OR || op == TERM_XOR || op == TERM_ADD || op == TERM_SUB ||
		       op == TERM_LSH || op == TERM_RSH))
		return left;
	if (op != TERM_AND)
		return -1;
	if (k == 0)
		return term_const(terms, 0);
	if (k == UINT32_MAX)
		return left;
	if (term->op == TERM_AND && term_at(terms, term->right)->op == TERM_CONST)
		return term_make(terms, TERM_AND, term->left,
				 term_const(terms, term_at(terms, term->right)->k & k));
	return -1;
}

int term_make(struct terms *terms, enum term_op op, int left, int right)
{
	const struct term *l = term_at(terms, left), *r = right < 0 ? NULL : term_at(terms, right);
	unsigned size = 1 + l->size + (r ? r->size : 0);
	uint16_t words = l->words | (r ? r->words : 0);
	int simple;

	if (!words)
		return term_const(terms, term_apply(op, l->k, r ? r->k : 0));
	/* Constants stand on the right of what can be turned round. */
	if (r && l->op == TERM_CONST && (op <= TERM_ADD || op == TERM_MUL)) {
		int swap = left;
		left = right;
		right = swap;
		r = l;
	}
	if (r && r->op == TERM_CONST) {
		simple = simplify(terms, op, left, r->k);
		if (simple >= 0)
			return simple;
	}
	if (size > TERM_SIZE_MAX)
		return -1;
	return intern(terms,
		      &(struct term){ .op = op, .left = left, .right = right, .words = words, .size = size });
}

uint32_t term_value(const struct terms *terms, int at, uint32_t word)
{
	const struct term *term = term_at(terms, at);

	if (term->op == TERM_CONST)
		return term->k;
	if (term->op == TERM_WORD)
		return word;
	return term_apply(term->op, term_value(terms, term->left, word),
			  term->right < 0 ? 0 : term_value(terms, term->right, word));
}

static uint32_t low_ones(unsigned bits)
{
	return bits >= 32 ? UINT32_MAX : (1u << bits) - 1;
}

static unsigned trailing_zeros(uint32_t value)
{
	return value ? (unsigned)__builtin_ctz(value) : 32;
}

static uint32_t at_most(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * Within the aligned block of 2^bits numbers around x, where the operation
 * gives value + (number - x): those whose result is in want.
 */
static struct interval within_block(uint32_t x, uint32_t value, unsigned bits, struct interval want)
{
	uint32_t ones = low_ones(bits), below = x & ones, above = ones - below;

	below = at_most(below, value - want.first);
	above = at_most(above, want.last - value);
	return (struct interval){ x - below, x + above };
}

static struct interval pull_and(uint32_t x, uint32_t k, struct interval want)
{
	unsigned zeros = trailing_zeros(k), ones = trailing_zeros(~k);

	if (zeros) /* does not change within the block */
		return (struct interval){ x & ~low_ones(zeros), x | low_ones(zeros) };
	return within_block(x, x & k, ones, want);
}

/* The numbers around x that left OP k takes into want, which x OP k is in. */
static struct interval pull_one(enum term_op op, uint32_t x, uint32_t k, struct interval want)
{
	uint32_t value = term_apply(op, x, k);

	switch (op) {
	case TERM_AND:
		return pull_and(x, k, want);
	case TERM_OR:
	case TERM_XOR:
		return within_block(x, value, trailing_zeros(k), want);
	case TERM_ADD: /* cut where it wraps */
	case TERM_SUB:
		return (struct interval){ x - at_most(x, value - want.first),
					  x + at_most(UINT32_MAX - x, want.last - value) };
	case TERM_RSH:
		want.last = at_most(want.last, UINT32_MAX >> (k & 31));
		return (struct interval){ want.first << (k & 31), want.last << (k & 31) | low_ones(k & 31) };
	case TERM_CONST:
	case TERM_WORD:
	case TERM_MUL:
	case TERM_DIV:
	case TERM_LSH:
	case TERM_NEG:
	case TERM_SAME:
	case TERM_OVER:
		break;
	}
	return (struct interval){ x, x };
}

struct interval term_pull_back(const struct terms *terms, int at, uint32_t c, struct interval want)
{
	const struct term *term = term_at(terms, at);

	if (term->op == TERM_WORD)
		return want;
	if (term->op == TERM_CONST)
		return (struct interval){ 0, UINT32_MAX };
	if (term->right < 0 || term_at(terms, term->right)->op != TERM_CONST)
		return (struct interval){ c, c };
	uint32_t x = term_value(terms, term->left, c);
	return term_pull_back(terms, term->left, c,
			      pull_one(term->op, x, term_at(terms, term->right)->k, want));
}

uint32_t term_invert(const struct terms *terms, int at, uint32_t value)
{
	const struct term *term = term_at(terms, at);

	for (; term->op != TERM_WORD && term->op != TERM_CONST; term = term_at(terms, term->left)) {
		uint32_t k = term->right < 0 ? 0 : term_at(terms, term->right)->k;

		if (term->op == TERM_ADD)
			value -= k;
		else if (term->op == TERM_SUB)
			value += k;
		else if (term->op == TERM_XOR)
			value ^= k;
		else if (term->op == TERM_RSH)
			value <<= k & 31;
		else if (term->op == TERM_LSH)
			value >>= k & 31;
		else if (term->op == TERM_NEG)
			value = 0 - value;
		else if (term->op == TERM_DIV)
			value *= k;
		else if (term->op == TERM_MUL && k)
			value /= k;
	}
	return value;
}
