/* SPDX-License-Identifier: MIT */
#include "loader/scenario/target.h"
#include "loader/supervise/family.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)

#define STACK_SIZE 16384
#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

/* The other thread lives on the first one's thread-local storage: nothing there for a sanitizer. */
#define BARE __attribute__((no_sanitize("address", "undefined")))

static struct target_memory *memory; /* the target's own copy of the address */

static int64_t call64(uint64_t nr, const uint64_t args[6])
{
	register uint64_t r10 __asm__("r10") = args[3];
	register uint64_t r8 __asm__("r8") = args[4];
	register uint64_t r9 __asm__("r9") = args[5];
	int64_t result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static int64_t call32(uint64_t nr, const uint64_t args[6])
{
	register uint64_t r12 __asm__("r12") = args[5];
	int64_t result;

	/* below what the compiler may keep under the stack pointer */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "push %%rbp\n\t"
			 "mov %%r12, %%rbp\n\t"
			 "int $0x80\n\t"
			 "pop %%rbp\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "=a"(result)
			 : "a"(nr), "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]), "D"(args[4]),
			   "r"(r12)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int32_t)result;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	struct target_step *step = &memory->steps[atomic_load(&memory->at)];

	atomic_store(&step->caught, sig);
	if (sig != SIGSYS || info->si_code != SYS_SECCOMP)
		return;
	step->trap_data = info->si_errno;
	step->trap_nr = info->si_syscall;
	step->trap_arch = info->si_arch;
	atomic_fetch_add(&step->traps, 1);
}

static bool wants_traps(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->n; i++)
		if (scenario->steps[i].traps)
			return true;
	return false;
}

static void set_signals(const struct scenario *scenario)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO, .sa_sigaction = on_signal };
	sigset_t none;

	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL);
	if (wants_traps(scenario))
		sigaction(SIGSYS, &action, NULL);
	for (size_t i = 0; i < scenario->n_handlers; i++) {
		action.sa_flags = SA_SIGINFO | (scenario->handlers[i].restart ? SA_RESTART : 0);
		sigaction(scenario->handlers[i].signal, &action, NULL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

BARE static int other_thread(void *userdata)
{
	struct target_memory *shared = userdata;

	for (;;) {
		while (!atomic_load(&shared->change))
			__builtin_ia32_pause();
		for (size_t i = 0; i < shared->change_len; i++)
			((volatile char *)shared->change_to)[i] = shared->change_from[i];
		atomic_store(&shared->change, false);
	}
	return 0;
}

static int set_up(struct target_memory *shared)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	const struct rlimit no_core = { 0, 0 };

	memory = shared;
	setrlimit(RLIMIT_CORE, &no_core);
	if (shared->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	set_signals(shared->scenario);
	if (shared->two_threads &&
	    clone(other_thread, stack + sizeof(stack),
		  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
		  shared) < 0)
		return -1;
	return 0;
}

int target_run(void *userdata, struct courier *courier)
{
	struct target_memory *shared = userdata;

	if (set_up(shared) < 0)
		return 1;
	atomic_store(&shared->ready, true);
	while (!atomic_load(&shared->go))
		__builtin_ia32_pause();
	for (unsigned i = 0; i < shared->n; i++) {
		struct target_step *step = &shared->steps[i];
		for (int arg = 0; arg < 6; arg++)
			if (step->from[arg] != TARGET_NO_VAR)
				step->args[arg] = (uint64_t)shared->steps[step->from[arg]].result;
		atomic_store(&shared->at, i);
		step->result = step->int80 ? call32(step->nr, step->args) : call64(step->nr, step->args);
		if (step->listens && step->result >= 0)
			courier_hand(courier, (int)step->result);
		atomic_store(&shared->done, i + 1);
	}
	/* Not even an exit that a filter could judge: the supervisor ends it. */
	for (;;)
		__builtin_ia32_pause();
}

#else

int target_run(void *userdata, struct courier *courier)
{
	return 1;
}

#endif
