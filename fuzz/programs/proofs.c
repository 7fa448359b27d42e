/* SPDX-License-Identifier: MIT */
#include "fuzz/programs/proofs.h"
#include "loader/arena.h"

#include <string.h>

/* Larger stacks take the prover longer than all else together. */
#define INSNS_MAX 64
#define RECORDS_MAX 2
/* Records that contradict what was proved, if they do. */
#define TRIES 64

/*
 * The nodes are spent long before the time: an answer that is unknown with nodes
 * left is a record that the machine did not confirm.
 */
static const struct vd_budget budget = { .nodes = 20000, .ms = 60000 };

/* A set of one record; where a word (0: ip, 1 to 6: arguments) is open, of all with this range of its values.
 */
struct point {
	struct vd_range ranges[9];
	struct vd_set set;
};

static void point_init(struct point *point, const struct seccomp_data *data)
{
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

static uint64_t random_u64(struct vd_random *random)
{
	return (uint64_t)vd_random_word(random) << 32 | vd_random_word(random);
}

/* All values of a word, or those around the record's. */
static void point_open(struct point *point, int word, struct vd_random *random)
{
	struct vd_range *range = &point->ranges[word];
	uint64_t value = range->first;
	uint64_t below = random_u64(random) >> vd_random_below(random, 64);
	uint64_t above = random_u64(random) >> vd_random_below(random, 64);

	*range = (struct vd_range){ 0, UINT64_MAX };
	if (vd_random_below(random, 2))
		return;
	range->first = below < value ? value - below : 0;
	range->last = above < UINT64_MAX - value ? value + above : UINT64_MAX;
}

static uint64_t *word_of(struct seccomp_data *data, int word)
{
	return word ? (uint64_t *)&data->args[word - 1] : (uint64_t *)&data->instruction_pointer;
}

/*
 * Of one record the truth is claimed, and three lies. Nothing in it is open, so
 * there is always an answer.
 */
static bool check_point(const struct trial *trial, const struct vd_stack *stack, size_t i,
			struct disagreement *found)
{
	static const char *const says[] = { "denies what is so", "proves another value",
					    "proves fewer instructions",
					    "proves that another filter decides" };
	struct reference_verdict plain = reference_decide(trial, &trial->records[i]);
	const struct vd_range truth = { plain.ret, plain.ret }, lie = { plain.ret ^ 1, plain.ret ^ 1 };
	bool by[TRIAL_PROGRAMS] = { false }, others[TRIAL_PROGRAMS];
	struct point point;

	for (size_t f = 0; f < TRIAL_PROGRAMS; f++)
		others[f] = (int)f != plain.filter;
	if (plain.filter >= 0)
		by[plain.filter] = true;
	const struct vd_expect claims[] = {
		{ &truth, 1, by, plain.filter < 0, plain.insns },
		{ &lie, 1, by, plain.filter < 0, plain.insns },
		{ &truth, 1, by, plain.filter < 0, plain.insns - 1 },
		{ &truth, 1, others, plain.filter >= 0, plain.insns },
	};
	point_init(&point, &trial->records[i]);
	for (size_t c = 0; c < sizeof(claims) / sizeof(claims[0]); c++) {
		struct vd_witness witness;
		enum vd_answer answer;
		/* a limit of 0 is none */
		if (c == 2 && plain.insns < 2)
			continue;
		int r = vd_prove_claim(stack, &point.set, &claims[c], &budget, &answer, &witness);
		if (r == 0 && answer == (c ? VD_ANSWER_RECORD : VD_ANSWER_PROVED) &&
		    (!c || !memcmp(&witness.data, &trial->records[i], sizeof(witness.data))))
			continue;
		disagree(found, i,
			 r < 0 || answer == VD_ANSWER_UNKNOWN ? "its record is not confirmed" : says[c],
			 plain.ret);
		return true;
	}
	return false;
}

static bool not_confirmed(int r, enum vd_answer answer, const struct vd_witness *witness)
{
	return r < 0 || (answer == VD_ANSWER_UNKNOWN && witness->nodes < budget.nodes);
}

/* What is claimed of the records of a set: the value that one of them gets, or its number of instructions. */
struct open_claim {
	const char *shown, *proved;
	struct vd_range values;
	unsigned insns;
};

static bool keeps(const struct trial *trial, const struct seccomp_data *data, const struct open_claim *claim)
{
	struct reference_verdict plain = reference_decide(trial, data);

	return plain.ret >= claim->values.first && plain.ret <= claim->values.last &&
	       (!claim->insns || plain.insns <= claim->insns);
}

static bool contradicts(const struct trial *trial, const struct vd_stack *stack,
			const struct open_claim *claim, const struct point *point, size_t i, int open,
			struct disagreement *found)
{
	const struct vd_expect expect = { .values = &claim->values, .n = 1, .max_insns = claim->insns };
	struct vd_random random = { .state = trial->records[i].args[0] ^ (uint64_t)open };
	uint32_t plain = reference_decide(trial, &trial->records[i]).ret;
	const struct vd_range *range = &point->ranges[open];
	uint64_t span = range->last - range->first;
	struct vd_witness witness;
	enum vd_answer answer;

	int r = vd_prove_claim(stack, &point->set, &expect, &budget, &answer, &witness);
	if (not_confirmed(r, answer, &witness) ||
	    (answer == VD_ANSWER_RECORD &&
	     (keeps(trial, &witness.data, claim) || *word_of(&witness.data, open) < range->first ||
	      *word_of(&witness.data, open) > range->last))) {
		disagree(found, i,
			 not_confirmed(r, answer, &witness) ? "its record is not confirmed" : claim->shown,
			 plain);
		return true;
	}
	for (int tries = 0; answer == VD_ANSWER_PROVED && tries < TRIES; tries++) {
		struct seccomp_data data = trial->records[i];
		uint64_t value = random_u64(&random);
		*word_of(&data, open) = span == UINT64_MAX ? value : range->first + value % (span + 1);
		if (keeps(trial, &data, claim))
			continue;
		disagree(found, i, claim->proved, plain);
		return true;
	}
	return false;
}

/* One 64-bit word is open: what is proved is not contradicted, what is shown is shown rightly. */
static bool check_open(const struct trial *trial, const struct vd_stack *stack, size_t i, int open,
		       struct disagreement *found)
{
	struct reference_verdict plain = reference_decide(trial, &trial->records[i]);
	struct vd_random random = { .state = trial->records[i].args[0] + (uint64_t)open };
	const struct open_claim claims[] = {
		{ "another value for some other record",
		  "proves that one word makes no difference",
		  { plain.ret, plain.ret },
		  0 },
		{ "more instructions for some other record",
		  "proves that one word makes nothing longer",
		  { 0, UINT32_MAX },
		  plain.insns },
	};
	struct point point;

	point_init(&point, &trial->records[i]);
	point_open(&point, open, &random);
	return contradicts(trial, stack, &claims[0], &point, i, open, found) ||
	       contradicts(trial, stack, &claims[1], &point, i, open, found);
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

/* What the programs return, or what the kernel acts on. */
static uint32_t decided(const struct trial *trial, const struct seccomp_data *data, bool raw)
{
	uint32_t ret = reference_decide(trial, data).ret;

	return raw ? ret : reference_effective(ret);
}

static bool check_equal(const struct trial *trial, const struct vd_stack *stack, struct disagreement *found)
{
	struct vd_random random = { .state = trial->records[0].args[1] ^ trial->programs[0].len };
	struct vd_witness witness;
	enum vd_answer answer;
	struct trial other;
	bool differ = false, raw = trial->programs[0].len % 2;

	trial_init(&other);
	struct vd_stack *twin = changed(trial, &other, &random);
	int r = twin ? vd_prove_equal(stack, twin, NULL, raw, &budget, &answer, &witness) : -1;
	if (r == 0 && answer == VD_ANSWER_RECORD) {
		uint32_t plain = decided(trial, &witness.data, raw);
		differ = plain == decided(&other, &witness.data, raw);
		if (differ)
			disagree(found, 0, "shows a record that two programs decide the same", plain);
	}
	for (size_t i = 0; r == 0 && answer == VD_ANSWER_PROVED && i < trial->n_records && !differ; i++) {
		uint32_t plain = decided(trial, &trial->records[i], raw);
		differ = plain != decided(&other, &trial->records[i], raw);
		if (differ)
			disagree(found, i, "proves two programs equal that are not", plain);
	}
	if (twin && not_confirmed(r, answer, &witness)) {
		disagree(found, 0, "its record is not confirmed", 0);
		differ = true;
	}
	vd_stack_free(twin);
	trial_done(&other);
	return differ;
}

static struct vd_stack *stack_of_value(uint32_t value)
{
	const struct sock_filter ret = { .code = BPF_RET | BPF_K, .k = value };
	struct vd_stack *stack;
	struct vd_prog *prog;

	if (vd_stack_new(&stack) < 0 || vd_prog_new(&ret, 1, &prog, NULL) < 0 ||
	    vd_stack_push(stack, prog) < 0)
		out_of_memory();
	vd_prog_free(prog);
	return stack;
}

/* Two values, alike but for a bit, or an errno and the largest: whether the kernel acts the same on them. */
static bool check_effective(const struct trial *trial, struct disagreement *found)
{
	static const uint32_t actions[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
					    SECCOMP_RET_TRAP,	      SECCOMP_RET_ERRNO,
					    SECCOMP_RET_USER_NOTIF,   SECCOMP_RET_TRACE,
					    SECCOMP_RET_LOG,	      SECCOMP_RET_ALLOW };
	struct vd_random random = { .state = trial->records[0].args[2] + trial->records[0].arch };
	uint32_t any = vd_random_word(&random), twin;
	uint32_t value = any % 4 ? actions[any / 4 % 8] | (vd_random_word(&random) & 0xffff) : any;

	if (vd_random_below(&random, 3)) {
		twin = value ^ 1u << vd_random_below(&random, 32);
	} else {
		value = SECCOMP_RET_ERRNO | (value & 0xffff);
		twin = SECCOMP_RET_ERRNO | 4095;
	}
	struct vd_stack *one = stack_of_value(value), *other = stack_of_value(twin);
	bool same = reference_effective(value) == reference_effective(twin);
	struct vd_witness witness;
	enum vd_answer answer;

	int r = vd_prove_equal(one, other, NULL, false, &budget, &answer, &witness);
	vd_stack_free(one);
	vd_stack_free(other);
	if (r == 0 && answer == (same ? VD_ANSWER_PROVED : VD_ANSWER_RECORD))
		return false;
	disagree(found, 0,
		 not_confirmed(r, answer, &witness) ? "its record is not confirmed"
		 : same				    ? "tells two values apart"
						    : "proves two values equal",
		 value);
	return true;
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
	for (size_t i = 0; i < trial->n_records && i < RECORDS_MAX; i++)
		if (check_point(trial, stack, i, found))
			return true;
	return false;
}

bool check_claim(const struct trial *trial, const struct vd_stack *stack, struct disagreement *found)
{
	size_t insns = 0;

	for (size_t i = 0; i < trial->n; i++)
		insns += trial->programs[i].len;
	if (insns > INSNS_MAX)
		return false;
	for (size_t i = 0; i < trial->n_records && i < RECORDS_MAX; i++)
		if (check_open(trial, stack, i, read_word(trial, i), found))
			return true;
	return trial->n_records && (check_equal(trial, stack, found) || check_effective(trial, found));
}
