/* SPDX-License-Identifier: MIT */
#include "loader/lint/lint.h"
#include "vm/clock.h"

#include <errno.h>
#include <stdlib.h>

static int copy_big(const struct vd_stack *stack, struct vd_stack **ret_big)
{
	struct vd_stack *big;
	int r = vd_stack_new(&big);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < vd_stack_len(stack); i++)
		r = vd_stack_push(big, vd_stack_prog(stack, i));
	if (r < 0) {
		vd_stack_free(big);
		return r;
	}
	vd_stack_set_big_endian(big, true);
	*ret_big = big;
	return 0;
}

static void (*const passes[])(struct lint *) = {
	lint_abi_rules,	 lint_door_rules,  lint_argument_rules, lint_order_rules,
	lint_call_rules, lint_value_rules, lint_program_rules,
};

int lint_run(const struct vd_stack *stack, const char *const *names, const struct lint_opts *opts,
	     struct lint *ret_lint)
{
	struct lint *lint = ret_lint;
	size_t len = vd_stack_len(stack);

	*lint = (struct lint){ .stack = stack,
			       .names = names,
			       .rules = opts->rules,
			       .budget = { .ms = opts->question_ms },
			       .deadline_ns = opts->total_ms ? clock_ns() + opts->total_ms * NS_PER_MS : 0 };
	lint->decides = calloc(len ? len : 1, sizeof(*lint->decides));
	int r = lint->decides ? copy_big(stack, &lint->big) : -ENOMEM;
	if (r == 0)
		r = lint_views(lint);
	for (size_t i = 0; r == 0 && !lint->no_memory && i < sizeof(passes) / sizeof(*passes); i++)
		passes[i](lint);
	if (r == 0 && lint->no_memory)
		r = -ENOMEM;
	return r;
}

void lint_done(struct lint *lint)
{
	for (size_t i = 0; i < lint->n; i++)
		free(lint->findings[i].message);
	free(lint->findings);
	free(lint->decides);
	lint_views_done(lint);
	vd_stack_free(lint->big);
}
