/* SPDX-License-Identifier: MIT */
/*
 * What a stack of filters costs: in the machine, in the engine, in the running
 * kernel. points.c says which calls are looked at, worst.c what they cost at
 * most, userspace.c and kernel.c take the time, and text.c, json.c and plot.c
 * show it.
 */
#ifndef BENCH_COST_COST_H
#define BENCH_COST_COST_H

#include "bench/cost/estimate.h"
#include "loader/source/source.h"

#include <stdio.h>

/* The stack that is measured. Its byte order is that of the record in hand. */
struct subject {
	char *name; /* its sources as they were given */
	struct source_list sources;
	struct filter_stack filters;
	struct vd_engine *engines[2]; /* by byte order; made when first needed */
	double build_ms;	      /* the first of them */
	uint32_t arch;		      /* whose byte order is taken where the arch is open */
};

/* 0, or -1 (diagnosed). done is fine after a failure and on zeroes. */
int subject_init(struct subject *subject, const char *const *specs, size_t n, struct diags *diags);
void subject_done(struct subject *subject);
/* Sets the byte order for a record; the engine for it, NULL: out of memory. */
const struct vd_engine *subject_turn_to(struct subject *subject, const struct seccomp_data *data);
/* Instructions that each filter executes for a record, into ret_each[vd_stack_len()]; after
 * subject_turn_to(). */
void point_instructions(const struct subject *subject, const struct seccomp_data *data, unsigned *ret_each);
/* A filter as reports call it. */
const char *subject_filter(const struct subject *subject, size_t i);

/* Why the kernel column of a point is what it is. */
enum kernel_cost {
	KERNEL_COST_NOT_ASKED,
	KERNEL_COST_JUDGED,   /* measured: the filters run */
	KERNEL_COST_BITMAP,   /* answered by the allow-bitmap: what that costs */
	KERNEL_COST_ENDS,     /* killed or trapped: there is no call to measure */
	KERNEL_COST_NO_ENTRY, /* this kernel cannot be asked about the ABI */
	KERNEL_COST_BYPASSED, /* no filter runs for it */
};

/* Records that take one path in all that is measured. */
struct point {
	struct seccomp_data data;
	uint64_t count; /* how many records it stands for */
	uint32_t ret;
	unsigned insns; /* executed, all filters together */
	size_t row;
	struct estimate machine, engine, kernel; /* nanoseconds */
	enum kernel_cost kernel_cost;
};

/* Whether a measurement bears the bitmap's prediction out. */
enum confirmed { CONFIRM_NOT_ASKED, CONFIRM_AGREES, CONFIRM_DIFFERS, CONFIRM_IMPOSSIBLE };

/* A call: one number of one arch. */
struct row {
	uint32_t arch, nr;
	size_t first, n; /* its points */
	uint64_t count;	 /* of all of them */
	bool by_words;	 /* filters look at more than arch and nr */
	bool bitmap;	 /* predicted: every filter allows it whatever the rest of the record is */
	bool stood_in;	 /* confirmed by another number (confirm.c) */
	enum confirmed confirmed;
	unsigned worst; /* instructions at most, all filters together */
	bool worst_proved;
	struct estimate machine, engine, kernel; /* means over its points, by count */
	enum kernel_cost kernel_cost;		 /* of its points: the first that was measured */
};

/* One stack of those that growth with depth, and the cost of each filter, are measured with. */
struct step {
	size_t filters;
	struct estimate machine, engine, kernel;
};

struct filter_cost {
	double insns; /* mean over the points */
	struct estimate machine, kernel;
};

/* Times that a stack is installed at most, each in another place of memory. */
#define KERNEL_PLACES 32u

/* What a call costs in the kernel besides the filters' instructions, by whether it is int $0x80. */
struct kernel_base {
	struct estimate entry;	/* a judged call */
	struct estimate bitmap; /* one that the bitmap answers */
	struct speed guard;	/* a call of a task with the guard alone, whole */
	bool known;
};

struct cost {
	struct subject *subject;
	int abi;		       /* whose calls are looked at, where they are looked at one by one */
	const char *records;	       /* the file whose records weigh the points; NULL: none */
	uint64_t seen, skipped;	       /* records of that file: used; of calls beyond the table's size */
	struct seccomp_data *sequence; /* the first of them, in their order */
	size_t n_sequence;
	struct estimate sequence_machine, sequence_engine;

	struct point *points;
	size_t n_points;
	struct row *rows; /* dearest first once measured */
	size_t n_rows;

	unsigned worst; /* instructions over all records */
	struct seccomp_data worst_data;
	bool worst_proved;

	bool kernel; /* was it asked, with success */
	struct kernel_base base[2];
	bool has_bitmap;
	unsigned table_end[2];	/* the bitmap has no numbers from here on, [1]: of i386; 0: not measured */
	double quiet;		/* share of turns at full speed */
	struct estimate places; /* the mean over all points, by where the stack lies: of all places and the
				   middle three quarters */
	unsigned n_places;
	double within_place; /* how far each half of the turns in one place is from both */
	struct step *steps;
	size_t n_steps;
	bool copies; /* the steps are copies of a stack of one filter */
	struct filter_cost *filters;
};

void cost_done(struct cost *cost);

/* points.c: what is looked at. 0 or -1 (diagnosed). */
struct wanted_calls {
	const char *const *names; /* calls by name; 0: all that the ABI has */
	size_t n;
	char *const *calls; /* concrete ones, as the command line has them */
	size_t n_calls;
};
int points_from_table(struct cost *cost, const struct wanted_calls *wanted, struct diags *diags);
int points_from_calls(struct cost *cost, const struct wanted_calls *wanted, struct diags *diags);
int points_from_records(struct cost *cost, struct diags *diags);

/* worst.c: the record for which the filters execute most, over all records or those of one call. */
struct worst {
	unsigned insns;
	struct seccomp_data data;
	bool proved; /* there is none that takes more */
};
void worst_case(struct subject *subject, const uint32_t *arch, const uint32_t *nr, struct worst *ret_worst);

/* userspace.c and kernel.c. 0, -ENOMEM, or what the kernel cannot be asked for. */
int measure_userspace(struct cost *cost, double seconds);
int measure_kernel(struct cost *cost, double seconds);
/* How many places a stack is measured in: fewer for very many calls. */
unsigned kernel_places(const struct cost *cost);
/* What its cost in the kernel will be made of; after confirm_bitmap(). */
enum kernel_cost kernel_cost_of(const struct cost *cost, const struct point *point);
bool point_is_i386(const struct point *point);
/* n of a stack's filters from the first-th on; those of a stack of one filter as often as asked for. */
int filters_of(const struct vd_stack *stack, size_t first, size_t n, struct vd_stack **ret_stack);
/* sum.c. The means of rows, and the rows in order, when the points are known. */
void sum_up(struct cost *cost);

/* Rows by what decides them. */
enum cost_group {
	COST_ALL,
	COST_BITMAP, /* arch and number, in a way that the bitmap knows */
	COST_NUMBER, /* arch and number */
	COST_WORDS,  /* other words as well */
};
struct group_cost {
	size_t rows;
	uint64_t count, measured; /* records; those that the kernel column is about */
	struct estimate machine, engine, kernel;
};
struct group_cost cost_of(const struct cost *cost, enum cost_group group);

/* The points that depth and single filters are measured with: at most n, those of most records. */
#define SAMPLE_POINTS 8
size_t sample_points(const struct cost *cost, const struct point *ret_points[SAMPLE_POINTS]);

/* "x86_64", or the arch word; the call's name, or its number. Into buf of 64 bytes. */
const char *row_name(const struct row *row, char *buf);

struct cost_shown {
	size_t rows;	 /* of the table at most so many */
	bool each_point; /* what each filter executes for each record */
};
/* How many of the turns ran at full speed: 0 to 1. */
void put_quiet(double share, const char *prefix, FILE *out);
void cost_text(const struct cost *cost, FILE *out, const struct cost_shown *shown);
struct json;
void cost_json(const struct cost *cost, struct json *json);
/* plot.c. The kind of a plot that a file is named for; -1: none. Draws it: 0 or -1 (diagnosed). */
int plot_kind(const char *path);
int cost_plot(const struct cost *cost, const char *path, struct diags *diags);

#endif
