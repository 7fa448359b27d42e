/* SPDX-License-Identifier: MIT */
/*
 * Expressions: one lexer and one parser for everything that people write where
 * a number is meant (`O_RDWR|O_CREAT`, `0x10`, `-1`, `(1 << 28) | 3`). The
 * grammar is verdict-rules(5)'s; a constant expression is one without argument names.
 * The parser makes a tree; predicates (where:, rules:) are the same tree with
 * more leaves and comparisons.
 *
 * loader/expr/: lex.c, parse.c (the tree), fold.c (constants), names.c (ABIs,
 * system calls, actions).
 */
#ifndef LOADER_EXPR_H
#define LOADER_EXPR_H

#include "loader/diag.h"
#include "vm/verdict.h"

/* A number that was written: bits, and how it may be read. */
struct expr_value {
	uint64_t bits; /* negative values sign-extended to 64 bits */
	bool negative; /* written with a minus, or a constant that is negative */
	bool varies;   /* some constant in it has another value on another architecture */
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
	uint32_t ret;  /* the raw value */
	bool has_data; /* data was written */
	bool raw;      /* a number was written */
	bool varies;   /* the data has another value on another architecture */
};
int expr_action(const struct span *span, struct diags *diags, struct expr_action *ret_action);

/*
 * A system call's number: a name of this ABI, or a number (decimal, hex,
 * negative; 32 bits). x32 numbers are taken with and without their bit, and
 * given with it. Unknown names: an error with the nearest known ones, and
 * which ABIs have the name.
 */
int expr_syscall(const struct span *span, int abi, struct diags *diags, uint32_t *ret_nr);

/* An ABI's name (with the nearest ones in the error), or VD_ABI_NONE and the arch word where a number stands.
 */
int expr_arch(const struct span *span, struct diags *diags, int *ret_abi, uint32_t *ret_arch);

/* The span without white space at both ends. */
struct span span_trim(struct span span);

/* Whether a word is an action where a value is meant, which is diagnosed then. */
bool expr_is_action(const struct span *where, struct diags *diags);
/* Diagnoses a word that is no constant: by what it is instead, or by what is near. */
void expr_unknown_name(const struct span *where, struct diags *diags);

/* ------------------------------------------------------------------ */
/* The tree                                                           */

enum expr_op {
	EXPR_INT,	/* value */
	EXPR_NAME,	/* a constant, an errno or an argument's name: the word at off, len */
	EXPR_QUALIFIED, /* ABI.NAME, a system call's number: the words at off, len */
	EXPR_FIELD,	/* value: enum expr_field; half */
	EXPR_CAST,	/* value: enum expr_cast (in C: bits, and EXPR_C_SIGNED); left */
	EXPR_ACTION,	/* ERRNO(EPERM); value: the action; left: its data */
	EXPR_NEG,
	EXPR_NOT, /* - and ~ */
	EXPR_SHL,
	EXPR_SHR,
	EXPR_AND,
	EXPR_XOR,
	EXPR_OR,
	EXPR_EQ,
	EXPR_NE,
	EXPR_LT,
	EXPR_LE,
	EXPR_GT,
	EXPR_GE,
	EXPR_LNOT,
	EXPR_LAND,
	EXPR_LOR,
	EXPR_ADD,
	EXPR_SUB,
	EXPR_MUL,
	EXPR_DIV,
	EXPR_MOD, /* C only */
};

/* The words of a record and of a verdict that an expression may speak of. */
enum expr_field {
	EXPR_ARG0, /* to EXPR_ARG0 + 5 */
	EXPR_NR = 6,
	EXPR_ARCH,
	EXPR_IP,
	EXPR_RET_ACTION,
	EXPR_RET_DATA,
	EXPR_RET, /* both */
};
enum expr_half { EXPR_WHOLE, EXPR_LO, EXPR_HI };
enum expr_cast { EXPR_U16, EXPR_U32, EXPR_S32, EXPR_U64, EXPR_S64 };

struct expr_node {
	enum expr_op op;
	enum expr_half half;
	bool parenthesised;
	int left, right; /* indices of the operands, -1: none; always below the node's own */
	uint64_t value;
	size_t off, len; /* in the text; an operator's is the whole expression */
	size_t op_off;	 /* the operator itself */
};

/* Operands come before their operators, the root last: one pass from 0 evaluates. */
struct expr {
	const struct text *text;
	struct expr_node *nodes;
	size_t n, cap;
};

enum {
	EXPR_ACTIONS = 1,  /* actions are values: KILL_PROCESS, ERRNO(EPERM) */
	EXPR_ABIS = 2,	   /* ABIs and the numbers of their calls are values: x86_64, x86_64.mkdir */
	EXPR_OCTAL = 4,	   /* numbers as bpf_asm has them: 017 is octal, +1 */
	EXPR_PREFIX = 8,   /* stop at what cannot be part of it */
	EXPR_C = 16,	   /* C's operators and precedence, casts, sizeof, offsetof, suffixes of numbers */
	EXPR_VERDICT = 32, /* `ret` is what the stack returned */
	EXPR_SEARCH = EXPR_ACTIONS | EXPR_ABIS | EXPR_VERDICT,
	EXPR_ASM = EXPR_ACTIONS | EXPR_ABIS | EXPR_OCTAL,
};
#define EXPR_C_SIGNED 0x100
#define EXPR_DEPTH_MAX 64 /* parentheses and prefix operators inside each other */
#define EXPR_NODES_MAX 4096

/* Parses one expression. *ret_end (may be NULL): the offset where it ends. 0 or -1 (diagnosed). */
int expr_parse(const struct span *span, unsigned flags, struct diags *diags, struct expr *ret_expr,
	       size_t *ret_end);
void expr_done(struct expr *expr);

/*
 * The value of one node, for readers of trees that are only partly constant:
 * values[] (one for each node) already has those of its operands.
 */
int expr_fold_node(const struct expr *expr, size_t i, unsigned flags, struct diags *diags,
		   struct expr_value *values);

/*
 * The value of a tree parsed with EXPR_C, as C's integer types have it (those
 * of 64-bit Linux). __NR_NAME and SYS_NAME are the numbers of the ABI given. 0
 * or -1 (diagnosed).
 */
int expr_fold_c(const struct expr *expr, int abi, struct diags *diags, struct expr_value *ret_value);
/* Whether a word alone is a constant there. */
bool expr_c_name(const char *word, size_t len, int abi);

/* expr_const_bits() of a prefix of the span with the flags given. */
int expr_const_prefix(const struct span *span, unsigned flags, unsigned bits, struct diags *diags,
		      uint64_t *ret_bits, size_t *ret_end);

#endif
