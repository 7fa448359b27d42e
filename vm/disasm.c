/* SPDX-License-Identifier: MIT */
#include "vm/check.h"
#include "vm/isa.h"

#include <stdio.h>

#define WORD_NR 0
#define WORD_ARCH 1

/* A word of the record by name: nr, arch, ip.lo, args[0].hi. */
static int format_word(uint32_t word, bool big_endian, char *buf, size_t size)
{
	static const char *const halves[] = { "lo", "hi" };
	const char *half = halves[(word & 1) ^ big_endian];

	if (word == WORD_NR)
		return snprintf(buf, size, "nr");
	if (word == WORD_ARCH)
		return snprintf(buf, size, "arch");
	if (word < 4)
		return snprintf(buf, size, "ip.%s", half);
	return snprintf(buf, size, "args[%u].%s", word / 2 - 2, half);
}

/* Numbers of one digit are the same in every base. */
static int format_number(uint32_t k, char *buf, size_t size)
{
	return snprintf(buf, size, k < 10 ? "%u" : "0x%x", k);
}

/* The constant of `jeq #k`: an ABI or a system call where A is known to be one. */
static int format_compared(uint32_t k, const struct vd_fact *fact, char *buf, size_t size)
{
	if (fact->word == WORD_ARCH && vd_abi_of(k, 0) != VD_ABI_NONE)
		return snprintf(buf, size, "%s", vd_abi_info(vd_abi_of(k, 0))->name);
	if (fact->word == WORD_NR && fact->abi != VD_ABI_NONE) {
		int abi = vd_abi_of(vd_abi_info(fact->abi)->audit_arch, k);
		const char *name = vd_syscall_name(abi, k);
		if (name)
			return snprintf(buf, size, "%s.%s", vd_abi_info(abi)->name, name);
	}
	return format_number(k, buf, size);
}

/* The operand of an instruction that is not a branch, with a space before it. */
static void format_operand(int op, const struct sock_filter *insn, const struct vd_disasm_opts *opts,
			   char *buf, size_t size)
{
	char text[64];

	switch ((enum vd_form)vd_isa[op].form) {
	case VD_FORM_IMM:
		if (op == VD_OP_RET_K && !opts->numeric)
			vd_action_format(insn->k, text, sizeof(text));
		else
			format_number(insn->k, text, sizeof(text));
		snprintf(buf, size, " #%s", text);
		return;
	case VD_FORM_ABS:
		if (opts->numeric)
			snprintf(text, sizeof(text), "[%u]", insn->k);
		else
			format_word(insn->k / 4, opts->big_endian, text, sizeof(text));
		snprintf(buf, size, " %s", text);
		return;
	case VD_FORM_MEM:
		snprintf(buf, size, " M[%u]", insn->k);
		return;
	case VD_FORM_LEN:
		snprintf(buf, size, " #len");
		return;
	case VD_FORM_X:
		snprintf(buf, size, " x");
		return;
	case VD_FORM_A:
		snprintf(buf, size, " a");
		return;
	case VD_FORM_NONE:
	case VD_FORM_JUMP:
	case VD_FORM_JUMP_K:
	case VD_FORM_JUMP_X:
		break;
	}
	buf[0] = '\0';
}

/* The opposite of a comparison, for a branch that only leaves when it is false; NULL: it has none. */
static const char *opposite(int op)
{
	switch (op) {
	case VD_OP_JEQ_K:
	case VD_OP_JEQ_X:
		return "jne";
	case VD_OP_JGT_K:
	case VD_OP_JGT_X:
		return "jle";
	case VD_OP_JGE_K:
	case VD_OP_JGE_X:
		return "jlt";
	}
	return NULL;
}

static int format_branch(int op, const struct sock_filter *insn, size_t pc, const struct vd_disasm_opts *opts,
			 char *buf, size_t size)
{
	const char *mnemonic = vd_isa[op].mnemonic;
	size_t jt = pc + 1 + insn->jt, jf = pc + 1 + insn->jf;
	char operand[64] = "x", number[62];

	if (vd_isa[op].form == VD_FORM_JUMP_K) {
		if (op == VD_OP_JEQ_K && opts->facts && !opts->numeric)
			format_compared(insn->k, &opts->facts[pc], number, sizeof(number));
		else
			format_number(insn->k, number, sizeof(number));
		snprintf(operand, sizeof(operand), "#%s", number);
	}
	if (!insn->jf)
		return snprintf(buf, size, "%s %s, L%zu", mnemonic, operand, jt);
	if (!insn->jt && opposite(op))
		return snprintf(buf, size, "%s %s, L%zu", opposite(op), operand, jf);
	return snprintf(buf, size, "%s %s, L%zu, L%zu", mnemonic, operand, jt, jf);
}

/* Whether a mnemonic shows all 64 bits of an instruction, and the kernel would take it. */
static bool has_mnemonic(const struct sock_filter *insns, size_t len, size_t pc)
{
	const struct sock_filter *insn = &insns[pc];
	struct vd_error errors[2];
	int op = vd_op_of(insn->code);

	if (vd_check_insn(insns, len, pc, errors))
		return false;
	if (!vd_form_is_branch(vd_isa[op].form) && (insn->jt || insn->jf))
		return false;
	return vd_form_uses_k(vd_isa[op].form) || !insn->k;
}

int vd_disasm(const struct sock_filter *insns, size_t len, size_t pc, const struct vd_disasm_opts *opts,
	      char *buf, size_t size)
{
	static const struct vd_disasm_opts defaults = { .numeric = false };
	const struct sock_filter *insn = &insns[pc];
	int op = vd_op_of(insn->code);
	char operand[68];

	if (!opts)
		opts = &defaults;
	if (!has_mnemonic(insns, len, pc))
		return snprintf(buf, size, ".insn 0x%02x,%u,%u,0x%x", insn->code, insn->jt, insn->jf, insn->k);
	if (op == VD_OP_JA)
		return snprintf(buf, size, "ja L%zu", pc + 1 + insn->k);
	if (vd_form_is_branch(vd_isa[op].form))
		return format_branch(op, insn, pc, opts, buf, size);
	format_operand(op, insn, opts, operand, sizeof(operand));
	return snprintf(buf, size, "%s%s", vd_isa[op].mnemonic, operand);
}
