/* SPDX-License-Identifier: MIT */
#include "loader/scenario/run.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/install.h"
#include "loader/ptrace/status.h"
#include "vm/clock.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
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

/* A signal for the target when it sleeps in its step's call, some time after it was first seen to. */
static void send_signal(struct sc_run *run)
{
	unsigned at = atomic_load(&run->memory->at);
	const struct sc_step *step = sc_step_at(run, at);
	struct task_status status;

	/* before it is ready it has no handlers; of one that has ended the id may be another's */
	if (!atomic_load(&run->memory->ready) || run->ended || !step->signal || at < run->signalled ||
	    atomic_load(&run->memory->done) != at || at >= run->scenario->n)
		return;
	/* it sleeps nowhere else: between its steps it makes no call */
	if (!run->asleep_since) {
		if (task_status(run->family.target, &status) == 0 && status.state == 'S')
			run->asleep_since = (long)clock_ms();
		return;
	}
	if ((long)clock_ms() - run->asleep_since < (long)step->after_ms)
		return;
	run->asleep_since = 0;
	run->signalled = at + 1;
	syscall(SYS_tgkill, run->family.target, run->family.target, step->signal);
}

bool sc_pause(struct sc_run *run)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	if ((long)clock_ms() >= run->deadline)
		return false;
	nanosleep(&pause, NULL);
	send_signal(run);
	return true;
}

/* Looks whether the target has ended, or has stopped for its tracer. */
static void sc_look(struct sc_run *run)
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
	do
		sc_look(run);
	while (!run->ended && sc_pause(run));
	return run->ended;
}

/* --------------------------------------------------------------- the run -- */

static void take_listener(struct sc_run *run)
{
	int fd = family_take(&run->family, 0);

	if (fd < 0 && fd != -ETIMEDOUT && fd != -EINTR)
		sc_not_run(run, "no listener can be taken: %s", strerror(-fd));
	if (fd < 0)
		return;
	if (run->listening)
		notif_done(&run->notif);
	int r = notif_init(&run->notif, fd);
	run->listening = r == 0;
	if (r < 0)
		sc_not_run(run, "no supervisor: %s", strerror(-r));
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
	const struct sc_step *step = sc_step_at(run, done);

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
		if (!sc_pause(run) && !run->failed)
			too_late(run);
	}
}

static void end_target(struct sc_run *run)
{
	int status;

	if (!run->ended)
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
	const struct target_memory *memory = userdata;

	if (atomic_load(&memory->made))
		remove_folder(memory->tmp);
}

/* A name that nobody has: the folder is made when the courier is there, which removes it should we be killed.
 */
static int name_folder(char *tmp, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	unsigned char random[6];
	char name[sizeof(random) + 1] = { 0 };

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	for (size_t i = 0; i < sizeof(random); i++)
		name[i] = letters[random[i] % (sizeof(letters) - 1)];
	snprintf(tmp, size, "/tmp/verdict-%s", name);
	return 0;
}

static void make_folder(struct sc_run *run)
{
	atomic_store(&run->memory->made, true);
	if (mkdir(run->tmp, 0700) == 0)
		return;
	atomic_store(&run->memory->made, false);
	sc_not_run(run, "no folder can be made in /tmp: %s", strerror(errno));
}

static void run_target(struct sc_run *run)
{
	const struct scenario *scenario = run->scenario;
	int r = family_start(target_run, run->memory, orphaned, &run->family);

	if (r < 0) {
		sc_not_run(run, "no target could be started: %s", strerror(-r));
		return;
	}
	run->deadline = (long)clock_ms() + scenario->limit_ms;
	make_folder(run);
	if (scenario->traced && (r = sc_trace_begin(run)) < 0)
		sc_not_run(run, "a process cannot be traced here: %s", strerror(-r));
	atomic_store(&run->memory->go, true);
	loop(run);
	bool lives = !run->ended;
	end_target(run);
	/* how it ended by our hand says nothing */
	run->ended = !lives;
	sc_compare(run);
	notif_done(&run->notif);
	if (run->target_fd >= 0)
		close(run->target_fd);
	/* while the courier is there to do it for us */
	if (atomic_load(&run->memory->made))
		remove_folder(run->tmp);
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

/* Whether this kernel can run any; NULL, or why not. Static storage. */
static const char *scenario_why_not(void)
{
#if defined(__x86_64__)
	return kernel_why_not();
#else
	return "scenarios are run on x86-64";
#endif
}

void scenario_run(const struct scenario *scenario, struct scenario_outcome *ret_outcome)
{
	struct sc_run run = {
		.scenario = scenario, .notif = { .listener = -1 }, .target_fd = -1, .outcome = ret_outcome
	};
	const char *why = scenario_why_not();

	*ret_outcome = (struct scenario_outcome){ .status = SCENARIO_PASSED };
	kernel_keep_children();
	if (why)
		sc_not_run(&run, "%s", why);
	else if (needs_i386(scenario) && !kernel_has_i386())
		sc_not_run(&run, "this kernel has no i386 entry");
	else if (name_folder(run.tmp, sizeof(run.tmp)) < 0)
		sc_not_run(&run, "there are no random numbers");
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
}
