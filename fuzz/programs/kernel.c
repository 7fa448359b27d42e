/* SPDX-License-Identifier: MIT */
#include "fuzz/programs/kernel.h"
#include "fuzz/search/hunt.h"
#include "loader/arena.h"
#include "loader/kernel/behaviour.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/probe.h"
#include "loader/kernel/verdicts.h"
#include "loader/kernel/values.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

/* Trials that are asked about together. */
#define TRIALS 64
#define PROGRAMS (TRIALS * TRIAL_PROGRAMS)

struct kernel_side {
	struct kernel_prober *prober;
	uint64_t asked_programs, asked_records;

	/* The trials that are asked about now. */
	struct seccomp_data records[TRIALS][TRIAL_RECORDS];
	/* their programs, one trial's behind the other's */
	struct kernel_probe probes[PROGRAMS];
	struct vd_prog *progs[PROGRAMS]; /* NULL: it is not accepted */
	struct kernel_question *by_prog[PROGRAMS];
	size_t n;
	/* what is asked about those that are accepted */
	struct kernel_question questions[PROGRAMS];
	uint32_t values[PROGRAMS][TRIAL_RECORDS];
	enum kernel_asked asked[PROGRAMS][TRIAL_RECORDS];
	size_t n_questions;
};

struct kernel_side *kernel_side_new(const char **ret_why)
{
	struct kernel_side *side = calloc(1, sizeof(*side));

	if (!side)
		out_of_memory();
	int r = kernel_prober_new(&side->prober);
	const char *why = r < 0 ? kernel_prober_explain(r) : NULL;
	if (!why && kernel_is_filtered())
		why = kernel_behaviour_explain(-EBUSY);
	if (!why)
		return side;
	if (ret_why)
		*ret_why = why;
	if (r == 0)
		kernel_prober_free(side->prober);
	free(side);
	return NULL;
}

void kernel_side_free(struct kernel_side *side)
{
	if (!side)
		return;
	kernel_prober_free(side->prober);
	free(side);
}

void kernel_side_asked(const struct kernel_side *side, uint64_t *ret_programs, uint64_t *ret_records)
{
	*ret_programs = side->asked_programs;
	*ret_records = side->asked_records;
}

/* ------------------------------------------------------------- records -- */

/* Where code can be put with some certainty: behind the lowest pages, below libraries and stacks. */
#define IP_FIRST UINT64_C(0x20000)
#define IP_LAST UINT64_C(0x7effffffffff)

/* What no call can be becomes a call that is much alike. */
static void make_askable(struct seccomp_data *data)
{
	if (kernel_askable(data) == KERNEL_ARCH)
		data->arch = AUDIT_ARCH_X86_64;
	if (kernel_askable(data) == KERNEL_BYPASSED)
		data->nr += KERNEL_NR_UPROBE - KERNEL_NR_URETPROBE + 1;
	if (data->instruction_pointer < IP_FIRST || data->instruction_pointer > IP_LAST)
		data->instruction_pointer = UINT64_C(1) << 32 | (uint32_t)data->instruction_pointer;
}

void trial_make_askable(struct trial *trial)
{
	/* programs are asked about one by one, by a machine of this byte order */
	trial->big_endian = false;
	trial->copies = 0;
	for (size_t i = 0; i < trial->n_records; i++)
		make_askable(&trial->records[i]);
}

/* ----------------------------------------------------------- questions -- */

static void add_question(struct kernel_side *side, const struct trial *trial, size_t at, size_t number)
{
	size_t n = side->n_questions;

	side->by_prog[at] = &side->questions[n];
	side->questions[n] = (struct kernel_question){ .prog = side->progs[at],
						       .records = side->records[number],
						       .n = trial->n_records,
						       .values = side->values[n],
						       .asked = side->asked[n] };
	side->n_questions++;
}

static void add_program(struct kernel_side *side, const struct trial *trial, size_t i, size_t number)
{
	const struct trial_program *program = &trial->programs[i];
	size_t at = side->n++;

	side->probes[at] = (struct kernel_probe){ .insns = program->insns, .len = program->len };
	side->progs[at] = NULL;
	if (reference_check(program->insns, program->len) < 0 &&
	    vd_prog_new(program->insns, program->len, &side->progs[at], NULL) == 0)
		add_question(side, trial, at, number);
}

static void add_trial(struct kernel_side *side, const struct trial *trial, size_t number)
{
	for (size_t i = 0; i < trial->n_records; i++) {
		side->records[number][i] = trial->records[i];
		make_askable(&side->records[number][i]);
	}
	for (size_t i = 0; i < trial->n; i++)
		add_program(side, trial, i, number);
}

static void ask(struct kernel_side *side, unsigned checks, const struct trial *trials, size_t n)
{
	sigset_t before;

	side->n = side->n_questions = 0;
	for (size_t i = 0; i < n; i++)
		add_trial(side, &trials[i], i);
	if (checks & 1u << CHECK_KERNEL_ACCEPT)
		kernel_prober_ask_all(side->prober, side->probes, side->n);
	hunt_hold_signals(&before);
	if (checks & 1u << CHECK_KERNEL_RUN)
		kernel_values_all(side->questions, side->n_questions);
	hunt_release_signals(&before);
}

static void forget(struct kernel_side *side)
{
	for (size_t i = 0; i < side->n; i++)
		vd_prog_free(side->progs[i]);
}

/* ------------------------------------------------------------- answers -- */

/* Of the trial whose programs begin at `first`. */
static bool compare_acceptance(struct kernel_side *side, const struct trial *trial, size_t first,
			       struct disagreement *found)
{
	for (size_t i = 0; i < trial->n; i++) {
		const struct trial_program *program = &trial->programs[i];
		int answer = side->probes[first + i].answer;
		long machine = trial_checked(program);
		if (answer < 0)
			continue;
		side->asked_programs++;
		if ((answer == 0) == (machine < 0))
			continue;
		*found = (struct disagreement){ .check = CHECK_KERNEL_ACCEPT,
						.program = i,
						.accepted = answer == 0 };
		say_acceptance(machine, found->says[0]);
		snprintf(found->says[1], SAYS_MAX, "%s",
			 answer ? vd_errno_name((unsigned)answer) : "accepted");
		return true;
	}
	return false;
}

static void differ(struct disagreement *found, size_t record, uint32_t machine, uint32_t kernel)
{
	*found = (struct disagreement){ .check = CHECK_KERNEL_RUN, .record = record, .ret = kernel };
	say_value(machine, found->says[0]);
	say_value(kernel, found->says[1]);
}

static bool is_asked(const struct kernel_question *question, size_t record)
{
	return !question->error && question->asked[record] == KERNEL_ASKED;
}

/* Program by program. */
static bool compare_values(struct kernel_side *side, const struct trial *trial, size_t number, size_t first,
			   struct disagreement *found)
{
	for (size_t i = first; i < first + trial->n; i++) {
		const struct kernel_question *question = side->by_prog[i];
		for (size_t j = 0; j < trial->n_records && side->progs[i]; j++) {
			if (!is_asked(question, j))
				continue;
			side->asked_records++;
			uint32_t machine = vd_prog_run(side->progs[i], &side->records[number][j]);
			if (machine == question->values[j])
				continue;
			differ(found, j, machine, question->values[j]);
			return true;
		}
	}
	return false;
}

/* The programs of a trial as a stack; NULL: some are refused, or it would be too large. */
static struct vd_stack *stack_of(const struct kernel_side *side, const struct trial *trial, size_t first)
{
	struct vd_stack *stack;
	int r = 0;

	if (vd_stack_new(&stack) < 0)
		out_of_memory();
	for (size_t i = first; i < first + trial->n && r == 0; i++)
		r = side->progs[i] ? vd_stack_push(stack, side->progs[i]) : -1;
	if (r == 0)
		return stack;
	vd_stack_free(stack);
	return NULL;
}

static bool compare_verdict(const struct kernel_side *side, const struct vd_stack *stack, size_t first,
			    const struct seccomp_data *record, size_t j, struct disagreement *found)
{
	struct vd_verdict machine = vd_stack_run(stack, record);
	struct kernel_verdict kernel = KERNEL_NO_FILTER;

	for (size_t i = vd_stack_len(stack); i-- > 0;) {
		const struct kernel_question *question = side->by_prog[first + i];
		if (!is_asked(question, j))
			return false;
		kernel_verdict_add(&kernel, (int)i, question->values[j], KERNEL_ASKED);
	}
	/* which filter decided the kernel does not tell: CHECK_RUN compares it */
	if (machine.ret == kernel.ret)
		return false;
	differ(found, j, machine.ret, kernel.ret);
	return true;
}

/* The stack: with one that disagrees the case file that is written fails. */
static bool compare_verdicts(const struct kernel_side *side, const struct trial *trial, size_t number,
			     size_t first, struct disagreement *found)
{
	struct vd_stack *stack = stack_of(side, trial, first);
	bool differ = false;

	for (size_t j = 0; j < trial->n_records && stack && !differ; j++)
		differ = compare_verdict(side, stack, first, &side->records[number][j], j, found);
	vd_stack_free(stack);
	return differ;
}

/* Up to TRIALS of them. */
static size_t run_some(struct kernel_side *side, unsigned checks, const struct trial *trials, size_t n,
		       struct disagreement *found)
{
	size_t number = 0, first = 0;

	ask(side, checks, trials, n);
	for (; number < n; first += trials[number++].n) {
		const struct trial *trial = &trials[number];
		if (checks & 1u << CHECK_KERNEL_ACCEPT && compare_acceptance(side, trial, first, found))
			break;
		if (checks & 1u << CHECK_KERNEL_RUN && (compare_verdicts(side, trial, number, first, found) ||
							compare_values(side, trial, number, first, found)))
			break;
	}
	forget(side);
	return number;
}

size_t kernel_side_run(struct kernel_side *side, unsigned checks, const struct trial *trials, size_t n,
		       struct disagreement *ret_disagreement)
{
	for (size_t from = 0; from < n; from += TRIALS) {
		size_t some = n - from < TRIALS ? n - from : TRIALS;
		size_t at = run_some(side, checks, trials + from, some, ret_disagreement);
		if (at < some)
			return from + at;
	}
	return n;
}
