/* SPDX-License-Identifier: MIT */
/* A case's `args:`: values by number or name, and the boxes of records that they cut out. */
#ifndef CASES_ARGS_H
#define CASES_ARGS_H

#include "cases/claim.h"
#include "cases/values.h"

/*
 * The records of a case: for each part of archs with a number in its set, one
 * box for each way in which argument names fall on numbers. args, ip: the
 * values of the keys, NULL: any. Boxes come without expectation; *ret_parts
 * says which part each is of. 0 or -1 (diagnosed).
 */
int boxes_read(const struct archs *archs, const struct set *calls, const struct node *args,
	       const struct node *ip, struct arena *arena, struct diags *diags, struct box **ret_boxes,
	       size_t **ret_parts, size_t *ret_n);

#endif
