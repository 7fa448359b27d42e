/* SPDX-License-Identifier: MIT */
/* Which instruction a mnemonic with an operand is. */
#include "loader/asm/parse.h"
#include "vm/isa.h"

#include <string.h>

static const struct mnemonic mnemonics[] = {
	{ "ld", "ld", false, "#k, [k], M[k], #len or a word of the record (nr, arch, ip.lo, args[0].hi)" },
	{ "ldi", "ldi", false, "#k" },
	{ "ldh", "ldh", false, "[k] or [x + k]" },
	{ "ldb", "ldb", false, "[k] or [x + k]" },
	{ "ldx", "ldx", false, "#k, M[k] or #len" },
	{ "ldxi", "ldxi", false, "#k" },
	{ "ldxb", "ldxb", false, "4*([k]&0xf)" },
	{ "st", "st", false, "M[k]" },
	{ "stx", "stx", false, "M[k]" },
	{ "ja", "ja", false, "a label" },
	{ "jmp", "ja", false, "a label" },
	{ "jeq", "jeq", false, "#k or x, and one or two labels" },
	{ "jne", "jeq", true, "#k or x, and one or two labels" },
	{ "jneq", "jeq", true, "#k or x, and one or two labels" },
	{ "jgt", "jgt", false, "#k or x, and one or two labels" },
	{ "jge", "jge", false, "#k or x, and one or two labels" },
	{ "jlt", "jge", true, "#k or x, and one or two labels" },
	{ "jle", "jgt", true, "#k or x, and one or two labels" },
	{ "jset", "jset", false, "#k or x, and one or two labels" },
	{ "add", "add", false, "#k or x" },
	{ "sub", "sub", false, "#k or x" },
	{ "mul", "mul", false, "#k or x" },
	{ "div", "div", false, "#k or x" },
	{ "mod", "mod", false, "#k or x" },
	{ "and", "and", false, "#k or x" },
	{ "or", "or", false, "#k or x" },
	{ "xor", "xor", false, "#k or x" },
	{ "lsh", "lsh", false, "#k or x" },
	{ "rsh", "rsh", false, "#k or x" },
	{ "neg", "neg", false, "no operand" },
	{ "tax", "tax", false, "no operand" },
	{ "txa", "txa", false, "no operand" },
	{ "ret", "ret", false, "#k or a" },
};
#define MNEMONICS (sizeof(mnemonics) / sizeof(*mnemonics))

/*
 * What bpf_asm has beyond the instruction table: the kernel refuses it in seccomp filters, which `check`
 * says.
 */
static const struct {
	const char *base;
	enum operand_form form;
	uint16_t code;
} others[] = {
	{ "ldi", OPERAND_IMM, BPF_LD | BPF_IMM },	    { "ldi", OPERAND_BARE, BPF_LD | BPF_IMM },
	{ "ldxi", OPERAND_IMM, BPF_LDX | BPF_IMM },	    { "ldxi", OPERAND_BARE, BPF_LDX | BPF_IMM },
	{ "ld", OPERAND_IND, BPF_LD | BPF_W | BPF_IND },    { "ldh", OPERAND_ABS, BPF_LD | BPF_H | BPF_ABS },
	{ "ldh", OPERAND_IND, BPF_LD | BPF_H | BPF_IND },   { "ldb", OPERAND_ABS, BPF_LD | BPF_B | BPF_ABS },
	{ "ldb", OPERAND_IND, BPF_LD | BPF_B | BPF_IND },   { "ldx", OPERAND_MSH, BPF_LDX | BPF_B | BPF_MSH },
	{ "ldxb", OPERAND_MSH, BPF_LDX | BPF_B | BPF_MSH }, { "mod", OPERAND_IMM, BPF_ALU | BPF_MOD | BPF_K },
	{ "mod", OPERAND_X, BPF_ALU | BPF_MOD | BPF_X },    { "ret", OPERAND_X, BPF_RET | BPF_X },
};
#define OTHERS (sizeof(others) / sizeof(*others))

/* The operand form that an instruction table's form is written with; -1: a label alone. */
static int form_of(int form)
{
	switch ((enum vd_form)form) {
	case VD_FORM_NONE:
		return OPERAND_NONE;
	case VD_FORM_IMM:
	case VD_FORM_JUMP_K:
		return OPERAND_IMM;
	case VD_FORM_ABS:
		return OPERAND_ABS;
	case VD_FORM_MEM:
		return OPERAND_MEM;
	case VD_FORM_LEN:
		return OPERAND_LEN;
	case VD_FORM_X:
	case VD_FORM_JUMP_X:
		return OPERAND_X;
	case VD_FORM_A:
		return OPERAND_A;
	case VD_FORM_JUMP:
		break;
	}
	return -1;
}

/* The opcode of a mnemonic with an operand; -1: there is none. */
int mnemonic_code(const char *base, enum operand_form form)
{
	for (int op = 0; op < VD_OPS; op++)
		if (!strcmp(vd_isa[op].mnemonic, base) && form_of(vd_isa[op].form) == (int)form)
			return vd_isa[op].code;
	for (size_t i = 0; i < OTHERS; i++)
		if (!strcmp(others[i].base, base) && others[i].form == form)
			return others[i].code;
	return -1;
}

const struct mnemonic *mnemonic_at(const struct cursor *cursor)
{
	for (size_t i = 0; i < MNEMONICS; i++)
		if (cursor_word(cursor, mnemonics[i].name))
			return &mnemonics[i];
	return NULL;
}

size_t mnemonics_near(const char *word, size_t len, const char **ret_names, size_t max)
{
	const char *names[MNEMONICS];

	for (size_t i = 0; i < MNEMONICS; i++)
		names[i] = mnemonics[i].name;
	return vd_near(word, len, names, MNEMONICS, ret_names, max);
}
