/* SPDX-License-Identifier: MIT */
#include "loader/kernel/packs.h"
#include "loader/kernel/door.h"
#include "loader/kernel/install.h"

#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)

static void drop_process(struct pack *pack)
{
	task_kill(pack->leader);
	task_reap(pack->worker);
	task_reap(pack->leader);
	pack->worker = pack->leader = 0;
}

void pack_drop(struct pack *pack)
{
	drop_process(pack);
	task_kill(pack->template);
	task_reap(pack->template);
	pack->template = 0;
}

int pack_install(struct tasks *tasks, pid_t task, const struct kernel_image *image)
{
	long result;
	int r = task_install(tasks, task, image->insns, image->len, &result);

	return r < 0 ? r : (int)result;
}

int pack_bare(struct tasks *tasks, pid_t *ret_task)
{
	const uint64_t args[6] = { PR_SET_NO_NEW_PRIVS, 1 };
	long result = 0;
	int r = task_clone(tasks, tasks_root(tasks), CLONE_VM | CLONE_PARENT, TASK_TEMPLATE, ret_task);

	if (r == 0 && !kernel_may_install())
		r = task_call(tasks, *ret_task, SYS_prctl, args, &result);
	return r < 0 ? r : (int)result;
}

static int install_guard(struct tasks *tasks, pid_t task, uint16_t marker)
{
	struct sock_filter guard[KERNEL_DOOR_LEN + 1] = { 0 };
	struct kernel_image image = { .insns = guard, .len = 1 };

	if (!tasks_suspended(tasks)) {
		kernel_door(tasks_gadget(tasks, TASK_DOOR) + KERNEL_CALL_BYTES, guard);
		image.len += KERNEL_DOOR_LEN;
	}
	guard[image.len - 1] = (struct sock_filter){ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRACE | marker };
	return pack_install(tasks, task, &image);
}

int pack_template(struct tasks *tasks, const struct images *images, struct pack *pack)
{
	int r = pack_bare(tasks, &pack->template);

	if (r == 0)
		r = install_guard(tasks, pack->template, pack->marker);
	for (size_t i = 0; i < images->n && r == 0; i++)
		r = pack_install(tasks, pack->template, &images->items[i]);
	if (r < 0)
		pack_drop(pack);
	return r;
}

int pack_ready(struct tasks *tasks, const struct images *images, struct pack *pack)
{
	int r = 0;

	if (!pack->template)
		r = pack_template(tasks, images, pack);
	if (r == 0 && !pack->leader)
		r = task_clone(tasks, pack->template, CLONE_VM | CLONE_PARENT, TASK_TEMPLATE, &pack->leader);
	if (r == 0 && !pack->worker) {
		r = task_clone(tasks, pack->leader, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, TASK_WORKER,
			       &pack->worker);
		pack->in_call = false;
	}
	return r;
}

#endif
