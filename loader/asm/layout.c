/* SPDX-License-Identifier: MIT */
/* Labels to the instructions they stand before. */
#include "loader/asm/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED_TOLD 5 /* labels that nothing jumps to, each with its place */

struct layout {
	struct asm_unit *unit;
	struct diags *diags;
	struct sock_filter *out;
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

static void sort_labels(struct layout *layout)
{
	struct asm_unit *unit = layout->unit;

	if (unit->n_labels)
		qsort(unit->labels, unit->n_labels, sizeof(*unit->labels), by_name);
	for (size_t i = 1; i < unit->n_labels && !diags_full(layout->diags); i++) {
		const struct span *name = &unit->labels[i].name, *before = &unit->labels[i - 1].name;
		if (compare_names(name, before))
			continue;
		diag_error(layout->diags, name, "label '%.*s' is already on line %u", word_len(name),
			   span_bytes(name), line_of(before));
		layout->failed = true;
	}
}

static int unknown_label(struct layout *layout, const struct span *name)
{
	struct asm_unit *unit = layout->unit;
	char best[64] = "";
	const char *near;

	layout->failed = true;

	diag_error(layout->diags, name, "there is no label '%.*s'", word_len(name), span_bytes(name));
	for (size_t i = 0; i < unit->n_labels && !*best && !diags_full(layout->diags); i++) {
		char copy[64];
		const char *candidate = copy;
		snprintf(copy, sizeof(copy), "%.*s", word_len(&unit->labels[i].name),
			 span_bytes(&unit->labels[i].name));
		if (vd_near(span_bytes(name), name->len, &candidate, 1, &near, 1))
			memcpy(best, copy, sizeof(best));
	}
	if (*best)
		diag_hint(layout->diags, "did you mean '%s'?", best);
	else
		diag_hint(layout->diags, "write '%.*s:' before the instruction it goes to", word_len(name),
			  span_bytes(name));
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
			   span_bytes(name), line_of(&label->name));
		layout->failed = true;
		return -1;
	}
	if (label->at == unit->n) {
		diag_error(layout->diags, name, "no instruction follows label '%.*s' on line %u",
			   word_len(name), span_bytes(name), line_of(&label->name));
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
		if (insn->flow.kind == FLOW_JA || insn->flow.kind == FLOW_BRANCH)
			insn->flow.true_at = resolve(layout, i, &insn->to_true, &at) < 0 ? unit->n : at;
		if (insn->flow.kind == FLOW_BRANCH)
			insn->flow.false_at = resolve(layout, i, &insn->to_false, &at) < 0 ? unit->n : at;
	}
}

/* Few are likely mistakes; many are the habit of a tool that labels every line. */
static void warn_of_unused(struct layout *layout)
{
	const struct asm_unit *unit = layout->unit;
	const struct span *first = NULL;
	size_t unused = 0;

	for (size_t i = 0; i < unit->n_labels; i++) {
		if (unit->labels[i].used)
			continue;
		unused++;
		if (!first || unit->labels[i].name.off < first->off)
			first = &unit->labels[i].name;
	}
	if (unused > UNUSED_TOLD) {
		diag_warning(layout->diags, first, "nothing jumps to '%.*s' and %zu more labels",
			     word_len(first), span_bytes(first), unused - 1);
		return;
	}
	for (size_t i = 0; i < unit->n_labels; i++)
		if (!unit->labels[i].used)
			diag_warning(layout->diags, &unit->labels[i].name, "nothing jumps to '%.*s'",
				     word_len(&unit->labels[i].name), span_bytes(&unit->labels[i].name));
}

static void broken_literal(void *userdata, size_t i)
{
	struct layout *layout = userdata;

	diag_error(layout->diags, &layout->unit->insns[i].place,
		   "this .insn jumps over a branch that needed more instructions to reach its label");
	diag_hint(layout->diags, "write a jump with a label instead of .insn");
}

static void lay_out(struct layout *layout)
{
	struct asm_unit *unit = layout->unit;
	struct flow_insn *flow;

	sort_labels(layout);
	resolve_all(layout);
	if (!unit->broken && !layout->failed)
		warn_of_unused(layout);
	if (!unit->n) {
		diag_error(layout->diags, &unit->place, "the program has no instructions");
		layout->failed = true;
	}
	if (layout->failed)
		return;
	flow = malloc(unit->n * sizeof(*flow));
	for (size_t i = 0; flow && i < unit->n; i++)
		flow[i] = unit->insns[i].flow;
	int r = flow ? flow_lay_out(flow, unit->n, false, broken_literal, layout, &layout->out, &layout->len)
		     : -ENOMEM;
	free(flow);
	if (r == -ENOMEM)
		diag_error(layout->diags, &unit->place, "out of memory");
	layout->failed = r < 0;
	if (r == 0 && layout->len > FLOW_LEN_MAX) {
		diag_error(layout->diags, &unit->place,
			   "the program has %zu instructions, %zu of them inserted for far jumps; it may "
			   "have %d",
			   layout->len, layout->len - unit->n, FLOW_LEN_MAX);
		layout->failed = true;
	}
}

int asm_layout(struct asm_unit *unit, struct diags *diags, struct sock_filter **ret_insns, size_t *ret_len)
{
	struct layout layout = { .unit = unit, .diags = diags };

	lay_out(&layout);
	if (layout.failed) {
		free(layout.out);
		return -1;
	}
	*ret_insns = layout.out;
	*ret_len = layout.len;
	return 0;
}
