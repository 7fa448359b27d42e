/* SPDX-License-Identifier: MIT */
/*
 * The behaviour oracle: what a task under a stack of filters experiences, asked
 * of the running kernel without running the calls. The oldest filter of the
 * asked task is ours, `RET TRACE|marker`: TRACE outranks LOG and ALLOW, so its
 * stop means that the call would have run, and the call is skipped there. All
 * other outcomes are seen as the task, or its tracer, sees them.
 */
#ifndef LOADER_KERNEL_BEHAVIOUR_H
#define LOADER_KERNEL_BEHAVIOUR_H

#include "loader/kernel/entry.h"
#include "vm/verdict.h"

enum kernel_mode {
	KERNEL_AUTO,  /* FAST where no program looks at the instruction pointer */
	KERNEL_FAST,  /* one stop a record; the instruction pointer is a gadget's, whatever the record says */
	KERNEL_EXACT, /* three stops; any instruction pointer */
};

struct kernel_seen {
	enum kernel_asked asked;
	/*
	 * As a filter's value: ALLOW for all that is weaker than TRACE (ALLOW, LOG
	 * and the kills by actions that no kernel knows between them: the value
	 * oracle tells them apart), ERRNO with what the call returned (USER_NOTIF
	 * without a listener is ENOSYS), TRAP with si_errno, TRACE with what the
	 * tracer was told, KILL_THREAD, KILL_PROCESS.
	 */
	uint32_t value;
	/* TRAP: the signal's si_call_addr, si_syscall and si_arch. */
	uint64_t call_addr;
	int call_nr;
	uint32_t call_arch;
};

/* What kernel_seen.value is for a stack's value: a task with a tracer, without a listener. */
uint32_t kernel_experience(uint32_t ret);

struct kernel_behaviour;

/* For the calling thread only. -errno: the kernel cannot be asked, see kernel_behaviour_explain(). */
int kernel_behaviour_new(struct kernel_behaviour **ret_behaviour);
void kernel_behaviour_free(struct kernel_behaviour *behaviour); /* NULL is fine */
/* One line for people about a negative errno of the functions here; static storage. */
const char *kernel_behaviour_explain(int error);

/*
 * Whether programs are installed as they are: filters are suspended while they
 * are put in place (CAP_SYS_ADMIN). Else each gets a door of KERNEL_DOOR_LEN
 * instructions, so the longest programs do not fit.
 */
bool kernel_behaviour_unchanged(const struct kernel_behaviour *behaviour);

/*
 * Puts a stack in place of the one before. -E2BIG: no room for the door;
 * -ENOMEM: over the kernel's limit together with our filter; others as
 * seccomp(2). What the stack's programs hold is copied.
 */
int kernel_behaviour_load(struct kernel_behaviour *behaviour, const struct vd_stack *stack);
/* The same for a stack of one program. */
int kernel_behaviour_load_prog(struct kernel_behaviour *behaviour, const struct sock_filter *insns,
			       size_t len);

/* A program as it goes into the kernel, checked or not. */
struct kernel_image {
	const struct sock_filter *insns;
	size_t len;
};

/*
 * What seccomp(2) says to programs, one after the other, in a task that has the
 * filters of before (NULL: none) and nothing of ours: *ret_error is 0 or the
 * errno (positive) of the first that is refused. -EOPNOTSUPP: more than one
 * filter, and no CAP_SYS_ADMIN. The loaded stack stays.
 */
int kernel_behaviour_install(struct kernel_behaviour *behaviour, const struct vd_stack *before,
			     const struct kernel_image *images, size_t n, int *ret_error);

/* Asks about records; fills ret_seen[n]. */
int kernel_behaviour_ask(struct kernel_behaviour *behaviour, const struct seccomp_data *records, size_t n,
			 enum kernel_mode mode, struct kernel_seen *ret_seen);

#endif
