/* SPDX-License-Identifier: MIT */
/* What filters return, whatever for. */
#include "loader/lint/lint.h"

#include <stdlib.h>
#include <string.h>

static const struct vd_range unknown_actions[] = {
	{ SECCOMP_RET_KILL_THREAD + 0x10000, SECCOMP_RET_TRAP - 1 },
	{ SECCOMP_RET_TRAP + 0x10000, SECCOMP_RET_ERRNO - 1 },
	{ SECCOMP_RET_ERRNO + 0x10000, SECCOMP_RET_USER_NOTIF - 1 },
	{ SECCOMP_RET_USER_NOTIF + 0x10000, SECCOMP_RET_TRACE - 1 },
	{ SECCOMP_RET_TRACE + 0x10000, SECCOMP_RET_LOG - 1 },
	{ SECCOMP_RET_LOG + 0x10000, SECCOMP_RET_ALLOW - 1 },
	{ 0x80010000, UINT32_MAX },
};
static const struct vd_range errno_zero[] = { { SECCOMP_RET_ERRNO, SECCOMP_RET_ERRNO } };
static const struct vd_range errno_capped[] = { { SECCOMP_RET_ERRNO + 4096, SECCOMP_RET_ERRNO + 0xffff } };

static bool is_among(uint32_t value, const struct vd_values *values)
{
	for (size_t i = 0; i < values->n; i++)
		if (value >= values->ranges[i].first && value <= values->ranges[i].last)
			return true;
	return false;
}

/* Whether some RET K has such a value, or some RET A may. */
static bool may_return(const struct lint *lint, const struct vd_values *values)
{
	for (size_t i = 0; i < vd_stack_len(lint->stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(lint->stack, i);
		for (size_t pc = 0; pc < prog->len; pc++)
			if (prog->code[pc].op == VD_OP_RET_A ||
			    (prog->code[pc].op == VD_OP_RET_K && is_among(prog->code[pc].k, values)))
				return true;
	}
	return false;
}

/* Asks about every record; one of an ABI of the machine is found first. */
static bool ask_anywhere(struct lint *lint, enum lint_rule_id rule, struct vd_pair pair, bool with_b,
			 struct seccomp_data *ret_record)
{
	const struct vd_pattern all = pair.in;

	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *view = lint_view(lint, abi);
		if (!view || !view->known || abi == VD_ABI_X32)
			continue;
		pair.in = all;
		vd_pattern_word(&pair.in, 1, UINT32_MAX, view->audit_arch);
		if (lint_ask(lint, rule, abi, &pair, with_b, ret_record))
			return true;
	}
	pair.in = all;
	return lint_ask(lint, rule, VD_ABI_NONE, &pair, with_b, ret_record);
}

static void returned(struct lint *lint, enum lint_rule_id rule, struct vd_values values, const char *what)
{
	struct vd_pair pair = { .a_gives = values };
	struct seccomp_data record;
	char text[32];

	if (!lint_on(lint, rule) || !may_return(lint, &values) ||
	    !ask_anywhere(lint, rule, pair, false, &record))
		return;
	vd_action_format(lint_decide(lint, vd_abi_of(record.arch, (uint32_t)record.nr), &record).ret, text,
			 sizeof(text));
	lint_add(lint, rule, &record, "%s %s", text, what);
}

/* ------------------------------------------------------------------ */

/* The stack with the sign bit kept by one AND K. */
static int unmasked(const struct lint *lint, size_t filter, size_t pc, struct vd_stack **ret_stack)
{
	struct vd_stack *stack;
	int r = vd_stack_new(&stack);

	for (size_t i = 0; r == 0 && i < vd_stack_len(lint->stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(lint->stack, i);
		if (i != filter) {
			r = vd_stack_push(stack, prog);
			continue;
		}
		struct sock_filter insns[BPF_MAXINSNS];
		struct vd_prog *changed;
		memcpy(insns, vd_prog_insns(prog), prog->len * sizeof(*insns));
		insns[pc].k |= 0x80000000u;
		r = vd_prog_new(insns, prog->len, &changed, NULL);
		if (r == 0) {
			r = vd_stack_push(stack, changed);
			vd_prog_free(changed);
		}
	}
	if (r < 0) {
		vd_stack_free(stack);
		return r;
	}
	*ret_stack = stack;
	return 0;
}

static bool masks_kill(struct lint *lint, size_t filter, size_t pc)
{
	static const struct vd_range thread[] = { { 0, 0xffff } };
	static const struct vd_range process[] = { { SECCOMP_RET_KILL_PROCESS,
						     SECCOMP_RET_KILL_PROCESS | 0xffff } };
	struct vd_pair pair = { .a_gives = { thread, 1 }, .b_gives = { process, 1 } };
	struct seccomp_data record;
	struct vd_stack *stack;

	if (unmasked(lint, filter, pc, &stack) < 0) {
		lint->no_memory = true;
		return false;
	}
	pair.b = stack;
	bool found = ask_anywhere(lint, LINT_MASKED_KILL, pair, true, &record);
	if (found)
		lint_add(lint, LINT_MASKED_KILL, &record,
			 "instruction %zu of %s masks KILL_PROCESS to KILL_THREAD: its sign bit is lost", pc,
			 lint->names[filter]);
	vd_stack_free(stack);
	return found;
}

static void masked_kill(struct lint *lint)
{
	for (size_t i = 0; lint_on(lint, LINT_MASKED_KILL) && i < vd_stack_len(lint->stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(lint->stack, i);
		bool computes = false;
		for (size_t pc = 0; pc < prog->len; pc++)
			computes |= prog->code[pc].op == VD_OP_RET_A;
		for (size_t pc = 0; computes && pc < prog->len; pc++)
			if (prog->code[pc].op == VD_OP_AND_K && !(prog->code[pc].k >> 31) &&
			    prog->code[pc].k >> 16 && masks_kill(lint, i, pc))
				break;
	}
}

/* ------------------------------------------------------------------ */

static void ip_dependent(struct lint *lint)
{
	struct vd_pair pair = { .differ = true };
	struct seccomp_data record;
	bool loaded = false;

	for (size_t i = 0; i < vd_stack_len(lint->stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(lint->stack, i);
		for (size_t pc = 0; pc < prog->len; pc++)
			loaded |= prog->code[pc].op == VD_OP_LD_ABS && prog->code[pc].k / 8 == 1;
	}
	vd_pattern_word(&pair.change, 2, UINT32_MAX, 0);
	vd_pattern_word(&pair.change, 3, UINT32_MAX, 0);
	if (loaded && lint_on(lint, LINT_IP_DEPENDENT) &&
	    ask_anywhere(lint, LINT_IP_DEPENDENT, pair, true, &record))
		lint_add(lint, LINT_IP_DEPENDENT, &record,
			 "the verdict is another when the call is made from another address");
}

static void nothing_runs(struct lint *lint)
{
	static const struct vd_range something[] = { { SECCOMP_RET_ERRNO, SECCOMP_RET_ERRNO },
						     { SECCOMP_RET_USER_NOTIF,
						       SECCOMP_RET_USER_NOTIF + 0xffff },
						     { SECCOMP_RET_TRACE, SECCOMP_RET_TRACE + 0xffff },
						     { SECCOMP_RET_LOG, SECCOMP_RET_ALLOW + 0xffff } };
	struct vd_pair pair = { .a_gives = { something, 4 } };
	struct seccomp_data record;

	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *view = lint_view(lint, abi);
		if (view && view->used)
			return;
	}
	if (!lint_on(lint, LINT_NOTHING_RUNS) ||
	    ask_anywhere(lint, LINT_NOTHING_RUNS, pair, false, &record) || lint->spent)
		return;
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_call *leave = lint_call(lint_view(lint, abi), "exit_group");
		if (!leave)
			continue;
		record = (struct seccomp_data){ .nr = (int)leave->nr, .arch = vd_abi_info(abi)->audit_arch };
		lint_add(lint, LINT_NOTHING_RUNS, &record, "every call is denied, exit_group as well");
		return;
	}
}

#define RANGES(ranges) ((struct vd_values){ ranges, sizeof(ranges) / sizeof(*(ranges)) })

void lint_value_rules(struct lint *lint)
{
	nothing_runs(lint);
	returned(lint, LINT_UNKNOWN_ACTION, RANGES(unknown_actions),
		 "is no action that the kernel knows: the process is killed");
	masked_kill(lint);
	ip_dependent(lint);
	returned(lint, LINT_ERRNO_ZERO, RANGES(errno_zero), "tells the program that the call worked");
	returned(lint, LINT_ERRNO_CAPPED, RANGES(errno_capped), "is given to the program as 4095");
}
