/* SPDX-License-Identifier: MIT */
/*
 * When a machine that others use was left alone. What others do to it lasts for
 * milliseconds and makes all turns slower, long programs more than short ones:
 * a short companion, which takes a turn beside every other, tells when.
 */
#ifndef BENCH_COST_QUIET_H
#define BENCH_COST_QUIET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * level: the companion's turns in the order of time, over what they take at full
 * speed. ret_quiet[n]: whether it was within a few percent of that, then and
 * around (the median of nine turns); where so little was that next to nothing
 * would be left, the quietest part. *ret_share: how much really was, 0 to 1.
 * 0 or -ENOMEM.
 */
int quiet_mark(const double *level, size_t n, bool *ret_quiet, double *ret_share);

#endif
