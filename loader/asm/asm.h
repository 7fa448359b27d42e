/* SPDX-License-Identifier: MIT */
/*
 * The assembler: bpf_asm's text (Linux tools/bpf), with names for what a
 * seccomp filter loads, compares and returns. cursor.c (comments, tokens),
 * operand.c, mnemonic.c (opcodes), parse.c (statements), layout.c (labels to offsets),
 * guess.c (is it assembler at all?).
 */
#ifndef LOADER_ASM_H
#define LOADER_ASM_H

#include "loader/diag.h"
#include "vm/verdict.h"

struct asm_program {
	char *name; /* of its `.program "NAME"` line, NULL: it has none */
	struct sock_filter *insns;
	size_t len;
};

/* A text is one program, or several that begin with `.program`. 0 or -1 (diagnosed: all problems). */
int asm_assemble(const struct text *text, struct diags *diags, struct asm_program **ret_programs,
		 size_t *ret_n);
/* Whether a text of unknown kind may be assembler: one of its first lines begins as statements do. */
bool asm_plausible(const struct text *text);
void asm_programs_done(struct asm_program *programs, size_t n);

#endif
