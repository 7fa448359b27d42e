/* SPDX-License-Identifier: MIT */
/* What following a command cannot do for it, or changes for it: warnings, each once. */
#ifndef LOADER_PTRACE_REMARKS_H
#define LOADER_PTRACE_REMARKS_H

#include "loader/diag.h"
#include "loader/ptrace/tracer.h"

struct remarks {
	const char *who; /* "verdict capture" */
	struct diags *diags;
	bool untraced, ptrace, set_id;
};

void remark_enter(struct remarks *remarks, const struct tracee *task);
void remark_leave(struct remarks *remarks, const struct tracee *task, int64_t result);
void remark_exec(struct remarks *remarks, const struct tracee *task);

#endif
