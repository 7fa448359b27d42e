/* SPDX-License-Identifier: MIT */
/*
 * A case file made of a stack: few records that take every edge which records
 * take, each with what the stack decides. records.c (the library's records, in
 * the byte order of their ABIs, sorted into cases), names.c (what filters are
 * called, and where they are from the file's point of view), calls.c (a record's
 * parts as text), write.c (YAML), cmd_gen.c (the subcommand).
 */
#ifndef CASES_GEN_GEN_H
#define CASES_GEN_GEN_H

#include "loader/arena.h"
#include "loader/source/source.h"

#include <stdio.h>

#define GEN_FIELDS 9 /* nr, arch, the instruction pointer, six arguments */
enum { GEN_NR, GEN_ARCH, GEN_IP, GEN_ARGS };

struct gen_record {
	struct seccomp_data data;
	bool read[GEN_FIELDS]; /* some filter loads it; others may be anything */
	int abi;	       /* VD_ABI_NONE: its arch has no name */
	struct vd_verdict verdict;
	size_t index;	  /* among the cover's */
	const char *when; /* the condition on what is not arch and nr; NULL: none, or it is long */
};

/* Records in a row that are one case: calls of one ABI that get the same, whatever their arguments are. */
struct gen_case {
	size_t first, n;
};

struct gen {
	struct arena arena;
	struct source_list sources;
	struct filter_stack stack;
	const char **names; /* of the sources; one that is there twice has one name */
	const char **specs; /* as the file names them; NULL: the program stands inside */
	struct vd_cover *cover;
	struct gen_record *records;
	size_t n;
	struct gen_case *cases;
	size_t n_cases;
	size_t edges, never, unknown; /* of all filters together */
};

/* Names and specs for a file at a path (NULL: stdout); embed: all programs stand inside. */
void gen_name_sources(struct gen *gen, const char *output, bool embed);

/* Finds the records and sorts them into cases. 0 or -ENOMEM. */
int gen_find(struct gen *gen, unsigned ms);

/* The name that `by:` has for a filter of the stack. */
const char *gen_filter_name(struct gen *gen, size_t filter);

/* A call's name, or its number as case files of its ABI have it. */
const char *gen_call_of(const struct gen_record *record, char *buf, size_t size);
/* "x86_64", "0x12345678", or "any" where nothing is read. */
const char *gen_arch_of(const struct gen_record *record, char *buf, size_t size);
uint64_t gen_field_value(const struct gen_record *record, unsigned field);
/* Some field holds more than the ABI's registers: only a condition over all archs can say so. */
bool gen_is_too_wide(const struct gen_record *record);
/* "flags"; NULL: the tables do not know. */
const char *gen_arg_name(const struct gen_record *record, unsigned arg);
/* The record's condition with the arguments' names. */
void gen_name_condition(const struct gen_record *record, char *buf, size_t size);
/* "flags 0x10000000, arg5 7" */
void gen_list_values(const struct gen_record *record, char *buf, size_t size);

/* name: of the file, NULL: none. 0 or -1 (diagnosed). */
int gen_write(struct gen *gen, const char *name, FILE *out, struct diags *diags);

/* "1885 edges: 937 records in 19 cases, at least 937 are needed (proved)", and more after `between`. */
void gen_summary(const struct gen *gen, const char *between, char *buf, size_t size);

#endif
