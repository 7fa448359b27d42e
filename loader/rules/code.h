/* SPDX-License-Identifier: MIT */
/*
 * Instructions while they are being made: jumps go to labels, which are bound
 * later than they are used (classic BPF only jumps forward). Knows which word
 * of the record A holds, so that a word is not loaded twice.
 */
#ifndef LOADER_RULES_CODE_H
#define LOADER_RULES_CODE_H

#include "loader/asm/flow.h"

struct code_label;

struct code {
	struct flow_insn *insns; /* true_at and false_at are labels until code_finish() */
	size_t n, cap;
	struct code_label *labels;
	size_t n_labels, labels_cap;
	int word;     /* of the record, in A; -1: something else */
	bool reached; /* whether the next instruction can be come to */
	bool failed;  /* no memory, or more instructions than could ever be few enough */
};

void code_init(struct code *code);
void code_done(struct code *code);

int code_label(struct code *code);
/* The next instruction is what the label stands for. */
void code_bind(struct code *code, int label);

/* An instruction that does not jump: BPF_ALU | BPF_AND | BPF_K, say. */
void code_op(struct code *code, unsigned op, uint32_t k);
/* A = the record's word at 4 * word, unless it is there already. */
void code_load(struct code *code, int word);
void code_ret(struct code *code, uint32_t value);
/* BPF_JEQ | BPF_K, say. */
void code_branch(struct code *code, unsigned op, uint32_t k, int to_true, int to_false);
void code_goto(struct code *code, int label);

/* The program, without what cannot be come to. 0 or -ENOMEM; may be longer than FLOW_LEN_MAX. */
int code_finish(struct code *code, struct sock_filter **ret_insns, size_t *ret_len);

#endif
