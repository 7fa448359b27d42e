/* SPDX-License-Identifier: MIT */
#include "loader/rules/code.h"

#include <errno.h>
#include <stdlib.h>

/* Far more than any program may have: what is unreachable, or shared in the end, is counted here too. */
#define CODE_MAX (8 * FLOW_LEN_MAX)

struct code_label {
	size_t at;
	bool used;
	int word; /* what A holds wherever the label is come from; -1: not the same */
};

void code_init(struct code *code)
{
	*code = (struct code){ .word = -1, .reached = true };
}

void code_done(struct code *code)
{
	free(code->insns);
	free(code->labels);
	*code = (struct code){ 0 };
}

int code_label(struct code *code)
{
	if (code->n_labels == code->labels_cap) {
		size_t cap = code->labels_cap ? 2 * code->labels_cap : 64;
		struct code_label *labels = realloc(code->labels, cap * sizeof(*labels));
		if (!labels) {
			code->failed = true;
			return 0;
		}
		code->labels = labels;
		code->labels_cap = cap;
	}
	code->labels[code->n_labels] = (struct code_label){ .word = -1 };
	return (int)code->n_labels++;
}

static void reach(struct code *code, int label)
{
	struct code_label *to = &code->labels[label];

	if (!to->used)
		to->word = code->word;
	else if (to->word != code->word)
		to->word = -1;
	to->used = true;
}

void code_bind(struct code *code, int label)
{
	if (code->failed)
		return;
	if (code->reached)
		reach(code, label);
	code->labels[label].at = code->n;
	code->word = code->labels[label].word;
	code->reached = code->labels[label].used;
}

static void add(struct code *code, const struct flow_insn *insn)
{
	if (code->n == code->cap && !code->failed) {
		size_t cap = code->cap ? 2 * code->cap : 256;
		struct flow_insn *insns = cap <= CODE_MAX ? realloc(code->insns, cap * sizeof(*insns)) : NULL;
		code->failed = !insns;
		if (insns) {
			code->insns = insns;
			code->cap = cap;
		}
	}
	if (!code->failed)
		code->insns[code->n++] = *insn;
}

void code_op(struct code *code, unsigned op, uint32_t k)
{
	struct flow_insn insn = { .code = (uint16_t)op, .k = k };
	unsigned class = BPF_CLASS(op);

	add(code, &insn);
	/* What writes A: loads, arithmetic, TXA. */
	if (class == BPF_LD || class == BPF_ALU || (class == BPF_MISC && BPF_MISCOP(op) == BPF_TXA))
		code->word = -1;
}

void code_load(struct code *code, int word)
{
	if (code->word == word)
		return;
	code_op(code, BPF_LD | BPF_W | BPF_ABS, 4 * (uint32_t)word);
	code->word = word;
}

void code_ret(struct code *code, uint32_t value)
{
	code_op(code, BPF_RET | BPF_K, value);
	code->reached = false;
}

void code_branch(struct code *code, unsigned op, uint32_t k, int to_true, int to_false)
{
	struct flow_insn insn = { .code = (uint16_t)(BPF_JMP | op),
				  .k = k,
				  .kind = FLOW_BRANCH,
				  .true_at = (size_t)to_true,
				  .false_at = (size_t)to_false };

	if (code->failed)
		return;
	if (to_true == to_false) {
		code_goto(code, to_true);
		return;
	}
	add(code, &insn);
	reach(code, to_true);
	reach(code, to_false);
	code->reached = false;
}

void code_goto(struct code *code, int label)
{
	struct flow_insn insn = { .code = BPF_JMP | BPF_JA, .kind = FLOW_JA, .true_at = (size_t)label };

	if (code->failed)
		return;
	add(code, &insn);
	reach(code, label);
	code->reached = false;
}

/* Where a jump to an instruction ends: a JA goes on from there. */
static size_t landing(const struct code *code, size_t at)
{
	while (code->insns[at].kind == FLOW_JA)
		at = code->insns[at].true_at;
	return at;
}

static bool falls_through(const struct flow_insn *insn)
{
	return insn->kind == FLOW_PLAIN && BPF_CLASS(insn->code) != BPF_RET;
}

/* Labels to indices, from the end: what a JA goes to is known by then. */
static void resolve(struct code *code)
{
	for (size_t i = code->n; i-- > 0;) {
		struct flow_insn *insn = &code->insns[i];
		if (insn->kind == FLOW_PLAIN)
			continue;
		insn->true_at = landing(code, code->labels[insn->true_at].at);
		if (insn->kind == FLOW_BRANCH)
			insn->false_at = landing(code, code->labels[insn->false_at].at);
	}
}

static void mark(const struct code *code, bool *live)
{
	live[0] = true;
	for (size_t i = 0; i < code->n; i++) {
		const struct flow_insn *insn = &code->insns[i];
		if (!live[i])
			continue;
		if (falls_through(insn))
			live[i + 1] = true;
		if (insn->kind != FLOW_PLAIN)
			live[insn->true_at] = true;
		if (insn->kind == FLOW_BRANCH)
			live[insn->false_at] = true;
	}
}

/* A JA to what follows it anyway: all between is dead. */
static bool idle(const struct code *code, const bool *live, size_t i)
{
	size_t next = i + 1;

	if (code->insns[i].kind != FLOW_JA)
		return false;
	while (next < code->insns[i].true_at && !live[next])
		next++;
	return next == code->insns[i].true_at;
}

static size_t compact(struct code *code, bool *live, size_t *moved)
{
	size_t n = 0;

	for (size_t i = 0; i < code->n; i++)
		live[i] = live[i] && !idle(code, live, i);
	for (size_t i = 0; i < code->n; i++) {
		moved[i] = n;
		n += live[i];
	}
	n = 0;
	for (size_t i = 0; i < code->n; i++) {
		struct flow_insn insn = code->insns[i];
		if (!live[i])
			continue;
		if (insn.kind != FLOW_PLAIN)
			insn.true_at = moved[insn.true_at];
		if (insn.kind == FLOW_BRANCH)
			insn.false_at = moved[insn.false_at];
		code->insns[n++] = insn;
	}
	return n;
}

int code_finish(struct code *code, struct sock_filter **ret_insns, size_t *ret_len)
{
	bool *live = calloc(code->n + 1, sizeof(*live));
	size_t *moved = calloc(code->n + 1, sizeof(*moved));
	int r = -ENOMEM;

	if (!code->failed && live && moved) {
		resolve(code);
		mark(code, live);
		size_t n = compact(code, live, moved);
		r = flow_lay_out(code->insns, n, true, NULL, NULL, ret_insns, ret_len);
	}
	free(live);
	free(moved);
	return r;
}
