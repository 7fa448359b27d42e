/* SPDX-License-Identifier: MIT */
/* A predicate alone as a program. */
#include "loader/rules/cond.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static int bind_text(const struct text *text, struct pred *ret_pred)
{
	const struct pred_subject subject = { .abi = VD_ABI_NONE };
	struct span all = span_all(text);
	struct diags diags;
	struct expr expr;

	diags_init(&diags);
	int r = expr_parse(&all, 0, &diags, &expr, NULL);
	if (r == 0) {
		r = pred_bind(&expr, &subject, &diags, ret_pred);
		expr_done(&expr);
	}
	diags_done(&diags);
	return r;
}

int pred_program_of(const char *expr, bool big_endian, struct vd_prog **ret_prog)
{
	struct pred pred;
	struct text text;

	if (text_from("expression", expr, strlen(expr), &text) < 0)
		return -ENOMEM;
	int r = bind_text(&text, &pred) < 0 ? -EINVAL : 0;
	if (r == 0) {
		r = pred_program(&pred, big_endian, ret_prog);
		pred_done(&pred);
	}
	text_done(&text);
	return r;
}
