/* SPDX-License-Identifier: MIT */
#include "loader/summary.h"
#include "loader/trace.h"

#include <inttypes.h>
#include <stdlib.h>

#define SLOTS (2 * (size_t)SUMMARY_MAX)

/* Where a value is counted; NULL: there are too many. */
static struct summary_count *count_of(struct summary *summary, uint32_t ret)
{
	size_t slot = (ret * UINT32_C(2654435761)) >> 19; /* 13 bits: SLOTS */

	while (summary->counts[slot].n && summary->counts[slot].ret != ret)
		slot = (slot + 1) % SLOTS;
	if (!summary->counts[slot].n) {
		if (summary->distinct == SUMMARY_MAX)
			return NULL;
		summary->distinct++;
		summary->counts[slot].ret = ret;
	}
	return &summary->counts[slot];
}

static void add(struct summary *summary, uint32_t ret, size_t n)
{
	struct summary_count *count = n ? count_of(summary, ret) : NULL;

	summary->total += n;
	if (count)
		count->n += n;
	else
		summary->others += n;
}

void summary_add(struct summary *summary, uint32_t ret)
{
	add(summary, ret, 1);
}

void summary_add_all(struct summary *summary, const uint32_t *rets, size_t n)
{
	/* Most values are one of two: counted apart, without a branch that the mix decides. */
	while (n) {
		uint32_t first = rets[0], second = first;
		size_t firsts = 0, seconds = 0, i = 0;
		while (i < n && rets[i] == first)
			i++;
		if (i < n)
			second = rets[i];
		for (i = 0; i < n && (rets[i] == first || rets[i] == second); i++) {
			firsts += rets[i] == first;
			seconds += rets[i] != first;
		}
		add(summary, first, firsts);
		add(summary, second, seconds);
		rets += i;
		n -= i;
	}
}

static int by_count(const void *pa, const void *pb)
{
	const struct summary_count *a = pa, *b = pb;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	/* The strongest action first: signed, as the kernel compares. */
	return (int32_t)a->ret < (int32_t)b->ret ? -1 : a->ret != b->ret;
}

void summary_print(struct summary *summary, FILE *out)
{
	char text[96];

	qsort(summary->counts, SLOTS, sizeof(*summary->counts), by_count);
	for (size_t i = 0; i < SLOTS && summary->counts[i].n; i++) {
		verdict_format(summary->counts[i].ret, text, sizeof(text));
		fprintf(out, "%10" PRIu64 "  %s\n", summary->counts[i].n, text);
	}
	if (summary->others)
		fprintf(out, "%10" PRIu64 "  other values\n", summary->others);
	fprintf(out, "%10" PRIu64 "  records\n", summary->total);
}

_Static_assert(SLOTS == 1 << 13, "summary_add() takes 13 bits of the hash");
