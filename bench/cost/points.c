/* SPDX-License-Identifier: MIT */
#include "bench/cost/bitmap.h"
#include "bench/cost/cost.h"
#include "loader/call.h"
#include "loader/kernel/entry.h"
#include "loader/records.h"

#include <stdlib.h>
#include <string.h>

/* Records of a file are told apart by call and path; this many ways are kept. */
#define POINTS_MAX 4096
#define BUCKETS 8192u
/* Records that are timed in their order. */
#define SEQUENCE_MAX 65536u
/* nr and arch are words 0 and 1; all others are open. */
#define OTHER_WORDS 0xfffcu

void cost_done(struct cost *cost)
{
	free(cost->points);
	free(cost->rows);
	free(cost->steps);
	free(cost->filters);
	free(cost->sequence);
}

const char *row_name(const struct row *row, char *buf)
{
	int abi = vd_abi_of(row->arch, row->nr);
	const char *name = vd_syscall_name(abi, row->nr);

	if (name)
		return name;
	snprintf(buf, 64, (int)row->nr < 0 ? "0x%x" : "%u", row->nr);
	return buf;
}

static void fill_point(struct cost *cost, struct point *point)
{
	subject_turn_to(cost->subject, &point->data);
	struct vd_verdict verdict = vd_stack_run(cost->subject->filters.stack, &point->data);
	point->ret = verdict.ret;
	point->insns = verdict.insns;
}

/* Whether a verdict is given without looking at anything but arch and nr. */
static bool looks_at_words(struct cost *cost, const struct seccomp_data *data)
{
	struct vd_verdict verdict;

	subject_turn_to(cost->subject, data);
	return vd_stack_run_open(cost->subject->filters.stack, data, OTHER_WORDS, &verdict) >= 0;
}

/* What a row is known to do without measuring. *worst is a record that takes it to its most. */
static void fill_row(struct cost *cost, struct row *row, struct seccomp_data *worst)
{
	struct seccomp_data data = { .arch = row->arch, .nr = (int)row->nr };
	struct worst most;

	row->by_words = looks_at_words(cost, &data);
	row->bitmap = bitmap_has(row->arch, row->nr) &&
		      bitmap_allows(cost->subject->filters.stack, row->arch, row->nr);
	if (row->by_words)
		worst_case(cost->subject, &row->arch, &row->nr, &most);
	else
		most = (struct worst){ vd_stack_run(cost->subject->filters.stack, &data).insns, data, true };
	row->worst = most.insns;
	row->worst_proved = most.proved;
	*worst = most.data;
}

static int grow(struct cost *cost, size_t rows)
{
	cost->rows = calloc(rows ? rows : 1, sizeof(*cost->rows));
	cost->points = calloc(rows ? rows : 1, sizeof(*cost->points));
	return cost->rows && cost->points ? 0 : -1;
}

static bool is_wanted(const char *name, const struct wanted_calls *wanted)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (!strcmp(wanted->names[i], name))
			return true;
	return !wanted->n;
}

/* Each call of the ABI once, with the words that make it dearest. */
int points_from_table(struct cost *cost, const struct wanted_calls *wanted, struct diags *diags)
{
	size_t n = vd_abi_syscalls(cost->abi);

	if (grow(cost, n) < 0) {
		diag_file_error(diags, cost->subject->name, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t nr = vd_abi_syscall_at(cost->abi, i);
		struct row *row = &cost->rows[cost->n_rows];
		struct point *point = &cost->points[cost->n_points];
		if (!is_wanted(vd_syscall_name(cost->abi, nr), wanted))
			continue;
		*row = (struct row){
			.arch = vd_abi_info(cost->abi)->audit_arch, .nr = nr, .n = 1, .count = 1
		};
		row->first = cost->n_points++;
		*point = (struct point){ .count = 1, .row = cost->n_rows++ };
		fill_row(cost, row, &point->data);
		fill_point(cost, point);
	}
	return 0;
}

static int read_call(const char *call, size_t i, struct diags *diags, struct seccomp_data *ret_data)
{
	struct text text;
	int r;

	if (text_from("<command line>", call, strlen(call), &text) < 0) {
		diag_file_error(diags, "<command line>", "out of memory");
		return -1;
	}
	text.lines_before = (unsigned)i;
	struct span span = span_all(&text);
	r = call_parse(&span, diags, ret_data);
	text_done(&text);
	return r;
}

/* Each concrete call is a row of its own, even where two are one system call. */
int points_from_calls(struct cost *cost, const struct wanted_calls *wanted, struct diags *diags)
{
	struct seccomp_data ignored;
	int r = 0;

	if (grow(cost, wanted->n_calls) < 0) {
		diag_file_error(diags, cost->subject->name, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < wanted->n_calls; i++) {
		struct row *row = &cost->rows[cost->n_rows];
		struct point *point = &cost->points[cost->n_points];
		*point = (struct point){ .count = 1, .row = cost->n_rows };
		if (read_call(wanted->calls[i], i, diags, &point->data) < 0) {
			r = -1;
			continue;
		}
		*row = (struct row){
			.arch = point->data.arch, .nr = (uint32_t)point->data.nr, .n = 1, .count = 1
		};
		row->first = cost->n_points++;
		cost->n_rows++;
		fill_row(cost, row, &ignored);
		fill_point(cost, point);
	}
	return r;
}

/* ------------------------------------------------------------- records -- */

/* Points found so far, by what tells them apart. */
struct found {
	struct cost *cost;
	int32_t buckets[BUCKETS]; /* first point, -1: none */
	int32_t next[POINTS_MAX];
};

static unsigned bucket_of(const struct seccomp_data *data, unsigned insns)
{
	return ((uint32_t)data->nr * 2654435761u ^ data->arch * 40503u ^ insns * 2246822519u) >> 7 &
	       (BUCKETS - 1);
}

static void add_record(struct found *found, const struct seccomp_data *data)
{
	struct cost *cost = found->cost;
	struct point made = { .data = *data, .count = 1 };

	fill_point(cost, &made);
	cost->seen++;
	if (cost->n_sequence < SEQUENCE_MAX)
		cost->sequence[cost->n_sequence++] = *data;
	unsigned bucket = bucket_of(data, made.insns);
	for (int32_t i = found->buckets[bucket]; i >= 0; i = found->next[i]) {
		struct point *point = &cost->points[i];
		if (point->data.nr == data->nr && point->data.arch == data->arch &&
		    point->insns == made.insns) {
			point->count++;
			return;
		}
	}
	if (cost->n_points == POINTS_MAX) {
		cost->skipped++;
		return;
	}
	found->next[cost->n_points] = found->buckets[bucket];
	found->buckets[bucket] = (int32_t)cost->n_points;
	cost->points[cost->n_points++] = made;
}

static int by_call(const void *pa, const void *pb)
{
	const struct point *a = pa, *b = pb;

	if (a->data.arch != b->data.arch)
		return a->data.arch > b->data.arch ? -1 : 1; /* 64-bit ABIs of x86 first */
	if (a->data.nr != b->data.nr)
		return (uint32_t)a->data.nr < (uint32_t)b->data.nr ? -1 : 1;
	return a->insns < b->insns ? -1 : a->insns > b->insns;
}

static void make_rows(struct cost *cost)
{
	struct seccomp_data ignored;

	qsort(cost->points, cost->n_points, sizeof(*cost->points), by_call);
	for (size_t i = 0; i < cost->n_points; i++) {
		struct point *point = &cost->points[i];
		struct row *row = cost->n_rows ? &cost->rows[cost->n_rows - 1] : NULL;
		if (!row || row->arch != point->data.arch || row->nr != (uint32_t)point->data.nr) {
			row = &cost->rows[cost->n_rows++];
			*row = (struct row){ .arch = point->data.arch,
					     .nr = (uint32_t)point->data.nr,
					     .first = i };
			fill_row(cost, row, &ignored);
		}
		row->n++;
		row->count += point->count;
		point->row = cost->n_rows - 1;
	}
}

static int read_records(struct cost *cost, struct diags *diags)
{
	struct found *found = malloc(sizeof(*found));
	struct seccomp_data data;
	struct records records;
	int r;

	if (!found) {
		diag_file_error(diags, cost->records, "out of memory");
		return -1;
	}
	found->cost = cost;
	memset(found->buckets, -1, sizeof(found->buckets));
	if (records_open(cost->records, diags, &records) < 0) {
		free(found);
		return -1;
	}
	while ((r = records_next(&records, &data)) != 0)
		if (r > 0)
			add_record(found, &data);
	records_close(&records);
	free(found);
	return 0;
}

int points_from_records(struct cost *cost, struct diags *diags)
{
	cost->sequence = malloc(SEQUENCE_MAX * sizeof(*cost->sequence));
	if (grow(cost, POINTS_MAX) < 0 || !cost->sequence) {
		diag_file_error(diags, cost->records, "out of memory");
		return -1;
	}
	if (read_records(cost, diags) < 0)
		return -1;
	if (!cost->seen) {
		diag_file_error(diags, cost->records, "no records in it");
		return -1;
	}
	make_rows(cost);
	return 0;
}

/* -------------------------------------------------------------- samples -- */

static int by_count(const void *pa, const void *pb)
{
	const struct point *a = *(const struct point *const *)pa, *b = *(const struct point *const *)pb;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a < b ? -1 : 1;
}

/* A point for which each of a stack's filters can be measured by itself. */
static bool is_sample(const struct cost *cost, const struct point *point, bool with_bitmap)
{
	uint32_t action = point->ret & SECCOMP_RET_ACTION_FULL;

	return (int32_t)action >= (int32_t)SECCOMP_RET_ERRNO &&
	       (with_bitmap || !cost->rows[point->row].bitmap);
}

size_t sample_points(const struct cost *cost, const struct point *ret_points[SAMPLE_POINTS])
{
	const struct point **all = malloc((cost->n_points ? cost->n_points : 1) * sizeof(*all));
	size_t n = 0, taken;

	for (int with_bitmap = 0; all && with_bitmap < 2 && !n; with_bitmap++)
		for (size_t i = 0; i < cost->n_points; i++)
			if (is_sample(cost, &cost->points[i], with_bitmap))
				all[n++] = &cost->points[i];
	if (cost->records && all)
		qsort(all, n, sizeof(*all), by_count);
	taken = n < SAMPLE_POINTS ? n : SAMPLE_POINTS;
	/* calls one by one are as good as each other: some from all over the table */
	for (size_t i = 0; i < taken; i++)
		ret_points[i] = all[cost->records ? i : i * n / taken];
	free(all);
	return taken;
}
