/* SPDX-License-Identifier: MIT */
/* Timed turns: which calls run and which do not, and how tasks end; not how long anything takes. */
#include "loader/kernel/turns.h"
#include "loader/kernel/behaviour.h"
#include "loader/kernel/install.h"
#include "vm/testing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define X86_64 0xc000003eu
#define RET(value)                  \
	{                           \
		0x06, 0, 0, (value) \
	}

static struct vd_stack *stack_of(const struct sock_filter *insns, size_t len)
{
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
	return stack;
}

static struct turns *some_turns(void)
{
	struct turns *turns;

	ck_assert_int_eq(turns_new(&turns), 0);
	return turns;
}

static int take(struct turns *turns, const struct turn_task *task, size_t turn, int nr)
{
	struct seccomp_data data = { .arch = X86_64, .nr = nr };
	double ns = -1;
	int r = turns_take(turns, task, turn, &(struct turn_call){ &data, 10 }, &ns);

	if (r == 0)
		ck_assert_double_gt(ns, 0);
	return r;
}

/* Under the guard no call runs: not one that would end the task, and not under filters that allow it. */
START_TEST(guard)
{
	static const struct sock_filter allow[] = { RET(SECCOMP_RET_ALLOW) };
	struct vd_stack *stack = stack_of(allow, 1);
	struct turns *turns = some_turns();
	struct turn_task task;

	ck_assert_int_eq(turns_task(turns, &(struct turn_filters){ stack, 2, TURN_GUARDED }, 3, &task), 0);
	ck_assert_uint_eq(task.n, 3);
	for (size_t turn = 0; turn < 6; turn++) {
		ck_assert_int_eq(take(turns, &task, turn, SYS_exit_group), 0);
		ck_assert_int_eq(take(turns, &task, turn, SYS_pause), 0);
	}
	turns_drop(turns, &task);
	ck_assert_uint_eq(task.n, 0);
	turns_free(turns);
	vd_stack_free(stack);
}
END_TEST

/* Without it they do; a task that ended, or was ended, is told. */
START_TEST(ends)
{
	static const struct sock_filter kill_getpid[] = { { 0x20, 0, 0, 0 },
							  { 0x15, 0, 1, SYS_getpid },
							  RET(SECCOMP_RET_KILL_PROCESS),
							  RET(SECCOMP_RET_ALLOW) };
	static const struct sock_filter trap[] = {
		{ 0x20, 0, 0, 0 }, { 0x15, 0, 1, SYS_getpid }, RET(SECCOMP_RET_TRAP), RET(SECCOMP_RET_ALLOW)
	};
	struct vd_stack *stacks[] = { stack_of(kill_getpid, 4), stack_of(trap, 4), NULL };
	struct turns *turns = some_turns();

	for (int i = 0; i < 3; i++) {
		struct turn_task task;
		ck_assert_int_eq(turns_task(turns, &(struct turn_filters){ stacks[i], 1, 0 }, 1, &task), 0);
		ck_assert_int_eq(take(turns, &task, 0, SYS_getppid), 0);
		ck_assert_int_eq(take(turns, &task, 0, stacks[i] ? SYS_getpid : SYS_exit), -ECANCELED);
		turns_drop(turns, &task);
		vd_stack_free(stacks[i]);
	}
	turns_free(turns);
}
END_TEST

/* Calls that run do so without privileges and find no descriptors: none is opened, none is left. */
START_TEST(harmless)
{
	struct turns *turns = some_turns();
	struct turn_task task;
	char path[64];

	ck_assert_int_eq(turns_task(turns, &(struct turn_filters){ .flags = 0 }, 1, &task), 0);
	ck_assert_int_eq(take(turns, &task, 0, SYS_inotify_init), 0);
	for (int fd = 0; fd < 4; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)task.ids[0], fd);
		ck_assert_int_lt(access(path, F_OK), 0);
	}
	turns_free(turns);
}
END_TEST

/* Filters that forbid installing more: without CAP_SYS_ADMIN that is told, with it they are installed. */
START_TEST(forbidden)
{
	static const struct sock_filter no_more[] = { { 0x20, 0, 0, 0 },
						      { 0x15, 0, 1, SYS_seccomp },
						      RET(SECCOMP_RET_ERRNO | EPERM),
						      RET(SECCOMP_RET_ALLOW) };
	struct vd_stack *stack = stack_of(no_more, 4);
	struct turns *turns = some_turns();
	struct turn_task task = { .n = 0 };
	int r = turns_task(turns, &(struct turn_filters){ stack, 2, 0 }, 1, &task);

	ck_assert_int_eq(r, kernel_may_install() ? 0 : -EACCES);
	turns_drop(turns, &task);
	turns_free(turns);
	vd_stack_free(stack);
}
END_TEST

/* Over the kernel's limit; and what was begun is gone with the family. */
START_TEST(too_many)
{
	static const struct sock_filter allow[] = { RET(SECCOMP_RET_ALLOW) };
	struct vd_stack *stack = stack_of(allow, 1);
	struct turns *turns = some_turns();
	struct turn_task task = { .n = 0 }, kept;

	ck_assert_int_eq(turns_task(turns, &(struct turn_filters){ stack, 4000, 0 }, 1, &task), -ENOMEM);
	ck_assert_uint_eq(task.n, 0);
	ck_assert_int_eq(turns_task(turns, &(struct turn_filters){ stack, 1, 0 }, 2, &kept), 0);
	turns_free(turns);
	for (unsigned i = 0; i < kept.n; i++)
		ck_assert(kill(kept.ids[i], 0) < 0 && errno == ESRCH);
	turns_free(NULL);
	vd_stack_free(stack);
}
END_TEST

/* Several tasks under so many filters that what is put between them does not fit into one task. */
START_TEST(deep)
{
	static const struct sock_filter allow[] = { RET(SECCOMP_RET_ALLOW) };
	struct vd_stack *stack = stack_of(allow, 1);
	struct turns *turns = some_turns();
	struct turn_task task;

	ck_assert_int_eq(turns_task(turns, &(struct turn_filters){ stack, 700, TURN_GUARDED }, 2, &task), 0);
	ck_assert_uint_eq(task.n, 2);
	for (size_t turn = 0; turn < 2; turn++)
		ck_assert_int_eq(take(turns, &task, turn, SYS_getppid), 0);
	turns_free(turns);
	vd_stack_free(stack);
}
END_TEST

static void add(TCase *tc)
{
	struct turns *turns;
	int r = turns_new(&turns);

	if (r < 0) {
		printf("SKIP turns: %s\n", kernel_behaviour_explain(r));
		return;
	}
	turns_free(turns);
	tcase_add_test(tc, guard);
	tcase_add_test(tc, ends);
	tcase_add_test(tc, harmless);
	tcase_add_test(tc, forbidden);
	tcase_add_test(tc, too_many);
	tcase_add_test(tc, deep);
}

int main(void)
{
	return run_suite("turns", add);
}
