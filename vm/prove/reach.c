/* SPDX-License-Identifier: MIT */
/*
 * One symbolic pass over each filter answers for all its points: the records
 * that come to an instruction are known when the pass is there, so what lies
 * before the place where the budget is spent is answered all the same.
 */
#include "vm/prove/reach.h"
#include "vm/clock.h"
#include "vm/prove/question.h"
#include "vm/run.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_MS 10000u

struct spot {
	struct seccomp_data data;
	uint16_t free;
	uint8_t answer; /* enum vd_answer */
};

struct vd_reach {
	size_t n;
	struct reached {
		const struct vd_prog *prog; /* only while the question is asked */
		size_t len;
		struct spot *spots; /* [VD_POINTS * len] */
	} filters[];
};

bool vd_prog_branches(const struct vd_prog *prog, size_t pc)
{
	const struct vd_insn *insn = &prog->code[pc];

	return vd_form_is_branch(vd_isa[insn->op].form) && insn->jt != insn->jf;
}

/* ------------------------------------------------------------------ */
/* The machine                                                        */

struct marker {
	const struct vd_prog *prog;
	bool *marks;
	unsigned last; /* the instruction before */
};

static void mark(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	struct marker *marker = userdata;
	const struct vd_insn *last = &marker->prog->code[marker->last];

	(void)filter, (void)a, (void)x;
	if (pc && vd_prog_branches(marker->prog, marker->last))
		marker->marks[vd_point(marker->last,
				       pc == marker->last + 1 + last->jt ? VD_EDGE_TRUE : VD_EDGE_FALSE)] =
			true;
	marker->marks[vd_point(pc, VD_EDGE_NONE)] = true;
	marker->last = pc;
}

void vd_prog_mark(const struct vd_prog *prog, bool big_endian, const struct seccomp_data *data, bool *marks)
{
	struct marker marker = { .prog = prog, .marks = marks };
	struct vd_watch watch = { .trace = mark, .userdata = &marker };
	uint32_t words[VD_RECORD_WORDS];

	vd_record_words(data, big_endian, words);
	(void)vd_exec(prog->code, words, &watch, false, true, false, false);
}

/* ------------------------------------------------------------------ */
/* The proof                                                          */

/* The points of one filter as far as the pass came; the others stay unknown. 0 or -errno. */
static int ask(struct vd_question *q, bool big_endian, const struct vd_prog *prog, vd_bdd *points,
	       size_t *ret_n)
{
	size_t done = 0;
	int r = vd_bdd_spent(q->bdds)
			? 0
			: vd_symbolic_points(q->bdds, &q->words, big_endian, q->set, prog, points, &done);

	*ret_n = done;
	return r;
}

static bool has_point(const struct vd_prog *prog, size_t point)
{
	return point % VD_POINTS == VD_EDGE_NONE || vd_prog_branches(prog, point / VD_POINTS);
}

/* What the machine does not confirm is no answer. */
static void take_witness(const struct vd_question *q, bool big_endian, const struct vd_prog *prog,
			 vd_bdd found, size_t point, struct spot *spot, bool *marks)
{
	struct vd_witness witness = { .nodes = 0 };

	vd_question_record(q, found, &witness);
	memset(marks, 0, VD_POINTS * prog->len * sizeof(*marks));
	vd_prog_mark(prog, big_endian, &witness.data, marks);
	if (marks[point])
		*spot = (struct spot){ witness.data, witness.free, VD_ANSWER_RECORD };
}

/* A record that was found for one point may come by others, of which nothing is known. */
static void lend(const struct seccomp_data *data, const bool *marks, struct spot *spots, size_t first,
		 size_t n)
{
	for (size_t i = first; i < n; i++)
		if (marks[i] && spots[i].answer == VD_ANSWER_UNKNOWN)
			spots[i] = (struct spot){ *data, 0, VD_ANSWER_RECORD };
}

static void conclude(const struct vd_question *q, bool big_endian, const struct reached *filter,
		     const vd_bdd *points, size_t known, bool *marks)
{
	size_t n = VD_POINTS * filter->len;

	for (size_t i = 0; i < known; i++) {
		struct spot *spot = &filter->spots[i];
		if (!has_point(filter->prog, i) || points[i] == BDD_FALSE) {
			spot->answer = VD_ANSWER_PROVED;
			continue;
		}
		take_witness(q, big_endian, filter->prog, points[i], i, spot, marks);
		if (spot->answer == VD_ANSWER_RECORD && known < n)
			lend(&spot->data, marks, filter->spots, known, n);
	}
	for (size_t i = known; i < n; i++)
		if (!has_point(filter->prog, i))
			filter->spots[i].answer = VD_ANSWER_PROVED;
}

/* A question about one filter alone: its words are ordered by what meets in it. */
static int reach_filter(const struct reached *filter, bool big_endian, const struct vd_set *set,
			const struct vd_budget *budget)
{
	size_t n = VD_POINTS * filter->len, known = 0;
	vd_bdd *points = malloc(n * sizeof(*points));
	bool *marks = malloc(n * sizeof(*marks));
	struct vd_stack *stack = NULL;
	struct vd_question q = { .bdds = NULL };
	int r = points && marks ? vd_stack_new(&stack) : -ENOMEM;

	if (r == 0) {
		vd_stack_set_big_endian(stack, big_endian);
		r = vd_stack_push(stack, filter->prog);
	}
	if (r == 0)
		r = vd_question_init(&q, stack, NULL, set, budget, false);
	if (r == 0) {
		r = ask(&q, big_endian, filter->prog, points, &known);
		if (r == 0)
			conclude(&q, big_endian, filter, points, known, marks);
		vd_question_done(&q);
	}
	vd_stack_free(stack);
	free(points);
	free(marks);
	return r;
}

/* Each filter's share of what time is left; memory is given back in between. */
static int reach_filters(struct vd_reach *reach, bool big_endian, const struct vd_set *set,
			 const struct vd_budget *budget)
{
	struct vd_budget share = { .nodes = budget ? budget->nodes : 0 };
	uint64_t end = clock_ms() + (budget && budget->ms ? budget->ms : DEFAULT_MS);
	int r = 0;

	for (size_t i = 0; i < reach->n && r == 0; i++) {
		uint64_t now = clock_ms(), left = now < end ? (end - now) / (reach->n - i) : 0;
		share.ms = left ? (unsigned)left : 1;
		r = reach_filter(&reach->filters[i], big_endian, set, &share);
		reach->filters[i].prog = NULL;
	}
	return r;
}

int vd_reach_new(const struct vd_stack *stack, const struct vd_set *set, const struct vd_budget *budget,
		 struct vd_reach **ret_reach)
{
	size_t n = vd_stack_len(stack);
	struct vd_reach *reach = calloc(1, sizeof(*reach) + n * sizeof(reach->filters[0]));
	int r = reach ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct vd_prog *prog = vd_stack_prog(stack, i);
		struct spot *spots = calloc(VD_POINTS * prog->len, sizeof(*spots));
		reach->filters[i] = (struct reached){ prog, prog->len, spots };
		reach->n++;
		if (!spots)
			r = -ENOMEM;
	}
	if (r == 0)
		r = reach_filters(reach, vd_stack_big_endian(stack), set, budget);
	if (r < 0)
		vd_reach_free(reach);
	else
		*ret_reach = reach;
	return r;
}

void vd_reach_free(struct vd_reach *reach)
{
	for (size_t i = 0; reach && i < reach->n; i++)
		free(reach->filters[i].spots);
	free(reach);
}

enum vd_answer vd_reach_point(const struct vd_reach *reach, size_t filter, size_t pc, enum vd_edge edge,
			      struct vd_witness *ret_witness)
{
	const struct spot *spot = &reach->filters[filter].spots[vd_point(pc, edge)];

	if (ret_witness && spot->answer == VD_ANSWER_RECORD)
		*ret_witness = (struct vd_witness){ .data = spot->data, .free = spot->free };
	return spot->answer;
}
