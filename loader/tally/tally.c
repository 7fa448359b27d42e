/* SPDX-License-Identifier: MIT */
#include "loader/tally/tally.h"

#include <stdlib.h>

void tally_init(struct tally *tally)
{
	*tally = (struct tally){ 0 };
	arena_init(&tally->arena);
}

void tally_done(struct tally *tally)
{
	arena_done(&tally->arena);
}

bool verdict_denies(uint32_t ret)
{
	uint32_t action = vd_effective(ret) & SECCOMP_RET_ACTION_FULL;

	return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG;
}

static bool is_row(const struct tally_row *row, const struct seccomp_data *call, struct vd_verdict verdict,
		   uint32_t old)
{
	return row->first.nr == call->nr && row->first.arch == call->arch &&
	       row->verdict.ret == verdict.ret && row->verdict.filter == verdict.filter && row->old == old;
}

static struct tally_row *new_row(struct tally *tally, const struct seccomp_data *call,
				 struct vd_verdict verdict, uint32_t old)
{
	struct tally_row *row = arena_alloc(&tally->arena, sizeof(*row));

	*row = (struct tally_row){
		.first = *call,
		.verdict = verdict,
		.old = old,
		.abi = vd_abi_of(call->arch, (uint32_t)call->nr),
		.order = tally->calls,
	};
	tally->rows++;
	return row;
}

struct tally_row *tally_add(struct tally *tally, const struct seccomp_data *call, struct vd_verdict verdict,
			    uint32_t old, uint64_t n)
{
	uint32_t hash = ((uint32_t)call->nr ^ call->arch ^ verdict.ret ^ old) * UINT32_C(2654435761);
	struct tally_row **at = &tally->buckets[(hash >> 8) % TALLY_BUCKETS];

	while (*at && !is_row(*at, call, verdict, old))
		at = &(*at)->next;
	if (!*at && tally->rows < TALLY_ROWS_MAX)
		*at = new_row(tally, call, verdict, old);
	if (*at)
		(*at)->n += n;
	else
		tally->others += n;
	tally->denied += verdict_denies(verdict.ret) ? n : 0;
	tally->calls += n;
	return *at;
}

static int by_time(const void *pa, const void *pb)
{
	const struct tally_row *a = *(struct tally_row *const *)pa, *b = *(struct tally_row *const *)pb;

	return a->order < b->order ? -1 : a->order > b->order;
}

static int by_verdict(const void *pa, const void *pb)
{
	const struct tally_row *a = *(struct tally_row *const *)pa, *b = *(struct tally_row *const *)pb;

	/* signed, as the kernel compares actions */
	if (a->verdict.ret != b->verdict.ret)
		return (int32_t)a->verdict.ret < (int32_t)b->verdict.ret ? -1 : 1;
	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return by_time(pa, pb);
}

static int by_count(const void *pa, const void *pb)
{
	const struct tally_row *a = *(struct tally_row *const *)pa, *b = *(struct tally_row *const *)pb;

	return a->n == b->n ? by_time(pa, pb) : a->n > b->n ? -1 : 1;
}

struct tally_row **tally_sorted(const struct tally *tally, enum tally_order order)
{
	static int (*const orders[])(const void *, const void *) = {
		[TALLY_BY_VERDICT] = by_verdict, [TALLY_BY_TIME] = by_time, [TALLY_BY_COUNT] = by_count
	};
	struct tally_row **rows = malloc((tally->rows + 1) * sizeof(struct tally_row *));
	size_t n = 0;

	if (!rows)
		out_of_memory();
	for (size_t i = 0; i < TALLY_BUCKETS; i++)
		for (struct tally_row *row = tally->buckets[i]; row; row = row->next)
			rows[n++] = row;
	qsort(rows, n, sizeof(struct tally_row *), orders[order]);
	return rows;
}
