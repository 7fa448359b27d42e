/* SPDX-License-Identifier: MIT */
/*
 * Which calls a search tries: pairs of arch and number. What the programs
 * compare with comes first, with its neighbours, its x32 form, the same call of
 * other ABIs, and calls that do the same.
 */
#ifndef FUZZ_SEARCH_CALLS_H
#define FUZZ_SEARCH_CALLS_H

#include "cases/claim.h"
#include "cases/samples.h"
#include "vm/random.h"

struct calls {
	uint64_t *hot; /* nr | arch << 32, all of the box */
	size_t n, cap;
	struct word_list numbers, archs; /* of the box, for all others */
};

/* more: samples of a second stack, or NULL. */
void calls_init(struct calls *calls, const struct box *box, const struct samples *own,
		const struct samples *more, struct arena *arena);
/* One of them. */
uint64_t calls_draw(const struct calls *calls, const struct box *box, struct vd_random *random);

#endif
