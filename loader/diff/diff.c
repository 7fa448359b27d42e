/* SPDX-License-Identifier: MIT */
#include "loader/diff/diff.h"
#include "loader/table.h"
#include "vm/random.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>

/* Records that are tried where nothing could be proved. */
#define SAMPLES 200000

void diff_done(struct diff *diff)
{
	arena_done(&diff->arena);
}

static bool is_other(const struct diff *diff, uint32_t old, uint32_t new)
{
	return diff->raw ? old != new : vd_effective(old) != vd_effective(new);
}

static int take_table(struct diff *diff, struct vd_map *map)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < vd_map_classes(map); i++) {
		struct vd_class class;
		vd_map_class(map, i, &class);
		if (class.mixed || !class.outcomes)
			return -E2BIG;
		for (size_t j = 0; r == 0 && j < class.outcomes; j++) {
			struct vd_outcome outcome;
			vd_map_outcome(map, i, j, &outcome);
			if (outcome.ret[0] != outcome.ret[1])
				r = diff_split(diff, map, i, j);
		}
	}
	return r;
}

/* Records at the programs' constants, when all else failed. */
static void sample(struct diff *diff, bool big_endian)
{
	struct vd_random random = { .state = 1 };

	for (unsigned i = 0; i < SAMPLES; i++) {
		const struct vd_stack *stack = diff->stacks[i % 2]->stack;
		size_t n = vd_stack_len(stack);
		const struct vd_prog *prog = n ? vd_stack_prog(stack, vd_random_below(&random, (uint32_t)n))
					       : NULL;
		struct seccomp_data data;
		if (!prog)
			continue;
		vd_random_record(&random, vd_prog_insns(prog), vd_prog_len(prog), &data);
		if (!(data.arch & __AUDIT_ARCH_LE) != big_endian)
			data.arch ^= __AUDIT_ARCH_LE;
		if (is_other(diff, vd_stack_run(diff->stacks[0]->stack, &data).ret,
			     vd_stack_run(diff->stacks[1]->stack, &data).ret)) {
			diff_add_record(diff, &data);
			return;
		}
	}
	diff->unknown = true;
}

/* No table could be made: at least one record, or the proof that there is none. */
static int ask_plainly(struct diff *diff, const struct vd_set *set, const struct vd_budget *budget,
		       bool big_endian)
{
	struct vd_witness witness;
	enum vd_answer answer;
	int r = vd_prove_equal(diff->stacks[0]->stack, diff->stacks[1]->stack, set, diff->raw, budget,
			       &answer, &witness);

	if (r < 0 || answer == VD_ANSWER_PROVED)
		return r;
	diff->incomplete = true;
	if (answer == VD_ANSWER_RECORD)
		diff_add_record(diff, &witness.data);
	else
		sample(diff, big_endian);
	return 0;
}

static int run_order(struct diff *diff, bool big_endian)
{
	const struct vd_set set = { .arch = table_archs(big_endian) };
	const struct vd_budget budget = { .ms = diff->ms };
	size_t before = diff->n, left_out = diff->left_out;
	struct vd_map *map;

	for (unsigned i = 0; i < 2; i++)
		vd_stack_set_big_endian(diff->stacks[i]->stack, big_endian);
	int r = vd_map_new(diff->stacks[0]->stack, diff->stacks[1]->stack, &set, diff->raw ? VD_MAP_RAW : 0,
			   &budget, &map);
	if (r == 0) {
		r = take_table(diff, map);
		vd_map_free(map);
	}
	if (r == -E2BIG) {
		diff->n = before;
		diff->left_out = left_out;
		r = ask_plainly(diff, &set, &budget, big_endian);
	}
	return r;
}

int diff_run(struct diff *diff, struct diags *diags)
{
	int r = run_order(diff, false);

	if (r == 0)
		r = run_order(diff, true);
	if (r < 0)
		diag_file_error(diags, "diff", "%s",
				r == -ENOMEM ? "out of memory"
				: r == -EIO  ? "the machine does not confirm a proof: please report this"
					     : strerror(-r));
	else
		diff_order(diff);
	return r < 0 ? -1 : 0;
}
