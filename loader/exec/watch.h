/* SPDX-License-Identifier: MIT */
/*
 * A command under a stack: every call is judged by the machine when it is made,
 * and what the kernel then does with it is compared. The kernel's part is what
 * can be seen from outside: an errno, a SIGSYS with its data, a death. That a
 * call runs looks like whatever the call returns.
 */
#ifndef LOADER_EXEC_WATCH_H
#define LOADER_EXEC_WATCH_H

#include "loader/tally/tally.h"
#include "loader/source/source.h"

struct watch {
	struct filter_stack stack;
	struct diags *diags;
	struct tally tally;
	uint64_t compared; /* calls that the kernel's part was seen of */
	uint64_t disagreements;
	uint64_t bypassed; /* calls that no filter sees */
	uint64_t foreign;  /* calls that other filters judged as well */
	bool no_new_privs; /* was set */
};

/*
 * Runs a command to its end. 0: *ret_status is its wait status; -1: diagnosed;
 * over 0: it did not run (diagnosed), the exit status to use.
 */
int watch_run(struct watch *watch, char *const *argv, int *ret_status);

#endif
