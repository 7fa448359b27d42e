/* SPDX-License-Identifier: MIT */
#include "cases/run.h"
#include "cases/parallel.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK 16 /* cases that a thread takes at once */

const char *status_name(enum status status)
{
	static const char *const names[] = { "passed", "failed", "skipped", "todo", "disagrees" };

	return names[status];
}

/* ------------------------------------------------------------- install */

/* The filters that are there before. 0 or a negative errno. */
static int base_stack(const struct case_stack *before, struct vd_stack **ret_stack)
{
	struct vd_stack *stack;
	int r = vd_stack_new(&stack);

	if (r < 0)
		return r;
	for (size_t i = 0; before && r == 0 && i < vd_stack_len(before->stacks[0].stack); i++)
		r = vd_stack_push(stack, vd_stack_prog(before->stacks[0].stack, i));
	if (r < 0)
		vd_stack_free(stack);
	else
		*ret_stack = stack;
	return r;
}

/* seccomp(2)'s order: the program itself, then the size of all. */
static int push(struct vd_stack *stack, const struct program *program, struct vd_error *ret_error)
{
	struct vd_prog *prog;
	int r = vd_prog_new(program->insns, program->len, &prog, ret_error);

	if (r < 0)
		return r;
	size_t size = vd_stack_size(stack) + vd_prog_converted_len(prog);
	r = vd_stack_push(stack, prog);
	vd_prog_free(prog);
	if (r < 0)
		*ret_error = (struct vd_error){ .code = size > VD_STACK_SIZE_MAX ? VD_ERROR_STACK_SIZE
										 : VD_ERROR_NO_MEMORY,
						.pc = -1,
						.value = size,
						.limit = VD_STACK_SIZE_MAX };
	return r;
}

static bool run_install(const struct install *install, struct vd_error *ret_refusal)
{
	const struct source *source = &install->filter->source;
	struct vd_error refusal = { .code = VD_ERROR_NONE, .pc = -1 };
	struct vd_stack *stack;

	if (base_stack(install->stack, &stack) < 0) {
		*ret_refusal = (struct vd_error){ .code = VD_ERROR_NO_MEMORY, .pc = -1 };
		return false;
	}
	for (size_t i = 0; i < source->n && refusal.code == VD_ERROR_NONE; i++)
		if (push(stack, &source->programs[i], &refusal) < 0 && refusal.code == VD_ERROR_NONE)
			refusal.code = VD_ERROR_NO_MEMORY;
	vd_stack_free(stack);
	*ret_refusal = refusal;
	return refusal.code == VD_ERROR_NONE ? !install->expect
					     : vd_error_errno(refusal.code) == install->expect;
}

/* ---------------------------------------------------------------- cases */

/* Runs a case. */
static void case_run(const struct test_case *test, const struct run_opts *opts, struct result *ret_result)
{
	struct result result = { .test = test, .status = STATUS_SKIPPED };
	bool holds;

	result.skip = test->skip;
	/* scenarios are run later, one after the other; coverage is counted on all threads */
	if (!test->skip && !test->scenario && !test->covers) {
		if (test->installs) {
			holds = run_install(&test->install, &result.refusal);
		} else {
			claim_decide(&test->claim, &result.answer);
			result.unproved = opts->require_proof && result.answer.holds &&
					  result.answer.basis == BASIS_SAMPLED;
			holds = result.answer.holds && !result.unproved;
		}
		result.status = holds ? STATUS_PASSED : test->todo ? STATUS_TODO : STATUS_FAILED;
	}
	*ret_result = result;
}

struct work {
	const struct test_case *const *cases;
	struct result *results;
	size_t n;
	const struct run_opts *opts;
	time_t begin;
	atomic_size_t done;
};

/* Short runs show nothing. */
#define PROGRESS_AFTER 2 /* seconds */

static void work_one(void *userdata, size_t i)
{
	struct work *work = userdata;

	case_run(work->cases[i], work->opts, &work->results[i]);
	size_t done = atomic_fetch_add(&work->done, 1) + 1;
	if (work->opts->progress && done % CHUNK == 0 && time(NULL) - work->begin >= PROGRESS_AFTER)
		fprintf(stderr, "\r%zu of %zu cases ", done, work->n);
}

static void count(struct totals *totals, const struct result *result)
{
	switch (result->status) {
	case STATUS_PASSED:
		totals->passed++;
		totals->todo_passes += result->test->todo != NULL;
		break;
	case STATUS_FAILED:
		totals->failed++;
		break;
	case STATUS_SKIPPED:
		totals->skipped++;
		return;
	case STATUS_TODO:
		totals->todo++;
		break;
	case STATUS_DISAGREES:
		totals->disagree++;
		break;
	}
	totals->asked += result->live.asked;
	totals->unasked += result->live.unasked;
	totals->blurred += result->live.blurred;
	if (result->test->scenario)
		totals->scenarios++;
	else if (result->test->covers)
		totals->limits++;
	else if (result->test->installs)
		totals->installs++;
	else
		totals->by_basis[result->answer.basis]++;
}

/* One after the other: what asks the kernel belongs to one thread. */
static void ask_kernel(struct work *work)
{
	for (size_t i = 0; i < work->n; i++) {
		struct result *result = &work->results[i];
		if (result->status == STATUS_SKIPPED || result->test->scenario || result->test->covers)
			continue;
		live_judge(work->opts->live, result->test, &result->refusal, &result->live);
		if (result->live.disagrees)
			result->status = STATUS_DISAGREES;
		if (work->opts->progress && i % CHUNK == 0 && time(NULL) - work->begin >= PROGRESS_AFTER)
			fprintf(stderr, "\rthe kernel: %zu of %zu cases ", i, work->n);
	}
}

static void run_scenario(const struct run_opts *opts, struct result *result)
{
	struct scenario_outcome *outcome;

	if (opts->no_scenarios) {
		result->skip = "the kernel is not asked (--live=never)";
		return;
	}
	outcome = result->scenario = calloc(1, sizeof(*outcome));
	if (!outcome)
		out_of_memory();
	scenario_run(result->test->scenario, outcome);
	if (outcome->status == SCENARIO_NOT_RUN)
		result->skip = outcome->text;
	else if (outcome->status == SCENARIO_PASSED)
		result->status = STATUS_PASSED;
	else
		result->status = result->test->todo ? STATUS_TODO : STATUS_FAILED;
}

/* One after the other: their processes die with the thread that makes them. */
static void run_scenarios(struct work *work)
{
	for (size_t i = 0; i < work->n; i++)
		if (work->cases[i]->scenario && !work->cases[i]->skip)
			run_scenario(work->opts, &work->results[i]);
}

static void judge_limits(struct work *work)
{
	for (size_t i = 0; i < work->n; i++) {
		const struct test_case *test = work->cases[i];
		struct result *result = &work->results[i];
		if (!test->covers || test->skip)
			continue;
		result->coverage = cover_limit(test, work->opts->jobs);
		bool holds = cover_within(result->coverage, test->covers);
		result->status = holds ? STATUS_PASSED : test->todo ? STATUS_TODO : STATUS_FAILED;
	}
}

void run_cases(const struct case_files *files, const struct test_case *const *cases, size_t n,
	       const struct run_opts *opts, struct run *ret_run)
{
	struct run run = { .files = files, .n = n, .results = calloc(n ? n : 1, sizeof(*run.results)) };
	struct work work = {
		.cases = cases, .results = run.results, .n = n, .opts = opts, .begin = time(NULL)
	};

	if (!run.results)
		out_of_memory();
	parallel_for(n, opts->jobs, CHUNK, work_one, &work);
	run_scenarios(&work);
	judge_limits(&work);
	if (opts->live)
		ask_kernel(&work);
	if (opts->progress && time(NULL) - work.begin >= PROGRESS_AFTER)
		fputs("\r                                        \r", stderr);
	for (size_t i = 0; i < n; i++)
		count(&run.totals, &run.results[i]);
	run.totals.live = opts->live || opts->why_not;
	run.totals.live_why = opts->live ? live_missing(opts->live) : opts->why_not;
	for (size_t i = 0; i < files->n; i++)
		run.totals.invalid += files->files[i]->invalid;
	*ret_run = run;
}

void run_done(struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		free(run->results[i].scenario);
	for (size_t i = 0; i < run->n; i++)
		cover_outcome_free(run->results[i].coverage);
	free(run->results);
	*run = (struct run){ 0 };
}
