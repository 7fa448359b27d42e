/* SPDX-License-Identifier: MIT */
#include "bench/cost/estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

void sort_values(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_size);
}

static double fast_one(double *samples, size_t n, bool undisturbed)
{
	size_t rank = undisturbed ? n / 4 : n / 100 ? n / 100 : n > 1;

	sort_values(samples, n);
	return samples[rank];
}

/* Some of the turns: a task's, or each step-th. */
struct part {
	unsigned task;
	bool any_task;
	size_t from, step;
};

/* Negative: there are none. */
static double fast_part(const struct samples *samples, const struct part *part, double *some)
{
	size_t kept = 0;

	for (size_t i = part->from; i < samples->n; i += part->step)
		if (part->any_task || samples->tasks[i] == part->task)
			some[kept++] = samples->ns[i];
	return kept ? fast_one(some, kept, samples->undisturbed) : -1;
}

static struct speed speed_of_one(const struct samples *samples, double *some)
{
	const struct part all = { .any_task = true, .step = 1 };
	struct speed speed = { .n = samples->n, .all = fast_part(samples, &all, some) };

	for (size_t half = 0; half < 2; half++) {
		const struct part part = { .any_task = true, .from = half, .step = 2 };
		double fast = fast_part(samples, &part, some);
		speed.half[half] = fast < 0 ? speed.all : fast;
	}
	return speed;
}

/*
 * Where programs lie makes tasks differ both ways, a disturbed task is slow only:
 * a few of those are nothing to the middle half.
 */
double middle_mean(double *values, size_t n)
{
	size_t from = n / 4, to = n - n / 4;
	double sum = 0;

	sort_values(values, n);
	for (size_t i = from; i < to; i++)
		sum += values[i];
	return sum / (double)(to - from);
}

struct estimate places_spread(double *values, size_t n)
{
	double mean = middle_mean(values, n);

	return (struct estimate){ true, mean, values[n / 8], values[n - 1 - n / 8] };
}

static void fast_of_each(const struct samples *samples, double *some, double *ret_ns)
{
	for (unsigned task = 0; task < samples->tasks_n; task++) {
		const struct part part = { .task = task, .step = 1 };
		ret_ns[task] = fast_part(samples, &part, some);
	}
}

int speed_by_task(const struct samples *samples, double *ret_ns)
{
	double *some = malloc((samples->n ? samples->n : 1) * sizeof(*some));

	if (!some)
		return -ENOMEM;
	fast_of_each(samples, some, ret_ns);
	free(some);
	return 0;
}

static struct speed speed_of_many(const struct samples *samples, double *some)
{
	double *tasks = malloc(2 * samples->tasks_n * sizeof(*tasks)), *half = tasks + samples->tasks_n;
	struct speed speed = { .n = 0 };
	size_t n = 0;

	if (!tasks)
		return speed;
	fast_of_each(samples, some, tasks);
	for (unsigned task = 0; task < samples->tasks_n; task++)
		if (tasks[task] >= 0)
			tasks[n++] = tasks[task];
	for (size_t which = 0; which < 2 && n; which++) {
		size_t kept = 0;
		for (size_t i = which; i < n; i += 2)
			half[kept++] = tasks[i];
		speed.half[which] = middle_mean(kept ? half : tasks, kept ? kept : n);
	}
	if (n) {
		speed.n = samples->n;
		speed.all = middle_mean(tasks, n);
	}
	free(tasks);
	return speed;
}

struct speed full_speed(const struct samples *samples)
{
	double *some = malloc((samples->n ? samples->n : 1) * sizeof(*some));
	struct speed speed = { .n = 0 };

	if (samples->n && some)
		speed = (samples->tasks_n > 1 ? speed_of_many : speed_of_one)(samples, some);
	free(some);
	return speed;
}

void differences_at(double *values, const double *here, size_t n, double full)
{
	for (size_t i = 0; i < n; i++)
		values[i] = values[i] * (here[i] > 0 ? full / here[i] : 1) - full;
}

struct estimate estimate_difference(const struct speed *a, const struct speed *b)
{
	double x = a->half[0] - b->half[0], y = a->half[1] - b->half[1], all = a->all - b->all;

	if (!a->n || !b->n)
		return (struct estimate){ .known = false };
	/* of few turns a half's second fastest may be slower than that of all */
	return (struct estimate){ true, all, fmin(all, fmin(x, y)), fmax(all, fmax(x, y)) };
}

struct estimate estimate_of(const struct speed *a)
{
	static const struct speed nothing = { .n = 1 };

	return estimate_difference(a, &nothing);
}

struct estimate estimate_interval(double *samples, size_t n)
{
	/* the median lies between the ranks n/2 -+ 1.96 * sqrt(n)/2, with 95 % */
	double half = 0.98 * sqrt((double)n);
	double low = floor((double)n / 2 - half), high = ceil((double)n / 2 + half);

	if (!n)
		return (struct estimate){ .known = false };
	sort_values(samples, n);
	return (struct estimate){ true, samples[n / 2], samples[low < 0 ? 0 : (size_t)low],
				  samples[high > (double)(n - 1) ? n - 1 : (size_t)high] };
}

struct estimate estimate_add(struct estimate a, struct estimate b, double factor)
{
	double low = factor < 0 ? b.high : b.low, high = factor < 0 ? b.low : b.high;

	if (!a.known || !b.known)
		return (struct estimate){ .known = false };
	return (struct estimate){ true, a.value + factor * b.value, a.low + factor * low,
				  a.high + factor * high };
}
