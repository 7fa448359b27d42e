/* SPDX-License-Identifier: MIT */
#include "loader/exec/tally.h"
#include "loader/call.h"
#include "loader/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAP_MIN 256

bool tally_is_denial(uint32_t ret)
{
	uint32_t action = vd_effective(ret) & SECCOMP_RET_ACTION_FULL;

	return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG;
}

static bool same(const struct tally_row *row, int abi, uint32_t nr, const struct vd_verdict *verdict)
{
	return row->abi == abi && row->nr == nr && row->verdict.ret == verdict->ret &&
	       row->verdict.filter == verdict->filter;
}

/* The row of a kind of calls, or the free one where it belongs. */
static struct tally_row *find(const struct tally *tally, int abi, uint32_t nr, const struct vd_verdict *verdict)
{
	uint64_t hash = ((uint64_t)nr << 32 | verdict->ret) * 0x9e3779b97f4a7c15u;
	size_t at;

	hash = (hash ^ (hash >> 29) ^ (uint64_t)(abi + 1) << 8 ^ (uint64_t)(verdict->filter + 1)) * 0xbf58476d1ce4e5b9u;
	for (at = (size_t)(hash >> 32) & (tally->cap - 1); tally->rows[at].calls; at = (at + 1) & (tally->cap - 1))
		if (same(&tally->rows[at], abi, nr, verdict))
			break;
	return &tally->rows[at];
}

static int grow(struct tally *tally)
{
	struct tally bigger = { .cap = tally->cap ? 2 * tally->cap : CAP_MIN };

	if (tally->n < tally->cap / 2)
		return 0;
	bigger.rows = calloc(bigger.cap, sizeof(*bigger.rows));
	if (!bigger.rows)
		return -ENOMEM;
	for (size_t i = 0; i < tally->cap; i++) {
		const struct tally_row *row = &tally->rows[i];
		if (row->calls)
			*find(&bigger, row->abi, row->nr, &row->verdict) = *row;
	}
	free(tally->rows);
	tally->rows = bigger.rows;
	tally->cap = bigger.cap;
	return 0;
}

int tally_add(struct tally *tally, const struct seccomp_data *call, const struct vd_verdict *verdict, pid_t by)
{
	int abi = vd_abi_of(call->arch, (uint32_t)call->nr);

	if (grow(tally) < 0)
		return -ENOMEM;
	struct tally_row *row = find(tally, abi, (uint32_t)call->nr, verdict);
	if (!row->calls) {
		*row = (struct tally_row){ .abi = abi,
					   .nr = (uint32_t)call->nr,
					   .verdict = *verdict,
					   .first = *call,
					   .first_by = by };
		tally->n++;
	}
	row->calls++;
	tally->calls++;
	tally->denied += tally_is_denial(verdict->ret);
	return 0;
}

void tally_done(struct tally *tally)
{
	free(tally->rows);
	*tally = (struct tally){ 0 };
}

/* ------------------------------------------------------------- reports -- */

/* Denials first, the strongest action first; then the most frequent. */
static int in_order(const void *pa, const void *pb)
{
	const struct tally_row *a = *(const struct tally_row *const *)pa, *b = *(const struct tally_row *const *)pb;
	int32_t ra = (int32_t)(a->verdict.ret & SECCOMP_RET_ACTION_FULL),
		rb = (int32_t)(b->verdict.ret & SECCOMP_RET_ACTION_FULL);

	if (ra != rb)
		return ra < rb ? -1 : 1;
	if (a->calls != b->calls)
		return a->calls > b->calls ? -1 : 1;
	if (a->abi != b->abi)
		return a->abi < b->abi ? -1 : 1;
	return a->nr < b->nr ? -1 : a->nr > b->nr;
}

/* NULL: out of memory. */
static const struct tally_row **sorted(const struct tally *tally)
{
	const struct tally_row **rows = malloc((tally->n + 1) * sizeof(*rows));
	size_t n = 0;

	for (size_t i = 0; rows && i < tally->cap; i++)
		if (tally->rows[i].calls)
			rows[n++] = &tally->rows[i];
	if (rows)
		qsort(rows, n, sizeof(*rows), in_order);
	return rows;
}

static void name_of(const struct tally_row *row, char *buf, size_t size)
{
	const struct vd_abi_info *abi = vd_abi_info(row->abi);
	const char *name = abi ? vd_syscall_name(row->abi, row->nr) : NULL;

	if (name)
		snprintf(buf, size, "%s %s", abi->name, name);
	else if (abi)
		snprintf(buf, size, "%s %d", abi->name, (int)row->nr);
	else
		snprintf(buf, size, "0x%08x %d", row->first.arch, (int)row->nr);
}

static void print_row(const struct tally_row *row, char *const *names, FILE *out)
{
	char verdict[128], call[CALL_TEXT_MAX];

	verdict_format(row->verdict.ret, verdict, sizeof(verdict));
	name_of(row, call, sizeof(call));
	fprintf(out, "%9llu  %-16s %-30s %s\n", row->calls, verdict, call,
		row->verdict.filter < 0 ? "" : names[row->verdict.filter]);
	if (!tally_is_denial(row->verdict.ret))
		return;
	call_format(&row->first, call, sizeof(call));
	fprintf(out, "           first by %d: %s\n", (int)row->first_by, call);
}

void tally_print(const struct tally *tally, char *const *names, FILE *out)
{
	const struct tally_row **rows = sorted(tally);

	fprintf(out, "    calls  decision         call                           filter\n");
	for (size_t i = 0; rows && i < tally->n; i++)
		print_row(rows[i], names, out);
	fprintf(out, "%llu call%s, %llu not run as made", tally->calls, tally->calls == 1 ? "" : "s", tally->denied);
	if (tally->bypassed)
		fprintf(out, ", %llu more that no filter sees", tally->bypassed);
	fputc('\n', out);
	free(rows);
}

static void row_json(struct json *json, const struct tally_row *row, char *const *names)
{
	char call[CALL_TEXT_MAX];

	name_of(row, call, sizeof(call));
	json_object(json);
	json_key(json, "call");
	json_string(json, call);
	json_key(json, "calls");
	json_number(json, (long long)row->calls);
	json_key(json, "verdict");
	verdict_json(json, &row->verdict, row->verdict.filter < 0 ? NULL : names[row->verdict.filter]);
	json_key(json, "denied");
	json_bool(json, tally_is_denial(row->verdict.ret));
	json_key(json, "first");
	call_json(json, &row->first);
	json_key(json, "first_by");
	json_number(json, row->first_by);
	json_end(json, '}');
}

void tally_json(const struct tally *tally, char *const *names, FILE *out)
{
	const struct tally_row **rows = sorted(tally);
	struct json json;

	json_init(&json, out, false);
	json_object(&json);
	json_key(&json, "calls");
	json_number(&json, (long long)tally->calls);
	json_key(&json, "denied");
	json_number(&json, (long long)tally->denied);
	json_key(&json, "bypassed");
	json_number(&json, (long long)tally->bypassed);
	json_key(&json, "decisions");
	json_array(&json);
	for (size_t i = 0; rows && i < tally->n; i++)
		row_json(&json, rows[i], names);
	json_end(&json, ']');
	json_end(&json, '}');
	json_finish(&json);
	free(rows);
}
