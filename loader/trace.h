/* SPDX-License-Identifier: MIT */
/*
 * The path of a record through a stack: each executed instruction with A and,
 * in filters that use it, X before it; filters in the kernel's order (newest
 * first).
 */
#ifndef LOADER_TRACE_H
#define LOADER_TRACE_H

#include "loader/diag.h"
#include "vm/verdict.h"

struct trace_opts {
	const char *const *names; /* of the filters; NULL: their numbers alone */
	const char *indent;	  /* before each line */
	int only;		  /* this filter alone, -1: all */
	size_t last;		  /* at most this many instructions of a filter, the last ones; 0: all */
};

void trace_print(FILE *out, const struct vd_stack *stack, const struct seccomp_data *data,
		 const struct trace_opts *opts);

/*
 * The text of a verdict, and what the kernel makes of it where that differs: "ERRNO(5000) (the kernel:
 * ERRNO(4095))".
 */
int verdict_format(uint32_t ret, char *buf, size_t size);

#endif
