/* SPDX-License-Identifier: MIT */
/* `verdict show --abis`: what takes effect on which ABI. */
#ifndef LOADER_SHOW_ABIS_H
#define LOADER_SHOW_ABIS_H

#include "loader/show/applied.h"
#include "loader/show/matrix.h"
#include "loader/source/source.h"

#include <stdio.h>

struct abis_report {
	struct matrix matrix;
	char *const *names; /* of the filters */
	const struct source_list *sources;
	struct applied_report *applied; /* of each source that has a policy; empty for others */
};

/* The stack of all sources, and each compiled source alone against its rules. 0 or -1 (diagnosed). */
int abis_make(struct abis_report *report, const struct source_list *sources, const struct filter_stack *stack,
	      char *const *names, unsigned ms, struct diags *diags);
void abis_done(struct abis_report *report);

/* Whether some rule is applied only partly. */
bool abis_partial(const struct abis_report *report);

void abis_text(const struct abis_report *report, FILE *out);
void abis_json(const struct abis_report *report, FILE *out);

/* "i386 socketcall(1)"; of a missing call "x32 ipc()". The caller's buffer has CALL_TEXT_MAX bytes. */
void abis_call(const struct policy *policy, const struct applied_rule *rule, char *buf, size_t size);

#endif
