/* SPDX-License-Identifier: MIT */
/*
 * A scenario's target: a process that makes the steps' calls one after the
 * other, each by its number and nothing in between that a filter could judge.
 * It lives on memory that it shares with the supervisor, at one address; for
 * loader/scenario/ only.
 */
#ifndef LOADER_SCENARIO_TARGET_H
#define LOADER_SCENARIO_TARGET_H

#include "loader/scenario/scenario.h"

#include <stdatomic.h>

#define TARGET_NO_VAR 0xffff

struct target_step {
	enum sc_step_kind kind;
	bool int80;
	bool listens; /* an installation that gives a listener */
	uint64_t nr;
	uint64_t args[6];
	uint16_t from[6]; /* the step whose result the argument is; TARGET_NO_VAR: none */
	void *buffer;	  /* its first one, NULL: none */

	/* what came of it */
	int64_t result;
	atomic_uint traps;
	int trap_data, trap_nr;
	uint32_t trap_arch;
	atomic_int caught; /* the latest signal that was handled */
};

struct target_memory {
	atomic_bool ready; /* the target is set up */
	atomic_bool go;	   /* so is the supervisor */
	atomic_uint at;	   /* the step that is being made */
	atomic_uint done;  /* steps that have returned */
	unsigned n;
	struct target_step steps[SCENARIO_STEPS_MAX];

	/* for the other thread, which makes no call at all: a piece of memory to change */
	bool two_threads;
	atomic_bool change;
	char *change_to;
	const char *change_from;
	size_t change_len;

	char tmp[32];			 /* the scenario's folder */
	atomic_bool made;		 /* it may be there */
	const struct scenario *scenario; /* the target has it from before its birth */
	bool no_new_privs;
	size_t used; /* of space */
	char space[SCENARIO_MEMORY_MAX];
};

/* family.h's target_fn; userdata is a struct target_memory. */
struct courier;
int target_run(void *userdata, struct courier *courier);

/* Shared memory below 4 GiB, so that 32-bit calls take its addresses. NULL: none. */
struct target_memory *target_memory_new(void);
void target_memory_free(struct target_memory *memory);

/*
 * Lays out the steps of a scenario; "$tmp" in texts becomes tmp. addresses[i] is
 * where variable i that is data lies. 0, or -1: it does not fit.
 */
int target_lay_out(struct target_memory *memory, const struct scenario *scenario, const char *tmp,
		   uint64_t addresses[SCENARIO_VARS_MAX]);
/* An argument's value as the target passes it; texts are put into memory. -1: it does not fit. */
int target_value(struct target_memory *memory, const struct sc_arg *arg, const struct scenario *scenario,
		 const char *tmp, const uint64_t *addresses, uint64_t *ret_value);

/* A text with tmp in it, NUL-terminated, the caller's to free; ret_len without that. */
char *target_expand(const char *text, size_t len, const char *tmp, size_t *ret_len);

#endif
