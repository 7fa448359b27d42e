/* SPDX-License-Identifier: MIT */
/* Inside the assembler. */
#ifndef LOADER_ASM_PARSE_H
#define LOADER_ASM_PARSE_H

#include "loader/asm/asm.h"
#include "loader/asm/flow.h"
#include "loader/expr/lex.h"

/* Where the reader is: the next token, and where the last one ended. */
struct cursor {
	const struct text *text;
	struct diags *diags;
	struct token token;
	bool first;  /* the token is the first of its line */
	size_t last; /* end of the token before */
	bool failed; /* something was diagnosed as an error */
};

void cursor_init(struct cursor *cursor, const struct text *text, struct diags *diags);
void cursor_next(struct cursor *cursor);
/* Moves on to what stands at off. */
void cursor_seek(struct cursor *cursor, size_t off);
/* Gives up the line of the last token, or of from when that is further on. */
void cursor_skip_line(struct cursor *cursor, size_t from);
bool cursor_at(const struct cursor *cursor, char c);
bool cursor_word(const struct cursor *cursor, const char *word); /* whatever its case */
struct span cursor_span(const struct cursor *cursor);
/* Where something is missing: the token, or the end of the line when the token stands on a later one. */
struct span cursor_missing(const struct cursor *cursor);
/* Takes a character. -1: "'c' is meant here". */
int cursor_expect(struct cursor *cursor, char c);
/* A constant expression on this line. */
int cursor_constant(struct cursor *cursor, unsigned bits, uint32_t *ret_value);

enum operand_form {
	OPERAND_NONE,
	OPERAND_IMM,  /* #k */
	OPERAND_BARE, /* k */
	OPERAND_ABS,  /* [k], or a word of the record by name */
	OPERAND_IND,  /* [x + k] */
	OPERAND_MSH,  /* 4*([k]&0xf) */
	OPERAND_MEM,  /* M[k] */
	OPERAND_LEN,
	OPERAND_X,
	OPERAND_A,
};

struct operand {
	enum operand_form form;
	uint32_t k;
	struct span span;
};

/* The operand of the mnemonic given, of whatever form. 0 or -1 (diagnosed). */
int operand_parse(struct cursor *cursor, const char *mnemonic, bool big_endian, struct operand *ret_operand);

/* A mnemonic that is written; base is what the instruction table calls it. */
struct mnemonic {
	const char *name, *base;
	bool negated;	   /* leaves when the comparison is false */
	const char *usage; /* its operands, for diagnostics */
};
/* The mnemonic that the token is; NULL: none. */
const struct mnemonic *mnemonic_at(const struct cursor *cursor);
/* The opcode of a base with an operand; -1: there is none. */
int mnemonic_code(const char *base, enum operand_form form);
size_t mnemonics_near(const char *word, size_t len, const char **ret_names, size_t max);

/* An instruction whose jumps still go to labels. */
struct asm_insn {
	struct flow_insn flow;
	struct span to_true, to_false; /* labels, text NULL: the next instruction; JA has to_true only */
	struct span place;
};

struct asm_label {
	struct span name;
	size_t at; /* index of the instruction it stands before */
	bool used;
};

struct asm_unit {
	char *name;
	struct span place; /* of its first line */
	bool broken;	   /* a line of it was given up */
	struct asm_insn *insns;
	size_t n, cap;
	struct asm_label *labels;
	size_t n_labels, labels_cap;
};

/* Labels to offsets, branches that reach too far through inserted jumps. 0 or -1 (diagnosed). */
int asm_layout(struct asm_unit *unit, struct diags *diags, struct sock_filter **ret_insns, size_t *ret_len);

#endif
