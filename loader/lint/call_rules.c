/* SPDX-License-Identifier: MIT */
/* Calls that a policy's author did not know, and those that libraries try first. */
#include "loader/lint/lint.h"

#include <errno.h>
#include <stdio.h>

/*
 * Calls that libraries and runtimes try, with what they take when the answer
 * is ENOSYS: the filter is only blamed where that runs. strict: any other
 * answer is taken for a failure of the operation.
 */
struct probe {
	const char *name, *fallback;
	bool strict;
};

static const struct probe probes[] = {
	/* glibc 2.34: pthread_create and posix_spawn */
	{ "clone3", "clone", true },
	/* glibc 2.33, musl: faccessat with flags */
	{ "faccessat2", "faccessat", true },
	/* glibc 2.39, musl: fchmodat with AT_SYMLINK_NOFOLLOW */
	{ "fchmodat2", "fchmodat", true },
	/* container tools, Go's os.Root */
	{ "openat2", "openat", true },
	/* glibc 2.33 on 32-bit ABIs: stat; Rust's and Qt's libraries on all */
	{ "statx", "newfstatat", false },
	{ "statx", "fstatat64", true },
	/* glibc 2.34: closefrom and posix_spawn, before execve */
	{ "close_range", "execve", false },
	{ "epoll_pwait2", "epoll_pwait", true },
	/* Go's os package */
	{ "pidfd_open", "clone", false },
	{ "renameat2", "renameat", true },
	{ "preadv2", "preadv", true },
	{ "pwritev2", "pwritev", true },
	{ "execveat", "execve", true },
	/* cp, Go's io.Copy, Rust's fs::copy: between two files */
	{ "copy_file_range", "openat", false },
	/* at the start of every program and thread */
	{ "rseq", "execve", false },
	{ "set_robust_list", "execve", false },
	/* glibc 2.34 on 32-bit ABIs: 64-bit times */
	{ "clock_gettime64", "clock_gettime", true },
	{ "clock_nanosleep_time64", "clock_nanosleep", true },
	{ "clock_getres_time64", "clock_getres", true },
	{ "futex_time64", "futex", true },
	{ "ppoll_time64", "ppoll", true },
	{ "pselect6_time64", "_newselect", true },
	{ "utimensat_time64", "utimensat", true },
	{ "timerfd_settime64", "timerfd_settime", true },
	{ "rt_sigtimedwait_time64", "rt_sigtimedwait", true },
	{ "recvmmsg_time64", "recvmmsg", true },
};

struct names {
	char text[200];
	size_t at, n;
	struct seccomp_data record;
};

static void note(struct names *names, const struct lint_view *view, const struct lint_call *call)
{
	if (!names->n++)
		names->record = (struct seccomp_data){ .nr = (int)call->nr, .arch = view->audit_arch };
	if (names->at < sizeof(names->text))
		names->at += (size_t)snprintf(names->text + names->at, sizeof(names->text) - names->at,
					      "%s%s", names->n > 1 ? ", " : "", call->name);
}

/* Only calls whose arguments are not looked at: a rule about arguments was written by someone who knew the
 * call. */
static void look_at_probes(struct lint *lint, const struct lint_view *view)
{
	struct names killed = { .n = 0 }, refused = { .n = 0 };
	const char *abi = vd_abi_info(view->abi)->name;

	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++) {
		const struct lint_call *call = lint_call(view, probes[i].name);
		const struct lint_call *fallback = lint_call(view, probes[i].fallback);
		if (!call || call->by_args || call->may != MAY_DENY || !fallback ||
		    !(fallback->may & MAY_RUN))
			continue;
		if (lint_is_killed(call->ret))
			note(&killed, view, call);
		else if (probes[i].strict && vd_effective(call->ret) != (SECCOMP_RET_ERRNO | ENOSYS))
			note(&refused, view, call);
	}
	if (killed.n)
		lint_add(lint, LINT_PROBE_KILLED, &killed.record,
			 "on %s libraries try %s first, and do not survive it", abi, killed.text);
	if (refused.n)
		lint_add(lint, LINT_PROBE_REFUSED, &refused.record,
			 "on %s libraries try %s first, and fall back on ENOSYS only", abi, refused.text);
}

/* ERRNO with anything but ENOSYS (or 0) for a number above all that have names. */
static void look_at_unknown(struct lint *lint, const struct lint_view *view)
{
	static const struct vd_range right[] = { { 0, SECCOMP_RET_ERRNO },
						 { SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_RET_ERRNO | ENOSYS },
						 { SECCOMP_RET_ERRNO + 0x10000, UINT32_MAX } };
	const struct vd_range numbers = { view->calls[view->n - 1].nr + 1,
					  view->calls[view->n - 1].nr + 1000 };
	const struct vd_range arch = { view->audit_arch, view->audit_arch };
	const struct vd_set set = { .nr = { &numbers, 1 }, .arch = { &arch, 1 } };
	const struct vd_expect expect = { .values = right, .n = 3 };
	enum vd_answer answer = VD_ANSWER_UNKNOWN;
	struct vd_witness witness;
	struct vd_budget budget;
	char text[32];

	if (!lint_on(lint, LINT_UNKNOWN_CALLS) || numbers.first > numbers.last)
		return;
	if (lint_budget(lint, &budget) &&
	    vd_prove_claim(lint_stack(lint, view->abi), &set, &expect, &budget, &answer, &witness) < 0)
		lint->no_memory = true;
	if (answer == VD_ANSWER_UNKNOWN)
		lint_unknown(lint, LINT_UNKNOWN_CALLS, view->abi);
	if (answer != VD_ANSWER_RECORD)
		return;
	vd_action_format(lint_decide(lint, view->abi, &witness.data).ret, text, sizeof(text));
	lint_add(lint, LINT_UNKNOWN_CALLS, &witness.data, "numbers that no call of %s has yet get %s",
		 vd_abi_info(view->abi)->name, text);
}

void lint_call_rules(struct lint *lint)
{
	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct lint_view *view = lint_view(lint, abi);
		if (!view || !view->known || !view->used)
			continue;
		look_at_probes(lint, view);
		look_at_unknown(lint, view);
	}
}
