/* SPDX-License-Identifier: MIT */
#include "cases/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

unsigned parallel_cpus(unsigned max)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > (long)max ? max : (unsigned)n;
}

struct work {
	atomic_size_t next;
	size_t n, chunk;
	void (*fn)(void *userdata, size_t i);
	void *userdata;
};

static void *worker(void *arg)
{
	struct work *work = arg;
	size_t begin;

	while ((begin = atomic_fetch_add(&work->next, work->chunk)) < work->n)
		for (size_t i = begin; i < work->n && i - begin < work->chunk; i++)
			work->fn(work->userdata, i);
	return NULL;
}

void parallel_for(size_t n, unsigned jobs, size_t chunk, void (*fn)(void *userdata, size_t i), void *userdata)
{
	struct work work = { .n = n, .chunk = chunk, .fn = fn, .userdata = userdata };
	size_t chunks = n / chunk + (n % chunk > 0), more = chunks < jobs ? chunks : jobs;
	pthread_t *threads = more > 1 ? calloc(more - 1, sizeof(*threads)) : NULL;
	size_t started = 0;

	/* fewer threads than wanted do the same work */
	while (threads && started < more - 1 && !pthread_create(&threads[started], NULL, worker, &work))
		started++;
	worker(&work);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}
