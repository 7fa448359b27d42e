/* SPDX-License-Identifier: MIT */
/* What was decided of the calls of a command: how often, and the first call of each kind. */
#ifndef LOADER_EXEC_TALLY_H
#define LOADER_EXEC_TALLY_H

#include "vm/verdict.h"

#include <stdio.h>
#include <sys/types.h>

/* Calls of one number of one ABI that one filter gave one value. */
struct tally_row {
	int abi; /* enum vd_abi, VD_ABI_NONE: unknown */
	uint32_t nr;
	struct vd_verdict verdict;
	unsigned long long calls; /* 0: the row is free */
	struct seccomp_data first;
	pid_t first_by;
};

struct tally {
	struct tally_row *rows; /* a hash table */
	size_t n, cap;
	unsigned long long calls, denied, bypassed;
};

/* 0 or -ENOMEM. */
int tally_add(struct tally *tally, const struct seccomp_data *call, const struct vd_verdict *verdict, pid_t by);
void tally_done(struct tally *tally);

/* Whether the task notices: its call is not run as it was made. */
bool tally_is_denial(uint32_t ret);

/* names[i] is what filter i is called. */
void tally_print(const struct tally *tally, char *const *names, FILE *out);
void tally_json(const struct tally *tally, char *const *names, FILE *out);

#endif
