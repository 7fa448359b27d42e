/* SPDX-License-Identifier: MIT */
/* Two stacks on the same calls, turn by turn. */
#ifndef BENCH_COST_COMPARE_H
#define BENCH_COST_COMPARE_H

#include "bench/cost/cost.h"

enum { WAY_MACHINE, WAY_ENGINE, WAY_KERNEL, WAYS };

/* Nanoseconds a call, in the mean over all points by count. */
struct way_compared {
	bool known;
	double this, other;
	struct estimate difference; /* this - other; low and high: the 95 % confidence interval */
	size_t passes;
	uint64_t count; /* records that it is about */
};

struct row_compared {
	size_t row;
	unsigned insns[2]; /* of its first point */
	double ns[WAYS];   /* this - other, a call */
	bool known[WAYS];
};

struct comparison {
	struct cost *cost; /* of this stack; its points are those of both */
	struct subject other;
	struct way_compared ways[WAYS];
	struct row_compared *rows; /* by what changes most */
	bool kernel;
	double quiet; /* share of the kernel's turns at full speed */
};

/* 0, -ENOMEM, or what the kernel cannot be asked for (the other ways are known all the same). */
int compare_stacks(struct comparison *comparison, bool kernel, double seconds);
void comparison_done(struct comparison *comparison);
void comparison_text(const struct comparison *comparison, FILE *out);
void comparison_json(const struct comparison *comparison, FILE *out);

#endif
