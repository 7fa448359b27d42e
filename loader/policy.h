/* SPDX-License-Identifier: MIT */
/*
 * A policy as it is written: its rules read directly, without the compiler that
 * made a filter of them. `show --abis` and the tests compare the two.
 */
#ifndef LOADER_POLICY_H
#define LOADER_POLICY_H

#include "loader/diag.h"
#include "vm/verdict.h"

/* What a reading of a record gives, when no rule speaks of it: the policy's default. */
#define POLICY_DEFAULT (-1)

struct policy_rule {
	struct span at;      /* where it is written */
	const char *text;    /* one line for people: "socket: arg0 == 40 -> ERRNO(EAFNOSUPPORT)" */
	const char *syscall; /* the call's name as written; NULL: a number (nr) */
	uint32_t nr, last;   /* where syscall is NULL: raw numbers, nr to last, for the one ABI in abis */
	uint32_t action;     /* the 32-bit value a record that matches shall get */
	uint32_t abis;       /* the ABIs it is meant for, as bits 1u << enum vd_abi */
};

/* A reader of profiles or rules fills one in; the functions answer from the written rules alone. */
struct policy {
	struct policy_rule *rules; /* one for each call a rule names; in the order written */
	size_t n;
	uint32_t abis;             /* the ABIs the policy speaks of */
	void *data;
	/*
	 * Whether rule i's own conditions hold for a record of ABI abi whose call
	 * is the rule's (nr is not looked at: the record may be a multiplexer's).
	 */
	bool (*matches)(const struct policy *policy, size_t i, int abi, const struct seccomp_data *record);
	/*
	 * What the whole policy says of a record, and which rule decided
	 * (POLICY_DEFAULT: none).
	 */
	uint32_t (*read)(const struct policy *policy, const struct seccomp_data *record, int *ret_rule);
	/*
	 * Values of argument arg at which rule i's conditions change their answer
	 * (each boundary, one below, one above, at the width the rule compares
	 * and at 64 bits), at most max. Returns how many there are.
	 */
	size_t (*boundaries)(const struct policy *policy, size_t i, int abi, unsigned arg, uint64_t *ret_values,
			     size_t max);
	/*
	 * Rule i's own conditions on ABI abi as a program that returns 1 where they
	 * hold and 0 elsewhere; NULL: they hold for every record. Of two rules that
	 * hold for one record it must be the same one that decides whatever the
	 * record is, and where one holds no default may; a policy that cannot say
	 * so has NULL here. 0, -ENOMEM, or -E2BIG: there is no such program.
	 */
	int (*program)(const struct policy *policy, size_t i, int abi, bool big_endian,
		       struct vd_prog **ret_prog);
	void (*free)(struct policy *policy);
};

#endif
