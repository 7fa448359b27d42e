/* SPDX-License-Identifier: MIT */
/*
 * Machine and engine: nanoseconds a record, each record over and over for a
 * short turn. Passes over all records follow each other, so that a machine that
 * is slow for a while is so for all of them; what stands is the lower quarter.
 */
#include "bench/cost/cost.h"
#include "vm/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TURN_NS 15000.0
#define PASSES_MIN 7u
#define PASSES_MAX 200u

static volatile uint32_t sink;

/* Something that is timed on one record, `times` times. */
struct job {
	const struct vd_stack *stack;
	const struct vd_engine *engine; /* NULL: the machine */
	const struct seccomp_data *data;
	bool big_endian;
	unsigned times;
	double *turns;
	struct estimate *result;
};

static double take_turn(const struct job *job)
{
	uint32_t sum = 0;
	double start = (double)clock_ns();

	for (unsigned i = 0; i < job->times; i++)
		sum += job->engine ? vd_engine_run(job->engine, job->data)
				   : vd_stack_run(job->stack, job->data).ret;
	double took = (double)clock_ns() - start;
	sink = sum;
	return took / job->times;
}

struct jobs {
	struct job *items;
	size_t n, cap;
};

static int add_job(struct jobs *jobs, const struct job *job)
{
	if (jobs->n == jobs->cap) {
		size_t cap = jobs->cap ? 2 * jobs->cap : 256;
		struct job *items = realloc(jobs->items, cap * sizeof(*items));
		if (!items)
			return -ENOMEM;
		jobs->items = items;
		jobs->cap = cap;
	}
	struct job *added = &jobs->items[jobs->n];
	*added = *job;
	added->times = 64;
	added->times = (unsigned)(TURN_NS / (take_turn(added) + 0.1)) + 1;
	added->turns = calloc(PASSES_MAX, sizeof(*added->turns));
	if (!added->turns)
		return -ENOMEM;
	jobs->n++;
	return 0;
}

static void jobs_done(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->n; i++)
		free(jobs->items[i].turns);
	free(jobs->items);
}

static struct estimate at_full_speed(double *turns, size_t n)
{
	const struct samples samples = { .ns = turns, .n = n, .tasks_n = 1 };
	struct speed speed = full_speed(&samples);

	return estimate_of(&speed);
}

static void run_jobs(struct jobs *jobs, double seconds)
{
	double until = (double)clock_ns() + seconds * 1e9;
	unsigned passes = 0;

	while (passes < PASSES_MAX && (passes < PASSES_MIN || (double)clock_ns() < until)) {
		for (size_t i = 0; i < jobs->n; i++)
			jobs->items[i].turns[passes] = take_turn(&jobs->items[i]);
		passes++;
	}
	for (size_t i = 0; i < jobs->n; i++)
		*jobs->items[i].result = at_full_speed(jobs->items[i].turns, passes);
}

/* --------------------------------------------------------------- points -- */

static int time_points(struct cost *cost, double seconds)
{
	struct jobs jobs = { 0 };
	int r = 0;

	for (size_t i = 0; i < cost->n_points && r == 0; i++) {
		struct point *point = &cost->points[i];
		const struct vd_engine *engine = subject_turn_to(cost->subject, &point->data);
		struct job job = { .stack = cost->subject->filters.stack,
				   .data = &point->data,
				   .result = &point->machine };
		r = engine ? add_job(&jobs, &job) : -ENOMEM;
		job.engine = engine;
		job.result = &point->engine;
		if (r == 0)
			r = add_job(&jobs, &job);
	}
	if (r == 0)
		run_jobs(&jobs, seconds);
	jobs_done(&jobs);
	return r;
}

/* ---------------------------------------------------------------- steps -- */

int filters_of(const struct vd_stack *stack, size_t first, size_t n, struct vd_stack **ret_stack)
{
	struct vd_stack *made;
	int r = vd_stack_new(&made);

	if (r < 0)
		return r;
	vd_stack_set_big_endian(made, vd_stack_big_endian(stack));
	for (size_t i = 0; i < n && r == 0; i++)
		r = vd_stack_push(made, vd_stack_prog(stack, (first + i) % vd_stack_len(stack)));
	if (r < 0)
		vd_stack_free(made);
	else
		*ret_stack = made;
	return r;
}

static struct estimate mean_of(const struct estimate *estimates, size_t n)
{
	struct estimate sum = { .known = n > 0 };

	for (size_t i = 0; i < n; i++)
		sum = estimate_add(sum, estimates[i], 1.0 / (double)n);
	return sum;
}

/* A stack over some records, in machine and engine. ret_engine may be NULL. */
static int time_stack(const struct vd_stack *stack, const struct point *const *points, size_t n,
		      double seconds, struct estimate *ret_machine, struct estimate *ret_engine)
{
	struct estimate each[2][SAMPLE_POINTS];
	struct vd_engine *engine = NULL;
	struct jobs jobs = { 0 };
	int r = ret_engine ? vd_engine_new(stack, &engine) : 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct job job = { .stack = stack, .data = &points[i]->data, .result = &each[0][i] };
		r = add_job(&jobs, &job);
		job.engine = engine;
		job.result = &each[1][i];
		if (r == 0 && engine)
			r = add_job(&jobs, &job);
	}
	if (r == 0) {
		run_jobs(&jobs, seconds);
		*ret_machine = mean_of(each[0], n);
		if (ret_engine)
			*ret_engine = mean_of(each[1], n);
	}
	jobs_done(&jobs);
	vd_engine_free(engine);
	return r;
}

/* Depths to measure: some of a stack's; of one filter 1, 2, 4, 8 and 16 copies. */
#define STEPS_MAX 10u

static size_t choose_steps(struct cost *cost)
{
	const struct vd_stack *stack = cost->subject->filters.stack;
	size_t depth = vd_stack_len(stack), steps = depth < STEPS_MAX ? depth : STEPS_MAX, n = 0;

	cost->copies = depth == 1;
	for (size_t i = 1; cost->copies && i <= 16; i *= 2)
		if (i * vd_stack_size(stack) <= VD_STACK_SIZE_MAX)
			cost->steps[n++].filters = i;
	for (size_t i = 0; !cost->copies && i < steps; i++)
		cost->steps[n++].filters = 1 + i * (depth - 1) / (steps - 1);
	return n;
}

static int time_steps(struct cost *cost, const struct point *const *points, size_t n, double seconds)
{
	int r = 0;

	cost->steps = calloc(STEPS_MAX, sizeof(*cost->steps));
	if (!cost->steps)
		return -ENOMEM;
	cost->n_steps = choose_steps(cost);
	for (size_t i = 0; i < cost->n_steps && r == 0; i++) {
		struct step *step = &cost->steps[i];
		struct vd_stack *stack;
		r = filters_of(cost->subject->filters.stack, 0, step->filters, &stack);
		if (r < 0)
			break;
		r = time_stack(stack, points, n, seconds / (double)cost->n_steps, &step->machine,
			       &step->engine);
		vd_stack_free(stack);
	}
	return r;
}

/* A filter's share of the instructions, over all points by count. */
static void count_instructions(struct cost *cost)
{
	size_t n = vd_stack_len(cost->subject->filters.stack);
	double all = 0;

	for (size_t p = 0; p < cost->n_points; p++) {
		const struct point *point = &cost->points[p];
		unsigned *each = calloc(n ? n : 1, sizeof(*each));
		if (!each)
			return;
		subject_turn_to(cost->subject, &point->data);
		point_instructions(cost->subject, &point->data, each);
		for (size_t i = 0; i < n; i++)
			cost->filters[i].insns += each[i] * (double)point->count;
		all += (double)point->count;
		free(each);
	}
	for (size_t i = 0; i < n && all > 0; i++)
		cost->filters[i].insns /= all;
}

static int time_filters(struct cost *cost, const struct point *const *points, size_t n, double seconds)
{
	const struct vd_stack *stack = cost->subject->filters.stack;
	size_t filters = vd_stack_len(stack);
	int r = 0;

	cost->filters = calloc(filters ? filters : 1, sizeof(*cost->filters));
	if (!cost->filters)
		return -ENOMEM;
	count_instructions(cost);
	for (size_t i = 0; i < filters && r == 0; i++) {
		struct vd_stack *alone;
		r = filters_of(stack, i, 1, &alone);
		if (r < 0)
			break;
		r = time_stack(alone, points, n, seconds / (double)filters, &cost->filters[i].machine, NULL);
		vd_stack_free(alone);
	}
	return r;
}

/* ------------------------------------------------------------- sequence -- */

/* One pass over the records. Byte orders are set where they change: archs of both are rare in one file. */
static int pass_sequence(struct cost *cost, bool fast)
{
	const struct vd_stack *stack = cost->subject->filters.stack;
	const struct vd_engine *engine = NULL;
	uint32_t sum = 0, arch = 0;

	for (size_t i = 0; i < cost->n_sequence; i++) {
		const struct seccomp_data *data = &cost->sequence[i];
		if (!engine || data->arch != arch) {
			engine = subject_turn_to(cost->subject, data);
			arch = data->arch;
		}
		if (!engine)
			return -ENOMEM;
		sum += fast ? vd_engine_run(engine, data) : vd_stack_run(stack, data).ret;
	}
	sink = sum;
	return 0;
}

/* The records in the order they came in: what branches and caches make of them. */
static int time_sequence(struct cost *cost, double seconds)
{
	double turns[2][PASSES_MAX], until = (double)clock_ns() + seconds * 1e9;
	unsigned passes = 0;
	int r = 0;

	while (r == 0 && passes < PASSES_MAX && (passes < PASSES_MIN || (double)clock_ns() < until)) {
		for (int fast = 0; fast < 2 && r == 0; fast++) {
			double start = (double)clock_ns();
			r = pass_sequence(cost, fast);
			turns[fast][passes] = ((double)clock_ns() - start) / (double)cost->n_sequence;
		}
		passes++;
	}
	if (r < 0)
		return r;
	cost->sequence_machine = at_full_speed(turns[0], passes);
	cost->sequence_engine = at_full_speed(turns[1], passes);
	return 0;
}

int measure_userspace(struct cost *cost, double seconds)
{
	const struct point *points[SAMPLE_POINTS];
	size_t n = sample_points(cost, points);
	int r = time_points(cost, seconds * 0.5);

	if (r == 0 && n)
		subject_turn_to(cost->subject, &points[0]->data);
	if (r == 0)
		r = time_steps(cost, points, n, seconds * 0.2);
	if (r == 0)
		r = time_filters(cost, points, n, seconds * 0.2);
	if (r == 0 && cost->n_sequence)
		r = time_sequence(cost, seconds * 0.1);
	return r;
}
