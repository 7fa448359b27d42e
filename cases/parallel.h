/* SPDX-License-Identifier: MIT */
#ifndef CASES_PARALLEL_H
#define CASES_PARALLEL_H

#include <stddef.h>

/* CPUs that are there, at most max. */
unsigned parallel_cpus(unsigned max);

/*
 * Calls fn(userdata, i) for each i below n, once, on up to jobs threads that
 * take `chunk` in a row. Returns when all are done.
 */
void parallel_for(size_t n, unsigned jobs, size_t chunk, void (*fn)(void *userdata, size_t i),
		  void *userdata);

#endif
