/* SPDX-License-Identifier: MIT */
#include "cases/where.h"
#include "cases/prove.h"
#include "cases/words.h"
#include "loader/expr.h"
#include "loader/rules/pred.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Calls that a predicate is bound for one by one; of more, only the registers can be spoken of. */
#define CALLS_MAX 4096

/* Calls of a box for which the predicate says the same. */
struct group {
	struct pred pred;
	struct set_builder numbers;
};

struct reader {
	const struct node *node;
	struct expr expr;
	struct where_list *list;
	struct arena *arena;
	struct diags *diags;
	struct box *boxes;
	size_t *parts;
	size_t n, cap_boxes, cap_parts;
	bool failed;
};

/* ------------------------------------------------------------------ */

static void where_free(struct where *where)
{
	vd_prog_free(where->prog);
	vd_stack_free(where->stack);
}

void where_list_done(struct where_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		where_free(list->items[i]);
	*list = (struct where_list){ 0 };
}

bool where_holds(const struct where *where, const struct seccomp_data *record)
{
	return !where || vd_stack_run(where->stack, record).ret == 1;
}

static int too_large(struct reader *reader)
{
	diag_error(reader->diags, &reader->node->at, "this takes more arithmetic than a filter has room for");
	diag_hint(reader->diags, "write it with fewer parentheses inside each other");
	return -1;
}

int where_new(const struct pred *pred, bool big_endian, struct where_list *list, struct arena *arena,
	      const struct where **ret_where)
{
	struct where *where = arena_alloc(arena, sizeof(*where));
	int r = pred_program(pred, big_endian, &where->prog);

	if (r == 0)
		r = vd_stack_new(&where->stack);
	if (r == 0)
		r = vd_stack_push(where->stack, where->prog);
	if (r == -ENOMEM)
		out_of_memory();
	if (r < 0) {
		where_free(where);
		return r;
	}
	vd_stack_set_big_endian(where->stack, big_endian);
	where->samples = samples_new(where->stack, arena);
	list->items = arena_grow(arena, list->items, list->n, &list->cap, sizeof(struct where *));
	list->items[list->n++] = where;
	*ret_where = where;
	return 0;
}

/* ------------------------------------------------------------------ */
/* Boxes                                                              */

static void keep(struct reader *reader, const struct box *box, size_t part)
{
	reader->boxes = arena_grow(reader->arena, reader->boxes, reader->n, &reader->cap_boxes, sizeof(*box));
	reader->parts = arena_grow(reader->arena, reader->parts, reader->n, &reader->cap_parts, sizeof(part));
	reader->boxes[reader->n] = *box;
	reader->parts[reader->n++] = part;
}

/* The records of a box that the predicate keeps: none, all, or as a program says. */
static int cut(struct reader *reader, struct box box, size_t part, const struct pred *pred)
{
	struct seccomp_data *witness;
	bool holds;

	if (pred_constant(pred, &holds)) {
		if (holds)
			keep(reader, &box, part);
		return 0;
	}
	if (where_new(pred, box.big_endian, reader->list, reader->arena, &box.where) < 0)
		return too_large(reader);
	witness = arena_alloc(reader->arena, sizeof(*witness));
	switch (prove_empty(&box, witness)) {
	case VD_ANSWER_PROVED:
		return 0;
	case VD_ANSWER_RECORD:
		box.witness = witness;
		break;
	case VD_ANSWER_UNKNOWN:
		break;
	}
	keep(reader, &box, part);
	return 0;
}

static int split(struct reader *reader, const struct box *box, size_t part,
		 const struct pred_subject *subject)
{
	struct pred pred;

	if (pred_bind(&reader->expr, subject, reader->diags, &pred) < 0)
		return -1;
	int r = cut(reader, *box, part, &pred);
	pred_done(&pred);
	return r;
}

/* Adds a call to the group of those that its predicate equals; takes the predicate over. */
static struct group *add_call(struct reader *reader, struct group *groups, size_t *n, size_t *cap,
			      struct pred *pred, uint64_t nr)
{
	size_t i = 0;

	while (i < *n && !pred_equal(&groups[i].pred, pred))
		i++;
	if (i < *n) {
		pred_done(pred);
	} else {
		groups = arena_grow(reader->arena, groups, *n, cap, sizeof(*groups));
		groups[(*n)++] = (struct group){ .pred = *pred, .numbers = { .arena = reader->arena } };
	}
	set_add(&groups[i].numbers, nr, nr);
	return groups;
}

static int split_by_call(struct reader *reader, const struct box *box, size_t part)
{
	struct group *groups = NULL;
	size_t n = 0, cap = 0;
	uint64_t nr = 0;
	int r = 0;

	for (bool more = set_next(box->nr, 0, &nr); more && r == 0; more = set_next(box->nr, nr + 1, &nr)) {
		struct pred_subject subject = { .abi = box->abi, .has_nr = true, .nr = (uint32_t)nr };
		struct pred pred;
		r = pred_bind(&reader->expr, &subject, reader->diags, &pred);
		if (r == 0)
			groups = add_call(reader, groups, &n, &cap, &pred, nr);
	}
	for (size_t i = 0; i < n; i++) {
		struct set numbers = set_build(&groups[i].numbers);
		struct box piece = *box;
		piece.nr = arena_copy(reader->arena, &numbers, sizeof(numbers));
		if (r == 0)
			r = cut(reader, piece, part, &groups[i].pred);
		pred_done(&groups[i].pred);
	}
	return r;
}

static int split_box(struct reader *reader, const struct box *box, size_t part)
{
	struct pred_subject none = { .abi = box->abi };

	if (box->abi == VD_ABI_NONE || set_count(box->nr) > CALLS_MAX)
		return split(reader, box, part, &none);
	return split_by_call(reader, box, part);
}

int where_apply(const struct node *node, struct where_list *list, struct arena *arena, struct diags *diags,
		struct box **boxes, size_t **parts, size_t *n)
{
	struct reader reader = { .node = node, .list = list, .arena = arena, .diags = diags };
	int r = 0;

	if (node->bad)
		return -1;
	if (node->kind != NODE_SCALAR) {
		diag_error(diags, &node->at, "where is a condition, this is %s", node_kind_name(node));
		diag_hint(diags, "write it in quotes: where: \"cmd == TIOCSTI && fd < 3\"");
		return -1;
	}
	if (word_check(node, "a condition", diags) < 0 ||
	    expr_parse(&node->text, 0, diags, &reader.expr, NULL) < 0)
		return -1;
	for (size_t i = 0; i < *n && r == 0; i++)
		r = split_box(&reader, &(*boxes)[i], (*parts)[i]);
	expr_done(&reader.expr);
	if (r == 0 && *n && !reader.n) {
		diag_error(diags, &node->at, "the set is empty: this holds for no record of the case");
		r = -1;
	}
	*boxes = reader.boxes;
	*parts = reader.parts;
	*n = reader.n;
	return r;
}
