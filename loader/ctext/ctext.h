/* SPDX-License-Identifier: MIT */
/*
 * c: texts. C that holds arrays of struct sock_filter, as people write them
 * (BPF_STMT, BPF_JUMP, macros of their own) or as `gcc -E -P` leaves them; or
 * bare initialisers, `{ 0x20, 0, 0, 4 },`. Everything else in the text is
 * passed over.
 *
 * token.c, define.c and expand.c (macros), directive.c (#if and the like),
 * find.c (arrays in the text), init.c (their initialisers).
 */
#ifndef LOADER_CTEXT_CTEXT_H
#define LOADER_CTEXT_CTEXT_H

#include "loader/diag.h"
#include "vm/verdict.h"

struct ctext_program {
	char *name; /* of the array, NULL: it has none */
	struct sock_filter *insns;
	size_t len;
};

/*
 * The arrays of a text in their order; name (its len 0: all): only the one of
 * that name. abi: whose numbers __NR_… and SYS_… are. 0 or -1 (diagnosed).
 */
int ctext_read(const struct text *text, int abi, const struct span *name, struct diags *diags,
	       struct ctext_program **ret_programs, size_t *ret_n);
void ctext_programs_done(struct ctext_program *programs, size_t n);

#endif
