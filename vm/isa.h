/* SPDX-License-Identifier: MIT */
/*
 * The instruction table: the 41 opcodes that seccomp(2) takes
 * (kernel/seccomp.c: seccomp_check_filter), one row each. Checker, interpreter,
 * disassembler, assembler and prover are expansions of it.
 *
 *	ROW(id, code, mnemonic, form, effect)
 *
 * code is the kernel's 16-bit opcode, form tells which operand the text has and
 * which of jt, jf and k are used, effect is what the interpreter does, in terms
 * of a, x, m[], k, w[] (the record's 16 words) and the verbs:
 *
 *	SET_A(e) SET_X(e)  load the accumulator, the index register
 *	SET_M(e)           store into m[k]
 *	BRANCH(c)          skip jt instructions if c, else jf
 *	SKIP               skip k instructions
 *	RETURN(e)          the program returns e
 *
 * All values are uint32_t: arithmetic is modulo 2^32 and comparisons are
 * unsigned.
 */
#ifndef VM_ISA_H
#define VM_ISA_H

#include <stdint.h>

#define VD_SHIFT(x) ((x) & 31)

/* clang-format off */
#define VD_ISA(ROW) \
	ROW(LD_IMM,  0x00, "ld",   IMM,    SET_A(k)) \
	ROW(LDX_IMM, 0x01, "ldx",  IMM,    SET_X(k)) \
	ROW(ST,      0x02, "st",   MEM,    SET_M(a)) \
	ROW(STX,     0x03, "stx",  MEM,    SET_M(x)) \
	ROW(ADD_K,   0x04, "add",  IMM,    SET_A(a + k)) \
	ROW(JA,      0x05, "ja",   JUMP,   SKIP) \
	ROW(RET_K,   0x06, "ret",  IMM,    RETURN(k)) \
	ROW(TAX,     0x07, "tax",  NONE,   SET_X(a)) \
	ROW(ADD_X,   0x0c, "add",  X,      SET_A(a + x)) \
	ROW(SUB_K,   0x14, "sub",  IMM,    SET_A(a - k)) \
	ROW(JEQ_K,   0x15, "jeq",  JUMP_K, BRANCH(a == k)) \
	ROW(RET_A,   0x16, "ret",  A,      RETURN(a)) \
	ROW(SUB_X,   0x1c, "sub",  X,      SET_A(a - x)) \
	ROW(JEQ_X,   0x1d, "jeq",  JUMP_X, BRANCH(a == x)) \
	ROW(LD_ABS,  0x20, "ld",   ABS,    SET_A(w[k / 4])) \
	ROW(MUL_K,   0x24, "mul",  IMM,    SET_A(a * k)) \
	ROW(JGT_K,   0x25, "jgt",  JUMP_K, BRANCH(a > k)) \
	ROW(MUL_X,   0x2c, "mul",  X,      SET_A(a * x)) \
	ROW(JGT_X,   0x2d, "jgt",  JUMP_X, BRANCH(a > x)) \
	ROW(DIV_K,   0x34, "div",  IMM,    SET_A(a / k)) \
	ROW(JGE_K,   0x35, "jge",  JUMP_K, BRANCH(a >= k)) \
	ROW(DIV_X,   0x3c, "div",  X,      if (!x) RETURN(0); SET_A(a / x)) \
	ROW(JGE_X,   0x3d, "jge",  JUMP_X, BRANCH(a >= x)) \
	ROW(OR_K,    0x44, "or",   IMM,    SET_A(a | k)) \
	ROW(JSET_K,  0x45, "jset", JUMP_K, BRANCH(a & k)) \
	ROW(OR_X,    0x4c, "or",   X,      SET_A(a | x)) \
	ROW(JSET_X,  0x4d, "jset", JUMP_X, BRANCH(a & x)) \
	ROW(AND_K,   0x54, "and",  IMM,    SET_A(a & k)) \
	ROW(AND_X,   0x5c, "and",  X,      SET_A(a & x)) \
	ROW(LD_MEM,  0x60, "ld",   MEM,    SET_A(m[k])) \
	ROW(LDX_MEM, 0x61, "ldx",  MEM,    SET_X(m[k])) \
	ROW(LSH_K,   0x64, "lsh",  IMM,    SET_A(a << k)) \
	ROW(LSH_X,   0x6c, "lsh",  X,      SET_A(a << VD_SHIFT(x))) \
	ROW(RSH_K,   0x74, "rsh",  IMM,    SET_A(a >> k)) \
	ROW(RSH_X,   0x7c, "rsh",  X,      SET_A(a >> VD_SHIFT(x))) \
	ROW(LD_LEN,  0x80, "ld",   LEN,    SET_A(VD_RECORD_SIZE)) \
	ROW(LDX_LEN, 0x81, "ldx",  LEN,    SET_X(VD_RECORD_SIZE)) \
	ROW(NEG,     0x84, "neg",  NONE,   SET_A(0 - a)) \
	ROW(TXA,     0x87, "txa",  NONE,   SET_A(x)) \
	ROW(XOR_K,   0xa4, "xor",  IMM,    SET_A(a ^ k)) \
	ROW(XOR_X,   0xac, "xor",  X,      SET_A(a ^ x))
/* clang-format on */

/* What a program can load: struct seccomp_data, 64 bytes, as 16 words. */
#define VD_RECORD_SIZE 64u
#define VD_RECORD_WORDS 16u
/* Scratch memory M[0] to M[15] (linux/bpf_common.h: BPF_MEMWORDS). */
#define VD_MEM_WORDS 16u

enum vd_op {
#define ROW(id, ...) VD_OP_##id,
	VD_ISA(ROW)
#undef ROW
	VD_OPS
};

/* The operand's text, and the fields of the instruction that mean something. */
enum vd_form {
	VD_FORM_NONE,   /* nothing: tax */
	VD_FORM_IMM,    /* k: #k */
	VD_FORM_ABS,    /* k: [k], an offset into the record */
	VD_FORM_MEM,    /* k: M[k] */
	VD_FORM_LEN,    /* nothing: #len */
	VD_FORM_X,      /* nothing: x */
	VD_FORM_A,      /* nothing: a */
	VD_FORM_JUMP,   /* k: a label */
	VD_FORM_JUMP_K, /* k, jt, jf: #k, label, label */
	VD_FORM_JUMP_X, /* jt, jf: x, label, label */
};

struct vd_isa {
	uint16_t code;
	uint8_t form; /* enum vd_form */
	char mnemonic[5];
};
extern const struct vd_isa vd_isa[VD_OPS];

/* The row of an opcode, -1: seccomp(2) does not take it. */
int vd_op_of(uint16_t code);

static inline int vd_form_is_branch(int form)
{
	return form == VD_FORM_JUMP_K || form == VD_FORM_JUMP_X;
}

/* Whether k means something in this form. */
static inline int vd_form_uses_k(int form)
{
	return form == VD_FORM_IMM || form == VD_FORM_ABS || form == VD_FORM_MEM || form == VD_FORM_JUMP ||
	       form == VD_FORM_JUMP_K;
}

#endif
