/* SPDX-License-Identifier: MIT */
#include "fuzz/programs/programs.h"
#include "cases/parallel.h"
#include "fuzz/search/hunt.h"
#include "loader/kernel/entry.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

/*
 * Trials that a thread takes at once, and asks the kernel about together. The
 * first round has few of such chunks, as what is quite wrong shows soon; later
 * ones have more, so that threads seldom wait for each other.
 */
#define CHUNK 64u
#define ROUND_FIRST 2u
#define ROUND 32u
/* Every so many trials the prover is asked about more than records, too. */
#define CLAIM_EVERY 4u

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

/* What a chunk is run with; a checker has a process of its own. */
struct desk {
	struct checker *checker;
	struct trial trials[CHUNK];
};

/* Desks are lent to whoever runs a chunk. */
struct round {
	struct programs *all;
	struct chunk chunks[ROUND];
	size_t limit; /* chunks of the next one */
	double begun;
	pthread_mutex_t lock;
	struct desk *desks[ROUND]; /* those that are not lent; between rounds all */
	size_t n_free;
};

static struct desk *borrow(struct round *round)
{
	pthread_mutex_lock(&round->lock);
	struct desk *desk = round->desks[--round->n_free];
	pthread_mutex_unlock(&round->lock);
	return desk;
}

static void give_back(struct round *round, struct desk *desk)
{
	pthread_mutex_lock(&round->lock);
	round->desks[round->n_free++] = desk;
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

static bool is_over(const struct round *round)
{
	unsigned ms = round->all->opts.ms;

	return hunt_stop || (ms && (hunt_now() - round->begun) * 1000 >= ms);
}

static void run_chunk(void *userdata, size_t i)
{
	struct chunk *chunk = &((struct round *)userdata)->chunks[i];
	/* however short the time, nothing is not what was looked at */
	if (hunt_stop || (chunk->first && is_over(chunk->round)))
		return;
	const struct programs_opts *opts = &chunk->round->all->opts;
	struct desk *desk = borrow(chunk->round);
	struct disagreement kernel;
	size_t own = 0;

	for (; own < chunk->n && !chunk->found; own += !chunk->found) {
		struct trial *trial = &desk->trials[own];
		uint64_t number = chunk->first + own;
		trial_make(trial, opts->seed, number);
		count(chunk, trial);
		chunk->found = checker_run_own(trial, number % CLAIM_EVERY == 0, &chunk->disagreement);
	}
	size_t at = checker_run_kernel(desk->checker, desk->trials, own, &kernel);
	if (at < own) {
		chunk->found = true;
		chunk->disagreement = kernel;
	}
	chunk->number = chunk->first + at;
	give_back(chunk->round, desk);
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

static bool spent(struct programs *programs, const struct round *round)
{
	uint64_t runs = programs->opts.runs;

	programs->interrupted |= hunt_stop != 0;
	return programs->n_findings || (runs && programs->trials >= runs) || is_over(round);
}

/*
 * Each trial needs much the same memory as the one before: giving it back in
 * between would cost a fifth of the time.
 */
static void keep_memory(void)
{
#ifdef M_TRIM_THRESHOLD
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}

static void show_progress(const struct programs *programs, double begun)
{
	double seconds = hunt_now() - begun;

	fprintf(stderr, "\r\033[K%.0f s: %llu programs, %.0f/s, %zu found", seconds,
		(unsigned long long)programs->programs,
		(double)programs->programs / (seconds > 0 ? seconds : 1), programs->n_findings);
	fflush(stderr);
}

static struct desk *desk_new(bool kernel, const char **ret_why)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		out_of_memory();
	desk->checker = checker_new(kernel, ret_why);
	for (size_t i = 0; i < CHUNK; i++)
		trial_init(&desk->trials[i]);
	return desk;
}

static void desk_free(struct desk *desk)
{
	for (size_t i = 0; i < CHUNK; i++)
		trial_done(&desk->trials[i]);
	checker_free(desk->checker);
	free(desk);
}

/*
 * For a round of so many chunks, not more than it can use: each costs a process,
 * of which there may be fewer than wanted. Those end with the thread that made
 * them, which is no worker's.
 */
static void open_desks(struct programs *programs, struct round *round, size_t chunks)
{
	const struct programs_opts *opts = &programs->opts;
	const char *why = NULL;

	if (!round->n_free) {
		/* what is asked once is not asked by several threads at a time */
		if (opts->kernel)
			kernel_has_i386();
		round->desks[round->n_free++] = desk_new(opts->kernel, &programs->why_not);
		programs->asked_kernel = opts->kernel && !programs->why_not;
	}
	while (!why && round->n_free < chunks && round->n_free < opts->jobs) {
		struct desk *desk = desk_new(programs->asked_kernel, &why);
		if (why)
			desk_free(desk);
		else
			round->desks[round->n_free++] = desk;
	}
}

static void close_desks(struct programs *programs, struct round *round)
{
	while (round->n_free) {
		uint64_t asked, records;
		struct desk *desk = round->desks[--round->n_free];
		checker_asked(desk->checker, &asked, &records);
		programs->kernel_programs += asked;
		programs->kernel_records += records;
		desk_free(desk);
	}
}

static void run_round(struct programs *programs, struct round *round)
{
	uint64_t left = programs->opts.runs ? programs->opts.runs - programs->trials : UINT64_MAX;
	size_t n = 0;

	for (; n < round->limit && left; n++) {
		size_t some = left < CHUNK ? (size_t)left : CHUNK;
		round->chunks[n] = (struct chunk){ .round = round, .first = programs->trials, .n = some };
		programs->trials += some;
		left -= some;
	}
	open_desks(programs, round, n);
	parallel_for(n, (unsigned)round->n_free, 1, run_chunk, round);
	for (size_t i = 0; i < n; i++) {
		programs->programs += round->chunks[i].programs;
		programs->accepted += round->chunks[i].accepted;
		programs->records += round->chunks[i].records;
		take(programs, &round->chunks[i], round->desks[0]->checker);
	}
	round->limit = 2 * round->limit < ROUND ? 2 * round->limit : ROUND;
}

void programs_run(struct programs *programs)
{
	struct round *round = calloc(1, sizeof(*round));
	double begun = hunt_now(), shown = begun;

	if (!round)
		out_of_memory();
	keep_memory();
	round->all = programs;
	round->limit = ROUND_FIRST;
	round->begun = begun;
	pthread_mutex_init(&round->lock, NULL);
	do {
		run_round(programs, round);
		if (programs->opts.progress && hunt_now() - shown > 0.2) {
			shown = hunt_now();
			show_progress(programs, begun);
		}
	} while (!spent(programs, round));
	if (programs->opts.progress && shown > begun)
		fputs("\r\033[K", stderr);
	programs->seconds = hunt_now() - begun;
	close_desks(programs, round);
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
