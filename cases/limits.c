/* SPDX-License-Identifier: MIT */
#include "cases/limits.h"
#include "cases/keys.h"
#include "cases/words.h"
#include "loader/expr.h"

/* A whole number from 1 to max; 0: it is none (diagnosed). */
static unsigned read_count(const struct node *node, const char *name, uint64_t max, struct diags *diags)
{
	uint64_t count = 0;

	if (node->bad)
		return 0;
	if (node->kind != NODE_SCALAR) {
		diag_error(diags, &node->at, "%s is a number, this is %s", name, node_kind_name(node));
		return 0;
	}
	if (word_check(node, "a number", diags) < 0 || expr_const_bits(&node->text, 31, diags, &count) < 0)
		return 0;
	if (!count || count > max) {
		if (max == 100)
			diag_error(diags, &node->at, "%s is a percentage, from 1 to 100", name);
		else
			diag_error(diags, &node->at, "a stack executes at least one instruction");
		return 0;
	}
	return (unsigned)count;
}

bool limits_read(const struct node *node, struct diags *diags, unsigned *ret_insns, unsigned *ret_coverage)
{
	const struct node *values[LIMITS_KEYS];
	size_t errors = diags->errors;

	*ret_insns = *ret_coverage = 0;
	if (keys_read(&limits_keys, node, diags, values) < 0)
		return false;
	if (!node->n) {
		diag_error(diags, &node->at, "no limit is given");
		diag_hint(diags, "write %s", limits_keys.form);
	}
	if (values[LIMITS_INSNS])
		*ret_insns = read_count(values[LIMITS_INSNS], "insns", UINT32_MAX, diags);
	if (values[LIMITS_COVERAGE])
		*ret_coverage = read_count(values[LIMITS_COVERAGE], "coverage", 100, diags);
	return diags->errors == errors;
}

bool limits_coverage(const struct node *limits)
{
	return limits && limits->kind == NODE_MAP && node_get(limits, limits_keys.names[LIMITS_COVERAGE]);
}
