/* SPDX-License-Identifier: MIT */
#ifndef BENCH_COST_CLOCK_H
#define BENCH_COST_CLOCK_H

#include <time.h>

static inline double clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

#endif
