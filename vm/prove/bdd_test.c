/* SPDX-License-Identifier: MIT */
/* Diagrams against truth tables, vectors against the machine's arithmetic. */
#include "vm/prove/vec.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <string.h>

#define VARS 6
/* A function of six variables is its table of 64 values. */
static const uint64_t table_of_var[VARS] = { 0xaaaaaaaaaaaaaaaau, 0xccccccccccccccccu, 0xf0f0f0f0f0f0f0f0u,
					     0xff00ff00ff00ff00u, 0xffff0000ffff0000u, 0xffffffff00000000u };

static uint64_t table(const struct vd_bdds *bdds, vd_bdd f)
{
	uint64_t t = 0;

	for (unsigned row = 0; row < 64; row++) {
		uint8_t bits[VARS];
		for (unsigned v = 0; v < VARS; v++)
			bits[v] = row >> v & 1;
		t |= (uint64_t)vd_bdd_eval(bdds, f, bits) << row;
	}
	return t;
}

START_TEST(against_truth_tables)
{
	struct vd_random random = { .state = (uint64_t)_i };
	struct {
		vd_bdd f;
		uint64_t t;
	} pool[64];
	struct vd_bdds *bdds;
	unsigned n = 0;

	ck_assert_int_eq(vd_bdds_new(0, 0, &bdds), 0);
	for (unsigned v = 0; v < VARS; v++, n++) {
		pool[n].f = vd_bdd_var(bdds, v);
		pool[n].t = table_of_var[v];
	}
	for (int round = 0; round < 3000; round++) {
		unsigned a = vd_random_below(&random, n), b = vd_random_below(&random, n),
			 c = vd_random_below(&random, n);
		vd_bdd f;
		uint64_t t;
		switch (vd_random_below(&random, 5)) {
		case 0:
			f = vd_bdd_and(bdds, pool[a].f, pool[b].f);
			t = pool[a].t & pool[b].t;
			break;
		case 1:
			f = vd_bdd_or(bdds, pool[a].f, pool[b].f);
			t = pool[a].t | pool[b].t;
			break;
		case 2:
			f = vd_bdd_xor(bdds, pool[a].f, pool[b].f);
			t = pool[a].t ^ pool[b].t;
			break;
		case 3:
			f = vd_bdd_not(pool[a].f);
			t = ~pool[a].t;
			break;
		default:
			f = vd_bdd_ite(bdds, pool[a].f, pool[b].f, pool[c].f);
			t = (pool[a].t & pool[b].t) | (~pool[a].t & pool[c].t);
		}
		ck_assert_uint_eq(table(bdds, f), t);
		/* one function, one diagram */
		for (unsigned i = 0; i < n; i++)
			ck_assert((pool[i].f == f) == (pool[i].t == t));
		unsigned at = n < 64 ? n++ : VARS + vd_random_below(&random, 64 - VARS);
		pool[at].f = f;
		pool[at].t = t;
	}
	vd_bdds_free(bdds);
}
END_TEST

START_TEST(witness_is_the_smallest)
{
	uint8_t bits[VARS];
	struct vd_bdds *bdds;

	ck_assert_int_eq(vd_bdds_new(0, 0, &bdds), 0);
	vd_bdd x1 = vd_bdd_var(bdds, 1), x4 = vd_bdd_var(bdds, 4);
	memset(bits, 9, sizeof(bits));
	ck_assert(!vd_bdd_witness(bdds, BDD_FALSE, bits));
	ck_assert(vd_bdd_witness(bdds, BDD_TRUE, bits));
	ck_assert_uint_eq(bits[0], 9);
	ck_assert(vd_bdd_witness(bdds, vd_bdd_or(bdds, x1, x4), bits));
	ck_assert_uint_eq(bits[0], 9);
	ck_assert_uint_eq(bits[1], 0);
	ck_assert_uint_eq(bits[4], 1);
	vd_bdds_free(bdds);
}
END_TEST

/* x is bits 31..0 as variables 0, 2, 4 ..., y as 1, 3, 5 ... */
static struct vd_vec variables(struct vd_bdds *bdds, unsigned first)
{
	struct vd_vec vec;

	for (unsigned b = 0; b < 32; b++)
		vec.bit[b] = vd_bdd_var(bdds, 2 * (31 - b) + first);
	return vec;
}

static uint32_t value(const struct vd_bdds *bdds, const struct vd_vec *vec, uint32_t x, uint32_t y)
{
	uint8_t bits[64];
	uint32_t r = 0;

	for (unsigned b = 0; b < 32; b++) {
		bits[2 * (31 - b)] = x >> b & 1;
		bits[2 * (31 - b) + 1] = y >> b & 1;
	}
	for (unsigned b = 0; b < 32; b++)
		r |= (uint32_t)vd_bdd_eval(bdds, vec->bit[b], bits) << b;
	return r;
}

START_TEST(linear_arithmetic)
{
	struct vd_random random = { .state = 11 };
	struct vd_bdds *bdds;

	ck_assert_int_eq(vd_bdds_new(0, 0, &bdds), 0);
	struct vd_vec x = variables(bdds, 0), y = variables(bdds, 1);
	struct vd_vec sum = vd_vec_add(bdds, &x, &y), difference = vd_vec_sub(bdds, &x, &y);
	struct vd_vec both = vd_vec_and(bdds, &x, &y), either = vd_vec_or(bdds, &x, &y),
		      one = vd_vec_xor(bdds, &x, &y);
	struct vd_vec equal = { { vd_vec_equal(bdds, &x, &y), vd_vec_less(bdds, &x, &y, 0),
				  vd_vec_less(bdds, &x, &y, 16), vd_vec_any(bdds, &x) } };
	for (int b = 4; b < 32; b++)
		equal.bit[b] = BDD_FALSE;
	for (int i = 0; i < 3000; i++) {
		uint32_t a = vd_random_word(&random),
			 b = i % 3 ? vd_random_word(&random) : a + (uint32_t)(i % 2);
		ck_assert_uint_eq(value(bdds, &sum, a, b), a + b);
		ck_assert_uint_eq(value(bdds, &difference, a, b), a - b);
		ck_assert_uint_eq(value(bdds, &both, a, b), a & b);
		ck_assert_uint_eq(value(bdds, &either, a, b), a | b);
		ck_assert_uint_eq(value(bdds, &one, a, b), a ^ b);
		ck_assert_uint_eq(value(bdds, &equal, a, b), (uint32_t)(a == b) | (uint32_t)(a < b) << 1 |
								     (uint32_t)(a >> 16 < b >> 16) << 2 |
								     (uint32_t)(a != 0) << 3);
	}
	ck_assert(!vd_bdd_spent(bdds));
	vd_bdds_free(bdds);
}
END_TEST

static const uint32_t constants[] = { 0, 1, 2, 3, 5, 7, 10, 16, 255, 0x80000000, 0xffffffff, 0x10001 };

START_TEST(arithmetic_with_a_constant)
{
	struct vd_random random = { .state = 12 };
	uint32_t k = constants[_i];
	struct vd_bdds *bdds;

	ck_assert_int_eq(vd_bdds_new(3000000, 0, &bdds), 0);
	struct vd_vec x = variables(bdds, 0), c = vd_vec_const(k);
	for (unsigned b = 12; b < 32; b++) /* twelve bits, and their sign */
		x.bit[b] = x.bit[11];
	struct vd_vec product = vd_vec_mul(bdds, &x, &c), quotient = vd_vec_div(bdds, &x, &c),
		      inverse = vd_vec_div(bdds, &c, &x), left = vd_vec_shift(bdds, &x, &c, true),
		      right = vd_vec_shift(bdds, &x, &c, false), by = vd_vec_shift(bdds, &c, &x, true);
	ck_assert(!vd_bdd_spent(bdds));
	for (int i = 0; i < 1000; i++) {
		uint32_t a = vd_random_word(&random) & 0xfff;
		if (a & 0x800)
			a |= 0xfffff000;
		ck_assert_uint_eq(value(bdds, &product, a, 0), a * k);
		if (k)
			ck_assert_uint_eq(value(bdds, &quotient, a, 0), a / k);
		if (a)
			ck_assert_uint_eq(value(bdds, &inverse, a, 0), k / a);
		ck_assert_uint_eq(value(bdds, &left, a, 0), a << (k & 31));
		ck_assert_uint_eq(value(bdds, &right, a, 0), a >> (k & 31));
		ck_assert_uint_eq(value(bdds, &by, a, 0), k << (a & 31));
	}
	vd_bdds_free(bdds);
}
END_TEST

/* The product of two variables explodes: the budget ends it, and the memory stays in it. */
START_TEST(budget)
{
	struct vd_bdds *bdds;

	ck_assert_int_eq(vd_bdds_new(50000, 0, &bdds), 0);
	struct vd_vec x = variables(bdds, 0), y = variables(bdds, 1), product = vd_vec_mul(bdds, &x, &y);
	ck_assert(vd_bdd_spent(bdds));
	ck_assert_uint_le(vd_bdd_nodes(bdds), 50000);
	ck_assert_uint_lt(vd_bdd_memory(bdds), 50000 * 80);
	ck_assert_uint_eq(vd_bdd_and(bdds, x.bit[0], y.bit[0]), BDD_FALSE);
	(void)product;
	vd_bdds_free(bdds);
	vd_bdds_free(NULL);
	ck_assert_int_eq(vd_bdds_new(0, 20, &bdds), 0);
	x = variables(bdds, 0);
	y = variables(bdds, 1);
	product = vd_vec_mul(bdds, &x, &y);
	ck_assert(vd_bdd_spent(bdds));
	vd_bdds_free(bdds);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, against_truth_tables, 0, 8);
	tcase_add_test(tc, witness_is_the_smallest);
	tcase_add_test(tc, linear_arithmetic);
	tcase_add_loop_test(tc, arithmetic_with_a_constant, 0, COUNT_OF(constants));
	tcase_add_test(tc, budget);
}

int main(void)
{
	return run_suite("bdd", add);
}
