/* SPDX-License-Identifier: MIT */
#include "vm/isa.h"

const struct vd_isa vd_isa[VD_OPS] = {
#define ROW(id, opcode, name, operand, ...) \
	[VD_OP_##id] = { .code = opcode, .form = VD_FORM_##operand, .mnemonic = name },
	VD_ISA(ROW)
#undef ROW
};

_Static_assert(VD_OPS == 41, "seccomp(2) takes 41 opcodes");

int vd_op_of(uint16_t code)
{
	switch (code) {
#define ROW(id, opcode, ...) \
	case opcode:       \
		return VD_OP_##id;
		VD_ISA(ROW)
#undef ROW
	}
	return -1;
}
