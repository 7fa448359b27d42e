/* SPDX-License-Identifier: MIT */
#include "vm/prove/question.h"

#include <errno.h>

#define DEFAULT_NODES 4000000u
#define DEFAULT_MS 10000u

static const struct vd_ranges *field(const struct vd_set *set, unsigned i)
{
	return i == 0	? &set->nr
	       : i == 1 ? &set->arch
	       : i == 2 ? &set->instruction_pointer
			: &set->args[i - 3];
}

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
	for (unsigned i = 0; i < VD_FIELDS; i++) {
		const struct vd_ranges *ranges = field(set, i);
		for (size_t j = 0; j < ranges->n; j++)
			if (ranges->ranges[j].first > ranges->ranges[j].last ||
			    (!is_wide(i) && ranges->ranges[j].last > UINT32_MAX))
				return -EINVAL;
	}
	for (size_t i = 0; i < set->n_except; i++)
		if (set->except[i].n_except || check_set(&set->except[i]) < 0)
			return -EINVAL;
	return 0;
}

/* Bit b (0 to 63) of a field. */
static vd_bdd field_bit(const struct vd_question *q, unsigned i, unsigned b)
{
	return q->words.word[low_word(i) + b / 32].bit[b % 32];
}

/* value <= bound, or value >= bound, over the bits of a field; from the lowest bit up. */
static vd_bdd compare(struct vd_question *q, unsigned i, uint64_t bound, bool at_most)
{
	vd_bdd r = BDD_TRUE;

	for (unsigned b = 0; b < (is_wide(i) ? 64u : 32u); b++) {
		vd_bdd bit = at_most ? vd_bdd_not(field_bit(q, i, b)) : field_bit(q, i, b);
		bool slack = (bound >> b & 1) == at_most;
		r = slack ? vd_bdd_or(q->bdds, bit, r) : vd_bdd_and(q->bdds, bit, r);
	}
	return r;
}

static vd_bdd in_ranges(struct vd_question *q, unsigned i, const struct vd_ranges *ranges)
{
	vd_bdd r = ranges->n ? BDD_FALSE : BDD_TRUE;

	for (size_t j = 0; j < ranges->n; j++)
		r = vd_bdd_or(q->bdds, r,
			      vd_bdd_and(q->bdds, compare(q, i, ranges->ranges[j].first, false),
					 compare(q, i, ranges->ranges[j].last, true)));
	return r;
}

/* The records of a set as far as its fields say, among those of assume. */
static vd_bdd in_fields(struct vd_question *q, const struct vd_set *set, vd_bdd assume)
{
	for (unsigned i = VD_FIELDS; i-- > 0;)
		assume = vd_bdd_and(q->bdds, assume, in_ranges(q, i, field(set, i)));
	return assume;
}

/* The records of a set, among those of assume. 0 or -ENOMEM. */
static int in_set(struct vd_question *q, const struct vd_set *set, bool big_endian, vd_bdd assume,
		  vd_bdd *ret_set)
{
	vd_bdd in = in_fields(q, set, assume);
	struct vd_vec kept;

	if (set->where) {
		int r = vd_symbolic_prog(q->bdds, &q->words, big_endian, in, set->where, &kept, NULL);
		if (r < 0)
			return r;
		in = vd_bdd_and(q->bdds, in, vd_vec_any(q->bdds, &kept));
	}
	*ret_set = in;
	return 0;
}

static bool is_single(const struct vd_ranges *ranges)
{
	return ranges->n == 1 && ranges->ranges[0].first == ranges->ranges[0].last;
}

static void set_words(struct vd_question *q, const struct vd_set *set)
{
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
		for (unsigned b = 0; b < 32; b++)
			q->words.word[w].bit[b] = vd_bdd_var(q->bdds, q->order.var[w][b]);
	/* A field with one value is a constant, and folds away wherever it is compared. */
	for (unsigned i = 0; set && i < VD_FIELDS; i++)
		if (is_single(field(set, i))) {
			uint64_t value = field(set, i)->ranges[0].first;
			q->fields[i].single = true;
			q->fields[i].value = value;
			q->words.word[low_word(i)] = vd_vec_const((uint32_t)value);
			if (is_wide(i))
				q->words.word[low_word(i) + 1] = vd_vec_const((uint32_t)(value >> 32));
		}
}

static void order_stack(struct vd_question *q, const struct vd_stack *stack)
{
	for (size_t i = 0; i < vd_stack_len(stack); i++)
		vd_order_add(&q->order, vd_stack_prog(stack, i), vd_stack_big_endian(stack));
}

static void order_set(struct vd_question *q, const struct vd_set *set, bool big_endian)
{
	if (set->where)
		vd_order_add(&q->order, set->where, big_endian);
	for (size_t i = 0; i < set->n_except; i++)
		order_set(q, &set->except[i], big_endian);
}

void vd_question_done(struct vd_question *q)
{
	vd_bdds_free(q->bdds);
}

static int take_set(struct vd_question *q, const struct vd_set *set, bool big_endian)
{
	int r = in_set(q, set, big_endian, BDD_TRUE, &q->set);

	for (size_t i = 0; r == 0 && i < set->n_except; i++) {
		vd_bdd out;
		r = in_set(q, &set->except[i], big_endian, q->set, &out);
		if (r == 0)
			q->set = vd_bdd_and(q->bdds, q->set, vd_bdd_not(out));
	}
	return r;
}

int vd_question_init(struct vd_question *q, const struct vd_stack *a, const struct vd_stack *b,
		     const struct vd_set *set, const struct vd_budget *budget, bool calls_first)
{
	bool big_endian = vd_stack_big_endian(a);
	int r = set ? check_set(set) : 0;

	*q = (struct vd_question){ .set = BDD_TRUE };
	if (r == 0)
		r = vd_bdds_new(budget && budget->nodes ? budget->nodes : DEFAULT_NODES,
				budget && budget->ms ? budget->ms : DEFAULT_MS, &q->bdds);
	if (r < 0)
		return r;
	vd_order_init(&q->order);
	order_stack(q, a);
	if (b)
		order_stack(q, b);
	if (set)
		order_set(q, set, big_endian);
	vd_order_finish(&q->order, calls_first);
	set_words(q, set);
	if (set)
		r = take_set(q, set, big_endian);
	if (r < 0)
		vd_question_done(q);
	return r;
}

void vd_question_record(const struct vd_question *q, vd_bdd found, struct vd_witness *ret_witness)
{
	uint8_t bits[VD_VARIABLES];
	uint64_t values[VD_FIELDS] = { 0 };
	uint16_t open = 0;

	memset(bits, 2, sizeof(bits));
	vd_bdd_witness(q->bdds, found, bits);
	for (unsigned i = 0; i < VD_FIELDS; i++) {
		if (q->fields[i].single) {
			values[i] = q->fields[i].value;
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
	ret_witness->data = (struct seccomp_data){ .nr = (int)(uint32_t)values[0],
						   .arch = (uint32_t)values[1],
						   .instruction_pointer = values[2] };
	for (unsigned i = 0; i < 6; i++)
		ret_witness->data.args[i] = values[i + 3];
	ret_witness->free = open;
}
