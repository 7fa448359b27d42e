/* SPDX-License-Identifier: MIT */
/*
 * A stack's verdicts out of the value oracle: the kernel's value for each filter,
 * combined here by the kernel's rule. What a task experiences of them is the
 * behaviour oracle's business.
 */
#ifndef LOADER_KERNEL_VERDICTS_H
#define LOADER_KERNEL_VERDICTS_H

#include "loader/kernel/behaviour.h"
#include "vm/verdict.h"

struct kernel_verdict {
	enum kernel_asked asked;
	uint32_t ret;
	int filter; /* that returned it, -1: none lowered ALLOW */
};

/* What stands before any filter has been asked, and what is left of it after one more, older than those
 * before. */
#define KERNEL_NO_FILTER ((struct kernel_verdict){ .ret = SECCOMP_RET_ALLOW, .filter = -1 })
void kernel_verdict_add(struct kernel_verdict *verdict, int filter, uint32_t value, enum kernel_asked asked);

/*
 * Fills ret_verdicts[n]. The behaviour oracle (NULL: none) gives the values that
 * the value oracle cannot: *ret_reloaded says that its stack is another one
 * then. Errors as kernel_values() and kernel_traced_values().
 */
int kernel_verdicts(const struct vd_stack *stack, struct kernel_behaviour *behaviour,
		    const struct seccomp_data *records, size_t n, struct kernel_verdict *ret_verdicts,
		    bool *ret_reloaded);

#endif
