/* SPDX-License-Identifier: MIT */
/* Putting a stack on a command that has just been executed: nothing of it has run yet. */
#ifndef LOADER_EXEC_APPLY_H
#define LOADER_EXEC_APPLY_H

#include "loader/source/source.h"
#include <sys/types.h>

/*
 * For a task that stands at the exit of its execve(2). As root the calls that
 * install the filters are not judged by those that are there already, else they
 * must let them through. 0, -1 (diagnosed), or -ESRCH: it was killed meanwhile.
 */
int exec_apply(pid_t tid, const struct filter_stack *stack, struct diags *diags);

#endif
