/* SPDX-License-Identifier: MIT */
/*
 * The paths that a stack can take for one architecture and one system call
 * number, the arguments and the instruction pointer being open.
 */
#ifndef LOADER_PATHS_PATHS_H
#define LOADER_PATHS_PATHS_H

#include "loader/paths/atom.h"
#include "vm/verdict.h"

/* More paths than this are not looked at. */
#define PATHS_MAX 512u
/* Nor more instructions. */
#define PATHS_STEPS_MAX 2000000ul

struct path {
	struct cube when; /* all that its branches have learnt */
	uint32_t ret;
	int filter; /* as in struct vd_verdict */
};

enum paths_end {
	PATHS_ALL, /* every record takes one of the paths */
	PATHS_TOO_MANY,
	PATHS_COMPUTED,	 /* a filter returns what it computes from the arguments */
	PATHS_TOO_LARGE, /* an expression that nobody could read */
};

struct paths {
	struct path *items;
	size_t n, cap;
	enum paths_end end;
	/* The same holds for each of these words in place of the one asked about. */
	struct interval arch, nr;
	unsigned long steps; /* instructions looked at */
};

/* The paths live in arena; terms are added to terms, which outlives it. */
void paths_find(struct paths *paths, struct arena *arena, struct terms *terms, const struct vd_stack *stack,
		uint32_t arch, uint32_t nr);

/*
 * A record that takes the path: it was run, and the verdict is the path's.
 * false: none was found, the path may be impossible. The stack's byte order is
 * used.
 */
bool path_record(const struct path *path, const struct terms *terms, const struct vd_stack *stack,
		 uint32_t arch, uint32_t nr, struct seccomp_data *ret_data);

#endif
