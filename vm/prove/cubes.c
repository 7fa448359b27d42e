/* SPDX-License-Identifier: MIT */
/*
 * After Minato: "Fast generation of irredundant sum-of-products forms from
 * binary decision diagrams" (1992): a cover by cubes, each of which is masked
 * bits of words.
 */
#include "vm/prove/memo.h"
#include "vm/prove/when.h"

#include <string.h>

#define CUBES_MAX 32

struct cube {
	uint32_t mask[VD_RECORD_WORDS], value[VD_RECORD_WORDS];
};

struct cover {
	struct vd_bdds *bdds;
	const struct vd_order *order;
	struct cube cubes[CUBES_MAX];
	size_t n;
	bool too_many;
};

static void locate(const struct vd_order *order, unsigned var, unsigned *ret_word, unsigned *ret_bit)
{
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++)
		for (unsigned b = 0; b < 32; b++)
			if (order->var[w][b] == var) {
				*ret_word = w;
				*ret_bit = b;
				return;
			}
}

static bool add_support(const struct vd_bdds *bdds, const struct vd_order *order, vd_bdd f,
			struct vd_memo *seen, uint32_t *bits)
{
	unsigned var = vd_bdd_top(bdds, f), w = 0, b = 0;
	uint32_t known;

	if (var == VD_BDD_NONE || vd_memo_get(seen, f & ~1u, &known))
		return true;
	if (vd_memo_put(seen, f & ~1u, 0) < 0)
		return false;
	locate(order, var, &w, &b);
	bits[w] |= 1u << b;
	return add_support(bdds, order, vd_bdd_low(bdds, f), seen, bits) &&
	       add_support(bdds, order, vd_bdd_high(bdds, f), seen, bits);
}

bool vd_support(const struct vd_bdds *bdds, const struct vd_order *order, vd_bdd f,
		uint32_t ret_bits[VD_RECORD_WORDS])
{
	struct vd_memo seen = { 0 };

	memset(ret_bits, 0, VD_RECORD_WORDS * sizeof(*ret_bits));
	bool ok = add_support(bdds, order, f, &seen, ret_bits);
	vd_memo_done(&seen);
	return ok;
}

static vd_bdd cofactor(const struct vd_bdds *bdds, vd_bdd f, unsigned var, bool high)
{
	if (vd_bdd_top(bdds, f) != var)
		return f;
	return high ? vd_bdd_high(bdds, f) : vd_bdd_low(bdds, f);
}

static vd_bdd cover(struct cover *c, vd_bdd lower, vd_bdd upper, struct cube *cube);

/* Cubes for where var has one value, which must cover lower. */
static vd_bdd cover_half(struct cover *c, vd_bdd lower, vd_bdd upper, unsigned var, bool high,
			 struct cube *cube)
{
	unsigned w = 0, b = 0;

	locate(c->order, var, &w, &b);
	cube->mask[w] |= 1u << b;
	cube->value[w] |= (uint32_t)high << b;
	vd_bdd r = cover(c, lower, upper, cube);
	cube->mask[w] &= ~(1u << b);
	cube->value[w] &= ~(1u << b);
	return r;
}

/* Cubes between two functions; what they cover. */
static vd_bdd cover(struct cover *c, vd_bdd lower, vd_bdd upper, struct cube *cube)
{
	struct vd_bdds *bdds = c->bdds;

	if (lower == BDD_FALSE || c->too_many || vd_bdd_spent(bdds))
		return BDD_FALSE;
	if (upper == BDD_TRUE) {
		c->too_many = c->n == CUBES_MAX;
		if (!c->too_many)
			c->cubes[c->n++] = *cube;
		return BDD_TRUE;
	}
	unsigned var = vd_bdd_top(bdds, lower), other = vd_bdd_top(bdds, upper);
	var = var < other ? var : other;
	vd_bdd l0 = cofactor(bdds, lower, var, false), l1 = cofactor(bdds, lower, var, true);
	vd_bdd u0 = cofactor(bdds, upper, var, false), u1 = cofactor(bdds, upper, var, true);
	vd_bdd f0 = cover_half(c, vd_bdd_and(bdds, l0, vd_bdd_not(u1)), u0, var, false, cube);
	vd_bdd f1 = cover_half(c, vd_bdd_and(bdds, l1, vd_bdd_not(u0)), u1, var, true, cube);
	vd_bdd rest = vd_bdd_or(bdds, vd_bdd_and(bdds, l0, vd_bdd_not(f0)),
				vd_bdd_and(bdds, l1, vd_bdd_not(f1)));
	vd_bdd both = cover(c, rest, vd_bdd_and(bdds, u0, u1), cube);
	return vd_bdd_node(bdds, var, vd_bdd_or(bdds, f0, both), vd_bdd_or(bdds, f1, both));
}

/* One number of a cube, both halves of it when both matter. */
static void join_masked(struct vd_text *text, const char *name, uint64_t all, uint64_t mask, uint64_t value)
{
	struct vd_text one;

	vd_text_init(&one, text->max);
	vd_masked_put(&one, name, all, mask, value);
	vd_text_join(text, &one, true);
	vd_text_done(&one);
}

static struct vd_text cube_text(const struct cover *c, const struct cube *cube, size_t max)
{
	struct vd_text text;

	vd_text_init(&text, max);
	vd_text_put(&text, "1");
	for (unsigned w = 0; w < VD_RECORD_WORDS; w++) {
		bool both = w >= 2 && !(w & 1) && cube->mask[w] && cube->mask[w | 1];
		if (both) {
			struct vd_subject field = vd_subject_field(c->order, w);
			join_masked(&text, field.name, UINT64_MAX,
				    (uint64_t)cube->mask[w + 1] << 32 | cube->mask[w],
				    (uint64_t)cube->value[w + 1] << 32 | cube->value[w]);
			w++;
		} else if (cube->mask[w]) {
			struct vd_subject word = vd_subject_word(c->order, w);
			join_masked(&text, word.name, UINT32_MAX, cube->mask[w], cube->value[w]);
		}
	}
	return text;
}

struct vd_text vd_cubes_text(struct vd_bdds *bdds, const struct vd_order *order, vd_bdd f, size_t max)
{
	struct cover c = { .bdds = bdds, .order = order };
	struct cube cube = { .mask = { 0 } };
	struct vd_text text;

	cover(&c, f, f, &cube);
	vd_text_init(&text, max);
	vd_text_put(&text, "0");
	text.full |= c.too_many || vd_bdd_spent(bdds);
	for (size_t i = 0; i < c.n && !text.full; i++) {
		struct vd_text one = cube_text(&c, &c.cubes[i], max);
		vd_text_join(&text, &one, false);
		vd_text_done(&one);
	}
	return text;
}
