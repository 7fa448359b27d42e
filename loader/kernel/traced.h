/* SPDX-License-Identifier: MIT */
/*
 * Values out of the behaviour oracle: it stands a task wherever a record says,
 * and needs no calls of its own to be let through. So it can be asked what the
 * value oracle cannot: records whose instruction pointer no code can have, and
 * programs that leave no room.
 */
#ifndef LOADER_KERNEL_TRACED_H
#define LOADER_KERNEL_TRACED_H

#include "loader/kernel/behaviour.h"

/*
 * As kernel_values(). The oracle's stack is another one afterwards. -E2BIG: the
 * program computes what it returns and is longer than 4,092 instructions; or,
 * where kernel_behaviour_unchanged() says no, as with kernel_values().
 */
int kernel_traced_values(struct kernel_behaviour *behaviour, const struct vd_prog *prog,
			 const struct seccomp_data *records, size_t n, uint32_t *ret_values,
			 enum kernel_asked *ret_asked);

#endif
