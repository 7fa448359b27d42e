/* SPDX-License-Identifier: MIT */
/* The points of a stack: which records come by each, and what a record comes by. */
#include "vm/prove/cover.h"
#include "vm/prove/reach.h"
#include "vm/run.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_NODES 4000000u
#define DEFAULT_MS 10000u

int vd_cover_add_points(struct vd_cover *cover)
{
	cover->base = calloc(cover->n_filters + 1, sizeof(*cover->base));
	if (!cover->base)
		return -ENOMEM;
	for (size_t f = 0; f < cover->n_filters; f++)
		cover->base[f + 1] = cover->base[f] + VD_POINTS * vd_prog_len(vd_cover_prog(cover, f));
	cover->n_points = cover->base[cover->n_filters];
	cover->points = calloc(cover->n_points + 1, sizeof(*cover->points));
	cover->done = calloc(cover->n_points + 1, sizeof(*cover->done));
	return cover->points && cover->done ? 0 : -ENOMEM;
}

/* One filter's points, as far as its share of the budget goes. */
/* The arch and number of all records of a condition, where it is one: they are tested first. */
static void note_call(const struct vd_cover *cover, struct vd_cover_point *point)
{
	const struct vd_bdds *bdds = cover->q.bdds;
	vd_bdd f = point->records;
	uint64_t call = 0;

	for (unsigned var = 0; var < 64; var++) {
		vd_bdd low = vd_bdd_low(bdds, f), high = vd_bdd_high(bdds, f);
		if (f <= BDD_FALSE || vd_bdd_top(bdds, f) != var || (low != BDD_FALSE && high != BDD_FALSE))
			return;
		call = call << 1 | (low == BDD_FALSE);
		f = low == BDD_FALSE ? high : low;
	}
	point->one_call = true;
	point->call = call;
}

static int ask_filter(struct vd_cover *cover, size_t f)
{
	const struct vd_prog *prog = vd_cover_prog(cover, f);
	size_t n = VD_POINTS * prog->len, known = 0;
	vd_bdd *paths = malloc(n * sizeof(*paths));
	int r = paths ? vd_symbolic_points(cover->q.bdds, &cover->q.words, vd_stack_big_endian(cover->stack),
					   cover->q.set, prog, paths, &known)
		      : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct vd_cover_point *point = &cover->points[cover->base[f] + i];
		enum vd_edge edge = i % VD_POINTS;
		bool there = edge == VD_EDGE_NONE || vd_prog_branches(prog, i / VD_POINTS);
		*point = (struct vd_cover_point){ .filter = (uint16_t)f,
						  .pc = (uint16_t)(i / VD_POINTS),
						  .edge = (uint8_t)edge,
						  .records = BDD_FALSE };
		if (i < known)
			point->records = paths[i];
		if (!there || (i < known && paths[i] == BDD_FALSE))
			point->answer = VD_ANSWER_PROVED;
		else if (i < known)
			point->answer = VD_ANSWER_RECORD;
		note_call(cover, point);
	}
	free(paths);
	return r;
}

/* Half of the budget is for the points, in shares; the rest for what is done with them. */
int vd_cover_ask(struct vd_cover *cover, const struct vd_budget *budget)
{
	size_t nodes = (budget && budget->nodes ? budget->nodes : DEFAULT_NODES) / 2;
	unsigned ms = (budget && budget->ms ? budget->ms : DEFAULT_MS) / 2;
	bool set_known = !vd_bdd_spent(cover->q.bdds);
	int r = 0;

	for (size_t f = 0; f < cover->n_filters && r == 0; f++) {
		size_t left = cover->n_filters - f, used = vd_bdd_nodes(cover->q.bdds);
		size_t share = used < nodes ? (nodes - used) / left : 0;
		if (set_known)
			vd_bdds_extend(cover->q.bdds, share + 1, ms / (unsigned)cover->n_filters + 1);
		r = ask_filter(cover, f);
	}
	if (set_known)
		vd_bdds_extend(cover->q.bdds, nodes + 1, ms + 1);
	return r;
}

bool vd_cover_may_meet(const struct vd_cover *cover, size_t a, size_t b)
{
	const struct vd_cover_point *p = &cover->points[a], *q = &cover->points[b];

	if (p->one_call && q->one_call && p->call != q->call)
		return false;
	return p->filter != q->filter ||
	       vd_flow_meet(cover->flows[p->filter], p->pc, p->edge, q->pc, q->edge);
}

struct loads {
	const struct vd_cover *cover;
	uint16_t *loaded;
};

static void note_load(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	const struct loads *loads = userdata;
	const struct vd_cover *cover = loads->cover;
	const struct vd_insn *insn = &vd_cover_prog(cover, (size_t)filter)->code[pc];

	(void)a, (void)x;
	if (insn->op == VD_OP_LD_ABS)
		*loads->loaded |= (uint16_t)(1u
					     << vd_word_at(insn->k / 4, vd_stack_big_endian(cover->stack)));
}

uint16_t vd_cover_unread(const struct vd_cover *cover, const struct seccomp_data *data)
{
	uint16_t loaded = 0;
	struct loads userdata = { cover, &loaded };

	vd_stack_trace(cover->stack, data, note_load, &userdata);
	return (uint16_t)~loaded;
}

void vd_cover_mark(const struct vd_cover *cover, const struct seccomp_data *data, bool *marks)
{
	for (size_t f = 0; f < cover->n_filters; f++)
		vd_prog_mark(vd_cover_prog(cover, f), vd_stack_big_endian(cover->stack), data,
			     marks + cover->base[f]);
}

/* ------------------------------------------------------------------ */
/* Readable records: of the ABIs and calls that have names            */

/* The records of `of` with this value of arch (word 1) or nr (word 0). */
static vd_bdd with_word(struct vd_cover *cover, vd_bdd of, unsigned word, uint32_t value)
{
	const struct vd_vec want = vd_vec_const(value);

	return vd_bdd_and(cover->q.bdds, of, vd_vec_equal(cover->q.bdds, &cover->q.words.word[word], &want));
}

static vd_bdd of_known_abi(struct vd_cover *cover, vd_bdd of)
{
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		vd_bdd some = with_word(cover, of, 1, vd_abi_info(abi)->audit_arch);
		if (some != BDD_FALSE)
			return some;
	}
	return of;
}

/* A call that has a name, the first that fits. */
static vd_bdd of_named_call(struct vd_cover *cover, vd_bdd of, int abi)
{
	for (size_t i = 0; i < vd_abi_syscalls(abi) && !vd_bdd_spent(cover->q.bdds); i++) {
		vd_bdd some = with_word(cover, of, 0, vd_abi_syscall_at(abi, i));
		if (some != BDD_FALSE)
			return some;
	}
	return of;
}

struct seccomp_data vd_cover_readable(struct vd_cover *cover, vd_bdd of)
{
	struct vd_witness witness = { .nodes = 0 };
	vd_bdd some;

	vd_question_record(&cover->q, of, &witness);
	int abi = vd_abi_of(witness.data.arch, (uint32_t)witness.data.nr);
	if (abi == VD_ABI_NONE) {
		some = of_known_abi(cover, of);
		if (!vd_bdd_spent(cover->q.bdds) && some != of) {
			of = some;
			vd_question_record(&cover->q, of, &witness);
			abi = vd_abi_of(witness.data.arch, (uint32_t)witness.data.nr);
		}
	}
	if (abi != VD_ABI_NONE && !vd_syscall_name(abi, (uint32_t)witness.data.nr)) {
		some = of_named_call(cover, with_word(cover, of, 1, witness.data.arch), abi);
		if (!vd_bdd_spent(cover->q.bdds))
			vd_question_record(&cover->q, some, &witness);
	}
	return witness.data;
}
