/* SPDX-License-Identifier: MIT */
/*
 * A stack as a policy: for every ABI, what it does with each call. show.c
 * collects answers, sections.c sorts them by ABI and verdict, text.c and
 * json.c write them.
 */
#ifndef LOADER_SHOW_SHOW_H
#define LOADER_SHOW_SHOW_H

#include "loader/paths/answer.h"
#include "loader/paths/walk.h"

#include <stdio.h>

struct show_class {
	struct interval nr;
	size_t answer;
};

/* Architecture words that get the same. */
struct show_arch {
	uint32_t arch; /* the one asked about */
	struct interval words;
	struct show_class *classes; /* ascending, without gaps up to `left` */
	size_t n, cap;
	uint32_t left; /* numbers from here on were not looked at, 0: all were */
};

/* Paths that have been made an answer of. */
struct show_known {
	uint64_t hash;
	bool big_endian;
	struct path *paths;
	size_t n;
	size_t answer;
};

struct show {
	struct arena arena;
	struct terms terms;
	struct vd_stack *stack;
	struct answer *answers; /* no two are equal */
	size_t n_answers, answers_cap;
	struct show_known *known;
	size_t n_known, known_cap;
	struct show_arch *archs; /* ascending */
	size_t n_archs, archs_cap;
	struct show_arch now; /* being walked */
	uint32_t arch_left;   /* architectures from here on were not looked at, 0: all were */
};

/* The stack's byte order is changed on the way. It outlives the show. */
void show_init(struct show *show, struct vd_stack *stack);
void show_done(struct show *show);
void show_walk(struct show *show, struct interval archs);

/* The answer for a number; asks anew for one that was left. */
size_t show_answer(struct show *show, struct show_arch *arch, uint32_t nr);

/* What one ABI, or all other ones, get. */
struct section {
	int abi; /* whose names are used; VD_ABI_NONE: none */
	struct show_arch *arch;
	const struct interval *words; /* architecture words that this is about */
	size_t n_words;
	bool every;	      /* no filter looks at the arch: others get the same */
	const char *rest;     /* "every other arch", where that is what it is about; NULL: not */
	struct group *groups; /* the default first, then from the strongest verdict, conditions last */
	size_t n, cap;
};

/* Calls with one answer. */
struct group {
	size_t answer;
	bool is_default;    /* what numbers get that no call has yet */
	uint32_t first;	    /* its first number */
	const char **names; /* in alphabetical order */
	size_t n_names, names_cap;
	struct interval *unnamed; /* raw numbers; ascending */
	size_t n_unnamed, unnamed_cap;
};

/* Sections of what was walked, ABIs in the order of enum vd_abi. They live in the show's arena. */
struct sections {
	struct section *items;
	size_t n, cap;
};
void sections_make(struct show *show, struct sections *ret_sections);
/* One ABI alone, whose architecture was walked. */
void section_of_abi(struct show *show, int abi, struct sections *sections);

/* Whether the number is one of the ABI's (x86_64 and x32 share a word). */
bool abi_has_number(int abi, uint32_t nr);

/* One call alone: of each section the number that it has there. */
struct show_call {
	const char *name; /* as it was asked for */
	uint32_t *nrs;
	bool *there; /* whether the section has it */
};

/* call: NULL for all of them. */
void show_text(struct show *show, const struct sections *sections, const struct show_call *call, FILE *out);
/* filters: names of the stack's filters. */
void show_json(struct show *show, const struct sections *sections, const struct show_call *call,
	       char *const *filters, FILE *out);

#endif
