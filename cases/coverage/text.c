/* SPDX-License-Identifier: MIT */
/* For people, in 80 columns: a table of files and filters, and programs with what comes by. */
#include "cases/coverage/coverage.h"
#include "loader/call.h"

#include <stdlib.h>
#include <string.h>

#define NAME_COLUMNS 30
#define INSN_COLUMNS 32

const char *const cover_forms[COVER_FORMS] = { "summary", "annotate", "json", "dot" };

struct printer {
	FILE *out;
	bool colour;
};

static void paint(const struct printer *printer, const char *code, const char *text)
{
	if (printer->colour)
		fprintf(printer->out, "\033[%sm%s\033[0m", code, text);
	else
		fputs(text, printer->out);
}

/* Never 100 unless it is all. */
static double percent(size_t part, size_t all)
{
	double value = all ? 100.0 * (double)part / (double)all : 100.0;

	return part < all && value > 99.9 ? 99.9 : value;
}

/* ------------------------------------------------------------- summary */

static void put_counts(const struct printer *printer, const char *name, const struct cover_counts *counts)
{
	char text[80];
	size_t columns = strlen(name);

	fprintf(printer->out, "  %s", name);
	if (columns > NAME_COLUMNS)
		fprintf(printer->out, "\n  %*s", NAME_COLUMNS, "");
	else
		fprintf(printer->out, "%*s", (int)(NAME_COLUMNS - columns), "");
	snprintf(text, sizeof(text), "%zu/%zu", counts->insns_covered, counts->insns);
	fprintf(printer->out, "%12s %5.1f %%", text, percent(counts->insns_covered, counts->insns));
	snprintf(text, sizeof(text), "%zu/%zu", counts->covered, counts->edges);
	fprintf(printer->out, "%12s ", text);
	snprintf(text, sizeof(text), "%5.1f %%", percent(counts->covered, counts->edges));
	paint(printer, counts->covered == counts->edges ? "32" : "1;31", text);
	if (counts->infeasible)
		fprintf(printer->out, "%7zu", counts->infeasible);
	fputc('\n', printer->out);
}

static void put_files(const struct printer *printer, const struct coverage *coverage,
		      struct cover_counts *total, bool *shared)
{
	size_t *users = calloc(coverage->n + 1, sizeof(*users));

	if (!users)
		out_of_memory();
	for (size_t i = 0; i < coverage->n_files; i++) {
		const struct cover_file *file = &coverage->files[i];
		paint(printer, "1", file->file->path);
		fputc('\n', printer->out);
		for (size_t j = 0; j < file->n; j++) {
			const struct cover_use *use = &file->uses[j];
			struct cover_counts counts = cover_count(&coverage->filters[use->filter], use->cases);
			put_counts(printer, use->name, &counts);
			shared[use->filter] = ++users[use->filter] > 1;
		}
	}
	for (size_t i = 0; i < coverage->n; i++) {
		struct cover_counts counts = cover_count(&coverage->filters[i], coverage->filters[i].cases);
		cover_add(total, &counts);
	}
	free(users);
}

static void put_shared(const struct printer *printer, const struct coverage *coverage, const bool *shared)
{
	bool any = false;

	for (size_t i = 0; i < coverage->n; i++) {
		const struct cover_filter *filter = &coverage->filters[i];
		if (!shared[i])
			continue;
		if (!any)
			paint(printer, "1", "by several files together\n");
		any = true;
		struct cover_counts counts = cover_count(filter, filter->cases);
		put_counts(printer, filter->path, &counts);
	}
}

static void put_notes(const struct printer *printer, const struct coverage *coverage,
		      const struct cover_counts *total)
{
	fputc('\n', printer->out);
	if (total->infeasible)
		fprintf(printer->out, "%zu edge%s no record takes (proved), left out of the totals\n",
			total->infeasible, total->infeasible == 1 ? "" : "s");
	if (total->unknown)
		fprintf(printer->out, "%zu edge%s of which it is not known whether some record takes %s\n",
			total->unknown, total->unknown == 1 ? "" : "s", total->unknown == 1 ? "it" : "them");
	if (coverage->sampled)
		fprintf(printer->out, "%zu case%s too hard for a proof: what %s records come by is counted\n",
			coverage->sampled, coverage->sampled == 1 ? " was" : "s were",
			coverage->sampled == 1 ? "its" : "their");
	fprintf(printer->out, "coverage: %zu of %zu edges, %.1f %%\n", total->covered, total->edges,
		percent(total->covered, total->edges));
}

static void coverage_summary(const struct coverage *coverage, FILE *out, bool colour)
{
	struct printer printer = { out, colour };
	struct cover_counts total = { .insns = 0 };
	bool *shared = calloc(coverage->n + 1, sizeof(*shared));

	if (!shared)
		out_of_memory();
	if (!coverage->n) {
		fputs("coverage: no case claims anything about a filter\n", out);
		free(shared);
		return;
	}
	fprintf(out, "%-*s%20s%20s%7s\n", NAME_COLUMNS + 2, "coverage", "instructions  ", "edges  ", "never");
	put_files(&printer, coverage, &total, shared);
	put_shared(&printer, coverage, shared);
	put_notes(&printer, coverage, &total);
	free(shared);
}

/* ------------------------------------------------------------ annotated */

static bool is_open(enum cover_status status)
{
	return status == COVER_UNCOVERED || status == COVER_UNKNOWN;
}

static void put_edge(const struct printer *printer, const struct cover_filter *filter, size_t pc,
		     enum vd_edge edge)
{
	enum cover_status status = cover_status(filter, filter->cases, pc, edge);
	char text[64], how[16] = "never";

	if (status == COVER_NONE)
		return;
	if (status == COVER_COVERED)
		snprintf(how, sizeof(how), "%u", filter->cases[vd_point(pc, edge)]);
	else if (status != COVER_INFEASIBLE)
		snprintf(how, sizeof(how), "%s", status == COVER_UNKNOWN ? "?" : "----");
	snprintf(text, sizeof(text), "L%zu %s", cover_target(filter, pc, edge), how);
	fputs("  ", printer->out);
	if (is_open(status))
		paint(printer, "1;31", text);
	else
		fputs(text, printer->out);
}

static void put_witness(const struct printer *printer, const struct cover_filter *filter, size_t pc,
			enum vd_edge edge)
{
	struct seccomp_data data;
	char call[CALL_TEXT_MAX];

	if (cover_status(filter, filter->cases, pc, edge) != COVER_UNCOVERED ||
	    !cover_record(filter, pc, edge, &data))
		return;
	call_format(&data, call, sizeof(call));
	fprintf(printer->out, "!                  L%zu by %s\n", cover_target(filter, pc, edge), call);
}

static void put_insn(const struct printer *printer, const struct cover_filter *filter,
		     const struct vd_fact *facts, const bool *labels, size_t pc)
{
	enum cover_status here = cover_status(filter, filter->cases, pc, VD_EDGE_NONE);
	bool open = is_open(here);
	char text[160], label[24] = "", count[16];

	for (enum vd_edge edge = VD_EDGE_TRUE; edge <= VD_EDGE_FALSE; edge++)
		open |= is_open(cover_status(filter, filter->cases, pc, edge));
	snprintf(count, sizeof(count), "%u", filter->cases[vd_point(pc, VD_EDGE_NONE)]);
	if (labels[pc])
		snprintf(label, sizeof(label), "L%zu:", pc);
	cover_insn_text(filter, facts, pc, text, sizeof(text));
	paint(printer, open ? "1;31" : "0", open ? "!" : " ");
	fprintf(printer->out, "%5s %4zu  %-7s%-*s",
		here == COVER_COVERED	   ? count
		: here == COVER_INFEASIBLE ? "never"
		: here == COVER_UNKNOWN	   ? "?"
					   : "----",
		pc, label, vd_prog_branches(filter->prog, pc) ? INSN_COLUMNS : 0, text);
	put_edge(printer, filter, pc, VD_EDGE_TRUE);
	put_edge(printer, filter, pc, VD_EDGE_FALSE);
	fputc('\n', printer->out);
	put_witness(printer, filter, pc, VD_EDGE_TRUE);
	put_witness(printer, filter, pc, VD_EDGE_FALSE);
}

static void mark_targets(const struct cover_filter *filter, bool *labels)
{
	for (size_t pc = 0; pc < filter->len; pc++) {
		const struct vd_insn *insn = &filter->prog->code[pc];
		if (insn->op == VD_OP_JA)
			labels[pc + 1 + insn->k] = true;
		else if (vd_form_is_branch(vd_isa[insn->op].form))
			labels[pc + 1 + insn->jt] = labels[pc + 1 + insn->jf] = true;
	}
}

static void annotate(const struct printer *printer, const struct cover_filter *filter)
{
	struct cover_counts counts = cover_count(filter, filter->cases);
	struct vd_fact *facts = calloc(filter->len, sizeof(*facts));
	bool *labels = calloc(filter->len, sizeof(*labels));

	if (!facts || !labels)
		out_of_memory();
	vd_prog_facts(filter->prog, facts);
	mark_targets(filter, labels);
	paint(printer, "1", filter->path);
	fprintf(printer->out, ": %zu case%s, %zu of %zu edges, %.1f %%\n", filter->n_cases,
		filter->n_cases == 1 ? "" : "s", counts.covered, counts.edges,
		percent(counts.covered, counts.edges));
	for (size_t pc = 0; pc < filter->len; pc++)
		put_insn(printer, filter, facts, labels, pc);
	free(labels);
	free(facts);
}

static void coverage_annotate(const struct coverage *coverage, FILE *out, bool colour)
{
	struct printer printer = { out, colour };

	fputs(" cases  pc         instruction                       cases by target\n"
	      "(! not covered: ---- by no case; never: by no record at all; ? not known)\n",
	      out);
	for (size_t i = 0; i < coverage->n; i++) {
		fputc('\n', out);
		annotate(&printer, &coverage->filters[i]);
	}
}

void coverage_write(const struct coverage *coverage, enum cover_form form, FILE *out, bool colour)
{
	switch (form) {
	case COVER_SUMMARY:
		coverage_summary(coverage, out, colour);
		break;
	case COVER_ANNOTATE:
		coverage_annotate(coverage, out, colour);
		break;
	case COVER_JSON:
		coverage_json(coverage, out);
		break;
	case COVER_DOT:
		coverage_dot(coverage, out);
		break;
	case COVER_FORMS:
		break;
	}
}
