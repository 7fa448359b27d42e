/* SPDX-License-Identifier: MIT */
/* What was found out about diagrams: a small hash table from 32-bit numbers to 32-bit numbers. */
#ifndef VM_PROVE_MEMO_H
#define VM_PROVE_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is empty. UINT32_MAX is no key. */
struct vd_memo {
	struct {
		uint32_t key, value;
	} * entries;
	size_t n, cap; /* cap is a power of two, or 0 */
};

void vd_memo_done(struct vd_memo *memo);
bool vd_memo_get(const struct vd_memo *memo, uint32_t key, uint32_t *ret_value);
/* The key is new. 0 or -ENOMEM: it is not kept. */
int vd_memo_put(struct vd_memo *memo, uint32_t key, uint32_t value);

#endif
