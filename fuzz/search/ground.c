/* SPDX-License-Identifier: MIT */
#include "fuzz/search/ground.h"
#include "vm/edges.h"
#include "vm/isa.h"

#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------- judges -- */

static void look_at(struct judge *judge, const struct vd_prog *prog, struct vd_fact **ret_facts)
{
	size_t len = vd_prog_len(prog);
	struct vd_fact *facts = calloc(len, sizeof(*facts));

	if (!facts)
		out_of_memory();
	vd_prog_facts(prog, facts);
	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *insn = &vd_prog_insns(prog)[pc];
		if (insn->code == (BPF_LD | BPF_W | BPF_ABS))
			judge->used |= (uint16_t)(1u << insn->k / 4);
		if (facts[pc].reachable && vd_form_is_branch(vd_isa[vd_op_of(insn->code)].form))
			judge->reachable += 2;
	}
	*ret_facts = facts;
}

/* Made when it is first asked for. */
static struct judge *judge_get(struct judges *judges, const struct vd_stack *stack)
{
	struct judge *judge = judges->first;

	while (judge && judge->stack != stack)
		judge = judge->next;
	if (judge)
		return judge;
	judge = calloc(1, sizeof(*judge));
	if (!judge)
		out_of_memory();
	*judge = (struct judge){ .next = judges->first, .stack = stack, .edges = vd_stack_edges(stack) };
	judge->facts = calloc(vd_stack_len(stack) + 1, sizeof(*judge->facts));
	if (!judge->facts || vd_engine_new(stack, &judge->engine) < 0)
		out_of_memory();
	for (size_t i = 0; i < vd_stack_len(stack); i++)
		look_at(judge, vd_stack_prog(stack, i), &judge->facts[i]);
	judges->first = judge;
	return judge;
}

void judges_done(struct judges *judges)
{
	while (judges->first) {
		struct judge *judge = judges->first;
		judges->first = judge->next;
		for (size_t i = 0; i < vd_stack_len(judge->stack); i++)
			free(judge->facts[i]);
		free(judge->facts);
		vd_engine_free(judge->engine);
		free(judge);
	}
}

/* -------------------------------------------------------------- ground -- */

void ground_init(struct ground *ground, const struct goal *goal, const struct box *box, struct judges *judges)
{
	const struct claim *claim = &goal->claim;
	uint16_t used = 0;

	*ground = (struct ground){ .goal = goal, .box = box };
	arena_init(&ground->arena);
	ground->judges[BY_OWN] = judge_get(judges, claim->stack->stacks[box->big_endian].stack);
	if (box->where)
		ground->judges[BY_WHERE] = judge_get(judges, box->where->stack);
	if (claim->same_as)
		ground->judges[BY_OTHER] = judge_get(judges, claim->same_as->stacks[box->big_endian].stack);
	for (int i = 0; i < GROUND_JUDGES; i++) {
		ground->edges_at[i] = ground->n_edges;
		if (!ground->judges[i])
			continue;
		ground->n_edges += ground->judges[i]->edges;
		used |= ground->judges[i]->used;
	}
	ground->edges = arena_alloc(&ground->arena, ground->n_edges + 1);
	table_init(&ground->table, box, claim->stack->samples,
		   claim->same_as ? claim->same_as->samples : NULL, box->where ? box->where->samples : NULL,
		   used, &ground->arena);
}

bool ground_run(const struct ground *ground, const struct seccomp_data *data, uint8_t *edges, bool *ret_meant)
{
	bool fresh = false, any = false;

	*ret_meant = true;
	for (int i = 0; i < GROUND_JUDGES && *ret_meant; i++) {
		const struct judge *judge = ground->judges[i];
		if (!judge)
			continue;
		struct vd_verdict verdict = vd_stack_run_edges(judge->stack, data,
							       edges + ground->edges_at[i], &fresh);
		any |= fresh;
		if (i == BY_WHERE)
			*ret_meant = verdict.ret == 1;
	}
	return any;
}

static void add_entry(struct ground *ground, const struct seccomp_data *data, bool meant)
{
	if (ground->n == ENTRIES_MAX)
		return;
	ground->entries = arena_grow(&ground->arena, ground->entries, ground->n, &ground->cap,
				     sizeof(*ground->entries));
	ground->entries[ground->n++] = (struct entry){ .data = *data, .meant = meant, .untaken = 1 };
	ground->n_meant += meant;
}

void ground_done(struct ground *ground)
{
	arena_done(&ground->arena);
}

bool ground_keep(struct ground *ground, const struct seccomp_data *data, bool *ret_meant)
{
	bool fresh = ground_run(ground, data, ground->edges, ret_meant);

	if (fresh || !ground->n || (*ret_meant && !ground->n_meant))
		add_entry(ground, data, *ret_meant);
	return fresh;
}

void ground_coverage(const struct ground *ground, size_t *ret_taken, size_t *ret_all)
{
	size_t taken = 0, all = 0;

	for (int i = BY_OWN; i < GROUND_JUDGES; i++) {
		if (!ground->judges[i])
			continue;
		all += ground->judges[i]->reachable;
		for (size_t j = 0; j < ground->judges[i]->edges; j++)
			taken += ground->edges[ground->edges_at[i] + j];
	}
	*ret_taken = taken;
	*ret_all = all;
}
