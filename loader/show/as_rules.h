/* SPDX-License-Identifier: MIT */
/* A stack as one filter of rules, proved equal to it. */
#ifndef LOADER_SHOW_AS_RULES_H
#define LOADER_SHOW_AS_RULES_H

#include "loader/diag.h"
#include "loader/show/show.h"

/*
 * The text of a rules: source that decides what the stack does, whatever the
 * record (vd_effective()); *ret_text is the caller's to free. 0; -1 (diagnosed):
 * there is none, because something is not known, or takes a program that is
 * too long; or the proof had no answer.
 */
int as_rules(struct show *show, const char *names, struct diags *diags, char **ret_text);

#endif
