/* SPDX-License-Identifier: MIT */
/* The tracer of a scenario: TRACE verdicts, and what it makes of the calls. */
#include "loader/scenario/run.h"
#include "loader/call.h"
#include "loader/kernel/regs.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#if defined(__x86_64__)

static size_t read_traced(struct sc_run *run, uint64_t address, void *buf, size_t len)
{
	struct iovec to = { .iov_base = buf, .iov_len = len };
	struct iovec from = { .iov_base = (void *)(uintptr_t)address, .iov_len = len };
	ssize_t n = process_vm_readv(run->family.target, &to, 1, &from, 1, 0);

	return n < 0 ? 0 : (size_t)n;
}

/* The call that the target stands before, and the data of the verdict on it. */
static int get_call(struct sc_run *run, struct seccomp_data *ret_call, int *ret_data)
{
	struct __ptrace_syscall_info info;
	pid_t target = run->family.target;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, target, (void *)sizeof(info), &info) < 0)
		return -errno;
	if (info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return -EPROTO;
	*ret_call = (struct seccomp_data){ .nr = (int)info.seccomp.nr,
					   .arch = info.arch,
					   .instruction_pointer = info.instruction_pointer };
	memcpy(ret_call->args, info.seccomp.args, sizeof(ret_call->args));
	*ret_data = (int)(info.seccomp.ret_data & SECCOMP_RET_DATA);
	return 0;
}

static int set_args(struct sc_run *run, const struct sc_call *call, struct user_regs_struct *regs)
{
	uint64_t args[6] = { 0 };

	for (unsigned i = 0; i < call->n; i++)
		if (target_value(run->memory, &call->args[i], run->scenario, run->tmp, run->addresses,
				 &args[i]) < 0)
			return -1;
	regs->orig_rax = (unsigned long)(long)(int32_t)call->nr;
	regs_set_args(regs, call->abi == VD_ABI_I386, args);
	return 0;
}

static void answer(struct sc_run *run, const struct sc_trace *trace)
{
	pid_t target = run->family.target;
	struct user_regs_struct regs;

	if (trace->answer == SC_PASS)
		return;
	if (ptrace(PTRACE_GETREGS, target, NULL, &regs) < 0) {
		sc_fail(run, trace->line, "the target's registers cannot be read: %s", strerror(errno));
		return;
	}
	if (trace->answer == SC_SKIP) {
		regs.orig_rax = (unsigned long)-1;
		regs.rax = (unsigned long)trace->value;
	} else if (set_args(run, &trace->change, &regs) < 0) {
		sc_fail(run, trace->line, "the scenario's memory is full");
		return;
	}
	if (ptrace(PTRACE_SETREGS, target, NULL, &regs) < 0)
		sc_fail(run, trace->line, "the target's registers cannot be set: %s", strerror(errno));
}

static void on_verdict(struct sc_run *run)
{
	const struct scenario *scenario = run->scenario;
	const struct sc_trace *trace = run->trace < scenario->n_traces ? &scenario->traces[run->trace] : NULL;
	char text[CALL_TEXT_MAX];
	struct seccomp_data call;
	int data = 0, r = get_call(run, &call, &data);

	if (r < 0) {
		sc_fail(run, 0, "the tracer cannot see the call: %s", strerror(-r));
		return;
	}
	call_format(&call, text, sizeof(text));
	if (!trace)
		sc_fail(run, 0, "the tracer saw %s, and nothing more was expected", text);
	else if (!sc_matches(run, &trace->saw, &call, read_traced))
		sc_fail(run, trace->line, "the tracer saw %s, not %s", text, trace->saw.text);
	else if (trace->data >= 0 && trace->data != data)
		sc_fail(run, trace->line, "the verdict's data is %d, expected %d", data, trace->data);
	else
		answer(run, trace);
	run->trace++;
}

void sc_trace_stop(struct sc_run *run, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_SECCOMP)
		on_verdict(run);
	ptrace(PTRACE_CONT, run->family.target, NULL, (void *)(long)(event ? 0 : sig));
}

int sc_trace_begin(struct sc_run *run)
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;

	run->traced = ptrace(PTRACE_SEIZE, run->family.target, NULL, (void *)options) == 0;
	return run->traced ? 0 : -errno;
}

#else

void sc_trace_stop(struct sc_run *run, int status)
{
}

int sc_trace_begin(struct sc_run *run)
{
	return -ENOSYS;
}

#endif
