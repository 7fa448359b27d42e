/* SPDX-License-Identifier: MIT */
#include "cases/report/report.h"
#include "cases/brief.h"
#include "loader/call.h"
#include "loader/free.h"
#include "loader/trace.h"

#include <string.h>

size_t report_file_end(const struct run *run, size_t first)
{
	size_t end = first;

	while (end < run->n && run->results[end].test->file == run->results[first].test->file)
		end++;
	return end;
}

bool report_broken(const struct result *result)
{
	return result->status == STATUS_FAILED || result->status == STATUS_TODO ||
	       result->status == STATUS_DISAGREES;
}

const char *report_winner(const struct result *result)
{
	const struct answer *answer = &result->answer;
	int filter = answer->verdict.filter;

	if (filter < 0 || !answer->box)
		return NULL;
	return result->test->claim.stack->stacks[answer->box->big_endian].names[filter];
}

static void install_outcome(const struct result *result, char *buf, size_t size)
{
	if (result->refusal.code == VD_ERROR_NONE)
		snprintf(buf, size, "accepted");
	else
		vd_error_format(&result->refusal, buf, size);
}

static const char *other_winner(const struct result *result)
{
	const struct answer *answer = &result->answer;
	int filter = answer->other.filter;

	if (filter < 0 || !answer->box)
		return NULL;
	return result->test->claim.same_as->stacks[answer->box->big_endian].names[filter];
}

/* What should have been the same. */
static void other_verdict(const struct result *result, char *buf, size_t size)
{
	const char *winner = other_winner(result);
	char verdict[128];

	verdict_format(result->answer.other.ret, verdict, sizeof(verdict));
	snprintf(buf, size, ", not as same_as: %s%s%s", verdict, winner ? " by " : "", winner ? winner : "");
}

static void scenario_outcome(const struct result *result, char *buf, size_t size)
{
	const struct scenario_outcome *outcome = result->scenario;

	if (outcome->line)
		snprintf(buf, size, "line %u: %s", outcome->line, outcome->text);
	else
		snprintf(buf, size, "%s", outcome->text);
}

static void coverage_outcome(const struct result *result, char *buf, size_t size)
{
	const struct cover_counts *counts = &result->coverage->counts;

	snprintf(buf, size, "%zu of %zu edges are covered, at least %u %% are wanted%s", counts->covered,
		 counts->edges, result->test->covers,
		 result->coverage->sampled ? "; some cases were too hard for a proof, they may cover more"
					   : "");
}

void report_missing(const struct cover_missing *missing, char *record, size_t size)
{
	if (missing->known)
		call_format(&missing->record, record, size);
	else
		snprintf(record, size, "not known whether a record takes it");
}

void report_claim(const struct result *result, char *buf, size_t size)
{
	if (result->test->covers)
		snprintf(buf, size, "%s", result->test->name);
	else
		claim_brief(result->test->keys, buf, size);
}

void report_outcome(const struct result *result, char *buf, size_t size)
{
	const struct answer *answer = &result->answer;
	const char *winner = report_winner(result);
	unsigned insns = answer->verdict.insns;
	const char *plural = insns == 1 ? "" : "s";
	char verdict[128], limit[192] = "";

	if (result->scenario) {
		scenario_outcome(result, buf, size);
		return;
	}
	if (result->coverage) {
		coverage_outcome(result, buf, size);
		return;
	}
	if (result->status == STATUS_DISAGREES) {
		snprintf(buf, size, "the machine says %s, the kernel %s", result->live.machine,
			 result->live.kernel);
		return;
	}
	if (result->test->installs) {
		install_outcome(result, buf, size);
		return;
	}
	if (result->unproved) {
		snprintf(buf, size, "not proved: only sampled, and a proof is required");
		return;
	}
	if (answer->nothing) {
		snprintf(buf, size, "not known: no record was found that 'where' holds for");
		return;
	}
	verdict_format(answer->verdict.ret, verdict, sizeof(verdict));
	if (result->test->claim.same_as)
		other_verdict(result, limit, sizeof(limit));
	if (answer->over_limit)
		snprintf(limit, sizeof(limit), ", over the limit of %u", result->test->claim.max_insns);
	if (winner)
		snprintf(buf, size, "%s by %s, %u instruction%s%s", verdict, winner, insns, plural, limit);
	else
		snprintf(buf, size, "%s, lowered by no filter, %u instruction%s%s", verdict, insns, plural,
			 limit);
}

void report_record(const struct result *result, char *buf, size_t size)
{
	const struct answer *answer = &result->answer;

	buf[0] = '\0';
	if (result->test->installs || result->scenario || result->coverage)
		return;
	if (result->status == STATUS_DISAGREES)
		call_format(&result->live.record, buf, size);
	else if (!answer->holds && answer->box)
		call_format(&answer->record, buf, size);
}

uint16_t report_free(const struct result *result)
{
	const struct answer *answer = &result->answer;
	const struct claim *claim = &result->test->claim;

	if (result->test->installs || result->scenario || result->coverage || answer->holds ||
	    answer->nothing || !answer->box || result->status == STATUS_DISAGREES)
		return 0;
	unsigned order = answer->box->big_endian;
	uint16_t words = free_words(claim->stack->stacks[order].stack, &answer->record);
	if (claim->same_as)
		words &= free_words(claim->same_as->stacks[order].stack, &answer->record);
	return words;
}

void report_basis(const struct result *result, char *buf, size_t size)
{
	const struct answer *answer = &result->answer;

	size_t asked = result->live.asked, at;

	if (result->scenario)
		snprintf(buf, size, "run in the kernel, %zu step%s", result->scenario->done,
			 result->scenario->done == 1 ? "" : "s");
	else if (result->coverage)
		snprintf(buf, size, "%zu of %zu edges", result->coverage->counts.covered,
			 result->coverage->counts.edges);
	else if (result->test->installs)
		snprintf(buf, size, "checked");
	else if (!answer->records)
		snprintf(buf, size, "%s", basis_name(answer->basis));
	else
		snprintf(buf, size, "%s, %llu record%s", basis_name(answer->basis), answer->records,
			 answer->records == 1 ? "" : "s");
	at = strlen(buf);
	if (asked)
		snprintf(buf + at, size - at, ", %zu asked of the kernel", asked);
	else if (result->live.why)
		snprintf(buf + at, size - at, ", not asked of the kernel: %s", result->live.why);
}

void report_live(const struct totals *totals, char *buf, size_t size)
{
	int n;

	buf[0] = '\0';
	if (!totals->live)
		return;
	n = snprintf(buf, size, "%zu record%s asked of the kernel", totals->asked,
		     totals->asked == 1 ? "" : "s");
	if (totals->blurred)
		n += snprintf(buf + n, size - (size_t)n,
			      " (%zu only as a task experiences them, LOG as ALLOW and USER_NOTIF as "
			      "ERRNO(ENOSYS))",
			      totals->blurred);
	if (totals->unasked)
		n += snprintf(buf + n, size - (size_t)n, ", %zu that it cannot be asked", totals->unasked);
	if (totals->live_why)
		snprintf(buf + n, size - (size_t)n, ": %s", totals->live_why);
}

void report_closing_line(const struct totals *totals, FILE *out)
{
	size_t skipped = totals->skipped + totals->todo;

	fprintf(out, "%zu passed, %zu failed", totals->passed, totals->failed);
	if (totals->disagree)
		fprintf(out, ", %zu disagree", totals->disagree);
	if (skipped)
		fprintf(out, ", %zu skipped", skipped);
	fputc('\n', out);
}
