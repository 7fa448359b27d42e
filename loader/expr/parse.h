/* SPDX-License-Identifier: MIT */
/* Inside the parser of expressions: parse.c has the operators, operand.c their operands, c.c what C adds. */
#ifndef LOADER_EXPR_PARSE_H
#define LOADER_EXPR_PARSE_H

#include "loader/expr/lex.h"

struct parser {
	struct expr expr;
	struct token token; /* the next one */
	size_t end;	    /* of the text to look at */
	size_t last;	    /* where the token before ended */
	unsigned flags;
	int depth;
	struct diags *diags;
};

/* Levels of binding, the loosest first. Comparisons are one level and do not chain. */
enum { LEVEL_LOR, LEVEL_LAND, LEVEL_CMP, LEVEL_OR, LEVEL_XOR, LEVEL_AND, LEVEL_SHIFT, LEVEL_UNARY };
/* C's. */
enum {
	C_LOR,
	C_LAND,
	C_OR,
	C_XOR,
	C_AND,
	C_EQUALITY,
	C_ORDER,
	C_SHIFT,
	C_SUM,
	C_PRODUCT,
	C_UNARY,
	LEVEL_NONE = -1, /* no operator of the language */
};

void parser_advance(struct parser *p);
bool parser_at(const struct parser *p, unsigned op);
bool parser_word(const struct parser *p, const struct token *token, const char *word);
struct span parser_span(const struct parser *p, size_t off, size_t len);
/* One more pair of parentheses or prefix operator. 0 or -1 (diagnosed); the caller takes it back from
 * p->depth. */
int parser_deeper(struct parser *p);
/* A node without operands that ends where the parser is. */
int parser_leaf(struct parser *p, enum expr_op op, uint64_t value, const struct token *first);
/* Diagnoses what stands where an operand is meant. Returns -1. */
int parser_expected(struct parser *p);
/* Operators that bind at least as tightly as level. The root's index or -1 (diagnosed). */
int parser_level(struct parser *p, int level);
int parse_unary(struct parser *p);

/* An operand, and a number. The index or -1 (diagnosed). */
int parser_operand(struct parser *p);
int parser_int(struct parser *p);

/* An operand that only C has: a cast, sizeof, offsetof. Its index, -1 (diagnosed), or PARSER_OTHER. */
#define PARSER_OTHER (-2)
int parser_c_operand(struct parser *p);

#endif
