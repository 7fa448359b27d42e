/* SPDX-License-Identifier: MIT */
/* What everything that claims to be one function is tried with: some programs as a stack, and records for
 * them. */
#ifndef FUZZ_PROGRAMS_TRIAL_H
#define FUZZ_PROGRAMS_TRIAL_H

#include "vm/random.h"

#include <stdio.h>

#define TRIAL_PROGRAMS 6
#define TRIAL_RECORDS 8
#define TRIAL_LEN_MAX 4097 /* one more than any kernel takes */

enum shape {
	SHAPE_VALID,  /* valid by construction */
	SHAPE_LUCK,   /* a few instructions that may happen to be valid */
	SHAPE_NEARLY, /* valid but for one field, or just so */
	SHAPE_ALU,    /* computes with all that it can */
	SHAPE_JUMPS,  /* every way ends in a value of its own */
	SHAPE_MEMORY, /* keeps words in scratch memory and takes them back */
	SHAPE_FAR,    /* jumps farther than eight bits reach */
	SHAPE_STACK,  /* several filters with actions of all strengths */
	SHAPE_LONG,   /* at the limits of length and size */
	SHAPES,
};
extern const char *const shape_names[SHAPES];

struct trial_program {
	struct sock_filter *insns; /* room for TRIAL_LEN_MAX */
	size_t len;
};

struct trial {
	enum shape shape;
	struct trial_program programs[TRIAL_PROGRAMS]; /* oldest first */
	size_t n;
	size_t copies; /* SHAPE_LONG: so often the first is pushed on top of itself; else 0 */
	bool big_endian;
	struct seccomp_data records[TRIAL_RECORDS];
	size_t n_records;
};

void trial_init(struct trial *trial);
void trial_done(struct trial *trial);
void trial_copy(struct trial *to, const struct trial *from);

/* Trial `number` of a seed: the same on every machine. */
void trial_make(struct trial *trial, uint64_t seed, uint64_t number);

#endif
