/* SPDX-License-Identifier: MIT */
#include "loader/kernel/verdicts.h"

#include <errno.h>
#include <stdlib.h>

/* The filters come newest first; only a strictly stronger action replaces what stands (kernel/seccomp.c). */
static void combine(struct kernel_verdict *verdict, int filter, uint32_t ret)
{
	if ((int32_t)(ret & SECCOMP_RET_ACTION_FULL) >= (int32_t)(verdict->ret & SECCOMP_RET_ACTION_FULL))
		return;
	verdict->ret = ret;
	verdict->filter = filter;
}

int kernel_verdicts(const struct vd_stack *stack, const struct seccomp_data *records, size_t n,
		    struct kernel_verdict *ret_verdicts)
{
	uint32_t *values = calloc(n ? n : 1, sizeof(*values));
	enum kernel_asked *asked = calloc(n ? n : 1, sizeof(*asked));
	int r = values && asked ? 0 : -ENOMEM;

	for (size_t i = 0; i < n; i++)
		ret_verdicts[i] = (struct kernel_verdict){ .ret = SECCOMP_RET_ALLOW,
							   .filter = -1,
							   .asked = kernel_askable(&records[i]) };
	for (size_t filter = vd_stack_len(stack); filter-- > 0 && r == 0;) {
		r = kernel_values(vd_stack_prog(stack, filter), records, n, values, asked);
		for (size_t i = 0; i < n && r == 0; i++) {
			if (asked[i] != KERNEL_ASKED)
				ret_verdicts[i].asked = asked[i];
			combine(&ret_verdicts[i], (int)filter, values[i]);
		}
	}
	free(values);
	free(asked);
	return r;
}
