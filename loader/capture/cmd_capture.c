/* SPDX-License-Identifier: MIT */
#include "loader/capture/capture.h"
#include "loader/capture/new_folder.h"
#include "loader/command.h"
#include "loader/ptrace/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct command cmd_capture;

static const char help[] =
	"usage: verdict capture [-o DIR] -- COMMAND [ARGUMENT]...\n"
	"       verdict capture [-o DIR] -p PID\n"
	"\n"
	"Writes down the seccomp filters that a command and all that it starts install,\n"
	"or those that a running process has, as folders that every command takes.\n"
	"\n"
	"  -p, --pid PID     the filters of PID's threads, as they are now\n"
	"  -o, --output DIR  where to write: a new folder, or an empty one. Without it:\n"
	"                    capture-NAME, capture-NAME-2 ... in the current folder\n"
	"\n"
	"DIR gets a folder for each distinct stack that a task had when it ended (01-man,\n"
	"02-groff ...: 01.bpf is the oldest filter), and index.tsv. It appears when all\n"
	"is written; a short summary goes to stderr, the command keeps stdout and stderr.\n"
	"\n"
	"Following a command: forks, vforks, threads and execs are followed, seccomp(2)\n"
	"and prctl(PR_SET_SECCOMP) are seen, from 64-bit and 32-bit code. No filter is\n"
	"added: calls are stopped with ptrace(2), at 10 to 25 us each. Capture ends\n"
	"when the command and all that it left behind have ended; after the command's own\n"
	"end, SIGINT, SIGTERM, SIGHUP or SIGQUIT end it at once. Until then signals sent\n"
	"to capture go on to the command. As root each program is read back from the\n"
	"kernel; without CAP_SYS_ADMIN it is what the caller's memory held. Each task's\n"
	"number of filters is checked against Seccomp_filters in /proc.\n"
	"A command that traces others itself (strace, gdb, firejail --trace) cannot trace\n"
	"what is followed; without CAP_SYS_PTRACE, set-user-ID programs run without their\n"
	"privileges. Both are warned of.\n"
	"\n"
	"A running process: each thread stands still for a moment, as between SIGSTOP and\n"
	"SIGCONT (a call that waits may end with EINTR). Needs CAP_SYS_ADMIN and\n"
	"CAP_SYS_PTRACE, no seccomp filter on capture itself, and a kernel with\n"
	"CONFIG_CHECKPOINT_RESTORE.\n"
	"\n"
	"index.tsv has one row for each call that asked for a filter, in order (with -p:\n"
	"for each filter of each thread), and these columns:\n"
	"  stack         the folder: the stack that the task ended with; - when refused\n"
	"  command       how the task was called, at that time\n"
	"  thread        the task's id\n"
	"  order         the filter's place in the stack: 1 is 01.bpf; - when refused\n"
	"  call          seccomp or prctl; inherited: no task that made calls ended with\n"
	"                this stack, others were given it by a parent or by TSYNC (only\n"
	"                its newest filter has a row); - with -p\n"
	"  flags         of seccomp(2): TSYNC|LOG ..., 0 for none; with -p LOG alone\n"
	"  result        what the call returned: 0, the listener's descriptor, an errno\n"
	"                (EINVAL), with TSYNC the thread that could not follow; SIGSYS: a\n"
	"                filter that was there forbade the call; killed: no more is known\n"
	"  instructions  the program's length\n"
	"  abi           of the call: x86_64, i386 ...\n"
	"  process       the id of the task's process\n"
	"  read          where the program comes from: kernel or memory\n"
	"\n"
	"Exit status: the command's own (a signal that ended it ends capture too). 125:\n"
	"capture failed, or something was missed (said on stderr); 126: the command\n"
	"cannot be executed; 127: it is not found. With -p: 0; 1: the process has no\n"
	"filters.\n"
	"\n"
	"Examples:\n"
	"  verdict capture -- man ls\n"
	"  verdict capture -o stacks -- firejail --noprofile --seccomp true\n"
	"  verdict show stacks/01-firejail\n"
	"\n"
	"Services: a manager starts them, not the command that asks it to, and installs\n"
	"their filters (pid 1 does for systemd's units). So start the service, then ask\n"
	"for what it has:\n"
	"  systemctl start NAME\n"
	"  verdict capture -p \"$(systemctl show -P MainPID NAME)\"\n"
	"  verdict capture -p \"$(docker inspect -f '{{.State.Pid}}' CONTAINER)\"\n"
	"  verdict capture -p \"$(podman inspect -f '{{.State.Pid}}' CONTAINER)\"\n"
	"or name a live task where a source is wanted: verdict show pid:1234\n"
	"For what a service installs by itself later (sshd's pre-authentication child),\n"
	"run it in the foreground: verdict capture -- /usr/sbin/sshd -D -p 2222\n";

enum { OPT_PID = 1, OPT_OUTPUT };

static const struct option_spec specs[] = {
	{ "pid", 'p', OPTION_VALUE, OPT_PID },
	{ "output", 'o', OPTION_VALUE, OPT_OUTPUT },
	{ NULL, 0, OPTION_FLAG, 0 },
};

struct arguments {
	const char *output;
	pid_t pid;	/* 0: not given */
	char **command; /* NULL: not given */
};

static int take_option(void *userdata, int id, const char *value)
{
	struct arguments *args = userdata;

	switch (id) {
	case OPT_OUTPUT:
		args->output = value;
		return 0;
	case OPT_PID:
		if (args->pid)
			return usage_error(&cmd_capture, "one process at a time: --pid is given twice");
		args->pid = task_id_parse(value);
		return args->pid ? 0 : usage_error(&cmd_capture, "'%s' is not the id of a process", value);
	default:
		return usage_error(&cmd_capture,
				   "what is '%s'? the command comes after --: verdict capture -- %s ...",
				   value, value);
	}
}

/* OPTION_END: go on with *args; else the exit status. */
static int parse(int argc, char **argv, struct arguments *args)
{
	int status = options_read(&cmd_capture, argc, argv, take_option, args, &args->command);

	if (status == EXIT_PASSED)
		return status;
	if (status == OPTION_END && args->command && args->pid)
		usage_error(&cmd_capture, "either a command or --pid, not both");
	else if (status == OPTION_END && !args->command && !args->pid)
		usage_error(&cmd_capture,
			    "nothing to capture: name a command after --, or a process with --pid");
	else if (status == OPTION_END)
		return OPTION_END;
	return EXIT_OWN_FAILURE;
}

static void summary(const struct capture *capture, const struct new_folder *folder, int stacks)
{
	fprintf(stderr, "verdict capture: %d stack%s", stacks, stacks == 1 ? "" : "s");
	if (capture->installed || capture->refused)
		fprintf(stderr, ", %zu filter%s installed", capture->installed,
			capture->installed == 1 ? "" : "s");
	if (capture->refused)
		fprintf(stderr, ", %zu refused", capture->refused);
	fprintf(stderr, ": %s/\n", folder->path);
}

static int write_results(struct capture *capture, struct new_folder *folder)
{
	int stacks = capture_write(capture, folder->staging);

	if (stacks < 0 || new_folder_finish(folder, capture->diags) < 0)
		return -1;
	finish_diags(capture->diags);
	summary(capture, folder, stacks);
	return 0;
}

/* The exit status; *ret_wait is the command's wait status where that is what to exit as. */
static int follow(struct capture *capture, struct new_folder *folder, char **command, int *ret_wait)
{
	int status, r = capture_follow(capture, command, &status);

	if (r)
		return r < 0 ? EXIT_OWN_FAILURE : r;
	if (write_results(capture, folder) < 0 || capture->incomplete)
		return EXIT_OWN_FAILURE;
	*ret_wait = status;
	return exit_status_of(status);
}

static int live(struct capture *capture, struct new_folder *folder, pid_t pid)
{
	int threads = capture_live(capture, pid);

	if (threads < 0)
		return EXIT_OWN_FAILURE;
	if (!threads) {
		fprintf(stderr, "verdict capture: process %d has no filters\n", pid);
		return EXIT_FAILED;
	}
	return write_results(capture, folder) < 0 ? EXIT_OWN_FAILURE : EXIT_PASSED;
}

/* What results are called after: the command's file, or the process's name. */
static void result_name(const struct arguments *args, char *buf, size_t size)
{
	struct task_status status = { .name = "process" };
	const char *name = status.name;

	if (args->command) {
		const char *slash = strrchr(args->command[0], '/');
		name = slash ? slash + 1 : args->command[0];
	} else {
		task_status(args->pid, &status);
	}
	capture_plain_name(name, buf, size);
}

static int run(int argc, char **argv)
{
	struct arguments args = { 0 };
	struct capture capture;
	struct new_folder folder;
	struct diags diags;
	char name[64];
	int wait_status = 0, r = parse(argc, argv, &args);

	if (r >= 0)
		return r;
	diags_init(&diags);
	capture_init(&capture, &diags);
	result_name(&args, name, sizeof(name));
	r = EXIT_OWN_FAILURE;
	if (new_folder_begin(&folder, args.output, name, &diags) == 0)
		r = args.command ? follow(&capture, &folder, args.command, &wait_status)
				 : live(&capture, &folder, args.pid);
	diags_print(&diags, stderr, diag_colour(stderr));
	new_folder_done(&folder);
	capture_done(&capture);
	diags_done(&diags);
	end_as(wait_status);
	return r;
}

const struct command cmd_capture = {
	.name = "capture",
	.summary = "write down the filters that a command installs or a task has",
	.help = help,
	.options = specs,
	.run = run,
};
