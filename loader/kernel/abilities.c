/* SPDX-License-Identifier: MIT */
/* What verdict can do here: found by doing it. */
#include "loader/kernel/behaviour.h"
#include "loader/kernel/install.h"
#include "loader/kernel/offers.h"
#include "loader/kernel/values.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/syscall.h>

/* What the abilities depend on. */
struct means {
	const struct offers *offers;
	const char *no_seccomp, *no_values; /* why not, NULL: it is there */
	int behaviour;			    /* 0 or the error of the behaviour oracle */
	bool unchanged;			    /* it installs programs as they are */
	bool admin;			    /* CAP_SYS_ADMIN */
};

static const char *why_no_values(void)
{
	static const struct sock_filter insn = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	const struct seccomp_data record = { .nr = SYS_getpid, .arch = AUDIT_ARCH_X86_64 };
	enum kernel_asked asked;
	struct vd_prog *prog;
	uint32_t value;
	int r = vd_prog_new(&insn, 1, &prog, NULL);

	if (r < 0)
		return strerror(-r);
	r = kernel_values(prog, &record, 1, &value, &asked);
	vd_prog_free(prog);
	if (r == -ENOTSUP)
		return "this machine is not x86-64";
	const struct kernel_installed installed = { .error = -r };
	return r < 0 ? kernel_install_explain(&installed, 1, 0) : NULL;
}

static struct means find_means(const struct offers *offers)
{
	struct means means = { .offers = offers,
			       .no_seccomp = kernel_why_not(),
			       .admin = kernel_may_install() };
	struct kernel_behaviour *behaviour;

	means.no_values = means.no_seccomp ? means.no_seccomp : why_no_values();
	means.behaviour = kernel_behaviour_new(&behaviour);
	if (means.behaviour == 0) {
		means.unchanged = kernel_behaviour_unchanged(behaviour);
		kernel_behaviour_free(behaviour);
	}
	return means;
}

static struct ability no(const char *why)
{
	return (struct ability){ .why = why };
}

static struct ability yes(const char *why)
{
	return (struct ability){ .here = true, .why = why };
}

/* ----------------------------------------------------------- each of them -- */

static struct ability everything_else(const struct means *means)
{
	return yes(NULL);
}

static struct ability values(const struct means *means)
{
	return means->no_values ? no(means->no_values) : yes(NULL);
}

static struct ability behaviour(const struct means *means)
{
	if (means->behaviour < 0)
		return no(kernel_behaviour_explain(means->behaviour));
	return yes(means->unchanged ? NULL
				    : "programs of up to 4092 instructions; CAP_SYS_ADMIN asks all of them");
}

static struct ability later_installs(const struct means *means)
{
	return means->unchanged ? yes(NULL) : no("needs CAP_SYS_ADMIN, for the filters may forbid it");
}

static struct ability bench(const struct means *means)
{
	if (means->behaviour < 0)
		return no(kernel_behaviour_explain(means->behaviour));
	return yes(means->unchanged ? NULL : "all filters but the last one must let seccomp(2) through");
}

static struct ability scenarios(const struct means *means)
{
	if (means->behaviour == -ENOEXEC)
		return no(kernel_behaviour_explain(means->behaviour));
	return yes(means->offers->filtered ? "this process's own filters judge the target's calls as well"
		   : !means->admin	   ? "the target has no_new_privs"
					   : NULL);
}

static bool may_not_trace(const struct means *means)
{
	return means->behaviour == -EPERM || means->behaviour == -EACCES || means->behaviour == -ENOEXEC;
}

static struct ability exec(const struct means *means)
{
	if (may_not_trace(means))
		return no(kernel_behaviour_explain(means->behaviour));
	return yes(means->offers->filtered ? "this process's own filters judge as well: nothing is compared"
		   : !means->admin ? "the command has no_new_privs, and all filters but the last one must "
				     "let seccomp(2) through"
				   : NULL);
}

static struct ability notify(const struct means *means)
{
	if (!means->offers->notif)
		return no("this kernel has no notifications (5.0 has)");
	return yes(means->admin ? NULL : "the command has no_new_privs");
}

static struct ability record(const struct means *means)
{
	if (may_not_trace(means))
		return no(kernel_behaviour_explain(means->behaviour));
	return yes(means->no_seccomp || means->offers->filtered ? "by ptrace(2) alone, as with --stops"
		   : !means->admin ? "the command has no_new_privs, but not with --stops"
				   : NULL);
}

static struct ability captures(const struct means *means)
{
	if (means->admin && !means->offers->filtered)
		return yes(NULL);
	return no("needs CAP_SYS_ADMIN in the initial user namespace, and no filters of its own");
}

static const struct {
	const char *name;
	struct ability (*find)(const struct means *means);
	bool without; /* seccomp(2) it can be done too */
} abilities[] = {
	{ "all that asks no kernel", everything_else, true },
	{ "test --live: values", values, false },
	{ "test --live: behaviour", behaviour, false },
	{ "test --live: later installs", later_installs, false },
	{ "test: scenarios", scenarios, false },
	{ "fuzz --kernel", behaviour, false },
	{ "bench --kernel", bench, false },
	{ "exec", exec, false },
	{ "notify", notify, false },
	{ "record", record, true },
	{ "capture, pid: sources", captures, false },
};
_Static_assert(sizeof(abilities) / sizeof(*abilities) == ABILITIES, "offers.h says how many");

void kernel_abilities(const struct offers *offers, struct ability ret_abilities[ABILITIES])
{
	const struct means means = find_means(offers);

	for (size_t i = 0; i < ABILITIES; i++) {
		bool lacks = means.no_seccomp && !abilities[i].without;
		ret_abilities[i] = lacks ? no(means.no_seccomp) : abilities[i].find(&means);
		ret_abilities[i].name = abilities[i].name;
	}
}
