/* SPDX-License-Identifier: MIT */
/* A predicate alone as a program. */
#include "loader/rules/cond.h"

#include <errno.h>
#include <stdlib.h>

int pred_program(const struct pred *pred, bool big_endian, struct vd_prog **ret_prog)
{
	struct sock_filter *insns = NULL;
	struct code code;
	size_t len;

	code_init(&code);
	int yes = code_label(&code), no = code_label(&code);
	int r = cond_compile(&code, pred, big_endian, yes, no);
	code_bind(&code, no);
	if (code.reached)
		code_ret(&code, 0);
	code_bind(&code, yes);
	if (code.reached)
		code_ret(&code, 1);
	if (r == 0)
		r = code.failed ? -E2BIG : code_finish(&code, &insns, &len);
	code_done(&code);
	if (r == 0)
		r = vd_prog_new(insns, len, ret_prog, NULL);
	free(insns);
	return r == -EINVAL ? -E2BIG : r;
}
