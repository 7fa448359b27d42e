/* SPDX-License-Identifier: MIT */
/*
 * A condition on several words is taken apart at its first one: the values of
 * that word fall into sets, by what they leave to be asked of the other words.
 */
#include "vm/prove/when.h"
#include "vm/prove/leaves.h"
#include "vm/prove/vec.h"

#include <stdio.h>
#include <string.h>

/* So many different questions about the rest, and so much work altogether. */
#define PARTS_MAX 64
#define STEPS_MAX 2000
/* Texts from this length on are compared with other ways to say the same. */
#define LONG 100

struct writer {
	struct vd_bdds *bdds;
	const struct vd_order *order;
	size_t max;
	unsigned steps;
};

/* Words whose variables stand together, the condition's first among them. */
struct unit {
	unsigned word; /* one of them */
	bool field;    /* both halves of a field, high before low */
	bool several;  /* words that meet somewhere, bit by bit */
	unsigned end;  /* the first variable behind */
};

static unsigned word_of(const struct vd_order *order, unsigned var)
{
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
		for (unsigned b = 0; b < 32; b++)
			if (order->var[w][b] == var)
				return w;
	return 0;
}

static unsigned group_size(const struct vd_order *order, unsigned w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VD_RECORD_WORDS; i++)
		n += order->group[i] == order->group[w];
	return n;
}

static struct unit unit_at(const struct vd_order *order, unsigned var, bool wide)
{
	struct unit unit = { .word = word_of(order, var) };
	unsigned w = unit.word, size = group_size(order, w);

	unit.several = size > 1;
	for (unsigned i = 0; i < VD_RECORD_WORDS; i++)
		if (order->group[i] == order->group[w] && order->var[i][0] >= unit.end)
			unit.end = order->var[i][0] + 1u;
	if (wide && w >= 2 && size == 1 && group_size(order, w ^ 1) == 1) {
		unit.field = true;
		unit.end = order->var[w & ~1u][0] + 1u;
	}
	return unit;
}

/* ------------------------------------------------------------------ */
/* Words that meet                                                    */

static struct vd_vec vec_of(struct vd_bdds *bdds, const struct vd_order *order, unsigned w)
{
	struct vd_vec r;

	for (unsigned b = 0; b < 32; b++)
		r.bit[b] = vd_bdd_var(bdds, order->var[w][b]);
	return r;
}

/* "arg0.lo < arg1.lo", where f is one of the relations that two words can have. */
static struct vd_text relation_text(struct writer *writer, unsigned wa, unsigned wb, vd_bdd f)
{
	struct vd_vec a = vec_of(writer->bdds, writer->order, wa),
		      b = vec_of(writer->bdds, writer->order, wb);
	struct vd_vec both = vd_vec_and(writer->bdds, &a, &b);
	vd_bdd equal = vd_vec_equal(writer->bdds, &a, &b), less = vd_vec_less(writer->bdds, &a, &b, 0);
	vd_bdd over = vd_vec_less(writer->bdds, &b, &a, 0), any = vd_vec_any(writer->bdds, &both);
	struct vd_subject sa = vd_subject_word(writer->order, wa), sb = vd_subject_word(writer->order, wb);
	const struct {
		vd_bdd f;
		const char *fmt;
	} known[] = {
		{ equal, "%s == %s" },	   { vd_bdd_not(equal), "%s != %s" },
		{ less, "%s < %s" },	   { vd_bdd_not(less), "%s >= %s" },
		{ over, "%s > %s" },	   { vd_bdd_not(over), "%s <= %s" },
		{ any, "(%s & %s) != 0" }, { vd_bdd_not(any), "(%s & %s) == 0" },
	};
	struct vd_text text;

	vd_text_init(&text, writer->max);
	text.binding = VD_BIND_COMPARE;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].f == f && !vd_bdd_spent(writer->bdds)) {
			vd_text_put(&text, known[i].fmt, sa.name, sb.name);
			return text;
		}
	text.full = true;
	return text;
}

/* The values of words that meet: of one of them alone, of two in a relation, or any. */
static struct vd_text meeting_text(struct writer *writer, vd_bdd f)
{
	uint32_t bits[VD_RECORD_WORDS];
	unsigned words[2] = { 0, 0 }, n = 0;
	struct vd_text text, cubes;

	if (vd_support(writer->bdds, writer->order, f, bits))
		for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
			if (bits[w] && n++ < 2)
				words[n - 1] = w;
	if (n == 2) {
		text = relation_text(writer, words[0], words[1], f);
	} else if (n == 1) {
		struct vd_subject subject = vd_subject_word(writer->order, words[0]);
		text = vd_field_text(writer->bdds, &subject, f, writer->max);
	} else {
		vd_text_init(&text, writer->max);
		text.full = true;
	}
	if (!text.full)
		return text;
	cubes = vd_cubes_text(writer->bdds, writer->order, f, writer->max);
	return vd_text_shorter(&text, &cubes);
}

/* ------------------------------------------------------------------ */

static struct vd_text unit_text(struct writer *writer, const struct unit *unit, vd_bdd f)
{
	struct vd_subject subject;
	struct vd_text text, cubes;

	if (f <= 1) {
		vd_text_init(&text, writer->max);
		vd_text_put(&text, f == BDD_TRUE ? "1" : "0");
		return text;
	}
	if (unit->several)
		return meeting_text(writer, f);
	subject = unit->field ? vd_subject_field(writer->order, unit->word)
			      : vd_subject_word(writer->order, unit->word);
	text = vd_field_text(writer->bdds, &subject, f, writer->max);
	if (!text.full && text.len < LONG)
		return text;
	cubes = vd_cubes_text(writer->bdds, writer->order, f, writer->max);
	return vd_text_shorter(&text, &cubes);
}

struct parts {
	vd_bdd rest[PARTS_MAX + 1];
	vd_bdd values[PARTS_MAX + 1]; /* of the unit, that leave that rest */
	size_t n;
};

static struct vd_text condition_text(struct writer *writer, vd_bdd f);

/*
 * One part as text. Values that leave a weaker question may be taken in, for
 * the sake of a shorter text: they are right as well.
 */
static struct vd_text part_text(struct writer *writer, const struct unit *unit, const struct parts *parts,
				size_t i)
{
	struct vd_bdds *bdds = writer->bdds;
	vd_bdd wider = parts->values[i];
	struct vd_text text = unit_text(writer, unit, wider);

	for (size_t j = 0; j < parts->n && parts->n <= 8; j++)
		if (j != i && vd_bdd_and(bdds, parts->rest[i], vd_bdd_not(parts->rest[j])) == BDD_FALSE)
			wider = vd_bdd_or(bdds, wider, parts->values[j]);
	if (wider != parts->values[i]) {
		struct vd_text other = unit_text(writer, unit, wider);
		text = vd_text_shorter(&text, &other);
	}
	if (parts->rest[i] != BDD_TRUE && !text.full) {
		struct vd_text rest = condition_text(writer, parts->rest[i]);
		vd_text_join(&text, &rest, true);
		vd_text_done(&rest);
	}
	return text;
}

static int by_rest(const struct parts *parts, size_t i, size_t j)
{
	return (parts->rest[j] == BDD_TRUE) - (parts->rest[i] == BDD_TRUE);
}

/* The parts of a condition at its first unit; those that leave nothing to ask come first. False: too many. */
static bool take_apart(struct writer *writer, vd_bdd f, const struct unit *unit, struct parts *parts)
{
	size_t n = vd_bdd_leaves(writer->bdds, f, unit->end, parts->rest, PARTS_MAX);

	parts->n = 0;
	if (n > PARTS_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (parts->rest[i] != BDD_FALSE)
			parts->rest[parts->n++] = parts->rest[i];
	for (size_t i = 1; i < parts->n; i++)
		if (by_rest(parts, 0, i) > 0) {
			vd_bdd t = parts->rest[0];
			parts->rest[0] = parts->rest[i];
			parts->rest[i] = t;
		}
	for (size_t i = 0; i < parts->n; i++)
		parts->values[i] = vd_bdd_leads_to(writer->bdds, f, unit->end, parts->rest[i]);
	return !vd_bdd_spent(writer->bdds);
}

/* The text of a condition taken apart at a field or a word. *ret_cut (may be NULL): parts were left out at
 * the end. */
static struct vd_text split_text(struct writer *writer, vd_bdd f, bool wide, bool *ret_cut)
{
	struct unit unit = unit_at(writer->order, vd_bdd_top(writer->bdds, f), wide);
	struct vd_text text;
	struct parts parts;
	bool cut = false;

	vd_text_init(&text, writer->max);
	vd_text_put(&text, "0");
	if (++writer->steps > STEPS_MAX || !take_apart(writer, f, &unit, &parts)) {
		text.full = true;
		return text;
	}
	for (size_t i = 0; i < parts.n && !text.full; i++) {
		struct vd_text part = part_text(writer, &unit, &parts, i);
		/* " || …" must fit behind */
		if (ret_cut && (part.full || text.len + part.len + 4 + 8 > writer->max))
			cut = true;
		else
			vd_text_join(&text, &part, false);
		vd_text_done(&part);
	}
	if (ret_cut)
		*ret_cut = cut;
	return text;
}

static struct vd_text condition_text(struct writer *writer, vd_bdd f)
{
	struct vd_text text, other;

	if (f <= 1) {
		vd_text_init(&text, writer->max);
		vd_text_put(&text, f == BDD_TRUE ? "1" : "0");
		return text;
	}
	text = split_text(writer, f, true, NULL);
	if (!text.full && text.len < LONG)
		return text;
	other = split_text(writer, f, false, NULL);
	return vd_text_shorter(&text, &other);
}

/* !(…), where what is not meant is short. */
static struct vd_text negated_text(struct writer *writer, vd_bdd f)
{
	struct vd_text text = condition_text(writer, vd_bdd_not(f)), r;

	vd_text_init(&r, writer->max);
	r.full |= text.full;
	if (!r.full)
		vd_text_put(&r, "!(%s)", text.data);
	vd_text_done(&text);
	return r;
}

/* As many parts as fit, then that there is more. */
static void abridged(struct writer *writer, vd_bdd f, char *buf, size_t size)
{
	struct vd_text text;
	bool cut = true;

	if (vd_bdd_spent(writer->bdds)) {
		snprintf(buf, size, "…");
		return;
	}
	text = split_text(writer, f, true, &cut);
	if (text.full || text.len < 2)
		snprintf(buf, size, "…");
	else
		snprintf(buf, size, "%s || …", text.data);
	vd_text_done(&text);
}

bool vd_when(struct vd_bdds *bdds, const struct vd_order *order, vd_bdd f, char *buf, size_t size)
{
	struct writer writer = { .bdds = bdds, .order = order, .max = size ? size - 1 : 0 };
	struct vd_text text = condition_text(&writer, f), other;

	if (text.full || text.len >= LONG) {
		writer.steps = 0;
		other = negated_text(&writer, f);
		text = vd_text_shorter(&text, &other);
	}
	bool exact = !text.full && !vd_bdd_spent(bdds);
	writer.steps = 0;
	if (exact)
		snprintf(buf, size, "%s", text.data);
	else
		abridged(&writer, f, buf, size);
	vd_text_done(&text);
	return exact;
}
