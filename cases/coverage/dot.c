/* SPDX-License-Identifier: MIT */
/*
 * For Graphviz: each filter's flow, what is not covered in red. Straight lines
 * are one node, and so are chains of tests that go the same way with the same
 * result, which is what filters are made of.
 */
#include "cases/coverage/coverage.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX 6 /* of one node */
#define CHAIN_MIN 3 /* tests that become one node */

/* Instructions that follow each other. */
struct block {
	size_t first, last;
	unsigned entries; /* ways that lead here */
};

struct drawing {
	FILE *out;
	const struct cover_filter *filter;
	size_t number; /* of the filter */
	const struct vd_fact *facts;
	struct block *blocks;
	size_t n;
	size_t *block_of; /* by instruction */
};

static const struct vd_insn *insn_at(const struct drawing *drawing, size_t pc)
{
	return &drawing->filter->prog->code[pc];
}

static bool returns(const struct drawing *drawing, size_t pc)
{
	unsigned op = insn_at(drawing, pc)->op;

	return op == VD_OP_RET_K || op == VD_OP_RET_A;
}

static bool jumps(const struct drawing *drawing, size_t pc)
{
	const struct vd_insn *insn = insn_at(drawing, pc);

	return insn->op == VD_OP_JA || vd_form_is_branch(vd_isa[insn->op].form);
}

/* Where an instruction without two ways out goes. */
static size_t next_of(const struct drawing *drawing, size_t pc)
{
	const struct vd_insn *insn = insn_at(drawing, pc);

	return pc + 1 + (insn->op == VD_OP_JA ? insn->k : jumps(drawing, pc) ? insn->jt : 0);
}

/* The places that an instruction leads to, at most two. Returns how many. */
static size_t ways_out(const struct drawing *drawing, size_t pc, size_t *ret_targets)
{
	if (returns(drawing, pc))
		return 0;
	if (!vd_prog_branches(drawing->filter->prog, pc)) {
		ret_targets[0] = next_of(drawing, pc);
		return 1;
	}
	ret_targets[0] = cover_target(drawing->filter, pc, VD_EDGE_TRUE);
	ret_targets[1] = cover_target(drawing->filter, pc, VD_EDGE_FALSE);
	return 2;
}

static void find_blocks(struct drawing *drawing)
{
	size_t len = drawing->filter->len, targets[2];
	bool *leads = calloc(len + 1, sizeof(*leads));

	if (!leads)
		out_of_memory();
	leads[0] = true;
	for (size_t pc = 0; pc < len; pc++) {
		size_t n = ways_out(drawing, pc, targets);
		for (size_t i = 0; i < n && jumps(drawing, pc); i++)
			leads[targets[i]] = true;
		leads[pc + 1] |= jumps(drawing, pc) || returns(drawing, pc);
	}
	for (size_t pc = 0; pc < len; pc++) {
		if (leads[pc])
			drawing->blocks[drawing->n++] = (struct block){ .first = pc };
		drawing->blocks[drawing->n - 1].last = pc;
		drawing->block_of[pc] = drawing->n - 1;
	}
	for (size_t i = 0; i < drawing->n; i++) {
		size_t n = ways_out(drawing, drawing->blocks[i].last, targets);
		for (size_t j = 0; j < n; j++)
			drawing->blocks[drawing->block_of[targets[j]]].entries++;
	}
	free(leads);
}

/* ---------------------------------------------------------------- chains */

static enum cover_status status(const struct drawing *drawing, size_t pc, enum vd_edge edge)
{
	return cover_status(drawing->filter, drawing->filter->cases, pc, edge);
}

/* The edge of a test that goes on to the next block; VD_EDGE_NONE: none does. */
static enum vd_edge goes_on(const struct drawing *drawing, size_t block)
{
	size_t last = drawing->blocks[block].last;

	for (enum vd_edge edge = VD_EDGE_TRUE;
	     vd_prog_branches(drawing->filter->prog, last) && edge <= VD_EDGE_FALSE; edge++)
		if (cover_target(drawing->filter, last, edge) == last + 1)
			return edge;
	return VD_EDGE_NONE;
}

/* Two tests, one behind the other, with the same result and the same coverage. */
static bool alike(const struct drawing *drawing, size_t a, size_t b)
{
	size_t at = drawing->blocks[a].last, bt = drawing->blocks[b].last;
	enum vd_edge on = goes_on(drawing, a), off = on == VD_EDGE_TRUE ? VD_EDGE_FALSE : VD_EDGE_TRUE;

	return on != VD_EDGE_NONE && on == goes_on(drawing, b) && drawing->blocks[b].entries == 1 &&
	       cover_target(drawing->filter, at, off) == cover_target(drawing->filter, bt, off) &&
	       status(drawing, at, VD_EDGE_NONE) == status(drawing, bt, VD_EDGE_NONE) &&
	       status(drawing, at, on) == status(drawing, bt, on) &&
	       status(drawing, at, off) == status(drawing, bt, off);
}

/* The block behind those that are drawn as one with this one. */
static size_t chain_end(const struct drawing *drawing, size_t block)
{
	size_t end = block + 1;

	while (end < drawing->n && alike(drawing, end - 1, end))
		end++;
	return end - block >= CHAIN_MIN ? end : block + 1;
}

/* ------------------------------------------------------------------ text */

static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
	}
}

/* Without its targets: those are drawn. */
static void put_line(const struct drawing *drawing, size_t pc)
{
	char text[160], *labels;

	cover_insn_text(drawing->filter, drawing->facts, pc, text, sizeof(text));
	labels = jumps(drawing, pc) ? strstr(text, ", L") : NULL;
	if (labels)
		*labels = '\0';
	fprintf(drawing->out, "%zu  ", pc);
	put_escaped(drawing->out, text);
	fputs("\\l", drawing->out);
}

static void put_lines(const struct drawing *drawing, size_t first, size_t last, size_t tests)
{
	bool cut = last - first >= LINES_MAX;

	for (size_t pc = first; pc <= last; pc++) {
		if (cut && pc == first + LINES_MAX / 2) {
			size_t end = last - LINES_MAX / 2;
			if (tests > 1)
				fprintf(drawing->out, "   ... %zu tests in all ...\\l", tests);
			else
				fprintf(drawing->out, "   ... %zu more ...\\l", end - pc + 1);
			pc = end;
			continue;
		}
		put_line(drawing, pc);
	}
}

static const char *look(enum cover_status status)
{
	switch (status) {
	case COVER_UNCOVERED:
		return ", color=red, fontcolor=red, penwidth=2";
	case COVER_UNKNOWN:
		return ", color=orange, fontcolor=orange, penwidth=2, style=dotted";
	case COVER_INFEASIBLE:
		return ", color=gray, fontcolor=gray, style=dashed";
	case COVER_COVERED:
	case COVER_NONE:
		break;
	}
	return "";
}

/* ----------------------------------------------------------------- nodes */

static void put_edge(const struct drawing *drawing, size_t from, size_t pc, enum vd_edge edge, size_t tests)
{
	const struct cover_filter *filter = drawing->filter;
	enum cover_status how = status(drawing, pc, edge);
	size_t to = drawing->blocks[drawing->block_of[cover_target(filter, pc, edge)]].first;

	fprintf(drawing->out, "\t\tf%zu_%zu -> f%zu_%zu [label=\"", drawing->number, from, drawing->number,
		to);
	if (tests > 1)
		fprintf(drawing->out, "%zu tests%s", tests, how == COVER_COVERED ? "" : ": ");
	if (how == COVER_COVERED && tests == 1)
		fprintf(drawing->out, "%u", filter->cases[vd_point(pc, edge)]);
	else if (how == COVER_UNCOVERED)
		fputs("no case", drawing->out);
	else if (how == COVER_INFEASIBLE)
		fputs("never", drawing->out);
	else if (how == COVER_UNKNOWN)
		fputs("?", drawing->out);
	fprintf(drawing->out, "\"%s];\n", look(how));
}

/* Blocks from first up to end are one node. */
static void put_node(const struct drawing *drawing, size_t first, size_t end)
{
	size_t from = drawing->blocks[first].first, last = drawing->blocks[end - 1].last;
	enum vd_edge on = goes_on(drawing, end - 1);

	fprintf(drawing->out, "\t\tf%zu_%zu [label=\"", drawing->number, from);
	put_lines(drawing, from, last, end - first);
	fprintf(drawing->out, "\"%s%s];\n", returns(drawing, last) ? ", style=rounded" : "",
		look(status(drawing, from, VD_EDGE_NONE)));
	if (vd_prog_branches(drawing->filter->prog, last)) {
		/* of a chain one edge leads out at its end, the others out of each test */
		for (enum vd_edge edge = VD_EDGE_TRUE; edge <= VD_EDGE_FALSE; edge++)
			put_edge(drawing, from, last, edge, edge == on ? 1 : end - first);
	} else if (!returns(drawing, last)) {
		fprintf(drawing->out, "\t\tf%zu_%zu -> f%zu_%zu;\n", drawing->number, from, drawing->number,
			drawing->blocks[drawing->block_of[next_of(drawing, last)]].first);
	}
}

static void put_filter(const struct coverage *coverage, size_t number, FILE *out)
{
	const struct cover_filter *filter = &coverage->filters[number];
	struct cover_counts counts = cover_count(filter, filter->cases);
	struct vd_fact *facts = calloc(filter->len, sizeof(*facts));
	struct drawing drawing = { .out = out, .filter = filter, .number = number, .facts = facts };

	drawing.blocks = calloc(filter->len, sizeof(*drawing.blocks));
	drawing.block_of = calloc(filter->len + 1, sizeof(*drawing.block_of));
	if (!facts || !drawing.blocks || !drawing.block_of)
		out_of_memory();
	vd_prog_facts(filter->prog, facts);
	find_blocks(&drawing);
	fprintf(out, "\tsubgraph cluster_%zu {\n\t\tlabel=\"", number);
	put_escaped(out, filter->path);
	fprintf(out, "\\n%zu of %zu edges covered\";\n", counts.covered, counts.edges);
	for (size_t i = 0, end; i < drawing.n; i = end) {
		end = chain_end(&drawing, i);
		put_node(&drawing, i, end);
	}
	fputs("\t}\n", out);
	free(drawing.block_of);
	free(drawing.blocks);
	free(facts);
}

void coverage_dot(const struct coverage *coverage, FILE *out)
{
	fputs("digraph coverage {\n"
	      "\tgraph [fontname=\"monospace\", labeljust=l, color=gray80];\n"
	      "\tnode [shape=box, fontname=\"monospace\", fontsize=10, margin=\"0.08,0.04\"];\n"
	      "\tedge [fontname=\"monospace\", fontsize=9];\n",
	      out);
	for (size_t i = 0; i < coverage->n; i++)
		put_filter(coverage, i, out);
	fputs("}\n", out);
}
