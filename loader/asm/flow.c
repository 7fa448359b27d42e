/* SPDX-License-Identifier: MIT */
/*
 * Jumps only go forward, so one pass from the end knows, at every instruction,
 * how long everything after it is. A branch that would skip more than 255
 * instructions goes to an inserted one, right after the branch (which never
 * falls through), or to one that was inserted for the same target nearby.
 */
#include "loader/asm/flow.h"

#include <errno.h>
#include <stdlib.h>

#define REACH 255 /* jt and jf have 8 bits */

struct flow {
	const struct flow_insn *insns;
	size_t n;
	bool copy_rets;
	size_t *to_end;	 /* [n + 1]: instructions from here to the end, the expansions included */
	size_t *landing; /* [n + 1]: to_end of the nearest instruction inserted for this one, 0: none */
	struct sock_filter *out; /* last instruction first */
	size_t len;
};

static void emit(struct flow *flow, uint16_t code, size_t jt, size_t jf, size_t k)
{
	flow->out[flow->len++] = (struct sock_filter){
		.code = code,
		.jt = (uint8_t)jt,
		.jf = (uint8_t)jf,
		.k = (uint32_t)k,
	};
}

/*
 * The offset by which a branch reaches an instruction when `extra` jumps are
 * inserted after it; over REACH: it does not.
 */
static size_t offset_to(const struct flow *flow, size_t at, size_t extra)
{
	size_t direct = flow->len + extra - flow->to_end[at];

	if (direct <= REACH || !flow->landing[at])
		return direct;
	return flow->len + extra - flow->landing[at];
}

/* What goes on to an instruction, as the one emitted last. */
static void insert_jump(struct flow *flow, size_t at)
{
	const struct flow_insn *target = &flow->insns[at];

	if (flow->copy_rets && target->kind == FLOW_PLAIN && BPF_CLASS(target->code) == BPF_RET)
		emit(flow, target->code, 0, 0, target->k);
	else
		emit(flow, BPF_JMP | BPF_JA, 0, 0, flow->len - flow->to_end[at]);
	flow->landing[at] = flow->len;
}

/* The fewest inserted jumps with which both ways of a branch reach. */
static void emit_branch(struct flow *flow, const struct flow_insn *insn)
{
	size_t t = insn->true_at, f = insn->false_at, jt = offset_to(flow, t, 0), jf = offset_to(flow, f, 0);

	if (jt <= REACH && jf <= REACH) {
		emit(flow, insn->code, jt, jf, insn->k);
	} else if (t == f) {
		insert_jump(flow, t);
		emit(flow, insn->code, 0, 0, insn->k);
	} else if (jt > REACH && offset_to(flow, f, 1) <= REACH) {
		jf = offset_to(flow, f, 1);
		insert_jump(flow, t);
		emit(flow, insn->code, 0, jf, insn->k);
	} else if (jf > REACH && offset_to(flow, t, 1) <= REACH) {
		jt = offset_to(flow, t, 1);
		insert_jump(flow, f);
		emit(flow, insn->code, jt, 0, insn->k);
	} else {
		insert_jump(flow, f);
		insert_jump(flow, t);
		emit(flow, insn->code, 0, 1, insn->k);
	}
}

/* Whether the offsets of an instruction that is kept as written still lead where they did. */
static bool literal_holds(const struct flow *flow, const struct flow_insn *insn, size_t i)
{
	const size_t offsets[] = { BPF_OP(insn->code) == BPF_JA ? insn->k : insn->jt, insn->jf };
	int n = BPF_CLASS(insn->code) != BPF_JMP ? 0 : BPF_OP(insn->code) == BPF_JA ? 1 : 2;

	for (int j = 0; j < n; j++) {
		size_t left = flow->n - i - 1;
		if (offsets[j] <= left && flow->len - flow->to_end[i + 1 + offsets[j]] != offsets[j])
			return false;
	}
	return true;
}

/* False: a literal is no longer right. */
static bool emit_one(struct flow *flow, size_t i)
{
	const struct flow_insn *insn = &flow->insns[i];
	bool holds = true;

	switch (insn->kind) {
	case FLOW_PLAIN:
		emit(flow, insn->code, 0, 0, insn->k);
		break;
	case FLOW_LITERAL:
		holds = literal_holds(flow, insn, i);
		emit(flow, insn->code, insn->jt, insn->jf, insn->k);
		break;
	case FLOW_JA:
		emit(flow, BPF_JMP | BPF_JA, 0, 0, flow->len - flow->to_end[insn->true_at]);
		break;
	case FLOW_BRANCH:
		emit_branch(flow, insn);
		break;
	}
	flow->to_end[i] = flow->len;
	return holds;
}

static void reverse(struct sock_filter *insns, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct sock_filter insn = insns[i];
		insns[i] = insns[n - 1 - i];
		insns[n - 1 - i] = insn;
	}
}

static int lay_out(struct flow *flow, void (*broken_literal)(void *userdata, size_t i), void *userdata)
{
	int r = 0;

	for (size_t i = flow->n; i-- > 0;) {
		if (emit_one(flow, i))
			continue;
		r = -EINVAL;
		if (broken_literal)
			broken_literal(userdata, i);
	}
	reverse(flow->out, flow->len);
	return r;
}

int flow_lay_out(const struct flow_insn *insns, size_t n, bool copy_rets,
		 void (*broken_literal)(void *userdata, size_t i), void *userdata,
		 struct sock_filter **ret_insns, size_t *ret_len)
{
	struct flow flow = {
		.insns = insns,
		.n = n,
		.copy_rets = copy_rets,
		.to_end = calloc(n + 1, sizeof(*flow.to_end)),
		.landing = calloc(n + 1, sizeof(*flow.landing)),
		/* A branch takes at most two more. */
		.out = malloc((3 * n + 1) * sizeof(*flow.out)),
	};
	bool memory = flow.to_end && flow.landing && flow.out;
	int r = memory ? lay_out(&flow, broken_literal, userdata) : -ENOMEM;

	free(flow.to_end);
	free(flow.landing);
	if (r < 0) {
		free(flow.out);
		return r;
	}
	*ret_insns = flow.out;
	*ret_len = flow.len;
	return 0;
}
