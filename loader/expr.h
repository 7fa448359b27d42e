/* SPDX-License-Identifier: MIT */
/*
 * Expressions: one lexer and one parser for everything that people write where
 * a number is meant (`O_RDWR|O_CREAT`, `0x10`, `-1`, `(1 << 28) | 3`). The
 * grammar is RULES.md's; a constant expression is one without argument names.
 * The parser makes a tree; predicates (where:, rules:) are the same tree with
 * more leaves and comparisons.
 */
#ifndef LOADER_EXPR_H
#define LOADER_EXPR_H

#include "loader/diag.h"
#include "vm/verdict.h"

/* A number that was written: bits, and how it may be read. */
struct expr_value {
	uint64_t bits;   /* negative values sign-extended to 64 bits */
	bool negative;   /* written with a minus, or a constant that is negative */
	bool varies;     /* some constant in it has another value on another architecture */
};

/*
 * A constant expression that fills the span but for white space. `010`-style
 * octals, numbers over 64 bits, unknown names (with the nearest known ones)
 * and operators that make no sense here are errors with their own place.
 * Errnos are known as well as constants. 0 or -1 (diagnosed).
 */
int expr_const(const struct span *span, struct diags *diags, struct expr_value *ret_value);

/*
 * The same, and the value must fit: bits 32 takes -2^31 to 2^32-1 (negative
 * ones are cut to 32 bits), bits 64 everything, bits 16 -2^15 to 2^16-1.
 */
int expr_const_bits(const struct span *span, unsigned bits, struct diags *diags, uint64_t *ret_bits);

/*
 * An action with its data: "ERRNO(EPERM)", "TRACE(0x10)", "SCMP_ACT_ALLOW", a
 * 32-bit number. Data is a constant expression of at most 16 bits.
 */
struct expr_action {
	uint32_t ret;    /* the raw value */
	bool has_data;   /* data was written */
	bool raw;        /* a number was written */
};
int expr_action(const struct span *span, struct diags *diags, struct expr_action *ret_action);

/*
 * A system call's number: a name of this ABI, or a number (decimal, hex,
 * negative; 32 bits). x32 numbers are taken with and without their bit, and
 * given with it. Unknown names: an error with the nearest known ones, and
 * which ABIs have the name.
 */
int expr_syscall(const struct span *span, int abi, struct diags *diags, uint32_t *ret_nr);

/* An ABI's name (with the nearest ones in the error), or VD_ABI_NONE and the arch word where a number stands. */
int expr_arch(const struct span *span, struct diags *diags, int *ret_abi, uint32_t *ret_arch);

/* The span without white space at both ends. */
struct span span_trim(struct span span);

#endif
