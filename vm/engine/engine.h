/* SPDX-License-Identifier: MIT */
/*
 * The fast engine inside. For each call that the tables of an ABI number, the
 * stack was evaluated as far as arch and nr decide it: what is left is a value,
 * or a graph of tests on the other words that ends in values.
 */
#ifndef VM_ENGINE_ENGINE_H
#define VM_ENGINE_ENGINE_H

#include "vm/prog.h"

/*
 * ((word & mask) - low) <= span, unsigned: equal to low (span 0), or at least
 * low. Or a choice among many ranges of the word: n_ways of the engine's ways
 * from way `low` on.
 */
struct vd_test {
	uint32_t mask, low, span;
	uint32_t next[2]; /* where it is false, true: another test, or the value */
	uint8_t offset;   /* of the word in this machine's struct seccomp_data */
	uint8_t ends;     /* bit b: next[b] is the value */
	uint16_t n_ways;  /* 0: a single test */
};

/* One range of a choice, from `first` to the next way's. */
struct vd_way {
	uint32_t first;
	uint32_t next;
	uint32_t ends; /* next is the value */
};

/* What is left of the stack when arch and nr are known. */
struct vd_rest {
	uint32_t value; /* the value, or the first test's index */
	uint32_t kind;  /* enum vd_rest_kind */
};

enum vd_rest_kind {
	VD_REST_VALUE,
	VD_REST_TESTS,
	VD_REST_STACK, /* too hard to take apart: the interpreter runs the stack */
};

/* The numbers of one ABI that have a rest of their own: base to base + size - 1. */
struct vd_numbers {
	uint32_t arch, base, size;
	struct vd_rest *rests;
};

/* ABIs the engine keeps tables for: those that the programs compare something with. */
#define VD_NUMBERS_MAX 8

struct vd_engine {
	struct vd_numbers numbers[VD_NUMBERS_MAX]; /* the ABI of most programs first */
	size_t n_numbers;
	struct vd_rest other;   /* records that no table has: nothing is known of them */
	struct vd_test *tests;
	struct vd_way *ways;
	struct vd_stack *stack; /* a copy, for VD_REST_STACK */
};

/* Which words a rest is built for. */
struct vd_known {
	bool arch_nr; /* arch and nr have these values; else nothing is known */
	uint32_t arch, nr;
};

struct vd_builder;
int vd_builder_new(const struct vd_stack *stack, struct vd_builder **ret_builder);
void vd_builder_free(struct vd_builder *builder);
/* What is left of the stack. -ENOMEM. */
int vd_builder_rest(struct vd_builder *builder, const struct vd_known *known, struct vd_rest *ret_rest);
/* Hands over the tests of all rests so far, and their ways. */
void vd_builder_take(struct vd_builder *builder, struct vd_test **ret_tests, struct vd_way **ret_ways);

/*
 * Chains of tests on one word become choices: `jeq` after `jeq` costs as much
 * as its list is long, a choice the logarithm of it. from: the first of the
 * tests to look at; *root is the test that is met first. Room in ways is grown
 * as needed. -ENOMEM.
 */
struct vd_ways {
	struct vd_way *items;
	size_t n, cap;
};
int vd_merge_chains(struct vd_test *tests, size_t from, size_t to, uint32_t root, struct vd_ways *ways);

#endif
