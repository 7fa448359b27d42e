/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/output.h"
#include "loader/ptrace/status.h"
#include "loader/ptrace/tracer.h"
#include "loader/record/import.h"
#include "loader/record/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

extern const struct command cmd_record;

#define DEFAULT_FILE "verdict.rec"

static const char help[] =
	"usage: verdict record [OPTIONS] -- COMMAND [ARGUMENT]...\n"
	"       verdict record [OPTIONS] --pid PID\n"
	"       verdict record [OPTIONS] --from LOG\n"
	"\n"
	"Writes down the system calls of a command and all that it starts, as the records\n"
	"that a filter sees: number, arch, instruction pointer, all six arguments; from\n"
	"64-bit and 32-bit code. `verdict replay` and `eval --records` take them.\n"
	"\n"
	"  -o, --output FILE  the records (verdict.rec when left out), 64 bytes each; who\n"
	"                     made them goes into FILE.idx\n"
	"  -u, --unique       equal records are written once, with their number in the\n"
	"                     index (the first 1,048,576 different ones are known again)\n"
	"  -c, --counts       no records: how often each call was made, on stderr or in\n"
	"                     the file of --output\n"
	"  -p, --pid PID      a process that runs, with its threads and what it starts,\n"
	"                     until it ends or SIGINT, SIGTERM, SIGHUP or SIGQUIT comes\n"
	"      --stops        see each call at both ends, by ptrace(2) alone: see below\n"
	"\n"
	"Forks, vforks, threads and execs are followed; recording begins with the execve\n"
	"of the command and ends when all that it left behind has ended. Calls are seen\n"
	"where the kernel runs filters, by one that answers TRACE: one stop each. The\n"
	"command could notice: it has a filter (PR_GET_SECCOMP says 2, strict mode is\n"
	"refused), without CAP_SYS_ADMIN no_new_privs as well; and it is killed when\n"
	"record is, or when that is told to end after the command's own end. --stops adds\n"
	"no filter, lets go of what still runs, and costs twice as much. Record does so\n"
	"by itself for --pid, inside a sandbox, and for processes that ask for filters.\n"
	"The files grow as calls are made: whatever ends record, they can be read.\n"
	"\n"
	"Logs (- is stdin), told by their lines:\n"
	"      --from LOG     what `strace` wrote (-f, -n, -i, -t, -r, -y, -X raw),\n"
	"                     audit records of SECCOMP (type=1326) and SYSCALL, from\n"
	"                     audit.log, ausearch, the journal or dmesg, or calls as text\n"
	"      --strict       a line that cannot be read: exit status 2\n"
	"\n"
	"What a log does not tell stays open: strings, structs, names without a known\n"
	"value, the high half of a negative argument, arguments that are not printed. The\n"
	"index says which words, replay what depends on them. Lines that cannot be read\n"
	"are told by number, counted, and left out.\n"
	"\n"
	"  verdict record -- make                      verdict record -o ls.rec -- ls -l\n"
	"  verdict record --from trace.txt             verdict record -c -- man ls\n"
	"\n"
	"Exit status: the command's own (a signal that ended it ends record too). 125:\n"
	"record failed, or records were lost; 126: the command cannot be executed; 127:\n"
	"it is not found. With --pid 0. With --from 0; 2: a file cannot be read or\n"
	"written, or with --strict a line.\n";

enum { OPT_OUTPUT = 1, OPT_UNIQUE, OPT_COUNTS, OPT_PID, OPT_STOPS, OPT_FROM, OPT_STRICT };

static const struct option_spec specs[] = {
	{ "output", 'o', OPTION_VALUE, OPT_OUTPUT }, { "unique", 'u', OPTION_FLAG, OPT_UNIQUE },
	{ "counts", 'c', OPTION_FLAG, OPT_COUNTS },  { "pid", 'p', OPTION_VALUE, OPT_PID },
	{ "stops", 0, OPTION_FLAG, OPT_STOPS },	     { "from", 0, OPTION_VALUE, OPT_FROM },
	{ "strict", 0, OPTION_FLAG, OPT_STRICT },    { NULL, 0, OPTION_FLAG, 0 },
};

struct arguments {
	const char *output, *from;
	bool unique, counts, stops, strict;
	pid_t pid;
	char **command;
};

static int take_option(void *userdata, int id, const char *value)
{
	struct arguments *args = userdata;

	switch (id) {
	case OPTION_OPERAND:
		return usage_error(&cmd_record,
				   "what is '%s'? the command comes after --: verdict record -- %s ...",
				   value, value);
	case OPT_OUTPUT:
		args->output = value;
		break;
	case OPT_UNIQUE:
		args->unique = true;
		break;
	case OPT_COUNTS:
		args->counts = true;
		break;
	case OPT_STOPS:
		args->stops = true;
		break;
	case OPT_FROM:
		args->from = value;
		break;
	case OPT_STRICT:
		args->strict = true;
		break;
	case OPT_PID:
		args->pid = task_id_parse(value);
		if (!args->pid)
			return usage_error(&cmd_record, "'%s' is not the id of a process", value);
	}
	return 0;
}

static int check(const struct arguments *args)
{
	int n = (args->command != NULL) + (args->pid != 0) + (args->from != NULL);

	if (!n)
		usage_error(&cmd_record, "nothing to record: name a command after --, as in -- ls -l");
	else if (n > 1)
		usage_error(&cmd_record, "a command, --pid or --from: one of them");
	else if (args->unique && args->counts)
		usage_error(&cmd_record, "--counts writes no records for --unique to choose from");
	else if (args->strict && !args->from)
		usage_error(&cmd_record, "--strict is about the lines of --from");
	else if (args->stops && !args->command)
		usage_error(&cmd_record, "--stops is about a command");
	else if (args->output && !args->counts && !strcmp(args->output, "-"))
		usage_error(&cmd_record, "records need a file: their index lies beside it");
	else
		return OPTION_END;
	return args->from ? EXIT_INVALID : EXIT_OWN_FAILURE;
}

/* OPTION_END: go on with *args; else the exit status. */
static int parse(int argc, char **argv, struct arguments *args)
{
	int status = options_read(&cmd_record, argc, argv, take_option, args, &args->command);

	if (status == OPTION_END)
		return check(args);
	return status == EXIT_PASSED ? EXIT_PASSED : EXIT_OWN_FAILURE;
}

static void print_counts(const struct tally *counts, FILE *out)
{
	struct tally_row **rows = tally_sorted(counts, TALLY_BY_COUNT);
	char call[64];

	fprintf(out, "%10s  system call\n", "calls");
	for (size_t i = 0; i < counts->rows; i++) {
		tally_call_name(rows[i], call, sizeof(call));
		fprintf(out, "%10" PRIu64 "  %s\n", rows[i]->n, call);
	}
	if (counts->others)
		fprintf(out, "%10" PRIu64 "  others\n", counts->others);
	fprintf(out, "%10" PRIu64 "  in all\n", counts->calls);
	free(rows);
}

static int write_counts(const struct arguments *args, struct recording *recording)
{
	struct output output;

	if (!args->output) {
		print_counts(&recording->counts, stderr);
		return 0;
	}
	if (output_open(args->output, recording->diags, &output) < 0)
		return -1;
	print_counts(&recording->counts, output.file);
	return output_commit(&output, recording->diags);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static int finish(const struct arguments *args, struct recording *recording, int wait_status)
{
	struct writer *writer = recording->writer;

	if (!writer)
		return write_counts(args, recording);
	if (writer_finish(writer, wait_status) < 0)
		return -1;
	finish_diags(recording->diags);
	fprintf(stderr, "verdict record: %" PRIu64 " record%s", writer->records, plural(writer->records));
	if (writer->calls != writer->records)
		fprintf(stderr, " of %" PRIu64 " calls", writer->calls);
	if (recording->tasks)
		fprintf(stderr, ", %" PRIu64 " task%s", recording->tasks, plural(recording->tasks));
	fprintf(stderr, ": %s\n", writer->path);
	return 0;
}

/* The exit status; *ret_wait is the command's wait status where that is what to exit as. */
static int record(const struct arguments *args, struct recording *recording, int *ret_wait)
{
	const int failure = args->from ? EXIT_INVALID : EXIT_OWN_FAILURE;
	struct import import = { .strict = args->strict };
	int status = 0, r;

	if (!args->counts && writer_open(args->output ? args->output : DEFAULT_FILE, args->unique,
					 recording->diags, &recording->writer) < 0)
		return failure;
	if (args->from)
		r = import_log(&import, recording, args->from);
	else if (args->pid)
		r = record_process(recording, args->pid);
	else
		r = record_command(recording, args->command, &status);
	if (r > 0 && !args->from)
		return r;
	if (r < 0 || finish(args, recording, status) < 0)
		return failure;
	if (args->from)
		return r;
	*ret_wait = status;
	return exit_status_of(status);
}

static int run(int argc, char **argv)
{
	struct arguments args = { 0 };
	struct recording recording = { 0 };
	struct diags diags;
	int wait_status = 0, status = parse(argc, argv, &args);

	if (status >= 0)
		return status;
	diags_init(&diags);
	tally_init(&recording.counts);
	recording.diags = &diags;
	recording.by_stops = args.stops;
	status = record(&args, &recording, &wait_status);
	writer_free(recording.writer);
	finish_diags(&diags);
	tally_done(&recording.counts);
	end_as(wait_status);
	return status;
}

const struct command cmd_record = {
	.name = "record",
	.summary = "write down the system calls of a command, or of a log, as records",
	.help = help,
	.options = specs,
	.run = run,
};
