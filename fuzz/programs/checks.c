/* SPDX-License-Identifier: MIT */
#include "fuzz/programs/checks.h"
#include "fuzz/programs/kernel.h"
#include "fuzz/programs/proofs.h"
#include "loader/arena.h"
#include "loader/asm/asm.h"
#include "loader/source/listing.h"
#include "loader/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Programs whose text is compared: the others are the same instructions in larger numbers. */
#define TEXT_LEN_MAX 200

const struct check_info check_infos[CHECKS] = {
	[CHECK_ACCEPT] = { "check", { "the checker", "the rules" }, false, false },
	[CHECK_SIZE] = { "size", { "the checker", "the rules" }, false, false },
	[CHECK_RUN] = { "run", { "the machine", "a plain interpreter" }, false, true },
	[CHECK_TEXT] = { "text", { "the program", "its text, assembled" }, false, false },
	[CHECK_ENGINE] = { "engine", { "the machine", "the engine" }, false, true },
	[CHECK_PROOF] = { "proof", { "the prover", "a plain interpreter" }, false, true },
	[CHECK_CLAIM] = { "claim", { "the prover", "a plain interpreter" }, false, true },
	[CHECK_KERNEL_ACCEPT] = { "kernel-check", { "the checker", "the kernel" }, true, false },
	[CHECK_KERNEL_RUN] = { "kernel-run", { "the machine", "the kernel" }, true, true },
};

struct checker {
	struct kernel_side *kernel; /* NULL: it is not asked */
};

struct checker *checker_new(bool kernel, const char **ret_why)
{
	struct checker *checker = calloc(1, sizeof(*checker));

	if (!checker)
		out_of_memory();
	if (kernel)
		checker->kernel = kernel_side_new(ret_why);
	return checker;
}

void checker_free(struct checker *checker)
{
	if (!checker)
		return;
	kernel_side_free(checker->kernel);
	free(checker);
}

void checker_asked(const struct checker *checker, uint64_t *ret_programs, uint64_t *ret_records)
{
	*ret_programs = *ret_records = 0;
	if (checker->kernel)
		kernel_side_asked(checker->kernel, ret_programs, ret_records);
}

/* --------------------------------------------------------- acceptance -- */

void say_acceptance(long pc, char ret_text[SAYS_MAX])
{
	if (pc < 0)
		snprintf(ret_text, SAYS_MAX, "accepted");
	else
		snprintf(ret_text, SAYS_MAX, "refused for instruction %ld", pc);
}

long trial_checked(const struct trial_program *program)
{
	struct vd_error error;

	if (!vd_check(program->insns, program->len, &error, 1))
		return -1;
	return error.code == VD_ERROR_LENGTH ? (long)program->len : error.pc;
}

static bool check_accept(const struct trial *trial, struct disagreement *found)
{
	for (size_t i = 0; i < trial->n; i++) {
		const struct trial_program *program = &trial->programs[i];
		long machine = trial_checked(program), rules = reference_check(program->insns, program->len);
		if (machine == rules)
			continue;
		found->program = i;
		found->accepted = rules < 0;
		say_acceptance(machine, found->says[0]);
		say_acceptance(rules, found->says[1]);
		return true;
	}
	return false;
}

/* A program pushed on top of itself as often as the trial says; how often it was taken. */
static size_t pushed(const struct vd_prog *prog, size_t copies)
{
	struct vd_stack *stack;
	size_t n = 0;

	if (vd_stack_new(&stack) < 0)
		out_of_memory();
	while (n < copies && vd_stack_push(stack, prog) == 0)
		n++;
	vd_stack_free(stack);
	return n;
}

static size_t may_push(size_t size, size_t copies)
{
	size_t used = 0, n = 0;

	for (; n < copies && reference_fits(used, size); n++)
		used += size + 4;
	return n;
}

static bool check_size(const struct trial *trial, struct disagreement *found)
{
	for (size_t i = 0; i < trial->n; i++) {
		const struct trial_program *program = &trial->programs[i];
		size_t size = reference_size(program->insns, program->len), copies = trial->copies;
		struct vd_prog *prog;
		if (vd_prog_new(program->insns, program->len, &prog, NULL) < 0)
			continue;
		size_t own = vd_prog_converted_len(prog), taken = copies ? pushed(prog, copies) : 0;
		vd_prog_free(prog);
		if (own == size && taken == may_push(size, copies))
			continue;
		found->program = i;
		found->accepted = true;
		snprintf(found->says[0], sizeof(found->says[0]), "%zu instructions, taken %zu times", own,
			 taken);
		snprintf(found->says[1], sizeof(found->says[1]), "%zu instructions, taken %zu times", size,
			 may_push(size, copies));
		return true;
	}
	return false;
}

/* --------------------------------------------------------------- text -- */

/* The text of a program, assembled: 0 when it is the same. */
static int through_text(const struct trial_program *program, struct trial_program *back)
{
	char name[] = "program";
	const struct program named = { .path = name, .insns = program->insns, .len = program->len };
	const struct listing_opts opts = { .format = LISTING_ASM };
	struct asm_program *programs = NULL;
	struct diags diags;
	char *data = NULL;
	size_t size = 0, n = 0;
	struct text text;
	FILE *out = open_memstream(&data, &size);

	if (!out)
		out_of_memory();
	diags_init(&diags);
	int r = listing_write(out, &named, &opts, &diags);
	fclose(out);
	if (text_from("text", data, size, &text) < 0)
		out_of_memory();
	if (r == 0)
		r = asm_assemble(&text, &diags, &programs, &n);
	back->len = r == 0 && n == 1 ? programs[0].len : 0;
	if (r == 0 && n == 1 && back->len <= TEXT_LEN_MAX)
		memcpy(back->insns, programs[0].insns, back->len * sizeof(*back->insns));
	if (r == 0)
		asm_programs_done(programs, n);
	text_done(&text);
	diags_done(&diags);
	free(data);
	return r;
}

/* The first instruction that differs; the shorter length where none does. */
static size_t first_difference(const struct trial_program *a, const struct trial_program *b)
{
	size_t at = 0;

	while (at < a->len && at < b->len && !memcmp(&a->insns[at], &b->insns[at], sizeof(*a->insns)))
		at++;
	return at;
}

static bool check_text(const struct trial *trial, struct disagreement *found)
{
	struct sock_filter insns[TEXT_LEN_MAX];

	for (size_t i = 0; i < trial->n; i++) {
		const struct trial_program *program = &trial->programs[i];
		struct trial_program back = { .insns = insns };
		if (program->len > TEXT_LEN_MAX || !program->len)
			continue;
		int r = through_text(program, &back);
		size_t at = first_difference(program, &back);
		if (r == 0 && back.len == program->len && at == program->len)
			continue;
		found->program = i;
		found->accepted = true;
		snprintf(found->says[0], SAYS_MAX, "%zu instructions", program->len);
		if (r < 0)
			snprintf(found->says[1], SAYS_MAX, "cannot be assembled");
		else
			snprintf(found->says[1], SAYS_MAX, "%zu instructions, number %zu differs", back.len,
				 at);
		return true;
	}
	return false;
}

/* ---------------------------------------------------------------- run -- */

static void say_verdict(const struct vd_verdict *verdict, char ret_text[SAYS_MAX])
{
	char text[64];

	vd_action_format(verdict->ret, text, sizeof(text));
	if (verdict->insns)
		snprintf(ret_text, SAYS_MAX, "%s (0x%08x) by filter %d, %u instructions", text, verdict->ret,
			 verdict->filter, verdict->insns);
	else
		snprintf(ret_text, SAYS_MAX, "%s (0x%08x)", text, verdict->ret);
}

void say_value(uint32_t ret, char ret_text[SAYS_MAX])
{
	say_verdict(&(struct vd_verdict){ .ret = ret }, ret_text);
}

static bool check_run(const struct trial *trial, const struct vd_stack *stack, struct disagreement *found)
{
	uint32_t values[TRIAL_PROGRAMS];

	for (size_t i = 0; i < trial->n_records; i++) {
		struct reference_verdict plain = reference_decide(trial, &trial->records[i]);
		struct vd_verdict machine = vd_stack_run_each(stack, &trial->records[i], values);
		struct vd_verdict again = vd_stack_run(stack, &trial->records[i]);
		if (machine.ret == plain.ret && machine.filter == plain.filter &&
		    machine.insns == plain.insns && again.ret == plain.ret && again.filter == plain.filter &&
		    vd_effective(machine.ret) == reference_effective(plain.ret) &&
		    !memcmp(values, plain.values, trial->n * sizeof(*values)))
			continue;
		found->record = i;
		found->ret = plain.ret;
		const struct vd_verdict other = { .ret = plain.ret,
						  .filter = plain.filter,
						  .insns = plain.insns };
		say_verdict(&machine, found->says[0]);
		say_verdict(&other, found->says[1]);
		return true;
	}
	return false;
}

static bool check_engine(const struct trial *trial, const struct vd_stack *stack, struct disagreement *found)
{
	uint32_t values[TRIAL_RECORDS];
	struct vd_engine *engine;
	bool differ = false;

	if (vd_engine_new(stack, &engine) < 0)
		out_of_memory();
	vd_engine_run_batch(engine, trial->records, trial->n_records, values);
	for (size_t i = 0; i < trial->n_records && !differ; i++) {
		struct vd_verdict machine = vd_stack_run(stack, &trial->records[i]);
		uint32_t one = vd_engine_run(engine, &trial->records[i]);
		differ = machine.ret != values[i] || machine.ret != one;
		if (!differ)
			continue;
		found->record = i;
		found->ret = machine.ret != values[i] ? values[i] : one;
		say_value(machine.ret, found->says[0]);
		say_value(found->ret, found->says[1]);
	}
	vd_engine_free(engine);
	return differ;
}

/* ---------------------------------------------------------------- all -- */

/* The stack of a trial; NULL: some program is refused. */
static struct vd_stack *stack_of(const struct trial *trial)
{
	struct vd_stack *stack;
	int r = 0;

	if (vd_stack_new(&stack) < 0)
		out_of_memory();
	vd_stack_set_big_endian(stack, trial->big_endian);
	for (size_t i = 0; i < trial->n && r == 0; i++) {
		struct vd_prog *prog;
		r = vd_prog_new(trial->programs[i].insns, trial->programs[i].len, &prog, NULL);
		if (r == 0)
			r = vd_stack_push(stack, prog);
		if (r == 0 || r == -ENOMEM)
			vd_prog_free(prog);
	}
	if (r == 0)
		return stack;
	vd_stack_free(stack);
	return NULL;
}

/* Both readings must take the programs before what they return can be compared. */
static bool all_accepted(const struct trial *trial)
{
	for (size_t i = 0; i < trial->n; i++)
		if (reference_check(trial->programs[i].insns, trial->programs[i].len) >= 0)
			return false;
	return true;
}

static bool run_with(enum check check, const struct trial *trial, const struct vd_stack *stack,
		     struct disagreement *found)
{
	*found = (struct disagreement){ .check = check };
	if (check_infos[check].run && !stack)
		return false;
	switch (check) {
	case CHECK_ACCEPT:
		return check_accept(trial, found);
	case CHECK_SIZE:
		return check_size(trial, found);
	case CHECK_TEXT:
		return check_text(trial, found);
	case CHECK_RUN:
		return check_run(trial, stack, found);
	case CHECK_ENGINE:
		return check_engine(trial, stack, found);
	case CHECK_PROOF:
		return check_proof(trial, stack, found);
	case CHECK_CLAIM:
		return check_claim(trial, stack, found);
	case CHECK_KERNEL_ACCEPT:
	case CHECK_KERNEL_RUN:
	case CHECKS:
		break;
	}
	return false;
}

bool checker_run(struct checker *checker, enum check check, const struct trial *trial,
		 struct disagreement *ret_disagreement)
{
	if (check_infos[check].kernel)
		return checker->kernel &&
		       kernel_side_run(checker->kernel, 1u << check, trial, 1, ret_disagreement) == 0;
	struct vd_stack *stack = check_infos[check].run && all_accepted(trial) ? stack_of(trial) : NULL;
	bool differ = run_with(check, trial, stack, ret_disagreement);

	vd_stack_free(stack);
	return differ;
}

bool checker_run_own(const struct trial *trial, bool claims, struct disagreement *ret_disagreement)
{
	struct vd_stack *stack = all_accepted(trial) && !trial->copies ? stack_of(trial) : NULL;
	bool differ = false;

	for (int check = 0; check < CHECKS && !differ; check++)
		if (check != CHECK_CLAIM || claims)
			differ = run_with(check, trial, stack, ret_disagreement);
	vd_stack_free(stack);
	return differ;
}

size_t checker_run_kernel(struct checker *checker, const struct trial *trials, size_t n,
			  struct disagreement *ret_disagreement)
{
	return checker->kernel
		       ? kernel_side_run(checker->kernel, 1u << CHECK_KERNEL_ACCEPT | 1u << CHECK_KERNEL_RUN,
					 trials, n, ret_disagreement)
		       : n;
}
