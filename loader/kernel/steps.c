/* SPDX-License-Identifier: MIT */
#include "loader/kernel/steps.h"
#include "loader/kernel/install.h"

#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)

#define WORKER_STACK 65536u

int steps_init(struct steps *steps)
{
	void *stack = mmap(NULL, WORKER_STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	*steps = (struct steps){ 0 };
	if (stack == MAP_FAILED)
		return -ENOMEM;
	steps->stack = stack;
	return 0;
}

void steps_done(struct steps *steps)
{
	gadgets_unmap(&steps->gadgets);
	gadget_slots_unmap(steps->slots);
	if (steps->stack)
		munmap(steps->stack, WORKER_STACK);
}

/* ------------------------------------------------------------------ */
/* The worker: shares the caller's memory, has filters of its own     */

/* seccomp(2) and exit(2) through the door, which every derivative leaves open. */
static long door_call(const struct steps *steps, int nr, uint64_t a, uint64_t b, uint64_t c)
{
	const struct seccomp_data call = { .nr = nr, .arch = AUDIT_ARCH_X86_64, .args = { a, b, c } };

	return gadget_call(gadget_slot(steps->slots, DOOR, false), &call);
}

static bool install_step(struct steps *steps)
{
	const struct step *step = &steps->items[steps->step];
	const struct parts *parts = &step->ask->parts;
	struct sock_fprog prog = { .len = (unsigned short)parts->lens[step->part],
				   .filter = parts->insns[step->part] };
	long r = door_call(steps, SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (uint64_t)(uintptr_t)&prog);

	/* several long ones may exceed the kernel's size limit, which begins anew with the next worker */
	if (r < 0 && !(r == -ENOMEM && steps->step > steps->first))
		steps->error = (int)-r;
	return r == 0;
}

/* Asks all records that are left for one part of their values. */
static void ask_step(struct steps *steps)
{
	const struct step step = steps->items[steps->step];
	const struct ask ask = *step.ask;
	const struct kernel_question question = *ask.question;
	const uintptr_t own[2] = { gadget_slot(steps->slots, ask.slot, false),
				   gadget_slot(steps->slots, ask.slot, true) };

	steps->asking = true;
	for (size_t i = steps->at; i < step.to; i++) {
		const struct seccomp_data *record = &question.records[ask.order[i]];
		uint32_t *value = &question.values[ask.order[i]];
		if (ask.killed[i])
			continue;
		steps->at = i; /* where it is killed, if it is */
		long r = gadget_call(ask.by_ip ? ask.entries[i] : own[record->arch == AUDIT_ARCH_I386],
				     record);
		*value = parts_add(&step.ask->parts, step.part, *value, r);
	}
	steps->asking = false;
	steps->at = step.to;
}

static void next_step(struct steps *steps)
{
	steps->step++;
	steps->at = steps->step < steps->n ? steps->items[steps->step].from : 0;
}

/*
 * Among equal actions the newest filter's data stands, so one worker can
 * install one derivative on top of the other.
 */
static int worker(void *arg)
{
	struct steps *steps = arg;
	/* a kill must not write a core file; a limit of one byte also stops core pipes */
	const struct rlimit no_core = { 1, 1 };

	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (!kernel_may_install())
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	while (steps->step < steps->n && install_step(steps)) {
		ask_step(steps);
		next_step(steps);
	}
	door_call(steps, SYS_exit, 0, 0, 0);
	return 0;
}

/* A worker's whole life. 0 or -errno. */
static int run_worker(struct steps *steps, int *ret_status)
{
	steps->first = steps->step;
	steps->asking = false;
	pid_t pid = clone(worker, (char *)steps->stack + WORKER_STACK,
			  CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_FS | SIGCHLD, steps);

	if (pid < 0)
		return -errno;
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* The question of a step whose derivative cannot be installed is over. */
static void give_up(struct steps *steps)
{
	struct ask *ask = steps->items[steps->step].ask;

	ask->question->error = -steps->error;
	steps->error = 0;
	while (steps->step < steps->n && steps->items[steps->step].ask == ask)
		next_step(steps);
}

/* What a worker's end before its last step tells. 0 or -errno. */
static int take_end(struct steps *steps, int status)
{
	bool killed = !WIFEXITED(status);

	if (killed && WTERMSIG(status) != SIGSYS)
		return -EINTR; /* from outside */
	if (killed && steps->asking) {
		steps->items[steps->step].ask->killed[steps->at++] = true;
		return 0;
	}
	if (killed)
		steps->error = EACCES; /* by a filter around this process, for installing one */
	if (steps->error)
		give_up(steps);
	return 0;
}

/* Runs workers until all steps are done; one that its filter kills has found a value 0. */
int steps_run(struct steps *steps)
{
	int r = 0;

	steps->step = 0;
	steps->at = steps->n ? steps->items[0].from : 0;
	while (steps->step < steps->n && r == 0) {
		int status = 0;
		r = run_worker(steps, &status);
		if (r < 0)
			break;
		if (steps->step < steps->n)
			r = take_end(steps, status);
	}
	steps->n = 0;
	steps->n_slots = 0;
	gadgets_unmap(&steps->gadgets);
	return r;
}

#endif
