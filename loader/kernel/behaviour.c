/* SPDX-License-Identifier: MIT */
#include "loader/kernel/behaviour.h"
#include "loader/kernel/door.h"
#include "loader/kernel/install.h"
#include "loader/kernel/tasks.h"

#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

uint32_t kernel_experience(uint32_t ret)
{
	uint32_t value = vd_effective(ret);

	/* 0x7ff1 to 0x7ffb, 0x7ffd and 0x7ffe are no actions, but they too are weaker than our TRACE */
	if ((int32_t)(ret & SECCOMP_RET_ACTION_FULL) > (int32_t)SECCOMP_RET_TRACE)
		return SECCOMP_RET_ALLOW;
	return value == SECCOMP_RET_USER_NOTIF ? SECCOMP_RET_ERRNO | ENOSYS : value;
}

const char *kernel_behaviour_explain(int error)
{
	switch (-error) {
	case EPERM:
	case EACCES:
		return "this process may not trace its own children (kernel.yama.ptrace_scope, or a filter around it)";
	case EBUSY:
		return "this process runs under a filter itself (a container's?), which would judge the records too";
	case ENOTSUP:
		return "this machine is not x86-64";
	case E2BIG:
		return "a program leaves no room for the four instructions that are needed without CAP_SYS_ADMIN";
	case ENOMEM:
		return "with one filter more the stack exceeds the kernel's size limit, or memory is short";
	case ETIMEDOUT:
		return "a task did not stop in time";
	case ESRCH:
	case EINTR:
		return "a task was killed from outside";
	case ENOSYS:
	case EINVAL:
		return "this kernel, or a filter around this process, has no seccomp filters";
	}
	return strerror(-error);
}

#if defined(__x86_64__)

#define MARKERS 2u

/* The file's programs as they go into the kernel. */
struct image {
	struct sock_filter *insns;
	size_t len;
};

/* A stack in the kernel, on top of one marker. */
struct pack {
	uint16_t marker;
	pid_t template; /* has the filters, and lends them; 0: there is none */
	pid_t leader;   /* of the process that is asked; its thread worker makes the calls */
	pid_t worker;
	bool in_call;   /* the worker stands in a call, at the stop of TRACE */
};

struct kernel_behaviour {
	struct tasks *tasks;
	struct image *images; /* the loaded stack's */
	size_t n;
	bool loads_ip;
	bool computes; /* some program may return what no RET K says: its TRACE data is not known */
	struct pack packs[MARKERS];
};

#define PROG_MAX BPF_MAXINSNS

/* What the family shares: the argument of seccomp(2). */
struct shared {
	struct sock_fprog prog;
	struct sock_filter insns[PROG_MAX];
};

int kernel_behaviour_new(struct kernel_behaviour **ret_behaviour)
{
	struct kernel_behaviour *behaviour;
	int r;

	if (kernel_is_filtered())
		return -EBUSY;
	behaviour = calloc(1, sizeof(*behaviour));
	if (!behaviour)
		return -ENOMEM;
	r = tasks_new(sizeof(struct shared), &behaviour->tasks);
	if (r < 0) {
		kernel_behaviour_free(behaviour);
		return r;
	}
	*ret_behaviour = behaviour;
	return 0;
}

bool kernel_behaviour_unchanged(const struct kernel_behaviour *behaviour)
{
	return tasks_suspended(behaviour->tasks);
}

/* --------------------------------------------------------------- packs -- */

static void drop_process(struct pack *pack)
{
	task_kill(pack->leader);
	task_reap(pack->worker);
	task_reap(pack->leader);
	pack->worker = pack->leader = 0;
}

static void drop_pack(struct pack *pack)
{
	drop_process(pack);
	task_kill(pack->template);
	task_reap(pack->template);
	pack->template = 0;
}

/* One seccomp(2) or prctl(2) of a template. */
static int call_in(struct kernel_behaviour *behaviour, pid_t task, long nr, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t args[6] = { a, b, c };
	long result;
	int r = task_call(behaviour->tasks, task, nr, args, &result);

	return r < 0 ? r : (int)result;
}

static int install(struct kernel_behaviour *behaviour, pid_t task, const struct image *image)
{
	struct shared *shared = tasks_shared(behaviour->tasks);

	memcpy(shared->insns, image->insns, image->len * sizeof(*image->insns));
	shared->prog = (struct sock_fprog){ .len = (unsigned short)image->len, .filter = shared->insns };
	return call_in(behaviour, task, SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (uint64_t)(uintptr_t)&shared->prog);
}

static int install_guard(struct kernel_behaviour *behaviour, pid_t task, uint16_t marker)
{
	struct sock_filter guard[KERNEL_DOOR_LEN + 1] = { 0 };
	struct image image = { .insns = guard, .len = 1 };

	if (!tasks_suspended(behaviour->tasks)) {
		kernel_door(tasks_gadget(behaviour->tasks, TASK_DOOR) + KERNEL_CALL_BYTES, guard);
		image.len += KERNEL_DOOR_LEN;
	}
	guard[image.len - 1] = (struct sock_filter){ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRACE | marker };
	return install(behaviour, task, &image);
}

static int make_template(struct kernel_behaviour *behaviour, struct pack *pack)
{
	struct tasks *tasks = behaviour->tasks;
	int r = task_clone(tasks, tasks_root(tasks), CLONE_VM | CLONE_PARENT, TASK_TEMPLATE, &pack->template);

	if (r == 0 && !kernel_may_install())
		r = call_in(behaviour, pack->template, SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0);
	if (r == 0)
		r = install_guard(behaviour, pack->template, pack->marker);
	for (size_t i = 0; i < behaviour->n && r == 0; i++)
		r = install(behaviour, pack->template, &behaviour->images[i]);
	if (r < 0)
		drop_pack(pack);
	return r;
}

/* A worker that can be asked: after a kill what is missing is cloned anew. */
static int make_worker(struct kernel_behaviour *behaviour, struct pack *pack)
{
	int r = 0;

	if (!pack->template)
		r = make_template(behaviour, pack);
	if (r == 0 && !pack->leader)
		r = task_clone(behaviour->tasks, pack->template, CLONE_VM | CLONE_PARENT, TASK_TEMPLATE, &pack->leader);
	if (r == 0 && !pack->worker) {
		r = task_clone(behaviour->tasks, pack->leader, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, TASK_WORKER,
			       &pack->worker);
		pack->in_call = false;
	}
	return r;
}

/* -------------------------------------------------------------- stacks -- */

static void forget_images(struct kernel_behaviour *behaviour)
{
	for (size_t i = 0; i < behaviour->n; i++)
		free(behaviour->images[i].insns);
	free(behaviour->images);
	behaviour->images = NULL;
	behaviour->n = 0;
}

void kernel_behaviour_free(struct kernel_behaviour *behaviour)
{
	if (!behaviour)
		return;
	for (unsigned i = 0; i < MARKERS; i++)
		drop_pack(&behaviour->packs[i]);
	forget_images(behaviour);
	tasks_free(behaviour->tasks);
	free(behaviour);
}

static int add_image(struct kernel_behaviour *behaviour, const struct vd_prog *prog)
{
	size_t door = tasks_suspended(behaviour->tasks) ? 0 : KERNEL_DOOR_LEN, len = vd_prog_len(prog) + door;
	struct sock_filter *insns;

	if (len > PROG_MAX)
		return -E2BIG;
	insns = malloc(len * sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	if (door)
		kernel_door(tasks_gadget(behaviour->tasks, TASK_DOOR) + KERNEL_CALL_BYTES, insns);
	memcpy(insns + door, vd_prog_insns(prog), (len - door) * sizeof(*insns));
	behaviour->images[behaviour->n++] = (struct image){ .insns = insns, .len = len };
	return 0;
}

/* Notes which TRACE data a program returns. */
static void note_returns(struct kernel_behaviour *behaviour, const struct vd_prog *prog, uint8_t *used)
{
	const struct sock_filter *insns = vd_prog_insns(prog);

	for (size_t pc = 0; pc < vd_prog_len(prog); pc++) {
		if (insns[pc].code == (BPF_RET | BPF_A))
			behaviour->computes = true;
		if (insns[pc].code == (BPF_RET | BPF_K) &&
		    (insns[pc].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE)
			used[(insns[pc].k & SECCOMP_RET_DATA) / 8] |= (uint8_t)(1u << insns[pc].k % 8);
	}
}

/* Markers that no RET K says: a stack's programs have fewer than 65,534. */
static void choose_markers(struct kernel_behaviour *behaviour, const uint8_t *used)
{
	uint16_t marker = 0xffff;

	for (unsigned i = 0; i < MARKERS; i++, marker--) {
		while (marker && used[marker / 8] >> marker % 8 & 1)
			marker--;
		behaviour->packs[i].marker = marker;
	}
}

int kernel_behaviour_load(struct kernel_behaviour *behaviour, const struct vd_stack *stack)
{
	uint8_t used[65536 / 8] = { 0 };
	size_t n = vd_stack_len(stack);
	int r = 0;

	for (unsigned i = 0; i < MARKERS; i++)
		drop_pack(&behaviour->packs[i]);
	forget_images(behaviour);
	behaviour->loads_ip = behaviour->computes = false;
	behaviour->images = calloc(n ? n : 1, sizeof(*behaviour->images));
	if (!behaviour->images)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct vd_prog *prog = vd_stack_prog(stack, i);
		r = add_image(behaviour, prog);
		note_returns(behaviour, prog, used);
		behaviour->loads_ip |= kernel_loads_ip(prog);
	}
	choose_markers(behaviour, used);
	return r < 0 ? r : make_template(behaviour, &behaviour->packs[0]);
}

/* -------------------------------------------------------------- asking -- */

/* The registers that a record is made of. */
static void set_record(const struct kernel_behaviour *behaviour, const struct seccomp_data *d,
		       struct user_regs_struct *ret_regs)
{
	struct user_regs_struct regs = *tasks_regs(behaviour->tasks);
	bool int80 = d->arch == AUDIT_ARCH_I386;

	regs.rip = tasks_gadget(behaviour->tasks, int80 ? TASK_INT80 : TASK_SYSCALL);
	regs.orig_rax = (unsigned long)-1; /* no call to restart; skips the one that the task is in */
	regs.rax = (uint32_t)d->nr;
	if (int80) {
		regs.rbx = d->args[0];
		regs.rcx = d->args[1];
		regs.rdx = d->args[2];
		regs.rsi = d->args[3];
		regs.rdi = d->args[4];
		regs.rbp = d->args[5];
	} else {
		regs.rdi = d->args[0];
		regs.rsi = d->args[1];
		regs.rdx = d->args[2];
		regs.r10 = d->args[3];
		regs.r8 = d->args[4];
		regs.r9 = d->args[5];
	}
	*ret_regs = regs;
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

static int resume(struct kernel_behaviour *behaviour, pid_t task, int request,
		  const struct user_regs_struct *regs, int *ret_status)
{
	if (ptrace(PTRACE_SETREGS, task, NULL, regs) < 0 || ptrace(request, task, NULL, NULL) < 0)
		return -errno;
	return task_wait(behaviour->tasks, task, ret_status);
}

/*
 * One stop. Wherever the worker stood, its next registers are the record's:
 * behind the breakpoint, in a signal that is not delivered, or in the entry of
 * the call before, which its number -1 skips.
 */
static int ask_fast(struct kernel_behaviour *behaviour, struct pack *pack, const struct seccomp_data *record,
		    struct kernel_seen *seen)
{
	struct user_regs_struct regs;
	int status, r;

	set_record(behaviour, record, &regs);
	r = resume(behaviour, pack->worker, PTRACE_CONT, &regs, &status);
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

static int resume_call(struct kernel_behaviour *behaviour, pid_t task, int *ret_status)
{
	if (ptrace(PTRACE_SYSCALL, task, NULL, NULL) < 0)
		return -errno;
	return task_wait(behaviour->tasks, task, ret_status);
}

static bool is_call_stop(int status)
{
	return WIFSTOPPED(status) && status >> 8 == STOP_SYSCALL;
}

/* To the entry of a call, from wherever the worker stands; out of the call that it is in, if any. */
static int enter(struct kernel_behaviour *behaviour, struct pack *pack, const struct user_regs_struct *gadget)
{
	int status, r = resume(behaviour, pack->worker, PTRACE_SYSCALL, gadget, &status);

	if (r == 0 && pack->in_call && is_call_stop(status))
		r = resume_call(behaviour, pack->worker, &status);
	return r < 0 ? r : is_call_stop(status) ? 0 : -EPROTO;
}

/* At the exit of a call: TRAP and KILL_PROCESS have sent their signal, which comes before all else. */
static int see_exit(struct kernel_behaviour *behaviour, struct pack *pack, const struct user_regs_struct *gadget,
		    struct kernel_seen *seen)
{
	struct __ptrace_peeksiginfo_args first = { .nr = 1 };
	siginfo_t info;
	int status;
	long pending = ptrace(PTRACE_PEEKSIGINFO, pack->worker, &first, &info);

	if (pending <= 0)
		return pending < 0 ? -errno : see_errno(pack->worker, seen);
	int r = resume(behaviour, pack->worker, PTRACE_CONT, gadget, &status);
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
static int ask_exact(struct kernel_behaviour *behaviour, struct pack *pack, const struct seccomp_data *record,
		     struct kernel_seen *seen)
{
	struct user_regs_struct gadget, regs;
	int status, r;

	set_record(behaviour, record, &regs);
	gadget = regs;
	gadget.rax = SYS_getpid; /* harmless, should it ever run: it never does */
	r = enter(behaviour, pack, &gadget);
	if (r < 0)
		return r;
	pack->in_call = false;
	regs.orig_rax = (uint32_t)record->nr;
	regs.rip = record->instruction_pointer;
	r = resume(behaviour, pack->worker, PTRACE_SYSCALL, &regs, &status);
	if (r < 0)
		return r;
	if (!WIFSTOPPED(status))
		return see_kill(pack, status, seen);
	if (status >> 8 == STOP_SECCOMP) {
		pack->in_call = true;
		return see_trace(pack->worker, pack, seen);
	}
	return is_call_stop(status) ? see_exit(behaviour, pack, &gadget, seen) : -EPROTO;
}

/* ------------------------------------------------------------- records -- */

struct question {
	const struct seccomp_data *records;
	size_t n;
	bool exact;
	struct kernel_seen *seen;
};

static int ask_one(struct kernel_behaviour *behaviour, struct pack *pack, const struct question *question, size_t i)
{
	int r = make_worker(behaviour, pack);

	if (r < 0)
		return r;
	return (question->exact ? ask_exact : ask_fast)(behaviour, pack, &question->records[i], &question->seen[i]);
}

/* A record whose call comes from the door's address would be let through. */
static bool at_door(const struct kernel_behaviour *behaviour, const struct seccomp_data *record)
{
	return !tasks_suspended(behaviour->tasks) &&
	       (uint32_t)record->instruction_pointer ==
		       (uint32_t)(tasks_gadget(behaviour->tasks, TASK_DOOR) + KERNEL_CALL_BYTES);
}

static int ask_all(struct kernel_behaviour *behaviour, const struct question *question)
{
	int r = 0;

	for (size_t i = 0; i < question->n && r == 0; i++) {
		struct kernel_seen *seen = &question->seen[i];
		*seen = (struct kernel_seen){ .asked = kernel_askable(&question->records[i]) };
		if (question->exact && seen->asked == KERNEL_ASKED && at_door(behaviour, &question->records[i]))
			seen->asked = KERNEL_ADDRESS;
		if (seen->asked == KERNEL_ASKED)
			r = ask_one(behaviour, &behaviour->packs[0], question, i);
	}
	return r;
}

/*
 * A program that computes what it returns may return TRACE with our marker as
 * its data: what seems to run is asked again above another marker.
 */
static int ask_again(struct kernel_behaviour *behaviour, const struct question *question)
{
	int r = 0;

	for (size_t i = 0; i < question->n && r == 0; i++) {
		struct kernel_seen *seen = &question->seen[i];
		if (seen->asked == KERNEL_ASKED && seen->value == SECCOMP_RET_ALLOW)
			r = ask_one(behaviour, &behaviour->packs[1], question, i);
	}
	return r;
}

int kernel_behaviour_ask(struct kernel_behaviour *behaviour, const struct seccomp_data *records, size_t n,
			 enum kernel_mode mode, struct kernel_seen *ret_seen)
{
	const struct question question = {
		.records = records,
		.n = n,
		.exact = mode == KERNEL_EXACT || (mode == KERNEL_AUTO && behaviour->loads_ip),
		.seen = ret_seen,
	};
	int r = ask_all(behaviour, &question);

	if (r == 0 && behaviour->computes)
		r = ask_again(behaviour, &question);
	return r;
}

#else

int kernel_behaviour_new(struct kernel_behaviour **ret_behaviour)
{
	return -ENOTSUP;
}

void kernel_behaviour_free(struct kernel_behaviour *behaviour)
{
}

bool kernel_behaviour_unchanged(const struct kernel_behaviour *behaviour)
{
	return false;
}

int kernel_behaviour_load(struct kernel_behaviour *behaviour, const struct vd_stack *stack)
{
	return -ENOTSUP;
}

int kernel_behaviour_ask(struct kernel_behaviour *behaviour, const struct seccomp_data *records, size_t n,
			 enum kernel_mode mode, struct kernel_seen *ret_seen)
{
	return -ENOTSUP;
}

#endif
