/* SPDX-License-Identifier: MIT */
#include "loader/scenario/run.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/install.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void sc_fail(struct sc_run *run, unsigned line, const char *fmt, ...)
{
	va_list ap;

	if (run->failed)
		return;
	run->failed = true;
	run->outcome->status = SCENARIO_FAILED;
	run->outcome->line = line;
	va_start(ap, fmt);
	vsnprintf(run->outcome->text, sizeof(run->outcome->text), fmt, ap);
	va_end(ap);
}

void sc_not_run(struct sc_run *run, const char *fmt, ...)
{
	va_list ap;

	if (run->failed)
		return;
	run->failed = true;
	run->outcome->status = SCENARIO_NOT_RUN;
	va_start(ap, fmt);
	vsnprintf(run->outcome->text, sizeof(run->outcome->text), fmt, ap);
	va_end(ap);
}

long sc_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sc_sleep(const struct sc_run *run, unsigned ms)
{
	long left = run->deadline - sc_now_ms(), wait = left < (long)ms ? left : (long)ms;
	struct timespec pause = { .tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000 };

	if (wait > 0)
		nanosleep(&pause, NULL);
}

void sc_look(struct sc_run *run)
{
	int status;

	while (!run->ended && waitpid(run->family.target, &status, WNOHANG | __WALL) == run->family.target) {
		if (WIFSTOPPED(status)) {
			sc_trace_stop(run, status);
		} else {
			run->ended = true;
			run->status = status;
		}
	}
}

bool sc_await_end(struct sc_run *run)
{
	for (sc_look(run); !run->ended && sc_now_ms() < run->deadline; sc_look(run))
		sc_sleep(run, 1);
	return run->ended;
}

/* --------------------------------------------------------- what is seen -- */

static bool is_text(struct sc_run *run, const struct sc_arg *arg, uint64_t address, sc_read_fn read)
{
	size_t len;
	char *text = target_expand(arg->text, arg->len, run->tmp, &len), *there = malloc(len + 1);
	bool same = there && read(run, address, there, len + 1) == len + 1 && !memcmp(text, there, len + 1);

	free(there);
	free(text);
	return same;
}

static bool is_value(struct sc_run *run, const struct sc_arg *arg, uint64_t seen, unsigned bits,
		     sc_read_fn read)
{
	uint64_t mask = bits < 64 ? (UINT64_C(1) << bits) - 1 : ~UINT64_C(0), value;

	switch (arg->kind) {
	case SC_ANY:
	case SC_BUFFER:
		return true;
	case SC_STRING:
		return is_text(run, arg, seen & mask, read);
	case SC_INT:
	case SC_VAR:
		return target_value(run->memory, arg, run->scenario, run->tmp, run->addresses, &value) == 0 &&
		       (value & mask) == (seen & mask);
	}
	return false;
}

bool sc_matches(struct sc_run *run, const struct sc_call *meant, const struct seccomp_data *seen,
		sc_read_fn read)
{
	int abi = vd_abi_of(seen->arch, (uint32_t)seen->nr);
	struct vd_arg args[6];
	int n = vd_syscall_args(abi, meant->nr, args);

	if (abi != meant->abi || (uint32_t)seen->nr != meant->nr)
		return false;
	for (unsigned i = 0; i < meant->n; i++)
		if (!is_value(run, &meant->args[i], seen->args[i], (int)i < n ? args[i].bits : 64, read))
			return false;
	return true;
}

/* ------------------------------------------------------------- the steps -- */

static const struct sc_step *step_at(const struct sc_run *run, unsigned i)
{
	return &run->scenario->steps[i < run->scenario->n ? i : run->scenario->n - 1];
}

static void format_result(int64_t result, char *buf, size_t size)
{
	const char *name = result < 0 && result >= -4095 ? vd_errno_name((unsigned)-result) : NULL;

	if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%lld", (long long)result);
}

static void check_result(struct sc_run *run, const struct sc_step *step, int64_t result)
{
	char is[32], meant[32];

	if (step->result.kind == SC_WHATEVER ||
	    (step->result.kind == SC_EQUALS && result == step->result.value) ||
	    (step->result.kind == SC_AT_LEAST && result >= step->result.value))
		return;
	format_result(result, is, sizeof(is));
	format_result(step->result.value, meant, sizeof(meant));
	if (step->before)
		sc_not_run(run, "%s: %s", step->text, is);
	if (step->kind == SC_INSTALL && result == -EINVAL && (step->flags & KERNEL_FLAG_WAIT_KILLABLE_RECV))
		sc_not_run(run, "this kernel does not know WAIT_KILLABLE_RECV");
	sc_fail(run, step->line, "%s returned %s, expected %s%s", step->text, is,
		step->result.kind == SC_AT_LEAST ? "at least " : "", meant);
}

static void check_trap(struct sc_run *run, const struct sc_step *step, const struct target_step *made)
{
	bool trapped = atomic_load(&made->traps) > 0;

	if (trapped != step->traps)
		sc_fail(run, step->line, trapped ? "%s: SIGSYS came" : "%s: SIGSYS did not come", step->text);
	else if (trapped && step->trap_data >= 0 && made->trap_data != step->trap_data)
		sc_fail(run, step->line, "%s: si_errno is %d, expected %d", step->text, made->trap_data,
			step->trap_data);
	else if (trapped && step->trap_call >= 0 && made->trap_nr != (int)step->trap_call)
		sc_fail(run, step->line, "%s: si_syscall is %d, expected %d", step->text, made->trap_nr,
			(int)step->trap_call);
	else if (trapped && step->trap_arch && made->trap_arch != step->trap_arch)
		sc_fail(run, step->line, "%s: si_arch is 0x%08x, expected 0x%08x", step->text,
			made->trap_arch, step->trap_arch);
}

static void check_step(struct sc_run *run, unsigned i)
{
	const struct target_step *made = &run->memory->steps[i];
	const struct sc_step *step = step_at(run, i);

	if (step->dies)
		sc_fail(run, step->line, "%s returned, and was to end the target by %s", step->text,
			sc_signal_name(step->dies));
	if (step->exits >= 0)
		sc_fail(run, step->line, "%s returned, and was to end the target", step->text);
	check_trap(run, step, made);
	check_result(run, step, made->result);
	if (step->gives && (!made->buffer || memcmp(made->buffer, step->gives, step->gives_len)))
		sc_fail(run, step->line, "%s: the buffer holds something else", step->text);
	if (step->caught && atomic_load(&made->caught) != step->caught)
		sc_fail(run, step->line, "%s: the handler of %s did not run", step->text,
			sc_signal_name(step->caught));
}

static void check_end(struct sc_run *run)
{
	unsigned done = atomic_load(&run->memory->done);
	const struct sc_step *step = step_at(run, done);

	if (WIFSIGNALED(run->status)) {
		if (WTERMSIG(run->status) != step->dies)
			sc_fail(run, step->line, "%s ended the target by %s", step->text,
				sc_signal_name(WTERMSIG(run->status)));
	} else if (!atomic_load(&run->memory->go)) {
		sc_not_run(run, "the target could not be set up");
	} else if (WEXITSTATUS(run->status) != step->exits) {
		sc_fail(run, step->line, "%s ended the target with exit status %d", step->text,
			WEXITSTATUS(run->status));
	}
}

/* --------------------------------------------------------------- the run -- */

/* A signal that is sent while the target is in a step, some time after it began. */
static void send_signal(struct sc_run *run)
{
	unsigned at = atomic_load(&run->memory->at);
	const struct sc_step *step = step_at(run, at);

	if (!step->signal || at < run->signalled || atomic_load(&run->memory->done) != at ||
	    at >= run->scenario->n)
		return;
	if (!run->step_since)
		run->step_since = sc_now_ms();
	if (sc_now_ms() - run->step_since < (long)step->after_ms)
		return;
	run->step_since = 0;
	run->signalled = at + 1;
	syscall(SYS_tgkill, run->family.target, run->family.target, step->signal);
}

static void take_listener(struct sc_run *run)
{
	int fd = family_take(&run->family, 0);

	if (fd < 0)
		return;
	if (run->listening)
		notif_done(&run->notif);
	int r = notif_init(&run->notif, fd);
	run->listening = r == 0;
	if (r < 0)
		sc_fail(run, 0, "no supervisor: %s", strerror(-r));
}

/* Whether there is nothing more to wait for. */
static bool is_over(struct sc_run *run)
{
	const struct scenario *scenario = run->scenario;
	bool all_done = atomic_load(&run->memory->done) == scenario->n,
	     waits = run->notice < scenario->n_notices;

	if (run->failed)
		return true;
	take_listener(run);
	if (!run->ended && !all_done)
		return false;
	if (!waits || !scenario->notices[run->notice].gone || !run->listening)
		return true;
	/* the end of the target is what the supervisor waits for */
	if (!run->ended)
		kill(run->family.target, SIGKILL);
	return false;
}

static void too_late(struct sc_run *run)
{
	unsigned done = atomic_load(&run->memory->done);
	const struct sc_step *step = step_at(run, done);

	if (done < run->scenario->n)
		sc_fail(run, step->line, "%s did not return within %u ms", step->text,
			run->scenario->limit_ms);
	else
		sc_fail(run, 0, "not over within %u ms", run->scenario->limit_ms);
}

static void loop(struct sc_run *run)
{
	while (!is_over(run)) {
		sc_look(run);
		if (run->listening)
			sc_supervise(run);
		else
			sc_sleep(run, 1);
		send_signal(run);
		if (sc_now_ms() >= run->deadline && !run->failed)
			too_late(run);
	}
}

static void compare(struct sc_run *run)
{
	const struct scenario *scenario = run->scenario;
	unsigned done = atomic_load(&run->memory->done);

	for (unsigned i = 0; i < done && i < scenario->n && !run->failed; i++)
		check_step(run, i);
	if (run->ended && done < scenario->n)
		check_end(run);
	if (run->notice < scenario->n_notices) {
		const struct sc_notice *notice = &scenario->notices[run->notice];
		sc_fail(run, notice->line, "the supervisor did not see %s",
			notice->gone ? "that the filter is gone" : notice->saw.text);
	}
	if (run->trace < scenario->n_traces)
		sc_fail(run, scenario->traces[run->trace].line, "the tracer did not see %s",
			scenario->traces[run->trace].saw.text);
	run->outcome->done = done;
}

static void end_target(struct sc_run *run)
{
	int status;

	kill(run->family.target, SIGKILL);
	while (!run->ended) {
		pid_t got = waitpid(run->family.target, &status, __WALL);
		if ((got < 0 && errno != EINTR) || (got > 0 && !WIFSTOPPED(status)))
			run->ended = true;
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)remove(path);
	return 0;
}

static void remove_folder(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* In the courier, when this process was killed. */
static void orphaned(void *userdata)
{
	remove_folder(((const struct target_memory *)userdata)->tmp);
}

static void run_target(struct sc_run *run)
{
	const struct scenario *scenario = run->scenario;
	int r = family_start(target_run, run->memory, orphaned, &run->family);

	if (r < 0) {
		sc_not_run(run, "no target could be started: %s", strerror(-r));
		return;
	}
	run->deadline = sc_now_ms() + scenario->limit_ms;
	if (scenario->traced && (r = sc_trace_begin(run)) < 0)
		sc_not_run(run, "a process cannot be traced here: %s", strerror(-r));
	atomic_store(&run->memory->go, true);
	loop(run);
	bool lives = !run->ended;
	end_target(run);
	/* how it ended by our hand says nothing */
	run->ended = !lives;
	compare(run);
	notif_done(&run->notif);
	if (run->target_fd >= 0)
		close(run->target_fd);
	family_done(&run->family);
}

/* ----------------------------------------------------------- before, after -- */

static bool needs_i386(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->n; i++)
		if (scenario->steps[i].kind == SC_CALL && scenario->steps[i].call.abi == VD_ABI_I386)
			return true;
	return false;
}

static bool rewrites(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->n_notices; i++)
		for (size_t j = 0; j < scenario->notices[i].n; j++)
			if (scenario->notices[i].acts[j].kind == SC_REWRITE)
				return true;
	return false;
}

const char *scenario_why_not(void)
{
#if defined(__x86_64__)
	return kernel_why_not();
#else
	return "scenarios are run on x86-64";
#endif
}

void scenario_run(const struct scenario *scenario, struct scenario_outcome *ret_outcome)
{
	struct sc_run run = { .scenario = scenario,
			      .notif = { .listener = -1 },
			      .target_fd = -1,
			      .tmp = "/tmp/verdict-XXXXXX",
			      .outcome = ret_outcome };
	const char *why = scenario_why_not();

	*ret_outcome = (struct scenario_outcome){ .status = SCENARIO_PASSED };
	kernel_keep_children();
	if (why)
		sc_not_run(&run, "%s", why);
	else if (needs_i386(scenario) && !kernel_has_i386())
		sc_not_run(&run, "this kernel has no i386 entry");
	else if (!mkdtemp(run.tmp))
		sc_not_run(&run, "no folder can be made in /tmp: %s", strerror(errno));
	if (run.failed)
		return;
	run.memory = target_memory_new();
	if (!run.memory)
		sc_not_run(&run, "out of memory");
	else if (target_lay_out(run.memory, scenario, run.tmp, run.addresses) < 0)
		sc_fail(&run, 0, "the scenario's strings, buffers and filters exceed %u bytes",
			SCENARIO_MEMORY_MAX);
	if (!run.failed) {
		run.memory->no_new_privs = !kernel_may_install();
		run.memory->two_threads = rewrites(scenario);
		run_target(&run);
	}
	target_memory_free(run.memory);
	remove_folder(run.tmp);
}
