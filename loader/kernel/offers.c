/* SPDX-License-Identifier: MIT */
#include "loader/kernel/offers.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/install.h"
#include "vm/clock.h"
#include "vm/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	uint32_t value;
} actions[OFFER_ACTIONS] = {
	{ "KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "TRAP", SECCOMP_RET_TRAP },
	{ "ERRNO", SECCOMP_RET_ERRNO },
	{ "USER_NOTIF", SECCOMP_RET_USER_NOTIF },
	{ "TRACE", SECCOMP_RET_TRACE },
	{ "LOG", SECCOMP_RET_LOG },
	{ "ALLOW", SECCOMP_RET_ALLOW },
};

static const struct {
	const char *name;
	unsigned value;
} flags[OFFER_FLAGS] = {
	{ "TSYNC", KERNEL_FLAG_TSYNC },
	{ "LOG", KERNEL_FLAG_LOG },
	{ "SPEC_ALLOW", KERNEL_FLAG_SPEC_ALLOW },
	{ "NEW_LISTENER", KERNEL_FLAG_NEW_LISTENER },
	{ "TSYNC_ESRCH", KERNEL_FLAG_TSYNC_ESRCH },
	{ "WAIT_KILLABLE_RECV", KERNEL_FLAG_WAIT_KILLABLE_RECV | KERNEL_FLAG_NEW_LISTENER },
};

/* Flags are judged before the program's address is: with a bad address nothing is ever installed. */
static bool knows_flag(unsigned flag)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 && errno == EFAULT;
}

static void read_line(const char *path, char *buf, size_t size)
{
	FILE *file = fopen(path, "re");

	buf[0] = '\0';
	if (!file)
		return;
	if (!fgets(buf, (int)size, file))
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	fclose(file);
}

static enum offer read_switch(const char *path)
{
	char line[16];

	read_line(path, line, sizeof(line));
	return !line[0] ? OFFER_UNKNOWN : line[0] == '0' ? OFFER_NO : OFFER_YES;
}

/* -------------------------------------------------------- allow-bitmap -- */

/*
 * Timed in children of their own: calls that 24 filters allow whatever the
 * arguments are, and calls for which they look at an argument, so that the
 * bitmap cannot answer.
 */
#define STACKED 24
#define CALLS 300
#define TURNS 40

static void time_calls(bool look, double *ret_ns)
{
	static const struct sock_filter insns[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args) },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct kernel_installed installed;
	double best = 0;

	for (int i = 0; i < STACKED; i++)
		if (kernel_install(insns + !look, look ? 2 : 1, 0, &installed) < 0)
			_exit(1);
	for (int turn = 0; turn < TURNS; turn++) {
		uint64_t start = clock_ns();
		for (int i = 0; i < CALLS; i++)
			syscall(SYS_getppid);
		double took = (double)(clock_ns() - start) / CALLS;
		best = !turn || took < best ? took : best;
	}
	*ret_ns = best;
	_exit(0);
}

static bool time_in_child(bool look, double *shared)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		time_calls(look, shared);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A filter costs some 15 ns, so 24 of them more than a call: without the bitmap both take the same. */
static void measure_bitmap(struct offers *offers)
{
	double *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			      0);

	offers->bitmap = OFFER_UNKNOWN;
	offers->stacked = STACKED;
	if (shared == MAP_FAILED)
		return;
	if (time_in_child(false, shared)) {
		offers->allowed_ns = *shared;
		if (time_in_child(true, shared)) {
			offers->judged_ns = *shared;
			offers->bitmap = offers->judged_ns > 1.5 * offers->allowed_ns ? OFFER_YES : OFFER_NO;
		}
	}
	munmap(shared, sizeof(*shared));
}

/* -------------------------------------------------------------- offers -- */

static void ask_seccomp(struct offers *offers)
{
	struct seccomp_notif_sizes sizes = { 0 };

	for (size_t i = 0; i < OFFER_ACTIONS; i++)
		offers->actions[i] = (struct offered){
			actions[i].name,
			syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &actions[i].value) == 0,
		};
	for (size_t i = 0; i < OFFER_FLAGS; i++)
		offers->flags[i] = (struct offered){ flags[i].name, knows_flag(flags[i].value) };
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0) {
		offers->notif = sizes.seccomp_notif;
		offers->resp = sizes.seccomp_notif_resp;
		offers->data = sizes.seccomp_data;
	}
}

void kernel_offers(struct offers *ret_offers)
{
	struct offers offers = { .filtered = kernel_is_filtered(),
				 .i386 = kernel_has_i386(),
				 .x32 = kernel_has_x32() };
	uint32_t allow = SECCOMP_RET_ALLOW;
	struct utsname name;

	if (uname(&name) == 0) {
		snprintf(offers.release, sizeof(offers.release), "%s", name.release);
		snprintf(offers.machine, sizeof(offers.machine), "%s", name.machine);
	}
	/* before Linux 4.14 the question itself is not known: EINVAL */
	if (kernel_kills_seccomp())
		offers.error = "SIGSYS";
	else if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &allow) < 0)
		offers.error = vd_errno_name((unsigned)errno);
	if (!offers.error)
		ask_seccomp(&offers);
	read_line("/proc/sys/kernel/seccomp/actions_logged", offers.logged, sizeof(offers.logged));
	offers.jit = read_switch("/proc/sys/net/core/bpf_jit_enable");
	offers.hardened = read_switch("/proc/sys/net/core/bpf_jit_harden");
	if (!offers.error)
		measure_bitmap(&offers);
	*ret_offers = offers;
}
