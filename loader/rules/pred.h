/* SPDX-License-Identifier: MIT */
/*
 * Predicates: an expression bound to one ABI and one of its system calls, so
 * that every word in it has a type (verdict-rules(5)). The direct reading of
 * a record is here; the compiler is code of its own, and tests hold the two
 * against each other.
 *
 * bind.c, leaf.c, meet.c (types), pred.c (the direct reading), bounds.c (boundary values),
 * program.c (a predicate as a program).
 */
#ifndef LOADER_RULES_PRED_H
#define LOADER_RULES_PRED_H

#include "loader/expr.h"

/*
 * A node's value has bits and a sign; 64 bits hold it zero- or sign-extended.
 * Operands may be narrower than their operator: extension is all it takes.
 * Constants are EXPR_INT, also what was folded. EXPR_LOR without a right
 * operand is the truth of its left one.
 */
struct pred_node {
	enum expr_op op;
	bool boolean;
	bool is_signed;
	uint8_t bits;	     /* 16, 32 or 64; 0 in a constant that has no type yet */
	enum expr_half half; /* EXPR_FIELD */
	enum expr_field field;
	int left, right;
	uint64_t value; /* EXPR_INT */
};

/* The root is the last node; operands come before operators. */
struct pred {
	struct pred_node *nodes;
	size_t n;
};

/* What a predicate is about. Without a call only argN, nr, arch and ip are known. */
struct pred_subject {
	int abi; /* VD_ABI_NONE: an arch that the tables do not know */
	bool has_nr;
	uint32_t nr; /* raw */
	bool search; /* of expressions parsed with EXPR_SEARCH; constants have the values of x86 */
	uint32_t ret; /* with search: what ret, ret.action and ret.data are about, as vd_effective() gives it */
};

/* 0 or -1 (diagnosed). */
int pred_bind(const struct expr *expr, const struct pred_subject *subject, struct diags *diags,
	      struct pred *ret_pred);
void pred_done(struct pred *pred);

bool pred_holds(const struct pred *pred, const struct seccomp_data *record);

/* Whether the predicate is the same for every record, and which. */
bool pred_constant(const struct pred *pred, bool *ret_holds);

/*
 * A program that returns 1 where the predicate holds and 0 where it does not.
 * 0, -ENOMEM, or -E2BIG: it needs more instructions or scratch memory than
 * programs have.
 */
int pred_program(const struct pred *pred, bool big_endian, struct vd_prog **ret_prog);

/* The program of an expression over arg0 to arg5, nr, arch and ip, of no call. -EINVAL: it is none. */
int pred_program_of(const char *expr, bool big_endian, struct vd_prog **ret_prog);

/* Whether two predicates are the same, word for word and type for type. */
bool pred_equal(const struct pred *a, const struct pred *b);

/* A value cut to its width and extended to 64 bits again. */
static inline uint64_t pred_extend(uint64_t value, unsigned bits, bool is_signed)
{
	unsigned rest = 64 - bits;

	return is_signed ? (uint64_t)((int64_t)(value << rest) >> rest) : value << rest >> rest;
}

/*
 * Values of a field at which the predicate may change its answer: what it is
 * compared with, one below, one above, seen through masks and shifts, at the
 * width of the comparison and at 64 bits. At most max; returns how many there
 * are. Some may come twice.
 */
size_t pred_boundaries(const struct pred *pred, enum expr_field field, uint64_t *ret_values, size_t max);

#endif
