/* SPDX-License-Identifier: MIT */
/*
 * A concrete record as text, the one way it is written everywhere:
 * [ARCH] NAME|NUMBER(ARG, ...) [@IP]. What call_format() prints, call_parse()
 * reads back to the same record.
 */
#ifndef LOADER_CALL_H
#define LOADER_CALL_H

#include "loader/diag.h"
#include "loader/json.h"
#include "vm/verdict.h"

/*
 * Arguments are constant expressions; missing ones are 0; more than six, or
 * one that does not fit 64 bits, is an error. The arch (x86_64 when left out)
 * is an ABI's name or a 32-bit number; names need an ABI that the tables know.
 * 0 or -1 (diagnosed).
 */
int call_parse(const struct span *span, struct diags *diags, struct seccomp_data *ret_data);

/* "x86_64 ioctl(0, 0x5412) @0x400000", as short as it can be. Returns the length, as snprintf does. */
int call_format(const struct seccomp_data *data, char *buf, size_t size);
#define CALL_TEXT_MAX 256 /* no record's text is longer, the NUL included */

/*
 * Whether a record's 64-bit words have their high half first: by its ABI, for
 * archs the tables do not know by the audit word's __AUDIT_ARCH_LE bit.
 */
bool call_big_endian(const struct seccomp_data *data);

/*
 * The record that a machine of the other byte order sees as this one: with the
 * halves of its 64-bit words exchanged.
 */
void call_swap_halves(struct seccomp_data *data);

/* Records and verdicts as JSON objects, the same ones everywhere. source: which filter decided, or NULL. */
void call_json(struct json *json, const struct seccomp_data *data);
void verdict_json(struct json *json, const struct vd_verdict *verdict, const char *source);

#endif
