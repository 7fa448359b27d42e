/* SPDX-License-Identifier: MIT */
#include "loader/kernel/install.h"
#include "loader/kernel/entry.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool knows_errno(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool kernel_kills_seccomp(void)
{
	return kernel_is_filtered() && kernel_try(knows_errno) < 0;
}

const char *kernel_why_not(void)
{
	if (kernel_kills_seccomp())
		return "a filter around this process kills what calls seccomp(2)";
	if (knows_errno())
		return NULL;
	if (errno == EINVAL)
		return "this kernel is older than Linux 4.14, whose verdicts are others";
	return errno == ENOSYS ? "this kernel, or a filter around this process, has no seccomp(2)"
			       : "a filter around this process forbids seccomp(2)";
}

bool kernel_may_install(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN);
}

int kernel_install(const struct sock_filter *insns, size_t len, unsigned flags,
		   struct kernel_installed *ret_installed)
{
	struct sock_fprog prog = { .len = (unsigned short)len, .filter = (struct sock_filter *)insns };
	struct kernel_installed installed = { .listener = -1 };
	long r;

	/* sock_fprog's length has 16 bits: what does not fit must not become something that does */
	if (len > 0xffff)
		r = -1, errno = EINVAL;
	else if (!kernel_may_install() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -1;
	else
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	if (r < 0)
		installed.error = errno;
	else if (r > 0 && (flags & KERNEL_FLAG_NEW_LISTENER))
		installed.listener = (int)r;
	else if (r > 0) {
		installed.error = ESRCH;
		installed.thread = (int)r;
	}
	*ret_installed = installed;
	return -installed.error;
}

int kernel_install_strict(void)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL) < 0 ? -errno : 0;
}

bool kernel_hardened(void)
{
	FILE *file = fopen("/proc/sys/net/core/bpf_jit_harden", "re");
	int level = 0;

	if (!file)
		return false;
	if (fscanf(file, "%d", &level) != 1)
		level = 0;
	fclose(file);
	return level >= 2 || (level == 1 && !kernel_may_install());
}

/* EINVAL has many causes; the flags are judged before the program. */
static const char *explain_invalid(size_t len, unsigned flags)
{
	const unsigned known = KERNEL_FLAG_TSYNC | KERNEL_FLAG_LOG | KERNEL_FLAG_SPEC_ALLOW |
			       KERNEL_FLAG_NEW_LISTENER | KERNEL_FLAG_TSYNC_ESRCH |
			       KERNEL_FLAG_WAIT_KILLABLE_RECV;

	if (flags & ~known)
		return "a flag that no kernel knows";
	if ((flags & KERNEL_FLAG_TSYNC) && (flags & KERNEL_FLAG_NEW_LISTENER) &&
	    !(flags & KERNEL_FLAG_TSYNC_ESRCH))
		return "TSYNC and NEW_LISTENER go together only with TSYNC_ESRCH";
	if ((flags & KERNEL_FLAG_WAIT_KILLABLE_RECV) && !(flags & KERNEL_FLAG_NEW_LISTENER))
		return "WAIT_KILLABLE_RECV needs NEW_LISTENER";
	if (len < 1 || len > BPF_MAXINSNS)
		return "a program has 1 to 4096 instructions";
	return "the kernel refuses the program, or knows neither seccomp filters nor one of the flags";
}

const char *kernel_install_explain(const struct kernel_installed *installed, size_t len, unsigned flags)
{
	switch (installed->error) {
	case 0:
		return "installed";
	case EINVAL:
		return explain_invalid(len, flags);
	case ENOMEM:
		return "the filters of the task would exceed the kernel's size limit, or memory is short";
	case EACCES:
		return "neither no_new_privs nor CAP_SYS_ADMIN";
	case EFAULT:
		return "the program's address is bad";
	case EBUSY:
		return "the task has a filter with a listener already";
	case ESRCH:
		return installed->thread ? "another thread has filters that this one has not (TSYNC)"
					 : "a thread could not be synchronised";
	case ENOSYS:
		return "this kernel, or a filter around this process, has no seccomp(2)";
	case EPERM:
		return "a filter around this process forbids seccomp(2)";
	}
	return strerror(installed->error);
}
