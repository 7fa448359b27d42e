/* SPDX-License-Identifier: MIT */
/*
 * rules: texts (verdict-rules(5)): filters as predicates over system calls, one a
 * line.
 *
 * read.c (the lines), target.c (system calls and actions of a line), resolve.c
 * (lines to entries), arrange.c (entries in order), compile.c and dispatch.c (entries to programs), rules.c
 * (the direct reading), policy.c (the reading as struct policy).
 */
#ifndef LOADER_RULES_RULES_H
#define LOADER_RULES_RULES_H

#include "loader/arena.h"
#include "loader/policy.h"
#include "loader/rules/pred.h"

/* What a line gives where its condition is false. */
enum rules_else { RULES_NOTHING, RULES_ELSE };

/*
 * One line about one system call of one ABI, or about numbers of it that get
 * the same lines. Of what the file is not about: VD_ABI_NONE and all numbers.
 */
struct rules_entry {
	int abi;
	uint32_t nr, last; /* raw; nr to last */
	const char *name; /* as written, NULL: a number was */
	size_t line;	  /* of struct rules.lines */
	struct pred pred; /* its nodes are in the rules' arena */
};

struct rules_line {
	struct span at; /* its expression and actions: all after the colon */
	struct span expr;
	uint32_t if_true, if_false;
	enum rules_else on_false;
	int literal; /* 0, 1: the whole expression is this; -1: it is not */
};

/* One filter: the lines up to `enable`. */
struct rules_filter {
	uint32_t by_default;	     /* no line gave anything */
	uint32_t others;	     /* ABIs that the file is not about, where no line gave anything */
	/* Sorted by ABI and number, then by line; erased ones are gone. Two have the same numbers, or none. */
	struct rules_entry *entries;
	size_t n, cap;
};

struct rules {
	struct arena arena;
	struct text text; /* a copy: policies outlive what they were read from */
	int abis[VD_ABI_COUNT];
	size_t n_abis;
	struct rules_line *lines;
	size_t n_lines, lines_cap;
	struct rules_filter *filters; /* oldest first, at least one */
	size_t n_filters, filters_cap;
};

/* 0 or -1 (diagnosed: all problems). */
int rules_read(const struct text *text, struct diags *diags, struct rules **ret_rules);
void rules_free(struct rules *rules);

/* Whether the file is about an ABI. */
bool rules_about(const struct rules *rules, int abi);
/* The lines of a filter in order: numbers are divided where others' begin or end. 0 or -1 (diagnosed). */
int rules_arrange(struct rules *rules, struct rules_filter *filter, struct diags *diags);
/* The entries of a filter for one call: the first (behind it, when there is none), and how many. */
const struct rules_entry *rules_entries(const struct rules_filter *filter, int abi, uint32_t nr,
					size_t *ret_n);

/*
 * What the rules say of a record, read line by line. *ret_filter and *ret_entry
 * (may be NULL): what decided, NULL where it was a default; *ret_held: whether
 * the entry's condition held.
 */
struct rules_answer {
	uint32_t ret;
	int filter; /* -1: none lowered ALLOW */
	const struct rules_entry *entry;
	bool held;
};
struct rules_answer rules_answer(const struct rules *rules, const struct seccomp_data *record);
/* What one filter says. */
struct rules_answer rules_answer_of(const struct rules *rules, size_t filter,
				    const struct seccomp_data *record);

/* Filter i as a program. 0 or -1 (diagnosed). */
int rules_compile(const struct rules *rules, size_t i, struct diags *diags, struct sock_filter **ret_insns,
		  size_t *ret_len);

/* What `verdict help rules` prints. */
extern const char rules_help[];

/* The rules as a policy; takes them over. */
struct policy *rules_policy(struct rules *rules);

#endif
