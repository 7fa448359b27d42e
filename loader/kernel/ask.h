/* SPDX-License-Identifier: MIT */
/* The behaviour oracle from the inside: one record asked of one worker. */
#ifndef LOADER_KERNEL_ASK_H
#define LOADER_KERNEL_ASK_H

#include "loader/kernel/behaviour.h"
#include "loader/kernel/tasks.h"

/* A stack in the kernel, on top of one marker. */
struct pack {
	uint16_t marker;
	pid_t template; /* has the filters, and lends them; 0: there is none */
	pid_t leader;	/* of the process that is asked; its thread worker makes the calls */
	pid_t worker;
	bool in_call; /* the worker stands in a call, at the stop of TRACE */
};

/* Asks a pack's worker, which must live; afterwards it may be dead. 0 or -errno. */
int ask_fast(struct tasks *tasks, struct pack *pack, const struct seccomp_data *record,
	     struct kernel_seen *seen);
int ask_exact(struct tasks *tasks, struct pack *pack, const struct seccomp_data *record,
	      struct kernel_seen *seen);

#endif
