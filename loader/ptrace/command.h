/* SPDX-License-Identifier: MIT */
/* A command line under a tracer, with what is said when it does not come to that. */
#ifndef LOADER_PTRACE_COMMAND_H
#define LOADER_PTRACE_COMMAND_H

#include "loader/diag.h"
#include "loader/ptrace/tracer.h"

/*
 * Runs a command to its end, as tracer_start() and tracer_run() do. 0:
 * *ret_status is its wait status; -1: diagnosed; over 0: it did not run
 * (diagnosed), the exit status to use. who: "verdict capture".
 */
int trace_command(struct tracer *tracer, char *const *argv, const char *who, struct diags *diags,
		  int *ret_status);

/* Why nothing could be started: diagnosed. -1. */
int trace_not_started(const char *name, int error, const char *who, struct diags *diags);

#endif
