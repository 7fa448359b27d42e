/* SPDX-License-Identifier: MIT */
/*
 * Calls that do the same thing: where one is shut, the others are looked at.
 * doors.c is the table, with the reasons.
 */
#ifndef LOADER_LINT_DOORS_H
#define LOADER_LINT_DOORS_H

#include <stdbool.h>
#include <stdint.h>

#define DOOR_NO_ARG (-1)

struct door {
	const char *name;
	/*
	 * Where the leading call's arguments are in this call: a digit is an
	 * argument's index, '-' nowhere, '=' has `value`. It is open where it runs
	 * and the leading call with the same arguments is denied. NULL: its
	 * arguments cannot be seen, and it is open where it runs.
	 */
	const char *args;
	uint64_t value;
	/* It does the thing only with these bits of argument arg; 0: always. */
	int arg;
	uint64_t bits;
	int sub; /* of a multiplexer: its argument 0; -1: none */
};

#define DOORS_MAX 8

struct doors {
	const char *name; /* the call that a policy denies */
	int arg;	  /* of which some bits are what it denies, DOOR_NO_ARG: the call is denied as such */
	uint64_t bits;	  /* each is looked at alone */
	uint32_t not_on;  /* ABIs whose call of this name is another, 1u << enum vd_abi */
	bool bits_only;	  /* the call denied as such says nothing: no clone, no processes */
	bool partly;	  /* any condition on the call is one that the others have to have */
	const char *does; /* "mount file systems": another way to ... */
	struct door others[DOORS_MAX];
};

extern const struct doors lint_doors[];
extern const unsigned lint_doors_count;

#endif
