/* SPDX-License-Identifier: MIT */
/*
 * The questions, all in one form: a condition on what stacks return becomes a
 * diagram over the record's bits; it is BDD_FALSE, or a path through it is a
 * record.
 */
#include "vm/prove/question.h"

#include <errno.h>
#include <stdlib.h>

/* The answer to "is there a record with this?"; ret_witness is complete only for VD_ANSWER_RECORD. */
static enum vd_answer answer(struct vd_question *q, vd_bdd found, struct vd_witness *ret_witness)
{
	ret_witness->nodes = vd_bdd_nodes(q->bdds);
	if (vd_bdd_spent(q->bdds))
		return VD_ANSWER_UNKNOWN;
	if (found == BDD_FALSE)
		return VD_ANSWER_PROVED;
	vd_question_record(q, found, ret_witness);
	return VD_ANSWER_RECORD;
}

/* The records that a filter decides which should not; wins has one diagram for each filter. */
static vd_bdd not_by(struct vd_question *q, const struct vd_expect *expect, const vd_bdd *wins, size_t n)
{
	vd_bdd right = BDD_FALSE, none = BDD_TRUE;

	for (size_t i = 0; i < n; i++) {
		none = vd_bdd_and(q->bdds, none, vd_bdd_not(wins[i]));
		if (expect->by[i])
			right = vd_bdd_or(q->bdds, right, wins[i]);
	}
	if (expect->by_none)
		right = vd_bdd_or(q->bdds, right, none);
	return vd_bdd_not(right);
}

static bool breaks_claim(const struct vd_stack *stack, const struct seccomp_data *data,
			 const struct vd_expect *expect)
{
	struct vd_verdict verdict = vd_stack_run(stack, data);

	if (expect->max_insns && verdict.insns > expect->max_insns)
		return true;
	if (expect->by && !(verdict.filter < 0 ? expect->by_none : expect->by[verdict.filter]))
		return true;
	for (size_t i = 0; i < expect->n; i++)
		if (verdict.ret >= expect->values[i].first && verdict.ret <= expect->values[i].last)
			return false;
	return true;
}

static int check_expect(const struct vd_expect *expect)
{
	for (size_t i = 0; i < expect->n; i++)
		if (expect->values[i].first > expect->values[i].last || expect->values[i].last > UINT32_MAX)
			return -EINVAL;
	return 0;
}

int vd_prove_claim(const struct vd_stack *stack, const struct vd_set *set, const struct vd_expect *expect,
		   const struct vd_budget *budget, enum vd_answer *ret_answer, struct vd_witness *ret_witness)
{
	size_t len = vd_stack_len(stack);
	struct vd_witness witness = { .nodes = 0 };
	struct vd_vec value, count;
	struct vd_question q;
	int r = check_expect(expect);

	if (r == 0)
		r = vd_question_init(&q, stack, NULL, set, budget, false);
	if (r < 0)
		return r;
	vd_bdd *wins = expect->by ? calloc(len ? len : 1, sizeof(*wins)) : NULL;
	r = expect->by && !wins ? -ENOMEM : vd_symbolic_stack(q.bdds, &q.words, q.set, stack, &value, wins,
								    expect->max_insns ? &count : NULL);
	if (r == 0) {
		vd_bdd bad = vd_bdd_not(vd_vec_among(q.bdds, &value, expect->values, expect->n));
		if (wins)
			bad = vd_bdd_or(q.bdds, bad, not_by(&q, expect, wins, len));
		if (expect->max_insns) {
			struct vd_vec most = vd_vec_const(expect->max_insns);
			bad = vd_bdd_or(q.bdds, bad, vd_vec_less(q.bdds, &most, &count, 0));
		}
		enum vd_answer found = answer(&q, vd_bdd_and(q.bdds, q.set, bad), &witness);
		/* What the machine does not confirm is no answer. */
		if (found == VD_ANSWER_RECORD && !breaks_claim(stack, &witness.data, expect))
			found = VD_ANSWER_UNKNOWN;
		*ret_answer = found;
		*ret_witness = witness;
	}
	free(wins);
	vd_question_done(&q);
	return r;
}

static bool differ(const struct vd_stack *a, const struct vd_stack *b, const struct seccomp_data *data,
		   bool raw)
{
	uint32_t ra = vd_stack_run(a, data).ret, rb = vd_stack_run(b, data).ret;

	return raw ? ra != rb : vd_effective(ra) != vd_effective(rb);
}

int vd_prove_equal(const struct vd_stack *a, const struct vd_stack *b, const struct vd_set *set, bool raw,
		   const struct vd_budget *budget, enum vd_answer *ret_answer, struct vd_witness *ret_witness)
{
	struct vd_witness witness = { .nodes = 0 };
	struct vd_vec va, vb;
	struct vd_question q;
	int r = vd_stack_big_endian(a) != vd_stack_big_endian(b)
			? -EINVAL
			: vd_question_init(&q, a, b, set, budget, false);

	if (r < 0)
		return r;
	r = vd_symbolic_stack(q.bdds, &q.words, q.set, a, &va, NULL, NULL);
	if (r == 0)
		r = vd_symbolic_stack(q.bdds, &q.words, q.set, b, &vb, NULL, NULL);
	if (r == 0) {
		if (!raw) {
			va = vd_symbolic_effective(q.bdds, &va);
			vb = vd_symbolic_effective(q.bdds, &vb);
		}
		vd_bdd unequal = vd_bdd_not(vd_vec_equal(q.bdds, &va, &vb));
		enum vd_answer found = answer(&q, vd_bdd_and(q.bdds, q.set, unequal), &witness);
		if (found == VD_ANSWER_RECORD && !differ(a, b, &witness.data, raw))
			found = VD_ANSWER_UNKNOWN;
		*ret_answer = found;
		*ret_witness = witness;
	}
	vd_question_done(&q);
	return r;
}
