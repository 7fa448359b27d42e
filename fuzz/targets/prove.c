/* SPDX-License-Identifier: MIT */
/*
 * The prover: a record that it gives is one of the set and breaks the claim in
 * the machine; where it proves that there is none, no record that is tried does.
 */
#include "fuzz/support/support.h"
#include "vm/isa.h"

#define DEPTH 2
#define PROG_MAX 12
#define RECORDS 32
#define RANGES 3

struct sets {
	struct vd_range nr[RANGES], arch[RANGES], arg[RANGES], values[RANGES];
	struct vd_set set;
	struct vd_expect expect;
};

static const struct vd_budget budget = { .nodes = 40000, .ms = 1000 };

/* n ranges of 32-bit values; 0 is every one. */
static struct vd_ranges ranges_of(struct input *input, unsigned n, struct vd_range *ranges)
{
	for (unsigned i = 0; i < n; i++) {
		uint32_t a = input_word(input), b = input_word(input) & 0xff;
		ranges[i] = (struct vd_range){ a, a + b < a ? UINT32_MAX : a + b };
	}
	return (struct vd_ranges){ ranges, n };
}

static void sets_of(struct input *input, struct sets *sets)
{
	uint8_t how = input_byte(input);

	*sets = (struct sets){ 0 };
	sets->set.nr = ranges_of(input, how & 3, sets->nr);
	sets->set.arch = ranges_of(input, how >> 2 & 1, sets->arch);
	sets->set.args[0] = ranges_of(input, how >> 3 & 3, sets->arg);
	sets->expect.n = ranges_of(input, how >> 5 & 3, sets->values).n;
	sets->expect.values = sets->values;
	sets->expect.max_insns = how & 0x80 ? input_byte(input) % 32 : 0;
}

static bool in(const struct vd_ranges *ranges, uint64_t value)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (value >= ranges->ranges[i].first && value <= ranges->ranges[i].last)
			return true;
	return !ranges->n;
}

static bool is_member(const struct vd_set *set, const struct seccomp_data *data)
{
	return in(&set->nr, (uint32_t)data->nr) && in(&set->arch, data->arch) &&
	       in(&set->args[0], data->args[0]);
}

static bool breaks(const struct vd_stack *stack, const struct vd_expect *expect,
		   const struct seccomp_data *data)
{
	struct vd_verdict verdict = vd_stack_run(stack, data);
	struct vd_ranges values = { expect->values, expect->n };

	if (!expect->n || !in(&values, verdict.ret))
		return true;
	return expect->max_insns && verdict.insns > expect->max_insns;
}

static void bring_in(const struct sets *sets, struct seccomp_data *data)
{
	if (!in(&sets->set.nr, (uint32_t)data->nr))
		data->nr = (int)sets->nr[0].first;
	if (!in(&sets->set.arch, data->arch))
		data->arch = (uint32_t)sets->arch[0].first;
	if (!in(&sets->set.args[0], data->args[0]))
		data->args[0] = sets->arg[0].last;
}

static void check_claim(const struct vd_stack *stack, const struct sets *sets, const struct input *input)
{
	struct vd_witness witness;
	struct seccomp_data data;
	enum vd_answer answer;
	struct tries tries;
	int r = vd_prove_claim(stack, &sets->set, &sets->expect, &budget, &answer, &witness);

	EXPECT(r == 0, "vd_prove_claim() gives %d", r);
	if (answer == VD_ANSWER_RECORD) {
		EXPECT(is_member(&sets->set, &witness.data), "a record that is not in the set");
		EXPECT(breaks(stack, &sets->expect, &witness.data), "a record that breaks nothing");
	}
	tries_init(&tries, input, stack, RECORDS);
	while (answer == VD_ANSWER_PROVED && tries_next(&tries, &data)) {
		bring_in(sets, &data);
		EXPECT(!breaks(stack, &sets->expect, &data),
		       "proved, and this record breaks it: nr 0x%x arch 0x%x", (unsigned)data.nr, data.arch);
	}
}

static bool differ(const struct vd_stack *a, const struct vd_stack *b, bool raw,
		   const struct seccomp_data *data)
{
	uint32_t ret = vd_stack_run(a, data).ret, other = vd_stack_run(b, data).ret;

	return raw ? ret != other : vd_effective(ret) != vd_effective(other);
}

static void check_equal(const struct vd_stack *a, const struct vd_stack *b, bool raw, const struct sets *sets,
			const struct input *input)
{
	struct vd_witness witness;
	struct seccomp_data data;
	enum vd_answer answer;
	struct tries tries;
	int r = vd_prove_equal(a, b, &sets->set, raw, &budget, &answer, &witness);

	EXPECT(r == 0, "vd_prove_equal() gives %d", r);
	if (answer == VD_ANSWER_RECORD)
		EXPECT(is_member(&sets->set, &witness.data) && differ(a, b, raw, &witness.data),
		       "a record that shows no difference");
	tries_init(&tries, input, b, RECORDS);
	while (answer == VD_ANSWER_PROVED && tries_next(&tries, &data)) {
		bring_in(sets, &data);
		EXPECT(!differ(a, b, raw, &data), "proved equal, and this record differs: nr 0x%x arch 0x%x",
		       (unsigned)data.nr, data.arch);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct vd_stack *a = input_stack(&input, DEPTH, PROG_MAX), *b = input_stack(&input, DEPTH, PROG_MAX);
	struct sets sets;

	sets_of(&input, &sets);
	vd_stack_set_big_endian(b, vd_stack_big_endian(a));
	check_claim(a, &sets, &input);
	check_equal(a, b, size & 1, &sets, &input);
	vd_stack_free(a);
	vd_stack_free(b);
	return 0;
}
