/* SPDX-License-Identifier: MIT */
#include "loader/kernel/entry.h"

#include <errno.h>
#include <linux/audit.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define I386_GETPID 20
#define X32_BIT 0x40000000

void kernel_keep_children(void)
{
	struct sigaction action;

	if (sigaction(SIGCHLD, NULL, &action) == 0 &&
	    (action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT)))
		signal(SIGCHLD, SIG_DFL);
}

bool kernel_is_filtered(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	int mode = 0;

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Seccomp: %d", &mode) == 1)
			break;
	fclose(file);
	return mode != 0;
}

int kernel_try(bool (*works)(void))
{
	int status;

	kernel_keep_children();
	pid_t pid = fork();
	if (pid == 0) {
		const struct rlimit no_core = { 0, 0 };
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGSEGV, SIG_DFL);
		signal(SIGSYS, SIG_DFL);
		_exit(!works());
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	if (pid > 0 && WIFSIGNALED(status))
		return -1;
	return pid > 0 && WEXITSTATUS(status) == 0;
}

#if defined(__x86_64__)

/* Whether a child that tries an entry sees its own process id come back. */
static bool try_i386(void)
{
	long r = I386_GETPID;

	__asm__ volatile("int $0x80" : "+a"(r) : : "r8", "r9", "r10", "r11", "rcx", "memory");
	return (int)r == getpid();
}

static bool try_x32(void)
{
	return syscall(X32_BIT | SYS_getpid) == getpid();
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_i386, has_x32;

static void try_all(void)
{
	has_i386 = kernel_try(try_i386) > 0;
	has_x32 = kernel_try(try_x32) > 0;
}

bool kernel_has_i386(void)
{
	pthread_once(&once, try_all);
	return has_i386;
}

bool kernel_has_x32(void)
{
	pthread_once(&once, try_all);
	return has_x32;
}

#else

bool kernel_has_i386(void)
{
	return false;
}

bool kernel_has_x32(void)
{
	return false;
}

#endif

enum kernel_asked kernel_askable(const struct seccomp_data *record)
{
#if defined(__x86_64__)
	if (record->arch == AUDIT_ARCH_I386)
		return kernel_has_i386() ? KERNEL_ASKED : KERNEL_ARCH;
	if (record->arch == AUDIT_ARCH_X86_64)
		return record->nr == KERNEL_NR_URETPROBE || record->nr == KERNEL_NR_UPROBE ? KERNEL_BYPASSED
											   : KERNEL_ASKED;
#endif
	return KERNEL_ARCH;
}
