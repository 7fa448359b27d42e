/* SPDX-License-Identifier: MIT */
/* A scenario that is being run; for loader/scenario/ only. */
#ifndef LOADER_SCENARIO_RUN_H
#define LOADER_SCENARIO_RUN_H

#include "loader/scenario/target.h"
#include "loader/supervise/family.h"
#include "loader/supervise/notif.h"

struct sc_run {
	const struct scenario *scenario;
	struct target_memory *memory;
	uint64_t addresses[SCENARIO_VARS_MAX];
	char tmp[32]; /* the scenario's folder; empty: none was made */
	struct family family;
	struct notif notif;
	bool listening;	      /* a listener has come and was not closed */
	size_t notice, trace; /* the next ones */
	int target_fd;	      /* the target's memory, -1: not open */
	bool traced;	      /* the tracer is in place */
	bool ended;	      /* the target; with this wait status */
	int status;
	unsigned signalled; /* steps below this had their signal */
	long asleep_since;  /* when the target was first seen to sleep in a step with a signal, in ms; 0: not
			       yet */
	uint64_t last_id;   /* of the notification before */
	unsigned notified;  /* the step whose call it is */
	bool interrupted;   /* the supervisor has sent the target a signal since */
	long deadline;	    /* in ms */
	bool failed;
	struct scenario_outcome *outcome;
};

/* Ends the run: only the first failure counts. */
void sc_fail(struct sc_run *run, unsigned line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void sc_not_run(struct sc_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * A millisecond's pause in waiting for what no descriptor tells: the target's
 * progress, for it may make no calls but its steps', and the state it is in.
 * Signals that are due are sent. false: the scenario's time is over.
 */
bool sc_pause(struct sc_run *run);
/* Waits for the target's end; false: it lives at the deadline. */
bool sc_await_end(struct sc_run *run);

/* Reads memory of the target. How many bytes, 0: none. */
typedef size_t (*sc_read_fn)(struct sc_run *run, uint64_t address, void *buf, size_t len);
/* Whether a call that is seen is the one that was meant. */
bool sc_matches(struct sc_run *run, const struct sc_call *meant, const struct seccomp_data *seen,
		sc_read_fn read);

/* One notification or none: received, compared, answered. Waits for a millisecond at most. */
void sc_supervise(struct sc_run *run);
/* A stop of the traced target. */
void sc_trace_stop(struct sc_run *run, int status);
/* Puts the tracer in place. */
int sc_trace_begin(struct sc_run *run);

/* The step, or the last one. */
const struct sc_step *sc_step_at(const struct sc_run *run, unsigned i);
/* When the run is over: whether all came as it was expected. */
void sc_compare(struct sc_run *run);

#endif
