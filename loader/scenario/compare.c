/* SPDX-License-Identifier: MIT */
/* What came of a scenario's steps, and what was expected. */
#include "loader/kernel/install.h"
#include "loader/scenario/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

const struct sc_step *sc_step_at(const struct sc_run *run, unsigned i)
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
	const struct sc_step *step = sc_step_at(run, i);

	if (step->dies)
		sc_fail(run, step->line, "%s returned, and was to end the target by %s", step->text,
			sc_signal_name(step->dies));
	if (step->exits >= 0)
		sc_fail(run, step->line, "%s returned, and was to end the target", step->text);
	if (step->signal && run->signalled <= i)
		sc_fail(run, step->line, "%s returned before it was seen to sleep: %s was not sent",
			step->text, sc_signal_name(step->signal));
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
	const struct sc_step *step = sc_step_at(run, done);

	if (!atomic_load(&run->memory->ready)) {
		sc_not_run(run, "the target could not be set up");
	} else if (WIFSIGNALED(run->status)) {
		if (WTERMSIG(run->status) != step->dies)
			sc_fail(run, step->line, "%s ended the target by %s", step->text,
				sc_signal_name(WTERMSIG(run->status)));
	} else if (WEXITSTATUS(run->status) != step->exits) {
		sc_fail(run, step->line, "%s ended the target with exit status %d", step->text,
			WEXITSTATUS(run->status));
	}
}

void sc_compare(struct sc_run *run)
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
