/* SPDX-License-Identifier: MIT */
/*
 * The questions, all in one form: a condition on what stacks return becomes a
 * diagram over the record's bits; it is BDD_FALSE, or a path through it is a
 * record.
 */
#include "vm/prove/order.h"
#include "vm/prove/symbolic.h"
#include "vm/verdict.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_NODES 4000000u
#define DEFAULT_MS 10000u
#define VARIABLES (VD_RECORD_WORDS * 32)

struct question {
	struct vd_bdds *bdds;
	struct vd_order order;
	struct vd_words words;
	vd_bdd set;
};

static const struct vd_ranges *field(const struct vd_set *set, unsigned i)
{
	return i == 0 ? &set->nr : i == 1 ? &set->arch : i == 2 ? &set->instruction_pointer : &set->args[i - 3];
}
#define FIELDS 9

/* The words of a field, low half first. */
static unsigned low_word(unsigned i)
{
	return i < 2 ? i : 2 * (i - 1);
}

static bool is_wide(unsigned i)
{
	return i >= 2;
}

static int check_set(const struct vd_set *set)
{
	for (unsigned i = 0; set && i < FIELDS; i++) {
		const struct vd_ranges *ranges = field(set, i);
		for (size_t j = 0; j < ranges->n; j++)
			if (ranges->ranges[j].first > ranges->ranges[j].last ||
			    (!is_wide(i) && ranges->ranges[j].last > UINT32_MAX))
				return -EINVAL;
	}
	return 0;
}

/* Bit b (0 to 63) of a field. */
static vd_bdd field_bit(const struct question *q, unsigned i, unsigned b)
{
	return q->words.word[low_word(i) + b / 32].bit[b % 32];
}

/* value <= bound, or value >= bound, over the bits of a field; from the lowest bit up. */
static vd_bdd compare(struct question *q, unsigned i, uint64_t bound, bool at_most)
{
	vd_bdd r = BDD_TRUE;

	for (unsigned b = 0; b < (is_wide(i) ? 64u : 32u); b++) {
		vd_bdd bit = at_most ? vd_bdd_not(field_bit(q, i, b)) : field_bit(q, i, b);
		bool slack = (bound >> b & 1) == at_most;
		r = slack ? vd_bdd_or(q->bdds, bit, r) : vd_bdd_and(q->bdds, bit, r);
	}
	return r;
}

static vd_bdd in_ranges(struct question *q, unsigned i, const struct vd_ranges *ranges)
{
	vd_bdd r = ranges->n ? BDD_FALSE : BDD_TRUE;

	for (size_t j = 0; j < ranges->n; j++)
		r = vd_bdd_or(q->bdds, r,
			      vd_bdd_and(q->bdds, compare(q, i, ranges->ranges[j].first, false),
					 compare(q, i, ranges->ranges[j].last, true)));
	return r;
}

static bool is_single(const struct vd_ranges *ranges)
{
	return ranges->n == 1 && ranges->ranges[0].first == ranges->ranges[0].last;
}

static void set_words(struct question *q, const struct vd_set *set)
{
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
		for (unsigned b = 0; b < 32; b++)
			q->words.word[w].bit[b] = vd_bdd_var(q->bdds, q->order.var[w][b]);
	/* A field with one value is a constant, and folds away wherever it is compared. */
	for (unsigned i = 0; set && i < FIELDS; i++)
		if (is_single(field(set, i))) {
			uint64_t value = field(set, i)->ranges[0].first;
			q->words.word[low_word(i)] = vd_vec_const((uint32_t)value);
			if (is_wide(i))
				q->words.word[low_word(i) + 1] = vd_vec_const((uint32_t)(value >> 32));
		}
}

static void order_stack(struct question *q, const struct vd_stack *stack)
{
	for (size_t i = 0; i < vd_stack_len(stack); i++)
		vd_order_add(&q->order, vd_stack_prog(stack, i), vd_stack_big_endian(stack));
}

static void question_done(struct question *q)
{
	vd_bdds_free(q->bdds);
}

static int question_init(struct question *q, const struct vd_stack *a, const struct vd_stack *b,
			 const struct vd_set *set, const struct vd_budget *budget)
{
	bool big_endian = vd_stack_big_endian(a);
	struct vd_vec kept;
	int r = check_set(set);

	*q = (struct question){ .set = BDD_TRUE };
	if (r == 0)
		r = vd_bdds_new(budget && budget->nodes ? budget->nodes : DEFAULT_NODES,
				budget && budget->ms ? budget->ms : DEFAULT_MS, &q->bdds);
	if (r < 0)
		return r;
	vd_order_init(&q->order);
	order_stack(q, a);
	if (b)
		order_stack(q, b);
	if (set && set->where)
		vd_order_add(&q->order, set->where, big_endian);
	vd_order_finish(&q->order);
	set_words(q, set);
	for (unsigned i = FIELDS; set && i-- > 0;)
		if (!is_single(field(set, i)))
			q->set = vd_bdd_and(q->bdds, q->set, in_ranges(q, i, field(set, i)));
	if (set && set->where) {
		r = vd_symbolic_prog(q->bdds, &q->words, big_endian, q->set, set->where, &kept);
		if (r == 0)
			q->set = vd_bdd_and(q->bdds, q->set, vd_vec_any(q->bdds, &kept));
	}
	if (r < 0)
		question_done(q);
	return r;
}

/* The smallest record of a condition, and the words that no path bit is in. */
static void extract(const struct question *q, vd_bdd found, const struct vd_set *set, struct vd_witness *witness)
{
	uint8_t bits[VARIABLES];
	uint64_t values[FIELDS] = { 0 };
	uint16_t open = 0;

	memset(bits, 2, sizeof(bits));
	vd_bdd_witness(q->bdds, found, bits);
	for (unsigned i = 0; i < FIELDS; i++) {
		if (set && is_single(field(set, i))) {
			values[i] = field(set, i)->ranges[0].first;
			continue;
		}
		for (unsigned half = 0; half <= is_wide(i); half++) {
			bool matters = false;
			for (unsigned b = 0; b < 32; b++) {
				uint8_t bit = bits[q->order.var[low_word(i) + half][b]];
				matters |= bit != 2;
				values[i] |= (uint64_t)(bit == 1) << (b + 32 * half);
			}
			open |= (uint16_t)(!matters << (low_word(i) + half));
		}
	}
	witness->data = (struct seccomp_data){
		.nr = (int)(uint32_t)values[0], .arch = (uint32_t)values[1], .instruction_pointer = values[2]
	};
	for (unsigned i = 0; i < 6; i++)
		witness->data.args[i] = values[i + 3];
	witness->free = open;
}

/* The answer to "is there a record with this?"; ret_witness is complete only for VD_ANSWER_RECORD. */
static enum vd_answer answer(struct question *q, vd_bdd found, const struct vd_set *set,
			     struct vd_witness *ret_witness)
{
	ret_witness->nodes = vd_bdd_nodes(q->bdds);
	if (vd_bdd_spent(q->bdds))
		return VD_ANSWER_UNKNOWN;
	if (found == BDD_FALSE)
		return VD_ANSWER_PROVED;
	extract(q, found, set, ret_witness);
	return VD_ANSWER_RECORD;
}

/* The values of a vector that are in none of the ranges. */
static vd_bdd outside(struct question *q, const struct vd_vec *value, const struct vd_range *ranges, size_t n)
{
	vd_bdd inside = BDD_FALSE;

	for (size_t j = 0; j < n; j++) {
		struct vd_vec first = vd_vec_const((uint32_t)ranges[j].first);
		struct vd_vec last = vd_vec_const((uint32_t)ranges[j].last);
		vd_bdd in = vd_bdd_and(q->bdds, vd_bdd_not(vd_vec_less(q->bdds, value, &first, 0)),
				       vd_bdd_not(vd_vec_less(q->bdds, &last, value, 0)));
		inside = vd_bdd_or(q->bdds, inside, in);
	}
	return vd_bdd_not(inside);
}

/* The records that a filter decides which should not; wins has one diagram for each filter. */
static vd_bdd not_by(struct question *q, const struct vd_expect *expect, const vd_bdd *wins, size_t n)
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
	struct vd_vec value;
	struct question q;
	int r = check_expect(expect);

	if (r == 0)
		r = question_init(&q, stack, NULL, set, budget);
	if (r < 0)
		return r;
	vd_bdd *wins = expect->by ? calloc(len ? len : 1, sizeof(*wins)) : NULL;
	r = expect->by && !wins ? -ENOMEM : vd_symbolic_stack(q.bdds, &q.words, q.set, stack, &value, wins);
	if (r == 0) {
		vd_bdd bad = outside(&q, &value, expect->values, expect->n);
		if (wins)
			bad = vd_bdd_or(q.bdds, bad, not_by(&q, expect, wins, len));
		enum vd_answer found = answer(&q, vd_bdd_and(q.bdds, q.set, bad), set, &witness);
		/* What the machine does not confirm is no answer. */
		if (found == VD_ANSWER_RECORD && !breaks_claim(stack, &witness.data, expect))
			found = VD_ANSWER_UNKNOWN;
		*ret_answer = found;
		*ret_witness = witness;
	}
	free(wins);
	question_done(&q);
	return r;
}

static bool differ(const struct vd_stack *a, const struct vd_stack *b, const struct seccomp_data *data, bool raw)
{
	uint32_t ra = vd_stack_run(a, data).ret, rb = vd_stack_run(b, data).ret;

	return raw ? ra != rb : vd_effective(ra) != vd_effective(rb);
}

int vd_prove_equal(const struct vd_stack *a, const struct vd_stack *b, const struct vd_set *set, bool raw,
		   const struct vd_budget *budget, enum vd_answer *ret_answer, struct vd_witness *ret_witness)
{
	struct vd_witness witness = { .nodes = 0 };
	struct vd_vec va, vb;
	struct question q;
	int r = vd_stack_big_endian(a) != vd_stack_big_endian(b) ? -EINVAL : question_init(&q, a, b, set, budget);

	if (r < 0)
		return r;
	r = vd_symbolic_stack(q.bdds, &q.words, q.set, a, &va, NULL);
	if (r == 0)
		r = vd_symbolic_stack(q.bdds, &q.words, q.set, b, &vb, NULL);
	if (r == 0) {
		if (!raw) {
			va = vd_symbolic_effective(q.bdds, &va);
			vb = vd_symbolic_effective(q.bdds, &vb);
		}
		vd_bdd unequal = vd_bdd_not(vd_vec_equal(q.bdds, &va, &vb));
		enum vd_answer found = answer(&q, vd_bdd_and(q.bdds, q.set, unequal), set, &witness);
		if (found == VD_ANSWER_RECORD && !differ(a, b, &witness.data, raw))
			found = VD_ANSWER_UNKNOWN;
		*ret_answer = found;
		*ret_witness = witness;
	}
	question_done(&q);
	return r;
}
