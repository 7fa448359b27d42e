/* SPDX-License-Identifier: MIT */
/*
 * Many records, fast: a block of them is changed in place, one change each, and
 * judged by the engine at once.
 */
#include "fuzz/search/hunt.h"
#include "cases/broken.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 512u
#define TEMPLATES 64u
/* Records of each block whose path is watched. */
#define WATCHED 2u

struct runner {
	struct slice *slice;
	const struct ground *ground;
	const struct claim *claim;
	struct vd_random random;
	uint64_t state; /* of the generator for the many */
	struct seccomp_data block[BLOCK], templates[TEMPLATES];
	uint32_t values[BLOCK], others[BLOCK], meant[BLOCK];
	bool lost[BLOCK]; /* `where` does not keep it: it begins anew */
	struct list *lists;
	uint8_t *edges;
	struct {
		uint32_t value;
		uint8_t known; /* 1: right, 2: wrong */
	} cache[256];
};

static inline uint64_t next(struct runner *runner)
{
	uint64_t x = runner->state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return runner->state = x;
}

/* ------------------------------------------------------------- records -- */

/* Records to start from: half of them where some way beside their path was never taken. */
static void choose_templates(struct runner *runner)
{
	const struct ground *ground = runner->ground;

	for (size_t i = 0; i < TEMPLATES; i++) {
		const struct entry *entry = NULL;
		for (int tries = 0; tries < 32; tries++) {
			entry = &ground->entries[vd_random_below(&runner->random, (uint32_t)ground->n)];
			if ((entry->meant || !ground->n_meant) && (entry->untaken || i % 2))
				break;
		}
		runner->templates[i] = entry->data;
	}
	for (size_t i = 0; i < BLOCK; i++)
		runner->block[i] = runner->templates[i % TEMPLATES];
}

static void change_block(struct runner *runner)
{
	const struct change *changes = runner->ground->table.changes;
	const struct list *lists = runner->lists;

	for (size_t i = 0; i < BLOCK; i++) {
		uint64_t any = next(runner);
		record_word *words = record_words(&runner->block[i]);
		if (!(any >> 60) || runner->lost[i])
			memcpy(words, &runner->templates[any >> 32 & (TEMPLATES - 1)],
			       sizeof(struct seccomp_data));
		const struct change *change = &changes[any & (TABLE_CHANGES - 1)];
		uint64_t value = lists[change->list].values[any >> 8 & (TABLE_VALUES - 1)];
		words[change->word] = (words[change->word] & change->keep) ^ value;
	}
}

/* ------------------------------------------------------------- judging -- */

static bool look_up(struct runner *runner, uint32_t value)
{
	size_t slot = value * UINT32_C(2654435761) >> 24;
	struct vd_verdict verdict = { .ret = value };

	if (!runner->cache[slot].known || runner->cache[slot].value != value) {
		runner->cache[slot].value = value;
		runner->cache[slot].known = expect_matches(runner->ground->box->expect, &verdict) ? 1 : 2;
	}
	return runner->cache[slot].known == 1;
}

/* Whether record i of the block may break the goal, by what the engine says. */
static inline bool suspicious(struct runner *runner, size_t i, bool slow)
{
	const struct ground *ground = runner->ground;

	if (slow)
		return true;
	if (ground->judges[BY_OTHER])
		return runner->values[i] != runner->others[i] &&
		       vd_effective(runner->values[i]) != vd_effective(runner->others[i]);
	return !look_up(runner, runner->values[i]);
}

/* What the engine's value alone does not decide. */
static bool needs_machine(const struct ground *ground)
{
	const struct expect *expect = ground->box->expect;

	return ground->goal->kind == GOAL_ENGINE || ground->goal->claim.max_insns ||
	       (expect && expect->has_by) || (!expect && !ground->judges[BY_OTHER]);
}

static bool confirm(struct runner *runner, size_t i)
{
	struct goal_state state;
	const struct seccomp_data *data = &runner->block[i];

	if (runner->ground->goal->kind == GOAL_ENGINE)
		return vd_stack_run(runner->ground->judges[BY_OWN]->stack, data).ret != runner->values[i];
	return goal_broken(runner->slice->hunt, runner->ground, data, &state);
}

/* The first of n records of the block that breaks the goal; n: none does. */
static size_t judge_block(struct runner *runner, size_t n, bool slow)
{
	const struct ground *ground = runner->ground;
	const struct judge *where = ground->judges[BY_WHERE], *other = ground->judges[BY_OTHER];

	if (where)
		vd_engine_run_batch(where->engine, runner->block, n, runner->meant);
	vd_engine_run_batch(ground->judges[BY_OWN]->engine, runner->block, n, runner->values);
	if (other)
		vd_engine_run_batch(other->engine, runner->block, n, runner->others);
	for (size_t i = 0; i < n; i++) {
		if (where) {
			runner->lost[i] = runner->meant[i] != 1;
			if (runner->lost[i])
				continue;
		}
		if (suspicious(runner, i, slow) && confirm(runner, i))
			return i;
	}
	return n;
}

/* Some records are watched: those that may take new ways are handed back. */
static void watch_block(struct runner *runner)
{
	struct slice *slice = runner->slice;
	bool meant;

	for (unsigned i = 0; i < WATCHED; i++) {
		const struct seccomp_data *data = &runner->block[next(runner) >> 32 & (BLOCK - 1)];
		if (ground_run(runner->ground, data, runner->edges, &meant) &&
		    slice->n_fresh < sizeof(slice->fresh) / sizeof(*slice->fresh))
			slice->fresh[slice->n_fresh++] = *data;
	}
}

static void run_blocks(struct runner *runner)
{
	struct slice *slice = runner->slice;
	bool slow = needs_machine(runner->ground);

	for (size_t done = 0; done < slice->records && !slice->found; done += BLOCK) {
		if (done % (SLICE_RECORDS / 8) == 0)
			table_draw(&runner->ground->table, runner->lists, &runner->random);
		change_block(runner);
		size_t n = slice->records - done < BLOCK ? slice->records - done : BLOCK;
		size_t at = judge_block(runner, n, slow);
		slice->done += at < n ? at + 1 : n;
		slice->found = at < n;
		if (slice->found)
			slice->record = runner->block[at];
		else
			watch_block(runner);
	}
}

/* The kernel judges a whole slice at once: asking it has its price. */
static void run_kernel(struct runner *runner)
{
	struct slice *slice = runner->slice;
	struct seccomp_data *all = malloc(slice->records * sizeof(*all));
	size_t asked = 0, n = 0;
	uint32_t value;
	bool seen;

	if (!all)
		out_of_memory();
	for (; n < slice->records; n += BLOCK) {
		if (n % (SLICE_RECORDS / 8) == 0)
			table_draw(&runner->ground->table, runner->lists, &runner->random);
		change_block(runner);
		watch_block(runner);
		memcpy(all + n, runner->block,
		       (slice->records - n < BLOCK ? slice->records - n : BLOCK) * sizeof(*all));
	}
	long at = kernel_judge_ask(slice->hunt->kernel, all, slice->records, &value, &seen, &asked);
	slice->done = asked;
	slice->found = at >= 0 && (size_t)at < slice->records;
	if (slice->found)
		slice->record = all[at];
	free(all);
}

void slice_run(struct slice *slice)
{
	const struct ground *ground = slice->ground;
	size_t size = ground->table.n_lists * sizeof(struct list);
	struct runner *runner = calloc(1, sizeof(*runner));

	if (!runner)
		out_of_memory();
	*runner = (struct runner){ .slice = slice,
				   .ground = ground,
				   .claim = &ground->goal->claim,
				   .random = { .state = slice->seed } };
	runner->state = vd_random_next(&runner->random) | 1;
	runner->lists = malloc(size);
	runner->edges = malloc(ground->n_edges + 1);
	if (!runner->lists || !runner->edges)
		out_of_memory();
	memcpy(runner->lists, ground->table.lists, size);
	memcpy(runner->edges, ground->edges, ground->n_edges);
	choose_templates(runner);
	if (ground->goal->kind == GOAL_KERNEL)
		run_kernel(runner);
	else
		run_blocks(runner);
	free(runner->lists);
	free(runner->edges);
	free(runner);
}
