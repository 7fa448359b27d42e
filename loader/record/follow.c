/* SPDX-License-Identifier: MIT */
#include "loader/ptrace/command.h"
#include "loader/ptrace/remarks.h"
#include "loader/record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WHO "verdict record"

struct follower {
	struct recording *recording;
	struct tracer *tracer;
	struct remarks remarks;
	bool running;		    /* the command has become itself; a process always was */
	struct seccomp_data latest; /* until then: the one call that will have been its execve */
};

/* What is known of one task. */
struct task {
	struct writer_task as;
	bool renamed; /* its name may have changed */
};

static void read_name(struct writer_task *task)
{
	char path[64], name[INDEX_COMM] = "";

	snprintf(path, sizeof(path), "/proc/%u/task/%u/comm", task->maker.pid, task->maker.tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t n = read(fd, name, sizeof(name));
	close(fd);
	if (n <= 0)
		return;
	name[n - 1] = '\0'; /* its newline */
	if (strcmp(name, task->maker.comm) != 0)
		task->unit = 0;
	memcpy(task->maker.comm, name, sizeof(name));
}

static void on_born(void *userdata, struct tracee *tracee, const struct tracee *parent)
{
	struct follower *follower = userdata;
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		out_of_memory();
	if (parent && parent->data)
		task->as.maker = ((struct task *)parent->data)->as.maker;
	else
		task->renamed = true;
	task->as.maker.pid = (uint32_t)tracee->tgid;
	task->as.maker.tid = (uint32_t)tracee->tid;
	tracee->data = task;
	follower->recording->tasks++;
}

static void on_gone(void *userdata, struct tracee *tracee)
{
	free(tracee->data);
	tracee->data = NULL;
}

static void on_enter(void *userdata, struct tracee *tracee)
{
	struct follower *follower = userdata;
	struct task *task = tracee->data;

	if (!follower->running) {
		follower->latest = tracee->call;
		return;
	}
	remark_enter(&follower->remarks, tracee);
	if (task->renamed)
		read_name(&task->as);
	task->renamed = (uint32_t)tracee->call.args[0] == PR_SET_NAME && tracee_calls(tracee, "prctl");
	recording_add(follower->recording, &tracee->call, 0, &task->as);
}

static void on_leave(void *userdata, struct tracee *tracee, int64_t result)
{
	struct follower *follower = userdata;

	remark_leave(&follower->remarks, tracee, result);
}

static void on_exec(void *userdata, struct tracee *tracee)
{
	struct follower *follower = userdata;
	struct task *task = tracee->data;

	remark_exec(&follower->remarks, tracee);
	/* A thread that executes has its process's id from here on. */
	task->as.maker.pid = task->as.maker.tid = (uint32_t)tracee->tid;
	task->as.unit = 0;
	task->renamed = true;
	if (follower->running)
		return;
	follower->running = true;
	read_name(&task->as);
	/* where calls cannot be stopped at, its entry was not seen */
	if (follower->latest.arch)
		recording_add(follower->recording, &follower->latest, 0, &task->as);
}

static int on_idle(void *userdata)
{
	struct follower *follower = userdata;

	return follower->recording->writer ? writer_flush_old(follower->recording->writer) : -1;
}

static const struct trace_ops ops = {
	.born = on_born,
	.enter = on_enter,
	.leave = on_leave,
	.exec = on_exec,
	.gone = on_gone,
	.idle = on_idle,
};

bool recording_add(struct recording *recording, const struct seccomp_data *data, uint16_t open,
		   struct writer_task *task)
{
	const struct vd_verdict none = { .filter = -1 };

	if (recording->writer)
		return writer_add(recording->writer, data, open, task);
	tally_add(&recording->counts, data, none, 0, 1);
	return true;
}

static int begin(struct follower *follower, struct recording *recording, const char *name)
{
	*follower = (struct follower){ .recording = recording,
				       .remarks = { .who = WHO, .diags = recording->diags } };
	int r = tracer_new(&ops, follower, &follower->tracer);

	return r < 0 ? trace_not_started(name, -r, WHO, recording->diags) : 0;
}

int record_command(struct recording *recording, char *const *argv, int *ret_status)
{
	struct follower follower;

	if (begin(&follower, recording, argv[0]) < 0)
		return -1;
	if (!recording->by_stops)
		tracer_use_filter(follower.tracer);
	int r = trace_command(follower.tracer, argv, WHO, recording->diags, ret_status);
	tracer_free(follower.tracer);
	return r;
}

int record_process(struct recording *recording, pid_t pid)
{
	struct follower follower;
	struct trace_end end;
	char name[32];

	snprintf(name, sizeof(name), "process %d", pid);
	if (begin(&follower, recording, name) < 0)
		return -1;
	follower.running = true;
	int r = tracer_attach(follower.tracer, pid);
	if (r == -ESRCH)
		diag_file_error(recording->diags, WHO, "there is no process %d", pid);
	else if (r < 0)
		trace_not_started(name, -r, WHO, recording->diags);
	else
		r = tracer_run(follower.tracer, &end);
	tracer_free(follower.tracer);
	return r < 0 ? -1 : 0;
}
