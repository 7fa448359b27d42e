/* SPDX-License-Identifier: MIT */
#include "loader/kernel/ask.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#if defined(__x86_64__)

/* The registers that a record is made of. */
static void set_record(const struct tasks *tasks, const struct seccomp_data *d,
		       struct user_regs_struct *ret_regs)
{
	task_set_record(tasks, d, tasks_gadget(tasks, d->arch == AUDIT_ARCH_I386 ? TASK_INT80 : TASK_SYSCALL),
			ret_regs);
}

/* si_code of a SIGSYS that a filter sent (asm-generic/siginfo.h: SYS_SECCOMP) */
#define FROM_SECCOMP 1
#define STOP_BREAKPOINT SIGTRAP
#define STOP_SYSCALL (SIGTRAP | 0x80)
#define STOP_SECCOMP (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)

static int see_trap(pid_t task, struct kernel_seen *seen)
{
	siginfo_t info;

	if (ptrace(PTRACE_GETSIGINFO, task, NULL, &info) < 0)
		return -errno;
	if (info.si_code != FROM_SECCOMP)
		return -EPROTO;
	seen->value = SECCOMP_RET_TRAP | ((uint32_t)info.si_errno & SECCOMP_RET_DATA);
	seen->call_addr = (uint64_t)(uintptr_t)info.si_call_addr;
	seen->call_nr = info.si_syscall;
	seen->call_arch = info.si_arch;
	return 0;
}

static int see_trace(pid_t task, const struct pack *pack, struct kernel_seen *seen)
{
	unsigned long data;

	if (ptrace(PTRACE_GETEVENTMSG, task, NULL, &data) < 0)
		return -errno;
	seen->value = data == pack->marker ? SECCOMP_RET_ALLOW : SECCOMP_RET_TRACE | (uint32_t)data;
	return 0;
}

static int see_errno(pid_t task, struct kernel_seen *seen)
{
	errno = 0;
	long rax = ptrace(PTRACE_PEEKUSER, task, offsetof(struct user_regs_struct, rax), NULL);

	if (rax == -1 && errno)
		return -errno;
	/* int $0x80 leaves 32 bits */
	seen->value = SECCOMP_RET_ERRNO | ((uint32_t)-rax & SECCOMP_RET_DATA);
	return 0;
}

/*
 * The worker is dead. Of KILL_PROCESS its leader is dead or about to be: the
 * kernel marks all threads before the first one ends, and ptrace(2) knows marked
 * threads no more. KILL_THREAD leaves the leader where it stood.
 */
static int see_kill(struct pack *pack, int status, struct kernel_seen *seen)
{
	pack->worker = 0;
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		return -EINTR;
	errno = 0;
	ptrace(PTRACE_PEEKUSER, pack->leader, offsetof(struct user_regs_struct, rax), NULL);
	seen->value = errno ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_KILL_THREAD;
	if (!errno)
		return 0;
	task_reap(pack->leader);
	pack->leader = 0;
	return 0;
}

static int resume(struct tasks *tasks, pid_t task, int request, const struct user_regs_struct *regs,
		  int *ret_status)
{
	if (ptrace(PTRACE_SETREGS, task, NULL, regs) < 0)
		return -errno;
	return task_go(tasks, task, request, ret_status);
}

/*
 * One stop. Wherever the worker stood, its next registers are the record's:
 * behind the breakpoint, in a signal that is not delivered, or in the entry of
 * the call before, which its number -1 skips.
 */
int ask_fast(struct tasks *tasks, struct pack *pack, const struct seccomp_data *record,
	     struct kernel_seen *seen)
{
	struct user_regs_struct regs;
	int status, r;

	set_record(tasks, record, &regs);
	r = resume(tasks, pack->worker, PTRACE_CONT, &regs, &status);
	if (r < 0)
		return r;
	pack->in_call = false;
	if (!WIFSTOPPED(status))
		return see_kill(pack, status, seen);
	switch (status >> 8) {
	case STOP_SECCOMP:
		pack->in_call = true;
		return see_trace(pack->worker, pack, seen);
	case SIGSYS:
		return see_trap(pack->worker, seen);
	case STOP_BREAKPOINT:
		return see_errno(pack->worker, seen);
	}
	return -EPROTO;
}

static bool is_call_stop(int status)
{
	return WIFSTOPPED(status) && status >> 8 == STOP_SYSCALL;
}

/* To the entry of a call, from wherever the worker stands; out of the call that it is in, if any. */
static int enter(struct tasks *tasks, struct pack *pack, const struct user_regs_struct *gadget)
{
	int status, r = resume(tasks, pack->worker, PTRACE_SYSCALL, gadget, &status);

	if (r == 0 && pack->in_call && is_call_stop(status))
		r = task_go(tasks, pack->worker, PTRACE_SYSCALL, &status);
	return r < 0 ? r : is_call_stop(status) ? 0 : -EPROTO;
}

/* At the exit of a call: TRAP and KILL_PROCESS have sent their signal, which comes before all else. */
static int see_exit(struct tasks *tasks, struct pack *pack, const struct user_regs_struct *gadget,
		    struct kernel_seen *seen)
{
	struct __ptrace_peeksiginfo_args first = { .nr = 1 };
	siginfo_t info;
	int status;
	long pending = ptrace(PTRACE_PEEKSIGINFO, pack->worker, &first, &info);

	if (pending <= 0)
		return pending < 0 ? -errno : see_errno(pack->worker, seen);
	int r = resume(tasks, pack->worker, PTRACE_CONT, gadget, &status);
	if (r < 0)
		return r;
	if (!WIFSTOPPED(status))
		return see_kill(pack, status, seen);
	return status >> 8 == SIGSYS ? see_trap(pack->worker, seen) : -EPROTO;
}

/*
 * Three stops: entry, verdict, exit. At the entry all registers are free, and
 * the filters read them again.
 */
int ask_exact(struct tasks *tasks, struct pack *pack, const struct seccomp_data *record,
	      struct kernel_seen *seen)
{
	struct user_regs_struct gadget, regs;
	int status, r;

	set_record(tasks, record, &regs);
	gadget = regs;
	gadget.rax = SYS_getpid; /* harmless, should it ever run: it never does */
	r = enter(tasks, pack, &gadget);
	if (r < 0)
		return r;
	pack->in_call = false;
	regs.orig_rax = (uint32_t)record->nr;
	regs.rip = record->instruction_pointer;
	r = resume(tasks, pack->worker, PTRACE_SYSCALL, &regs, &status);
	if (r < 0)
		return r;
	if (!WIFSTOPPED(status))
		return see_kill(pack, status, seen);
	if (status >> 8 == STOP_SECCOMP) {
		pack->in_call = true;
		return see_trace(pack->worker, pack, seen);
	}
	return is_call_stop(status) ? see_exit(tasks, pack, &gadget, seen) : -EPROTO;
}

#endif
