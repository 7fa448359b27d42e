/* SPDX-License-Identifier: MIT */
#include "loader/kernel/tasks.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/regs.h"
#include "loader/kernel/watchdog.h"

#include <errno.h>
#include <linux/audit.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)

#define GADGET_SIZE 64u

#ifndef PTRACE_O_SUSPEND_SECCOMP
#define PTRACE_O_SUSPEND_SECCOMP (1 << 21)
#endif
#define WORKER_OPTIONS (PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD)
#define TEMPLATE_OPTIONS (WORKER_OPTIONS | PTRACE_O_TRACECLONE)

struct tasks {
	pid_t root; /* its id is also the family's process group */
	uint8_t *gadgets;
	void *shared;
	size_t shared_len, page;
	struct user_regs_struct regs;
	bool suspended;
	struct watchdog watchdog;
};

pid_t tasks_root(const struct tasks *tasks)
{
	return tasks->root;
}

uint64_t tasks_gadget(const struct tasks *tasks, enum task_gadget gadget)
{
	return (uint64_t)(uintptr_t)tasks->gadgets + (unsigned)gadget * GADGET_SIZE;
}

bool tasks_suspended(const struct tasks *tasks)
{
	return tasks->suspended;
}

/* --------------------------------------------------------------- waits -- */

static int reap(pid_t task, int *ret_status)
{
	int status;

	while (waitpid(task, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_status = status;
	return 0;
}

static bool is_stray(int status)
{
	/* the other signals that may be sent are blocked in the whole family */
	return WIFSTOPPED(status) && status >> 8 == SIGSTOP;
}

int task_go(struct tasks *tasks, pid_t task, int request, int *ret_status)
{
	int status = 0, r;

	if (ptrace(request, task, NULL, NULL) < 0)
		return -errno;
	watchdog_turn(&tasks->watchdog);
	while ((r = reap(task, &status)) == 0 && is_stray(status))
		ptrace(request, task, NULL, NULL);
	watchdog_turn(&tasks->watchdog);
	if (r == 0 && WIFSIGNALED(status) && watchdog_bit(&tasks->watchdog))
		r = -ETIMEDOUT;
	if (r == 0)
		*ret_status = status;
	return r;
}

void task_reap(pid_t task)
{
	int status;

	while (task > 0 && reap(task, &status) == 0 && WIFSTOPPED(status))
		;
}

void task_kill(pid_t task)
{
	siginfo_t news;

	/* one that was reaped has no id any more: it may be somebody else's */
	if (task > 0 &&
	    waitid(P_PID, (id_t)task, &news, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) == 0)
		kill(task, SIGKILL);
}

/* --------------------------------------------------------------- calls -- */

static bool is_breakpoint(int status)
{
	return WIFSTOPPED(status) && status >> 8 == SIGTRAP;
}

/* Runs to the breakpoint behind the call; *child (may be NULL) is a task that it made. */
static int run_call(struct tasks *tasks, pid_t task, const struct user_regs_struct *regs, pid_t *child)
{
	int status, r;

	if (ptrace(PTRACE_SETREGS, task, NULL, regs) < 0)
		return -errno;
	r = task_go(tasks, task, PTRACE_CONT, &status);
	if (r == 0 && child && WIFSTOPPED(status) && status >> 8 == (SIGTRAP | PTRACE_EVENT_CLONE << 8)) {
		unsigned long id = 0;
		if (ptrace(PTRACE_GETEVENTMSG, task, NULL, &id) < 0)
			return -errno;
		*child = (pid_t)id;
		r = task_go(tasks, task, PTRACE_CONT, &status);
	}
	return r < 0 ? r : is_breakpoint(status) ? 0 : -ESRCH;
}

static void set_call(const struct tasks *tasks, long nr, const uint64_t args[6],
		     struct user_regs_struct *ret_regs)
{
	*ret_regs = tasks->regs;
	ret_regs->rip = tasks_gadget(tasks, TASK_DOOR);
	ret_regs->orig_rax = (unsigned long)-1; /* no call to restart */
	ret_regs->rax = (unsigned long)nr;
	regs_set_args(ret_regs, false, args);
}

int task_call(struct tasks *tasks, pid_t task, long nr, const uint64_t args[6], long *ret_result)
{
	struct user_regs_struct regs;

	set_call(tasks, nr, args, &regs);
	int r = run_call(tasks, task, &regs, NULL);
	if (r < 0)
		return r;
	if (ptrace(PTRACE_GETREGS, task, NULL, &regs) < 0)
		return -errno;
	*ret_result = (long)regs.rax;
	return 0;
}

void task_set_record(const struct tasks *tasks, const struct seccomp_data *d, uint64_t rip,
		     struct user_regs_struct *ret_regs)
{
	struct user_regs_struct regs = tasks->regs;
	uint64_t args[6];

	regs.rip = rip;
	regs.orig_rax = (unsigned long)-1; /* no call to restart; skips the one that the task is in */
	regs.rax = (uint32_t)d->nr;
	memcpy(args, d->args, sizeof(args));
	regs_set_args(&regs, d->arch == AUDIT_ARCH_I386, args);
	*ret_regs = regs;
}

struct shared {
	struct sock_fprog prog;
	struct sock_filter insns[BPF_MAXINSNS];
};

_Static_assert(sizeof(struct shared) <= TASK_SHARED_MIN, "TASK_SHARED_MIN");

int task_install(struct tasks *tasks, pid_t task, const struct sock_filter *insns, size_t len,
		 long *ret_result)
{
	struct shared *shared = tasks->shared;
	const uint64_t args[6] = { SECCOMP_SET_MODE_FILTER, 0, (uint64_t)(uintptr_t)&shared->prog };

	if (len)
		memcpy(shared->insns, insns, (len < BPF_MAXINSNS ? len : BPF_MAXINSNS) * sizeof(*insns));
	shared->prog = (struct sock_fprog){ .len = (unsigned short)len, .filter = shared->insns };
	return task_call(tasks, task, SYS_seccomp, args, ret_result);
}

int task_turn(struct tasks *tasks, pid_t task, const struct task_turn *turn, uint64_t *ret_ticks,
	      int *ret_status)
{
	struct user_regs_struct regs;
	bool int80 = turn->record->arch == AUDIT_ARCH_I386;
	int status;

	task_set_record(tasks, turn->record, tasks_gadget(tasks, int80 ? TASK_TURN80 : TASK_TURN), &regs);
	regs.r12 = turn->calls;
	regs.r13 = regs.rax;
	regs.r14 = turn->warmup;
	if (ptrace(PTRACE_SETREGS, task, NULL, &regs) < 0)
		return -errno;
	int r = task_go(tasks, task, PTRACE_CONT, &status);
	if (r < 0)
		return r;
	*ret_status = status;
	if (!is_breakpoint(status))
		return -ECANCELED;
	errno = 0;
	long ticks = ptrace(PTRACE_PEEKUSER, task, offsetof(struct user_regs_struct, rax), NULL);
	if (errno)
		return -errno;
	*ret_ticks = (uint64_t)ticks;
	return 0;
}

static int set_kind(const struct tasks *tasks, pid_t task, enum task_kind kind)
{
	long options = kind == TASK_WORKER ? WORKER_OPTIONS : TEMPLATE_OPTIONS;

	if (kind == TASK_TEMPLATE && tasks->suspended)
		options |= PTRACE_O_SUSPEND_SECCOMP;
	return ptrace(PTRACE_SETOPTIONS, task, NULL, (void *)options) < 0 ? -errno : 0;
}

int task_settle(struct tasks *tasks, pid_t task)
{
	return set_kind(tasks, task, TASK_WORKER);
}

int task_clone(struct tasks *tasks, pid_t task, unsigned long flags, enum task_kind kind, pid_t *ret_child)
{
	const uint64_t args[6] = { flags };
	struct user_regs_struct regs;
	pid_t child = 0;
	int status;

	set_call(tasks, SYS_clone, args, &regs);
	int r = run_call(tasks, task, &regs, &child);
	if (!child)
		return r < 0 ? r : -EAGAIN;
	/* its first stop: the SIGSTOP that every task begins with whose maker is traced */
	int first = reap(child, &status);
	r = r < 0 ? r : first < 0 ? first : WIFSTOPPED(status) ? set_kind(tasks, child, kind) : -ESRCH;
	if (r < 0) {
		task_kill(child);
		task_reap(child);
		return r;
	}
	*ret_child = child;
	return 0;
}

/* ---------------------------------------------------------------- root -- */

/*
 * A turn: r13 is the call's number, r14 how often it is made before the clock
 * is read, r12 how often then; rdx is kept where rdtsc writes. rax is the time
 * at the end. Of the registers used neither way into the kernel changes any.
 */
#define TURN(...)                                                         \
	{                                                                 \
		0x4c, 0x89, 0xe8,		/* 1: mov %r13, %rax */   \
			__VA_ARGS__,		/* the call: two bytes */ \
			0x49, 0xff, 0xce,	/* dec %r14 */            \
			0x75, 0xf6,		/* jnz 1b */              \
			0x49, 0x89, 0xd7,	/* mov %rdx, %r15 */      \
			0x0f, 0xae, 0xe8,	/* lfence */              \
			0x0f, 0x31,		/* rdtsc */               \
			0x48, 0xc1, 0xe2, 0x20, /* shl $32, %rdx */       \
			0x48, 0x09, 0xd0,	/* or %rdx, %rax */       \
			0x49, 0x89, 0xc6,	/* mov %rax, %r14 */      \
			0x4c, 0x89, 0xfa,	/* mov %r15, %rdx */      \
			0x4c, 0x89, 0xe8,	/* 2: mov %r13, %rax */   \
			__VA_ARGS__,		/* the call */            \
			0x49, 0xff, 0xcc,	/* dec %r12 */            \
			0x75, 0xf6,		/* jnz 2b */              \
			0x0f, 0x31,		/* rdtsc */               \
			0x48, 0xc1, 0xe2, 0x20, /* shl $32, %rdx */       \
			0x48, 0x09, 0xd0,	/* or %rdx, %rax */       \
			0x4c, 0x29, 0xf0,	/* sub %r14, %rax */      \
			0xcc,			/* int3 */                \
	}

static const uint8_t by_syscall[] = { 0x0f, 0x05, 0xcc }, by_int80[] = { 0xcd, 0x80, 0xcc };
static const uint8_t turn_syscall[] = TURN(0x0f, 0x05), turn_int80[] = TURN(0xcd, 0x80);

static const struct {
	const uint8_t *code;
	size_t len;
} gadgets[TASK_GADGETS] = {
	[TASK_SYSCALL] = { by_syscall, sizeof(by_syscall) },
	[TASK_INT80] = { by_int80, sizeof(by_int80) },
	[TASK_DOOR] = { by_syscall, sizeof(by_syscall) },
	[TASK_TURN] = { turn_syscall, sizeof(turn_syscall) },
	[TASK_TURN80] = { turn_int80, sizeof(turn_int80) },
};

_Static_assert(sizeof(turn_int80) <= GADGET_SIZE, "gadgets do not overlap");

static int map_memory(struct tasks *tasks, size_t shared_len)
{
	tasks->page = (size_t)sysconf(_SC_PAGESIZE);
	tasks->shared_len = shared_len;
	tasks->gadgets = mmap(NULL, tasks->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tasks->gadgets == MAP_FAILED) {
		tasks->gadgets = NULL;
		return -errno;
	}
	for (unsigned i = 0; i < TASK_GADGETS; i++)
		memcpy(tasks->gadgets + i * GADGET_SIZE, gadgets[i].code, gadgets[i].len);
	if (mprotect(tasks->gadgets, tasks->page, PROT_READ | PROT_EXEC) < 0)
		return -errno;
	tasks->shared = mmap(NULL, shared_len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tasks->shared == MAP_FAILED) {
		tasks->shared = NULL;
		return -errno;
	}
	return 0;
}

/* What runs in the root before it stops for good. Exits with an errno. */
static void run_root(pid_t parent)
{
	const struct rlimit no_core = { 0, 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(ESRCH);
	setpgid(0, 0); /* out of the terminal's reach */
	/* kills dump no core; of old kernels a dump also kills whoever shares the memory */
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* ends of pipes that others wait for the end of */
#ifdef SYS_close_range
	syscall(SYS_close_range, 0, ~0u, 0);
#endif
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(errno);
	for (;;)
		kill(getpid(), SIGSTOP);
}

/* Signals that come from faults and breakpoints stay open: blocked, they would kill. */
static void fill_mask(sigset_t *ret_mask)
{
	sigfillset(ret_mask);
	sigdelset(ret_mask, SIGSYS);
	sigdelset(ret_mask, SIGTRAP);
	sigdelset(ret_mask, SIGSEGV);
	sigdelset(ret_mask, SIGILL);
	sigdelset(ret_mask, SIGBUS);
}

static int start_root(struct tasks *tasks)
{
	pid_t parent = getpid();
	sigset_t mask, old;
	int status;

	kernel_keep_children();
	fill_mask(&mask);
	pthread_sigmask(SIG_BLOCK, &mask, &old);
	pid_t root = fork();
	int error = errno;
	if (root == 0)
		run_root(parent);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (root < 0)
		return -error;
	setpgid(root, root);
	int r = reap(root, &status);
	if (r < 0)
		return r;
	if (!WIFSTOPPED(status))
		return WIFEXITED(status) && WEXITSTATUS(status) ? -WEXITSTATUS(status) : -ESRCH;
	tasks->root = root;
	return 0;
}

static int take_root(struct tasks *tasks)
{
	tasks->suspended = true;
	if (set_kind(tasks, tasks->root, TASK_TEMPLATE) < 0) {
		tasks->suspended = false;
		int r = set_kind(tasks, tasks->root, TASK_TEMPLATE);
		if (r < 0)
			return r;
	}
	return ptrace(PTRACE_GETREGS, tasks->root, NULL, &tasks->regs) < 0 ? -errno : 0;
}

int tasks_new(size_t shared_len, struct tasks **ret_tasks)
{
	struct tasks *tasks = calloc(1, sizeof(*tasks));

	if (!tasks)
		return -ENOMEM;
	int r = map_memory(tasks, shared_len);
	if (r == 0)
		r = start_root(tasks);
	if (r == 0)
		r = take_root(tasks);
	if (r == 0)
		r = watchdog_start(&tasks->watchdog, tasks->root);
	if (r < 0) {
		tasks_free(tasks);
		return r;
	}
	*ret_tasks = tasks;
	return 0;
}

void tasks_free(struct tasks *tasks)
{
	if (!tasks)
		return;
	watchdog_stop(&tasks->watchdog);
	if (tasks->root) {
		kill(-tasks->root, SIGKILL);
		task_reap(tasks->root);
	}
	if (tasks->shared)
		munmap(tasks->shared, tasks->shared_len);
	if (tasks->gadgets)
		munmap(tasks->gadgets, tasks->page);
	free(tasks);
}

#endif
