/* SPDX-License-Identifier: MIT */
/*
 * As few records as can be found that come by every point of a stack's filters
 * that records come by. A record is grown from one point that is still open: the
 * records that come by it, then of these those that come by a second one, and so
 * on; what it then comes by in the machine is done. The bound is a set of edges
 * no two of which one record takes: each needs a record of its own.
 */
#include "vm/prove/cover.h"
#include "vm/prove/reach.h"
#include "vm/prove/when.h"
#include "vm/random.h"
#include "vm/run.h"

#include <errno.h>
#include <stdlib.h>

/* Records tried where it is not known whether a point is reached. */
#define TRIES 20000u

/* ------------------------------------------------------------------ */
/* Records                                                            */

static int make_room(struct vd_cover *cover)
{
	size_t cap = cover->cap ? 2 * cover->cap : 64;
	struct vd_cover_record *records;

	if (cover->n < cover->cap)
		return 0;
	records = realloc(cover->records, cap * sizeof(*records));
	if (!records)
		return -ENOMEM;
	cover->records = records;
	cover->cap = cap;
	return 0;
}

/* The record is there for all that none before it came by. */
static void claim_points(struct vd_cover *cover, struct vd_cover_record *record)
{
	for (size_t i = 0; i < cover->n_points; i++) {
		struct vd_cover_point *point = &cover->points[i];
		if (!record->marks[i])
			continue;
		point->answer = VD_ANSWER_RECORD;
		if (cover->done[i])
			continue;
		cover->done[i] = true;
		record->points[record->n++] = i;
		record->all = vd_bdd_and(cover->q.bdds, record->all, point->records);
	}
}

/* Takes a record if it comes by the point that it is for. 1: taken, 0: not, or -ENOMEM. */
static int take(struct vd_cover *cover, const struct seccomp_data *data, size_t seed)
{
	struct vd_cover_record record = { .witness = { .data = *data, .free = vd_cover_unread(cover, data) },
					  .marks = calloc(cover->n_points + 1, sizeof(bool)),
					  .points = malloc((cover->n_points + 1) * sizeof(size_t)),
					  .all = BDD_TRUE };
	int r = record.marks && record.points ? make_room(cover) : -ENOMEM;

	if (r == 0) {
		vd_cover_mark(cover, data, record.marks);
		r = record.marks[seed];
	}
	if (r <= 0) {
		free(record.marks);
		free(record.points);
		return r;
	}
	claim_points(cover, &record);
	cover->records[cover->n++] = record;
	return 1;
}

static bool is_open(const struct vd_cover *cover, size_t i)
{
	return cover->points[i].answer == VD_ANSWER_RECORD && !cover->done[i];
}

/* ------------------------------------------------------------------ */
/* Growing                                                            */

/* What one record is to come by. */
struct growth {
	vd_bdd records;
	size_t *points;
	size_t n;
};

static bool fits(struct vd_cover *cover, const struct growth *growth, size_t i, vd_bdd *ret_records)
{
	for (size_t j = 0; j < growth->n; j++)
		if (!vd_cover_may_meet(cover, growth->points[j], i))
			return false;
	*ret_records = vd_bdd_and(cover->q.bdds, growth->records, cover->points[i].records);
	return *ret_records != BDD_FALSE && !vd_bdd_spent(cover->q.bdds);
}

/* The open edges of one filter, deepest first: they bring those on the way to them along. */
static void grow_in(struct vd_cover *cover, struct growth *growth, size_t filter)
{
	for (size_t i = cover->base[filter + 1]; i-- > cover->base[filter];) {
		vd_bdd some;
		if (cover->points[i].edge == VD_EDGE_NONE || !is_open(cover, i) ||
		    cover->points[i].records == BDD_FALSE || !fits(cover, growth, i, &some))
			continue;
		growth->records = some;
		growth->points[growth->n++] = i;
	}
}

static int grow_record(struct vd_cover *cover, size_t seed)
{
	struct growth growth = { .records = cover->points[seed].records };
	size_t first = cover->points[seed].filter;

	growth.points = malloc((cover->n_points + 1) * sizeof(*growth.points));
	if (!growth.points)
		return -ENOMEM;
	growth.points[growth.n++] = seed;
	grow_in(cover, &growth, first);
	for (size_t f = 0; f < cover->n_filters; f++)
		if (f != first)
			grow_in(cover, &growth, f);
	struct seccomp_data data = vd_cover_readable(cover, growth.records);
	free(growth.points);
	int r = take(cover, &data, seed);
	if (r == 0) /* what the machine does not confirm is no answer */
		cover->points[seed].answer = VD_ANSWER_UNKNOWN;
	return r < 0 ? r : 0;
}

/* The filter with the most open edges; SIZE_MAX: there are none. */
static size_t busiest(const struct vd_cover *cover)
{
	size_t best = SIZE_MAX, most = 0;

	for (size_t f = 0; f < cover->n_filters; f++) {
		size_t open = 0;
		for (size_t i = cover->base[f]; i < cover->base[f + 1]; i++)
			open += cover->points[i].edge != VD_EDGE_NONE && is_open(cover, i);
		if (open > most) {
			most = open;
			best = f;
		}
	}
	return best;
}

static int grow_all(struct vd_cover *cover)
{
	size_t f;
	int r = 0;

	while (r == 0 && (f = busiest(cover)) != SIZE_MAX)
		for (size_t i = cover->base[f + 1]; i-- > cover->base[f] && r == 0;)
			if (cover->points[i].edge != VD_EDGE_NONE && is_open(cover, i)) {
				r = grow_record(cover, i);
				break;
			}
	/* programs without edges, and what stands behind a division by X */
	for (size_t i = cover->n_points; i-- > 0 && r == 0;)
		if (is_open(cover, i))
			r = grow_record(cover, i);
	return r;
}

/* ------------------------------------------------------------------ */
/* What the proof does not know                                       */

static bool knows_all(const struct vd_cover *cover)
{
	for (size_t i = 0; i < cover->n_points; i++)
		if (cover->points[i].answer == VD_ANSWER_UNKNOWN)
			return false;
	return true;
}

/* A record that comes by a point of which nothing was known is worth keeping. */
static int try_record(struct vd_cover *cover, const struct seccomp_data *data, bool *marks)
{
	memset(marks, 0, cover->n_points * sizeof(*marks));
	vd_cover_mark(cover, data, marks);
	for (size_t i = cover->n_points; i-- > 0;)
		if (marks[i] && !cover->done[i] && cover->points[i].answer == VD_ANSWER_UNKNOWN) {
			int r = take(cover, data, i);
			return r < 0 ? r : 0;
		}
	return 0;
}

/* Only where every record will do: random ones know nothing of a set. */
static int try_records(struct vd_cover *cover)
{
	struct vd_random random = { .state = 1 };
	bool *marks = malloc((cover->n_points + 1) * sizeof(*marks));
	int r = marks ? 0 : -ENOMEM;

	for (unsigned i = 0; i < TRIES && r == 0; i++) {
		const struct vd_prog *prog = vd_cover_prog(cover, i % cover->n_filters);
		struct seccomp_data data;
		vd_random_record(&random, vd_prog_insns(prog), prog->len, &data);
		r = try_record(cover, &data, marks);
	}
	free(marks);
	return r;
}

/* ------------------------------------------------------------------ */

void vd_cover_record_done(struct vd_cover_record *record)
{
	free(record->marks);
	free(record->points);
}

void vd_cover_free(struct vd_cover *cover)
{
	if (!cover)
		return;
	for (size_t i = 0; i < cover->n; i++)
		vd_cover_record_done(&cover->records[i]);
	for (size_t f = 0; cover->flows && f < cover->n_filters; f++)
		vd_flow_free(cover->flows[f]);
	free(cover->flows);
	free(cover->records);
	free(cover->done);
	free(cover->points);
	free(cover->base);
	vd_stack_free(cover->stack);
	vd_question_done(&cover->q);
	free(cover);
}

/* A stack of its own. */
static int copy_stack(struct vd_cover *cover, const struct vd_stack *stack)
{
	int r = vd_stack_new(&cover->stack);

	cover->n_filters = vd_stack_len(stack);
	if (r == 0)
		vd_stack_set_big_endian(cover->stack, vd_stack_big_endian(stack));
	for (size_t f = 0; f < cover->n_filters && r == 0; f++)
		r = vd_stack_push(cover->stack, vd_stack_prog(stack, f));
	cover->flows = r == 0 ? calloc(cover->n_filters + 1, sizeof(struct vd_flow *)) : NULL;
	if (r == 0 && !cover->flows)
		r = -ENOMEM;
	for (size_t f = 0; f < cover->n_filters && r == 0; f++)
		r = vd_flow_new(vd_cover_prog(cover, f), &cover->flows[f]);
	return r;
}

int vd_cover_new(const struct vd_stack *stack, const struct vd_set *set, const struct vd_budget *budget,
		 struct vd_cover **ret_cover)
{
	struct vd_cover *cover = calloc(1, sizeof(*cover));
	int r = cover ? copy_stack(cover, stack) : -ENOMEM;

	if (r == 0)
		r = vd_cover_add_points(cover);
	if (r == 0)
		r = vd_question_init(&cover->q, cover->stack, NULL, set, budget, true);
	if (r < 0) {
		if (cover)
			cover->q.bdds = NULL;
		vd_cover_free(cover);
		return r;
	}
	r = vd_cover_ask(cover, budget);
	if (r == 0)
		r = grow_all(cover);
	if (r == 0 && !set && !knows_all(cover))
		r = try_records(cover);
	if (r == 0)
		r = vd_cover_find_bound(cover);
	if (r == 0 && cover->bound < cover->n)
		r = vd_cover_drop(cover);
	if (r < 0)
		vd_cover_free(cover);
	else
		*ret_cover = cover;
	return r;
}

size_t vd_cover_records(const struct vd_cover *cover)
{
	return cover->n;
}

size_t vd_cover_bound(const struct vd_cover *cover)
{
	return cover->bound;
}

void vd_cover_record(const struct vd_cover *cover, size_t i, struct vd_witness *ret_witness)
{
	*ret_witness = cover->records[i].witness;
}

bool vd_cover_takes(const struct vd_cover *cover, size_t i, size_t filter, size_t pc, enum vd_edge edge)
{
	return cover->records[i].marks[cover->base[filter] + vd_point(pc, edge)];
}

enum vd_answer vd_cover_point(const struct vd_cover *cover, size_t filter, size_t pc, enum vd_edge edge)
{
	return cover->points[cover->base[filter] + vd_point(pc, edge)].answer;
}

/* ------------------------------------------------------------------ */
/* Conditions                                                         */

/* What a condition asks of the other words when arch and number are these: they are tested first. */
static vd_bdd beside_call(const struct vd_bdds *bdds, vd_bdd f, uint32_t arch, uint32_t nr)
{
	for (unsigned var; f > BDD_FALSE && (var = vd_bdd_top(bdds, f)) < 64;) {
		uint32_t value = var < 32 ? arch : nr;
		f = value >> (31 - var % 32) & 1 ? vd_bdd_high(bdds, f) : vd_bdd_low(bdds, f);
	}
	return f;
}

/* What reading one condition may cost. */
#define WHEN_NODES 100000u
#define WHEN_MS 500u

bool vd_cover_when(struct vd_cover *cover, size_t i, char *buf, size_t size)
{
	const struct vd_cover_record *record = &cover->records[i];
	const struct seccomp_data *data = &record->witness.data;
	vd_bdd when = BDD_TRUE;

	vd_bdds_extend(cover->q.bdds, WHEN_NODES, WHEN_MS);
	/* all edges on a way make it that way */
	for (size_t p = cover->n_points; p-- > 0;)
		if (record->marks[p] && cover->points[p].edge != VD_EDGE_NONE &&
		    cover->points[p].records != BDD_FALSE)
			when = vd_bdd_and(cover->q.bdds, when,
					  beside_call(cover->q.bdds, cover->points[p].records, data->arch,
						      (uint32_t)data->nr));
	return vd_when(cover->q.bdds, &cover->q.order, when, buf, size);
}
