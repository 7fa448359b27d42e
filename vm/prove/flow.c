/* SPDX-License-Identifier: MIT */
#include "vm/prove/flow.h"

#include <errno.h>
#include <stdlib.h>

struct vd_flow {
	const struct vd_prog *prog;
	size_t words;	 /* of one row */
	uint64_t rows[]; /* row pc: the instructions that a way from there comes to, itself among them */
};

static uint64_t *row(struct vd_flow *flow, size_t pc)
{
	return flow->rows + pc * flow->words;
}

static void join(struct vd_flow *flow, size_t pc, size_t next)
{
	for (size_t i = 0; i < flow->words; i++)
		row(flow, pc)[i] |= row(flow, next)[i];
}

static void fill(struct vd_flow *flow, size_t pc)
{
	const struct vd_insn *insn = &flow->prog->code[pc];

	row(flow, pc)[pc / 64] |= (uint64_t)1 << pc % 64;
	if (insn->op == VD_OP_RET_K || insn->op == VD_OP_RET_A)
		return;
	if (insn->op == VD_OP_JA) {
		join(flow, pc, pc + 1 + insn->k);
	} else if (vd_form_is_branch(vd_isa[insn->op].form)) {
		join(flow, pc, pc + 1 + insn->jt);
		join(flow, pc, pc + 1 + insn->jf);
	} else {
		join(flow, pc, pc + 1);
	}
}

int vd_flow_new(const struct vd_prog *prog, struct vd_flow **ret_flow)
{
	size_t words = (prog->len + 63) / 64;
	struct vd_flow *flow = calloc(1, sizeof(*flow) + prog->len * words * sizeof(flow->rows[0]));

	if (!flow)
		return -ENOMEM;
	flow->prog = prog;
	flow->words = words;
	/* jumps go forward: what lies behind is done first */
	for (size_t pc = prog->len; pc-- > 0;)
		fill(flow, pc);
	*ret_flow = flow;
	return 0;
}

void vd_flow_free(struct vd_flow *flow)
{
	free(flow);
}

/* The instruction that a way is at when it has come by a point. */
static size_t behind(const struct vd_flow *flow, size_t pc, enum vd_edge edge)
{
	const struct vd_insn *insn = &flow->prog->code[pc];

	return edge == VD_EDGE_NONE ? pc : pc + 1 + (edge == VD_EDGE_TRUE ? insn->jt : insn->jf);
}

bool vd_flow_meet(const struct vd_flow *flow, size_t pc, enum vd_edge edge, size_t other,
		  enum vd_edge other_edge)
{
	if (pc == other)
		return edge == other_edge || edge == VD_EDGE_NONE || other_edge == VD_EDGE_NONE;
	size_t from = pc < other ? behind(flow, pc, edge) : behind(flow, other, other_edge);
	size_t to = pc < other ? other : pc;

	return flow->rows[from * flow->words + to / 64] >> to % 64 & 1;
}
