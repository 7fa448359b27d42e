/* SPDX-License-Identifier: MIT */
#include "loader/show/effects.h"

#include "vm/action.h"

#include <stdlib.h>

static bool has_effect(const struct effects *effects, uint32_t value)
{
	bool found = false;

	if (effects->stronger)
		return vd_action_rank(vd_effective(value)) <= vd_action_rank(vd_effective(effects->items[0]));
	for (size_t i = 0; i < effects->n; i++)
		found |= same_effect(effects->items[i], value);
	return found != effects->others;
}

static int by_value(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* Effects change at actions, at the largest errno, and at the values themselves. */
struct vd_expect expect_effects(struct arena *arena, const struct effects *effects)
{
	static const uint32_t actions[] = { SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
					    SECCOMP_RET_ERRNO,	     SECCOMP_RET_USER_NOTIF,
					    SECCOMP_RET_TRACE,	     SECCOMP_RET_LOG,
					    SECCOMP_RET_ALLOW,	     SECCOMP_RET_KILL_PROCESS };
	enum { ACTIONS = sizeof(actions) / sizeof(*actions) };
	uint64_t *edges = arena_alloc(arena, (2 * ACTIONS + 2 * effects->n + 2) * sizeof(*edges));
	struct vd_range *ranges;
	size_t n = 0, n_ranges = 0;

	for (size_t i = 0; i < ACTIONS; i++) {
		edges[n++] = actions[i];
		edges[n++] = (uint64_t)actions[i] + SECCOMP_RET_DATA + 1;
	}
	for (size_t i = 0; i < effects->n; i++) {
		edges[n++] = vd_effective(effects->items[i]);
		edges[n++] = (uint64_t)vd_effective(effects->items[i]) + 1;
	}
	edges[n++] = SECCOMP_RET_ERRNO | 4095; /* linux/err.h: MAX_ERRNO */
	edges[n++] = (uint64_t)UINT32_MAX + 1;
	qsort(edges, n, sizeof(*edges), by_value);
	ranges = arena_alloc(arena, n * sizeof(*ranges));
	for (size_t i = 0; i + 1 < n; i++)
		if (edges[i] < edges[i + 1] && has_effect(effects, (uint32_t)edges[i]))
			ranges[n_ranges++] = (struct vd_range){ edges[i], edges[i + 1] - 1 };
	return (struct vd_expect){ .values = ranges, .n = n_ranges };
}
