/* SPDX-License-Identifier: MIT */
#include "vm/engine/engine.h"

#include <errno.h>
#include <stdlib.h>

/* Chains shorter than this stay as they are: a few tests cost less than a search. */
#define CHAIN_MIN 4u
/* Steps through one chain after which it is left as it is. */
#define STEPS_MAX 20000u
#define PIECES_MAX 4096u

/* Values of the word from lo to hi come to a test, or end with a value. */
struct piece {
	uint32_t lo, hi, next;
	bool ends;
};

struct merge {
	const struct vd_test *tests;
	const struct vd_test *head;
	struct piece pieces[PIECES_MAX]; /* still to be followed, the lowest on top */
	size_t n_pieces, steps, n_tests;
	struct vd_ways *ways;
	size_t first; /* of the ways made */
};

static bool same_word(const struct vd_test *a, const struct vd_test *b)
{
	return a->offset == b->offset && a->mask == b->mask && !a->n_ways && !b->n_ways;
}

static void push(struct merge *m, uint32_t lo, uint32_t hi, const struct vd_test *test, unsigned answer)
{
	if (lo > hi || m->n_pieces == PIECES_MAX) {
		m->steps += lo > hi ? 0 : STEPS_MAX;
		return;
	}
	m->pieces[m->n_pieces++] = (struct piece){ lo, hi, test->next[answer], test->ends >> answer & 1 };
}

/* Splits a piece where a test changes its answer: below, inside and above the test's range. */
static void split(struct merge *m, const struct vd_test *test, uint32_t lo, uint32_t hi)
{
	uint32_t last = test->low + test->span;

	if (hi > last)
		push(m, lo > last + 1 ? lo : last + 1, hi, test, 0);
	push(m, lo > test->low ? lo : test->low, hi < last ? hi : last, test, 1);
	if (lo < test->low)
		push(m, lo, hi < test->low - 1 ? hi : test->low - 1, test, 0);
}

static int emit(struct merge *m, const struct piece *piece)
{
	struct vd_ways *ways = m->ways;

	if (ways->n > m->first && ways->items[ways->n - 1].next == piece->next &&
	    ways->items[ways->n - 1].ends == piece->ends)
		return 0;
	if (ways->n == ways->cap) {
		size_t cap = ways->cap ? 2 * ways->cap : 64;
		struct vd_way *items = realloc(ways->items, cap * sizeof(*items));
		if (!items)
			return -ENOMEM;
		ways->items = items;
		ways->cap = cap;
	}
	ways->items[ways->n++] = (struct vd_way){ piece->lo, piece->next, piece->ends };
	return 0;
}

/* Follows a chain for all values of its word. 0, 1: it is not worth it or too long, -ENOMEM. */
static int follow_chain(struct merge *m, const struct vd_test *head)
{
	int r = 0;

	m->head = head;
	m->n_pieces = m->steps = m->n_tests = 0;
	m->first = m->ways->n;
	split(m, head, 0, head->mask);
	while (m->n_pieces && r == 0) {
		struct piece piece = m->pieces[--m->n_pieces];
		const struct vd_test *test = &m->tests[piece.next];
		if (++m->steps > STEPS_MAX)
			return 1;
		if (piece.ends || !same_word(head, test)) {
			r = emit(m, &piece);
			continue;
		}
		m->n_tests++;
		split(m, test, piece.lo, piece.hi);
	}
	return r < 0 ? r : m->n_tests + 1 < CHAIN_MIN || m->ways->n - m->first > UINT16_MAX;
}

static int merge_at(struct merge *m, struct vd_test *head)
{
	int r = follow_chain(m, head);

	if (r) {
		m->ways->n = m->first;
		return r < 0 ? r : 0;
	}
	head->low = (uint32_t)m->first;
	head->n_ways = (uint16_t)(m->ways->n - m->first);
	return 0;
}

int vd_merge_chains(struct vd_test *tests, size_t from, size_t to, uint32_t root, struct vd_ways *ways)
{
	struct merge *m = malloc(sizeof(*m));
	bool *heads = calloc(to - from, sizeof(*heads));
	int r = m && heads ? 0 : -ENOMEM;

	/* A chain begins where its word is new. */
	if (r == 0)
		heads[root - from] = true;
	for (size_t i = from; i < to && r == 0; i++)
		for (unsigned answer = 0; answer < 2; answer++)
			if (!(tests[i].ends >> answer & 1) && !same_word(&tests[i], &tests[tests[i].next[answer]]))
				heads[tests[i].next[answer] - from] = true;
	if (r == 0) {
		m->tests = tests;
		m->ways = ways;
	}
	for (size_t i = from; i < to && r == 0; i++)
		if (heads[i - from])
			r = merge_at(m, &tests[i]);
	free(heads);
	free(m);
	return r;
}
