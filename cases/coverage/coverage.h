/* SPDX-License-Identifier: MIT */
/*
 * Which instructions and edges of the filters the cases' records come by. A
 * case covers what some record of its set reaches, which hits.c decides;
 * table.c counts that for each filter, and asks which edges no record at all
 * takes; text.c, json.c and dot.c write it.
 */
#ifndef CASES_COVERAGE_COVERAGE_H
#define CASES_COVERAGE_COVERAGE_H

#include "cases/file.h"
#include "vm/prove/reach.h"

#include <stdio.h>

/* What the records of one case come by, in the filters of one stack after the other. */
struct cover_hits {
	struct cover_stack {
		const struct case_stack *stack;
		bool *marks; /* of each filter VD_POINTS * its length */
	} stacks[2];
	size_t n;
	bool sampled; /* some set was too hard: more may be reached than is marked */
};

void cover_claim(const struct claim *claim, struct cover_hits *ret_hits);
void cover_hits_done(struct cover_hits *hits);

struct cover_counts {
	size_t insns, insns_covered; /* but for those that no record reaches */
	size_t insns_dead;
	size_t edges, covered;	    /* but for those that no record takes */
	size_t infeasible, unknown; /* unknown: of edges, whether some record takes them */
};

/* One program, wherever it is used. */
struct cover_filter {
	const char *name; /* as the first case file calls it */
	char *path;	  /* what it was read from; the same as name for programs inside case files */
	const struct vd_prog *prog;
	bool big_endian; /* how it is shown: cases run it in that byte order alone */
	bool little_endian;
	size_t len;
	struct vd_reach *reach; /* over all records */
	uint32_t *cases;	/* [VD_POINTS * len]: how many come by */
	size_t n_cases;		/* that run it */
	uint64_t hash;
};

/* A filter as the cases of one file cover it. */
struct cover_use {
	size_t filter;
	const char *name; /* as this file calls it */
	uint32_t *cases;
	size_t n_cases;
};

struct cover_file {
	const struct case_file *file;
	struct cover_use *uses;
	size_t n, cap;
};

struct coverage {
	struct cover_filter *filters;
	size_t n, cap;
	struct cover_file *files;
	size_t n_files, cap_files;
	size_t n_cases; /* that claim something about records */
	size_t sampled; /* of these: cases that may cover more than is said */
};

/*
 * Only cases that claim something about records and are not skipped cover
 * anything. The filters of stack (may be NULL) are there even if no case runs them.
 */
void coverage_init(struct coverage *coverage, const struct test_case *const *cases, size_t n,
		   const struct case_stack *stack, unsigned jobs);
void coverage_done(struct coverage *coverage);

/* The filter of a case's stack, by its index there. It is known. */
size_t coverage_find(const struct coverage *coverage, const struct case_stack *stack, size_t filter);

enum cover_status { COVER_COVERED, COVER_UNCOVERED, COVER_INFEASIBLE, COVER_UNKNOWN, COVER_NONE };

/* A point of a filter; cases: its own, or those of a file. COVER_NONE: there is no such edge. */
enum cover_status cover_status(const struct cover_filter *filter, const uint32_t *cases, size_t pc,
			       enum vd_edge edge);
struct cover_counts cover_count(const struct cover_filter *filter, const uint32_t *cases);
void cover_add(struct cover_counts *to, const struct cover_counts *from);

/* A record that comes by an uncovered point, in the byte order of its ABI. False: none is known. */
bool cover_record(const struct cover_filter *filter, size_t pc, enum vd_edge edge,
		  struct seccomp_data *ret_record);

/* An instruction as `disasm` shows it. facts: of the program. */
void cover_insn_text(const struct cover_filter *filter, const struct vd_fact *facts, size_t pc, char *buf,
		     size_t size);
size_t cover_target(const struct cover_filter *filter, size_t pc, enum vd_edge edge);

enum cover_form { COVER_SUMMARY, COVER_ANNOTATE, COVER_JSON, COVER_DOT, COVER_FORMS };
extern const char *const cover_forms[COVER_FORMS];

void coverage_json(const struct coverage *coverage, FILE *out);
void coverage_dot(const struct coverage *coverage, FILE *out);
void coverage_write(const struct coverage *coverage, enum cover_form form, FILE *out, bool colour);

/* An edge that a `limits: {coverage: N}` misses. */
struct cover_missing {
	char *text; /* "base 12, jne #3, L14: to L13" */
	bool known; /* that some record takes it */
	struct seccomp_data record;
};

/* What became of such a limit. */
struct cover_outcome {
	struct cover_counts counts;
	bool sampled;
	struct cover_missing *missing;
	size_t n;
};

/* Judges a case that limits coverage, by all cases of its file. */
struct cover_outcome *cover_limit(const struct test_case *test, unsigned jobs);
bool cover_within(const struct cover_outcome *outcome, unsigned percent);
void cover_outcome_free(struct cover_outcome *outcome); /* NULL is fine */

#endif
