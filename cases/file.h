/* SPDX-License-Identifier: MIT */
/* Case files as they are read: files, their includes, and the cases in them. */
#ifndef CASES_FILE_H
#define CASES_FILE_H

#include "cases/claim.h"
#include "cases/keys.h"
#include "cases/where.h"

struct scenario;

/* What seccomp(2) says to one more filter. */
struct install {
	const struct filter *filter;
	const struct case_stack *stack; /* what is installed before it, NULL: nothing */
	int expect;			/* 0: accepted, EINVAL, ENOMEM */
};

struct test_case {
	struct case_file *file;
	unsigned line;
	const char *name;
	const char *skip, *todo; /* the reason, or NULL */
	const char **tags;
	size_t n_tags;
	const struct node *keys[CASE_KEYS]; /* as written, defaults included; NULL: absent */
	struct scenario *scenario; /* a run in the kernel; NULL: none */
	unsigned covers; /* percent of edges that the file's cases cover; 0: it is not about that */
	bool installs;
	struct install install; /* when it installs */
	struct claim claim; /* else; of one that covers the stack alone, NULL: all filters that cases run */
};

struct case_file {
	char *path;	 /* as shown */
	char *real;	 /* which file it is, NULL for stdin */
	struct doc *doc; /* NULL: could not be read */
	struct diags diags;
	struct arena arena;
	const struct node *keys[FILE_KEYS];
	const struct node *defaults[CASE_KEYS];
	struct case_file **includes;
	const struct node **include_nodes;
	size_t n_includes, cap_includes, cap_include_nodes;
	enum { FILE_NEW, FILE_OPENING, FILE_OPEN } state;
	struct filter_scope own;     /* its filters */
	struct filter_scope visible; /* with those of its includes */
	struct filter_scope **case_scopes;
	size_t n_case_scopes, cap_case_scopes;
	struct stack_table stacks;
	struct where_list wheres;
	struct test_case *cases;
	size_t n;
	bool invalid; /* diagnosed: its cases are not run */
};

/* Files in the order in which they are reported: what a file includes comes before it, each once. */
struct case_files {
	struct case_file **files;
	size_t n, cap;
};

/*
 * Opens the files at these paths ("-": stdin) and what they include, and reads
 * their cases, on up to jobs threads. Problems are in each file's diags.
 */
void case_files_read(struct case_files *files, const char *const *paths, size_t n, unsigned jobs);
void case_files_done(struct case_files *files);

/* Reads one file's cases (file.c calls it; read.c). */
void cases_read(struct case_file *file);

/* How many problems were found, each place counted once. */
size_t case_file_errors(const struct case_file *file);

#endif
