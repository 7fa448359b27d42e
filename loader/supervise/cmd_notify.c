/* SPDX-License-Identifier: MIT */
#include "loader/kernel/install.h"
#include "loader/output.h"
#include "loader/ptrace/tracer.h"
#include "loader/supervise/supervise.h"
#include "loader/under.h"

#include <stdlib.h>
#include <string.h>

extern const struct command cmd_notify;

static const char help[] =
	"usage: verdict notify [OPTIONS] SOURCE... -- COMMAND [ARGUMENT]...\n"
	"\n"
	"Runs a command under the sources' filters, stacked in the order given (oldest\n"
	"first), as the supervisor of its USER_NOTIF verdicts: prints each notification\n"
	"and answers it by rule. Strings are read from the target's memory, with the\n"
	"notification's id checked before and after.\n"
	"\n"
	"  -a, --answer 'CALL: ANSWER'\n"
	"                     CALL is a name on every ABI, ARCH NAME, a number or any;\n"
	"                     ANSWER is one of\n"
	"                       continue    the call runs as if the filter allowed it\n"
	"                       errno NAME  it fails\n"
	"                       value N     it returns N without running\n"
	"                       fd PATH     PATH is opened for reading here, and the call\n"
	"                                   returns a descriptor of it\n"
	"                     repeatable: the first that fits counts; for calls that none\n"
	"                     fits: continue\n"
	"  -f, --format pretty|json\n"
	"                     [PID] CALL = ANSWER, or a JSON object, one line for each\n"
	"  -o, --output FILE  where they go; without it stderr\n"
	"\n"
	"The filters are there when the command is executed: they must let execve(2)\n"
	"through (or notify of it), and all but the last one seccomp(2). A task has one\n"
	"listener: it is that of the newest filter that returns USER_NOTIF. It is passed\n"
	"over a UNIX socket, and the command does not have it. WAIT_KILLABLE_RECV is set\n"
	"where the kernel knows it (5.19): once received, only a fatal signal interrupts\n"
	"a call. What was read of memory before 'continue' proves nothing: another thread\n"
	"may change it before the call runs.\n"
	"notify ends when the command has ended and no process has its filters any more;\n"
	"after the command's end a signal ends it at once. Without CAP_SYS_ADMIN the\n"
	"command has no_new_privs: set-user-ID programs run without their privileges.\n"
	"\n"
	"  verdict notify -a 'mkdir: errno EPERM' mkdir-notify.bpfasm -- mkdir /tmp/a\n"
	"\n"
	"Exit status: the command's own (a signal that ended it ends notify too). 125:\n"
	"notify failed; 126: the command cannot be executed; 127: it is not found.\n";

enum { OPT_ANSWER = UNDER_OTHER };

static const struct option_spec specs[] = {
	{ "answer", 'a', OPTION_VALUE, OPT_ANSWER },
	UNDER_OPTIONS,
	{ NULL, 0, OPTION_FLAG, 0 },
};

static int add_answer(void *userdata, int id, const char *value)
{
	struct supervision *supervision = userdata;

	(void)answer_add(&supervision->rules, value, supervision->diags);
	return 0;
}

/* The exit status; *ret_wait is the command's wait status where that is what to exit as. */
static int run_command(struct supervision *supervision, struct under *args, int *ret_wait)
{
	struct output output;
	int status, r;

	if (source_list_stack(&args->sources, supervision->diags, &supervision->stack) < 0 ||
	    (args->output && output_open(args->output, supervision->diags, &output) < 0))
		return EXIT_OWN_FAILURE;
	supervision->out = args->output ? output.file : stderr;
	if (!kernel_may_install())
		diag_file_warning(
			supervision->diags, "verdict notify",
			"no_new_privs is set for the command, as without CAP_SYS_ADMIN it has to be");
	r = supervise(supervision, args->command, &status);
	if (args->output && output_commit(&output, supervision->diags) < 0)
		r = -1;
	if (r)
		return r < 0 ? EXIT_OWN_FAILURE : r;
	*ret_wait = status;
	return exit_status_of(status);
}

static int run(int argc, char **argv)
{
	struct supervision supervision = { .otherwise = { .any = true, .kind = ANSWER_CONTINUE } };
	struct under args = { 0 };
	struct diags diags;
	int wait_status = 0, status;

	diags_init(&diags);
	supervision.diags = &diags;
	status = under_read(&cmd_notify, argc, argv, add_answer, &supervision, &diags, &args);
	supervision.as_json = args.json;
	if (status < 0)
		status = run_command(&supervision, &args, &wait_status);
	finish_diags(&diags);
	answer_done(&supervision.rules);
	filter_stack_done(&supervision.stack);
	under_done(&args);
	end_as(wait_status);
	return status;
}

const struct command cmd_notify = {
	.name = "notify",
	.summary = "run a command with a supervisor for its USER_NOTIF verdicts",
	.help = help,
	.options = specs,
	.run = run,
};
