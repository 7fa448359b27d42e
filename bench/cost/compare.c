/* SPDX-License-Identifier: MIT */
/*
 * In each pass both stacks take a turn on every point; the difference of a pass
 * is one sample. Whatever the machine does to a pass it does to both, so the
 * median of the differences needs no quiet machine. In the kernel a stack costs
 * what its places in memory make it cost: there it is both stacks in one pair of
 * places, with the fast turns of many, that are one sample; the guard's turns
 * between theirs tell how slow the machine was (kernel.c).
 */
#include "bench/cost/compare.h"
#include "bench/cost/base.h"
#include "bench/cost/bitmap.h"
#include "bench/cost/confirm.h"
#include "vm/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of some short turns the fastest counts: what comes between them is no stack's. */
#define TURN_NS 3000.0
#define TRIES 3
#define CALLS 40u
#define PASSES_MIN 32u
#define PASSES_MAX 400u

static volatile uint32_t sink;

/* Turns of one way: [point][pass], of both stacks. NaN-free: points that are not measured are skipped. */
struct turns_taken {
	size_t points, passes;
	double *ns[2];
	bool *used; /* by point */
};

static int taken_init(struct turns_taken *taken, size_t points)
{
	*taken = (struct turns_taken){ .points = points };
	for (int side = 0; side < 2; side++)
		taken->ns[side] = calloc(points * PASSES_MAX + 1, sizeof(double));
	taken->used = calloc(points + 1, sizeof(bool));
	return taken->ns[0] && taken->ns[1] && taken->used ? 0 : -ENOMEM;
}

static void taken_done(struct turns_taken *taken)
{
	free(taken->ns[0]);
	free(taken->ns[1]);
	free(taken->used);
}

static double *turn_of(const struct turns_taken *taken, int side, size_t point, size_t pass)
{
	return &taken->ns[side][point * PASSES_MAX + pass];
}

/* -------------------------------------------------------------- results -- */

static double median(double *values, size_t n)
{
	return estimate_interval(values, n).value;
}

/* The mean over the points, by count, of one pass. */
static double of_pass(const struct comparison *comparison, const struct turns_taken *taken, int side,
		      size_t pass)
{
	double sum = 0, count = 0;

	for (size_t i = 0; i < taken->points; i++) {
		if (!taken->used[i])
			continue;
		double weight = (double)comparison->cost->points[i].count;
		sum += *turn_of(taken, side, i, pass) * weight;
		count += weight;
	}
	return count > 0 ? sum / count : 0;
}

static void take_way(const struct comparison *comparison, const struct turns_taken *taken,
		     struct way_compared *way)
{
	double this[PASSES_MAX], other[PASSES_MAX], difference[PASSES_MAX];

	way->count = 0;
	for (size_t i = 0; i < taken->points; i++)
		way->count += taken->used[i] ? comparison->cost->points[i].count : 0;
	for (size_t pass = 0; pass < taken->passes; pass++) {
		this[pass] = of_pass(comparison, taken, 0, pass);
		other[pass] = of_pass(comparison, taken, 1, pass);
		difference[pass] = this[pass] - other[pass];
	}
	way->known = way->count > 0 && taken->passes > 0;
	if (!way->known)
		return;
	way->passes = taken->passes;
	way->this = median(this, taken->passes);
	way->other = median(other, taken->passes);
	way->difference = estimate_interval(difference, taken->passes);
}

static void take_rows(struct comparison *comparison, const struct turns_taken *taken, int which)
{
	const struct cost *cost = comparison->cost;
	double difference[PASSES_MAX];

	for (size_t r = 0; r < cost->n_rows; r++) {
		const struct row *row = &cost->rows[r];
		double sum = 0, count = 0;
		for (size_t i = row->first; i < row->first + row->n; i++) {
			if (!taken->used[i])
				continue;
			for (size_t pass = 0; pass < taken->passes; pass++)
				difference[pass] = *turn_of(taken, 0, i, pass) - *turn_of(taken, 1, i, pass);
			sum += median(difference, taken->passes) * (double)cost->points[i].count;
			count += (double)cost->points[i].count;
		}
		comparison->rows[r].known[which] = count > 0;
		comparison->rows[r].ns[which] = count > 0 ? sum / count : 0;
	}
}

/* ------------------------------------------------------------ userspace -- */

static double turn(const struct vd_stack *stack, const struct vd_engine *engine,
		   const struct seccomp_data *data, unsigned times)
{
	double best = 0;

	for (int try = 0; try < TRIES; try++) {
		double start = (double)clock_ns();
		uint32_t sum = 0;
		for (unsigned i = 0; i < times; i++)
			sum += engine ? vd_engine_run(engine, data) : vd_stack_run(stack, data).ret;
		sink = sum;
		double took = ((double)clock_ns() - start) / times;
		best = !try || took < best ? took : best;
	}
	return best;
}

static int run_pass(struct comparison *comparison, struct turns_taken *taken, bool fast,
		    const unsigned *times)
{
	struct subject *sides[2] = { comparison->cost->subject, &comparison->other };

	for (size_t i = 0; i < taken->points; i++) {
		const struct seccomp_data *data = &comparison->cost->points[i].data;
		for (int k = 0; k < 2; k++) {
			int side = (k + (int)taken->passes) % 2;
			const struct vd_engine *engine = subject_turn_to(sides[side], data);
			if (!engine)
				return -ENOMEM;
			*turn_of(taken, side, i, taken->passes) = turn(sides[side]->filters.stack,
								       fast ? engine : NULL, data, times[i]);
		}
	}
	taken->passes++;
	return 0;
}

static int compare_userspace(struct comparison *comparison, bool fast, double seconds)
{
	const struct cost *cost = comparison->cost;
	double until = (double)clock_ns() + seconds * 1e9;
	unsigned *times = calloc(cost->n_points + 1, sizeof(*times));
	struct turns_taken taken;
	int r = taken_init(&taken, cost->n_points);

	for (size_t i = 0; i < cost->n_points && r == 0 && times; i++) {
		const struct vd_engine *engine = subject_turn_to(cost->subject, &cost->points[i].data);
		double took = turn(cost->subject->filters.stack, fast ? engine : NULL, &cost->points[i].data,
				   16);
		times[i] = (unsigned)(TURN_NS / (took + 0.1)) + 1;
		taken.used[i] = true;
	}
	r = times ? r : -ENOMEM;
	while (r == 0 && taken.passes < PASSES_MAX &&
	       (taken.passes < PASSES_MIN || (double)clock_ns() < until))
		r = run_pass(comparison, &taken, fast, times);
	if (r == 0) {
		take_way(comparison, &taken, &comparison->ways[fast ? WAY_ENGINE : WAY_MACHINE]);
		take_rows(comparison, &taken, fast ? WAY_ENGINE : WAY_MACHINE);
	}
	taken_done(&taken);
	free(times);
	return r;
}

/* --------------------------------------------------------------- kernel -- */

/* Both stacks' tasks, and what is the same for both. */
struct sides {
	struct turns *turns;
	struct base_tasks base;
	struct base_calls calls;
	struct kernel_base cost[2];
	struct turn_task whole[2];
	unsigned places; /* that each of them has */
	/* of what is in every figure; of each point that can be measured, one for each side that judges it */
	struct probes probes;
	size_t first_point;
};

static int start_sides(struct sides *sides, const struct comparison *comparison)
{
	const struct vd_stack *stacks[2] = { comparison->cost->subject->filters.stack,
					     comparison->other.filters.stack };
	int r = base_start(sides->turns, &sides->base, &sides->calls);

	for (int side = 0; side < 2 && r == 0; side++)
		r = turns_task(sides->turns, &(struct turn_filters){ stacks[side], 1, TURN_GUARDED },
			       sides->places, &sides->whole[side]);
	return r;
}

/* How a point is answered under one of the stacks. */
static enum kernel_cost side_cost(const struct comparison *comparison, int side, const struct point *point)
{
	struct cost cost = *comparison->cost;
	struct row row = cost.rows[point->row];
	struct point other = *point;

	if (side) {
		const struct vd_stack *stack = comparison->other.filters.stack;
		row.bitmap = bitmap_has(row.arch, row.nr) && bitmap_allows(stack, row.arch, row.nr);
		other.ret = vd_stack_run(stack, &point->data).ret;
	}
	cost.rows = &row;
	other.row = 0;
	return kernel_cost_of(&cost, &other);
}

static int add_point(struct sides *sides, const struct comparison *comparison, const struct point *point,
		     bool *ret_used)
{
	enum kernel_cost how[2];
	int r = 0;

	*ret_used = true;
	for (int side = 0; side < 2; side++) {
		how[side] = side_cost(comparison, side, point);
		*ret_used &= how[side] == KERNEL_COST_BITMAP || how[side] == KERNEL_COST_JUDGED;
	}
	for (int side = 0; side < 2 && r == 0 && *ret_used; side++)
		if (how[side] == KERNEL_COST_JUDGED)
			r = probes_add(&sides->probes, &sides->whole[side], &sides->base.guard, &point->data);
	return r;
}

static int add_points(struct sides *sides, const struct comparison *comparison, struct turns_taken *taken)
{
	int r = base_add(&sides->calls, &sides->base, &sides->probes);

	sides->first_point = sides->probes.n;
	for (size_t i = 0; i < taken->points && r == 0; i++)
		r = add_point(sides, comparison, &comparison->cost->points[i], &taken->used[i]);
	return r < 0 ? r : base_add(&sides->calls, &sides->base, &sides->probes);
}

static int run_probes(struct sides *sides, double seconds)
{
	const struct probe_run run = {
		.calls = CALLS, .min = 2 * sides->places, .seconds = seconds, .one_companion = true
	};

	return probes_run(&sides->probes, sides->turns, &run);
}

/* One point's cost under one of the stacks, by place. */
static int take_side(const struct sides *sides, const struct point *point, enum kernel_cost how,
		     size_t *probe, double *ret_ns)
{
	const struct kernel_base *base = &sides->cost[point_is_i386(point)];
	bool judged = how == KERNEL_COST_JUDGED;
	int r = judged ? probes_by_task(&sides->probes, (*probe)++, &base->guard, 0, ret_ns) : 0;

	for (unsigned place = 0; place < sides->places && r == 0; place++)
		ret_ns[place] = judged ? base->entry.value + ret_ns[place] : base->bitmap.value;
	return r;
}

/* Turns in one place are no samples of their own: it costs what it costs. What is sampled are places. */
static int take_turns(struct sides *sides, const struct comparison *comparison, struct turns_taken *taken)
{
	size_t probe = sides->first_point;
	int r = 0;

	base_take(&sides->calls, &sides->base, &sides->probes, sides->cost);
	taken->passes = sides->places;
	for (size_t i = 0; i < taken->points; i++)
		for (int side = 0; side < 2 && r == 0 && taken->used[i]; side++) {
			const struct point *point = &comparison->cost->points[i];
			r = take_side(sides, point, side_cost(comparison, side, point), &probe,
				      turn_of(taken, side, i, 0));
		}
	return r;
}

static int compare_kernel(struct comparison *comparison, double seconds)
{
	struct sides sides = { .places = kernel_places(comparison->cost) };
	struct turns_taken taken;
	int r = taken_init(&taken, comparison->cost->n_points);

	if (r == 0)
		r = turns_new(&sides.turns);
	if (r == 0)
		r = confirm_bitmap(comparison->cost, sides.turns);
	if (r == 0)
		r = start_sides(&sides, comparison);
	if (r == 0)
		r = add_points(&sides, comparison, &taken);
	if (r == 0)
		r = run_probes(&sides, seconds);
	if (r == 0)
		r = take_turns(&sides, comparison, &taken);
	if (r == 0) {
		take_way(comparison, &taken, &comparison->ways[WAY_KERNEL]);
		take_rows(comparison, &taken, WAY_KERNEL);
		comparison->quiet = sides.probes.share;
		comparison->kernel = true;
	}
	turns_free(sides.turns);
	probes_done(&sides.probes);
	taken_done(&taken);
	return r;
}

/* ----------------------------------------------------------------- both -- */

static void count_rows(struct comparison *comparison)
{
	for (size_t r = 0; r < comparison->cost->n_rows; r++) {
		const struct point *point = &comparison->cost->points[comparison->cost->rows[r].first];
		subject_turn_to(&comparison->other, &point->data);
		comparison->rows[r].row = r;
		comparison->rows[r].insns[0] = point->insns;
		comparison->rows[r].insns[1] =
			vd_stack_run(comparison->other.filters.stack, &point->data).insns;
	}
}

static double change(const struct comparison *comparison, const struct row_compared *row)
{
	int way = row->known[WAY_KERNEL] ? WAY_KERNEL : WAY_MACHINE;
	double each = row->ns[way] < 0 ? -row->ns[way] : row->ns[way];

	return each * (double)comparison->cost->rows[row->row].count;
}

static int by_change(const void *pa, const void *pb, void *arg)
{
	double x = change(arg, pa), y = change(arg, pb);

	return x > y ? -1 : x < y;
}

int compare_stacks(struct comparison *comparison, bool kernel, double seconds)
{
	size_t n = comparison->cost->n_rows;
	int r;

	comparison->rows = calloc(n + 1, sizeof(*comparison->rows));
	if (!comparison->rows)
		return -ENOMEM;
	count_rows(comparison);
	r = compare_userspace(comparison, false, seconds / 4);
	if (r == 0)
		r = compare_userspace(comparison, true, seconds / 4);
	if (r == 0 && kernel)
		r = compare_kernel(comparison, seconds);
	qsort_r(comparison->rows, n, sizeof(*comparison->rows), by_change, comparison);
	return r;
}

void comparison_done(struct comparison *comparison)
{
	subject_done(&comparison->other);
	free(comparison->rows);
}
