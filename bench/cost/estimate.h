/* SPDX-License-Identifier: MIT */
/*
 * Times out of many short turns. A machine that others use runs at several
 * speeds, and what disturbs a turn makes it slower only: what stands is near the
 * fastest of many turns that were taken over a longer time. Where several tasks
 * took them (loader/kernel/turns.h), that is so for each task, and the mean of
 * the middle half of the tasks stands.
 */
#ifndef BENCH_COST_ESTIMATE_H
#define BENCH_COST_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>

struct estimate {
	bool known;
	double value;
	double low, high; /* what each half of the tasks, or of the turns, alone would have said, the lower
			     first */
};

struct samples {
	double *ns;
	unsigned *tasks; /* which task took it, below tasks_n; NULL: there is one */
	size_t n;
	unsigned tasks_n;
	bool undisturbed; /* those that were disturbed for long (quiet.h) are left out */
};

/* Turns at full speed: over all tasks, and over each second one, or where there is one each second turn. */
struct speed {
	size_t n;
	double all, half[2];
};

/*
 * Of a task not the very fastest turn, as a clock may have been read ahead: the
 * second, or of many the hundredth part; of undisturbed ones, of which few were
 * interrupted, a quarter are faster, as the fastest of few says how few they are.
 */
struct speed full_speed(const struct samples *samples);
/* In ascending order, in place. */
void sort_values(double *values, size_t n);
/* Each task's own, into ret_ns[tasks_n]; negative: it took no turn. 0 or -ENOMEM. */
int speed_by_task(const struct samples *samples, double *ret_ns);
/* The mean of the middle half of some, which it sorts; n > 0. */
double middle_mean(double *values, size_t n);
/* That mean, and between what the middle three quarters of the values, which it sorts, are; n > 0. */
struct estimate places_spread(double *values, size_t n);
/*
 * What each of n values is over that of a companion, full at full speed, that was
 * as much slower beside it as it says in here; in place. Where here is not
 * positive there was no companion: the value is taken as it is.
 */
void differences_at(double *values, const double *here, size_t n, double full);
/* a - b. */
struct estimate estimate_difference(const struct speed *a, const struct speed *b);
/* a alone. */
struct estimate estimate_of(const struct speed *a);

/*
 * The median of samples, which it sorts, with its 95 % confidence interval,
 * which assumes no distribution of theirs: ranks of the binomial one.
 */
struct estimate estimate_interval(double *samples, size_t n);

/* Sums of independent ones; a mean of several is made of these. */
struct estimate estimate_add(struct estimate a, struct estimate b, double factor);

#endif
