/* SPDX-License-Identifier: MIT */
#include "bench/cost/confirm.h"
#include "bench/cost/cost.h"
#include "loader/call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A number of nanoseconds in so many columns; "-" where it is not known. */
static void put(FILE *out, struct estimate estimate, int columns)
{
	if (!estimate.known)
		fprintf(out, "%*s", columns, "-");
	else
		fprintf(out, "%*.1f", columns, estimate.value);
}

static void put_spread(FILE *out, struct estimate estimate)
{
	if (estimate.known)
		fprintf(out, " +-%.1f", (estimate.high - estimate.low) / 2);
}

static void head(const struct cost *cost, FILE *out)
{
	const struct vd_stack *stack = cost->subject->filters.stack;
	size_t n = vd_stack_len(stack), insns = 0;
	char call[CALL_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		insns += vd_prog_len(vd_stack_prog(stack, i));
	fprintf(out, "%s\n  %zu filter%s, %zu instruction%s; engine built in %.1f ms\n", cost->subject->name,
		n, n == 1 ? "" : "s", insns, insns == 1 ? "" : "s", cost->subject->build_ms);
	call_format(&cost->worst_data, call, sizeof(call));
	fprintf(out, "  at most %u instruction%s for any call, %s:\n    %s\n", cost->worst,
		cost->worst == 1 ? "" : "s",
		cost->worst_proved ? "proved" : "as far as the proof's budget went", call);
	if (cost->records)
		fprintf(out, "  weighted by %s, %" PRIu64 " records of %zu calls\n", cost->records,
			cost->seen, cost->n_rows);
	if (cost->skipped)
		fprintf(out, "  left out: %" PRIu64 " records, of more calls and paths than are kept apart\n",
			cost->skipped);
}

static void workload(const struct cost *cost, FILE *out)
{
	struct group_cost all = cost_of(cost, COST_ALL), words = cost_of(cost, COST_WORDS);

	if (!cost->records)
		return;
	if (cost->kernel && all.measured) {
		double share = words.kernel.known
				       ? words.kernel.value * (double)words.measured / (double)all.measured
				       : 0;
		fprintf(out,
			"\nThis workload pays %.1f ns per call in the kernel, %.1f of them for calls that\n"
			"depend on arguments.\n",
			all.kernel.value, share);
		if (all.measured < all.count)
			fprintf(out, "Not counted: %" PRIu64 " records of calls that have no figure below.\n",
				all.count - all.measured);
	}
	fprintf(out, "\nIn the order recorded: machine %.1f ns, engine %.1f ns a call.\n",
		cost->sequence_machine.value, cost->sequence_engine.value);
}

static void groups(const struct cost *cost, FILE *out)
{
	static const struct {
		enum cost_group group;
		const char *name;
	} lines[] = { { COST_ALL, "all" },
		      { COST_BITMAP, "known to the bitmap" },
		      { COST_NUMBER, "decided by number" },
		      { COST_WORDS, "by arguments" } };

	fprintf(out, "\n%-22s %8s %10s %9s %8s\n", "nanoseconds a call", cost->records ? "records" : "calls",
		"machine", "engine", "kernel");
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct group_cost sum = cost_of(cost, lines[i].group);
		if (!sum.rows)
			continue;
		fprintf(out, "%s%-*s %8" PRIu64 " ", i ? "  " : "", i ? 20 : 22, lines[i].name, sum.count);
		put(out, sum.machine, 10);
		put(out, sum.engine, 10);
		put(out, sum.kernel, 9);
		put_spread(out, sum.kernel);
		fputc('\n', out);
	}
}

static void confirmations(const struct cost *cost, FILE *out)
{
	size_t n[4] = { 0 }, stood_in = 0;
	char name[64];

	for (size_t i = 0; i < cost->n_rows; i++) {
		n[cost->rows[i].confirmed]++;
		stood_in += cost->rows[i].stood_in;
	}
	if (!cost->has_bitmap) {
		fputs("  no allow-bitmap on this kernel: every call is judged\n", out);
		return;
	}
	fprintf(out, "  bitmap: %zu as predicted", n[CONFIRM_AGREES]);
	if (stood_in)
		fprintf(out, " (%zu by a number that stands in)", stood_in);
	fprintf(out, ", %zu differ\n", n[CONFIRM_DIFFERS]);
	for (size_t i = 0; i < cost->n_rows; i++)
		if (cost->rows[i].confirmed == CONFIRM_DIFFERS)
			fprintf(out, "    differs: %s, predicted %s\n", row_name(&cost->rows[i], name),
				bitmap_answers(cost, &cost->rows[i]) ? "answered" : "judged");
	if (n[CONFIRM_IMPOSSIBLE])
		fprintf(out, "    not measured: %zu, which would end, trap, log or trace whoever calls\n",
			n[CONFIRM_IMPOSSIBLE]);
}

void put_quiet(double share, const char *prefix, FILE *out)
{
	fprintf(out, "%s%.0f %% of the turns ran at full speed%s\n", prefix, share * 100,
		share < 0.1 ? ": the machine is busy, take care" : "; the others do not count");
}

static void kernel_notes(const struct cost *cost, FILE *out)
{
	size_t ends = 0, no_entry = 0, bypassed = 0;

	if (!cost->kernel)
		return;
	for (size_t i = 0; i < cost->n_points; i++) {
		ends += cost->points[i].kernel_cost == KERNEL_COST_ENDS;
		no_entry += cost->points[i].kernel_cost == KERNEL_COST_NO_ENTRY;
		bypassed += cost->points[i].kernel_cost == KERNEL_COST_BYPASSED;
	}
	fputs("\nKernel: nanoseconds that the filters add to a call\n", out);
	fprintf(out, "  of a judged call %.1f are spent before its filters run; the bitmap takes %.1f\n",
		cost->base[0].entry.value, cost->base[0].bitmap.value);
	confirmations(cost, out);
	if (cost_of(cost, COST_ALL).measured)
		fprintf(out, "  put in %u places of memory: three quarters at %.1f to %.1f, each +-%.1f\n",
			cost->n_places, cost->places.low, cost->places.high, cost->within_place);
	put_quiet(cost->quiet, "  ", out);
	if (ends)
		fprintf(out, "  no figure: %zu that kill or trap\n", ends);
	if (no_entry)
		fprintf(out, "  no figure: %zu of ABIs that this kernel cannot be asked about\n", no_entry);
	if (bypassed)
		fprintf(out, "  no figure: %zu for which recent kernels run no filter\n", bypassed);
}

static const char *decided_by(const struct cost *cost, const struct row *row)
{
	if (row->by_words)
		return "arguments";
	if (!row->bitmap)
		return "number";
	return cost->kernel && !bitmap_answers(cost, row) ? "number" : "bitmap";
}

static void put_row(const struct cost *cost, const struct row *row, FILE *out)
{
	char number[64], name[96];
	int abi = vd_abi_of(row->arch, row->nr);
	const char *arch = vd_abi_info(abi) ? vd_abi_info(abi)->name : "?";

	snprintf(name, sizeof(name), "%s%s%s", abi == cost->abi ? "" : arch, abi == cost->abi ? "" : " ",
		 row_name(row, number));
	if (cost->records)
		fprintf(out, "%-22.22s %9" PRIu64 " ", name, row->count);
	else
		fprintf(out, "%-22.22s ", name);
	fprintf(out, "%-9s %6u", decided_by(cost, row), row->worst);
	put(out, row->machine, 9);
	put(out, row->engine, 7);
	if (row->kernel_cost == KERNEL_COST_ENDS) {
		fprintf(out, "%9s\n", "ends");
		return;
	}
	put(out, row->kernel, 9);
	if (cost->kernel)
		put_spread(out, row->kernel);
	fputc('\n', out);
}

static void rows(const struct cost *cost, FILE *out, size_t shown)
{
	size_t n = cost->n_rows < shown ? cost->n_rows : shown;

	fputc('\n', out);
	if (n < cost->n_rows)
		fprintf(out, "The dearest %zu of %zu calls (--all shows the rest)\n", n, cost->n_rows);
	if (cost->records)
		fprintf(out, "%-22s %9s %-9s %6s %8s %6s %8s\n", "call", "records", "by", "insns", "machine",
			"engine", "kernel");
	else
		fprintf(out, "%-22s %-9s %6s %8s %6s %8s\n", "call", "by", "insns", "machine", "engine",
			"kernel");
	for (size_t i = 0; i < n; i++)
		put_row(cost, &cost->rows[i], out);
}

static void filters(const struct cost *cost, FILE *out)
{
	size_t n = vd_stack_len(cost->subject->filters.stack);

	if (!cost->filters || n < 2)
		return;
	fputs("\nEach filter: instructions a call over all calls above; nanoseconds a judged call\n", out);
	fprintf(out, "%-4s %-38s %8s %9s %8s\n", "", "filter, oldest first", "insns", "machine", "kernel");
	for (size_t i = 0; i < n; i++) {
		const char *name = subject_filter(cost->subject, i);
		size_t len = strlen(name);
		fprintf(out, "%3zu  %-38s %8.1f", i + 1, len > 38 ? name + len - 38 : name,
			cost->filters[i].insns);
		put(out, cost->filters[i].machine, 10);
		put(out, cost->filters[i].kernel, 9);
		fputc('\n', out);
	}
}

static void steps(const struct cost *cost, FILE *out)
{
	if (!cost->n_steps)
		return;
	fprintf(out, "\nBy depth: nanoseconds a judged call under %s\n",
		cost->copies ? "so many copies of the filter" : "the oldest so many filters");
	fprintf(out, "%7s %10s %9s %9s\n", "filters", "machine", "engine", "kernel");
	for (size_t i = 0; i < cost->n_steps; i++) {
		const struct step *step = &cost->steps[i];
		fprintf(out, "%7zu ", step->filters);
		put(out, step->machine, 10);
		put(out, step->engine, 10);
		put(out, step->kernel, 10);
		fputc('\n', out);
	}
}

/* One call: what each filter executes for it. */
static void one_call(const struct cost *cost, const struct point *point, FILE *out)
{
	size_t n = vd_stack_len(cost->subject->filters.stack);
	unsigned *each = calloc(n ? n : 1, sizeof(*each));
	char call[CALL_TEXT_MAX];

	if (!each)
		return;

	call_format(&point->data, call, sizeof(call));
	fprintf(out, "\n%s: %u instructions", call, point->insns);
	subject_turn_to(cost->subject, &point->data);
	point_instructions(cost->subject, &point->data, each);
	for (size_t i = 0; i < n && n > 1; i++)
		fprintf(out, "%s%u", i ? (i % 12 ? " + " : " +\n  ") : "\n  oldest first: ", each[i]);
	fputc('\n', out);
	free(each);
}

void cost_text(const struct cost *cost, FILE *out, const struct cost_shown *shown)
{
	head(cost, out);
	workload(cost, out);
	groups(cost, out);
	kernel_notes(cost, out);
	rows(cost, out, shown->rows);
	for (size_t i = 0; i < cost->n_points && shown->each_point && cost->subject->filters.n > 1; i++)
		one_call(cost, &cost->points[i], out);
	filters(cost, out);
	steps(cost, out);
}
