/* SPDX-License-Identifier: MIT */
#include "bench/cost/probe.h"
#include "bench/cost/quiet.h"
#include "vm/clock.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>

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
	free(probes->quiet);
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

static int make_room(struct probes *probes, size_t passes, bool quiet)
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
	free(probes->quiet);
	probes->quiet = quiet ? calloc(passes * probes->n + 1, sizeof(*probes->quiet)) : NULL;
	return quiet && !probes->quiet ? -ENOMEM : 0;
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

/* ------------------------------------------------------- a quiet machine -- */

/* What the companion's calls by one arch take at full speed. */
static int companion_speed(const struct probes *probes, uint32_t arch, double *ret_ns)
{
	struct samples samples;
	int r = samples_init(&samples, probes->n * probes->passes, 1);

	for (size_t i = 0; i < probes->n && r == 0; i++)
		for (size_t pass = 0; pass < probes->passes && probes->items[i].data_b->arch == arch; pass++)
			add_turn(&samples, probes->items[i].turns_b[pass], pass);
	if (r == 0)
		*ret_ns = full_speed(&samples).all;
	samples_done(&samples);
	return r;
}

/* The companion's turns in the order of time, over what they take at full speed. */
static int take_levels(const struct probes *probes, double *ret_levels)
{
	double speeds[2] = { 0, 0 }; /* of the two ways into the kernel */
	int r = 0;

	for (size_t i = 0; i < probes->n && r == 0; i++) {
		const struct probe *probe = &probes->items[i];
		double *full = &speeds[probe->data_b->arch == AUDIT_ARCH_I386];
		if (!*full)
			r = companion_speed(probes, probe->data_b->arch, full);
		for (size_t pass = 0; pass < probes->passes && r == 0; pass++)
			ret_levels[pass * probes->n + i] = probe->turns_b[pass] / *full;
	}
	return r;
}

/* Which turns count, of those that were taken so far. */
static int mark_quiet(struct probes *probes)
{
	size_t n = probes->n * probes->passes;
	double *levels = malloc((n + 1) * sizeof(*levels));
	int r = levels ? take_levels(probes, levels) : -ENOMEM;

	if (r == 0)
		r = quiet_mark(levels, n, probes->quiet, &probes->share);
	free(levels);
	return r;
}

/* When to ask again whether the machine is quiet: in seconds. */
#define ASK_EVERY 0.5
#define LONGER 4.0
/* How much of the time the machine must have been left alone. */
#define QUIET 0.9

struct schedule {
	double start, ask;
};

/* 1 or 0, or -ENOMEM. */
static int goes_on(struct probes *probes, const struct probe_run *run, struct schedule *schedule)
{
	double spent = ((double)clock_ns() - schedule->start) / 1e9;

	if (probes->passes < run->min || spent < run->seconds)
		return 1;
	if (!run->one_companion || spent >= LONGER * run->seconds)
		return 0;
	if (spent < schedule->ask)
		return 1;
	schedule->ask = spent + ASK_EVERY;
	int r = mark_quiet(probes);
	return r < 0 ? r : probes->share * spent < QUIET * run->seconds;
}

static int run_pass(struct probes *probes, struct turns *turns, unsigned calls)
{
	int r = 0;

	for (size_t i = 0; i < probes->n && r == 0; i++)
		r = take_both(turns, &probes->items[i], calls, probes->passes);
	if (r == 0)
		probes->passes++;
	return r;
}

int probes_run(struct probes *probes, struct turns *turns, const struct probe_run *run)
{
	size_t most = most_passes(probes, run->min);
	struct schedule schedule = { .start = (double)clock_ns() };
	int r = make_room(probes, most, run->one_companion), more = 1;

	probes->passes = 0;
	while (r == 0 && more && probes->passes < most) {
		more = goes_on(probes, run, &schedule);
		r = more < 0 ? more : more ? run_pass(probes, turns, run->calls) : 0;
	}
	if (r == 0 && run->one_companion)
		r = mark_quiet(probes);
	if (r < 0)
		probes->passes = 0;
	return r;
}

/* -------------------------------------------------------------- results -- */

/* Turns of one of the probes. */
struct selection {
	size_t probe;
	const double *turns;
	unsigned part; /* as in probes_by_task() */
	bool any;      /* those that do not count too */
};

static bool is_in(const struct probes *probes, const struct selection *selection, unsigned tasks, size_t pass)
{
	if (selection->part && pass / tasks % 2 != selection->part - 1)
		return false;
	return selection->any || !probes->quiet || probes->quiet[pass * probes->n + selection->probe];
}

static void add_turns(struct samples *samples, const struct probes *probes, const struct selection *selection)
{
	samples->undisturbed = probes->quiet;
	for (size_t pass = 0; pass < probes->passes; pass++)
		if (is_in(probes, selection, samples->tasks_n, pass))
			add_turn(samples, selection->turns[pass], pass);
}

/* Those that count; where there are none, all. */
static int samples_of(const struct probes *probes, struct selection selection, unsigned tasks,
		      struct samples *ret_samples)
{
	int r = samples_init(ret_samples, probes->passes, tasks);

	for (int any = 0; any < 2 && r == 0 && !ret_samples->n; any++) {
		selection.any = any;
		add_turns(ret_samples, probes, &selection);
	}
	return r;
}

static struct speed own_speed(const struct probes *probes, size_t i, const double *turns, unsigned tasks)
{
	const struct selection own = { .probe = i, .turns = turns };
	struct speed speed = { .n = 0 };
	struct samples samples;

	if (samples_of(probes, own, tasks, &samples) == 0)
		speed = full_speed(&samples);
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
static double scale_of(const struct probes *probes, size_t i, const struct speed *b)
{
	const struct probe *probe = &probes->items[i];
	struct speed here = own_speed(probes, i, probe->turns_b, probe->a->n);

	return factor_of(&here, b);
}

struct estimate probes_result(const struct probes *probes, size_t i, const struct speed *b)
{
	const struct probe *probe = &probes->items[i];
	struct speed speed_a = own_speed(probes, i, probe->turns_a, probe->a->n), speed_b;

	if (!b) {
		speed_b = own_speed(probes, i, probe->turns_b, probe->b->n);
		return estimate_difference(&speed_a, &speed_b);
	}
	speed_a = scaled(speed_a, scale_of(probes, i, b));
	return estimate_difference(&speed_a, b);
}

/* Each task's fast turn; one that has none is taken as the others are. */
static int fast_of_tasks(const struct probes *probes, const struct selection *selection, unsigned tasks,
			 double *ret_ns)
{
	struct samples samples;
	int r = samples_of(probes, *selection, tasks, &samples);
	double sum = 0;
	unsigned known = 0;

	if (r == 0)
		r = speed_by_task(&samples, ret_ns);
	samples_done(&samples);
	for (unsigned task = 0; task < tasks && r == 0; task++)
		if (ret_ns[task] >= 0) {
			sum += ret_ns[task];
			known++;
		}
	for (unsigned task = 0; task < tasks && r == 0; task++)
		if (ret_ns[task] < 0)
			ret_ns[task] = sum / known;
	return r;
}

int probes_by_task(const struct probes *probes, size_t i, const struct speed *b, unsigned part,
		   double *ret_ns)
{
	const struct probe *probe = &probes->items[i];
	const unsigned tasks = probe->a->n;
	const struct selection a = { i, probe->turns_a, part, false },
			       beside = { i, probe->turns_b, part, false };
	double all = own_speed(probes, i, probe->turns_b, tasks).all, here[TURN_TASKS_MAX];
	int r = fast_of_tasks(probes, &a, tasks, ret_ns);

	for (unsigned task = 0; task < tasks; task++)
		here[task] = all;
	/* parts of the passes were disturbed each in its own way */
	if (r == 0 && part)
		r = fast_of_tasks(probes, &beside, tasks, here);
	if (r == 0)
		differences_at(ret_ns, here, tasks, b->all);
	return r;
}

/* A task's turns, as a or as b; or as b beside one a (NULL: any). */
struct wanted {
	uint32_t arch;
	const struct turn_task *task, *beside_a;
};

static void gather_one(const struct probes *probes, size_t i, const struct wanted *wanted, bool any,
		       struct samples *samples)
{
	const struct probe *probe = &probes->items[i];

	if (!wanted->beside_a && probe->a == wanted->task && probe->data->arch == wanted->arch)
		add_turns(samples, probes, &(struct selection){ i, probe->turns_a, 0, any });
	if ((!wanted->beside_a || probe->a == wanted->beside_a) && probe->b == wanted->task &&
	    probe->data_b->arch == wanted->arch)
		add_turns(samples, probes, &(struct selection){ i, probe->turns_b, 0, any });
}

/* Put in so many parts; those that count, where there are none, all. */
static struct speed gather(const struct probes *probes, const struct wanted *wanted, unsigned tasks)
{
	struct speed speed = { .n = 0 };
	struct samples samples;
	int r = samples_init(&samples, 2 * probes->n * probes->passes, tasks);

	for (int any = 0; any < 2 && r == 0 && !samples.n; any++)
		for (size_t i = 0; i < probes->n; i++)
			gather_one(probes, i, wanted, any, &samples);
	if (r == 0)
		speed = full_speed(&samples);
	samples_done(&samples);
	return speed;
}

struct speed probes_speed(const struct probes *probes, uint32_t arch, const struct turn_task *task)
{
	return gather(probes, &(struct wanted){ arch, task, NULL }, task->n);
}

struct speed probes_speed_beside(const struct probes *probes, uint32_t arch, const struct turn_task *task,
				 const struct turn_task *b, const struct speed *full)
{
	/* b's turns are put in as many parts as a has tasks */
	struct speed here = gather(probes, &(struct wanted){ arch, b, task }, task->n);

	return scaled(probes_speed(probes, arch, task), factor_of(&here, full));
}
