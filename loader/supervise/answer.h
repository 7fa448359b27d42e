/* SPDX-License-Identifier: MIT */
/* What `verdict notify --answer 'mkdir: errno EPERM'` says: which calls, and the answer. */
#ifndef LOADER_SUPERVISE_ANSWER_H
#define LOADER_SUPERVISE_ANSWER_H

#include "loader/diag.h"
#include "vm/verdict.h"

enum answer_kind { ANSWER_CONTINUE, ANSWER_ERRNO, ANSWER_VALUE, ANSWER_FD };

struct answer_rule {
	char *text; /* as written */
	bool any;
	int abi;	  /* VD_ABI_NONE: every one */
	const char *name; /* of the call; NULL: by its number */
	uint32_t nr;
	enum answer_kind kind;
	int64_t value; /* of ERRNO and VALUE */
	char *path;    /* FD: what is opened for reading */
};

struct answer_rules {
	struct answer_rule *items;
	size_t n;
};

/* [ARCH] CALL|NUMBER|any: continue | errno NAME | value NUMBER | fd PATH. 0 or -1 (diagnosed). */
int answer_add(struct answer_rules *rules, const char *text, struct diags *diags);
void answer_done(struct answer_rules *rules);

/* The first rule for a call; NULL: none. */
const struct answer_rule *answer_for(const struct answer_rules *rules, const struct seccomp_data *call);

#endif
