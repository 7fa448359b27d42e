/* SPDX-License-Identifier: MIT */
#include "loader/paths/walk.h"

#include "loader/call.h"

static void set_byte_order(struct vd_stack *stack, uint32_t arch)
{
	struct seccomp_data data = { .arch = arch };

	vd_stack_set_big_endian(stack, call_big_endian(&data));
}

/* Classes do not reach over a multiple of 2^30. */
static uint32_t cut(uint32_t first, uint32_t last)
{
	uint32_t end = first | (X32_FIRST - 1);

	return last < end ? last : end;
}

static void walk_arch(const struct walk *walk, struct terms *terms, struct vd_stack *stack, uint32_t arch,
		      struct interval *archs)
{
	struct arena arena;
	uint32_t nr = 0, left = 0;
	unsigned long steps = 0;

	arena_init(&arena);
	arena_alloc(&arena, 1); /* the first block stays */
	set_byte_order(stack, arch);
	for (unsigned i = 0;; i++) {
		struct arena_mark mark = arena_mark(&arena);
		struct paths paths;

		if (i == WALK_NUMBERS_MAX || steps > WALK_STEPS_MAX) {
			left = nr;
			break;
		}
		paths_find(&paths, &arena, terms, stack, arch, nr);
		steps += paths.steps;
		uint32_t last = cut(nr, paths.nr.last);
		if (archs->first < paths.arch.first)
			archs->first = paths.arch.first;
		if (archs->last > paths.arch.last)
			archs->last = paths.arch.last;
		walk->number(walk->data, &paths, arch, (struct interval){ nr, last });
		arena_release(&arena, mark);
		if (last == UINT32_MAX)
			break;
		nr = last + 1;
	}
	arena_done(&arena);
	walk->arch(walk->data, arch, *archs, left);
}

uint32_t walk_stack(const struct walk *walk, struct terms *terms, struct vd_stack *stack,
		    struct interval range)
{
	uint32_t arch = range.first;

	for (unsigned i = 0; i < WALK_ARCHS_MAX; i++) {
		struct interval same = { arch, cut(arch, range.last) };

		walk_arch(walk, terms, stack, arch, &same);
		if (same.last == range.last)
			return 0;
		arch = same.last + 1;
	}
	return arch;
}

void walk_number(const struct walk *walk, struct terms *terms, struct vd_stack *stack, uint32_t arch,
		 uint32_t nr)
{
	struct paths paths;
	struct arena arena;

	arena_init(&arena);
	set_byte_order(stack, arch);
	paths_find(&paths, &arena, terms, stack, arch, nr);
	walk->number(walk->data, &paths, arch, (struct interval){ nr, nr });
	arena_done(&arena);
}
