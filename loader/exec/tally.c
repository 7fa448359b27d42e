/* SPDX-License-Identifier: MIT */
#include "loader/exec/tally.h"

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

static bool is_row(const struct tally_row *row, const struct seccomp_data *call, struct vd_verdict verdict)
{
	return row->first.nr == call->nr && row->first.arch == call->arch &&
	       row->verdict.ret == verdict.ret && row->verdict.filter == verdict.filter;
}

void tally_add(struct tally *tally, const struct seccomp_data *call, int abi, struct vd_verdict verdict)
{
	uint32_t hash = ((uint32_t)call->nr ^ call->arch ^ verdict.ret) * UINT32_C(2654435761);
	struct tally_row **at = &tally->buckets[(hash >> 8) % TALLY_BUCKETS];

	tally->denied += verdict_denies(verdict.ret);
	while (*at && !is_row(*at, call, verdict))
		at = &(*at)->next;
	if (!*at && tally->rows == TALLY_ROWS_MAX) {
		tally->others++;
		tally->calls++;
		return;
	}
	if (!*at) {
		*at = arena_alloc(&tally->arena, sizeof(**at));
		**at = (struct tally_row){
			.first = *call, .verdict = verdict, .abi = abi, .order = tally->calls
		};
		tally->rows++;
	}
	(*at)->n++;
	tally->calls++;
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

struct tally_row **tally_sorted(const struct tally *tally, enum tally_order order)
{
	struct tally_row **rows = malloc((tally->rows + 1) * sizeof(struct tally_row *));
	size_t n = 0;

	if (!rows)
		out_of_memory();
	for (size_t i = 0; i < TALLY_BUCKETS; i++)
		for (struct tally_row *row = tally->buckets[i]; row; row = row->next)
			rows[n++] = row;
	qsort(rows, n, sizeof(struct tally_row *), order == TALLY_BY_TIME ? by_time : by_verdict);
	return rows;
}
