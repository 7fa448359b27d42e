/* SPDX-License-Identifier: MIT */
/* Claims, box by box, by the surest means that their size admits. */
#include "cases/broken.h"
#include "cases/prove.h"
#include "cases/search.h"

const char *basis_name(enum basis basis)
{
	static const char *const names[] = { "enumerated", "proved", "sampled" };

	return names[basis];
}

/* Runs one box: completely (budget: CLAIM_RUNS_MAX), or at its boundaries. */
static void run_box(struct search *search, const struct claim *claim, const struct box *box, bool sample,
		    unsigned long long budget)
{
	*search = (struct search){ .claim = claim, .sample = sample, .runs_max = CLAIM_RUNS_MAX };
	search_box(search, box, budget);
}

/* A record that is known to be meant: samples may find none of their own. */
static void run_witness(const struct claim *claim, const struct box *box, struct answer *answer)
{
	answer->records++;
	claim_broken(claim, box, box->witness, answer);
}

static void sample_box(const struct claim *claim, const struct box *box, unsigned long long budget,
		       struct answer *answer)
{
	struct search search;

	if (box->witness)
		run_witness(claim, box, answer);
	if (!answer->holds)
		return;
	run_box(&search, claim, box, true, budget);
	answer->records += search.records;
	if (search.sampled)
		answer->basis = BASIS_SAMPLED;
	if (claim->same_as)
		answer->basis = BASIS_SAMPLED;
	if (search.failed && claim->same_as)
		answer_other(claim, answer, box, &search.record);
	else if (search.failed)
		answer_found(answer, box, &search.record, &search.verdict, search.over_limit);
}

/* Nothing is run: two stacks read different words. */
static void decide_same(const struct claim *claim, const struct box *box, unsigned long long budget,
			struct answer *answer)
{
	struct claim other_way = *claim;
	struct seccomp_data record;
	enum vd_answer proof = prove_same(claim, box, &record);

	if (proof == VD_ANSWER_UNKNOWN) {
		sample_box(claim, box, budget, answer);
		other_way.stack = claim->same_as;
		other_way.same_as = claim->stack;
		/* the words that the other stack reads */
		if (answer->holds)
			sample_box(&other_way, box, budget, answer);
		if (!answer->holds)
			answer_other(claim, answer, box, &answer->record);
		return;
	}
	if (answer->basis < BASIS_PROVED)
		answer->basis = BASIS_PROVED;
	if (proof == VD_ANSWER_RECORD)
		answer_other(claim, answer, box, &record);
}

/*
 * One box by the surest means that its size admits: run, proved, sampled.
 * A claim's basis is the weakest of its boxes'.
 */
static void decide_box(const struct claim *claim, const struct box *box, unsigned long long budget,
		       struct answer *answer)
{
	struct seccomp_data record;
	struct search search;

	if (claim->same_as) {
		decide_same(claim, box, budget, answer);
		return;
	}
	run_box(&search, claim, box, false, CLAIM_RUNS_MAX);
	if (!search.too_many) {
		answer->records += search.records;
		if (search.failed)
			answer_found(answer, box, &search.record, &search.verdict, search.over_limit);
		return;
	}
	enum vd_answer proof = prove_box(claim, box, &record);
	if (proof == VD_ANSWER_UNKNOWN) {
		sample_box(claim, box, budget, answer);
		return;
	}
	if (answer->basis < BASIS_PROVED)
		answer->basis = BASIS_PROVED;
	if (proof == VD_ANSWER_RECORD) {
		struct vd_verdict verdict = vd_stack_run(search.stack, &record);
		answer_found(answer, box, &record, &verdict,
			     !box->expect || expect_matches(box->expect, &verdict));
	}
}

/* A claim about records of which none was found says nothing: it must not pass for that. */
static void notice_nothing(const struct claim *claim, struct answer *answer)
{
	if (!answer->holds || answer->records)
		return;
	for (size_t i = 0; i < claim->n; i++)
		if (!claim->boxes[i].where || claim->boxes[i].witness)
			return;
	answer->nothing = claim->n > 0;
	answer->holds = !answer->nothing;
}

void claim_sample(const struct claim *claim, struct answer *ret_answer)
{
	unsigned long long budget = search_samples(claim);
	struct answer answer = { .basis = BASIS_ENUMERATED, .holds = true };

	for (size_t i = 0; i < claim->n && answer.holds; i++)
		sample_box(claim, &claim->boxes[i], budget, &answer);
	notice_nothing(claim, &answer);
	*ret_answer = answer;
}

void claim_decide(const struct claim *claim, struct answer *ret_answer)
{
	unsigned long long budget = search_samples(claim);
	struct answer answer = { .basis = BASIS_ENUMERATED, .holds = true };

	for (size_t i = 0; i < claim->n && answer.holds; i++)
		decide_box(claim, &claim->boxes[i], budget, &answer);
	notice_nothing(claim, &answer);
	*ret_answer = answer;
}
