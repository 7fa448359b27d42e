/* SPDX-License-Identifier: MIT */
/*
 * The running kernel: what filters add to a call. Tasks under different filters
 * take turns (loader/kernel/turns.h). One more filter, the guard, answers each
 * call with an errno, so that no call runs and any record can be timed; what is
 * measured is the difference to a task that has the guard alone. The stack is
 * installed many times over, as it costs what its places in memory make it cost:
 * figures are means over places. What a call costs besides, as soon as one filter
 * has to be run, and what it costs where the allow-bitmap answers, is measured
 * once, on getppid().
 */
#include "bench/cost/base.h"
#include "bench/cost/confirm.h"
#include "loader/kernel/behaviour.h"
#include "loader/kernel/entry.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 40u /* of one turn: some 20 us, less than machines are left alone */
/* Each pass over very many calls takes long: these are measured in fewer places. */
#define MANY_POINTS 512u
#define FEWER_PLACES 16u
/* Tasks for what is no call's own figure. */
#define SOME_TASKS 4u
/* Filters whose cost one by one is asked. */
#define FILTERS_MAX 64u

/* All tasks of a measurement. */
struct arena_of_tasks {
	struct turns *turns;
	struct base_tasks base;
	struct base_calls calls;
	struct turn_task whole;	   /* the stack, guarded */
	struct turn_task *steps;   /* its lower filters, guarded */
	struct turn_task *filters; /* each alone, guarded */
	size_t n_filters;
};

static int start_filters(struct arena_of_tasks *tasks, const struct cost *cost)
{
	const struct vd_stack *stack = cost->subject->filters.stack;
	size_t n = vd_stack_len(stack) <= FILTERS_MAX ? vd_stack_len(stack) : 0;
	int r = 0;

	tasks->filters = calloc(n + 1, sizeof(*tasks->filters));
	if (!tasks->filters)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++) {
		struct vd_stack *alone;
		r = filters_of(stack, i, 1, &alone);
		if (r < 0)
			break;
		r = turns_task(tasks->turns, &(struct turn_filters){ alone, 1, TURN_GUARDED }, SOME_TASKS,
			       &tasks->filters[i]);
		vd_stack_free(alone);
		tasks->n_filters++;
	}
	return r;
}

static int start_steps(struct arena_of_tasks *tasks, const struct cost *cost)
{
	int r = 0;

	tasks->steps = calloc(cost->n_steps + 1, sizeof(*tasks->steps));
	if (!tasks->steps)
		return -ENOMEM;
	for (size_t i = 0; i < cost->n_steps && r == 0; i++) {
		struct vd_stack *lower;
		r = filters_of(cost->subject->filters.stack, 0, cost->steps[i].filters, &lower);
		if (r < 0)
			break;
		r = turns_task(tasks->turns, &(struct turn_filters){ lower, 1, TURN_GUARDED }, SOME_TASKS,
			       &tasks->steps[i]);
		vd_stack_free(lower);
		/* with the guard, and where constants are blinded, so many do not fit */
		if (r == -ENOMEM)
			r = 0;
	}
	return r;
}

static int start_all(struct arena_of_tasks *tasks, const struct cost *cost)
{
	const struct turn_filters whole = { cost->subject->filters.stack, 1, TURN_GUARDED };
	int r = base_start(tasks->turns, &tasks->base, &tasks->calls);

	if (r == 0)
		r = turns_task(tasks->turns, &whole, kernel_places(cost), &tasks->whole);
	if (r == 0)
		r = start_steps(tasks, cost);
	if (r == 0)
		r = start_filters(tasks, cost);
	return r;
}

/* --------------------------------------------------------------- points -- */

unsigned kernel_places(const struct cost *cost)
{
	return cost->n_points > MANY_POINTS ? FEWER_PLACES : KERNEL_PLACES;
}

enum kernel_cost kernel_cost_of(const struct cost *cost, const struct point *point)
{
	const struct row *row = &cost->rows[point->row];
	uint32_t action = point->ret & SECCOMP_RET_ACTION_FULL;

	switch (kernel_askable(&point->data)) {
	case KERNEL_ASKED:
		break;
	case KERNEL_BYPASSED:
		return KERNEL_COST_BYPASSED;
	case KERNEL_ARCH:
	case KERNEL_ADDRESS:
		return KERNEL_COST_NO_ENTRY;
	}
	if (bitmap_answers(cost, row))
		return KERNEL_COST_BITMAP;
	/* TRAP and the kills, and what the kernel does not know, outrank the guard */
	return (int32_t)action < (int32_t)SECCOMP_RET_ERRNO ? KERNEL_COST_ENDS : KERNEL_COST_JUDGED;
}

bool point_is_i386(const struct point *point)
{
	return point->data.arch == vd_abi_info(VD_ABI_I386)->audit_arch;
}

/* --------------------------------------------------------------- probes -- */

/* Where the results of two runs of probes go. */
struct plan {
	struct probes points, samples; /* each call under the stack; some calls under parts of it */
	size_t first_point, first_step, first_filter;
	const struct point *chosen[SAMPLE_POINTS];
	size_t n_chosen;
};

static int add_points(struct plan *plan, const struct arena_of_tasks *tasks, struct cost *cost)
{
	int r = 0;

	for (size_t i = 0; i < cost->n_points && r == 0; i++) {
		struct point *point = &cost->points[i];
		point->kernel_cost = kernel_cost_of(cost, point);
		if (point->kernel_cost == KERNEL_COST_JUDGED)
			r = probes_add(&plan->points, &tasks->whole, &tasks->base.guard, &point->data);
	}
	return r;
}

/* Every sample under each of some tasks that there are. */
static int add_samples(struct plan *plan, const struct arena_of_tasks *tasks, const struct turn_task *under,
		       size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t s = 0; s < plan->n_chosen && under[i].n && r == 0; s++)
			r = probes_add(&plan->samples, &under[i], &tasks->base.guard, &plan->chosen[s]->data);
	return r;
}

/* A kernel that has no entry for their ABI cannot be asked about them. */
static void choose_samples(struct plan *plan, const struct cost *cost)
{
	size_t kept = 0;

	plan->n_chosen = sample_points(cost, plan->chosen);
	for (size_t i = 0; i < plan->n_chosen; i++)
		if (kernel_askable(&plan->chosen[i]->data) == KERNEL_ASKED)
			plan->chosen[kept++] = plan->chosen[i];
	plan->n_chosen = kept;
}

static int make_plan(struct plan *plan, const struct arena_of_tasks *tasks, struct cost *cost)
{
	int r = base_add(&tasks->calls, &tasks->base, &plan->points);

	choose_samples(plan, cost);
	plan->first_point = plan->points.n;
	if (r == 0)
		r = add_points(plan, tasks, cost);
	if (r == 0)
		r = base_add(&tasks->calls, &tasks->base, &plan->points);
	if (r == 0)
		r = add_samples(plan, tasks, tasks->steps, cost->n_steps);
	plan->first_filter = plan->samples.n;
	return r < 0 ? r : add_samples(plan, tasks, tasks->filters, tasks->n_filters);
}

/* -------------------------------------------------------------- results -- */

static void take_points(const struct plan *plan, struct cost *cost, const struct speed guard[2])
{
	size_t at = plan->first_point;

	for (size_t i = 0; i < cost->n_points; i++) {
		struct point *point = &cost->points[i];
		const struct kernel_base *base = &cost->base[point_is_i386(point)];
		if (point->kernel_cost == KERNEL_COST_JUDGED)
			point->kernel = estimate_add(
				base->entry, probes_result(&plan->points, at++, &guard[point_is_i386(point)]),
				1);
		else if (point->kernel_cost == KERNEL_COST_BITMAP)
			point->kernel = base->bitmap;
	}
}

/*
 * What the mean over all points is in each place by itself: of all turns (part
 * 0), or of each second round of them.
 */
static int places_of(const struct plan *plan, const struct cost *cost, const struct speed guard[2],
		     unsigned part, double ret_ns[KERNEL_PLACES])
{
	double each[KERNEL_PLACES], records = 0;
	size_t at = plan->first_point;
	int r = 0;

	memset(ret_ns, 0, KERNEL_PLACES * sizeof(*ret_ns));
	for (size_t i = 0; i < cost->n_points && r == 0; i++) {
		const struct point *point = &cost->points[i];
		const struct kernel_base *base = &cost->base[point_is_i386(point)];
		bool judged = point->kernel_cost == KERNEL_COST_JUDGED;
		double fixed = judged ? base->entry.value : base->bitmap.value;
		if (!judged && point->kernel_cost != KERNEL_COST_BITMAP)
			continue;
		if (judged)
			r = probes_by_task(&plan->points, at++, &guard[point_is_i386(point)], part, each);
		for (unsigned p = 0; p < cost->n_places; p++)
			ret_ns[p] += (double)point->count * (fixed + (judged ? each[p] : 0));
		records += (double)point->count;
	}
	for (unsigned p = 0; p < cost->n_places && records > 0; p++)
		ret_ns[p] /= records;
	return r;
}

static int take_places(const struct plan *plan, struct cost *cost, const struct speed guard[2])
{
	double all[KERNEL_PLACES], half[2][KERNEL_PLACES], apart[KERNEL_PLACES];
	int r = places_of(plan, cost, guard, 0, all);

	for (unsigned h = 0; h < 2 && r == 0; h++)
		r = places_of(plan, cost, guard, h + 1, half[h]);
	if (r < 0)
		return r;
	for (unsigned p = 0; p < cost->n_places; p++)
		apart[p] = fabs(half[0][p] - half[1][p]) / 2;
	cost->places = places_spread(all, cost->n_places);
	cost->within_place = middle_mean(apart, cost->n_places);
	return 0;
}

static struct estimate take_mean(const struct plan *plan, size_t *at, const struct speed guard[2])
{
	struct estimate sum = { .known = plan->n_chosen > 0 };

	for (size_t s = 0; s < plan->n_chosen; s++) {
		const struct speed *own = &guard[point_is_i386(plan->chosen[s])];
		sum = estimate_add(sum, probes_result(&plan->samples, (*at)++, own),
				   1.0 / (double)plan->n_chosen);
	}
	return sum;
}

static void take_steps(const struct plan *plan, const struct arena_of_tasks *tasks, struct cost *cost,
		       const struct speed guard[2])
{
	size_t at = plan->first_step;

	for (size_t i = 0; i < cost->n_steps; i++)
		if (tasks->steps[i].n)
			cost->steps[i].kernel = estimate_add(take_mean(plan, &at, guard), cost->base[0].entry,
							     1);
	at = plan->first_filter;
	for (size_t i = 0; i < tasks->n_filters; i++)
		cost->filters[i].kernel = take_mean(plan, &at, guard);
}

static int take_all(const struct plan *plan, const struct arena_of_tasks *tasks, struct cost *cost)
{
	const struct turn_task *task = &tasks->base.guard;
	struct speed guard[2];

	base_take(&tasks->calls, &tasks->base, &plan->points, cost->base);
	cost->quiet = plan->points.share;
	for (int i = 0; i < 2; i++)
		guard[i] = probes_speed(&plan->points, tasks->calls.data[i].arch, task);
	take_points(plan, cost, guard);
	cost->n_places = tasks->whole.n;
	int r = take_places(plan, cost, guard);
	for (int i = 0; i < 2; i++)
		guard[i] = probes_speed(&plan->samples, tasks->calls.data[i].arch, task);
	take_steps(plan, tasks, cost, guard);
	cost->kernel = r == 0;
	return r;
}

static int run_plan(const struct arena_of_tasks *tasks, struct cost *cost, double seconds)
{
	struct probe_run run = {
		.calls = CALLS, .min = 2 * tasks->whole.n, .seconds = seconds * 0.8, .one_companion = true
	};
	struct plan plan = { .n_chosen = 0 };
	int r = make_plan(&plan, tasks, cost);

	if (r == 0)
		r = probes_run(&plan.points, tasks->turns, &run);
	run.min = 4 * SOME_TASKS;
	run.seconds = seconds * 0.2;
	if (r == 0)
		r = probes_run(&plan.samples, tasks->turns, &run);
	if (r == 0)
		r = take_all(&plan, tasks, cost);
	probes_done(&plan.points);
	probes_done(&plan.samples);
	return r;
}

int measure_kernel(struct cost *cost, double seconds)
{
	struct arena_of_tasks tasks = { .turns = NULL };
	int r = turns_new(&tasks.turns);

	if (r < 0)
		return r;
	r = confirm_bitmap(cost, tasks.turns);
	if (r == 0)
		r = start_all(&tasks, cost);
	if (r == 0)
		r = run_plan(&tasks, cost, seconds);
	turns_free(tasks.turns);
	free(tasks.steps);
	free(tasks.filters);
	return r;
}
