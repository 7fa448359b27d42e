/* SPDX-License-Identifier: MIT */
/*
 * A stack as a policy: for every ABI, what it does with each call. collect.c
 * makes exact tables of it, show.c keeps their answers, sections.c sorts them
 * by ABI and verdict, text.c and json.c write them.
 */
#ifndef LOADER_SHOW_SHOW_H
#define LOADER_SHOW_SHOW_H

#include "loader/show/answer.h"
#include "loader/table.h"

#include <stdio.h>

/* Numbers that get one answer. */
struct show_class {
	struct vd_ranges nr;
	size_t answer;
};

/* Architecture words that get the same. */
struct show_arch {
	struct vd_ranges words;
	struct show_class *classes; /* disjoint, they cover all numbers; by their first one */
	size_t n, cap;
};

struct show {
	struct arena arena;
	struct vd_stack *stack;
	unsigned ms;		/* what a question may cost; 0: the default */
	uint64_t deadline_ns;	/* nothing new is asked from then on; 0: not known yet */
	struct answer *answers; /* no two are equal */
	size_t n_answers, answers_cap;
	struct show_arch *archs; /* disjoint */
	size_t n_archs, archs_cap;
	int error; /* -EIO: the machine does not confirm a proof; there are no tables then */
};

/* The stack's byte order is changed on the way. It outlives the show. */
void show_init(struct show *show, struct vd_stack *stack, unsigned ms);
void show_done(struct show *show);

/* All arch words; or one. */
void show_collect(struct show *show);
void show_collect_word(struct show *show, uint32_t word, bool big_endian);
/* One call, which is asked anew. */
size_t show_ask(struct show *show, uint32_t word, uint32_t nr);

/* The answer that is kept for equal ones. */
size_t show_intern(struct show *show, const struct answer *answer);
void show_add_class(struct show *show, const struct vd_ranges *words, const struct vd_ranges *nr,
		    size_t answer);
/* Puts classes in order; after all have been added. */
void show_sort(struct show *show);
/* The answer of the class that a number is in. */
size_t show_class_answer(const struct show_arch *arch, uint32_t nr);
/* For a number: asks anew where its class is mixed, or not known. */
size_t show_answer(struct show *show, const struct show_arch *arch, uint32_t nr);
/* Whether all that was answered is exact. */
bool show_exact(const struct show *show);

/* What one ABI, or all other ones, get. */
struct section {
	int abi; /* whose names are used; VD_ABI_NONE: none */
	const struct show_arch *arch;
	struct vd_ranges words; /* architecture words that this is about */
	bool every;		/* no filter looks at the arch: others get the same */
	const char *rest;	/* "every other arch", where that is what it is about; NULL: not */
	struct group *groups;	/* the default first, then from the strongest verdict, conditions last */
	size_t n, cap;
};

/* Calls with one answer. */
struct group {
	size_t answer;
	bool is_default;    /* what numbers get that no call has yet */
	uint32_t first;	    /* its first number */
	const char **names; /* in alphabetical order */
	uint32_t *nrs;	    /* of these; raw */
	size_t n_names, names_cap, nrs_cap;
	struct vd_range *unnamed; /* raw numbers; ascending */
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

/* One more, first. */
void sections_begin_with(struct show *show, int abi, struct sections *sections);
/* The i-th range of a group, x86_64's numbers going on behind x32's; how many were put together. */
size_t group_range(const struct section *section, const struct group *group, size_t i,
		   struct vd_range *ret_range);

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
