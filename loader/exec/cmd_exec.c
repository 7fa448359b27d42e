/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/exec/tally.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/install.h"
#include "loader/output.h"
#include "loader/ptrace/tracer.h"
#include "loader/source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

extern const struct command cmd_exec;

enum { OPT_FORMAT = 1, OPT_OUTPUT };

static const struct option_spec specs[] = {
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ "output", 'o', OPTION_VALUE, OPT_OUTPUT },
	{ NULL, 0, OPTION_FLAG, 0 },
};

static const char help[] =
	"usage: verdict exec [OPTIONS] SOURCE... -- COMMAND [ARGUMENT]...\n"
	"\n"
	"Runs a command under a stack of filters, the oldest first, and tells what was\n"
	"decided of its calls and of those of all that it starts: how often, by which\n"
	"filter, and the first call of each denial.\n"
	"\n"
	"  -o, --output FILE    write the report there instead of to stderr\n"
	"  -f, --format FORMAT  text (default) or json\n"
	"\n"
	"The filters are in the kernel when the command is executed, so they have to\n"
	"allow execve, and all but the last one seccomp. Without CAP_SYS_ADMIN\n"
	"no_new_privs is set. Nobody listens or traces for USER_NOTIF and TRACE: these\n"
	"calls fail with ENOSYS. Calls are seen with ptrace(2), at 10 to 25 us each; a\n"
	"command that traces others itself cannot do so. Filters that the command adds\n"
	"are not in the report.\n"
	"\n"
	"Exit status: the command's own (a signal that ended it ends exec too). 125: exec\n"
	"itself failed; 126: the command cannot be executed; 127: it is not found.\n"
	"\n"
	"Example:\n"
	"  verdict exec policy.bpf -- ls -l /proc\n";

/* What the child says before it is the command: shared memory needs no call that a filter could forbid. */
struct progress {
	size_t installed;
	struct kernel_installed last;
};

struct exec {
	struct source_list sources;
	struct filter_stack stack;
	struct diags diags;
	const char *output;
	bool as_json;
	char **command;
	struct progress *progress;
	struct tally tally;
	bool judging; /* all filters are in place: the command's execve was seen */
	bool no_memory;
};

/* -------------------------------------------------------------- the run -- */

static bool install_all(void *userdata)
{
	struct exec *exec = userdata;
	struct progress *progress = exec->progress;

	for (; progress->installed < exec->stack.n; progress->installed++) {
		const struct vd_prog *prog = vd_stack_prog(exec->stack.stack, progress->installed);
		if (kernel_install(vd_prog_insns(prog), vd_prog_len(prog), 0, &progress->last) < 0)
			return false;
	}
	return true;
}

static void on_enter(void *userdata, struct tracee *task)
{
	struct exec *exec = userdata;
	struct vd_verdict verdict;

	exec->judging |= exec->progress->installed == exec->stack.n && tracee_calls(task, "execve");
	if (!exec->judging)
		return;
	if (kernel_askable(&task->call) == KERNEL_BYPASSED) {
		exec->tally.bypassed++;
		return;
	}
	verdict = vd_stack_run(exec->stack.stack, &task->call);
	if (tally_add(&exec->tally, &task->call, &verdict, task->tid) < 0)
		exec->no_memory = true;
}

static const struct trace_ops ops = { .child = install_all, .enter = on_enter };

static int not_installed(struct exec *exec)
{
	const struct progress *progress = exec->progress;
	const char *name = exec->stack.names[progress->installed];
	size_t len = vd_prog_len(vd_stack_prog(exec->stack.stack, progress->installed));

	if (progress->last.error)
		diag_file_error(&exec->diags, name, "cannot be installed: %s%s",
				kernel_install_explain(&progress->last, len, 0),
				progress->installed ? "; the filters before it have to allow seccomp" : "");
	else
		diag_file_error(&exec->diags, name, "cannot be installed: the filters before it do not allow seccomp");
	return EXIT_OWN_FAILURE;
}

static int not_executed(struct exec *exec, const struct trace_end *end)
{
	if (end->exec_errno)
		diag_file_error(&exec->diags, exec->command[0], "%s", strerror(end->exec_errno));
	else
		diag_file_error(&exec->diags, exec->command[0], "was not executed: the filters do not let it");
	return end->exec_errno == ENOENT ? EXIT_COMMAND_NOT_FOUND : EXIT_COMMAND_NOT_RUN;
}

/* The exit status, or -1: as *ret_wait says. */
static int follow(struct exec *exec, struct tracer *tracer, int *ret_wait)
{
	struct trace_end end;
	int r = tracer_start(tracer, exec->command);

	if (r == 0)
		r = tracer_run(tracer, &end);
	if (r < 0) {
		diag_file_error(&exec->diags, exec->command[0], "cannot be run under ptrace(2): %s", strerror(-r));
		return EXIT_OWN_FAILURE;
	}
	if (exec->progress->installed < exec->stack.n)
		return not_installed(exec);
	if (!end.executed)
		return not_executed(exec, &end);
	*ret_wait = end.status;
	return -1;
}

static int write_report(struct exec *exec)
{
	struct output output = { .file = stderr };

	if (exec->no_memory)
		diag_file_error(&exec->diags, "report", "out of memory: it is not complete");
	if (exec->output && output_open(exec->output, &exec->diags, &output) < 0)
		return -1;
	(exec->as_json ? tally_json : tally_print)(&exec->tally, exec->stack.names, output.file);
	return exec->output ? output_commit(&output, &exec->diags) : 0;
}

static int run_command(struct exec *exec, int *ret_wait)
{
	struct tracer *tracer;
	int r = tracer_new(&ops, exec, &tracer);

	if (r < 0) {
		diag_file_error(&exec->diags, exec->command[0], "%s", strerror(-r));
		return EXIT_OWN_FAILURE;
	}
	r = follow(exec, tracer, ret_wait);
	tracer_free(tracer);
	if (exec->judging && write_report(exec) < 0)
		return EXIT_OWN_FAILURE;
	return exec->no_memory ? EXIT_OWN_FAILURE : r;
}

/* ----------------------------------------------------------- arguments -- */

static int set_option(struct exec *exec, int id, const char *value)
{
	if (id == OPT_OUTPUT) {
		exec->output = value;
		return -1;
	}
	exec->as_json = !strcmp(value, "json");
	if (!exec->as_json && strcmp(value, "text")) {
		usage_error(&cmd_exec, "unknown format '%s': it is text or json", value);
		return EXIT_OWN_FAILURE;
	}
	return -1;
}

/* -1: go on; else the exit status. */
static int parse(struct exec *exec, int argc, char **argv)
{
	struct options options;
	int id, r = -1;

	options_init(&options, &cmd_exec, specs, argc, argv);
	while (r < 0 && ((id = options_next(&options)) > 0 || id == OPTION_OPERAND)) {
		if (id == OPTION_OPERAND)
			source_list_add(&exec->sources, options.value, &exec->diags);
		else
			r = set_option(exec, id, options.value);
	}
	if (r >= 0)
		return r;
	if (id == OPTION_HELP)
		return EXIT_PASSED;
	if (id == OPTION_BAD)
		return EXIT_OWN_FAILURE;
	if (id == OPTION_DASHES && options.at < argc)
		exec->command = argv + options.at;
	if (!exec->command)
		usage_error(&cmd_exec, "nothing to run: name the command after --");
	else if (!exec->sources.n && !exec->diags.errors)
		usage_error(&cmd_exec, "no source; name filters before --");
	else
		return -1;
	return EXIT_OWN_FAILURE;
}

static int prepare(struct exec *exec)
{
	if (exec->diags.errors || source_list_stack(&exec->sources, &exec->diags, &exec->stack) < 0)
		return -1;
	exec->progress = mmap(NULL, sizeof(*exec->progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (exec->progress == MAP_FAILED) {
		exec->progress = NULL;
		diag_file_error(&exec->diags, "stack", "out of memory");
		return -1;
	}
	return 0;
}

static int run(int argc, char **argv)
{
	struct exec exec = { .as_json = false };
	int wait_status = 0, r;

	diags_init(&exec.diags);
	r = parse(&exec, argc, argv);
	if (r < 0)
		r = prepare(&exec) < 0 ? EXIT_OWN_FAILURE : run_command(&exec, &wait_status);
	diags_print(&exec.diags, stderr, diag_colour(stderr));
	if (exec.progress)
		munmap(exec.progress, sizeof(*exec.progress));
	tally_done(&exec.tally);
	filter_stack_done(&exec.stack);
	source_list_done(&exec.sources);
	diags_done(&exec.diags);
	if (r < 0)
		exit_as(wait_status);
	return r;
}

const struct command cmd_exec = {
	.name = "exec",
	.summary = "run a command under filters, and tell what was decided of its calls",
	.help = help,
	.run = run,
};
