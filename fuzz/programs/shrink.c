/* SPDX-License-Identifier: MIT */
/* A trial in which two disagree, made small while they do. */
#include "fuzz/programs/kernel.h"
#include "fuzz/programs/programs.h"
#include "vm/isa.h"

#include <string.h>

/* Attempts at most: each asks both sides again. */
#define TRIES_MAX 10000

struct shrinker {
	struct checker *checker;
	struct trial *trial, work;
	struct disagreement *disagreement;
	unsigned tries;
};

/* Takes the work for the trial where the same check fails on it. */
static bool keep(struct shrinker *shrinker)
{
	struct disagreement found;

	if (shrinker->tries++ >= TRIES_MAX ||
	    !checker_run(shrinker->checker, shrinker->disagreement->check, &shrinker->work, &found))
		return false;
	*shrinker->disagreement = found;
	trial_copy(shrinker->trial, &shrinker->work);
	return true;
}

static void begin(struct shrinker *shrinker)
{
	trial_copy(&shrinker->work, shrinker->trial);
}

static void one_record(struct shrinker *shrinker)
{
	begin(shrinker);
	shrinker->work.records[0] = shrinker->work.records[shrinker->disagreement->record];
	shrinker->work.n_records = 1;
	keep(shrinker);
}

static bool drop_programs(struct shrinker *shrinker)
{
	bool any = false;

	for (size_t i = 0; i < shrinker->trial->n && shrinker->trial->n > 1;) {
		begin(shrinker);
		struct trial_program gone = shrinker->work.programs[i];
		size_t behind = shrinker->work.n - i - 1;
		memmove(&shrinker->work.programs[i], &shrinker->work.programs[i + 1],
			behind * sizeof(struct trial_program));
		shrinker->work.programs[--shrinker->work.n] = gone;
		if (keep(shrinker))
			any = true;
		else
			i++;
	}
	return any;
}

/* ---------------------------------------------------------- instructions -- */

static size_t moved(size_t target, size_t from, size_t count)
{
	return target <= from ? target : target < from + count ? from : target - count;
}

/* Cuts instructions out; jumps over them become shorter, jumps into them go behind them. */
static void cut(struct trial_program *program, size_t from, size_t count)
{
	for (size_t pc = 0; pc < program->len; pc++) {
		struct sock_filter *insn = &program->insns[pc];
		int op = vd_op_of(insn->code);
		size_t here = moved(pc, from, count);
		if (op == VD_OP_JA && pc + 1 + insn->k < program->len)
			insn->k = (uint32_t)(moved(pc + 1 + insn->k, from, count) - here - 1);
		if (op < 0 || !vd_form_is_branch(vd_isa[op].form))
			continue;
		if (pc + 1 + insn->jt < program->len)
			insn->jt = (uint8_t)(moved(pc + 1 + insn->jt, from, count) - here - 1);
		if (pc + 1 + insn->jf < program->len)
			insn->jf = (uint8_t)(moved(pc + 1 + insn->jf, from, count) - here - 1);
	}
	memmove(&program->insns[from], &program->insns[from + count],
		(program->len - from - count) * sizeof(*program->insns));
	program->len -= count;
}

static bool cut_program(struct shrinker *shrinker, size_t i)
{
	bool any = false;

	for (size_t count = shrinker->trial->programs[i].len / 2 + 1; count; count /= 2)
		for (size_t from = 0; from + count <= shrinker->trial->programs[i].len &&
				      shrinker->trial->programs[i].len > count;) {
			begin(shrinker);
			cut(&shrinker->work.programs[i], from, count);
			if (keep(shrinker))
				any = true;
			else
				from += count;
		}
	return any;
}

/* One constant: none, or as small as taking powers of two away makes it. */
static bool shrink_k(struct shrinker *shrinker, size_t i, size_t pc)
{
	bool any = false;

	for (unsigned bit = 33; bit-- > 0;) {
		begin(shrinker);
		uint32_t *k = &shrinker->work.programs[i].insns[pc].k;
		uint32_t one = bit < 32 ? UINT32_C(1) << bit : *k; /* all of it first */
		if (!*k || *k < one)
			continue;
		*k -= one;
		any |= keep(shrinker);
	}
	return any;
}

static bool shrink_insn(struct shrinker *shrinker, size_t i, size_t pc)
{
	bool any = false;

	for (int field = 0; field < 2; field++) {
		begin(shrinker);
		struct sock_filter *insn = &shrinker->work.programs[i].insns[pc];
		uint8_t *jump = field ? &insn->jt : &insn->jf, before = *jump;
		*jump = 0;
		if (before)
			any |= keep(shrinker);
	}
	return shrink_k(shrinker, i, pc) || any;
}

static bool shrink_programs(struct shrinker *shrinker)
{
	bool any = false;

	for (size_t i = 0; i < shrinker->trial->n; i++) {
		any |= cut_program(shrinker, i);
		for (size_t pc = 0; pc < shrinker->trial->programs[i].len; pc++)
			any |= shrink_insn(shrinker, i, pc);
	}
	return any;
}

/* --------------------------------------------------------------- record -- */

static bool shrink_word(struct shrinker *shrinker, int word)
{
	bool any = false;

	for (unsigned bit = 65; bit-- > 0;) {
		begin(shrinker);
		struct seccomp_data *data = &shrinker->work.records[0];
		__u64 *at = word ? &data->args[word - 1] : &data->instruction_pointer;
		uint64_t one = bit < 64 ? (uint64_t)1 << bit : *at; /* all of it first */
		if (!*at || *at < one)
			continue;
		*at -= one;
		any |= keep(shrinker);
	}
	return any;
}

static bool shrink_record(struct shrinker *shrinker)
{
	bool any = false;

	if (!shrinker->trial->n_records)
		return false;
	for (int word = 0; word < 7; word++)
		any |= shrink_word(shrinker, word);
	begin(shrinker);
	shrinker->work.records[0].nr = 0;
	if (shrinker->trial->records[0].nr)
		any |= keep(shrinker);
	begin(shrinker);
	shrinker->work.records[0].arch = vd_abi_info(VD_ABI_X86_64)->audit_arch;
	if (shrinker->trial->records[0].arch != shrinker->work.records[0].arch)
		any |= keep(shrinker);
	return any;
}

void trial_shrink(struct checker *checker, struct trial *trial, struct disagreement *disagreement)
{
	struct shrinker shrinker = { .checker = checker, .trial = trial, .disagreement = disagreement };

	trial_init(&shrinker.work);
	if (disagreement->check == CHECK_KERNEL_RUN)
		trial_make_askable(trial);
	if (check_infos[disagreement->check].run)
		one_record(&shrinker);
	for (int rounds = 0; rounds < 6; rounds++) {
		bool any = drop_programs(&shrinker);
		any |= shrink_programs(&shrinker);
		if (check_infos[disagreement->check].run)
			any |= shrink_record(&shrinker);
		if (!any)
			break;
	}
	trial_done(&shrinker.work);
}
