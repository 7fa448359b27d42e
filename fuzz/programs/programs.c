/* SPDX-License-Identifier: MIT */
#include "fuzz/programs/programs.h"
#include "cases/parallel.h"
#include "fuzz/search/hunt.h"
#include "loader/kernel/entry.h"

#include <pthread.h>
#include <stdlib.h>

/* Trials that a thread takes at once, and how many such chunks a round has. */
#define CHUNK 64u
#define ROUND 16u
/* Every so many trials the prover is asked too. */
#define PROOF_EVERY 4u
#define JOBS_MAX 64u

struct chunk {
	struct round *round;
	uint64_t first;
	size_t n;
	/* out: */
	uint64_t programs, accepted, records;
	bool found;
	uint64_t number;
	struct disagreement disagreement;
};

/* Checkers are lent to whoever runs a chunk: each has a process of its own. */
struct round {
	struct programs *all;
	struct chunk chunks[ROUND];
	pthread_mutex_t lock;
	struct checker *checkers[JOBS_MAX];
	unsigned n_free;
};

static struct checker *borrow(struct round *round)
{
	pthread_mutex_lock(&round->lock);
	struct checker *checker = round->checkers[--round->n_free];
	pthread_mutex_unlock(&round->lock);
	return checker;
}

static void give_back(struct round *round, struct checker *checker)
{
	pthread_mutex_lock(&round->lock);
	round->checkers[round->n_free++] = checker;
	pthread_mutex_unlock(&round->lock);
}

static void count(struct chunk *chunk, const struct trial *trial)
{
	bool accepted = true;

	for (size_t i = 0; i < trial->n; i++) {
		bool takes = reference_check(trial->programs[i].insns, trial->programs[i].len) < 0;
		chunk->accepted += takes;
		accepted &= takes;
	}
	chunk->programs += trial->n;
	chunk->records += accepted && !trial->copies ? trial->n_records : 0;
}

static void run_chunk(void *userdata, size_t i)
{
	struct chunk *chunk = &((struct round *)userdata)->chunks[i];
	const struct programs_opts *opts = &chunk->round->all->opts;
	struct checker *checker = borrow(chunk->round);
	struct trial trial;

	trial_init(&trial);
	for (size_t j = 0; j < chunk->n && !chunk->found; j++) {
		uint64_t number = chunk->first + j;
		trial_make(&trial, opts->seed, number);
		count(chunk, &trial);
		chunk->found = checker_run_all(checker, &trial, number % PROOF_EVERY == 0,
					       &chunk->disagreement);
		chunk->number = number;
	}
	trial_done(&trial);
	give_back(chunk->round, checker);
}

/* ------------------------------------------------------------- findings -- */

static bool is_known(const struct programs *programs, enum check check)
{
	for (size_t i = 0; i < programs->n_findings; i++)
		if (programs->findings[i].disagreement.check == check)
			return true;
	return false;
}

static void take(struct programs *programs, const struct chunk *chunk, struct checker *checker)
{
	struct programs_finding *more, *finding;

	if (!chunk->found || is_known(programs, chunk->disagreement.check))
		return;
	more = realloc(programs->findings, (programs->n_findings + 1) * sizeof(*more));
	if (!more)
		out_of_memory();
	programs->findings = more;
	finding = &more[programs->n_findings++];
	*finding = (struct programs_finding){ .number = chunk->number, .disagreement = chunk->disagreement };
	trial_init(&finding->trial);
	trial_make(&finding->trial, programs->opts.seed, chunk->number);
	trial_shrink(checker, &finding->trial, &finding->disagreement);
}

/* --------------------------------------------------------------- rounds -- */

static bool spent(struct programs *programs, double begun)
{
	const struct programs_opts *opts = &programs->opts;

	programs->interrupted |= hunt_stop != 0;
	return hunt_stop || programs->n_findings || (opts->runs && programs->trials >= opts->runs) ||
	       (opts->ms && (hunt_now() - begun) * 1000 >= opts->ms);
}

static void run_round(struct programs *programs, struct round *round)
{
	uint64_t left = programs->opts.runs ? programs->opts.runs - programs->trials : UINT64_MAX;
	size_t n = 0;

	for (; n < ROUND && left; n++) {
		size_t some = left < CHUNK ? (size_t)left : CHUNK;
		round->chunks[n] = (struct chunk){ .round = round, .first = programs->trials, .n = some };
		programs->trials += some;
		left -= some;
	}
	parallel_for(n, programs->opts.jobs, 1, run_chunk, round);
	for (size_t i = 0; i < n; i++) {
		programs->programs += round->chunks[i].programs;
		programs->accepted += round->chunks[i].accepted;
		programs->records += round->chunks[i].records;
		take(programs, &round->chunks[i], round->checkers[0]);
	}
}

static void show_progress(const struct programs *programs, double begun)
{
	double seconds = hunt_now() - begun;

	fprintf(stderr, "\r\033[K%.0f s: %llu programs, %.0f/s, %zu found", seconds,
		(unsigned long long)programs->programs,
		(double)programs->programs / (seconds > 0 ? seconds : 1), programs->n_findings);
	fflush(stderr);
}

static void open_checkers(struct programs *programs, struct round *round)
{
	const struct programs_opts *opts = &programs->opts;

	/* what is asked once is not asked by several threads at a time */
	if (opts->kernel)
		kernel_has_i386();
	for (unsigned i = 0; i < opts->jobs; i++)
		round->checkers[round->n_free++] = checker_new(opts->kernel && !programs->why_not,
							       &programs->why_not);
	programs->asked_kernel = opts->kernel && !programs->why_not;
}

static void close_checkers(struct programs *programs, struct round *round)
{
	while (round->n_free) {
		uint64_t asked, records;
		struct checker *checker = round->checkers[--round->n_free];
		checker_asked(checker, &asked, &records);
		programs->kernel_programs += asked;
		programs->kernel_records += records;
		checker_free(checker);
	}
}

void programs_run(struct programs *programs)
{
	struct round *round = calloc(1, sizeof(*round));
	double begun = hunt_now(), shown = begun;

	if (!round)
		out_of_memory();
	if (programs->opts.jobs > JOBS_MAX)
		programs->opts.jobs = JOBS_MAX;
	round->all = programs;
	pthread_mutex_init(&round->lock, NULL);
	open_checkers(programs, round);
	while (!spent(programs, begun)) {
		run_round(programs, round);
		if (programs->opts.progress && hunt_now() - shown > 0.2) {
			shown = hunt_now();
			show_progress(programs, begun);
		}
	}
	if (programs->opts.progress && shown > begun)
		fputs("\r\033[K", stderr);
	programs->seconds = hunt_now() - begun;
	close_checkers(programs, round);
	pthread_mutex_destroy(&round->lock);
	free(round);
}

void programs_done(struct programs *programs)
{
	for (size_t i = 0; i < programs->n_findings; i++) {
		trial_done(&programs->findings[i].trial);
		free(programs->findings[i].path);
	}
	free(programs->findings);
}
