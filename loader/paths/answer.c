/* SPDX-License-Identifier: MIT */
/*
 * Conditions are made short by leaving out of each path what is not needed to
 * tell it from the paths to other verdicts; paths that are then part of
 * another one go.
 */
#include "loader/paths/answer.h"

#include <stdlib.h>
#include <string.h>

/* Comparisons of atoms that making one answer short may take; then it stays longer. */
#define EFFORT_MAX 3000000

struct cover {
	struct arena *arena;
	struct terms *terms;
	const struct paths *paths;
	long effort;
};

/* Whether a cube can be no record of a path to another verdict. */
static bool apart_from_others(struct cover *cover, const struct cube *cube, uint32_t ret)
{
	for (size_t i = 0; i < cover->paths->n; i++) {
		const struct path *path = &cover->paths->items[i];

		if (path->ret == ret)
			continue;
		cover->effort -= (long)((cube->n + 1) * (path->when.n + 1));
		if (cover->effort < 0 || !cubes_exclude(cube, &path->when))
			return false;
	}
	return true;
}

/* Inequalities are left out before equalities: they say less. */
static int weight(const struct atom *atom)
{
	switch (atom->op) {
	case ATOM_NE:
		return 0;
	case ATOM_LE:
	case ATOM_GT:
		return 1;
	case ATOM_EQ:
		return 2;
	}
	return 2;
}

static void leave_out(struct cover *cover, struct cube *cube, uint32_t ret, int which)
{
	for (size_t i = 0; i < cube->n;) {
		struct atom atom = cube->atoms[i];

		if (weight(&atom) != which) {
			i++;
			continue;
		}
		memmove(&cube->atoms[i], &cube->atoms[i + 1], (cube->n - i - 1) * sizeof(atom));
		cube->n--;
		if (apart_from_others(cover, cube, ret))
			continue;
		memmove(&cube->atoms[i + 1], &cube->atoms[i], (cube->n - i) * sizeof(atom));
		cube->atoms[i++] = atom;
		cube->n++;
	}
}

/* Whether everything in a is in b: no atom of b can fail in a. */
static bool implies(struct cover *cover, const struct cube *a, const struct cube *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct atom not = atom_not(&b->atoms[i]);
		struct cube one = { &not, 1 };

		cover->effort -= (long)a->n + 1;
		if (cover->effort < 0 || !cubes_exclude(a, &one))
			return false;
	}
	return true;
}

/* a > k or a == k is a > k - 1. */
static bool join_atoms(struct atom *x, const struct atom *equal)
{
	if (equal->op != ATOM_EQ)
		return false;
	if (x->op == ATOM_GT && equal->k == x->k && x->k > 0)
		*x = (struct atom){
			.base = x->base, .mask = x->mask, .k = x->k - 1, .op = x->k > 1 ? ATOM_GT : ATOM_NE
		};
	else if (x->op == ATOM_LE && equal->k == x->k + 1 && equal->k < UINT32_MAX)
		x->k++;
	else
		return false;
	return true;
}

/* Two cubes that are the same but for one atom. */
static bool join_neighbours(struct cube *a, const struct cube *b)
{
	size_t differ = 0, n = 0;

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!atoms_equal(&a->atoms[i], &b->atoms[i])) {
			differ = i;
			n++;
		}
	if (n != 1)
		return false;
	struct atom *x = &a->atoms[differ];
	const struct atom *y = &b->atoms[differ];
	if (x->base != y->base || x->mask != UINT32_MAX || y->mask != UINT32_MAX)
		return false;
	if (x->op == ATOM_EQ) { /* the equality second */
		struct atom swap = *x;
		*x = *y;
		if (join_atoms(x, &swap))
			return true;
		*x = swap;
		return false;
	}
	return join_atoms(x, y);
}

static void drop_contained(struct cover *cover, struct cube *cubes, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		for (size_t j = 0; j < *n; j++) {
			if (i == j ||
			    !(implies(cover, &cubes[j], &cubes[i]) || join_neighbours(&cubes[i], &cubes[j])))
				continue;
			memmove(&cubes[j], &cubes[j + 1], (*n - j - 1) * sizeof(*cubes));
			--*n;
			if (j < i)
				i--;
			j = (size_t)-1;
		}
}

/* The short cover of all paths to an outcome's verdict. */
static void cover_outcome(struct cover *cover, struct outcome *outcome)
{
	const struct paths *paths = cover->paths;

	outcome->cubes = arena_alloc(cover->arena, (paths->n + 1) * sizeof(*outcome->cubes));
	for (size_t i = 0; i < paths->n; i++) {
		struct cube *cube = &outcome->cubes[outcome->n_cubes];
		const struct cube *when = &paths->items[i].when;

		if (paths->items[i].ret != outcome->ret)
			continue;
		cube->atoms = arena_copy(cover->arena, when->atoms, when->n * sizeof(*when->atoms));
		cube->n = when->n;
		outcome->n_cubes++;
		for (int which = 0; which <= 2; which++)
			leave_out(cover, cube, outcome->ret, which);
	}
	drop_contained(cover, outcome->cubes, &outcome->n_cubes);
}

static struct outcome *outcome_of(struct answer *answer, uint32_t ret)
{
	for (size_t i = 0; i < answer->n; i++)
		if (answer->outcomes[i].ret == ret)
			return &answer->outcomes[i];
	return NULL;
}

static void collect(struct answer *answer, struct cover *cover, const struct vd_stack *stack, uint32_t arch,
		    uint32_t nr)
{
	size_t cap = 0;

	for (size_t i = 0; i < cover->paths->n; i++) {
		const struct path *path = &cover->paths->items[i];
		struct outcome *outcome = outcome_of(answer, path->ret);

		if (!outcome) {
			answer->outcomes = arena_grow(cover->arena, answer->outcomes, answer->n, &cap,
						      sizeof(*outcome));
			outcome = &answer->outcomes[answer->n++];
			*outcome = (struct outcome){ .ret = path->ret, .filter = path->filter };
		}
		if (!outcome->reached && path_record(path, cover->terms, stack, arch, nr, &outcome->record)) {
			outcome->reached = true;
			outcome->filter = path->filter;
		}
	}
}

/* The outcome whose condition is longest is told as the rest. */
static void leave_rest(struct answer *answer)
{
	size_t rest = 0;

	for (size_t i = 1; i < answer->n; i++) {
		const struct outcome *a = &answer->outcomes[i], *b = &answer->outcomes[rest];

		if (a->literals > b->literals ||
		    (a->literals == b->literals && (int32_t)a->ret < (int32_t)b->ret))
			rest = i;
	}
	struct outcome last = answer->outcomes[rest];
	memmove(&answer->outcomes[rest], &answer->outcomes[rest + 1], (answer->n - rest - 1) * sizeof(last));
	last.when = NULL;
	answer->outcomes[answer->n - 1] = last;
}

void answer_make(struct answer *answer, struct arena *arena, struct terms *terms, const struct paths *paths,
		 const struct vd_stack *stack, uint32_t arch, uint32_t nr)
{
	struct cover cover = { .arena = arena, .terms = terms, .paths = paths, .effort = EFFORT_MAX };

	*answer = (struct answer){ .end = paths->end };
	collect(answer, &cover, stack, arch, nr);
	if (paths->end != PATHS_ALL || answer->n < 2)
		return;
	answer->big_endian = vd_stack_big_endian(stack);
	for (size_t i = 0; i < answer->n; i++) {
		struct outcome *outcome = &answer->outcomes[i];

		cover_outcome(&cover, outcome);
		outcome->when = predicate_format(arena, terms, outcome->cubes, outcome->n_cubes,
						 answer->big_endian, &outcome->literals);
	}
	leave_rest(answer);
}

bool answers_equal(const struct answer *a, const struct answer *b)
{
	if (a->end != b->end || a->n != b->n || a->big_endian != b->big_endian)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct outcome *x = &a->outcomes[i], *y = &b->outcomes[i];

		if (x->ret != y->ret || x->reached != y->reached || !x->when != !y->when ||
		    (x->when && strcmp(x->when, y->when)))
			return false;
	}
	return true;
}
