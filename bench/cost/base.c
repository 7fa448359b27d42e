/* SPDX-License-Identifier: MIT */
#include "bench/cost/base.h"
#include "loader/kernel/entry.h"

#include <stddef.h>

enum { GETPPID_X86_64 = 110, GETPPID_I386 = 64 };

int small_stack(bool look, struct vd_stack **ret_stack)
{
	static const struct sock_filter insns[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args) },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct vd_stack *stack;
	struct vd_prog *prog;
	int r = vd_prog_new(insns + !look, look ? 2 : 1, &prog, NULL);

	if (r < 0)
		return r;
	r = vd_stack_new(&stack);
	if (r == 0) {
		r = vd_stack_push(stack, prog);
		if (r < 0)
			vd_stack_free(stack);
		else
			*ret_stack = stack;
	}
	vd_prog_free(prog);
	return r;
}

static int start_small(struct turns *turns, bool look, unsigned flags, struct turn_task *ret_task)
{
	struct vd_stack *stack;
	int r = small_stack(look, &stack);

	if (r < 0)
		return r;
	r = turns_task(turns, &(struct turn_filters){ stack, 1, flags }, TURN_TASKS_MAX, ret_task);
	vd_stack_free(stack);
	return r;
}

int base_start(struct turns *turns, struct base_tasks *tasks, struct base_calls *ret_calls)
{
	const struct turn_filters none = { .flags = 0 }, guard = { .flags = TURN_GUARDED };
	int r = turns_task(turns, &none, TURN_TASKS_MAX, &tasks->none);

	for (unsigned i = 0; i < 2; i++)
		ret_calls->data[i] = (struct seccomp_data){
			.arch = vd_abi_info(i ? VD_ABI_I386 : VD_ABI_X86_64)->audit_arch,
			.nr = i ? GETPPID_I386 : GETPPID_X86_64,
		};
	ret_calls->n = kernel_has_i386() ? 2 : 1;
	if (r == 0)
		r = turns_task(turns, &guard, TURN_TASKS_MAX, &tasks->guard);
	if (r == 0)
		r = start_small(turns, false, 0, &tasks->allow);
	if (r == 0)
		r = start_small(turns, true, 0, &tasks->small);
	if (r == 0)
		r = start_small(turns, true, TURN_GUARDED, &tasks->small_guarded);
	return r;
}

/* What every figure has in it is asked more often than they are. */
#define TIMES 4u

int base_add(const struct base_calls *calls, const struct base_tasks *tasks, struct probes *probes)
{
	const struct turn_task *const all[] = { &tasks->none, &tasks->allow, &tasks->small,
						&tasks->small_guarded };
	const size_t n = sizeof(all) / sizeof(*all);
	int r = 0;

	for (size_t i = 0; i < TIMES * calls->n * n && r == 0; i++)
		r = probes_add(probes, all[i % n], &tasks->guard, &calls->data[i / n % calls->n]);
	return r;
}

static struct kernel_base take_one(const struct base_tasks *tasks, const struct probes *probes, uint32_t arch)
{
	const struct turn_task *task = &tasks->guard;
	struct speed guard = probes_speed(probes, arch, task),
		     none = probes_speed_beside(probes, arch, &tasks->none, task, &guard),
		     allow = probes_speed_beside(probes, arch, &tasks->allow, task, &guard),
		     small = probes_speed_beside(probes, arch, &tasks->small, task, &guard),
		     both = probes_speed_beside(probes, arch, &tasks->small_guarded, task, &guard);
	struct estimate filter = estimate_difference(&both, &guard);

	return (struct kernel_base){
		.entry = estimate_add(estimate_difference(&small, &none), filter, -1),
		.bitmap = estimate_difference(&allow, &none),
		.guard = guard,
		.known = true,
	};
}

void base_take(const struct base_calls *calls, const struct base_tasks *tasks, const struct probes *probes,
	       struct kernel_base ret_base[2])
{
	for (size_t i = 0; i < calls->n; i++)
		ret_base[i] = take_one(tasks, probes, calls->data[i].arch);
}
