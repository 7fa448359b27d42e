/* SPDX-License-Identifier: MIT */
#include "vm/isa.h"
#include "vm/verdict.h"

#include <errno.h>
#include <stdio.h>

int vd_error_errno(int code)
{
	return code == VD_ERROR_STACK_SIZE || code == VD_ERROR_NO_MEMORY ? ENOMEM : EINVAL;
}

/* What is wrong, without the place. */
static int describe(const struct vd_error *e, char *buf, size_t size)
{
	unsigned long long value = e->value, limit = e->limit;
	int op = vd_op_of(e->insn.code);
	const char *name = op < 0 ? "?" : vd_isa[op].mnemonic;

	switch ((enum vd_error_code)e->code) {
	case VD_ERROR_NONE:
		return snprintf(buf, size, "no error");
	case VD_ERROR_LENGTH:
		return snprintf(buf, size, "%llu instructions, a program has 1 to %llu", value, limit);
	case VD_ERROR_OPCODE:
		return snprintf(buf, size, "opcode 0x%04x is not one that seccomp takes", e->insn.code);
	case VD_ERROR_LOAD_OFFSET:
		return e->insn.k % 4 && e->insn.k < limit
			       ? snprintf(buf, size, "ld [%u]: the offset is not a multiple of 4", e->insn.k)
			       : snprintf(buf, size, "ld [%u]: the record ends at %llu", e->insn.k, limit);
	case VD_ERROR_DIV_BY_ZERO:
		return snprintf(buf, size, "div #0: division by the constant zero");
	case VD_ERROR_SHIFT:
		return snprintf(buf, size, "%s #%u: a shift is at most %llu", name, e->insn.k, limit);
	case VD_ERROR_MEM_INDEX:
		return snprintf(buf, size, "%s M[%u]: scratch memory ends at M[%llu]", name, e->insn.k,
				limit);
	case VD_ERROR_JUMP:
	case VD_ERROR_JUMP_TRUE:
	case VD_ERROR_JUMP_FALSE:
		return snprintf(buf, size, "%s: %s goes to instruction %llu, the last is %llu", name,
				e->code == VD_ERROR_JUMP	? "the jump"
				: e->code == VD_ERROR_JUMP_TRUE ? "jt"
								: "jf",
				value, limit);
	case VD_ERROR_NO_RET:
		return snprintf(buf, size, "the last instruction is not a ret");
	case VD_ERROR_MEM_UNWRITTEN:
		return snprintf(buf, size, "%s M[%u]: read before it is written on every path", name,
				e->insn.k);
	case VD_ERROR_STACK_SIZE:
		return snprintf(buf, size,
				"the stack's size is %llu internal instructions, the kernel's limit is %llu",
				value, limit);
	case VD_ERROR_NO_MEMORY:
		return snprintf(buf, size, "out of memory");
	}
	return snprintf(buf, size, "unknown error %d", e->code);
}

int vd_error_format(const struct vd_error *error, char *buf, size_t size)
{
	char what[160], words[64] = "";
	const char *name = error->code == VD_ERROR_NONE		   ? ""
			   : vd_error_errno(error->code) == ENOMEM ? "ENOMEM: "
								   : "EINVAL: ";

	describe(error, what, sizeof(what));
	if (error->pc < 0)
		return snprintf(buf, size, "%s%s", name, what);
	snprintf(words, sizeof(words), " (0x%02x,%u,%u,0x%08x)", error->insn.code, error->insn.jt,
		 error->insn.jf, error->insn.k);
	return snprintf(buf, size, "%sinstruction %d: %s%s", name, error->pc, what, words);
}

const char *vd_version(void)
{
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
	return TEXT(VD_VERSION_MAJOR) "." TEXT(VD_VERSION_MINOR) "." TEXT(VD_VERSION_PATCH);
}
