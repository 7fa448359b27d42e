/* SPDX-License-Identifier: MIT */
#include "loader/log/log.h"
#include "loader/log/audit.h"

#include <stdlib.h>
#include <string.h>

const char *log_form_name(enum log_form form)
{
	static const char *const names[] = { "binary records", "text calls", "strace output",
					     "audit records" };

	return names[form];
}

/* ----------------------------------------------------------- which form -- */

static bool holds(const char *line, size_t len, const char *word)
{
	return memmem(line, len, word, strlen(word)) != NULL;
}

/* LOG_BINARY: the line does not say. */
static enum log_form guess_line(const char *line, size_t len)
{
	static const char *const audit[] = { "type=SECCOMP", "type=1326", "type=SYSCALL",
					     "type=1300",    " audit(",	  "=audit(" };
	static const char *const strace[] = { ") = ",		"<unfinished ...>", " resumed>",
					      "+++ exited",	"--- SIG",	    "+++ killed",
					      "[ Process PID=", "strace: Process" };

	if (len && *line == '#')
		return LOG_BINARY;
	for (size_t i = 0; i < sizeof(audit) / sizeof(*audit); i++)
		if (holds(line, len, audit[i]))
			return LOG_AUDIT;
	/* strace fills up with spaces: ")     = 0" */
	const char *equals = memmem(line, len, " = ", 3);
	while (equals && equals > line && *equals == ' ')
		equals--;
	if (equals && *equals == ')')
		return LOG_STRACE;
	for (size_t i = 0; i < sizeof(strace) / sizeof(*strace); i++)
		if (holds(line, len, strace[i]))
			return LOG_STRACE;
	return LOG_BINARY;
}

/* Of the beginning of a text. */
static enum log_form log_guess(const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		enum log_form form = guess_line(text, n);
		if (form != LOG_BINARY)
			return form;
		n += end != NULL;
		text += n;
		len -= n;
	}
	return LOG_CALLS;
}

int log_open(const char *path, bool strict, struct diags *diags, struct log *ret_log)
{
	memset(ret_log, 0, sizeof(*ret_log));
	if (records_open(path, diags, &ret_log->records) < 0)
		return -1;
	ret_log->strict = strict;
	ret_log->mode = VD_ABI_X86_64;
	ret_log->form = ret_log->records.binary ? LOG_BINARY
						: log_guess(ret_log->records.data, ret_log->records.len);
	return 0;
}

void log_close(struct log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < LOG_BUCKETS; i++)
		while (log->processes[i]) {
			struct log_process *process = log->processes[i];
			log->processes[i] = process->next;
			free(process->text);
			free(process);
		}
	records_close(&log->records);
}

static int refuse(struct log *log, const char *line, size_t len, const struct log_fault *fault)
{
	struct text text = { .name = log->records.name,
			     .data = (char *)line,
			     .len = len,
			     .lines_before = (unsigned)log->records.done - 1,
			     .exact = true };
	struct span where = span_of(&text, fault->at < len ? fault->at : len,
				    fault->at + fault->len <= len ? fault->len : 0);

	log->faults++;
	if (log->strict)
		diag_error(log->records.diags, &where, "%s", fault->why);
	else
		diag_warning(log->records.diags, &where, "%s: the line is left out", fault->why);
	return -1;
}

/* ---------------------------------------------------- strace's processes -- */

static struct log_process **find(struct log *log, uint32_t pid)
{
	struct log_process **at = &log->processes[pid % LOG_BUCKETS];

	while (*at && (*at)->pid != pid)
		at = &(*at)->next;
	return at;
}

/* NULL: too many are known. */
static struct log_process *process_of(struct log *log, uint32_t pid)
{
	struct log_process **at = find(log, pid);

	if (!*at && log->n_processes < LOG_PROCESSES_MAX) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return NULL;
		/* born in its parent's mode, which told something last as often as not */
		**at = (struct log_process){ .pid = pid, .mode = log->mode };
		log->n_processes++;
	}
	return *at;
}

static void forget(struct log *log, uint32_t pid)
{
	struct log_process **at = find(log, pid), *process = *at;

	if (!process || process->begun)
		return;
	*at = process->next;
	free(process->text);
	free(process);
	log->n_processes--;
}

/* Keeps the beginning of a call. False: it is to be taken as it is. */
static bool keep(struct log_process *process, const struct strace_line *line, uint64_t number)
{
	if (!process || line->name_len + line->args_len > LOG_BEGUN_MAX)
		return false;
	if (!process->text)
		process->text = malloc(LOG_BEGUN_MAX);
	if (!process->text)
		return false;
	memcpy(process->text, line->name, line->name_len);
	memcpy(process->text + line->name_len, line->args, line->args_len);
	process->line = *line;
	process->line.name = process->text;
	process->line.args = process->text + line->name_len;
	process->line_number = number;
	process->begun = true;
	return true;
}

static bool is_begun(const struct log_process *process, const struct strace_line *line)
{
	return process && process->begun && process->line.name_len == line->name_len &&
	       !memcmp(process->line.name, line->name, line->name_len);
}

/*
 * The process whose call is resumed. While strace follows one process alone it
 * does not print which: then it is any that is in such a call.
 */
static struct log_process *resumed(struct log *log, const struct strace_line *line)
{
	struct log_process *process = *find(log, line->pid);

	for (size_t i = 0; i < LOG_BUCKETS && !is_begun(process, line); i++) {
		process = log->processes[i];
		while (process && !(is_begun(process, line) && (!process->pid || !line->pid)))
			process = process->next;
	}
	return is_begun(process, line) ? process : NULL;
}

/* ---------------------------------------------------------------- calls -- */

static int give(struct log *log, const struct strace_line *line, int mode, struct log_call *ret_call,
		const char *text, size_t len)
{
	struct log_fault fault;

	if (strace_call(line, mode, ret_call, &fault))
		return 1;
	fault.at = text ? (size_t)(line->name - text) : 0;
	return refuse(log, text ? text : "", len, &fault);
}

static int give_resumed(struct log *log, const struct strace_line *line, struct log_call *ret_call,
			uint64_t *ret_line, const char *text, size_t len)
{
	struct log_process *process = resumed(log, line);
	const struct log_fault fault = { .why = "the beginning of this call is not in the log",
					 .at = (size_t)(line->name - text),
					 .len = line->name_len };
	char joined[2 * LOG_BEGUN_MAX];

	if (!process)
		return refuse(log, text, len, &fault);
	struct strace_line whole = process->line;
	size_t more = sizeof(joined) - whole.args_len;
	memcpy(joined, whole.args, whole.args_len);
	/* what does not fit is the text of a late argument's structure or string */
	more = line->args_len < more ? line->args_len : more;
	memcpy(joined + whole.args_len, line->args, more);
	whole.args = joined;
	whole.args_len += more;
	if (line->pid)
		whole.pid = line->pid;
	*ret_line = process->line_number;
	process->begun = false;
	struct log_fault unknown;
	if (strace_call(&whole, process->mode, ret_call, &unknown))
		return 1;
	unknown.at = fault.at;
	return refuse(log, text, len, &unknown);
}

/* 1, -1; 0: the line tells of no call, or of one that is to be resumed. */
static int strace_line(struct log *log, const char *text, size_t len, struct log_call *ret_call,
		       uint64_t *ret_line)
{
	struct strace_line line;

	strace_line_parse(text, len, &line);
	struct log_process *process = process_of(log, line.pid);
	int mode = process ? process->mode : log->mode;
	log->mode = mode;
	switch (line.kind) {
	case STRACE_NOTHING:
		break;
	case STRACE_GONE:
		forget(log, line.pid);
		break;
	case STRACE_MODE:
		if (process)
			process->mode = line.abi;
		log->mode = line.abi;
		break;
	case STRACE_MALFORMED:
		return refuse(log, text, len, &line.fault);
	case STRACE_RESUMED:
		return give_resumed(log, &line, ret_call, ret_line, text, len);
	case STRACE_BEGUN:
		if (keep(process, &line, *ret_line))
			break;
		return give(log, &line, mode, ret_call, text, len);
	case STRACE_CALL:
		return give(log, &line, mode, ret_call, text, len);
	}
	return 0;
}

/* Calls that were never resumed, as far as they were told. */
static int give_unfinished(struct log *log, struct log_call *ret_call, uint64_t *ret_line)
{
	for (; log->form == LOG_STRACE && log->bucket < LOG_BUCKETS; log->bucket++)
		for (struct log_process *p = log->processes[log->bucket]; p; p = p->next) {
			struct log_fault fault;
			if (!p->begun)
				continue;
			p->begun = false;
			*ret_line = p->line_number;
			if (strace_call(&p->line, p->mode, ret_call, &fault))
				return 1;
		}
	return 0;
}

/*
 * On a terminal strace's own messages come wherever the cursor is: `clone(strace:
 * Process 7 attached`, and the rest of the call on the next line. True: the line
 * was kept for that.
 */
static bool keep_cut(struct log *log, const char *text, size_t len)
{
	const char *message = memmem(text, len, "strace: ", 8);
	struct strace_line line;

	if (!message || message == text || (size_t)(message - text) + log->cut_len > sizeof(log->cut))
		return false;
	strace_line_parse(text, len, &line);
	if (line.kind != STRACE_MALFORMED || !line.name_len)
		return false;
	memcpy(log->cut + log->cut_len, text, (size_t)(message - text));
	log->cut_len += (size_t)(message - text);
	return true;
}

/* A line, put together with what was cut off before it. */
static int strace_text(struct log *log, const char *text, size_t len, struct log_call *ret_call,
		       uint64_t *ret_line)
{
	char joined[3 * LOG_BEGUN_MAX];

	if (keep_cut(log, text, len) || (log->cut_len && len >= 8 && !memcmp(text, "strace: ", 8)))
		return 0;
	if (log->cut_len) {
		size_t more = sizeof(joined) - log->cut_len;
		more = len < more ? len : more;
		memcpy(joined, log->cut, log->cut_len);
		memcpy(joined + log->cut_len, text, more);
		text = joined;
		len = log->cut_len + more;
		log->cut_len = 0;
	}
	return strace_line(log, text, len, ret_call, ret_line);
}

static int audit_line(struct log *log, const char *text, size_t len, struct log_call *ret_call)
{
	struct log_fault fault;

	switch (audit_line_parse(text, len, ret_call, &fault)) {
	case AUDIT_NOTHING:
		return 0;
	case AUDIT_MALFORMED:
		return refuse(log, text, len, &fault);
	case AUDIT_CALL:
		break;
	}
	return 1;
}

static int next_call(struct log *log, struct log_call *ret_call, uint64_t *ret_line)
{
	memset(ret_call, 0, sizeof(*ret_call));
	int r = records_next(&log->records, &ret_call->data);
	*ret_line = log->records.done;
	if (r < 0)
		log->faults++;
	return r;
}

int log_next(struct log *log, struct log_call *ret_call, uint64_t *ret_line)
{
	static const struct log_fault too_long = { .why = "the line is too long" };
	const char *line;
	size_t len;
	int r;

	if (log->form == LOG_CALLS)
		return next_call(log, ret_call, ret_line);
	while ((r = records_line(&log->records, &line, &len)) != 0) {
		*ret_line = log->records.done;
		if (r < 0)
			return refuse(log, "", 0, &too_long);
		r = log->form == LOG_AUDIT ? audit_line(log, line, len, ret_call)
					   : strace_text(log, line, len, ret_call, ret_line);
		if (r)
			return r;
	}
	return give_unfinished(log, ret_call, ret_line);
}
