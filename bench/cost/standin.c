/* SPDX-License-Identifier: MIT */
#include "bench/cost/standin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A stack's programs while they are made to take one number for another. */
struct rewriting {
	const struct vd_stack *stack;
	struct sock_filter **insns; /* copies, by filter */
	int filter;
	bool holds_nr; /* A was loaded from nr */
};

static bool is_taken(const struct sock_filter *insn, uint32_t a)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		return a == insn->k;
	case BPF_JGE:
		return a >= insn->k;
	case BPF_JGT:
		return a > insn->k;
	default:
		return a & insn->k;
	}
}

/* Where what nr is decides the way, it shall be this way whatever nr is. */
static void rewrite(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	struct rewriting *rewriting = userdata;
	struct sock_filter *insn = &rewriting->insns[filter][pc];

	if (filter != rewriting->filter)
		rewriting->holds_nr = false;
	rewriting->filter = filter;
	if (BPF_CLASS(insn->code) == BPF_LD)
		rewriting->holds_nr = insn->code == (BPF_LD | BPF_W | BPF_ABS) &&
				      insn->k == offsetof(struct seccomp_data, nr);
	if (!rewriting->holds_nr || BPF_CLASS(insn->code) != BPF_JMP || BPF_OP(insn->code) == BPF_JA ||
	    BPF_SRC(insn->code) != BPF_K)
		return;
	if (is_taken(insn, a))
		insn->jf = insn->jt;
	else
		insn->jt = insn->jf;
}

static int push_rewritten(const struct rewriting *rewriting, struct vd_stack *made)
{
	int r = 0;

	for (size_t i = 0; i < vd_stack_len(rewriting->stack) && r == 0; i++) {
		struct vd_prog *prog;
		r = vd_prog_new(rewriting->insns[i], vd_prog_len(vd_stack_prog(rewriting->stack, i)), &prog,
				NULL);
		if (r < 0)
			break;
		r = vd_stack_push(made, prog);
		vd_prog_free(prog);
	}
	return r;
}

static int copy_programs(struct rewriting *rewriting)
{
	size_t n = vd_stack_len(rewriting->stack);

	rewriting->insns = calloc(n ? n : 1, sizeof(*rewriting->insns));
	for (size_t i = 0; i < n && rewriting->insns; i++) {
		const struct vd_prog *prog = vd_stack_prog(rewriting->stack, i);
		size_t size = vd_prog_len(prog) * sizeof(struct sock_filter);
		rewriting->insns[i] = malloc(size);
		if (!rewriting->insns[i])
			return -ENOMEM;
		memcpy(rewriting->insns[i], vd_prog_insns(prog), size);
	}
	return rewriting->insns ? 0 : -ENOMEM;
}

int stand_in_stack(const struct vd_stack *stack, const struct seccomp_data *data, struct vd_stack **ret_stack)
{
	struct rewriting rewriting = { .stack = stack, .filter = -1 };
	struct vd_stack *made = NULL;
	int r = copy_programs(&rewriting);

	if (r == 0)
		r = vd_stack_new(&made);
	if (r == 0) {
		vd_stack_trace(stack, data, rewrite, &rewriting);
		r = push_rewritten(&rewriting, made);
	}
	for (size_t i = 0; i < vd_stack_len(stack) && rewriting.insns; i++)
		free(rewriting.insns[i]);
	free(rewriting.insns);
	if (r < 0)
		vd_stack_free(made);
	else
		*ret_stack = made;
	return r;
}
