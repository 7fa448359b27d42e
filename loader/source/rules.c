/* SPDX-License-Identifier: MIT */
/* rules: predicates over system calls; each part up to an `enable` is a program. */
#include "loader/rules/rules.h"
#include "loader/source/kinds.h"

#include <stdlib.h>

static int add(struct source *source, const struct text *text, const struct rules *rules, size_t i,
	       struct diags *diags)
{
	struct sock_filter *insns;
	char *name = NULL;
	size_t len;

	if (rules_compile(rules, i, diags, &insns, &len) < 0)
		return -1;
	int r = source_add_one(source, text, &name, &insns, len, i, rules->n_filters, diags);
	free(insns); /* NULL where it was taken */
	return r;
}

int rules_load(struct source *source, const struct text *text, const struct source_options *options,
	       struct diags *diags)
{
	struct rules *rules;
	int r = 0;

	if (rules_read(text, diags, &rules) < 0)
		return -1;
	for (size_t i = 0; i < rules->n_filters; i++)
		if (add(source, text, rules, i, diags) < 0)
			r = -1;
	if (r < 0) {
		rules_free(rules);
		return -1;
	}
	source->policy = rules_policy(rules);
	return 0;
}
