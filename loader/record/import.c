/* SPDX-License-Identifier: MIT */
#include "loader/record/import.h"
#include "loader/command.h"
#include "loader/log/log.h"

#include <inttypes.h>
#include <string.h>

/* Tasks whose entry in the index is known to be there; another of the same place takes it. */
#define TASKS 1024

struct importer {
	struct recording *recording;
	struct log log;
	uint64_t records;
	struct writer_task tasks[TASKS];
};

static struct writer_task *task_of(struct importer *importer, const struct log_call *call)
{
	struct writer_task *task = &importer->tasks[call->pid % TASKS];

	if (task->maker.pid != call->pid || memcmp(task->maker.comm, call->comm, sizeof(call->comm)) != 0) {
		*task = (struct writer_task){ .maker = { .pid = call->pid, .tid = call->pid } };
		memcpy(task->maker.comm, call->comm, sizeof(call->comm));
	}
	return task;
}

static void import_calls(struct importer *importer)
{
	struct log_call call;
	uint64_t line;
	int r;

	while ((r = log_next(&importer->log, &call, &line)) != 0) {
		if (r < 0)
			continue;
		importer->records++;
		if (!recording_add(importer->recording, &call.data, call.open, task_of(importer, &call)))
			break;
	}
}

/* Records as they are: their own index is not looked at. */
static void refuse_binary(const struct importer *importer, const char *path)
{
	diag_file_error(importer->recording->diags, path,
			"holds binary records already: replay and eval --records take it as it is");
}

int import_log(const struct import *import, struct recording *recording, const char *path)
{
	static struct importer importer;

	importer.recording = recording;
	if (log_open(path, import->strict, recording->diags, &importer.log) < 0)
		return -1;
	if (recording->writer)
		recording->writer->open = importer.log.form == LOG_CALLS ? 0 : 0xfffc;
	if (importer.log.form == LOG_BINARY)
		refuse_binary(&importer, path);
	else
		import_calls(&importer);
	uint64_t faults = importer.log.faults;
	bool binary = importer.log.form == LOG_BINARY, calls = importer.log.form == LOG_CALLS;
	const char *name = log_form_name(importer.log.form);
	log_close(&importer.log);
	if (binary)
		return -1;
	if (!importer.records && !faults)
		diag_file_warning(recording->diags, path, "holds no call (it was read as %s)", name);
	if (faults)
		diag_file_warning(recording->diags, path,
				  "%" PRIu64 " line%s of %" PRIu64 " could not be read as %s", faults,
				  faults == 1 ? "" : "s", faults + importer.records, name);
	return faults && (import->strict || calls) ? EXIT_INVALID : EXIT_PASSED;
}
