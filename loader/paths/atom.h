/* SPDX-License-Identifier: MIT */
/*
 * Atoms: what one branch has learnt about a term; and what several together
 * leave possible.
 */
#ifndef LOADER_PATHS_ATOM_H
#define LOADER_PATHS_ATOM_H

#include "loader/paths/term.h"

enum atom_op { ATOM_EQ, ATOM_NE, ATOM_GT, ATOM_LE };

/*
 * (base & mask) OP k, unsigned. k has no bits outside of the mask where op is EQ
 * or NE; of a single bit there is no NE.
 */
struct atom {
	int base;
	uint32_t mask, k;
	enum atom_op op;
};

/* A conjunction; empty: true. */
struct cube {
	struct atom *atoms;
	size_t n;
};

enum truth { NEVER, ALWAYS, DEPENDS };
/*
 * term OP k with masks taken out of the term; jset: (term & k) != 0. NEVER and
 * ALWAYS where it is no question.
 */
enum truth atom_make(struct terms *terms, int term, enum atom_op op, uint32_t k, struct atom *ret_atom);
enum truth atom_make_jset(struct terms *terms, int term, uint32_t k, struct atom *ret_atom);
bool atoms_equal(const struct atom *a, const struct atom *b);
struct atom atom_not(const struct atom *atom);

/* Whether a value of the base satisfies it. */
bool atom_holds(const struct atom *atom, uint32_t value);

/*
 * A value of the base that all atoms of the cubes about this base allow. NEVER:
 * there is none; DEPENDS: none was found. Either cube may be NULL.
 */
enum truth atoms_solve(const struct cube *a, const struct cube *b, int base, uint32_t *ret_value);

/* Whether the two together are certainly impossible. Each alone is taken to be possible. */
bool cubes_exclude(const struct cube *a, const struct cube *b);

#endif
