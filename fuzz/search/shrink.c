/* SPDX-License-Identifier: MIT */
/* What was found, made small; and the nearest record for which the claim holds. */
#include "fuzz/search/hunt.h"
#include "cases/broken.h"

#include <string.h>

/* Pairs of bits of one word are tried after single bits. */
#define WORD_BITS 64u

struct shrinker {
	struct hunt *hunt;
	const struct ground *ground;
	struct goal_state *state;
};

/* Takes a smaller record where it breaks the goal as well. */
static bool try(struct shrinker *shrinker, const struct seccomp_data *data)
{
	struct goal_state how = *shrinker->state;

	if (!goal_broken(shrinker->hunt, shrinker->ground, data, &how))
		return false;
	*shrinker->state = how;
	return true;
}

static bool try_word(struct shrinker *shrinker, unsigned word, uint64_t value)
{
	struct seccomp_data data = shrinker->state->answer.record;

	record_words(&data)[word] = value;
	return try(shrinker, &data);
}

static uint64_t word_of(const struct shrinker *shrinker, unsigned word)
{
	struct seccomp_data data = shrinker->state->answer.record;

	return record_words(&data)[word];
}

/* The smallest value, as far as taking powers of two away leads to it. */
static bool shrink_value(struct shrinker *shrinker, unsigned word)
{
	bool any = false;

	if (!word_of(shrinker, word))
		return false;
	if (try_word(shrinker, word, 0))
		return true;
	for (unsigned bit = WORD_BITS; bit-- > 0;) {
		uint64_t value = word_of(shrinker, word), one = (uint64_t)1 << bit;
		if (value >= one)
			any |= try_word(shrinker, word, value - one);
	}
	return any;
}

/* The call: of an ABI that people know, with a small number. */
static bool shrink_call(struct shrinker *shrinker)
{
	static const int abis[] = { VD_ABI_X86_64, VD_ABI_I386 };
	bool any = false;

	for (size_t i = 0; i < sizeof(abis) / sizeof(*abis); i++) {
		struct seccomp_data data = shrinker->state->answer.record;
		uint32_t arch = vd_abi_info(abis[i])->audit_arch;
		if (data.arch == arch)
			break;
		data.arch = arch;
		any = try(shrinker, &data);
		if (any)
			break;
	}
	for (unsigned bit = 32; bit-- > 0;) {
		struct seccomp_data data = shrinker->state->answer.record;
		uint32_t nr = (uint32_t)data.nr, one = UINT32_C(1) << bit;
		data.nr = (int)(nr - one);
		if (nr >= one)
			any |= try(shrinker, &data);
	}
	return any;
}

/* -------------------------------------------------------------- nearest -- */

static bool holds(const struct shrinker *shrinker, const struct seccomp_data *data)
{
	struct goal_state how;

	return box_contains(shrinker->ground->box, data) &&
	       !goal_broken(shrinker->hunt, shrinker->ground, data, &how);
}

static bool try_near(struct shrinker *shrinker, const struct seccomp_data *data, unsigned bits)
{
	struct goal_state *state = shrinker->state;

	if (!holds(shrinker, data))
		return false;
	state->has_near = true;
	state->near = *data;
	state->near_bits = bits;
	state->near_verdict = vd_stack_run(shrinker->ground->judges[BY_OWN]->stack, data);
	return true;
}

/* One bit of the record, or two of one of its words. Bits that are set come first: their loss makes it
 * smaller. */
static bool flip(struct shrinker *shrinker, unsigned word, bool two, bool set)
{
	uint64_t value = word_of(shrinker, word);

	for (unsigned a = 0; a < WORD_BITS; a++) {
		uint64_t first = (uint64_t)1 << a;
		if (((value & first) != 0) != set)
			continue;
		for (unsigned b = two ? 0 : WORD_BITS - 1; b < WORD_BITS; b++) {
			uint64_t bits = two ? first | (uint64_t)1 << b : first;
			struct seccomp_data data = shrinker->state->answer.record;
			record_words(&data)[word] ^= bits;
			if ((!two || a != b) && try_near(shrinker, &data, two ? 2 : 1))
				return true;
		}
	}
	return false;
}

static void find_near(struct shrinker *shrinker)
{
	/* arguments first, then the call, then the instruction pointer */
	static const uint8_t order[] = { 2, 3, 4, 5, 6, 7, 0, 1 };

	for (int two = 0; two < 2; two++)
		for (int set = 1; set >= 0; set--)
			for (size_t i = 0; i < sizeof(order); i++)
				if (flip(shrinker, order[i], two, set))
					return;
}

void hunt_shrink(struct hunt *hunt, struct goal_state *state, const struct ground *ground)
{
	struct shrinker shrinker = { .hunt = hunt, .ground = ground, .state = state };
	bool more = true;

	for (int rounds = 0; more && rounds < 8; rounds++) {
		more = false;
		for (unsigned word = RECORD_U64 - 1; word > 0; word--)
			more |= shrink_value(&shrinker, word);
		more |= shrink_call(&shrinker);
	}
	if (ground->goal->kind != GOAL_ENGINE && ground->goal->kind != GOAL_KERNEL)
		find_near(&shrinker);
}
