/* SPDX-License-Identifier: MIT */
/*
 * `limits: {coverage: N}`: what all cases of a file together cover, those that
 * this run does not choose as well, so that the answer is the file's own.
 */
#include "cases/coverage/coverage.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const char *text)
{
	char *copied = strdup(text);

	if (!copied)
		out_of_memory();
	return copied;
}

static void miss(struct cover_outcome *outcome, const struct cover_filter *filter, const char *name,
		 size_t pc, enum vd_edge edge, const struct vd_fact *facts)
{
	struct cover_missing *missing = realloc(outcome->missing,
						(outcome->n + 1) * sizeof(*outcome->missing));
	struct seccomp_data record = { .nr = 0 };
	bool known = cover_record(filter, pc, edge, &record);
	char text[512], insn[160];

	if (!missing)
		out_of_memory();
	cover_insn_text(filter, facts, pc, insn, sizeof(insn));
	snprintf(text, sizeof(text), "%s %zu, %s: to L%zu", name, pc, insn, cover_target(filter, pc, edge));
	missing[outcome->n++] = (struct cover_missing){ copy(text), known, record };
	outcome->missing = missing;
}

static void judge_filter(struct cover_outcome *outcome, const struct cover_filter *filter, const char *name,
			 const uint32_t *cases)
{
	struct cover_counts counts = cover_count(filter, cases);
	struct vd_fact *facts = calloc(filter->len, sizeof(*facts));

	if (!facts)
		out_of_memory();
	vd_prog_facts(filter->prog, facts);
	cover_add(&outcome->counts, &counts);
	for (size_t pc = 0; pc < filter->len; pc++)
		for (enum vd_edge edge = VD_EDGE_TRUE; edge <= VD_EDGE_FALSE; edge++) {
			enum cover_status status = cover_status(filter, cases, pc, edge);
			if (status == COVER_UNCOVERED || status == COVER_UNKNOWN)
				miss(outcome, filter, name, pc, edge, facts);
		}
	free(facts);
}

/* The filters of one stack, each once; cases may run none of them. */
static void judge_stack(struct cover_outcome *outcome, const struct coverage *coverage,
			const struct case_stack *stack)
{
	size_t n = vd_stack_len(stack->stacks[0].stack);
	bool *done = calloc(coverage->n + 1, sizeof(*done));

	if (!done)
		out_of_memory();
	for (size_t i = 0; i < n; i++) {
		size_t at = coverage_find(coverage, stack, i);
		if (!done[at])
			judge_filter(outcome, &coverage->filters[at], stack->stacks[0].names[i],
				     coverage->filters[at].cases);
		done[at] = true;
	}
	free(done);
}

struct cover_outcome *cover_limit(const struct test_case *test, unsigned jobs)
{
	const struct case_file *file = test->file;
	const struct test_case **cases = calloc(file->n + 1, sizeof(struct test_case *));
	struct cover_outcome *outcome = calloc(1, sizeof(*outcome));
	struct coverage coverage;

	if (!cases || !outcome)
		out_of_memory();
	for (size_t i = 0; i < file->n; i++)
		cases[i] = &file->cases[i];
	coverage_init(&coverage, cases, file->n, test->claim.stack, jobs);
	outcome->sampled = coverage.sampled > 0;
	if (test->claim.stack)
		judge_stack(outcome, &coverage, test->claim.stack);
	for (size_t i = 0; !test->claim.stack && i < coverage.n; i++)
		judge_filter(outcome, &coverage.filters[i], coverage.filters[i].name,
			     coverage.filters[i].cases);
	coverage_done(&coverage);
	free(cases);
	return outcome;
}

bool cover_within(const struct cover_outcome *outcome, unsigned percent)
{
	return outcome->counts.covered * 100 >= outcome->counts.edges * (size_t)percent;
}

void cover_outcome_free(struct cover_outcome *outcome)
{
	for (size_t i = 0; outcome && i < outcome->n; i++)
		free(outcome->missing[i].text);
	if (outcome)
		free(outcome->missing);
	free(outcome);
}
