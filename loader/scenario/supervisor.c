/* SPDX-License-Identifier: MIT */
/* The supervisor of a scenario: what it sees, and what it does then. */
#include "loader/scenario/run.h"
#include "loader/supervise/decode.h"
#include "vm/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *errno_name(int error)
{
	const char *name = vd_errno_name((unsigned)error);

	return name ? name : strerror(error);
}

static size_t read_notified(struct sc_run *run, uint64_t address, void *buf, size_t len)
{
	ssize_t n = notif_read(&run->notif, address, buf, len);

	return n < 0 ? 0 : (size_t)n;
}

/* ----------------------------------------------------------------- acts -- */

static int add_descriptor(struct sc_run *run, const struct sc_act *act)
{
	size_t len;
	char *text = target_expand(act->text, act->len, run->tmp, &len);
	int fd = memfd_create("scenario", MFD_CLOEXEC), r = fd < 0 ? -errno : 0;

	if (r == 0 && (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0))
		r = -EIO;
	if (r == 0)
		r = notif_add_fd(&run->notif, fd, (int)act->value, act->send);
	if (fd >= 0)
		close(fd);
	free(text);
	return r < 0 ? r : 0;
}

/*
 * Whether the call that was notified has returned, and not because of a signal:
 * the step's, or the supervisor's. Counted from the notification, not from when
 * somebody looks: a reply may have been heeded long before its sender goes on.
 */
static bool has_returned(struct sc_run *run)
{
	return atomic_load(&run->memory->done) != run->notified && run->signalled <= run->notified &&
	       !run->interrupted;
}

static int send_signal(struct sc_run *run, const struct sc_act *act)
{
	run->interrupted = true;
	if (run->ended)
		return -ESRCH;
	return syscall(SYS_tgkill, run->family.target, run->family.target, act->value) < 0 ? -errno : 0;
}

/* The call must not return while the supervisor takes its time. */
static int delay(struct sc_run *run, const struct sc_act *act)
{
	long until = (long)clock_ms() + act->value;

	while ((long)clock_ms() < until && !has_returned(run) && sc_pause(run))
		;
	if (has_returned(run))
		sc_fail(run, act->line, "the target's call returned during the delay");
	return 0;
}

static int id_gone(struct sc_run *run, const struct sc_act *act)
{
	while (notif_valid(&run->notif, run->notif.request->id))
		if (!sc_pause(run)) {
			sc_fail(run, act->line, "the notification's id is still valid");
			break;
		}
	return 0;
}

static int id_valid(struct sc_run *run, const struct sc_act *act)
{
	if (!notif_valid(&run->notif, run->notif.request->id))
		sc_fail(run, act->line, "the notification's id is no longer valid");
	return 0;
}

/* The other thread changes memory that the call's argument points to. */
static int rewrite(struct sc_run *run, const struct sc_act *act)
{
	const struct sc_var *var = &run->scenario->vars[act->value];
	struct target_memory *memory = run->memory;
	size_t len, old_len;
	char *text = target_expand(act->text, act->len, run->tmp, &len),
	     *old = target_expand(var->text, var->len, run->tmp, &old_len);
	uint64_t at;

	free(old);
	if (len > old_len) {
		sc_fail(run, act->line, "the new text is longer than the old one");
	} else if (target_value(memory,
				&(struct sc_arg){ .kind = SC_STRING, .text = act->text, .len = act->len },
				run->scenario, run->tmp, run->addresses, &at) < 0) {
		sc_fail(run, act->line, "the scenario's memory is full");
	} else {
		memory->change_to = (char *)(uintptr_t)run->addresses[act->value];
		memory->change_from = (const char *)(uintptr_t)at;
		memory->change_len = len + 1;
		atomic_store(&memory->change, true);
		while (atomic_load(&memory->change))
			if (!sc_pause(run)) {
				sc_fail(run, act->line, "the target's other thread did nothing");
				break;
			}
	}
	free(text);
	return 0;
}

static int make_folder(struct sc_run *run, const struct sc_act *act)
{
	size_t len;
	char *path = target_expand(act->text, act->len, run->tmp, &len);
	int r = mkdir(path, 0700) < 0 ? -errno : 0;

	free(path);
	return r;
}

static int open_memory(struct sc_run *run)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/mem", run->notif.request->pid);
	if (run->target_fd >= 0)
		close(run->target_fd);
	run->target_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (run->target_fd < 0)
		return -errno;
	return notif_valid(&run->notif, run->notif.request->id) ? 0 : -ENOENT;
}

/* A dead target's memory goes when the last one is through who looked into it: ps(1), say. */
static int memory_empty(struct sc_run *run, const struct sc_act *act)
{
	char byte;
	ssize_t n;

	do
		n = pread(run->target_fd, &byte, 1, (off_t)(uintptr_t)run->memory);
	while (n > 0 && sc_pause(run));
	if (n > 0)
		sc_fail(run, act->line, "the target's memory can still be read");
	return n < 0 ? -errno : 0;
}

static int end_target(struct sc_run *run, const struct sc_act *act)
{
	if (!run->ended)
		kill(run->family.target, SIGKILL);
	if (!sc_await_end(run))
		sc_fail(run, act->line, "the target did not die");
	return 0;
}

static int leave(struct sc_run *run)
{
	notif_done(&run->notif);
	run->listening = false;
	return 0;
}

/* The length of the first string that was seen: the path's, for most calls. */
static int reply_length(struct sc_run *run, const struct sc_notice *notice)
{
	const struct seccomp_notif *request = run->notif.request;
	char text[4096];

	for (unsigned i = 0; i < notice->saw.n; i++)
		if (notice->saw.args[i].kind == SC_STRING) {
			ssize_t len = notif_read_string(&run->notif, request->data.args[i], text,
							sizeof(text));
			return len < 0 ? (int)len : notif_reply(&run->notif, len, 0);
		}
	return -EINVAL;
}

static int act_one(struct sc_run *run, const struct sc_notice *notice, const struct sc_act *act)
{
	switch (act->kind) {
	case SC_REPLY:
		return act->value < 0 && act->value >= -4095 ? notif_reply(&run->notif, 0, (int)-act->value)
							     : notif_reply(&run->notif, act->value, 0);
	case SC_REPLY_LENGTH:
		return reply_length(run, notice);
	case SC_REPLY_CONTINUE:
		return notif_continue(&run->notif);
	case SC_ADD:
		return add_descriptor(run, act);
	case SC_DELAY:
		return delay(run, act);
	case SC_SIGNAL:
		return send_signal(run, act);
	case SC_ID_VALID:
		return id_valid(run, act);
	case SC_ID_GONE:
		return id_gone(run, act);
	case SC_REWRITE:
		return rewrite(run, act);
	case SC_MKDIR:
		return make_folder(run, act);
	case SC_MEMORY_OPEN:
		return open_memory(run);
	case SC_MEMORY_EMPTY:
		return memory_empty(run, act);
	case SC_KILL:
		return end_target(run, act);
	case SC_LEAVE:
		return leave(run);
	}
	return -EINVAL;
}

static void act_all(struct sc_run *run, const struct sc_notice *notice)
{
	for (size_t i = 0; i < notice->n && !run->failed; i++) {
		const struct sc_act *act = &notice->acts[i];
		if (act->kind != SC_LEAVE && act->kind != SC_MEMORY_EMPTY && !run->listening) {
			sc_fail(run, act->line, "the supervisor has left: nothing can follow");
			return;
		}
		int r = act_one(run, notice, act);
		if (-r == act->fails || run->failed)
			continue;
		if (r < 0 && act->fails)
			sc_fail(run, act->line, "this failed with %s, expected %s", errno_name(-r),
				errno_name(act->fails));
		else if (r < 0)
			sc_fail(run, act->line, "this failed with %s", errno_name(-r));
		else
			sc_fail(run, act->line, "this succeeded, it was to fail with %s",
				errno_name(act->fails));
	}
}

/* -------------------------------------------------------------- notices -- */

static void unexpected(struct sc_run *run, const struct sc_notice *meant)
{
	struct decoded decoded;

	(void)notif_decode(&run->notif, &decoded);
	if (!meant)
		sc_fail(run, 0, "the supervisor saw %s, and nothing more was expected", decoded.text);
	else if (meant->gone)
		sc_fail(run, meant->line, "the supervisor saw %s, not that the filter was gone",
			decoded.text);
	else
		sc_fail(run, meant->line, "the supervisor saw %s, not %s", decoded.text, meant->saw.text);
	decoded_done(&decoded);
}

static void on_notification(struct sc_run *run)
{
	const struct scenario *scenario = run->scenario;
	const struct sc_notice *notice = run->notice < scenario->n_notices ? &scenario->notices[run->notice]
									   : NULL;

	if (!notice || notice->gone ||
	    !sc_matches(run, &notice->saw, &run->notif.request->data, read_notified)) {
		unexpected(run, notice);
		return;
	}
	if (run->notif.request->pid != (uint32_t)run->family.target) {
		sc_fail(run, notice->line, "the notification says process %u, the target is %d",
			run->notif.request->pid, run->family.target);
		return;
	}
	if (run->last_id == run->notif.request->id) {
		sc_fail(run, notice->line, "the notification has the id of the one before");
		return;
	}
	run->last_id = run->notif.request->id;
	run->notified = atomic_load(&run->memory->done);
	run->interrupted = false;
	run->notice++;
	act_all(run, notice);
}

static void on_gone(struct sc_run *run)
{
	const struct scenario *scenario = run->scenario;

	if (run->notice < scenario->n_notices && scenario->notices[run->notice].gone)
		run->notice++;
	leave(run);
}

void sc_supervise(struct sc_run *run)
{
	int r = notif_receive(&run->notif, 1);

	if (r == 0)
		on_notification(run);
	else if (r == -EPIPE)
		on_gone(run);
	else if (r != -ETIMEDOUT && r != -ENOENT && r != -EINTR)
		sc_fail(run, 0, "no notification could be received: %s", errno_name(-r));
}
