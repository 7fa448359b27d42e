/* SPDX-License-Identifier: MIT */
/* How questions are put, and findings kept. */
#include "loader/call.h"
#include "loader/free.h"
#include "loader/lint/lint.h"
#include "vm/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS_LOG                                                    \
	{                                                           \
		SECCOMP_RET_LOG, SECCOMP_RET_LOG | SECCOMP_RET_DATA \
	}
#define RUNS_ALLOW                                                      \
	{                                                               \
		SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW | SECCOMP_RET_DATA \
	}

static const struct vd_range runs[] = { RUNS_LOG, RUNS_ALLOW };
static const struct vd_range asks[] = { { SECCOMP_RET_ERRNO, SECCOMP_RET_ERRNO },
					{ SECCOMP_RET_USER_NOTIF, SECCOMP_RET_USER_NOTIF | SECCOMP_RET_DATA },
					{ SECCOMP_RET_TRACE, SECCOMP_RET_TRACE | SECCOMP_RET_DATA } };
/* Everything else: an unknown action kills. */
static const struct vd_range denied[] = { { 0, SECCOMP_RET_ERRNO - 1 },
					  { SECCOMP_RET_ERRNO + 1, SECCOMP_RET_USER_NOTIF - 1 },
					  { SECCOMP_RET_USER_NOTIF + 0x10000, SECCOMP_RET_TRACE - 1 },
					  { SECCOMP_RET_TRACE + 0x10000, SECCOMP_RET_LOG - 1 },
					  { SECCOMP_RET_LOG + 0x10000, SECCOMP_RET_ALLOW - 1 },
					  { 0x80000000, 0xffffffff } };
#define VALUES(ranges)                                     \
	{                                                  \
		ranges, sizeof(ranges) / sizeof(*(ranges)) \
	}
const struct vd_values lint_runs = VALUES(runs), lint_denied = VALUES(denied), lint_asks = VALUES(asks);

bool lint_is_run(uint32_t ret)
{
	ret &= SECCOMP_RET_ACTION_FULL;
	return ret == SECCOMP_RET_ALLOW || ret == SECCOMP_RET_LOG;
}

bool lint_is_denied(uint32_t ret)
{
	for (size_t i = 0; i < lint_denied.n; i++)
		if (ret >= lint_denied.ranges[i].first && ret <= lint_denied.ranges[i].last)
			return true;
	return false;
}

bool lint_is_killed(uint32_t ret)
{
	return lint_is_denied(ret) && (ret & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO;
}

const struct vd_stack *lint_stack(const struct lint *lint, int abi)
{
	return abi >= 0 && vd_abi_info(abi)->big_endian ? lint->big : lint->stack;
}

struct vd_verdict lint_decide(const struct lint *lint, int abi, const struct seccomp_data *record)
{
	struct vd_verdict verdict = vd_stack_run(lint_stack(lint, abi), record);

	if (verdict.filter >= 0)
		lint->decides[verdict.filter] = true;
	return verdict;
}

/* ------------------------------------------------------------------ */

static bool keep(struct lint *lint, struct lint_finding finding)
{
	if (lint->n == lint->cap) {
		size_t cap = lint->cap ? 2 * lint->cap : 32;
		struct lint_finding *more = realloc(lint->findings, cap * sizeof(*more));
		if (!more)
			return false;
		lint->findings = more;
		lint->cap = cap;
	}
	/* in the order of the table; a rule's findings as they are made */
	size_t at = lint->n++;
	for (; at && lint->findings[at - 1].rule > finding.rule; at--)
		lint->findings[at] = lint->findings[at - 1];
	lint->findings[at] = finding;
	return true;
}

static void add(struct lint *lint, struct lint_finding finding, const char *fmt, va_list ap)
{
	if (!lint_on(lint, finding.rule))
		return;
	if (vasprintf(&finding.message, fmt, ap) < 0) {
		lint->no_memory = true;
	} else if (!keep(lint, finding)) {
		free(finding.message);
		lint->no_memory = true;
	}
}

void lint_add(struct lint *lint, enum lint_rule_id rule, const struct seccomp_data *record, const char *fmt,
	      ...)
{
	struct lint_finding finding = { .rule = rule, .known = true, .record = *record };
	va_list ap;

	const struct vd_stack *stack = call_big_endian(record) ? lint->big : lint->stack;

	finding.verdict = vd_stack_run(stack, record);
	finding.free = free_words(stack, record);
	va_start(ap, fmt);
	add(lint, finding, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 4, 5)))
add_unknown(struct lint *lint, enum lint_rule_id rule, int abi, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(lint, (struct lint_finding){ .rule = rule, .abi = abi }, fmt, ap);
	va_end(ap);
}

void lint_unknown(struct lint *lint, enum lint_rule_id rule, int abi)
{
	for (size_t i = 0; i < lint->n; i++)
		if (lint->findings[i].rule == rule && !lint->findings[i].known &&
		    lint->findings[i].abi == abi)
			return;
	add_unknown(lint, rule, abi, "the budget was spent before the rule was settled%s%s",
		    abi >= 0 ? " on " : "", abi >= 0 ? vd_abi_info(abi)->name : "");
}

/* ------------------------------------------------------------------ */

bool lint_budget(const struct lint *lint, struct vd_budget *ret_budget)
{
	*ret_budget = lint->budget;
	if (!lint->deadline_ns)
		return true;
	uint64_t ns = clock_ns();
	if (ns >= lint->deadline_ns)
		return false;
	uint64_t left = (lint->deadline_ns - ns) / NS_PER_MS + 1;
	if (!ret_budget->ms || left < ret_budget->ms)
		ret_budget->ms = (unsigned)left;
	return true;
}

bool lint_ask(struct lint *lint, enum lint_rule_id rule, int abi, struct vd_pair *pair, bool with_b,
	      struct seccomp_data *ret_record)
{
	enum vd_answer answer = VD_ANSWER_UNKNOWN;
	struct vd_budget budget;

	pair->a = lint_stack(lint, abi);
	pair->b = !with_b ? NULL : pair->b ? pair->b : pair->a;
	if (lint_budget(lint, &budget) && vd_prove_pair(pair, &budget, &answer, ret_record) < 0)
		lint->no_memory = true;
	lint->spent = answer == VD_ANSWER_UNKNOWN;
	if (lint->spent)
		lint_unknown(lint, rule, abi);
	if (answer == VD_ANSWER_RECORD)
		lint_decide(lint, abi, ret_record);
	return answer == VD_ANSWER_RECORD;
}

struct vd_pair lint_about(int abi, uint32_t nr)
{
	struct vd_pair pair = { .a = NULL };

	vd_pattern_word(&pair.in, 0, UINT32_MAX, nr);
	vd_pattern_word(&pair.in, 1, UINT32_MAX, vd_abi_info(abi)->audit_arch);
	return pair;
}

void lint_arg_bits(struct vd_pattern *pattern, unsigned arg, uint64_t mask, uint64_t value)
{
	vd_pattern_word(pattern, 4 + 2 * arg, (uint32_t)mask, (uint32_t)value);
	vd_pattern_word(pattern, 5 + 2 * arg, (uint32_t)(mask >> 32), (uint32_t)(value >> 32));
}

void lint_canonical(struct vd_pattern *pattern, int abi, uint32_t nr)
{
	struct vd_arg args[6];
	int n = vd_syscall_args(abi, nr, args);

	for (int i = 0; i < n; i++)
		if (args[i].bits < 64)
			lint_arg_bits(pattern, (unsigned)i, ~((UINT64_C(1) << args[i].bits) - 1), 0);
}
