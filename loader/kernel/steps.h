/* SPDX-License-Identifier: MIT */
/*
 * Worker processes of the value oracle (values.h): each installs derivatives one
 * on top of the other, and makes calls under the newest.
 */
#ifndef LOADER_KERNEL_STEPS_H
#define LOADER_KERNEL_STEPS_H

#include "loader/kernel/gadgets.h"
#include "loader/kernel/parts.h"
#include "loader/kernel/values.h"

/*
 * Derivatives that one worker installs. All of its filters run at each call, so
 * that more of them cost more than the worker that they save.
 */
#define STEPS_MAX 32u
#define DOOR (GADGET_SLOTS - 1)

/* A question on its way. */
struct ask {
	struct kernel_question *question;
	struct parts parts;
	bool by_ip; /* the program looks at the instruction pointer */
	bool kills; /* it may do so to calls that are not its own */
	unsigned slot;
	uint32_t *order;    /* the records to ask; by_ip: sorted by where their calls come from */
	uintptr_t *entries; /* by_ip: where that is, by position in order */
	bool *killed;	    /* by position in order: its filter killed the worker */
	size_t n, next;	    /* next: the first that has no step yet */
};

/* One derivative is installed, and some records are asked: order[from] to order[to - 1]. */
struct step {
	struct ask *ask;
	size_t part, from, to;
};

struct steps {
	void *slots; /* where calls come from whose address does not matter, and the door */
	void *stack;
	struct gadgets gadgets;
	struct step items[STEPS_MAX];
	size_t n;
	unsigned n_slots;

	/* What the worker shares with its parent, which waits meanwhile. */
	volatile size_t first;	  /* the step that it began with */
	volatile size_t step, at; /* where it is */
	volatile bool asking;	  /* it makes calls that the derivative judges */
	volatile int error;	  /* an errno: the step's derivative could not be installed */
};

/* 0 or -errno. */
int steps_init(struct steps *steps);
void steps_done(struct steps *steps);

/*
 * Does all steps, and begins anew. A question whose derivative cannot be
 * installed is over, and has its error. 0 or -errno: none can be asked.
 */
int steps_run(struct steps *steps);

#endif
