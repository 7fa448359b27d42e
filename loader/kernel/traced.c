/* SPDX-License-Identifier: MIT */
#include "loader/kernel/traced.h"
#include "loader/kernel/parts.h"

#include <errno.h>
#include <stdlib.h>

/* What a part's errno adds to each value; a division by zero kills, and the value is 0. */
static void add_part(const struct parts *parts, size_t part, const struct kernel_seen *seen, size_t n,
		     uint32_t *values)
{
	for (size_t i = 0; i < n; i++)
		if (seen[i].asked == KERNEL_ASKED)
			values[i] = parts_add(parts, part, values[i],
					      -(long)(seen[i].value & SECCOMP_RET_DATA));
}

static void take_values(const struct parts *parts, const struct kernel_seen *seen, size_t n, uint32_t *values)
{
	for (size_t i = 0; i < n; i++) {
		bool killed = (seen[i].value & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_KILL_THREAD;
		values[i] = killed ? 0 : parts_value(parts, values[i]);
	}
}

int kernel_traced_values(struct kernel_behaviour *behaviour, const struct vd_prog *prog,
			 const struct seccomp_data *records, size_t n, uint32_t *ret_values,
			 enum kernel_asked *ret_asked)
{
	struct kernel_seen *seen = calloc(n ? n : 1, sizeof(*seen));
	uint32_t *values = calloc(n ? n : 1, sizeof(*values));
	struct parts parts = { .n = 0 };
	int r = seen && values ? parts_init(&parts, prog, NULL, 0) : -ENOMEM;

	for (size_t part = 0; part < parts.n && r == 0; part++) {
		r = kernel_behaviour_load_prog(behaviour, parts.insns[part], parts.lens[part]);
		if (r == 0)
			r = kernel_behaviour_ask(behaviour, records, n, KERNEL_AUTO, seen);
		if (r == 0)
			add_part(&parts, part, seen, n, values);
	}
	if (r == 0)
		take_values(&parts, seen, n, values);
	for (size_t i = 0; i < n && r == 0; i++) {
		ret_values[i] = values[i];
		ret_asked[i] = seen[i].asked;
	}
	parts_done(&parts);
	free(values);
	free(seen);
	return r;
}
