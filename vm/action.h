/* SPDX-License-Identifier: MIT */
/* Actions inside the library: the table behind vd_action_*(). */
#ifndef VM_ACTION_H
#define VM_ACTION_H

#include <stddef.h>
#include <stdint.h>

/* All spellings that vd_action_by_name() takes, for suggestions. */
extern const char *const vd_action_names[];
extern const size_t vd_action_names_count;

/* Lower is stronger: kernel/seccomp.c: seccomp_run_filters, ACTION_ONLY() as s32. */
static inline int32_t vd_action_rank(uint32_t ret)
{
	return (int32_t)(ret & 0xffff0000u);
}

#endif
