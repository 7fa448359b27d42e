/* SPDX-License-Identifier: MIT */
/* A command under a stack whose USER_NOTIF verdicts are answered here, by rule. */
#ifndef LOADER_SUPERVISE_SUPERVISE_H
#define LOADER_SUPERVISE_SUPERVISE_H

#include "loader/json.h"
#include "loader/source/source.h"
#include "loader/supervise/answer.h"

struct supervision {
	struct filter_stack stack;
	struct answer_rules rules;
	struct answer_rule otherwise; /* for calls of no rule */
	FILE *out;		      /* a line for each notification */
	bool as_json;
	struct diags *diags;
	unsigned long long notifications, gone;
};

/*
 * Runs a command to its end, and answers until no task has the filters any
 * more. 0: *ret_status is its wait status; -1: diagnosed; over 0: it did not run
 * (diagnosed), the exit status to use.
 */
int supervise(struct supervision *supervision, char *const *argv, int *ret_status);

/* Answers one notification, which has been received, and prints it. */
struct notif;
void supervise_one(struct supervision *supervision, struct notif *notif);

#endif
