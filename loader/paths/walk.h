/* SPDX-License-Identifier: MIT */
/*
 * All architectures and all system call numbers, in classes that a stack
 * cannot tell apart: one path search for each.
 */
#ifndef LOADER_PATHS_WALK_H
#define LOADER_PATHS_WALK_H

#include "loader/paths/paths.h"

/*
 * Path searches for one architecture word, their instructions, and classes of
 * architecture words; then the rest is left.
 */
#define WALK_NUMBERS_MAX 20000u
#define WALK_STEPS_MAX 200000000ul
#define WALK_ARCHS_MAX 1000u

/*
 * x86-64's x32 numbers lie between these: no class of numbers reaches over
 * them. Nor does a class of archs: the bit is their byte order.
 */
#define X32_FIRST 0x40000000u
#define X32_END 0x80000000u

struct walk {
	void *data;
	/* For arch, what the numbers of nr do; classes in ascending order. The stack has arch's byte order.
	 */
	void (*number)(void *data, const struct paths *paths, uint32_t arch, struct interval nr);
	/*
	 * All of arch's numbers were told, and they are the same for all words of
	 * the interval. left: the first number not looked at (0: none is left).
	 */
	void (*arch)(void *data, uint32_t arch, struct interval archs, uint32_t left);
};

/*
 * Words outside of the range are left out. Returns the first architecture word
 * not looked at, 0 where all were.
 */
uint32_t walk_stack(const struct walk *walk, struct terms *terms, struct vd_stack *stack,
		    struct interval archs);

/* For numbers that a walk left: one of them. */
void walk_number(const struct walk *walk, struct terms *terms, struct vd_stack *stack, uint32_t arch,
		 uint32_t nr);

#endif
