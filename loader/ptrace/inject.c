/* SPDX-License-Identifier: MIT */
#include "loader/ptrace/inject.h"

#include <errno.h>

#if defined(__x86_64__)

#include "loader/kernel/regs.h"
#include "loader/ptrace/loop.h"

#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#ifndef PTRACE_O_SUSPEND_SECCOMP
#define PTRACE_O_SUSPEND_SECCOMP (1 << 21)
#endif

#define SYSCALL_STOP (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */
#define MASK_SIZE sizeof(uint64_t)    /* the kernel's sigset_t */
#define CALL_BYTES 2u
#define CODE_32 0x23 /* the code segment of 32-bit programs */
/* What a program may keep below its stack pointer (the ABI's red zone), and alignment. */
#define RED_ZONE 256u

static int set_options(const struct inject *inject, bool suspended)
{
	long options = TRACE_OPTIONS | PTRACE_O_EXITKILL | (suspended ? PTRACE_O_SUSPEND_SECCOMP : 0);

	return ptrace(PTRACE_SETOPTIONS, inject->tid, NULL, (void *)options) < 0 ? -errno : 0;
}

/*
 * To the next stop at a call. A task that ends instead is left for the loop to
 * reap.
 */
static int go_on(const struct inject *inject)
{
	siginfo_t info;
	int status;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, inject->tid, NULL, NULL) < 0)
			return -errno;
		memset(&info, 0, sizeof(info));
		while (waitid(P_PID, (id_t)inject->tid, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL) < 0)
			if (errno != EINTR)
				return -errno;
		if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
			return -ESRCH;
		if (waitpid(inject->tid, &status, __WALL) < 0)
			return -errno;
		if (status >> 8 == SYSCALL_STOP)
			return 0;
	}
}

int inject_begin(pid_t tid, bool suspend, struct inject *ret_inject)
{
	struct inject inject = { .tid = tid };
	static const uint8_t syscall64[CALL_BYTES] = { 0x0f, 0x05 }, int80[CALL_BYTES] = { 0xcd, 0x80 };
	uint64_t all = ~UINT64_C(0);
	long code;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &inject.regs) < 0 ||
	    ptrace(PTRACE_GETSIGMASK, tid, (void *)MASK_SIZE, &inject.mask) < 0)
		return -errno;
	inject.compat = inject.regs.cs == CODE_32;
	errno = 0;
	inject.text = code = ptrace(PTRACE_PEEKTEXT, tid, (void *)inject.regs.rip, NULL);
	if (errno)
		return -errno;
	memcpy(&code, inject.compat ? int80 : syscall64, CALL_BYTES);
	if (ptrace(PTRACE_POKETEXT, tid, (void *)inject.regs.rip, (void *)code) < 0 ||
	    ptrace(PTRACE_SETSIGMASK, tid, (void *)MASK_SIZE, &all) < 0)
		return -errno;
	inject.suspended = suspend && set_options(&inject, true) == 0;
	*ret_inject = inject;
	return 0;
}

static void set_call(struct user_regs_struct *regs, bool compat, long nr, const uint64_t args[6])
{
	regs->orig_rax = (unsigned long)-1; /* nothing to restart */
	regs->rax = (unsigned long)nr;
	regs_set_args(regs, compat, args);
}

int inject_call(struct inject *inject, long nr, const uint64_t args[6], int64_t *ret_result)
{
	struct user_regs_struct regs = inject->regs;

	set_call(&regs, inject->compat, nr, args);
	if (ptrace(PTRACE_SETREGS, inject->tid, NULL, &regs) < 0)
		return -errno;
	int r = go_on(inject);
	if (r == 0)
		r = go_on(inject);
	if (r == 0 && ptrace(PTRACE_GETREGS, inject->tid, NULL, &regs) < 0)
		r = -errno;
	if (r == 0)
		*ret_result = (int64_t)regs.rax;
	return r;
}

uint64_t inject_put(const struct inject *inject, const void *data, size_t len)
{
	uint64_t at = (inject->regs.rsp - RED_ZONE - len) & ~UINT64_C(15);
	struct iovec from = { .iov_base = (void *)data, .iov_len = len };
	struct iovec to = { .iov_base = (void *)(uintptr_t)at, .iov_len = len };

	if (process_vm_writev(inject->tid, &from, 1, &to, 1, 0) == (ssize_t)len)
		return at;
	/* Where that is not to be had (a container's own filter) words can be written. */
	for (size_t i = 0; i < len; i += sizeof(long)) {
		long word = 0;
		memcpy(&word, (const char *)data + i, len - i < sizeof(word) ? len - i : sizeof(word));
		if (ptrace(PTRACE_POKEDATA, inject->tid, (void *)(uintptr_t)(at + i), (void *)word) < 0)
			return 0;
	}
	return at;
}

uint64_t inject_ip(const struct inject *inject)
{
	return inject->regs.rip + CALL_BYTES;
}

int inject_end(struct inject *inject)
{
	int r = 0;

	if (inject->suspended)
		r = set_options(inject, false);
	if (ptrace(PTRACE_POKETEXT, inject->tid, (void *)inject->regs.rip, (void *)inject->text) < 0 ||
	    ptrace(PTRACE_SETREGS, inject->tid, NULL, &inject->regs) < 0 ||
	    ptrace(PTRACE_SETSIGMASK, inject->tid, (void *)MASK_SIZE, &inject->mask) < 0)
		r = -errno;
	return r;
}

#else

int inject_begin(pid_t tid, bool suspend, struct inject *ret_inject)
{
	return -EOPNOTSUPP;
}

int inject_call(struct inject *inject, long nr, const uint64_t args[6], int64_t *ret_result)
{
	return -EOPNOTSUPP;
}

uint64_t inject_put(const struct inject *inject, const void *data, size_t len)
{
	return 0;
}

uint64_t inject_ip(const struct inject *inject)
{
	return 0;
}

int inject_end(struct inject *inject)
{
	return -EOPNOTSUPP;
}

#endif
