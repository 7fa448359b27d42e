/* SPDX-License-Identifier: MIT */
/* A case's `arch:`: which ABIs and arch words it is about. */
#ifndef CASES_ARCHS_H
#define CASES_ARCHS_H

#include "cases/set.h"
#include "loader/yaml.h"
#include "vm/verdict.h"

/*
 * One ABI, or a set of arch words whose calls have numbers only. A case is
 * about all records of all its parts.
 */
struct arch_part {
	int abi;	  /* VD_ABI_NONE: any record with such an arch word */
	struct set words; /* seccomp_data.arch */
	struct set space; /* seccomp_data.nr: the numbers that belong to the part */
	bool big_endian;
	uint8_t reg_bits;
};

struct archs {
	struct arch_part *parts;
	size_t n;
	bool varied; /* some part is of another architecture than x86: constants may have other values there
		      */
	bool narrow; /* some part has registers of 32 bits */
};

/*
 * node: the value of `arch:`, NULL: x86_64, as in a call without arch.
 * byte_order: the value of `byte_order:`, for arch words that the tables do
 * not know; NULL: as the word says. 0 or -1 (diagnosed).
 */
int archs_read(const struct node *node, const struct node *byte_order, struct arena *arena,
	       struct diags *diags, struct archs *ret_archs);

/* "x86_64", or "any" or "0x..." for a part without an ABI. */
const char *arch_part_name(const struct arch_part *part, char *buf, size_t size);

#endif
