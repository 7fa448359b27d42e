/* SPDX-License-Identifier: MIT */
/* Lines of rules: as they are written. */
#ifndef LOADER_RULES_READ_H
#define LOADER_RULES_READ_H

#include "loader/expr.h"
#include "loader/rules/rules.h"

enum stmt_kind { STMT_ARCH, STMT_DEFAULT, STMT_ENABLE, STMT_RULE };

struct stmt {
	enum stmt_kind kind;
	struct span word; /* `arch`, `default`, `enable`, or all targets */
	struct span body; /* what follows the colon */
	/* STMT_RULE */
	struct span expr_at, action_at, else_at; /* text NULL: not written */
	struct expr expr;
	struct expr_action action, other; /* where they are written */
					  /* STMT_DEFAULT has its action as well. */
};

/* Splits a line (without its comment) into a statement. 1, 0: the line is blank, -1 (diagnosed). */
int stmt_read(const struct span *line, struct diags *diags, struct stmt *ret_stmt);
void stmt_done(struct stmt *stmt);

/* One target of a line: which calls of which of the file's ABIs. */
struct target {
	struct span at;
	int abi;	  /* of `abi.name`; VD_ABI_NONE: all of the file's */
	struct span name; /* or number */
	bool optional;	  /* name? */
	bool number;
	bool range;	  /* 470..600 */
	struct span last; /* empty: up to the ABI's last number */
};

/* The next of a line's targets off the front of *rest (which ends up empty). 0 or -1 (diagnosed). */
int target_read(struct span *rest, struct diags *diags, struct target *ret_target);

/*
 * The target's numbers on an ABI, which may go on behind another ABI's: how
 * many ranges, or -1 (diagnosed).
 */
int target_range(const struct target *target, int abi, struct diags *diags, uint32_t ret_first[2],
		 uint32_t ret_last[2]);

/* Whether a line is about archs that the file does not name. */
bool targets_others(const struct span *word);

/*
 * The target's call on an ABI: 1 and its raw number, 0: the ABI has no such
 * call and need not have it, -1 (diagnosed).
 */
int target_resolve(const struct target *target, int abi, struct diags *diags, uint32_t *ret_nr,
		   struct span *ret_name);

#endif
