/* SPDX-License-Identifier: MIT */
/*
 * Filter sources: [KIND[,OPTIONS]:]VALUE to programs (the options:
 * loader/source/options.h). A source may hold several programs, oldest first.
 * Programs come as they were written, not yet checked: `check` and `install:`
 * cases are about bad ones.
 */
#ifndef LOADER_SOURCE_H
#define LOADER_SOURCE_H

#include "loader/policy.h"

enum source_kind {
	SOURCE_GUESS,
	SOURCE_RAW,
	SOURCE_DIR,
	SOURCE_ASM,
	SOURCE_C,
	SOURCE_OCI,
	SOURCE_PID,
	SOURCE_RULES,
	SOURCE_KINDS
};

/* "raw", "dir" and so on; NULL for SOURCE_GUESS. */
const char *source_kind_name(enum source_kind kind);
/* SOURCE_GUESS when the name is none of them. */
enum source_kind source_kind_by_name(const char *name, size_t len);
/* The kind that a file's name says it is; SOURCE_GUESS: none. */
enum source_kind source_guess_by_name(const char *path);
/* What `verdict help sources` prints. */
extern const char source_help[];
/* All names, for messages: "raw, dir, asm". */
const char *source_kinds(void);
/* Whether programs of the kind can be written inside a case file: source_load_text() reads them. */
bool source_kind_has_text(enum source_kind kind);

struct program {
	char *path; /* as shown: "policy/01.bpf", "<stdin>", "notify" for inline text */
	char *name; /* what its file in a folder is called: "01.bpf"; NULL: nothing says so */
	struct sock_filter *insns;
	size_t len; /* more than 4,096 are kept up to the file's size: the checker says what is wrong */
};

struct source {
	char *name; /* the spec as given, or the name given to inline text */
	enum source_kind kind;
	struct program *programs;
	size_t n;
	struct policy *policy; /* as it is written, for kinds that are compiled from rules; else NULL */
};

struct source_opts {
	const char *base;	  /* folder that relative paths start from, NULL: the working folder */
	const struct span *place; /* where the source is named, for diagnostics; NULL: command line */
};

/*
 * Loads a source named on the command line or in a scalar of a case file. -1:
 * diagnosed, nothing returned. "-" is stdin. A file that has a colon in its
 * name is written with its kind or with ./ before it.
 */
int source_load(const char *spec, const struct source_opts *opts, struct diags *diags,
		struct source *ret_source);

/* The value in a spec: what stands behind KIND: or KIND,OPTIONS:, if one is there. */
const char *source_value(const char *spec);

/* A source of a case file, {KIND: {file: PATH, OPTION: VALUE, ...}}: map is the inner mapping. */
struct node;
int source_load_map(enum source_kind kind, const struct node *map, const struct source_opts *opts,
		    struct diags *diags, struct source *ret_source);

/* A program's own text ({asm: "..."} in a case file); kind is one that has a text form. */
int source_load_text(enum source_kind kind, const struct text *text, const char *name, struct diags *diags,
		     struct source *ret_source);

void source_done(struct source *source);

/*
 * A checked stack made of sources in order, oldest first. Programs that the
 * kernel would refuse are diagnosed at places[i] (or by path). names[i] (owned)
 * is what reports call filter i: the source's name, with [j] (from 1) when the
 * source has several programs.
 */
struct filter_stack {
	struct vd_stack *stack;
	char **names;
	size_t n;
};
int filter_stack_new(const struct source *const *sources, size_t n, const struct span *places,
		     struct diags *diags, struct filter_stack *ret_stack);
void filter_stack_done(struct filter_stack *stack);

/* The sources of a command line, in order: oldest first. */
struct source_list {
	struct source *items;
	size_t n;
	bool stdin_taken;
};
int source_list_add(struct source_list *list, const char *spec, struct diags *diags);
int source_list_stack(const struct source_list *list, struct diags *diags, struct filter_stack *ret_stack);
/* The program that is filter i of their stack; NULL past the end. */
const struct program *source_list_program(const struct source_list *list, size_t filter);
void source_list_done(struct source_list *list);

#endif
