/* SPDX-License-Identifier: MIT */
/*
 * From a record to those that take the ways beside its path: where a jump
 * compares a word of the record, or some of its bits, the word is given the
 * value that turns the jump.
 */
#include "fuzz/search/ground.h"
#include "vm/isa.h"

#include <string.h>

/* Records that one exploration may run. */
#define RUNS_MAX 200000

struct explorer {
	struct ground *ground;
	ground_fn fn;
	void *userdata;
	size_t runs;
	bool stopped;
	/* while a path is walked: */
	struct seccomp_data data;
	int judge;
	unsigned untaken;
	struct turn {
		uint8_t word;	      /* in the byte order of the stack */
		uint32_t bits, value; /* which of its bits become what */
	} * turns;
	size_t n_turns, cap_turns;
};

static void meet(struct explorer *explorer, const struct seccomp_data *data)
{
	struct ground *ground = explorer->ground;
	bool meant;

	if (explorer->stopped || explorer->runs++ >= RUNS_MAX)
		return;
	ground_keep(ground, data, &meant);
	ground->records += meant;
	if (meant && explorer->fn && !explorer->fn(explorer->userdata, data))
		explorer->stopped = true;
}

/* --------------------------------------------------------------- turns -- */

static void turn(struct explorer *explorer, int word, uint32_t bits, uint32_t value)
{
	explorer->turns = arena_grow(&explorer->ground->arena, explorer->turns, explorer->n_turns,
				     &explorer->cap_turns, sizeof(*explorer->turns));
	explorer->turns[explorer->n_turns++] = (struct turn){ .word = (uint8_t)word,
							      .bits = bits,
							      .value = value };
}

/* A's bits that a jump looks at are those of `mask` in a word; make the condition true, or false. */
static void turn_jump(struct explorer *explorer, int word, uint32_t mask, int op, uint32_t k, bool to)
{
	uint32_t low = mask & -mask;

	switch (op) {
	case BPF_JEQ:
		turn(explorer, word, mask, to ? k & mask : (k ^ low) & mask);
		if (!to)
			turn(explorer, word, mask, (k + low) & mask);
		break;
	case BPF_JSET:
		/* one bit at a time: which of them is the next to be looked at nobody knows */
		for (uint32_t rest = k & mask; to && rest; rest &= rest - 1)
			turn(explorer, word, mask, rest & -rest);
		turn(explorer, word, k & mask, to ? k & mask : 0);
		break;
	case BPF_JGT:
		turn(explorer, word, mask, (to ? k + 1 : k) & mask);
		break;
	default: /* BPF_JGE */
		turn(explorer, word, mask, (to ? k : k - 1) & mask);
	}
}

static void step(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	struct explorer *explorer = userdata;
	const struct judge *judge = explorer->ground->judges[explorer->judge];
	const struct vd_prog *prog = vd_stack_prog(judge->stack, (size_t)filter);
	const struct sock_filter *insn = &vd_prog_insns(prog)[pc];
	const struct vd_fact *facts = judge->facts[filter];
	const uint8_t *edges = explorer->ground->edges + explorer->ground->edges_at[explorer->judge];

	if (BPF_CLASS(insn->code) != BPF_JMP || BPF_OP(insn->code) == BPF_JA)
		return;
	for (int i = 0; i < filter; i++)
		edges += 2 * vd_prog_len(vd_stack_prog(judge->stack, (size_t)i));
	bool taken[2] = { edges[2 * pc], edges[2 * pc + 1] };
	if (taken[0] && taken[1])
		return;
	explorer->untaken++;
	uint32_t k = BPF_SRC(insn->code) == BPF_X ? x : insn->k;
	if (facts[pc].word >= 0)
		turn_jump(explorer, facts[pc].word, UINT32_MAX, BPF_OP(insn->code), k, !taken[1]);
	else if (pc && insn[-1].code == (BPF_ALU | BPF_AND | BPF_K) && facts[pc - 1].word >= 0 && insn[-1].k)
		turn_jump(explorer, facts[pc - 1].word, insn[-1].k, BPF_OP(insn->code), k, !taken[1]);
	(void)a;
}

/* ---------------------------------------------------------------- walk -- */

static record_word *value_at(struct seccomp_data *data, unsigned value)
{
	return record_words(data) + 1 + value;
}

/* The record with a word changed; false: it would be none of the box. */
static bool apply(const struct box *box, const struct turn *turn, struct seccomp_data *data)
{
	unsigned value = (turn->word - 2u) / 2;

	/* where the set does not have it, the next that it has may do */
	if (turn->word == WORD_NR) {
		uint64_t nr = ((uint32_t)data->nr & ~turn->bits) | turn->value;
		bool any = set_next(box->nr, nr, &nr);
		data->nr = (int)nr;
		return any;
	}
	if (turn->word == WORD_ARCH) {
		uint64_t arch = (data->arch & ~turn->bits) | turn->value;
		bool any = set_next(box->arch, arch, &arch);
		data->arch = (uint32_t)arch;
		return any;
	}
	unsigned shift = (turn->word & 1) != box->big_endian ? 32 : 0;
	record_word *at = value_at(data, value);
	*at = (*at & ~((uint64_t)turn->bits << shift)) | (uint64_t)turn->value << shift;
	return set_contains(box->values[value], *at);
}

/* From one kept record to its neighbours. */
static void walk(struct explorer *explorer, size_t i)
{
	struct ground *ground = explorer->ground;
	bool meant = ground->entries[i].meant;

	explorer->data = ground->entries[i].data;
	explorer->n_turns = 0;
	explorer->untaken = 0;
	for (explorer->judge = 0; explorer->judge < GROUND_JUDGES; explorer->judge++) {
		const struct judge *judge = ground->judges[explorer->judge];
		if (judge && (meant || explorer->judge == BY_WHERE))
			vd_stack_trace(judge->stack, &explorer->data, step, explorer);
	}
	ground->entries[i].untaken = explorer->untaken;
	for (size_t j = 0; j < explorer->n_turns && !explorer->stopped; j++) {
		struct seccomp_data data = explorer->data;
		if (apply(ground->box, &explorer->turns[j], &data))
			meet(explorer, &data);
	}
}

/* A seed as a record of the box: what the box does not leave open is its own. */
static void fit(const struct ground *ground, struct seccomp_data *data)
{
	const struct box *box = ground->box;

	if (!set_contains(box->nr, (uint32_t)data->nr) || !set_contains(box->arch, data->arch))
		memcpy(data, ground->table.start, sizeof(uint64_t));
	for (unsigned value = 0; value < RECORD_VALUES; value++)
		if (!set_contains(box->values[value], *value_at(data, value)))
			*value_at(data, value) = ground->table.start[1 + value];
}

void ground_explore(struct ground *ground, const struct seccomp_data *seeds, size_t n, ground_fn fn,
		    void *userdata)
{
	struct explorer explorer = { .ground = ground, .fn = fn, .userdata = userdata };
	const struct calls *calls = &ground->table.calls;
	struct seccomp_data data;

	memcpy(&data, ground->table.start, sizeof(data));
	meet(&explorer, &data);
	if (ground->box->witness && !ground->alone)
		meet(&explorer, ground->box->witness);
	for (size_t i = 0; i < n && !explorer.stopped; i++) {
		data = seeds[i];
		fit(ground, &data);
		meet(&explorer, &data);
	}
	for (size_t i = 0; i < calls->n && !explorer.stopped; i++) {
		memcpy(&data, ground->table.start, sizeof(data));
		memcpy(&data, &calls->hot[i], sizeof(uint64_t));
		meet(&explorer, &data);
	}
	for (size_t i = 0; i < ground->n && !explorer.stopped; i++)
		walk(&explorer, i);
	ground->explored = true;
}
