/* SPDX-License-Identifier: MIT */
#include "cases/gen/gen.h"
#include "loader/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WHEN_MAX 72 /* longer conditions help nobody */

static void note_read(struct gen_record *record, uint16_t unread)
{
	record->read[GEN_NR] = !(unread & 1);
	record->read[GEN_ARCH] = !(unread & 2);
	for (unsigned field = GEN_IP; field < GEN_FIELDS; field++)
		record->read[field] = (unread >> 2 * (field - 1) & 3) != 3;
}

static const char *condition(struct gen *gen, size_t i, const struct gen_record *record)
{
	char text[WHEN_MAX];
	bool any = false;

	for (unsigned field = GEN_IP; field < GEN_FIELDS; field++)
		any |= record->read[field];
	/* halves have other names on big-endian machines */
	if (!any || call_big_endian(&record->data) || !vd_cover_when(gen->cover, i, text, sizeof(text)) ||
	    !strcmp(text, "1"))
		return NULL;
	return arena_text(&gen->arena, text, strlen(text));
}

static void take_record(struct gen *gen, size_t i)
{
	struct gen_record *record = &gen->records[i];
	struct vd_witness witness;

	vd_cover_record(gen->cover, i, &witness);
	*record = (struct gen_record){ .data = witness.data, .index = i };
	note_read(record, witness.free);
	/* what nobody reads is what people know best */
	if (!record->read[GEN_NR])
		record->data.nr = 0;
	if (!record->read[GEN_ARCH])
		record->data.arch = vd_abi_info(VD_ABI_X86_64)->audit_arch;
	record->abi = vd_abi_of(record->data.arch, (uint32_t)record->data.nr);
	/*
	 * The library found records of a little-endian stack. Those of big-endian ABIs
	 * have a twin, with the halves of their words exchanged, that takes the same way.
	 */
	if (call_big_endian(&record->data))
		call_swap_halves(&record->data);
	vd_stack_set_big_endian(gen->stack.stack, call_big_endian(&record->data));
	record->verdict = vd_stack_run(gen->stack.stack, &record->data);
	vd_stack_set_big_endian(gen->stack.stack, false);
	record->when = condition(gen, i, record);
}

/* ---------------------------------------------------------------- cases -- */

/* Only arch and number matter. */
static bool is_plain(const struct gen_record *record)
{
	for (unsigned field = GEN_IP; field < GEN_FIELDS; field++)
		if (record->read[field])
			return false;
	return record->read[GEN_NR];
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* By ABI; in each what is plain by verdict, then the others by number, then what asks for no number. */
static int in_order(const void *pa, const void *pb)
{
	const struct gen_record *a = pa, *b = pb;
	bool plain_a = is_plain(a), plain_b = is_plain(b);
	int r = compare((unsigned)(a->abi < 0 ? VD_ABI_COUNT : a->abi),
			(unsigned)(b->abi < 0 ? VD_ABI_COUNT : b->abi));

	if (!r)
		r = compare(a->data.arch, b->data.arch);
	if (!r)
		r = compare(!a->read[GEN_NR], !b->read[GEN_NR]);
	if (!r)
		r = compare(plain_b, plain_a);
	if (!r && plain_a)
		r = compare(b->verdict.ret, a->verdict.ret);
	if (!r && plain_a)
		r = compare((unsigned)(a->verdict.filter + 1), (unsigned)(b->verdict.filter + 1));
	if (!r)
		r = compare((uint32_t)a->data.nr, (uint32_t)b->data.nr);
	return r ? r : compare(a->index, b->index);
}

static bool is_one_case(const struct gen_record *a, const struct gen_record *b)
{
	return is_plain(a) && is_plain(b) && a->abi == b->abi && a->data.arch == b->data.arch &&
	       a->verdict.ret == b->verdict.ret && a->verdict.filter == b->verdict.filter;
}

static void make_cases(struct gen *gen)
{
	for (size_t i = 0; i < gen->n; i++) {
		struct gen_case *last = gen->n_cases ? &gen->cases[gen->n_cases - 1] : NULL;
		if (last && is_one_case(&gen->records[last->first], &gen->records[i]))
			last->n++;
		else
			gen->cases[gen->n_cases++] = (struct gen_case){ i, 1 };
	}
}

/* --------------------------------------------------------------------- -- */

static void count_edges(struct gen *gen)
{
	for (size_t f = 0; f < gen->stack.n; f++) {
		const struct vd_prog *prog = vd_stack_prog(gen->stack.stack, f);
		for (size_t pc = 0; pc < vd_prog_len(prog); pc++) {
			if (!vd_prog_branches(prog, pc))
				continue;
			for (enum vd_edge edge = VD_EDGE_TRUE; edge <= VD_EDGE_FALSE; edge++) {
				enum vd_answer answer = vd_cover_point(gen->cover, f, pc, edge);
				gen->edges += answer == VD_ANSWER_RECORD;
				gen->never += answer == VD_ANSWER_PROVED;
				gen->unknown += answer == VD_ANSWER_UNKNOWN;
			}
		}
	}
}

int gen_find(struct gen *gen, unsigned ms)
{
	const struct vd_budget budget = { .ms = ms };
	int r;

	vd_stack_set_big_endian(gen->stack.stack, false);
	r = vd_cover_new(gen->stack.stack, NULL, &budget, &gen->cover);
	if (r < 0)
		return r;
	gen->n = vd_cover_records(gen->cover);
	gen->records = arena_alloc(&gen->arena, (gen->n + 1) * sizeof(*gen->records));
	gen->cases = arena_alloc(&gen->arena, (gen->n + 1) * sizeof(*gen->cases));
	for (size_t i = 0; i < gen->n; i++)
		take_record(gen, i);
	qsort(gen->records, gen->n, sizeof(*gen->records), in_order);
	make_cases(gen);
	count_edges(gen);
	return 0;
}
