/* SPDX-License-Identifier: MIT */
#include "bench/cost/confirm.h"
#include "bench/cost/cost.h"

#include <stdlib.h>

/* A mean by count, of those that are known. */
struct mean {
	struct estimate sum;
	uint64_t count;
};

static void add(struct mean *mean, struct estimate estimate, uint64_t count)
{
	if (!estimate.known)
		return;
	mean->sum.known = true;
	mean->sum = estimate_add(mean->sum, estimate, (double)count);
	mean->count += count;
}

static struct estimate take(const struct mean *mean)
{
	struct estimate zero = { .known = mean->count > 0 };

	return mean->count ? estimate_add(zero, mean->sum, 1.0 / (double)mean->count) : zero;
}

static void sum_row(struct cost *cost, struct row *row)
{
	struct mean machine = { .count = 0 }, engine = { .count = 0 }, kernel = { .count = 0 };

	row->kernel_cost = cost->points[row->first].kernel_cost;
	for (size_t i = row->first; i < row->first + row->n; i++) {
		const struct point *point = &cost->points[i];
		add(&machine, point->machine, point->count);
		add(&engine, point->engine, point->count);
		add(&kernel, point->kernel, point->count);
		if (point->kernel.known)
			row->kernel_cost = point->kernel_cost;
	}
	row->machine = take(&machine);
	row->engine = take(&engine);
	row->kernel = take(&kernel);
}

static bool cost_counts(const struct row *row, enum cost_group group)
{
	switch (group) {
	case COST_ALL:
		return true;
	case COST_BITMAP:
		return !row->by_words && row->bitmap;
	case COST_NUMBER:
		return !row->by_words && !row->bitmap;
	case COST_WORDS:
		return row->by_words;
	}
	return false;
}

struct group_cost cost_of(const struct cost *cost, enum cost_group group)
{
	struct mean machine = { .count = 0 }, engine = { .count = 0 }, kernel = { .count = 0 };
	struct group_cost sum = { .rows = 0 };

	for (size_t i = 0; i < cost->n_rows; i++) {
		const struct row *row = &cost->rows[i];
		if (!cost_counts(row, group))
			continue;
		sum.rows++;
		sum.count += row->count;
		add(&machine, row->machine, row->count);
		add(&engine, row->engine, row->count);
		for (size_t p = row->first; p < row->first + row->n; p++)
			add(&kernel, cost->points[p].kernel, cost->points[p].count);
	}
	sum.machine = take(&machine);
	sum.engine = take(&engine);
	sum.kernel = take(&kernel);
	sum.measured = kernel.count;
	return sum;
}

/* What a row takes, in all: what tables and plots are sorted by. */
static double row_weight(const struct row *row)
{
	double each = row->kernel.known ? row->kernel.value : row->machine.value;

	return each * (double)row->count;
}

static int by_weight(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	double x = row_weight(a), y = row_weight(b);

	if (a->kernel.known != b->kernel.known)
		return a->kernel.known ? -1 : 1;
	return x > y ? -1 : x < y ? 1 : a->nr < b->nr ? -1 : a->nr > b->nr;
}

void sum_up(struct cost *cost)
{
	for (size_t i = 0; i < cost->n_rows; i++)
		sum_row(cost, &cost->rows[i]);
	qsort(cost->rows, cost->n_rows, sizeof(*cost->rows), by_weight);
	for (size_t i = 0; i < cost->n_rows; i++)
		for (size_t p = cost->rows[i].first; p < cost->rows[i].first + cost->rows[i].n; p++)
			cost->points[p].row = i;
}
