/* SPDX-License-Identifier: MIT */
#include "vm/prove/pair.h"
#include "vm/prove/question.h"

#include <errno.h>
#include <stdlib.h>

void vd_pattern_word(struct vd_pattern *pattern, unsigned word, uint32_t mask, uint32_t value)
{
	pattern->value[word] = (pattern->value[word] & ~mask) | (value & mask);
	pattern->mask[word] |= mask;
}

static void set_words(struct seccomp_data *data, const uint32_t words[VD_RECORD_WORDS])
{
	data->nr = (int)words[0];
	data->arch = words[1];
	data->instruction_pointer = (uint64_t)words[3] << 32 | words[2];
	for (unsigned i = 0; i < 6; i++)
		data->args[i] = (uint64_t)words[5 + 2 * i] << 32 | words[4 + 2 * i];
}

void vd_pattern_apply(const struct vd_pattern *pattern, struct seccomp_data *data)
{
	uint32_t words[VD_RECORD_WORDS];

	vd_record_words(data, false, words);
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
		words[w] = (words[w] & ~pattern->mask[w]) | (pattern->value[w] & pattern->mask[w]);
	set_words(data, words);
}

struct seccomp_data vd_pair_other(const struct vd_pair *pair, const struct seccomp_data *record)
{
	uint32_t words[VD_RECORD_WORDS], moved[VD_RECORD_WORDS];
	struct seccomp_data other;

	vd_record_words(record, false, words);
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
		moved[w] = words[pair->from[w] ? pair->from[w] - 1u : w];
	set_words(&other, moved);
	vd_pattern_apply(&pair->change, &other);
	return other;
}

/* Fixed bits are constants, and fold away wherever they are compared. */
static void fix(struct vd_words *words, const struct vd_pattern *pattern)
{
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
		for (unsigned b = 0; b < 32; b++)
			if (pattern->mask[w] >> b & 1)
				words->word[w].bit[b] = pattern->value[w] >> b & 1 ? BDD_TRUE : BDD_FALSE;
}

static bool among(const struct vd_values *values, uint32_t value)
{
	for (size_t i = 0; i < values->n; i++)
		if (value >= values->ranges[i].first && value <= values->ranges[i].last)
			return true;
	return !values->n;
}

static bool confirmed(const struct vd_pair *pair, const struct seccomp_data *record)
{
	uint32_t a = vd_stack_run(pair->a, record).ret, b;

	if (!among(&pair->a_gives, a))
		return false;
	if (!pair->b)
		return true;
	struct seccomp_data other = vd_pair_other(pair, record);
	b = vd_stack_run(pair->b, &other).ret;
	return among(&pair->b_gives, b) && (!pair->differ || vd_effective(a) != vd_effective(b));
}

/* The records of found for which a stack gives such values; *ret_value is what it gives. */
static int gives(struct vd_question *q, const struct vd_words *words, const struct vd_stack *stack,
		 const struct vd_values *values, vd_bdd *found, struct vd_vec *ret_value)
{
	int r = vd_symbolic_stack(q->bdds, words, *found, stack, ret_value, NULL, NULL);

	if (r == 0 && values->n)
		*found = vd_bdd_and(q->bdds, *found,
				    vd_vec_among(q->bdds, ret_value, values->ranges, values->n));
	return r;
}

static int ask(const struct vd_pair *pair, struct vd_question *q, vd_bdd *ret_found)
{
	struct vd_words words = q->words;
	struct vd_vec a, b;
	vd_bdd found = BDD_TRUE;

	fix(&words, &pair->in);
	int r = gives(q, &words, pair->a, &pair->a_gives, &found, &a);
	if (r == 0 && pair->b && found != BDD_FALSE) {
		struct vd_words others = words;
		for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
			if (pair->from[w])
				others.word[w] = words.word[pair->from[w] - 1];
		fix(&others, &pair->change);
		r = gives(q, &others, pair->b, &pair->b_gives, &found, &b);
		if (r == 0 && pair->differ) {
			a = vd_symbolic_effective(q->bdds, &a);
			b = vd_symbolic_effective(q->bdds, &b);
			found = vd_bdd_and(q->bdds, found, vd_bdd_not(vd_vec_equal(q->bdds, &a, &b)));
		}
	}
	*ret_found = found;
	return r;
}

int vd_prove_pair(const struct vd_pair *pair, const struct vd_budget *budget, enum vd_answer *ret_answer,
		  struct seccomp_data *ret_record)
{
	struct vd_question q;
	vd_bdd found;

	if (pair->b && vd_stack_big_endian(pair->a) != vd_stack_big_endian(pair->b))
		return -EINVAL;
	int r = vd_question_init(&q, pair->a, pair->b, NULL, budget, false);
	if (r < 0)
		return r;
	r = ask(pair, &q, &found);
	if (r == 0) {
		struct vd_witness witness;
		*ret_answer = VD_ANSWER_UNKNOWN;
		if (!vd_bdd_spent(q.bdds) && found == BDD_FALSE) {
			*ret_answer = VD_ANSWER_PROVED;
		} else if (!vd_bdd_spent(q.bdds)) {
			vd_question_record(&q, found, &witness);
			vd_pattern_apply(&pair->in, &witness.data);
			/* What the machine does not confirm is no answer. */
			if (confirmed(pair, &witness.data)) {
				*ret_answer = VD_ANSWER_RECORD;
				*ret_record = witness.data;
			}
		}
	}
	vd_question_done(&q);
	return r;
}
