/* SPDX-License-Identifier: MIT */
/*
 * Conditions as text in the predicate language. Programs look at 32 bits at a
 * time; what is together a comparison of the whole 64-bit word is written so.
 */
#include "loader/paths/answer.h"
#include "loader/paths/literal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 64 /* values up to this are counted one by one */

/* Is the literal about one plain half? Which. */
static bool is_half(const struct literal_writer *writer, const struct literal *literal, bool high)
{
	const struct term *base = term_at(writer->terms, literal->atom.base);

	return !literal->wide && base->op == TERM_WORD && literal->field < FIELDS &&
	       is_high_word(writer, base->k) == high;
}

static struct literal literal_of(const struct literal_writer *writer, const struct atom *atom)
{
	uint16_t words = term_at(writer->terms, atom->base)->words;

	return (struct literal){ .op = atom->op,
				 .atom = *atom,
				 .mask = atom->mask,
				 .k = atom->k,
				 .field = words ? field_of_word((unsigned)__builtin_ctz(words)) : FIELDS };
}

/* With all its bits: > k, where `!= 0` is > 0 and `> k` stays. */
static bool as_over(const struct literal *literal, uint64_t *ret_k)
{
	*ret_k = literal->k;
	return literal->mask == UINT32_MAX &&
	       (literal->op == ATOM_GT || (literal->op == ATOM_NE && literal->k == 0));
}

/* With all its bits: <= k, where `== 0` is <= 0. */
static bool as_most(const struct literal *literal, uint64_t *ret_k)
{
	*ret_k = literal->k;
	return literal->mask == UINT32_MAX &&
	       (literal->op == ATOM_LE || (literal->op == ATOM_EQ && literal->k == 0));
}

static void remove_literal(struct clause *clause, size_t i)
{
	memmove(&clause->literals[i], &clause->literals[i + 1],
		(clause->n - i - 1) * sizeof(*clause->literals));
	clause->n--;
}

static void widen(struct literal *low, enum atom_op op, uint64_t mask, uint64_t k)
{
	low->wide = true;
	low->op = op;
	low->mask = mask;
	low->k = k;
}

/*
 * hi == H && lo == L is one comparison; hi == 0 && lo <= L as well, and then
 * what else is said of lo may be said of the whole. Returns whether the high
 * half's literal has become unnecessary.
 */
static bool join_halves(const struct literal_writer *writer, struct clause *clause, size_t high)
{
	struct literal *h = &clause->literals[high];
	bool zero = h->k == 0 && h->mask == UINT32_MAX, joined = false;
	uint64_t k;

	for (size_t i = 0; i < clause->n && !joined; i++) {
		struct literal *low = &clause->literals[i];

		if (low->field != h->field || !is_half(writer, low, false))
			continue;
		if (low->op == ATOM_EQ)
			widen(low, ATOM_EQ, h->mask << 32 | low->mask, h->k << 32 | low->k);
		else if (zero && as_most(low, &k))
			widen(low, ATOM_LE, UINT64_MAX, k);
		else
			continue;
		joined = true;
	}
	for (size_t i = 0; i < clause->n && joined && zero; i++) {
		struct literal *low = &clause->literals[i];

		if (low->field == h->field && is_half(writer, low, false) && low->mask == UINT32_MAX)
			widen(low, low->op, UINT64_MAX, low->k);
	}
	return joined;
}

/* (x & 1) == 0 && (x & 6) == 2 is (x & 7) == 2. */
static void join_masks(struct clause *clause)
{
	for (size_t i = 0; i < clause->n; i++)
		for (size_t j = i + 1; j < clause->n; j++) {
			struct literal *a = &clause->literals[i], *b = &clause->literals[j];

			if (a->op != ATOM_EQ || b->op != ATOM_EQ || a->atom.base != b->atom.base)
				continue;
			a->mask |= b->mask;
			a->k |= b->k;
			remove_literal(clause, j--);
		}
}

static void join_clause(const struct literal_writer *writer, struct clause *clause)
{
	for (size_t i = 0; i < clause->n; i++)
		if (is_half(writer, &clause->literals[i], true) && clause->literals[i].op == ATOM_EQ &&
		    join_halves(writer, clause, i))
			remove_literal(clause, i--);
}

/* Of x <= 10 && x != 0 && x != 3 ... the few values that are left: written as x == 1 || x == 2 ... */
static size_t few_left(const struct clause *clause, size_t at, size_t *ret_excluded)
{
	const struct literal *most = &clause->literals[at];
	size_t excluded = 0;

	if (most->op != ATOM_LE || most->k > MANY || (!most->wide && most->mask != UINT32_MAX))
		return 0;
	for (size_t i = 0; i < clause->n; i++) {
		const struct literal *literal = &clause->literals[i];

		if (i == at || literal->wide != most->wide || literal->field != most->field ||
		    (!most->wide && literal->atom.base != most->atom.base))
			continue;
		if (literal->op != ATOM_NE || literal->mask != most->mask || literal->k > most->k)
			return 0;
		excluded++;
	}
	*ret_excluded = excluded;
	size_t left = most->k + 1 > excluded ? (size_t)most->k + 1 - excluded : 0;
	return left <= excluded ? left : 0;
}

/* A clause like the given one, with one value for literal at, in place of all that is said of it. */
static struct clause with_value(struct arena *arena, const struct clause *clause, size_t at, uint64_t value)
{
	struct clause one = { arena_alloc(arena, clause->n * sizeof(*one.literals)), 0 };
	const struct literal *most = &clause->literals[at];

	for (size_t i = 0; i < clause->n; i++) {
		const struct literal *literal = &clause->literals[i];

		if (i != at && literal->wide == most->wide && literal->field == most->field &&
		    (most->wide || literal->atom.base == most->atom.base))
			continue;
		one.literals[one.n++] = *literal;
		if (i == at) {
			one.literals[one.n - 1].op = ATOM_EQ;
			one.literals[one.n - 1].k = value;
		}
	}
	return one;
}

static bool excludes(const struct clause *clause, size_t at, uint64_t value)
{
	const struct literal *most = &clause->literals[at];

	for (size_t i = 0; i < clause->n; i++) {
		const struct literal *literal = &clause->literals[i];

		if (literal->op == ATOM_NE && literal->k == value && literal->wide == most->wide &&
		    literal->field == most->field && (most->wide || literal->atom.base == most->atom.base))
			return true;
	}
	return false;
}

/* Puts values in place of a clause; returns how many clauses there are now. */
static size_t list_values(struct arena *arena, struct clause **clauses, size_t n, size_t which)
{
	struct clause clause = (*clauses)[which];
	size_t excluded = 0, left = 0, at;

	for (at = 0; at < clause.n && !left; at++)
		left = few_left(&clause, at, &excluded);
	if (!left)
		return n;
	at--;
	struct clause *more = arena_alloc(arena, (n + left) * sizeof(*more));
	memcpy(more, *clauses, n * sizeof(*more));
	*clauses = more;
	bool first = true;
	for (uint64_t value = 0; value <= clause.literals[at].k; value++) {
		if (excludes(&clause, at, value))
			continue;
		more[first ? which : n++] = with_value(arena, &clause, at, value);
		first = false;
	}
	return n;
}

static bool literals_equal(const struct literal *a, const struct literal *b)
{
	return a->wide == b->wide && a->field == b->field && a->op == b->op && a->mask == b->mask &&
	       a->k == b->k && (a->wide || a->atom.base == b->atom.base);
}

static bool has_literal(const struct clause *clause, const struct literal *literal)
{
	for (size_t i = 0; i < clause->n; i++)
		if (literals_equal(&clause->literals[i], literal))
			return true;
	return false;
}

/*
 * The literals of a that b has not, at most max of them; their number, max + 1
 * where there are more.
 */
static size_t differences(const struct clause *a, const struct clause *b, size_t *ret_at, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n && n <= max; i++)
		if (!has_literal(b, &a->literals[i])) {
			if (n < max)
				ret_at[n] = i;
			n++;
		}
	return n;
}

/* `hi differs, or lo does` and its kin as a comparison of the whole: into the high half's literal. */
static bool join_alternatives(struct literal *high, const struct literal *equal, const struct literal *low)
{
	uint64_t h, l;

	if (high->op == ATOM_NE && low->op == ATOM_NE && (!equal || equal->mask == high->mask) &&
	    (!equal || equal->k == high->k)) {
		widen(high, ATOM_NE, high->mask << 32 | low->mask, high->k << 32 | low->k);
		return true;
	}
	if (equal && equal->mask != UINT32_MAX)
		return false;
	if (as_over(high, &h) && as_over(low, &l) && (equal ? equal->k == h : h == 0)) {
		widen(high, ATOM_GT, UINT64_MAX, h << 32 | l);
		return true;
	}
	if (equal && as_most(high, &h) && as_most(low, &l) && equal->k == h + 1) {
		widen(high, ATOM_LE, UINT64_MAX, equal->k << 32 | l);
		return true;
	}
	return false;
}

/* Not all bits of a mask are zero: a comparison of one bit is written the other way. */
static bool as_any(const struct literal *literal)
{
	if (literal->op == ATOM_NE)
		return literal->k == 0 && literal->mask != UINT32_MAX;
	return literal->op == ATOM_EQ && literal->k == literal->mask &&
	       !(literal->mask & (literal->mask - 1));
}

/* (x & 1) != 0 || (x & 6) != 0 is (x & 7) != 0. */
static bool join_any(struct literal *a, const struct literal *b)
{
	if (a->wide || b->wide || a->atom.base != b->atom.base || !as_any(a) || !as_any(b))
		return false;
	a->op = ATOM_NE;
	a->mask |= b->mask;
	a->k = 0;
	return true;
}

/* a and b are the same but for a high half in a, and a low one (with or without the high one) in b. */
static bool join_pair(const struct literal_writer *writer, struct clause *a, const struct clause *b)
{
	size_t mine[1], theirs[2];
	const struct literal *equal = NULL, *low = NULL;

	if (differences(a, b, mine, 1) != 1)
		return false;
	size_t n = differences(b, a, theirs, 2);
	struct literal *high = &a->literals[mine[0]];
	if (n == 1 && join_any(high, &b->literals[theirs[0]]))
		return true;
	if (!n || n > 2 || !is_half(writer, high, true))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct literal *literal = &b->literals[theirs[i]];

		if (literal->field != high->field)
			return false;
		if (is_half(writer, literal, false))
			low = literal;
		else if (is_half(writer, literal, true) && literal->op == ATOM_EQ)
			equal = literal;
	}
	return low && n == 1u + (equal != NULL) && join_alternatives(high, equal, low);
}

/*
 * A clause with hi == H && lo == L was joined already: its parts are looked at
 * again as they were, so the pairs come first.
 */
static size_t join_clauses(const struct literal_writer *writer, struct clause *clauses, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			if (i == j || !join_pair(writer, &clauses[i], &clauses[j]))
				continue;
			memmove(&clauses[j], &clauses[j + 1], (n - j - 1) * sizeof(*clauses));
			n--;
			if (j < i)
				i--;
			j = (size_t)-1;
		}
	return n;
}

static int by_field(const void *a, const void *b)
{
	const struct literal *x = a, *y = b;

	if (x->field != y->field)
		return x->field < y->field ? -1 : 1;
	if (x->atom.base != y->atom.base)
		return x->atom.base < y->atom.base ? -1 : 1;
	return x->k < y->k ? -1 : x->k > y->k;
}

static int by_clause(const void *a, const void *b)
{
	const struct clause *x = a, *y = b;

	for (size_t i = 0; i < x->n && i < y->n; i++) {
		const struct literal *p = &x->literals[i], *q = &y->literals[i];

		if (p->field != q->field)
			return p->field < q->field ? -1 : 1;
		if (p->k != q->k)
			return p->k < q->k ? -1 : 1;
	}
	return x->n < y->n ? -1 : x->n > y->n;
}

char *predicate_format(struct arena *arena, const struct terms *terms, const struct cube *cubes, size_t n,
		       bool big_endian, size_t *ret_literals)
{
	struct literal_writer writer = { .terms = terms, .big_endian = big_endian };
	struct clause *clauses = arena_alloc(arena, (n + 1) * sizeof(*clauses));
	char *text = NULL;
	size_t size = 0, literals = 0;

	for (size_t i = 0; i < n; i++) {
		clauses[i].n = cubes[i].n;
		clauses[i].literals = arena_alloc(arena, (cubes[i].n + 1) * sizeof(struct literal));
		for (size_t j = 0; j < cubes[i].n; j++)
			clauses[i].literals[j] = literal_of(&writer, &cubes[i].atoms[j]);
	}
	for (size_t i = 0; i < n; i++)
		join_masks(&clauses[i]);
	n = join_clauses(&writer, clauses, n);
	for (size_t i = 0; i < n; i++) {
		join_clause(&writer, &clauses[i]);
		n = list_values(arena, &clauses, n, i);
		qsort(clauses[i].literals, clauses[i].n, sizeof(struct literal), by_field);
		literals += clauses[i].n;
	}
	qsort(clauses, n, sizeof(*clauses), by_clause);
	writer.out = open_memstream(&text, &size);
	if (!writer.out)
		abort();
	clauses_write(&writer, clauses, n);
	fclose(writer.out);
	char *copy = arena_text(arena, text, size);
	free(text);
	*ret_literals = literals;
	return copy;
}
