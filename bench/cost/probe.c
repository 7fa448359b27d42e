/* SPDX-License-Identifier: MIT */
#include "bench/cost/probe.h"
#include "vm/clock.h"

#include <errno.h>
#include <stdlib.h>

/* Within a tenth: tasks differ from each other by a few percent. */
#define FULL_SPEED 1.1

int probes_add(struct probes *probes, const struct turn_task *a, const struct turn_task *b,
	       const struct seccomp_data *data)
{
	return probes_add_other(probes, a, data, b, data);
}

int probes_add_other(struct probes *probes, const struct turn_task *a, const struct seccomp_data *data_a,
		     const struct turn_task *b, const struct seccomp_data *data_b)
{
	if (probes->n == probes->cap) {
		size_t cap = probes->cap ? 2 * probes->cap : 64;
		struct probe *items = realloc(probes->items, cap * sizeof(*items));
		if (!items)
			return -ENOMEM;
		probes->items = items;
		probes->cap = cap;
	}
	struct probe *probe = &probes->items[probes->n];
	*probe = (struct probe){ .a = a, .b = b, .data = data_a, .data_b = data_b };
	probes->n++;
	return 0;
}

void probes_done(struct probes *probes)
{
	for (size_t i = 0; i < probes->n; i++)
		free(probes->items[i].turns_a);
	free(probes->items);
	*probes = (struct probes){ 0 };
}

/* The task that goes first changes from pass to pass. */
static int take_both(struct turns *turns, const struct probe *probe, unsigned times, size_t pass)
{
	const struct turn_call a = { probe->data, times }, b = { probe->data_b, times };
	int r = 0;

	for (size_t i = 0; i < 2 && r == 0; i++)
		if ((pass + i) % 2)
			r = turns_take(turns, probe->a, pass, &a, &probe->turns_a[pass]);
		else
			r = turns_take(turns, probe->b, pass, &b, &probe->turns_b[pass]);
	return r;
}

/* Room for so many passes over all probes, some 50 MiB, but never fewer than are wanted. */
#define TURNS_MAX 3000000u
#define PASSES_MAX 4000u

static size_t most_passes(const struct probes *probes, unsigned min)
{
	size_t most = probes->n ? TURNS_MAX / probes->n : PASSES_MAX;

	most = most > PASSES_MAX ? PASSES_MAX : most;
	return most < min ? min : most;
}

static int make_room(struct probes *probes, size_t passes)
{
	for (size_t i = 0; i < probes->n; i++) {
		struct probe *probe = &probes->items[i];
		double *turns = malloc(2 * passes * sizeof(*turns));
		if (!turns)
			return -ENOMEM;
		free(probe->turns_a);
		probe->turns_a = turns;
		probe->turns_b = turns + passes;
	}
	return 0;
}

/* When to ask again whether the machine is quiet: in seconds. */
#define ASK_EVERY 0.5
#define LONGER 2.0
#define QUIET 0.9

struct schedule {
	double start, ask;
};

static bool goes_on(const struct probes *probes, const struct probe_run *run, struct schedule *schedule)
{
	double spent = ((double)clock_ns() - schedule->start) / 1e9;

	if (probes->passes < run->min || spent < run->seconds)
		return true;
	if (!run->quiet || spent >= LONGER * run->seconds)
		return false;
	if (spent < schedule->ask)
		return true;
	schedule->ask = spent + ASK_EVERY;
	return probes_share(probes, run->arch, run->quiet) < QUIET;
}

int probes_run(struct probes *probes, struct turns *turns, const struct probe_run *run)
{
	size_t most = most_passes(probes, run->min);
	struct schedule schedule = { .start = (double)clock_ns() };
	int r = make_room(probes, most);

	probes->passes = 0;
	while (r == 0 && probes->passes < most && goes_on(probes, run, &schedule)) {
		for (size_t i = 0; i < probes->n && r == 0; i++)
			r = take_both(turns, &probes->items[i], run->calls, probes->passes);
		probes->passes++;
	}
	if (r < 0)
		probes->passes = 0;
	return r;
}

static int samples_init(struct samples *samples, size_t n, unsigned tasks)
{
	*samples = (struct samples){ .tasks_n = tasks };
	samples->ns = calloc(n + 1, sizeof(*samples->ns));
	samples->tasks = calloc(n + 1, sizeof(*samples->tasks));
	return samples->ns && samples->tasks ? 0 : -ENOMEM;
}

static void samples_done(struct samples *samples)
{
	free(samples->ns);
	free(samples->tasks);
}

static void add_turn(struct samples *samples, double turn, size_t pass)
{
	samples->ns[samples->n] = turn;
	samples->tasks[samples->n++] = (unsigned)(pass % samples->tasks_n);
}

static void add_turns(struct samples *samples, const double *turns, size_t passes)
{
	for (size_t pass = 0; pass < passes; pass++)
		add_turn(samples, turns[pass], pass);
}

static struct speed own_speed(const double *turns, size_t passes, unsigned tasks)
{
	struct speed speed = { .n = 0 };
	struct samples samples;

	if (samples_init(&samples, passes, tasks) == 0) {
		add_turns(&samples, turns, passes);
		speed = full_speed(&samples);
	}
	samples_done(&samples);
	return speed;
}

static struct speed scaled(struct speed speed, double factor)
{
	speed.all *= factor;
	speed.half[0] *= factor;
	speed.half[1] *= factor;
	return speed;
}

/* How much faster a task is at full speed than it was here. */
static double factor_of(const struct speed *here, const struct speed *full)
{
	return here->n && here->all > 0 ? full->all / here->all : 1;
}

/* b's turns are put in as many parts as a has tasks. */
static double scale_of(const struct probes *probes, const struct probe *probe, const struct speed *b)
{
	struct speed here = own_speed(probe->turns_b, probes->passes, probe->a->n);

	return factor_of(&here, b);
}

struct estimate probes_result(const struct probes *probes, size_t i, const struct speed *b)
{
	const struct probe *probe = &probes->items[i];
	struct speed speed_a = own_speed(probe->turns_a, probes->passes, probe->a->n), speed_b;

	if (!b) {
		speed_b = own_speed(probe->turns_b, probes->passes, probe->b->n);
		return estimate_difference(&speed_a, &speed_b);
	}
	speed_a = scaled(speed_a, scale_of(probes, probe, b));
	return estimate_difference(&speed_a, b);
}

/* Each task's fast turn; part as in probes_by_task(). */
static int fast_of_tasks(const double *turns, size_t passes, unsigned tasks, unsigned part, double *ret_ns)
{
	struct samples samples;
	int r = samples_init(&samples, passes, tasks);

	for (size_t pass = 0; pass < passes && r == 0; pass++)
		if (!part || pass / tasks % 2 == part - 1)
			add_turn(&samples, turns[pass], pass);
	if (r == 0)
		r = speed_by_task(&samples, ret_ns);
	samples_done(&samples);
	return r;
}

int probes_by_task(const struct probes *probes, size_t i, const struct speed *b, unsigned part,
		   double *ret_ns)
{
	const struct probe *probe = &probes->items[i];
	double all = own_speed(probe->turns_b, probes->passes, probe->a->n).all, here[TURN_TASKS_MAX];
	int r = fast_of_tasks(probe->turns_a, probes->passes, probe->a->n, part, ret_ns);

	for (unsigned task = 0; task < probe->a->n; task++)
		here[task] = all;
	/* parts of the passes were disturbed each in its own way */
	if (r == 0 && part)
		r = fast_of_tasks(probe->turns_b, probes->passes, probe->a->n, part, here);
	if (r == 0)
		differences_at(ret_ns, here, probe->a->n, b->all);
	return r;
}

static int gather(const struct probes *probes, uint32_t arch, const struct turn_task *task,
		  struct samples *samples)
{
	int r = samples_init(samples, 2 * probes->n * probes->passes, task->n);

	for (size_t i = 0; i < probes->n && r == 0; i++) {
		const struct probe *probe = &probes->items[i];
		if (probe->a == task && probe->data->arch == arch)
			add_turns(samples, probe->turns_a, probes->passes);
		if (probe->b == task && probe->data_b->arch == arch)
			add_turns(samples, probe->turns_b, probes->passes);
	}
	return r;
}

/* b's turns where it is beside a, in as many parts as a has tasks. */
static int gather_beside(const struct probes *probes, uint32_t arch, const struct turn_task *a,
			 const struct turn_task *b, struct samples *samples)
{
	int r = samples_init(samples, probes->n * probes->passes, a->n);

	for (size_t i = 0; i < probes->n && r == 0; i++) {
		const struct probe *probe = &probes->items[i];
		if (probe->a == a && probe->b == b && probe->data->arch == arch)
			add_turns(samples, probe->turns_b, probes->passes);
	}
	return r;
}

struct speed probes_speed(const struct probes *probes, uint32_t arch, const struct turn_task *task)
{
	struct speed speed = { .n = 0 };
	struct samples samples;

	if (gather(probes, arch, task, &samples) == 0)
		speed = full_speed(&samples);
	samples_done(&samples);
	return speed;
}

struct speed probes_speed_beside(const struct probes *probes, uint32_t arch, const struct turn_task *task,
				 const struct turn_task *b, const struct speed *full)
{
	struct speed here = { .n = 0 };
	struct samples samples;

	if (gather_beside(probes, arch, task, b, &samples) == 0)
		here = full_speed(&samples);
	samples_done(&samples);
	return scaled(probes_speed(probes, arch, task), factor_of(&here, full));
}

double probes_share(const struct probes *probes, uint32_t arch, const struct turn_task *task)
{
	struct samples samples;
	size_t fast = 0;
	double share = 0;

	if (gather(probes, arch, task, &samples) == 0 && samples.n) {
		struct speed speed = full_speed(&samples);
		for (size_t i = 0; i < samples.n; i++)
			fast += samples.ns[i] <= speed.all * FULL_SPEED;
		share = (double)fast / (double)samples.n;
	}
	samples_done(&samples);
	return share;
}
