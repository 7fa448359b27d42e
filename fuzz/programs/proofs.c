/* SPDX-License-Identifier: MIT */
#include "fuzz/programs/proofs.h"
#include "loader/arena.h"

#include <string.h>

/* Larger stacks take the prover longer than all else together. */
#define INSNS_MAX 64
#define RECORDS_MAX 2
/* Records that contradict what was proved, if they do. */
#define TRIES 64

static const struct vd_budget budget = { .nodes = 20000, .ms = 500 };

/* A set of one record; where word (0: ip, 1 to 6: arguments) is not negative all values of it. */
struct point {
	struct vd_range ranges[9];
	struct vd_set set;
};

static void point_init(struct point *point, const struct seccomp_data *data, int open)
{
	struct vd_range all = { 0, UINT64_MAX };
	struct vd_ranges *fields[9] = { &point->set.instruction_pointer };

	point->set = (struct vd_set){ 0 };
	point->ranges[0] = (struct vd_range){ data->instruction_pointer, data->instruction_pointer };
	for (int i = 0; i < 6; i++) {
		fields[1 + i] = &point->set.args[i];
		point->ranges[1 + i] = (struct vd_range){ data->args[i], data->args[i] };
	}
	fields[7] = &point->set.nr;
	point->ranges[7] = (struct vd_range){ (uint32_t)data->nr, (uint32_t)data->nr };
	fields[8] = &point->set.arch;
	point->ranges[8] = (struct vd_range){ data->arch, data->arch };
	if (open >= 0)
		point->ranges[open] = all;
	for (int i = 0; i < 9; i++)
		*fields[i] = (struct vd_ranges){ &point->ranges[i], 1 };
}

static void disagree(struct disagreement *found, size_t record, const char *prover, uint32_t plain)
{
	char text[64];

	found->record = record;
	found->ret = plain;
	vd_action_format(plain, text, sizeof(text));
	snprintf(found->says[0], sizeof(found->says[0]), "%s", prover);
	snprintf(found->says[1], sizeof(found->says[1]), "%s (0x%08x)", text, plain);
}

/* The claim that a stack returns one value for a set. */
static int ask(const struct vd_stack *stack, const struct vd_set *set, uint32_t value,
	       enum vd_answer *ret_answer, struct vd_witness *ret_witness)
{
	const struct vd_range range = { value, value };
	const struct vd_expect expect = { .values = &range, .n = 1 };

	return vd_prove_claim(stack, set, &expect, &budget, ret_answer, ret_witness);
}

/* Of one record both the truth and a lie are claimed. */
static bool check_point(const struct trial *trial, const struct vd_stack *stack, size_t i,
			struct disagreement *found)
{
	uint32_t plain = reference_decide(trial, &trial->records[i]).ret;
	struct vd_witness witness;
	enum vd_answer answer;
	struct point point;

	point_init(&point, &trial->records[i], -1);
	int r = ask(stack, &point.set, plain, &answer, &witness);
	if (r < 0 || answer == VD_ANSWER_RECORD) {
		disagree(found, i, r < 0 ? "its record is not confirmed" : "another value", plain);
		return true;
	}
	r = ask(stack, &point.set, plain ^ 1, &answer, &witness);
	if (r == 0 && (answer == VD_ANSWER_UNKNOWN ||
		       (answer == VD_ANSWER_RECORD &&
			!memcmp(&witness.data, &trial->records[i], sizeof(witness.data)))))
		return false;
	disagree(found, i, r < 0 ? "its record is not confirmed" : "proves another value", plain);
	return true;
}

/* One 64-bit word is open: what is proved is not contradicted, what is shown is shown rightly. */
static bool check_open(const struct trial *trial, const struct vd_stack *stack, size_t i, int open,
		       struct disagreement *found)
{
	uint32_t plain = reference_decide(trial, &trial->records[i]).ret;
	struct vd_random random = { .state = trial->records[i].args[0] ^ (uint64_t)open };
	struct vd_witness witness;
	enum vd_answer answer;
	struct point point;

	point_init(&point, &trial->records[i], open);
	int r = ask(stack, &point.set, plain, &answer, &witness);
	if (r < 0 || (answer == VD_ANSWER_RECORD && reference_decide(trial, &witness.data).ret == plain)) {
		disagree(found, i,
			 r < 0 ? "its record is not confirmed" : "another value for some other record",
			 plain);
		return true;
	}
	for (int tries = 0; answer == VD_ANSWER_PROVED && tries < TRIES; tries++) {
		struct seccomp_data data = trial->records[i];
		uint64_t value = (uint64_t)vd_random_word(&random) << 32 | vd_random_word(&random);
		if (open)
			data.args[open - 1] = value;
		else
			data.instruction_pointer = value;
		if (reference_decide(trial, &data).ret == plain)
			continue;
		disagree(found, i, "proves that one word makes no difference", plain);
		return true;
	}
	return false;
}

/* --------------------------------------------------------------- equal -- */

/* The same stack with one constant of its first program changed; NULL: that is not accepted. */
static struct vd_stack *changed(const struct trial *trial, struct trial *other, struct vd_random *random)
{
	struct vd_stack *stack;
	struct vd_prog *prog;
	int r = 0;

	trial_copy(other, trial);
	other->programs[0].insns[vd_random_below(random, (uint32_t)other->programs[0].len)].k ^=
		1u << vd_random_below(random, 32);
	if (reference_check(other->programs[0].insns, other->programs[0].len) >= 0)
		return NULL;
	if (vd_stack_new(&stack) < 0)
		out_of_memory();
	vd_stack_set_big_endian(stack, trial->big_endian);
	for (size_t i = 0; i < other->n && r == 0; i++) {
		r = vd_prog_new(other->programs[i].insns, other->programs[i].len, &prog, NULL);
		if (r < 0)
			break;
		r = vd_stack_push(stack, prog);
		vd_prog_free(prog);
	}
	if (r == 0)
		return stack;
	vd_stack_free(stack);
	return NULL;
}

static bool check_equal(const struct trial *trial, const struct vd_stack *stack, struct disagreement *found)
{
	struct vd_random random = { .state = trial->records[0].args[1] ^ trial->programs[0].len };
	struct vd_witness witness;
	enum vd_answer answer;
	struct trial other;
	bool differ = false;

	trial_init(&other);
	struct vd_stack *twin = changed(trial, &other, &random);
	int r = twin ? vd_prove_equal(stack, twin, NULL, true, &budget, &answer, &witness) : -1;
	if (r == 0 && answer == VD_ANSWER_RECORD) {
		uint32_t plain = reference_decide(trial, &witness.data).ret;
		differ = plain == reference_decide(&other, &witness.data).ret;
		if (differ)
			disagree(found, 0, "shows a record that two programs decide the same", plain);
	}
	for (size_t i = 0; r == 0 && answer == VD_ANSWER_PROVED && i < trial->n_records && !differ; i++) {
		uint32_t plain = reference_decide(trial, &trial->records[i]).ret;
		differ = plain != reference_decide(&other, &trial->records[i]).ret;
		if (differ)
			disagree(found, i, "proves two programs equal that are not", plain);
	}
	if (twin && r < 0) {
		disagree(found, 0, "its record is not confirmed", 0);
		differ = true;
	}
	vd_stack_free(twin);
	trial_done(&other);
	return differ;
}

/* A 64-bit word that some program reads: 0 for the instruction pointer, 1 to 6; 1 where none is read. */
static int read_word(const struct trial *trial, size_t nth)
{
	int word = 1;
	size_t n = 0;

	for (size_t i = 0; i < trial->n; i++)
		for (size_t pc = 0; pc < trial->programs[i].len; pc++) {
			const struct sock_filter *insn = &trial->programs[i].insns[pc];
			if (insn->code == (BPF_LD | BPF_W | BPF_ABS) && insn->k >= 8 && n++ <= nth)
				word = (int)insn->k / 8 - 1;
		}
	return word;
}

bool check_proof(const struct trial *trial, const struct vd_stack *stack, struct disagreement *found)
{
	size_t insns = 0;

	for (size_t i = 0; i < trial->n; i++)
		insns += trial->programs[i].len;
	if (insns > INSNS_MAX)
		return false;
	for (size_t i = 0; i < trial->n_records && i < RECORDS_MAX; i++)
		if (check_point(trial, stack, i, found) ||
		    check_open(trial, stack, i, read_word(trial, i), found))
			return true;
	return trial->n_records && check_equal(trial, stack, found);
}
