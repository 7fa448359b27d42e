/* SPDX-License-Identifier: MIT */
#ifndef BENCH_COST_CONFIRM_H
#define BENCH_COST_CONFIRM_H

#include "bench/cost/cost.h"

struct turns;

/*
 * Finds out whether this kernel has an allow-bitmap and where it ends, and
 * compares what bitmap.h says of each x86-64 and i386 row with the time that
 * the call takes. 0, or as turns_task().
 */
int confirm_bitmap(struct cost *cost, struct turns *turns);
/* Whether this kernel's bitmap answers a call; after confirm_bitmap(). */
bool bitmap_answers(const struct cost *cost, const struct row *row);

#endif
