/* SPDX-License-Identifier: MIT */
#include "vm/prove/memo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FREE UINT32_MAX
#define FIRST 64u

void vd_memo_done(struct vd_memo *memo)
{
	free(memo->entries);
	*memo = (struct vd_memo){ 0 };
}

/* Where a key is, or the free place where it belongs. */
static size_t place(const struct vd_memo *memo, uint32_t key)
{
	size_t at = ((uint64_t)key * 0x9e3779b97f4a7c15u >> 32) & (memo->cap - 1);

	while (memo->entries[at].key != FREE && memo->entries[at].key != key)
		at = (at + 1) & (memo->cap - 1);
	return at;
}

static int grow(struct vd_memo *memo)
{
	struct vd_memo more = { .n = memo->n, .cap = memo->cap ? 2 * memo->cap : FIRST };

	more.entries = malloc(more.cap * sizeof(*more.entries));
	if (!more.entries)
		return -ENOMEM;
	memset(more.entries, 0xff, more.cap * sizeof(*more.entries));
	for (size_t i = 0; i < memo->cap; i++)
		if (memo->entries[i].key != FREE)
			more.entries[place(&more, memo->entries[i].key)] = memo->entries[i];
	free(memo->entries);
	*memo = more;
	return 0;
}

bool vd_memo_get(const struct vd_memo *memo, uint32_t key, uint32_t *ret_value)
{
	size_t at = memo->cap ? place(memo, key) : 0;

	if (!memo->cap || memo->entries[at].key == FREE)
		return false;
	*ret_value = memo->entries[at].value;
	return true;
}

int vd_memo_put(struct vd_memo *memo, uint32_t key, uint32_t value)
{
	if (2 * memo->n >= memo->cap && grow(memo) < 0)
		return -ENOMEM;
	size_t at = place(memo, key);
	memo->entries[at].key = key;
	memo->entries[at].value = value;
	memo->n++;
	return 0;
}
