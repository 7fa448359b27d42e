/* SPDX-License-Identifier: MIT */
/* Few records that come by all points of a stack (cover.c), and how few they can be (bound.c). */
#ifndef VM_PROVE_COVER_H
#define VM_PROVE_COVER_H

#include "vm/prove/flow.h"
#include "vm/prove/question.h"

/* An instruction of one of the filters, or an edge. */
struct vd_cover_point {
	uint16_t filter, pc;
	uint8_t edge;	/* enum vd_edge */
	uint8_t answer; /* enum vd_answer */
	bool one_call;	/* records of this arch (upper half) and number alone */
	uint64_t call;
	vd_bdd records; /* that come by, where the proof got there; else BDD_FALSE */
};

struct vd_cover_record {
	struct vd_witness witness;
	bool *marks;	/* [n_points]: what it comes by */
	size_t *points; /* what it is there for: each point that is covered is here once */
	size_t n;
	vd_bdd all; /* the records that come by all of these */
};

struct vd_cover {
	struct vd_question q;
	struct vd_stack *stack;
	struct vd_flow **flows; /* of each filter */
	size_t *base;		/* where each filter's points begin; behind the last: n_points */
	size_t n_filters, n_points;
	struct vd_cover_point *points;
	bool *done; /* some record comes by */
	struct vd_cover_record *records;
	size_t n, cap;
	size_t bound;
};

static inline const struct vd_prog *vd_cover_prog(const struct vd_cover *cover, size_t filter)
{
	return vd_stack_prog(cover->stack, filter);
}

/* Makes the points, then asks for the records that come by each (points.c). 0 or -ENOMEM. */
int vd_cover_add_points(struct vd_cover *cover);
int vd_cover_ask(struct vd_cover *cover, const struct vd_budget *budget);

/* False: the jumps, or the calls that it takes, do not let one record come by two points. */
bool vd_cover_may_meet(const struct vd_cover *cover, size_t a, size_t b);

void vd_cover_record_done(struct vd_cover_record *record);

/* A record of these, of an ABI and call that have names if there is one. */
struct seccomp_data vd_cover_readable(struct vd_cover *cover, vd_bdd of);

/* What a record comes by, in marks[n_points]. */
void vd_cover_mark(const struct vd_cover *cover, const struct seccomp_data *data, bool *marks);
/* The words that no filter loads for it. */
uint16_t vd_cover_unread(const struct vd_cover *cover, const struct seccomp_data *data);

/* Records of which others can do the work are dropped (fewer.c). 0 or -ENOMEM. */
int vd_cover_drop(struct vd_cover *cover);

/* Finds the bound: records are there. 0 or -ENOMEM. */
int vd_cover_find_bound(struct vd_cover *cover);

#endif
