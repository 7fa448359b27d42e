/* SPDX-License-Identifier: MIT */
#include "loader/kernel/turns.h"
#include "loader/kernel/behaviour.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/install.h"
#include "loader/kernel/tasks.h"
#include "vm/clock.h"
#include "vm/random.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)

/* Calls before the clock is read: what the switch to the task left cold. */
#define WARMUP 8
#define NOBODY 65534

struct turns {
	struct tasks *tasks;
	cpu_set_t before; /* the CPUs that the calling thread may use */
	bool pinned;
	double ns_a_tick;
	pid_t *started; /* those that are not dropped yet */
	size_t n_started, cap;
	pid_t spacer; /* see put_spacer(); 0: none yet */
	struct vd_random random;
};

/* --------------------------------------------------------------- clock -- */

struct instant {
	double ns;
	uint64_t ticks;
};

/* Both clocks at one time: the closest of some tries, as an interrupt may come between them. */
static struct instant read_clocks(void)
{
	struct instant best = { 0 };
	double gap = 0;

	for (int i = 0; i < 16; i++) {
		double before = (double)clock_ns();
		uint64_t ticks = __builtin_ia32_rdtsc();
		double after = (double)clock_ns();
		if (!i || after - before < gap) {
			gap = after - before;
			best = (struct instant){ (before + after) / 2, ticks };
		}
	}
	return best;
}

static double measure_tick(void)
{
	const struct timespec some = { 0, 50000000 };
	struct instant from = read_clocks();

	nanosleep(&some, NULL);
	struct instant to = read_clocks();
	return (to.ns - from.ns) / (double)(to.ticks - from.ticks);
}

/* -------------------------------------------------------------- family -- */

/* To the last CPU that we may use: the first ones serve most interrupts. */
static void pin(struct turns *turns)
{
	cpu_set_t one;

	if (sched_getaffinity(0, sizeof(turns->before), &turns->before) < 0)
		return;
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && !turns->pinned; cpu--) {
		if (!CPU_ISSET(cpu, &turns->before))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		turns->pinned = sched_setaffinity(0, sizeof(one), &one) == 0;
	}
}

int turns_new(struct turns **ret_turns)
{
	struct turns *turns;

	if (kernel_is_filtered())
		return -EBUSY;
	turns = calloc(1, sizeof(*turns));
	if (!turns)
		return -ENOMEM;
	turns->random.state = clock_ns();
	pin(turns);
	turns->ns_a_tick = measure_tick();
	int r = tasks_new(TASK_SHARED_MIN, &turns->tasks);
	if (r < 0) {
		turns_free(turns);
		return r;
	}
	*ret_turns = turns;
	return 0;
}

void turns_free(struct turns *turns)
{
	if (!turns)
		return;
	for (size_t i = 0; i < turns->n_started; i++) {
		task_kill(turns->started[i]);
		task_reap(turns->started[i]);
	}
	free(turns->started);
	tasks_free(turns->tasks);
	if (turns->pinned)
		sched_setaffinity(0, sizeof(turns->before), &turns->before);
	free(turns);
}

/* --------------------------------------------------------------- tasks -- */

static int do_call(struct turns *turns, pid_t task, long nr, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t args[6] = { a, b, c };
	long result = 0;
	int r = task_call(turns->tasks, task, nr, args, &result);

	return r < 0 ? r : (int)result;
}

/* Calls that run must find nothing to harm: no privileges, no descriptors to be had. */
static int disarm(struct turns *turns, pid_t task)
{
	const struct rlimit none = { 0, 0 };
	int r = prlimit(task, RLIMIT_NOFILE, &none, NULL) < 0 ? -errno : 0;

	if (r == 0)
		r = do_call(turns, task, SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0);
	if (r == 0 && geteuid() == 0) {
		r = do_call(turns, task, SYS_setgroups, 0, 0, 0);
		if (r == 0)
			r = do_call(turns, task, SYS_setresgid, NOBODY, NOBODY, NOBODY);
		if (r == 0)
			r = do_call(turns, task, SYS_setresuid, NOBODY, NOBODY, NOBODY);
	}
	return r;
}

static int install(struct turns *turns, pid_t task, const struct sock_filter *insns, size_t len)
{
	long result = 0;
	int r = task_install(turns->tasks, task, insns, len, &result);

	if (r < 0)
		return r;
	/* a filter that is there already answered for seccomp(2), or ended the task */
	return result == -ENOMEM ? -ENOMEM : result < 0 ? -EACCES : 0;
}

/* Room to remember one more. */
static int make_room(struct turns *turns)
{
	if (turns->n_started < turns->cap)
		return 0;
	size_t cap = turns->cap ? 2 * turns->cap : 64;
	pid_t *started = realloc(turns->started, cap * sizeof(*started));
	if (!started)
		return -ENOMEM;
	turns->started = started;
	turns->cap = cap;
	return 0;
}

static void end_task(struct turns *turns, pid_t task)
{
	task_kill(task);
	task_reap(task);
	for (size_t i = 0; i < turns->n_started; i++)
		if (turns->started[i] == task)
			turns->started[i--] = turns->started[--turns->n_started];
}

static int start_bare(struct turns *turns, pid_t *ret_task)
{
	pid_t task = 0;
	int r = make_room(turns);

	if (r == 0)
		r = task_clone(turns->tasks, tasks_root(turns->tasks), CLONE_VM | CLONE_PARENT, TASK_TEMPLATE,
			       &task);
	if (r < 0)
		return r;
	turns->started[turns->n_started++] = task;
	r = disarm(turns, task);
	if (r < 0)
		end_task(turns, task);
	else
		*ret_task = task;
	return r;
}

/* A spacer is at most about a kilobyte of machine code. */
#define SPACER_MAX 200u

static int install_spacer(struct turns *turns)
{
	struct sock_filter insns[SPACER_MAX];
	uint32_t len = 1 + vd_random_below(&turns->random, SPACER_MAX);

	for (uint32_t i = 0; i < len; i++)
		insns[i] = (struct sock_filter){ BPF_LD | BPF_IMM, 0, 0, i };
	insns[len - 1] = (struct sock_filter){ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	return install(turns, turns->spacer, insns, len);
}

/*
 * A program of any length, put between two of a stack in another task. Without
 * these the programs of all tasks lie in a row, and what one's place costs all
 * the others' cost too. They stay: memory that is given back while others are
 * installed is what the next ones are put in.
 */
static int put_spacer(struct turns *turns)
{
	int r = turns->spacer ? install_spacer(turns) : -ENOMEM;

	if (r != -ENOMEM)
		return r;
	/* as many as one task takes */
	r = start_bare(turns, &turns->spacer);
	return r < 0 ? r : install_spacer(turns);
}

static int install_all(struct turns *turns, pid_t task, const struct turn_filters *filters, bool spaced)
{
	static const struct sock_filter guard = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM };
	size_t n = filters->stack ? vd_stack_len(filters->stack) : 0;
	int r = 0;

	for (size_t i = 0; i < filters->copies * n && r == 0; i++) {
		const struct vd_prog *prog = vd_stack_prog(filters->stack, i % n);
		r = spaced ? put_spacer(turns) : 0;
		if (r == 0)
			r = install(turns, task, vd_prog_insns(prog), vd_prog_len(prog));
	}
	if (r == 0 && filters->flags & TURN_GUARDED)
		r = install(turns, task, &guard, 1);
	/* dead, or stopped by a signal */
	return r == -ESRCH ? -EACCES : r;
}

static int start_task(struct turns *turns, const struct turn_filters *filters, bool spaced, pid_t *ret_task)
{
	pid_t task = 0;
	int r = start_bare(turns, &task);

	if (r < 0)
		return r;
	r = install_all(turns, task, filters, spaced);
	if (r == 0)
		r = task_settle(turns->tasks, task);
	if (r < 0)
		end_task(turns, task);
	else
		*ret_task = task;
	return r;
}

int turns_task(struct turns *turns, const struct turn_filters *filters, unsigned n,
	       struct turn_task *ret_task)
{
	struct turn_task task = { .n = 0 };
	int r = 0;

	while (task.n < n && task.n < TURN_TASKS_MAX && r == 0) {
		r = start_task(turns, filters, n > 1, &task.ids[task.n]);
		task.n += r == 0;
	}
	if (r < 0)
		turns_drop(turns, &task);
	else
		*ret_task = task;
	return r;
}

void turns_drop(struct turns *turns, struct turn_task *task)
{
	for (unsigned i = 0; i < task->n; i++)
		end_task(turns, task->ids[i]);
	task->n = 0;
}

int turns_take(struct turns *turns, const struct turn_task *task, size_t turn, const struct turn_call *call,
	       double *ret_ns)
{
	const struct task_turn own = { .record = call->record, .warmup = WARMUP, .calls = call->times };
	uint64_t ticks;
	int status, r = task_turn(turns->tasks, task->ids[turn % task->n], &own, &ticks, &status);

	if (r == 0)
		*ret_ns = (double)ticks * turns->ns_a_tick / call->times;
	return r;
}

#else

int turns_new(struct turns **ret_turns)
{
	return -ENOEXEC;
}

void turns_free(struct turns *turns)
{
}

int turns_task(struct turns *turns, const struct turn_filters *filters, unsigned n,
	       struct turn_task *ret_task)
{
	return -ENOEXEC;
}

void turns_drop(struct turns *turns, struct turn_task *task)
{
}

int turns_take(struct turns *turns, const struct turn_task *task, size_t turn, const struct turn_call *call,
	       double *ret_ns)
{
	return -ENOEXEC;
}

#endif
