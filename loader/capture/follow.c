/* SPDX-License-Identifier: MIT */
/* Following a command: every call that installs a filter, by every task that it starts. */
#include "loader/capture/capture.h"
#include "loader/ptrace/remarks.h"
#include "loader/ptrace/command.h"
#include "loader/ptrace/status.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WHO "verdict capture"

struct follower {
	struct capture *capture;
	struct tracer *tracer;
	bool can_read; /* the kernel gives filters back (PTRACE_SECCOMP_GET_FILTER) */
	struct sock_filter insns[FILTER_LEN_MAX];
	struct request *spare; /* not in use now */
	struct remarks remarks;
};

/* What is known of one task. */
struct task {
	struct stack_node *stack;
	struct holder *holder;	 /* NULL: it installed nothing */
	struct request *request; /* what it asks for in the call that it is in */
	bool ended;		 /* its last stack is settled */
	bool doubted;		 /* a mismatch was diagnosed */
};

static struct task *task_of(const struct tracee *tracee)
{
	return tracee->data;
}

/* ----------------------------------------------------- stacks and counts -- */

/* How many filters the kernel counts; -1: it does not tell. */
static int counted(const struct tracee *tracee)
{
	struct task_status status;

	return task_status(tracee->tid, &status) < 0 ? -1 : status.filters;
}

static void doubt(struct follower *follower, const struct tracee *tracee, int count)
{
	struct task *task = task_of(tracee);

	if (!task->doubted)
		capture_missed(
			follower->capture,
			"task %d has %d filters (/proc/%d/status), but %u were seen: its stack is incomplete",
			tracee->tid, count, tracee->tid, follower->capture->base + task->stack->depth);
	task->doubted = true;
}

/*
 * Compares a stopped task's stack with the kernel's count. They differ when
 * another thread's TSYNC or a fork during one is told of in another order than
 * it happened: then the kernel's stack counts, or, where that cannot be read,
 * the older part of the same stack.
 */
static void reconcile(struct follower *follower, struct tracee *tracee)
{
	unsigned base = follower->capture->base;
	struct task *task = task_of(tracee);
	int count = counted(tracee);

	if (count < 0 || (unsigned)count == base + task->stack->depth)
		return;
	struct stack_node *stack = NULL;
	if (follower->can_read)
		stack = count ? capture_read_stack(follower->capture, tracee->tid) : &follower->capture->root;
	else if ((unsigned)count >= base && (unsigned)count < base + task->stack->depth)
		stack = stack_cut(task->stack, (unsigned)count - base);
	if (stack)
		task->stack = stack;
	else
		doubt(follower, tracee, count);
}

/* ------------------------------------------------------------ the tasks -- */

static void on_born(void *userdata, struct tracee *tracee, const struct tracee *parent)
{
	struct follower *follower = userdata;
	struct task *task = arena_alloc(&follower->capture->arena, sizeof(*task));

	task->stack = parent && parent->data ? task_of(parent)->stack : &follower->capture->root;
	tracee->data = task;
}

static void on_started(void *userdata, struct tracee *tracee)
{
	reconcile(userdata, tracee);
}

/* The stack that a task had to the last: one that is written. */
static void settle(struct follower *follower, const struct tracee *tracee)
{
	struct task *task = task_of(tracee);

	if (task->ended)
		return;
	task->ended = true;
	if (task->holder) {
		task->holder->stack = task->stack;
	} else if (task->stack->depth && !task->stack->held) {
		struct row *row = capture_row(follower->capture, ROW_INHERITED, tracee->tgid, tracee->tid);
		row->node = task->stack;
		row->len = task->stack->len;
	}
	task->stack->held = true;
}

static struct row *request_row(struct follower *follower, const struct tracee *tracee);

static void on_ending(void *userdata, struct tracee *tracee)
{
	if (task_of(tracee)->request)
		request_row(userdata, tracee)->instead = "killed";
	reconcile(userdata, tracee);
	settle(userdata, tracee);
}

static void give_back_request(struct follower *follower, struct task *task)
{
	if (!task->request)
		return;
	task->request->next = follower->spare;
	follower->spare = task->request;
	task->request = NULL;
}

static void on_gone(void *userdata, struct tracee *tracee)
{
	settle(userdata, tracee);
	give_back_request(userdata, task_of(tracee));
}

/* ------------------------------------------------------------ the calls -- */

static void take_request(struct follower *follower, struct task *task)
{
	task->request = follower->spare;
	if (task->request)
		follower->spare = task->request->next;
	else
		task->request = arena_alloc(&follower->capture->arena, sizeof(*task->request));
}

static void on_enter(void *userdata, struct tracee *tracee)
{
	struct follower *follower = userdata;
	struct task *task = task_of(tracee);

	remark_enter(&follower->remarks, tracee);
	if (!tracee_calls(tracee, "seccomp") && !tracee_calls(tracee, "prctl"))
		return;
	if (!task->request)
		take_request(follower, task);
	if (!request_of(tracee, task->request))
		give_back_request(follower, task);
}

static struct stack_node *with_memory(const struct follower *follower, const struct task *task,
				      struct row *row)
{
	const struct request *request = task->request;

	row->origin = request->read ? ORIGIN_MEMORY : ORIGIN_NONE;
	return stack_with(&follower->capture->arena, task->stack, request->read ? request->insns : NULL,
			  request->len);
}

/*
 * The kernel's filter at this place is not the one that was seen to be asked
 * for: memory changed under the call, or another thread's TSYNC came first and
 * is told of later. The kernel is right.
 */
static struct stack_node *with_kernel_stack(const struct follower *follower, const struct tracee *tracee)
{
	struct task *task = task_of(tracee);
	const struct request *request = task->request;
	struct stack_node *stack = capture_read_stack(follower->capture, tracee->tid);

	if (!stack)
		return NULL;
	task->stack = stack;
	for (struct stack_node *node = stack; request->read && node->below; node = node->below)
		if (stack_is(node, request->insns, request->len))
			return node;
	return stack;
}

/* Whether the kernel has just the filter that was asked for at the place where it is expected. */
static bool kernel_has(struct follower *follower, const struct tracee *tracee)
{
	const struct task *task = task_of(tracee);
	const struct request *request = task->request;
	unsigned expected = follower->capture->base + task->stack->depth;
	int count = counted(tracee), len = filter_read(tracee->tid, expected, follower->insns);

	follower->can_read = len != -EACCES && len != -EINVAL;
	return len > 0 && (count < 0 || (unsigned)count == expected + 1) && request->read &&
	       (size_t)len == request->len &&
	       !memcmp(follower->insns, request->insns, request->len * sizeof(*request->insns));
}

/* Puts the new filter on the task's stack: as the kernel holds it, if that can be read. */
static void push(struct follower *follower, const struct tracee *tracee, struct row *row)
{
	struct task *task = task_of(tracee);
	bool confirmed = follower->can_read && kernel_has(follower, tracee);

	if (follower->can_read && !confirmed)
		row->node = with_kernel_stack(follower, tracee);
	if (!row->node)
		row->node = task->stack = with_memory(follower, task, row);
	else
		confirmed = true;
	if (confirmed)
		row->origin = ORIGIN_KERNEL;
	row->len = row->node->len;
	if (!row->node->insns)
		capture_missed(follower->capture,
			       "task %d installed a filter of %zu instructions that could not be read: the "
			       "memory of a task that is not dumpable needs CAP_SYS_PTRACE",
			       tracee->tid, task->request->len);
}

struct tsync {
	struct follower *follower;
	const struct tracee *caller;
};

/* A thread that TSYNC brought along. */
static void bring_along(void *userdata, struct tracee *tracee)
{
	const struct tsync *tsync = userdata;

	if (tracee->data && tracee != tsync->caller && tracee->tgid == tsync->caller->tgid &&
	    !task_of(tracee)->ended)
		task_of(tracee)->stack = task_of(tsync->caller)->stack;
}

static void on_granted(struct follower *follower, struct tracee *tracee, struct row *row)
{
	struct task *task = task_of(tracee);
	struct tsync tsync = { follower, tracee };

	follower->capture->installed++;
	if (!task->holder)
		task->holder = arena_alloc(&follower->capture->arena, sizeof(*task->holder));
	row->holder = task->holder;
	push(follower, tracee, row);
	reconcile(follower, tracee);
	if (task->request->flags & SECCOMP_FILTER_FLAG_TSYNC)
		tracer_each(follower->tracer, bring_along, &tsync);
}

static struct row *request_row(struct follower *follower, const struct tracee *tracee)
{
	const struct request *request = task_of(tracee)->request;
	struct row *row = capture_row(follower->capture,
				      request->call == REQUEST_PRCTL ? ROW_PRCTL : ROW_SECCOMP, tracee->tgid,
				      tracee->tid);

	row->abi = tracee->abi;
	row->flags = request->flags;
	row->len = request->len;
	return row;
}

/*
 * KILL and TRAP put the registers back as they were at the entry: the result
 * is the call's number then, which a new listener's can be too.
 */
static bool is_forbidden(const struct follower *follower, const struct tracee *tracee, int64_t result)
{
	int count = counted(tracee);

	return result > 0 && result == tracee->call.nr &&
	       (count < 0 || (unsigned)count <= follower->capture->base + task_of(tracee)->stack->depth);
}

static void on_leave(void *userdata, struct tracee *tracee, int64_t result)
{
	struct follower *follower = userdata;
	struct task *task = task_of(tracee);

	remark_leave(&follower->remarks, tracee, result);
	if (!task->request)
		return;
	struct row *row = request_row(follower, tracee);
	row->result = result;
	if (is_forbidden(follower, tracee, result))
		row->instead = "SIGSYS";
	if (!row->instead && request_granted(task->request, result))
		on_granted(follower, tracee, row);
	else
		follower->capture->refused++;
	give_back_request(follower, task);
}

static void on_exec(void *userdata, struct tracee *tracee)
{
	struct follower *follower = userdata;

	remark_exec(&follower->remarks, tracee);
}

static const struct trace_ops ops = {
	.born = on_born,
	.started = on_started,
	.enter = on_enter,
	.leave = on_leave,
	.exec = on_exec,
	.ending = on_ending,
	.gone = on_gone,
};

/* ------------------------------------------------------------ the command -- */

int capture_follow(struct capture *capture, char *const *argv, int *ret_status)
{
	struct follower *follower = calloc(1, sizeof(*follower));
	struct task_status self;

	if (!follower)
		return trace_not_started(argv[0], ENOMEM, WHO, capture->diags);
	follower->capture = capture;
	follower->can_read = true;
	follower->remarks = (struct remarks){ .who = WHO, .diags = capture->diags };
	if (task_status(getpid(), &self) == 0 && self.filters > 0) {
		capture->base = (unsigned)self.filters;
		diag_file_warning(capture->diags, WHO,
				  "this process has %d seccomp filter%s itself, which the command inherits: "
				  "they cannot be "
				  "read and are left out of its stacks",
				  self.filters, self.filters == 1 ? "" : "s");
	}
	int r = tracer_new(&ops, follower, &follower->tracer);
	if (r < 0) {
		r = trace_not_started(argv[0], -r, WHO, capture->diags);
	} else {
		r = trace_command(follower->tracer, argv, WHO, capture->diags, ret_status);
		tracer_free(follower->tracer);
	}
	free(follower);
	return r;
}
