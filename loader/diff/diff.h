/* SPDX-License-Identifier: MIT */
/*
 * What changed from one stack to another, exactly: for every ABI and call, the
 * condition on the arguments, the verdict before and after, and a record.
 * diff.c (the table of both stacks), split.c (its classes by ABI), text.c,
 * markdown.c and json.c (for people and machines).
 */
#ifndef LOADER_DIFF_DIFF_H
#define LOADER_DIFF_DIFF_H

#include "loader/arena.h"
#include "loader/source/source.h"

#include <stdio.h>

/* Whether more is allowed than before, by the kernel's order of actions. */
enum diff_sense { DIFF_WEAKER, DIFF_STRONGER, DIFF_OTHER, DIFF_SENSES };
const char *diff_sense_name(enum diff_sense sense);
/* From the value before to the value after, which the kernel acts on differently. */
enum diff_sense diff_sense_of(const uint32_t ret[2]);

struct diff_change {
	int abi; /* VD_ABI_NONE: of the arch words below, whose calls have numbers only */
	const struct vd_range *archs;
	size_t n_archs;
	const uint32_t *calls; /* raw numbers that have a name on the ABI */
	size_t n_calls;
	const struct vd_range *numbers; /* others */
	size_t n_numbers;
	bool every;	  /* numbers, with calls, are all there are */
	uint32_t ret[2];  /* before, after */
	const char *when; /* the condition on the other words, NULL: whatever they are */
	bool exact;	  /* of when; false: it is abridged, or not known */
	enum diff_sense sense;
	struct seccomp_data *records; /* one for each call, then one for numbers where there are any */
	size_t n_records;
};

struct diff {
	struct arena arena;
	const struct filter_stack *stacks[2]; /* before, after */
	bool raw;			      /* any bit of the value counts; else what the kernel acts on */
	bool only[DIFF_SENSES];		      /* changes of other senses are left out */
	unsigned ms;			      /* what one question may cost, 0: the default */
	struct diff_change *changes;
	size_t n, cap;
	size_t left_out;
	bool differ;	 /* some record is decided differently, listed or not */
	bool unknown;	 /* some question had no answer */
	bool incomplete; /* the list is not all */
};

/* Fills in the changes. The stacks' byte order is changed on the way. 0 or -1 (diagnosed). */
int diff_run(struct diff *diff, struct diags *diags);
void diff_done(struct diff *diff);

/* The changes of an outcome that a class of the table has, one for each ABI. 0 or -errno. */
int diff_split(struct diff *diff, struct vd_map *map, size_t i, size_t j);
/* One record that is decided differently, where no table could be made. */
void diff_add_record(struct diff *diff, const struct seccomp_data *data);
/* Sorts what was found; what differs in byte order alone becomes one. */
void diff_order(struct diff *diff);

/* The words of a record that matter to neither stack. */
uint16_t diff_free(const struct diff *diff, const struct seccomp_data *data);

/* "x86_64", "every arch but x86_64 and i386". */
const char *diff_place(struct diff *diff, const struct diff_change *change);
/* "mount", "470..600", "every call". */
size_t diff_subjects(const struct diff_change *change);
const char *diff_subject(const struct diff_change *change, size_t i, char *buf, size_t size);
#define DIFF_SUBJECT_MAX 96
/* "2 changes: 1 weaker, 1 stronger", "equal: the same verdict for every record". */
void diff_summary(const struct diff *diff, char *buf, size_t size);

void diff_text(struct diff *diff, FILE *out, bool colour);
void diff_markdown(struct diff *diff, FILE *out);
void diff_json(struct diff *diff, FILE *out);

#endif
