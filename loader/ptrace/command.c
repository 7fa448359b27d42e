/* SPDX-License-Identifier: MIT */
#include "loader/ptrace/command.h"
#include "loader/command.h"

#include <errno.h>
#include <string.h>

int trace_not_started(const char *name, int error, const char *who, struct diags *diags)
{
	if (error == EPERM || error == EACCES)
		diag_file_error(diags, who, "%s cannot be traced: ptrace(2) is not permitted here (%s)", name,
				strerror(error));
	else
		diag_file_error(diags, who, "%s could not be started: %s", name, strerror(error));
	return -1;
}

static int not_executed(const char *name, int error, const char *who, struct diags *diags)
{
	diag_file_error(diags, who, "%s: %s", name, strerror(error));
	return error == ENOENT ? EXIT_COMMAND_NOT_FOUND : EXIT_COMMAND_NOT_RUN;
}

int trace_command(struct tracer *tracer, char *const *argv, const char *who, struct diags *diags,
		  int *ret_status)
{
	struct trace_end end;
	int r = tracer_start(tracer, argv);

	if (r < 0)
		return trace_not_started(argv[0], -r, who, diags);
	r = tracer_run(tracer, &end);
	if (r < 0) {
		diag_file_error(diags, who,
				"calls cannot be followed: PTRACE_GET_SYSCALL_INFO (Linux 5.3 or newer): %s",
				strerror(-r));
		return -1;
	}
	if (!end.executed && end.exec_errno)
		return not_executed(argv[0], end.exec_errno, who, diags);
	if (end.left)
		diag_file_warning(diags, who, "%zu task%s that the command left behind no longer followed",
				  end.left, end.left == 1 ? " is" : "s are");
	*ret_status = end.status;
	return 0;
}
