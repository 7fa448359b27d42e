/* SPDX-License-Identifier: MIT */
#include "fuzz/search/hunt.h"
#include "cases/broken.h"
#include "cases/parallel.h"
#include "vm/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Slices of a round, unless more goals are open: the same for every number of threads. */
#define ROUND_SLICES 16u
/* Grounds that are explored before the clock is looked at again. */
#define EXPLORE_CHUNK 64u

volatile sig_atomic_t hunt_stop;

void hunt_hold_signals(sigset_t *ret_before)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &held, ret_before);
}

void hunt_release_signals(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

double hunt_now(void)
{
	return 1e-9 * (double)clock_ns();
}

static bool spent(struct hunt *hunt)
{
	if (hunt_stop)
		hunt->interrupted = true;
	return hunt_stop || (hunt->opts.runs && hunt->records >= hunt->opts.runs) ||
	       (hunt->opts.ms && (hunt_now() - hunt->begun) * 1000 >= hunt->opts.ms);
}

/* Whether an ABI's registers can hold it. A case's boxes see to that themselves. */
static bool is_possible(const struct goal *goal, const struct seccomp_data *data)
{
	const struct vd_abi_info *info = vd_abi_info(vd_abi_of(data->arch, (uint32_t)data->nr));
	uint64_t all = data->instruction_pointer;

	if (goal->kind == GOAL_CLAIM || !info || info->reg_bits == 64)
		return true;
	for (int i = 0; i < 6; i++)
		all |= data->args[i];
	return all <= UINT32_MAX;
}

bool goal_broken(struct hunt *hunt, const struct ground *ground, const struct seccomp_data *data,
		 struct goal_state *ret_state)
{
	const struct goal *goal = ground->goal;
	struct judge *judge = ground->judges[BY_OWN];
	size_t asked;

	if (!box_contains(ground->box, data) || !is_possible(goal, data))
		return false;
	if (goal->kind == GOAL_ENGINE) {
		struct vd_verdict verdict = vd_stack_run(judge->stack, data);
		ret_state->kernel = vd_engine_run(judge->engine, data);
		answer_found(&ret_state->answer, ground->box, data, &verdict, false);
		return ret_state->kernel != verdict.ret;
	}
	if (goal->kind == GOAL_KERNEL) {
		struct vd_verdict verdict = vd_stack_run(judge->stack, data);
		answer_found(&ret_state->answer, ground->box, data, &verdict, false);
		return kernel_judge_ask(hunt->kernel, data, 1, &ret_state->kernel, &ret_state->seen,
					&asked) == 0;
	}
	return claim_broken(&goal->claim, ground->box, data, &ret_state->answer);
}

/* -------------------------------------------------------------- proofs -- */

static void prove_one(void *userdata, size_t i)
{
	struct hunt *hunt = userdata;
	const struct goal *goal = &hunt->goals->items[i];
	struct goal_state *state = &hunt->states[i];

	if (goal->unproved)
		return;
	claim_decide(&goal->claim, &state->answer);
	/* --find: no record that meets the predicate is what is claimed */
	if (state->answer.nothing && goal->kind == GOAL_FIND)
		state->answer.holds = true;
	if (state->answer.nothing && goal->kind != GOAL_FIND)
		return;
	if (!state->answer.holds && is_possible(goal, &state->answer.record)) {
		state->status = HUNT_FOUND;
		state->by_proof = true;
	} else if (!state->answer.holds) {
		return;
	} else if (state->answer.basis != BASIS_SAMPLED) {
		state->status = HUNT_HOLDS;
	}
}

static void prove(struct hunt *hunt)
{
	double begin = hunt_now();

	parallel_for(hunt->goals->n, hunt->opts.jobs, 1, prove_one, hunt);
	hunt->proof_seconds = hunt_now() - begin;
}

/* ------------------------------------------------------------- grounds -- */

static void make_grounds(struct hunt *hunt)
{
	size_t n = 0;

	for (size_t i = 0; i < hunt->goals->n; i++)
		n += hunt->goals->items[i].claim.n;
	hunt->grounds = calloc(n + 1, sizeof(*hunt->grounds));
	if (!hunt->grounds)
		out_of_memory();
	for (size_t i = 0; i < hunt->goals->n; i++) {
		const struct goal *goal = &hunt->goals->items[i];
		struct goal_state *state = &hunt->states[i];
		state->first = hunt->n_grounds;
		for (size_t j = 0; j < goal->claim.n; j++, state->n++) {
			/* what the prover found is made small on its ground */
			if (state->status != HUNT_OPEN && state->status != HUNT_FOUND)
				continue;
			if (state->status == HUNT_FOUND && state->answer.box != &goal->claim.boxes[j])
				continue;
			ground_init(&hunt->grounds[hunt->n_grounds + j], goal, &goal->claim.boxes[j],
				    &hunt->judges);
			hunt->grounds[hunt->n_grounds + j].alone = hunt->opts.no_proof;
		}
		hunt->n_grounds += goal->claim.n;
	}
}

static struct ground *ground_of(const struct hunt *hunt, const struct goal_state *state)
{
	size_t i = state->first;

	while (hunt->grounds[i].box != state->answer.box)
		i++;
	return &hunt->grounds[i];
}

/* ------------------------------------------------------------- explore -- */

struct exploring {
	struct hunt *hunt;
	struct ground *ground;
	bool found;
	struct seccomp_data record;
};

static bool explored(void *userdata, const struct seccomp_data *data)
{
	struct exploring *exploring = userdata;
	struct goal_state state;

	if (exploring->ground->goal->kind == GOAL_KERNEL ||
	    !goal_broken(exploring->hunt, exploring->ground, data, &state))
		return true;
	exploring->found = true;
	exploring->record = *data;
	return false;
}

static void explore_one(void *userdata, size_t i)
{
	struct exploring *exploring = (struct exploring *)userdata + i;
	const struct hunt_opts *opts = &exploring->hunt->opts;

	if (exploring->ground)
		ground_explore(exploring->ground, opts->seeds, opts->n_seeds, explored, exploring);
}

static void take(struct hunt *hunt, struct goal_state *state, const struct ground *ground,
		 const struct seccomp_data *record)
{
	struct goal_state how = *state;

	if (state->status != HUNT_OPEN || !goal_broken(hunt, ground, record, &how))
		return;
	*state = how;
	state->status = HUNT_FOUND;
}

static struct goal_state *state_of(const struct hunt *hunt, const struct ground *ground)
{
	return &hunt->states[ground->goal - hunt->goals->items];
}

static void explore(struct hunt *hunt)
{
	struct exploring all[EXPLORE_CHUNK];

	for (size_t begin = 0; begin < hunt->n_grounds && !spent(hunt); begin += EXPLORE_CHUNK) {
		size_t n = hunt->n_grounds - begin < EXPLORE_CHUNK ? hunt->n_grounds - begin : EXPLORE_CHUNK;
		for (size_t i = 0; i < n; i++) {
			struct ground *ground = &hunt->grounds[begin + i];
			bool open = ground->box && state_of(hunt, ground)->status == HUNT_OPEN;
			all[i] = (struct exploring){ .hunt = hunt, .ground = open ? ground : NULL };
		}
		parallel_for(n, hunt->opts.jobs, 1, explore_one, all);
		for (size_t i = 0; i < n; i++) {
			if (!all[i].ground)
				continue;
			struct goal_state *state = state_of(hunt, all[i].ground);
			hunt->records += all[i].ground->records;
			if (state->status == HUNT_OPEN)
				state->after += all[i].ground->records;
			if (all[i].found)
				take(hunt, state, all[i].ground, &all[i].record);
		}
	}
}

/* -------------------------------------------------------------- rounds -- */

static void run_one(void *userdata, size_t i)
{
	slice_run((struct slice *)userdata + i);
}

static uint64_t slice_seed(const struct hunt *hunt, size_t goal, uint64_t slice)
{
	struct vd_random random = { .state = hunt->opts.seed ^ (uint64_t)goal << 40 ^ slice };

	return vd_random_next(&random);
}

static size_t open_goals(const struct hunt *hunt)
{
	size_t n = 0;

	for (size_t i = 0; i < hunt->goals->n; i++)
		n += hunt->states[i].status == HUNT_OPEN;
	return n;
}

/* One slice: the goal's next ground. */
static void plan(struct hunt *hunt, size_t goal, struct slice *slice, size_t records)
{
	struct goal_state *state = &hunt->states[goal];
	struct ground *ground = &hunt->grounds[state->first + state->next];

	*slice = (struct slice){ .hunt = hunt,
				 .ground = ground,
				 .seed = slice_seed(hunt, goal, state->slices++),
				 .records = records };
	state->next = (state->next + 1) % state->n;
}

static size_t plan_round(struct hunt *hunt, struct slice **ret_slices)
{
	size_t open = open_goals(hunt), each = open < ROUND_SLICES ? ROUND_SLICES / open : 1, n = 0;
	uint64_t left = hunt->opts.runs ? hunt->opts.runs - hunt->records : UINT64_MAX;
	size_t most = hunt->kernel ? KERNEL_RECORDS : SLICE_RECORDS;
	size_t records = left / (open * each) < most ? (size_t)(left / (open * each)) + 1 : most;
	struct slice *slices = calloc(open * each, sizeof(*slices));

	if (!slices)
		out_of_memory();
	for (size_t i = 0; i < hunt->goals->n; i++)
		for (size_t j = 0; j < each && hunt->states[i].status == HUNT_OPEN; j++)
			plan(hunt, i, &slices[n++], records);
	*ret_slices = slices;
	return n;
}

static void take_slice(struct hunt *hunt, const struct slice *slice)
{
	struct goal_state *state = state_of(hunt, slice->ground);
	bool meant;

	hunt->records += slice->done;
	slice->ground->records += slice->done;
	if (state->status == HUNT_OPEN)
		state->after += slice->done;
	if (slice->found)
		take(hunt, state, slice->ground, &slice->record);
	for (size_t i = 0; i < slice->n_fresh; i++)
		ground_keep(slice->ground, &slice->fresh[i], &meant);
}

static void show_progress(const struct hunt *hunt)
{
	size_t taken = 0, all = 0, found = 0;
	double seconds = hunt_now() - hunt->begun;

	for (size_t i = 0; i < hunt->n_grounds; i++) {
		size_t some, of;
		if (!hunt->grounds[i].explored)
			continue;
		ground_coverage(&hunt->grounds[i], &some, &of);
		taken += some;
		all += of;
	}
	for (size_t i = 0; i < hunt->goals->n; i++)
		found += hunt->states[i].status == HUNT_FOUND;
	fprintf(stderr,
		"\r\033[K%.0f s: %.1f M records, %.1f M/s, %zu of %zu edges, %zu of %zu open, %zu found",
		seconds, (double)hunt->records / 1e6,
		(double)hunt->records / 1e6 / (seconds > 0 ? seconds : 1), taken, all, open_goals(hunt),
		hunt->goals->n, found);
	fflush(stderr);
}

static void run_rounds(struct hunt *hunt)
{
	double shown = hunt->begun;

	while (open_goals(hunt) && !spent(hunt)) {
		struct slice *slices;
		size_t n = plan_round(hunt, &slices);
		parallel_for(n, hunt->kernel ? 1 : hunt->opts.jobs, 1, run_one, slices);
		for (size_t i = 0; i < n; i++)
			take_slice(hunt, &slices[i]);
		free(slices);
		if (hunt->opts.progress && hunt_now() - shown > 0.2) {
			shown = hunt_now();
			show_progress(hunt);
		}
	}
	if (hunt->opts.progress && shown != hunt->begun)
		fputs("\r\033[K", stderr);
}

/* ---------------------------------------------------------------- hunt -- */

/* Goals without records, and those that nobody can answer. */
static void close_goals(struct hunt *hunt)
{
	for (size_t i = 0; i < hunt->goals->n; i++) {
		const struct goal *goal = &hunt->goals->items[i];
		struct goal_state *state = &hunt->states[i];
		if (state->status != HUNT_OPEN)
			continue;
		if (!goal->claim.n) {
			state->status = HUNT_HOLDS;
			state->answer.basis = BASIS_ENUMERATED;
		}
		if (goal->kind != GOAL_KERNEL)
			continue;
		hunt->kernel = kernel_judge_new(goal->claim.stack->stacks[0].stack, &hunt->why_not);
		if (!hunt->kernel)
			state->status = HUNT_UNASKED;
	}
}

void hunt_run(struct hunt *hunt)
{
	hunt->states = calloc(hunt->goals->n + 1, sizeof(*hunt->states));
	if (!hunt->states)
		out_of_memory();
	if (!hunt->opts.no_proof)
		prove(hunt);
	close_goals(hunt);
	make_grounds(hunt);
	hunt->begun = hunt_now();
	if (open_goals(hunt)) {
		explore(hunt);
		run_rounds(hunt);
		hunt->seconds = hunt_now() - hunt->begun;
	}
	for (size_t i = 0; i < hunt->goals->n; i++) {
		if (hunt->states[i].status == HUNT_OPEN)
			hunt->states[i].status = HUNT_SPENT;
		if (hunt->states[i].status == HUNT_FOUND)
			hunt_shrink(hunt, &hunt->states[i], ground_of(hunt, &hunt->states[i]));
	}
}

void hunt_done(struct hunt *hunt)
{
	for (size_t i = 0; i < hunt->n_grounds; i++)
		if (hunt->grounds[i].box)
			ground_done(&hunt->grounds[i]);
	free(hunt->grounds);
	free(hunt->states);
	judges_done(&hunt->judges);
	kernel_judge_free(hunt->kernel);
}
