/* SPDX-License-Identifier: MIT */
/*
 * Labels to offsets. Jumps only go forward, so one pass from the end knows, at
 * every instruction, how long everything after it is. A branch that would skip
 * more than 255 instructions goes to an inserted `ja`, right after the branch
 * (which never falls through), or to one that was inserted for the same label
 * nearby.
 */
#include "loader/asm/parse.h"

#include <stdlib.h>
#include <string.h>

#define REACH 255 /* jt and jf have 8 bits */

struct layout {
	struct asm_unit *unit;
	struct diags *diags;
	size_t *to_end;   /* [n + 1]: instructions from here to the end, the expansions included */
	size_t *landing;  /* [n + 1]: to_end of the nearest inserted jump to this instruction, 0: none */
	struct sock_filter *out; /* last instruction first */
	size_t len;
	bool failed;
};

static int compare_names(const struct span *a, const struct span *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int r = memcmp(a->text->data + a->off, b->text->data + b->off, n);

	return r ? r : (a->len > b->len) - (a->len < b->len);
}

static int by_name(const void *pa, const void *pb)
{
	const struct asm_label *a = pa, *b = pb;
	int r = compare_names(&a->name, &b->name);

	return r ? r : (a->name.off > b->name.off) - (a->name.off < b->name.off);
}

static unsigned line_of(const struct span *span)
{
	return span_place(span).line;
}

static int word_len(const struct span *span)
{
	return (int)(span->len < 64 ? span->len : 64);
}

static const char *word_of(const struct span *span)
{
	return span->text->data + span->off;
}

static void sort_labels(struct layout *layout)
{
	struct asm_unit *unit = layout->unit;

	if (unit->n_labels)
		qsort(unit->labels, unit->n_labels, sizeof(*unit->labels), by_name);
	for (size_t i = 1; i < unit->n_labels; i++) {
		const struct span *name = &unit->labels[i].name, *before = &unit->labels[i - 1].name;
		if (compare_names(name, before))
			continue;
		diag_error(layout->diags, name, "label '%.*s' is already on line %u", word_len(name), word_of(name),
			   line_of(before));
		layout->failed = true;
	}
}

static int unknown_label(struct layout *layout, const struct span *name)
{
	struct asm_unit *unit = layout->unit;
	char best[64] = "";
	const char *near;

	diag_error(layout->diags, name, "there is no label '%.*s'", word_len(name), word_of(name));
	for (size_t i = 0; i < unit->n_labels && !*best; i++) {
		char copy[64];
		const char *candidate = copy;
		snprintf(copy, sizeof(copy), "%.*s", word_len(&unit->labels[i].name), word_of(&unit->labels[i].name));
		if (vd_near(word_of(name), name->len, &candidate, 1, &near, 1))
			memcpy(best, copy, sizeof(best));
	}
	if (*best)
		diag_hint(layout->diags, "did you mean '%s'?", best);
	else
		diag_hint(layout->diags, "write '%.*s:' before the instruction it goes to", word_len(name), word_of(name));
	layout->failed = true;
	return -1;
}

/* The instruction that a jump at `from` goes to; the next one when no label was written. */
static int resolve(struct layout *layout, size_t from, const struct span *name, size_t *ret_at)
{
	struct asm_unit *unit = layout->unit;
	struct asm_label key, *label;

	if (!name->text) {
		*ret_at = from + 1;
		return 0;
	}
	size_t lo = 0, hi = unit->n_labels;
	key.name = *name;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (compare_names(&unit->labels[mid].name, &key.name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	label = lo < unit->n_labels ? &unit->labels[lo] : NULL;
	if (!label || compare_names(&label->name, name))
		return unknown_label(layout, name);
	label->used = true;
	if (label->at <= from) {
		diag_error(layout->diags, name, "'%.*s' is on line %u: jumps only go forward", word_len(name),
			   word_of(name), line_of(&label->name));
		layout->failed = true;
		return -1;
	}
	if (label->at == unit->n) {
		diag_error(layout->diags, name, "no instruction follows label '%.*s' on line %u", word_len(name),
			   word_of(name), line_of(&label->name));
		layout->failed = true;
		return -1;
	}
	*ret_at = label->at;
	return 0;
}

/* Only the order of the instructions matters here, not their number: before that is known. */
static void resolve_all(struct layout *layout)
{
	struct asm_unit *unit = layout->unit;
	size_t at;

	for (size_t i = 0; i < unit->n; i++) {
		struct asm_insn *insn = &unit->insns[i];
		if (insn->kind == ASM_JA || insn->kind == ASM_BRANCH)
			insn->true_at = resolve(layout, i, &insn->to_true, &at) < 0 ? unit->n : at;
		if (insn->kind == ASM_BRANCH)
			insn->false_at = resolve(layout, i, &insn->to_false, &at) < 0 ? unit->n : at;
	}
	for (size_t i = 0; i < unit->n_labels && !unit->broken; i++)
		if (!unit->labels[i].used)
			diag_warning(layout->diags, &unit->labels[i].name, "nothing jumps to '%.*s'",
				     word_len(&unit->labels[i].name), word_of(&unit->labels[i].name));
}

static void emit(struct layout *layout, uint16_t code, size_t jt, size_t jf, size_t k)
{
	layout->out[layout->len++] = (struct sock_filter){
		.code = code, .jt = (uint8_t)jt, .jf = (uint8_t)jf, .k = (uint32_t)k,
	};
}

/*
 * The offset by which a branch reaches an instruction when `extra` jumps are
 * inserted after it; over REACH: it does not.
 */
static size_t offset_to(const struct layout *layout, size_t at, size_t extra)
{
	size_t direct = layout->len + extra - layout->to_end[at];

	if (direct <= REACH || !layout->landing[at])
		return direct;
	return layout->len + extra - layout->landing[at];
}

/* `ja` to an instruction, as the one emitted last. */
static void insert_jump(struct layout *layout, size_t at)
{
	emit(layout, BPF_JMP | BPF_JA, 0, 0, layout->len - layout->to_end[at]);
	layout->landing[at] = layout->len;
}

/* The fewest inserted jumps with which both ways of a branch reach. */
static void emit_branch(struct layout *layout, const struct asm_insn *insn)
{
	size_t t = insn->true_at, f = insn->false_at, jt = offset_to(layout, t, 0), jf = offset_to(layout, f, 0);

	if (jt <= REACH && jf <= REACH) {
		emit(layout, insn->code, jt, jf, insn->k);
	} else if (t == f) {
		insert_jump(layout, t);
		emit(layout, insn->code, 0, 0, insn->k);
	} else if (jt > REACH && offset_to(layout, f, 1) <= REACH) {
		jf = offset_to(layout, f, 1);
		insert_jump(layout, t);
		emit(layout, insn->code, 0, jf, insn->k);
	} else if (jf > REACH && offset_to(layout, t, 1) <= REACH) {
		jt = offset_to(layout, t, 1);
		insert_jump(layout, f);
		emit(layout, insn->code, jt, 0, insn->k);
	} else {
		insert_jump(layout, f);
		insert_jump(layout, t);
		emit(layout, insn->code, 0, 1, insn->k);
	}
}

/* The offsets in .insn are kept as written: what they skip must not have grown. */
static void check_literal(struct layout *layout, const struct asm_insn *insn, size_t i)
{
	const size_t offsets[] = { BPF_OP(insn->code) == BPF_JA ? insn->k : insn->jt, insn->jf };
	int n = BPF_CLASS(insn->code) != BPF_JMP ? 0 : BPF_OP(insn->code) == BPF_JA ? 1 : 2;

	for (int j = 0; j < n; j++) {
		size_t left = layout->unit->n - i - 1;
		if (offsets[j] > left || layout->len - layout->to_end[i + 1 + offsets[j]] == offsets[j])
			continue;
		diag_error(layout->diags, &insn->place,
			   "this .insn jumps over a branch that needed more instructions to reach its label");
		diag_hint(layout->diags, "write a jump with a label instead of .insn");
		layout->failed = true;
		return;
	}
}

static void emit_one(struct layout *layout, size_t i)
{
	const struct asm_insn *insn = &layout->unit->insns[i];

	switch (insn->kind) {
	case ASM_PLAIN:
		emit(layout, insn->code, 0, 0, insn->k);
		break;
	case ASM_LITERAL:
		check_literal(layout, insn, i);
		emit(layout, insn->code, insn->jt, insn->jf, insn->k);
		break;
	case ASM_JA:
		emit(layout, insn->code, 0, 0, layout->len - layout->to_end[insn->true_at]);
		break;
	case ASM_BRANCH:
		emit_branch(layout, insn);
		break;
	}
	layout->to_end[i] = layout->len;
}

static void reverse(struct sock_filter *insns, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct sock_filter insn = insns[i];
		insns[i] = insns[n - 1 - i];
		insns[n - 1 - i] = insn;
	}
}

static void lay_out(struct layout *layout)
{
	struct asm_unit *unit = layout->unit;

	sort_labels(layout);
	resolve_all(layout);
	if (!unit->n) {
		diag_error(layout->diags, &unit->place, "the program has no instructions");
		layout->failed = true;
	}
	if (layout->failed)
		return;
	for (size_t i = unit->n; i-- > 0;)
		emit_one(layout, i);
	if (layout->len > ASM_LEN_MAX) {
		diag_error(layout->diags, &unit->place,
			   "the program has %zu instructions, %zu of them inserted for far jumps; it may have %d",
			   layout->len, layout->len - unit->n, ASM_LEN_MAX);
		layout->failed = true;
	}
	reverse(layout->out, layout->len);
}

int asm_layout(struct asm_unit *unit, struct diags *diags, struct sock_filter **ret_insns, size_t *ret_len)
{
	struct layout layout = {
		.unit = unit,
		.diags = diags,
		.to_end = calloc(unit->n + 1, sizeof(*layout.to_end)),
		.landing = calloc(unit->n + 1, sizeof(*layout.landing)),
		/* A branch takes at most two more. */
		.out = malloc((3 * unit->n + 1) * sizeof(*layout.out)),
	};

	if (layout.to_end && layout.landing && layout.out) {
		lay_out(&layout);
	} else {
		diag_error(diags, &unit->place, "out of memory");
		layout.failed = true;
	}
	free(layout.to_end);
	free(layout.landing);
	if (layout.failed) {
		free(layout.out);
		return -1;
	}
	*ret_insns = layout.out;
	*ret_len = layout.len;
	return 0;
}
