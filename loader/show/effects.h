/* SPDX-License-Identifier: MIT */
/* Values by what the kernel does with them. */
#ifndef LOADER_SHOW_EFFECTS_H
#define LOADER_SHOW_EFFECTS_H

#include "loader/arena.h"
#include "vm/verdict.h"

static inline bool same_effect(uint32_t a, uint32_t b)
{
	return vd_effective(a) == vd_effective(b);
}

/* 32-bit values whose effect is among some, or is not; or is as strong as the first of them. */
struct effects {
	uint32_t *items;
	size_t n;
	bool others, stronger;
};

/* Such values, in the arena; whoever decides. */
struct vd_expect expect_effects(struct arena *arena, const struct effects *effects);

#endif
