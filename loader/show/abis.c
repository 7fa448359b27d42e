/* SPDX-License-Identifier: MIT */
#include "loader/show/abis.h"

#include "loader/call.h"

#include <stdlib.h>

static int check_source(struct abis_report *report, size_t i, unsigned ms, struct diags *diags)
{
	const struct source *source = &report->sources->items[i];
	struct filter_stack alone;

	if (!source->policy)
		return 0;
	if (filter_stack_new(&source, 1, NULL, diags, &alone) < 0)
		return -1;
	applied_check(&report->applied[i], source->policy, alone.stack, ms);
	filter_stack_done(&alone);
	return 0;
}

int abis_make(struct abis_report *report, const struct source_list *sources, const struct filter_stack *stack,
	      char *const *names, unsigned ms, struct diags *diags)
{
	*report = (struct abis_report){ .names = names, .sources = sources };
	report->applied = calloc(sources->n + 1, sizeof(*report->applied));
	if (!report->applied || matrix_make(&report->matrix, stack->stack, ms) < 0) {
		diag_file_error(diags, "stack", "out of memory");
		abis_done(report);
		return -1;
	}
	for (size_t i = 0; i < sources->n; i++)
		if (check_source(report, i, ms, diags) < 0) {
			abis_done(report);
			return -1;
		}
	return 0;
}

void abis_done(struct abis_report *report)
{
	for (size_t i = 0; report->applied && i < report->sources->n; i++)
		applied_done(&report->applied[i]);
	free(report->applied);
	matrix_done(&report->matrix);
	*report = (struct abis_report){ 0 };
}

bool abis_partial(const struct abis_report *report)
{
	for (size_t i = 0; i < report->sources->n; i++)
		if (report->applied[i].counts[PARTIAL])
			return true;
	return false;
}

void abis_call(const struct policy *policy, const struct applied_rule *rule, char *buf, size_t size)
{
	if (rule->how == MISSING)
		snprintf(buf, size, "%s %s()", vd_abi_info(rule->abi)->name,
			 policy->rules[rule->rule].syscall);
	else
		call_format(&rule->record, buf, size);
}
