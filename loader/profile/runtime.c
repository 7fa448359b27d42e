/* SPDX-License-Identifier: MIT */
/* What runtimes refuse before libseccomp sees anything of it. */
#include "loader/profile/value.h"

#include <linux/seccomp.h>

/* errnoRet where nothing takes it: crun refuses it, the others do not look. */
static int check_data(const struct profile_action *action, enum profile_runtime runtime, struct diags *diags)
{
	if (!action->data_unused)
		return 0;
	if (runtime != PROFILE_CRUN) {
		diag_warning(diags, &action->data_at, "an errno has no meaning for this action");
		return 0;
	}
	diag_error(diags, &action->data_at, "crun refuses an errno for this action");
	diag_hint(diags, "leave it out: it is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
	return -1;
}

/* runc needs write(2) to hand over the listener. */
static int check_notify(const struct profile *profile, const struct selection *selection, struct diags *diags)
{
	int r = 0;

	if (profile->default_action.ret == SECCOMP_RET_USER_NOTIF) {
		diag_error(diags, &profile->default_action.at,
			   "runc refuses SCMP_ACT_NOTIFY as default action");
		r = -1;
	}
	for (size_t i = 0; i < selection->n_rules; i++) {
		const struct profile_rule *rule = &selection->rules[i];
		if (rule->entry->action.ret == SECCOMP_RET_USER_NOTIF && span_is(rule->name, "write")) {
			diag_error(diags, rule->name, "runc refuses SCMP_ACT_NOTIFY for write");
			r = -1;
		}
	}
	return r;
}

int profile_check(const struct profile *profile, const struct selection *selection,
		  const struct profile_options *options, struct diags *diags)
{
	const struct profile_entry *last = NULL;
	int r = check_data(&profile->default_action, options->runtime, diags);

	for (size_t i = 0; i < selection->n_rules; i++) {
		const struct profile_entry *entry = selection->rules[i].entry;
		if (entry != last && check_data(&entry->action, options->runtime, diags) < 0)
			r = -1;
		last = entry;
	}
	if (options->runtime == PROFILE_RUNC && check_notify(profile, selection, diags) < 0)
		r = -1;
	return r;
}
