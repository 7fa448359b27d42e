/* SPDX-License-Identifier: MIT */
/* Bits of registers that the kernel drops, and what filters make of them. */
#include "loader/lint/lint.h"

/* A call's argument, as the kernel takes it. */
struct argument {
	const struct lint_view *view;
	const struct lint_call *call;
	const struct vd_arg *arg;
	unsigned index;
};

#define SIGN UINT64_C(0x80000000)
#define HIGH UINT64_C(0xffffffff00000000)

static uint64_t dropped(const struct vd_arg *arg)
{
	return ~((UINT64_C(1) << arg->bits) - 1);
}

/* Only values whose 32-bit sign is this. */
static void of_sign(struct vd_pair *pair, const struct argument *arg, bool negative)
{
	lint_arg_bits(&pair->in, arg->index, SIGN, negative ? SIGN : 0);
}

/* Whether a record gives one thing, and another when the dropped bits are as they usually are. */
static bool dropped_bits_matter(struct lint *lint, enum lint_rule_id rule, const struct argument *arg,
				bool negative, const struct vd_values *with, const struct vd_values *without,
				struct seccomp_data *ret_record)
{
	struct vd_pair pair = lint_about(arg->view->abi, arg->call->nr);

	if (arg->arg->is_signed && arg->arg->bits == 32)
		of_sign(&pair, arg, negative);
	lint_arg_bits(&pair.change, arg->index, dropped(arg->arg), negative ? dropped(arg->arg) : 0);
	pair.a_gives = *with;
	pair.b_gives = *without;
	return lint_ask(lint, rule, arg->view->abi, &pair, true, ret_record);
}

static bool sign_extension(struct lint *lint, const struct argument *arg)
{
	struct vd_pair pair = lint_about(arg->view->abi, arg->call->nr);
	struct seccomp_data record;

	of_sign(&pair, arg, true);
	lint_arg_bits(&pair.in, arg->index, HIGH, 0);
	lint_arg_bits(&pair.change, arg->index, HIGH, HIGH);
	pair.differ = true;
	if (!lint_ask(lint, LINT_SIGN_EXTENSION, arg->view->abi, &pair, true, &record))
		return false;
	lint_add(lint, LINT_SIGN_EXTENSION, &record,
		 "%s's %s is an int: %d is judged otherwise when its sign is extended to 64 bits",
		 arg->call->name, arg->arg->name, (int)(uint32_t)record.args[arg->index]);
	return true;
}

static bool high_half(struct lint *lint, const struct argument *arg, bool negative)
{
	struct seccomp_data record;

	if (dropped_bits_matter(lint, LINT_HIGH_HALF_OPEN, arg, negative, &lint_runs, &lint_denied,
				&record)) {
		lint_add(lint, LINT_HIGH_HALF_OPEN, &record,
			 "%s's %s has %u bits: 0x%llx is denied, and runs with something above them",
			 arg->call->name, arg->arg->name, arg->arg->bits,
			 (unsigned long long)(record.args[arg->index] & ~dropped(arg->arg)));
		return true;
	}
	if (dropped_bits_matter(lint, LINT_HIGH_HALF_CLOSED, arg, negative, &lint_denied, &lint_runs,
				&record)) {
		lint_add(lint, LINT_HIGH_HALF_CLOSED, &record,
			 "%s's %s has %u bits: 0x%llx runs, and is denied with something above them",
			 arg->call->name, arg->arg->name, arg->arg->bits,
			 (unsigned long long)(record.args[arg->index] & ~dropped(arg->arg)));
		return true;
	}
	return false;
}

/* Whether anything depends on the dropped bits at all: for most arguments nothing does. */
static bool looked_at(struct lint *lint, const struct argument *arg)
{
	struct vd_pair pair = lint_about(arg->view->abi, arg->call->nr);
	struct seccomp_data record;

	lint_arg_bits(&pair.change, arg->index, dropped(arg->arg), 0);
	pair.differ = true;
	return lint_ask(lint, LINT_HIGH_HALF_OPEN, arg->view->abi, &pair, true, &record);
}

static void argument(struct lint *lint, const struct argument *arg)
{
	if (arg->arg->bits >= 64 || vd_abi_info(arg->view->abi)->reg_bits < 64 || !looked_at(lint, arg))
		return;
	bool is_int = arg->arg->is_signed && arg->arg->bits == 32;
	if ((is_int && sign_extension(lint, arg)) || high_half(lint, arg, false))
		return;
	if (is_int)
		high_half(lint, arg, true);
}

void lint_argument_rules(struct lint *lint)
{
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *view = lint_view(lint, abi);
		for (size_t i = 0; view && view->known && i < view->n; i++) {
			struct vd_arg args[6];
			int n = view->calls[i].by_args ? vd_syscall_args(abi, view->calls[i].nr, args) : 0;
			for (int a = 0; a < n; a++)
				argument(lint,
					 &(struct argument){ view, &view->calls[i], &args[a], (unsigned)a });
		}
	}
}
