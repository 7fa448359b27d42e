/* SPDX-License-Identifier: MIT */
/*
 * Sets of values of one number. A number of which only some bits matter is
 * seen through a mask; what is left are points in order, and runs of
 * neighbouring points are ranges.
 */
#include "vm/prove/when.h"

#include <stdio.h>
#include <string.h>

/* More runs than this are no text that anybody reads. */
#define RUNS_MAX 128
#define MASK_COST 12

struct runs {
	struct vd_bdds *bdds;
	const struct vd_subject *subject;
	uint64_t mask; /* the bits that are looked at */
	struct vd_range items[RUNS_MAX];
	size_t n;
	bool too_many;
};

static uint64_t all_bits(const struct vd_subject *subject)
{
	return subject->bits == 64 ? UINT64_MAX : UINT32_MAX;
}

static void field_name(unsigned w, char *name, size_t size)
{
	if (w < 2)
		/* numbers are signed, and told here as the raw words that they are */
		snprintf(name, size, "%s", w ? "arch" : "u32(nr)");
	else if (w < 4)
		snprintf(name, size, "ip");
	else
		snprintf(name, size, "arg%u", (w - 4) / 2 % 6);
}

struct vd_subject vd_subject_word(const struct vd_order *order, unsigned w)
{
	struct vd_subject r = { .bits = 32 };

	field_name(w, r.name, sizeof(r.name));
	if (w >= 2)
		strcat(r.name, w & 1 ? ".hi" : ".lo");
	memcpy(r.var, order->var[w], sizeof(order->var[w]));
	return r;
}

struct vd_subject vd_subject_field(const struct vd_order *order, unsigned w)
{
	struct vd_subject r = { .bits = 64 };

	field_name(w, r.name, sizeof(r.name));
	memcpy(r.var, order->var[w & ~1u], sizeof(order->var[0]));
	memcpy(r.var + 32, order->var[w | 1], sizeof(order->var[0]));
	return r;
}

/* The points behind and before a value, among those that the mask leaves. */
static uint64_t next(const struct runs *runs, uint64_t value)
{
	return ((value | ~runs->mask) + 1) & runs->mask;
}

static uint64_t previous(const struct runs *runs, uint64_t value)
{
	return (value - 1) & runs->mask;
}

static void add_run(struct runs *runs, uint64_t first, uint64_t last)
{
	if (runs->n && next(runs, runs->items[runs->n - 1].last) == first)
		runs->items[runs->n - 1].last = last;
	else if (runs->n == RUNS_MAX)
		runs->too_many = true;
	else
		runs->items[runs->n++] = (struct vd_range){ first, last };
}

/* The points of f that begin with the bits of value from `bit` up. */
static void find_runs(struct runs *runs, vd_bdd f, unsigned bit, uint64_t value)
{
	unsigned top = vd_bdd_top(runs->bdds, f);

	while (bit && !(runs->mask >> (bit - 1) & 1))
		bit--;
	if (f == BDD_FALSE || runs->too_many)
		return;
	if (f == BDD_TRUE || !bit) {
		add_run(runs, value,
			value | (runs->mask & (bit == 64 ? UINT64_MAX : ((uint64_t)1 << bit) - 1)));
		return;
	}
	bool tested = top == runs->subject->var[bit - 1];
	find_runs(runs, tested ? vd_bdd_low(runs->bdds, f) : f, bit - 1, value);
	find_runs(runs, tested ? vd_bdd_high(runs->bdds, f) : f, bit - 1, value | (uint64_t)1 << (bit - 1));
}

/* "arg0", or "(arg0 & 0xff)". */
static void put_value(const struct runs *runs, struct vd_text *text)
{
	if (runs->mask == all_bits(runs->subject))
		vd_text_put(text, "%s", runs->subject->name);
	else
		vd_text_put(text, "(%s & 0x%llx)", runs->subject->name, (unsigned long long)runs->mask);
}

static void put_compare(const struct runs *runs, struct vd_text *text, const char *op, uint64_t value)
{
	put_value(runs, text);
	vd_text_put(text, " %s ", op);
	vd_number_put(text, value);
	text->binding = VD_BIND_COMPARE;
}

/* Values from one on, or up to one; ">= 1" is "!= 0", "<= 0" is "== 0". */
static void put_bound(const struct runs *runs, struct vd_text *text, bool from, uint64_t value)
{
	uint64_t end = from ? runs->mask : 0, all_but = from ? 0 : runs->mask;

	if (value == end)
		vd_masked_put(text, runs->subject->name, all_bits(runs->subject), runs->mask, value);
	else if ((from ? previous(runs, value) : next(runs, value)) == all_but)
		put_compare(runs, text, "!=", all_but);
	else
		put_compare(runs, text, from ? ">=" : "<=", value);
}

static void put_point(const struct runs *runs, struct vd_text *text, uint64_t value, bool out)
{
	if (out)
		put_compare(runs, text, "!=", value);
	else
		vd_masked_put(text, runs->subject->name, all_bits(runs->subject), runs->mask, value);
}

/* The values of a run; out: all others. */
static struct vd_text run_text(const struct runs *runs, const struct vd_range *run, bool out, size_t max)
{
	bool from_first = run->first == 0, to_last = run->last == runs->mask;
	struct vd_text text, second;

	vd_text_init(&text, max);
	if (from_first && run->first != run->last) {
		put_bound(runs, &text, out, out ? next(runs, run->last) : run->last);
	} else if (to_last && run->first != run->last) {
		put_bound(runs, &text, !out, out ? previous(runs, run->first) : run->first);
	} else {
		vd_text_init(&second, max);
		/* two points are told one by one */
		bool points = run->first == run->last || next(runs, run->first) == run->last;
		if (points)
			put_point(runs, &text, run->first, out);
		else
			put_bound(runs, &text, !out, out ? previous(runs, run->first) : run->first);
		if (points && run->first != run->last)
			put_point(runs, &second, run->last, out);
		else if (!points)
			put_bound(runs, &second, out, out ? next(runs, run->last) : run->last);
		if (second.len || second.full)
			vd_text_join(&text, &second, points ? out : !out);
		vd_text_done(&second);
	}
	return text;
}

/* One of the runs, or (out) none of them. */
static struct vd_text runs_text(const struct runs *runs, bool out, size_t max)
{
	struct vd_text text;

	vd_text_init(&text, max);
	vd_text_put(&text, out ? "1" : "0");
	text.full |= runs->too_many;
	for (size_t i = 0; i < runs->n && !text.full; i++) {
		struct vd_text one = run_text(runs, &runs->items[i], out, max);
		vd_text_join(&text, &one, out);
		vd_text_done(&one);
	}
	return text;
}

/* The values of f through a mask that holds all bits it depends on. */
static struct vd_text masked_text(struct vd_bdds *bdds, const struct vd_subject *subject, uint64_t mask,
				  vd_bdd f, size_t max)
{
	struct runs runs = { .bdds = bdds, .subject = subject, .mask = mask };

	find_runs(&runs, f, subject->bits, 0);
	struct vd_text in = runs_text(&runs, false, max);
	runs.n = 0;
	runs.too_many = false;
	find_runs(&runs, vd_bdd_not(f), subject->bits, 0);
	struct vd_text out = runs_text(&runs, true, max);
	return vd_text_shorter(&in, &out);
}

/* The bits of a subject that f depends on. */
static uint64_t support(const struct vd_bdds *bdds, const struct vd_subject *subject, vd_bdd f)
{
	struct vd_order order;
	uint32_t bits[VD_RECORD_WORDS];

	/* one number as words 0 and 1 of an order of its own */
	memset(order.var, 0xff, sizeof(order.var));
	memcpy(order.var[0], subject->var, sizeof(order.var[0]));
	if (subject->bits == 64)
		memcpy(order.var[1], subject->var + 32, sizeof(order.var[1]));
	if (!vd_support(bdds, &order, f, bits))
		return all_bits(subject);
	return (uint64_t)bits[1] << 32 | bits[0];
}

/* The half of a subject that f depends on, where it is one. */
static struct vd_subject narrowed(const struct vd_subject *subject, uint64_t mask)
{
	bool high = !(mask & UINT32_MAX);
	struct vd_subject r = *subject;

	if (subject->bits == 32 || (mask >> 32 && !high))
		return r;
	r.bits = 32;
	strcat(r.name, high ? ".hi" : ".lo");
	memmove(r.var, subject->var + (high ? 32 : 0), 32 * sizeof(r.var[0]));
	return r;
}

struct vd_text vd_field_text(struct vd_bdds *bdds, const struct vd_subject *subject, vd_bdd f, size_t max)
{
	uint64_t mask = support(bdds, subject, f);
	struct vd_subject narrow = narrowed(subject, mask);
	struct vd_text whole, masked;

	if (narrow.bits != subject->bits && !(mask & UINT32_MAX))
		mask >>= 32;
	whole = masked_text(bdds, &narrow, all_bits(&narrow), f, max);
	if (mask == all_bits(&narrow))
		return whole;
	masked = masked_text(bdds, &narrow, mask, f, max);
	/* a mask is harder to read than its length tells */
	whole.len = whole.len > MASK_COST ? whole.len - MASK_COST : 0;
	struct vd_text r = vd_text_shorter(&whole, &masked);
	r.len = r.full ? 0 : strlen(r.data);
	return r;
}
