/* SPDX-License-Identifier: MIT */
/*
 * The value oracle: what the running kernel computes for one program, 32-bit
 * value by 32-bit value, in bulk. The program is rewritten so that each RET
 * leaves its value, or a part of it, where the caller sees it (parts.h). A worker
 * process installs such a derivative and makes the calls; none of them runs.
 * What it cannot be asked (traced.h) can.
 */
#ifndef LOADER_KERNEL_VALUES_H
#define LOADER_KERNEL_VALUES_H

#include "loader/kernel/entry.h"
#include "vm/verdict.h"

/*
 * Fills ret_values[n] and ret_asked[n]. 0, or a negative errno: -E2BIG (the
 * derivatives are longer than 4,096 instructions: by four, by eight where the
 * program computes what it returns), -ENOSYS, -EPERM ... (the kernel cannot be
 * asked at all, see kernel_install_explain()), -ENOMEM.
 */
int kernel_values(const struct vd_prog *prog, const struct seccomp_data *records, size_t n,
		  uint32_t *ret_values, enum kernel_asked *ret_asked);

/* The same for several programs. A worker asks about many of them, which saves most of what a few records
 * cost. */
struct kernel_question {
	const struct vd_prog *prog;
	const struct seccomp_data *records;
	size_t n;
	/* out: */
	uint32_t *values;	  /* n */
	enum kernel_asked *asked; /* n */
	int error;		  /* as kernel_values() returns */
};

void kernel_values_all(struct kernel_question *questions, size_t n);

#endif
