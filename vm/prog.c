/* SPDX-License-Identifier: MIT */
#include "vm/prog.h"
#include "vm/check.h"
#include "vm/run.h"

#include <errno.h>
#include <stdlib.h>

static size_t prog_size(size_t len)
{
	return sizeof(struct vd_prog) + len * (sizeof(struct vd_insn) + sizeof(struct sock_filter));
}

int vd_prog_new(const struct sock_filter *insns, size_t len, struct vd_prog **ret_prog,
		struct vd_error *reterr)
{
	struct vd_error error;

	if (vd_check(insns, len, &error, 1)) {
		if (reterr)
			*reterr = error;
		return -EINVAL;
	}
	struct vd_prog *prog = malloc(prog_size(len));
	if (!prog) {
		if (reterr)
			*reterr = (struct vd_error){ .code = VD_ERROR_NO_MEMORY, .pc = -1 };
		return -ENOMEM;
	}
	prog->len = len;
	prog->insns = (struct sock_filter *)(prog->code + len);
	prog->converted_len = VD_CONVERTED_PROLOGUE;
	memcpy(prog->insns, insns, len * sizeof(*insns));
	for (size_t i = 0; i < len; i++) {
		prog->code[i] = (struct vd_insn){
			.op = (uint16_t)vd_op_of(insns[i].code), .jt = insns[i].jt, .jf = insns[i].jf, .k = insns[i].k
		};
		prog->converted_len += vd_converted_len(&insns[i]);
	}
	*ret_prog = prog;
	return 0;
}

int vd_prog_copy(const struct vd_prog *prog, struct vd_prog **ret_prog)
{
	struct vd_prog *copy = malloc(prog_size(prog->len));

	if (!copy)
		return -ENOMEM;
	memcpy(copy, prog, prog_size(prog->len));
	copy->insns = (struct sock_filter *)(copy->code + copy->len);
	*ret_prog = copy;
	return 0;
}

void vd_prog_free(struct vd_prog *prog)
{
	free(prog);
}

size_t vd_prog_len(const struct vd_prog *prog)
{
	return prog->len;
}

const struct sock_filter *vd_prog_insns(const struct vd_prog *prog)
{
	return prog->insns;
}

size_t vd_prog_converted_len(const struct vd_prog *prog)
{
	return prog->converted_len;
}

uint32_t vd_prog_run(const struct vd_prog *prog, const struct seccomp_data *data)
{
	uint32_t words[VD_RECORD_WORDS];

	vd_record_words(data, false, words);
	return vd_exec(prog->code, words, NULL, false, false, false, false);
}
