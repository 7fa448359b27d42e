/* SPDX-License-Identifier: MIT */
/* A checked program, as the machine runs it. */
#ifndef VM_PROG_H
#define VM_PROG_H

#include "vm/isa.h"
#include "vm/verdict.h"

#include <string.h>

/* One instruction with its opcode's row in place of the opcode. */
struct vd_insn {
	uint16_t op; /* enum vd_op */
	uint8_t jt, jf;
	uint32_t k;
};

struct vd_prog {
	size_t len;
	size_t converted_len;
	struct sock_filter *insns; /* as given; points behind code */
	struct vd_insn code[];
};

int vd_prog_copy(const struct vd_prog *prog, struct vd_prog **ret_prog);

/*
 * The record as filters see it: 16 words, the halves of the 64-bit ones in the
 * order of the ABI's memory.
 */
static inline void vd_record_words(const struct seccomp_data *data, bool big_endian,
				   uint32_t ret_words[VD_RECORD_WORDS])
{
	_Static_assert(sizeof(struct seccomp_data) == VD_RECORD_SIZE, "a record has 64 bytes");
	unsigned high = big_endian ? 0 : 1;

	ret_words[0] = (uint32_t)data->nr;
	ret_words[1] = data->arch;
	ret_words[2 + high] = (uint32_t)(data->instruction_pointer >> 32);
	ret_words[3 - high] = (uint32_t)data->instruction_pointer;
	for (unsigned i = 0; i < 6; i++) {
		ret_words[4 + 2 * i + high] = (uint32_t)(data->args[i] >> 32);
		ret_words[5 + 2 * i - high] = (uint32_t)data->args[i];
	}
}

#endif
