/* SPDX-License-Identifier: MIT */
#include "loader/exec/report.h"
#include "loader/output.h"
#include "loader/ptrace/tracer.h"
#include "loader/under.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct command cmd_exec;

static const char help[] = "usage: verdict exec [OPTIONS] SOURCE... -- COMMAND [ARGUMENT]...\n"
			   "\n"
			   "Runs a command under the sources' filters, stacked in the order given (oldest\n"
			   "first), and reports what was decided: for each system call how often, by which\n"
			   "filter, and the first call of each denial, as `verdict eval` takes it.\n"
			   "\n"
			   "  -f, --format pretty|json   the report's form\n"
			   "  -o, --output FILE          where it goes, when the command and all that it\n"
			   "                             started have ended; without it stderr\n"
			   "\n"
			   "The filters are put in place when the command's program is there and nothing\n"
			   "of it has run: they need not let execve(2) through. From then on the kernel\n"
			   "enforces them; every call of the command, its children and threads is judged by\n"
			   "the machine as well (stopped with ptrace(2), at 10 to 25 us each), and what the\n"
			   "kernel did is compared: errnos, SIGSYS with its data, deaths. (A call that runs\n"
			   "shows no verdict.) TRACE and USER_NOTIF are ENOSYS: there is neither a filter's\n"
			   "tracer nor a listener; `verdict notify` has one.\n"
			   "Filters that the command installs itself are not known to the machine: calls of\n"
			   "such processes are counted, not compared.\n"
			   "As root filters are suspended while the next one is put on top. Without\n"
			   "CAP_SYS_ADMIN each must let seccomp(2) through but for the last one, and the\n"
			   "command has no_new_privs: set-user-ID programs run without their privileges.\n"
			   "\n"
			   "  verdict exec policy.json -- ls -l\n"
			   "  verdict exec -f json -o report.json base.bpf deny-net.rules -- curl localhost\n"
			   "\n"
			   "Exit status: the command's own (a signal that ended it ends exec too). 4:\n"
			   "machine and kernel disagree; 125: exec failed; 126: the command cannot be\n"
			   "executed; 127: it is not found.\n";

static const struct option_spec specs[] = {
	UNDER_OPTIONS,
	{ NULL, 0, OPTION_FLAG, 0 },
};

static int write_report(const struct under *args, struct watch *watch, int status)
{
	struct output output;
	FILE *out = stderr;

	if (args->output && output_open(args->output, watch->diags, &output) < 0)
		return -1;
	if (args->output)
		out = output.file;
	if (args->json)
		watch_json(watch, status, out);
	else
		watch_print(watch, out);
	return args->output ? output_commit(&output, watch->diags) : 0;
}

/* The exit status; *ret_wait is the command's wait status where that is what to exit as. */
static int watch_and_report(struct under *args, struct watch *watch, int *ret_wait)
{
	int status, r;

	if (source_list_stack(&args->sources, watch->diags, &watch->stack) < 0)
		return EXIT_OWN_FAILURE;
	r = watch_run(watch, args->command, &status);
	if (r)
		return r < 0 ? EXIT_OWN_FAILURE : r;
	if (write_report(args, watch, status) < 0)
		return EXIT_OWN_FAILURE;
	if (watch->disagreements)
		return EXIT_DISAGREE;
	*ret_wait = status;
	return exit_status_of(status);
}

static int run(int argc, char **argv)
{
	struct under args = { 0 };
	struct watch watch = { 0 };
	struct diags diags;
	int wait_status = 0, status;

	diags_init(&diags);
	tally_init(&watch.tally);
	watch.diags = &diags;
	status = under_read(&cmd_exec, argc, argv, NULL, NULL, &diags, &args);
	if (status < 0)
		status = watch_and_report(&args, &watch, &wait_status);
	finish_diags(&diags);
	tally_done(&watch.tally);
	filter_stack_done(&watch.stack);
	under_done(&args);
	end_as(wait_status);
	return status;
}

const struct command cmd_exec = {
	.name = "exec",
	.summary = "run a command under filters and report what was decided",
	.help = help,
	.options = specs,
	.run = run,
};
