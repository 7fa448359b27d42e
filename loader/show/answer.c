/* SPDX-License-Identifier: MIT */
#include "loader/show/answer.h"

#include "vm/action.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WHEN_MAX 16384u /* longer conditions are abridged */
#define ABRIDGED_MAX 600u

/* The weakest first. */
static int by_weakness(const void *pa, const void *pb)
{
	const struct outcome *a = pa, *b = pb;
	int32_t x = vd_action_rank(a->ret), y = vd_action_rank(b->ret);

	if (x != y)
		return x > y ? -1 : 1;
	return a->ret < b->ret ? -1 : a->ret > b->ret;
}

/* The condition that is told best by what it is not: one that has no exact text, or the longest. */
static size_t hardest(const struct answer *answer)
{
	size_t found = 0;

	for (size_t i = 1; i < answer->n; i++) {
		const struct outcome *a = &answer->outcomes[found], *b = &answer->outcomes[i];
		if (a->exact != b->exact ? a->exact : strlen(b->when) >= strlen(a->when))
			found = i;
	}
	return found;
}

static void find_conditions(struct arena *arena, struct vd_map *map, size_t i, struct answer *answer)
{
	char *when = malloc(WHEN_MAX);

	if (!when)
		out_of_memory();
	for (size_t j = 0; j < answer->n; j++) {
		struct outcome *outcome = &answer->outcomes[j];
		outcome->exact = vd_map_when(map, i, j, when, WHEN_MAX);
		if (!outcome->exact)
			(void)vd_map_when(map, i, j, when, ABRIDGED_MAX);
		outcome->when = arena_text(arena, when, strlen(when));
	}
	free(when);
	qsort(answer->outcomes, answer->n, sizeof(*answer->outcomes), by_weakness);
	size_t last = hardest(answer);
	struct outcome rest = answer->outcomes[last];
	memmove(&answer->outcomes[last], &answer->outcomes[last + 1],
		(answer->n - last - 1) * sizeof(*answer->outcomes));
	rest.when = NULL;
	rest.exact = true;
	answer->outcomes[answer->n - 1] = rest;
}

/* A record of each outcome, for any one call of the class that has it. */
static int find_records(struct vd_map *map, size_t i, const struct vd_class *class, struct answer *answer)
{
	uint32_t arch = (uint32_t) class->arch.ranges[0].first, nr = (uint32_t) class->nr.ranges[0].first;

	for (size_t j = 0; j < answer->n && !class->mixed; j++) {
		struct outcome *outcome = &answer->outcomes[j];
		int r = vd_map_record(map, i, j, arch, nr, &outcome->witness);
		outcome->reached = r == 0;
		if (r < 0 && r != -E2BIG)
			return r;
	}
	return 0;
}

int answer_make(struct arena *arena, struct vd_map *map, size_t i, struct answer *ret_answer)
{
	struct vd_class class;
	struct vd_outcome table;

	vd_map_class(map, i, &class);
	struct answer answer = {
		.end = class.outcomes ? ANSWER_ALL : ANSWER_TOO_MANY,
		.n = class.outcomes,
		.mixed = class.mixed,
		.exact = true,
		.outcomes = arena_alloc(arena, (class.outcomes + 1) * sizeof(*answer.outcomes)),
	};
	for (size_t j = 0; j < answer.n; j++) {
		vd_map_outcome(map, i, j, &table);
		answer.outcomes[j] = (struct outcome){ .ret = table.ret[0], .exact = true };
	}
	int r = find_records(map, i, &class, &answer);
	if (r == 0 && answer.n > 1)
		find_conditions(arena, map, i, &answer);
	for (size_t j = 0; j < answer.n; j++)
		answer.exact &= answer.outcomes[j].exact;
	if (r == 0)
		*ret_answer = answer;
	return r;
}

bool answer_exact(const struct answer *answer)
{
	return answer->end == ANSWER_ALL && answer->exact;
}

bool answers_equal(const struct answer *a, const struct answer *b)
{
	if (a->end != b->end || a->n != b->n || a->mixed != b->mixed || a->effective != b->effective)
		return false;
	if (a->n && (!a->exact || !b->exact))
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct outcome *x = &a->outcomes[i], *y = &b->outcomes[i];
		if (x->ret != y->ret || !x->when != !y->when || (x->when && strcmp(x->when, y->when)))
			return false;
	}
	return true;
}
