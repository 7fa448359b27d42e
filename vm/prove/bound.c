/* SPDX-License-Identifier: MIT */
/*
 * How few records can come by all points: edges of which no record takes two
 * need one each. Such edges are looked for greedily, those first that few
 * records take; then one is given up wherever two come in for it. What is found
 * is proved; that there are no more is not.
 */
#include "vm/prove/cover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX
#define MANY (SIZE_MAX - 1)

struct bounding {
	struct vd_cover *cover;
	size_t *chosen; /* points, no two of which a record takes */
	size_t n;
	size_t *owner; /* of each record: the chosen point that it comes by, NONE */
	size_t *candidates;
	size_t n_candidates;
	uint64_t *takers; /* of each point the records that come by, as bits */
	size_t words;	  /* of one point's */
};

static bool share_record(const struct bounding *bounding, size_t a, size_t b)
{
	const uint64_t *ta = bounding->takers + a * bounding->words,
		       *tb = bounding->takers + b * bounding->words;

	for (size_t i = 0; i < bounding->words; i++)
		if (ta[i] & tb[i])
			return true;
	return false;
}

/* No record comes by both. */
static bool exclusive(struct bounding *bounding, size_t a, size_t b)
{
	struct vd_cover *cover = bounding->cover;

	if (!vd_cover_may_meet(cover, a, b))
		return true;
	if (share_record(bounding, a, b) || cover->points[a].records == BDD_FALSE ||
	    cover->points[b].records == BDD_FALSE)
		return false;
	vd_bdd both = vd_bdd_and(cover->q.bdds, cover->points[a].records, cover->points[b].records);
	return both == BDD_FALSE && !vd_bdd_spent(cover->q.bdds);
}

/* The chosen point that stands in a point's way: NONE, one, or MANY. */
static size_t in_the_way(struct bounding *bounding, size_t point)
{
	struct vd_cover *cover = bounding->cover;
	size_t found = NONE;

	for (size_t i = 0; i < cover->n; i++) {
		if (!cover->records[i].marks[point] || bounding->owner[i] == NONE)
			continue;
		if (found != NONE && found != bounding->owner[i])
			return MANY;
		found = bounding->owner[i];
	}
	for (size_t i = 0; i < bounding->n; i++) {
		if (bounding->chosen[i] == found || exclusive(bounding, bounding->chosen[i], point))
			continue;
		if (found != NONE)
			return MANY;
		found = bounding->chosen[i];
	}
	return found;
}

static void choose(struct bounding *bounding, size_t point)
{
	bounding->chosen[bounding->n++] = point;
	for (size_t i = 0; i < bounding->cover->n; i++)
		if (bounding->cover->records[i].marks[point])
			bounding->owner[i] = point;
}

static void give_up(struct bounding *bounding, size_t point)
{
	for (size_t i = 0; i < bounding->n; i++)
		if (bounding->chosen[i] == point)
			bounding->chosen[i] = bounding->chosen[--bounding->n];
	for (size_t i = 0; i < bounding->cover->n; i++)
		if (bounding->owner[i] == point)
			bounding->owner[i] = NONE;
}

/* ------------------------------------------------------------------ */

struct ranked {
	size_t point, rank;
};

static int by_rank(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->point > b->point ? -1 : a->point < b->point; /* deepest first */
}

/* How many records come by a point, or how many points of its filter lie on ways through it. */
static size_t rank_of(const struct bounding *bounding, size_t p, bool by_flow)
{
	const struct vd_cover *cover = bounding->cover;
	size_t rank = 0, filter = cover->points[p].filter;

	for (size_t i = 0; !by_flow && i < cover->n; i++)
		rank += cover->records[i].marks[p];
	for (size_t q = cover->base[filter]; by_flow && q < cover->base[filter + 1]; q++)
		rank += cover->done[q] && vd_cover_may_meet(cover, p, q);
	return rank;
}

/* What is reached, those points first that exclude most others. */
static int rank(struct bounding *bounding, bool by_flow)
{
	const struct vd_cover *cover = bounding->cover;
	struct ranked *ranked = malloc((cover->n_points + 1) * sizeof(*ranked));
	size_t n = 0;

	if (!ranked)
		return -ENOMEM;
	for (size_t p = 0; p < cover->n_points; p++)
		if (cover->done[p])
			ranked[n++] = (struct ranked){ p, rank_of(bounding, p, by_flow) };
	qsort(ranked, n, sizeof(*ranked), by_rank);
	for (size_t i = 0; i < n; i++)
		bounding->candidates[i] = ranked[i].point;
	bounding->n_candidates = n;
	free(ranked);
	return 0;
}

/* Two points that only this chosen one stands in the way of, and that exclude each other, are better. */
static bool swap(struct bounding *bounding, size_t out, const size_t *blocker)
{
	for (size_t i = 0; i < bounding->n_candidates; i++) {
		if (blocker[i] != out)
			continue;
		for (size_t j = i + 1; j < bounding->n_candidates; j++) {
			size_t a = bounding->candidates[i], b = bounding->candidates[j];
			if (blocker[j] != out || a == out || b == out || !exclusive(bounding, a, b))
				continue;
			give_up(bounding, out);
			choose(bounding, a);
			choose(bounding, b);
			return true;
		}
	}
	return false;
}

/* One round of swaps; whether there was one. */
static bool improve(struct bounding *bounding, size_t *blocker)
{
	size_t before = bounding->n;

	for (size_t i = 0; i < bounding->n_candidates; i++)
		blocker[i] = in_the_way(bounding, bounding->candidates[i]);
	for (size_t i = 0; i < bounding->n_candidates && bounding->n < bounding->cover->n; i++)
		if (blocker[i] == NONE && in_the_way(bounding, bounding->candidates[i]) == NONE)
			choose(bounding, bounding->candidates[i]);
	for (size_t i = 0; bounding->n == before && i < before; i++)
		if (swap(bounding, bounding->chosen[i], blocker))
			break;
	return bounding->n > before;
}

static int find(struct bounding *bounding, bool by_flow)
{
	size_t *blocker;

	bounding->n = 0;
	for (size_t i = 0; i < bounding->cover->n; i++)
		bounding->owner[i] = NONE;
	if (rank(bounding, by_flow) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < bounding->n_candidates && bounding->n < bounding->cover->n; i++)
		if (in_the_way(bounding, bounding->candidates[i]) == NONE)
			choose(bounding, bounding->candidates[i]);
	blocker = malloc((bounding->n_candidates + 1) * sizeof(*blocker));
	if (!blocker)
		return -ENOMEM;
	while (bounding->n < bounding->cover->n && !vd_bdd_spent(bounding->cover->q.bdds) &&
	       improve(bounding, blocker))
		;
	free(blocker);
	return 0;
}

/* ------------------------------------------------------------------ */
/* The better parts of two choices                                    */

struct choice {
	size_t *points;
	size_t n;
};

/* Two choices side by side: points of one that a record takes with some of the other are one part. */
struct parts {
	struct choice of[2];
	size_t *parent; /* of both, one behind the other */
	size_t *count;	/* of each part the points of the first, then of the second */
};

static size_t root(struct parts *parts, size_t i)
{
	while (parts->parent[i] != i)
		i = parts->parent[i] = parts->parent[parts->parent[i]];
	return i;
}

static void part(struct bounding *bounding, struct parts *parts)
{
	const struct choice *a = &parts->of[0], *b = &parts->of[1];

	for (size_t i = 0; i < a->n + b->n; i++)
		parts->parent[i] = i;
	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < b->n; j++)
			if (a->points[i] == b->points[j] || !exclusive(bounding, a->points[i], b->points[j]))
				parts->parent[root(parts, i)] = root(parts, a->n + j);
	for (size_t i = 0; i < a->n + b->n; i++)
		parts->count[2 * root(parts, i) + (i >= a->n)]++;
}

/* Of each part the side that has more; points of different parts exclude each other in any case. */
static size_t better(struct parts *parts, size_t *ret_points)
{
	size_t n = 0;

	for (unsigned side = 0; side < 2; side++)
		for (size_t i = 0; i < parts->of[side].n; i++) {
			size_t r = root(parts, side * parts->of[0].n + i);
			bool first = parts->count[2 * r] >= parts->count[2 * r + 1];
			if (first == (side == 0))
				ret_points[n++] = parts->of[side].points[i];
		}
	return n;
}

/* Whether there is a bound at least as good in both together, into best. */
static int merge(struct bounding *bounding, struct choice *best)
{
	size_t n = best->n + bounding->n;
	struct parts parts = { .of = { *best, { bounding->chosen, bounding->n } },
			       .parent = malloc((n + 1) * sizeof(size_t)),
			       .count = calloc(2 * n + 2, sizeof(size_t)) };
	size_t *points = malloc((n + 1) * sizeof(*points));
	int r = parts.parent && parts.count && points ? 0 : -ENOMEM;

	if (r == 0) {
		part(bounding, &parts);
		best->n = better(&parts, points);
		memcpy(best->points, points, best->n * sizeof(*points));
	}
	free(points);
	free(parts.count);
	free(parts.parent);
	return r;
}

static int note_takers(struct bounding *bounding)
{
	const struct vd_cover *cover = bounding->cover;

	bounding->words = cover->n / 64 + 1;
	bounding->takers = calloc((cover->n_points + 1) * bounding->words, sizeof(*bounding->takers));
	for (size_t p = 0; bounding->takers && p < cover->n_points; p++)
		for (size_t i = 0; i < cover->n; i++)
			bounding->takers[p * bounding->words + i / 64] |= (uint64_t)cover->records[i].marks[p]
									  << i % 64;
	return bounding->takers ? 0 : -ENOMEM;
}

int vd_cover_find_bound(struct vd_cover *cover)
{
	struct bounding bounding = { .cover = cover };
	struct choice best = { malloc((cover->n_points + 1) * sizeof(size_t)), 0 };
	int r = note_takers(&bounding);

	bounding.chosen = malloc((cover->n_points + 1) * sizeof(*bounding.chosen));
	bounding.owner = malloc((cover->n + 1) * sizeof(*bounding.owner));
	bounding.candidates = malloc((cover->n_points + 1) * sizeof(*bounding.candidates));
	if (!best.points || !bounding.chosen || !bounding.owner || !bounding.candidates)
		r = -ENOMEM;
	for (int by_flow = 1; by_flow >= 0 && r == 0 && best.n < cover->n; by_flow--) {
		r = find(&bounding, by_flow);
		if (r == 0)
			r = merge(&bounding, &best);
	}
	if (r == 0)
		cover->bound = best.n;
	free(best.points);
	free(bounding.takers);
	free(bounding.candidates);
	free(bounding.owner);
	free(bounding.chosen);
	return r;
}
