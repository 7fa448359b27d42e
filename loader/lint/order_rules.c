/* SPDX-License-Identifier: MIT */
/* Comparisons of order, and conditions on several arguments. */
#include "loader/lint/lint.h"

#include <string.h>

#define COMPARES_MAX 64
#define LOW(arg) (4 + 2 * (unsigned)(arg))
#define HIGH(arg) (LOW(arg) + 1)

/* Arguments for which a negative number means something, so that denying it is no matter of course. */
static bool may_be_negative(const struct vd_arg *arg)
{
	static const char *const names[] = { "niceval",	      "increment", "pid",    "upid",   "pgid",
					     "dfd",	      "dirfd",	   "olddfd", "newdfd", "timeout",
					     "timeout_msecs", "offset",	   "off" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], arg->name))
			return true;
	return false;
}

/* The word of an argument that has its sign, and what the largest positive value has there. */
static unsigned sign_word(const struct vd_arg *arg, unsigned index)
{
	return arg->bits == 64 ? HIGH(index) : LOW(index);
}

/* What the record's verdict is when the argument is the largest positive number. */
static uint32_t at_largest(struct lint *lint, int abi, const struct seccomp_data *record,
			   const struct vd_arg *arg, unsigned index)
{
	struct seccomp_data largest = *record;

	largest.args[index] = arg->bits == 64 ? INT64_MAX : INT32_MAX;
	return lint_decide(lint, abi, &largest).ret;
}

/* Small values give one thing, negative ones what the largest positive ones get, and order was asked for. */
static bool unsigned_order(struct lint *lint, const struct lint_view *view, const struct lint_call *call,
			   const struct vd_arg *arg, unsigned index, bool opens)
{
	struct vd_pair pair = lint_about(view->abi, call->nr);
	struct seccomp_data record;
	unsigned word = sign_word(arg, index);

	vd_pattern_word(&pair.in, word, 1u << 31, 0);
	vd_pattern_word(&pair.change, word, 1u << 31, 1u << 31);
	if (arg->bits < 64) { /* registers as they usually are: the sign extended */
		vd_pattern_word(&pair.in, HIGH(index), UINT32_MAX, 0);
		vd_pattern_word(&pair.change, HIGH(index), UINT32_MAX, UINT32_MAX);
	}
	pair.a_gives = opens ? lint_denied : lint_runs;
	pair.b_gives = opens ? lint_runs : lint_denied;
	if (!lint_ask(lint, LINT_SIGNED_COMPARE, view->abi, &pair, true, &record))
		return false;
	uint32_t largest = at_largest(lint, view->abi, &record, arg, index);
	uint64_t small = record.args[index];
	vd_pattern_apply(&pair.change, &record);
	if (vd_effective(lint_decide(lint, view->abi, &record).ret) != vd_effective(largest) ||
	    !lint_orders(lint, view->abi, &record, word))
		return false;
	lint_add(lint, LINT_SIGNED_COMPARE, &record,
		 "%s's %s is signed and compared unsigned: %llu %s, negative values are judged like the "
		 "largest",
		 call->name, arg->name, (unsigned long long)small, opens ? "is denied" : "runs");
	return true;
}

/* ------------------------------------------------------------------ */

/* Whether the low half of an argument counts where the high half is h. */
static bool low_counts(struct lint *lint, const struct lint_view *view, const struct lint_call *call,
		       unsigned index, uint32_t h, struct seccomp_data *ret_record)
{
	struct vd_pair pair = lint_about(view->abi, call->nr);

	vd_pattern_word(&pair.in, HIGH(index), UINT32_MAX, h);
	vd_pattern_word(&pair.change, LOW(index), UINT32_MAX, 0);
	pair.differ = true;
	if (!lint_ask(lint, LINT_WRONG_HALF, view->abi, &pair, true, ret_record))
		return false;
	struct seccomp_data other = *ret_record;
	vd_pattern_apply(&pair.change, &other);
	if (lint_is_run(lint_decide(lint, view->abi, ret_record).ret))
		*ret_record = other;
	return lint_orders(lint, view->abi, ret_record, LOW(index)) &&
	       lint_orders(lint, view->abi, ret_record, HIGH(index));
}

/* In a 64-bit order the low half counts for one high half of each bound, never for two neighbours. */
static void wrong_half(struct lint *lint, const struct lint_view *view, const struct lint_call *call,
		       const struct vd_arg *arg, unsigned index)
{
	struct lint_compare compares[COMPARES_MAX];
	size_t n = lint_compares(lint, view->abi, HIGH(index), compares, COMPARES_MAX);

	for (size_t i = 0; i < n; i++) {
		struct seccomp_data record;
		uint32_t k = compares[i].k;
		if (!compares[i].order)
			continue;
		for (uint32_t h = k ? k - 1 : 0; h <= k + 1 && h < UINT32_MAX - 1; h++) {
			if (!low_counts(lint, view, call, index, h, &record) ||
			    !low_counts(lint, view, call, index, h + 1, &record))
				continue;
			lint_add(lint, LINT_WRONG_HALF, &record,
				 "%s's %s: the low half counts whether the high half is 0x%x or 0x%x",
				 call->name, arg->name, h, h + 1);
			return;
		}
	}
}

/* ------------------------------------------------------------------ */

/* No program compares anything with it, and no flag is one bit of it alone. */
#define GENERIC UINT64_C(0x5a5a5a5a)

/* Whether the call runs with this argument, whatever all others hold. */
static bool runs_whatever(struct lint *lint, const struct lint_view *view, const struct lint_call *call,
			  unsigned arg, uint64_t value)
{
	struct vd_pair pair = lint_about(view->abi, call->nr);
	struct seccomp_data record;

	lint_arg_bits(&pair.in, arg, UINT64_MAX, value);
	pair.a_gives = lint_denied;
	return !lint_ask(lint, LINT_EITHER_ARGUMENT, view->abi, &pair, false, &record) && !lint->spent;
}

/* A value of an argument, among those it is compared with, that alone is enough for the call to run. */
static bool is_enough(struct lint *lint, const struct lint_view *view, const struct lint_call *call,
		      unsigned arg, uint64_t *ret_value)
{
	struct lint_compare compares[COMPARES_MAX];
	size_t n = lint_compares(lint, view->abi, LOW(arg), compares, COMPARES_MAX);
	struct seccomp_data data = { .nr = (int)call->nr, .arch = view->audit_arch };

	for (size_t j = 0; j < 6; j++)
		data.args[j] = GENERIC;
	for (size_t i = 0; i < 2 * n; i++) {
		data.args[arg] = i % 2 ? (uint64_t)compares[i / 2].k + 1 : compares[i / 2].k;
		if (!lint_is_run(lint_decide(lint, view->abi, &data).ret) ||
		    !runs_whatever(lint, view, call, arg, data.args[arg]))
			continue;
		*ret_value = data.args[arg];
		return true;
	}
	return false;
}

static void either(struct lint *lint, const struct lint_view *view, const struct lint_call *call,
		   const struct vd_arg *args, unsigned n)
{
	struct seccomp_data data = { .nr = (int)call->nr, .arch = view->audit_arch };
	uint64_t value, first_value = 0;
	int first = -1;

	for (size_t j = 0; j < 6; j++)
		data.args[j] = GENERIC;
	if (!lint_is_denied(lint_decide(lint, view->abi, &data).ret))
		return;
	for (unsigned arg = 0; arg < n; arg++) {
		if (!is_enough(lint, view, call, arg, &value))
			continue;
		if (first < 0) {
			first = (int)arg;
			first_value = value;
			continue;
		}
		/* what holds whatever the others are holds for 0 */
		for (unsigned j = 0; j < 6; j++)
			data.args[j] = j == (unsigned)first ? first_value : j == arg ? GENERIC : 0;
		lint_add(lint, LINT_EITHER_ARGUMENT, &data,
			 "%s runs when its %s is right, whatever %s is, and the other way round", call->name,
			 args[first].name, args[arg].name);
		return;
	}
}

/* ------------------------------------------------------------------ */

static void call_of(struct lint *lint, const struct lint_view *view, const struct lint_call *call)
{
	struct vd_arg args[6];
	int n = vd_syscall_args(view->abi, call->nr, args);

	if (n <= 0)
		return;
	for (unsigned i = 0; i < (unsigned)n; i++) {
		if (args[i].is_signed && args[i].bits >= 32 && lint_on(lint, LINT_SIGNED_COMPARE) &&
		    !unsigned_order(lint, view, call, &args[i], i, true) && may_be_negative(&args[i]))
			unsigned_order(lint, view, call, &args[i], i, false);
		if (args[i].bits == 64 && lint_on(lint, LINT_WRONG_HALF))
			wrong_half(lint, view, call, &args[i], i);
	}
	if (lint_on(lint, LINT_EITHER_ARGUMENT))
		either(lint, view, call, args, (unsigned)n);
}

void lint_order_rules(struct lint *lint)
{
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *view = lint_view(lint, abi);
		for (size_t i = 0; view && view->known && i < view->n; i++)
			if (view->calls[i].by_args)
				call_of(lint, view, &view->calls[i]);
	}
}
