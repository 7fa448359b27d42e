/* SPDX-License-Identifier: MIT */
#include "loader/kernel/behaviour.h"
#include "loader/kernel/ask.h"
#include "loader/kernel/door.h"
#include "loader/kernel/install.h"
#include "loader/kernel/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
		return "this process may not trace its own children (kernel.yama.ptrace_scope, or a filter "
		       "around it)";
	case EBUSY:
		return "this process runs under a filter itself (a container's?), which would judge the "
		       "records too";
	case ENOEXEC:
		return "this machine is not x86-64";
	case E2BIG:
		return "a program leaves no room for the four instructions that are needed without "
		       "CAP_SYS_ADMIN";
	case ENOMEM:
		return "with one filter more the stack exceeds the kernel's size limit, or memory is short";
	case EOPNOTSUPP:
		return "installing on top of other filters needs CAP_SYS_ADMIN, for these may forbid it";
	case EOVERFLOW:
		return "seccomp(2) cannot be told of a length over 65535";
	case ETIMEDOUT:
		return "a task did not stop in time";
	case ESRCH:
	case EINTR:
		return "a task was killed from outside";
	case ENOSYS:
	case EINVAL:
		return "this kernel, or a filter around this process, has no seccomp(2)";
	}
	return strerror(-error);
}

#if defined(__x86_64__)

#define MARKERS 2u

struct kernel_behaviour {
	struct tasks *tasks;
	struct images images; /* the loaded stack's */
	bool loads_ip;
	bool computes; /* some program may return what no RET K says: its TRACE data is not known */
	struct pack packs[MARKERS];
};

int kernel_behaviour_new(struct kernel_behaviour **ret_behaviour)
{
	struct kernel_behaviour *behaviour;
	int r;

	if (kernel_why_not())
		return -ENOSYS;
	if (kernel_is_filtered())
		return -EBUSY;
	behaviour = calloc(1, sizeof(*behaviour));
	if (!behaviour)
		return -ENOMEM;
	r = tasks_new(TASK_SHARED_MIN, &behaviour->tasks);
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

/* -------------------------------------------------------------- stacks -- */

static void forget_images(struct kernel_behaviour *behaviour)
{
	for (size_t i = 0; i < behaviour->images.n; i++)
		free((struct sock_filter *)behaviour->images.items[i].insns);
	free(behaviour->images.items);
	behaviour->images = (struct images){ NULL, 0 };
}

void kernel_behaviour_free(struct kernel_behaviour *behaviour)
{
	if (!behaviour)
		return;
	for (unsigned i = 0; i < MARKERS; i++)
		pack_drop(&behaviour->packs[i]);
	forget_images(behaviour);
	tasks_free(behaviour->tasks);
	free(behaviour);
}

static int add_image(struct kernel_behaviour *behaviour, const struct vd_prog *prog)
{
	size_t door = tasks_suspended(behaviour->tasks) ? 0 : KERNEL_DOOR_LEN, len = vd_prog_len(prog) + door;
	struct sock_filter *insns;

	if (len > BPF_MAXINSNS)
		return -E2BIG;
	insns = malloc(len * sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	if (door)
		kernel_door(tasks_gadget(behaviour->tasks, TASK_DOOR) + KERNEL_CALL_BYTES, insns);
	memcpy(insns + door, vd_prog_insns(prog), (len - door) * sizeof(*insns));
	behaviour->images.items[behaviour->images.n++] = (struct kernel_image){ .insns = insns, .len = len };
	return 0;
}

/* Notes which TRACE data a program returns. */
static void note_returns(struct kernel_behaviour *behaviour, const struct vd_prog *prog, uint8_t *used)
{
	const struct sock_filter *insns = vd_prog_insns(prog);

	behaviour->computes |= parts_computes(prog);
	for (size_t pc = 0; pc < vd_prog_len(prog); pc++)
		if (insns[pc].code == (BPF_RET | BPF_K) &&
		    (insns[pc].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE)
			used[(insns[pc].k & SECCOMP_RET_DATA) / 8] |= (uint8_t)(1u << insns[pc].k % 8);
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
		pack_drop(&behaviour->packs[i]);
	forget_images(behaviour);
	behaviour->loads_ip = behaviour->computes = false;
	behaviour->images.items = calloc(n ? n : 1, sizeof(*behaviour->images.items));
	if (!behaviour->images.items)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct vd_prog *prog = vd_stack_prog(stack, i);
		r = add_image(behaviour, prog);
		note_returns(behaviour, prog, used);
		behaviour->loads_ip |= kernel_loads_ip(prog);
	}
	choose_markers(behaviour, used);
	return r < 0 ? r : pack_template(behaviour->tasks, &behaviour->images, &behaviour->packs[0]);
}

int kernel_behaviour_load_prog(struct kernel_behaviour *behaviour, const struct sock_filter *insns,
			       size_t len)
{
	struct vd_stack *stack;
	struct vd_prog *prog;
	int r = vd_stack_new(&stack);

	if (r < 0)
		return r;
	r = vd_prog_new(insns, len, &prog, NULL);
	if (r == 0) {
		r = vd_stack_push(stack, prog);
		vd_prog_free(prog);
	}
	if (r == 0)
		r = kernel_behaviour_load(behaviour, stack);
	vd_stack_free(stack);
	return r;
}

/* ------------------------------------------------------------ installs -- */

static int try_all(struct kernel_behaviour *behaviour, pid_t task, const struct kernel_image *images,
		   size_t n, int *ret_error)
{
	long result = 0;
	int r = 0;

	for (size_t i = 0; i < n && r == 0 && result >= 0; i++)
		r = task_install(behaviour->tasks, task, images[i].insns, images[i].len, &result);
	if (r == 0)
		*ret_error = result < 0 ? (int)-result : 0;
	return r;
}

int kernel_behaviour_install(struct kernel_behaviour *behaviour, const struct vd_stack *before,
			     const struct kernel_image *images, size_t n, int *ret_error)
{
	size_t filters = before ? vd_stack_len(before) : 0;
	pid_t task = 0;
	int r;

	if (filters + n > 1 && !tasks_suspended(behaviour->tasks))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < n; i++)
		if (images[i].len > 0xffff)
			return -EOVERFLOW;
	r = pack_bare(behaviour->tasks, &task);
	for (size_t i = 0; i < filters && r == 0; i++) {
		const struct vd_prog *prog = vd_stack_prog(before, i);
		r = pack_install(behaviour->tasks, task,
				 &(struct kernel_image){ vd_prog_insns(prog), vd_prog_len(prog) });
	}
	if (r == 0)
		r = try_all(behaviour, task, images, n, ret_error);
	task_kill(task);
	task_reap(task);
	return r;
}

/* ------------------------------------------------------------- records -- */

struct question {
	const struct seccomp_data *records;
	size_t n;
	bool exact;
	struct kernel_seen *seen;
};

static int ask_one(struct kernel_behaviour *behaviour, struct pack *pack, const struct question *question,
		   size_t i)
{
	int r = pack_ready(behaviour->tasks, &behaviour->images, pack);

	if (r < 0)
		return r;
	return (question->exact ? ask_exact : ask_fast)(behaviour->tasks, pack, &question->records[i],
							&question->seen[i]);
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
		if (question->exact && seen->asked == KERNEL_ASKED &&
		    at_door(behaviour, &question->records[i]))
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
	return -ENOEXEC;
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
	return -ENOEXEC;
}

int kernel_behaviour_load_prog(struct kernel_behaviour *behaviour, const struct sock_filter *insns,
			       size_t len)
{
	return -ENOEXEC;
}

int kernel_behaviour_install(struct kernel_behaviour *behaviour, const struct vd_stack *before,
			     const struct kernel_image *images, size_t n, int *ret_error)
{
	return -ENOEXEC;
}

int kernel_behaviour_ask(struct kernel_behaviour *behaviour, const struct seccomp_data *records, size_t n,
			 enum kernel_mode mode, struct kernel_seen *ret_seen)
{
	return -ENOEXEC;
}

#endif
