/* SPDX-License-Identifier: MIT */
#include "bench/cost/quiet.h"
#include "bench/cost/estimate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is slowed down at all is so by more: a neighbour on the same core takes a fifth. */
#define QUIET_LEVEL 1.04
/* So much is kept in any case. */
#define LEAST 0.08
#define AROUND 4u

/* One turn alone may have been interrupted, and one beside a slow one be fast. */
static double level_around(const double *level, size_t n, size_t at)
{
	double near[2 * AROUND + 1];
	size_t from = at < AROUND ? 0 : at - AROUND, to = n - at > AROUND ? at + AROUND + 1 : n;

	memcpy(near, level + from, (to - from) * sizeof(*near));
	sort_values(near, to - from);
	return near[(to - from) / 2];
}

int quiet_mark(const double *level, size_t n, bool *ret_quiet, double *ret_share)
{
	double *around = malloc((2 * n + 1) * sizeof(*around)), *sorted = around + n, limit = QUIET_LEVEL;
	size_t quiet = 0;

	if (!around)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		sorted[i] = around[i] = level_around(level, n, i);
		quiet += around[i] <= QUIET_LEVEL;
	}
	if (n && (double)quiet < LEAST * (double)n) {
		sort_values(sorted, n);
		limit = sorted[(size_t)(LEAST * (double)n)];
	}
	for (size_t i = 0; i < n; i++)
		ret_quiet[i] = around[i] <= limit;
	*ret_share = n ? (double)quiet / (double)n : 0;
	free(around);
	return 0;
}
