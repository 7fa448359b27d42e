/* SPDX-License-Identifier: MIT */
/* Which filter of a stack decides anything on which ABI. */
#ifndef LOADER_SHOW_MATRIX_H
#define LOADER_SHOW_MATRIX_H

#include "loader/table.h"

enum matrix_mark {
	MATRIX_PASSES,	  /* lets every call through */
	MATRIX_OVERRULED, /* restricts, but other filters' values always stand */
	MATRIX_DECIDES,	  /* its value stands for some calls */
	MATRIX_ALL,	  /* for all of them, */
	MATRIX_KILLS,	  /* and it is a kill */
	MATRIX_UNKNOWN,	  /* the budget is spent */
	MATRIX_MARKS
};

struct matrix_column {
	char *title;
	uint32_t arch, nr;	 /* a number of the column on one of its archs: its side of x32's bit, say */
	enum matrix_mark *marks; /* of each filter */
};

struct matrix {
	struct arena arena;
	struct matrix_column *columns;
	size_t n, cap;
	size_t filters;
};

/* ms: what a question may cost, 0: the default. 0 or -ENOMEM. The stack's byte order is changed on the way.
 */
int matrix_make(struct matrix *matrix, struct vd_stack *stack, unsigned ms);
/* Whether no mark is unknown: then each is proved. */
bool matrix_proved(const struct matrix *matrix);
void matrix_done(struct matrix *matrix);

/* "passes", "overruled", "decides", "all", "kills", "unknown" */
const char *matrix_mark_name(enum matrix_mark mark);

#endif
