/* SPDX-License-Identifier: MIT */
#include "vm/prove/vec.h"

struct vd_vec vd_vec_const(uint32_t value)
{
	struct vd_vec r;

	for (unsigned i = 0; i < 32; i++)
		r.bit[i] = value >> i & 1 ? BDD_TRUE : BDD_FALSE;
	return r;
}

struct vd_vec vd_vec_not(const struct vd_vec *a)
{
	struct vd_vec r;

	for (unsigned i = 0; i < 32; i++)
		r.bit[i] = vd_bdd_not(a->bit[i]);
	return r;
}

struct vd_vec vd_vec_and(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec r;

	for (unsigned i = 0; i < 32; i++)
		r.bit[i] = vd_bdd_and(bdds, a->bit[i], b->bit[i]);
	return r;
}

struct vd_vec vd_vec_or(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec r;

	for (unsigned i = 0; i < 32; i++)
		r.bit[i] = vd_bdd_or(bdds, a->bit[i], b->bit[i]);
	return r;
}

struct vd_vec vd_vec_xor(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec r;

	for (unsigned i = 0; i < 32; i++)
		r.bit[i] = vd_bdd_xor(bdds, a->bit[i], b->bit[i]);
	return r;
}

/* a + b + carry, and the carry out of the top. */
static struct vd_vec add_carry(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b,
			       vd_bdd carry, vd_bdd *ret_carry)
{
	struct vd_vec r;

	for (unsigned i = 0; i < 32; i++) {
		vd_bdd half = vd_bdd_xor(bdds, a->bit[i], b->bit[i]);
		r.bit[i] = vd_bdd_xor(bdds, half, carry);
		/* the bits differ: what came in goes out; else either of them */
		carry = vd_bdd_ite(bdds, half, carry, a->bit[i]);
	}
	*ret_carry = carry;
	return r;
}

struct vd_vec vd_vec_add(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b)
{
	vd_bdd carry;

	return add_carry(bdds, a, b, BDD_FALSE, &carry);
}

struct vd_vec vd_vec_sub(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec inverted = vd_vec_not(b);
	vd_bdd carry;

	return add_carry(bdds, a, &inverted, BDD_TRUE, &carry);
}

struct vd_vec vd_vec_mul(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec sum = vd_vec_const(0);

	for (unsigned i = 0; i < 32 && !vd_bdd_spent(bdds); i++) {
		struct vd_vec part = vd_vec_const(0);
		if (b->bit[i] == BDD_FALSE)
			continue;
		for (unsigned j = i; j < 32; j++)
			part.bit[j] = vd_bdd_and(bdds, a->bit[j - i], b->bit[i]);
		sum = vd_vec_add(bdds, &sum, &part);
	}
	return sum;
}

/*
 * Restoring division: the remainder takes in one bit of a after another. Until
 * the last it is below 2^31, as a's upper bits are: no bit is shifted out.
 */
struct vd_vec vd_vec_div(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec rest = vd_vec_const(0), quotient = vd_vec_const(0), inverted = vd_vec_not(b);

	for (unsigned i = 32; i-- > 0 && !vd_bdd_spent(bdds);) {
		vd_bdd no_borrow;
		for (unsigned j = 31; j > 0; j--)
			rest.bit[j] = rest.bit[j - 1];
		rest.bit[0] = a->bit[i];
		struct vd_vec less = add_carry(bdds, &rest, &inverted, BDD_TRUE, &no_borrow);
		quotient.bit[i] = no_borrow;
		rest = vd_vec_ite(bdds, no_borrow, &less, &rest);
	}
	return quotient;
}

struct vd_vec vd_vec_shift(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b, bool left)
{
	struct vd_vec r = *a;

	for (unsigned stage = 0; stage < 5; stage++) {
		unsigned by = 1u << stage;
		struct vd_vec moved = vd_vec_const(0);
		for (unsigned i = 0; i + by < 32; i++)
			moved.bit[left ? i + by : i] = r.bit[left ? i : i + by];
		r = vd_vec_ite(bdds, b->bit[stage], &moved, &r);
	}
	return r;
}

struct vd_vec vd_vec_ite(struct vd_bdds *bdds, vd_bdd c, const struct vd_vec *a, const struct vd_vec *b)
{
	struct vd_vec r;

	for (unsigned i = 0; i < 32; i++)
		r.bit[i] = vd_bdd_ite(bdds, c, a->bit[i], b->bit[i]);
	return r;
}

/*
 * From the least significant bit up: with the most significant variables on
 * top, each step then works on diagrams that lie below the next one's.
 */
vd_bdd vd_vec_equal(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b)
{
	vd_bdd r = BDD_TRUE;

	for (unsigned i = 0; i < 32; i++)
		r = vd_bdd_ite(bdds, vd_bdd_xor(bdds, a->bit[i], b->bit[i]), BDD_FALSE, r);
	return r;
}

vd_bdd vd_vec_less(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_vec *b, unsigned from)
{
	vd_bdd r = BDD_FALSE;

	for (unsigned i = from; i < 32; i++)
		r = vd_bdd_ite(bdds, vd_bdd_xor(bdds, a->bit[i], b->bit[i]), b->bit[i], r);
	return r;
}

vd_bdd vd_vec_any(struct vd_bdds *bdds, const struct vd_vec *a)
{
	vd_bdd r = BDD_FALSE;

	for (unsigned i = 0; i < 32; i++)
		r = vd_bdd_or(bdds, a->bit[i], r);
	return r;
}

vd_bdd vd_vec_among(struct vd_bdds *bdds, const struct vd_vec *a, const struct vd_range *ranges, size_t n)
{
	vd_bdd among = BDD_FALSE;

	for (size_t i = 0; i < n; i++) {
		struct vd_vec first = vd_vec_const((uint32_t)ranges[i].first);
		struct vd_vec last = vd_vec_const((uint32_t)ranges[i].last);
		vd_bdd in = vd_bdd_and(bdds, vd_bdd_not(vd_vec_less(bdds, a, &first, 0)),
				       vd_bdd_not(vd_vec_less(bdds, &last, a, 0)));
		among = vd_bdd_or(bdds, among, in);
	}
	return among;
}
