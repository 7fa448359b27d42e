/* SPDX-License-Identifier: MIT */
/*
 * The solver looks at one base at a time as a free 32-bit variable: what it
 * calls impossible is impossible, whatever the base is made of.
 */
#include "loader/paths/atom.h"

#define TRIES 64  /* candidates looked at, beyond one for each atom */
#define REPAIRS 8 /* rounds of changing bits of a candidate to please the atoms with masks */

bool atoms_equal(const struct atom *a, const struct atom *b)
{
	return a->base == b->base && a->mask == b->mask && a->op == b->op && a->k == b->k;
}

bool atom_holds(const struct atom *atom, uint32_t value)
{
	value &= atom->mask;
	switch (atom->op) {
	case ATOM_EQ:
		return value == atom->k;
	case ATOM_NE:
		return value != atom->k;
	case ATOM_GT:
		return value > atom->k;
	case ATOM_LE:
		return value <= atom->k;
	}
	return false;
}

static bool single_bit(uint32_t mask)
{
	return mask && !(mask & (mask - 1));
}

/* Equality where a comparison leaves one value; constants where it leaves all or none. */
static enum truth normalise(struct atom *atom)
{
	bool equal = atom->op == ATOM_EQ || atom->op == ATOM_NE;

	if (equal && atom->k & ~atom->mask)
		return atom->op == ATOM_EQ ? NEVER : ALWAYS;
	if (!equal && atom->k >= atom->mask)
		return atom->op == ATOM_LE ? ALWAYS : NEVER;
	if (!equal && atom->k == 0)
		atom->op = atom->op == ATOM_LE ? ATOM_EQ : ATOM_NE;
	if (atom->op == ATOM_NE && single_bit(atom->mask)) {
		atom->op = ATOM_EQ;
		atom->k ^= atom->mask;
	}
	return DEPENDS;
}

struct atom atom_not(const struct atom *atom)
{
	struct atom not = *atom;

	switch (atom->op) {
	case ATOM_EQ:
		not .op = ATOM_NE;
		break;
	case ATOM_NE:
		not .op = ATOM_EQ;
		break;
	case ATOM_GT:
		not .op = ATOM_LE;
		break;
	case ATOM_LE:
		not .op = ATOM_GT;
		break;
	}
	normalise(&not );
	return not ;
}

enum truth atom_make(struct terms *terms, int term, enum atom_op op, uint32_t k, struct atom *ret_atom)
{
	const struct term *t = term_at(terms, term);
	struct atom atom = { .base = term, .mask = UINT32_MAX, .k = k, .op = op };

	if (t->op == TERM_AND && term_at(terms, t->right)->op == TERM_CONST) {
		atom.base = t->left;
		atom.mask = term_at(terms, t->right)->k;
	} else if (t->op == TERM_SAME || t->op == TERM_OVER) {
		atom.mask = 1;
	}
	enum truth truth = normalise(&atom);
	if (truth == DEPENDS)
		*ret_atom = atom;
	return truth;
}

enum truth atom_make_jset(struct terms *terms, int term, uint32_t k, struct atom *ret_atom)
{
	int masked = term_make(terms, TERM_AND, term, term_const(terms, k));

	if (masked < 0) { /* a term of the largest size */
		*ret_atom = (struct atom){ .base = term, .mask = k, .op = ATOM_NE };
		return normalise(ret_atom);
	}
	if (!term_at(terms, masked)->words)
		return NEVER;
	return atom_make(terms, masked, ATOM_NE, 0, ret_atom);
}

/* What is known of one variable: bits, and bounds of the whole. */
struct domain {
	uint32_t zeros, ones;
	uint32_t low, high;
	bool empty;
};

/* Zero bits above the highest of k, within the mask. */
static uint32_t above(uint32_t mask, uint32_t k)
{
	return k ? mask & ~(UINT32_MAX >> __builtin_clz(k)) : mask;
}

static void restrict_domain(struct domain *domain, const struct atom *atom)
{
	switch (atom->op) {
	case ATOM_EQ:
		domain->ones |= atom->k;
		domain->zeros |= atom->mask & ~atom->k;
		break;
	case ATOM_NE:
		break;
	case ATOM_GT:
		if (atom->k >= atom->mask)
			domain->empty = true;
		else if (domain->low <= atom->k) /* the value is at least its masked part */
			domain->low = atom->k + 1;
		break;
	case ATOM_LE:
		domain->zeros |= above(atom->mask, atom->k);
		if (atom->mask == UINT32_MAX && domain->high > atom->k)
			domain->high = atom->k;
		break;
	}
}

/* The smallest number from low on with the domain's known bits; false: none. */
static bool first_match(const struct domain *domain, uint32_t low, uint32_t *ret_value)
{
	uint32_t known = domain->zeros | domain->ones;
	uint32_t value = (low & ~known) | domain->ones, differ = value ^ low;

	if (differ) {
		uint32_t bit = 1u << (31 - __builtin_clz(differ));

		if (value & bit) {
			value &= known | ~(bit - 1);
		} else { /* a free zero bit above must become one */
			uint32_t free = ~known & ~low & ~(bit | (bit - 1));

			if (!free)
				return false;
			bit = free & -free;
			value = ((value | bit) & (known | ~(bit - 1)));
		}
	}
	*ret_value = value;
	return value <= domain->high;
}

/* The i-th atom of two cubes, NULL past the end. */
static const struct atom *nth(const struct cube *a, const struct cube *b, size_t i)
{
	size_t n = a ? a->n : 0;

	if (i < n)
		return &a->atoms[i];
	return b && i - n < b->n ? &b->atoms[i - n] : NULL;
}

/* The first atom about the base that the value breaks, NULL: none. */
static const struct atom *broken(const struct cube *a, const struct cube *b, int base, uint32_t value)
{
	const struct atom *atom;

	for (size_t i = 0; (atom = nth(a, b, i)); i++)
		if (atom->base == base && !atom_holds(atom, value))
			return atom;
	return NULL;
}

/* Changes free bits of a value so that what an atom wants may come true. */
static uint32_t repair(const struct domain *domain, const struct atom *atom, uint32_t value, int round)
{
	uint32_t free = atom->mask & ~(domain->zeros | domain->ones);

	if (atom->op == ATOM_GT)
		return value | free;
	for (; round > 0 && (free & (free - 1)); round--)
		free &= free - 1;
	return value ^ (free & -free);
}

static bool search(const struct domain *domain, const struct cube *a, const struct cube *b, int base,
		   uint32_t value, uint32_t *ret_value)
{
	for (int round = 0; round < REPAIRS; round++) {
		const struct atom *atom = broken(a, b, base, value);

		if (!atom) {
			*ret_value = value;
			return true;
		}
		value = repair(domain, atom, value, round / 2);
	}
	return false;
}

/* An atom that the known bits alone make false. */
static bool contradicts(const struct domain *domain, const struct atom *atom)
{
	return !(atom->mask & ~(domain->zeros | domain->ones)) && !atom_holds(atom, domain->ones);
}

enum truth atoms_solve(const struct cube *a, const struct cube *b, int base, uint32_t *ret_value)
{
	struct domain domain = { .high = UINT32_MAX };
	const struct atom *atom;
	size_t tries = TRIES;
	uint32_t value;

	for (size_t i = 0; (atom = nth(a, b, i)); i++) {
		if (atom->base != base)
			continue;
		restrict_domain(&domain, atom);
		tries++;
	}
	if (domain.empty || domain.zeros & domain.ones || !first_match(&domain, domain.low, &value))
		return NEVER;
	for (size_t i = 0; (atom = nth(a, b, i)); i++)
		if (atom->base == base && contradicts(&domain, atom))
			return NEVER;
	if (search(&domain, a, b, base, value, ret_value))
		return ALWAYS;
	for (; tries; tries--) {
		if (!broken(a, b, base, value)) {
			*ret_value = value;
			return ALWAYS;
		}
		if (value == UINT32_MAX || !first_match(&domain, value + 1, &value))
			return NEVER;
	}
	return DEPENDS;
}

bool cubes_exclude(const struct cube *a, const struct cube *b)
{
	uint32_t value;

	for (size_t i = 0; i < a->n; i++) {
		bool shared = false, before = false;

		for (size_t j = 0; j < i && !before; j++)
			before = a->atoms[j].base == a->atoms[i].base;
		for (size_t j = 0; j < b->n && !before && !shared; j++)
			shared = b->atoms[j].base == a->atoms[i].base;
		if (shared && !before && atoms_solve(a, b, a->atoms[i].base, &value) == NEVER)
			return true;
	}
	return false;
}
