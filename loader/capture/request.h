/* SPDX-License-Identifier: MIT */
/* A call that asks for a filter to be installed, as it stands in the caller's registers and memory. */
#ifndef LOADER_CAPTURE_REQUEST_H
#define LOADER_CAPTURE_REQUEST_H

#include "loader/ptrace/filters.h"
#include "loader/ptrace/tracer.h"

enum request_call { REQUEST_SECCOMP, REQUEST_PRCTL };

struct request {
	struct request *next; /* the user's */
	enum request_call call;
	uint64_t flags; /* of seccomp(2) */
	size_t len;	/* as the caller says; 0 when not even that can be read */
	bool read;	/* insns hold the program */
	struct sock_filter insns[FILTER_LEN_MAX];
};

/* Whether the call that a task enters asks for a filter; fills in *ret_request then. */
bool request_of(const struct tracee *task, struct request *ret_request);

/* Whether a call that returned this value installed its filter. */
bool request_granted(const struct request *request, int64_t result);

#endif
