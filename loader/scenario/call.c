/* SPDX-License-Identifier: MIT */
/* Calls as scenarios write them: mkdir("$tmp/a", 0o700) = EPERM. */
#include "loader/scenario/scenario.h"
#include "loader/expr.h"

#include <string.h>

struct reader {
	const char *data; /* of the text */
	size_t at, end;
	const struct text *text;
	const struct scenario *scenario;
	unsigned flags;
	struct arena *arena;
	struct diags *diags;
};

static struct span span_from(const struct reader *reader, size_t begin, size_t end)
{
	return span_of(reader->text, begin, end - begin);
}

static void skip_space(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\n", reader->data[reader->at]))
		reader->at++;
}

static bool is_next(const struct reader *reader, char c)
{
	return reader->at < reader->end && reader->data[reader->at] == c;
}

/* ------------------------------------------------------------ arguments -- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* What stands behind a backslash; -1 (diagnosed). */
static int escaped(struct reader *reader)
{
	static const char letters[] = "nt0r\"\\", bytes[] = "\n\t\0\r\"\\";
	size_t begin = reader->at - 1;
	char c = reader->at < reader->end ? reader->data[reader->at++] : ' ';
	const char *letter = memchr(letters, c, sizeof(letters) - 1);

	if (letter)
		return (unsigned char)bytes[letter - letters];
	if (c == 'x' && reader->at + 2 <= reader->end && hex_digit(reader->data[reader->at]) >= 0 &&
	    hex_digit(reader->data[reader->at + 1]) >= 0) {
		reader->at += 2;
		return hex_digit(reader->data[reader->at - 2]) * 16 + hex_digit(reader->data[reader->at - 1]);
	}
	struct span where = span_from(reader, begin, reader->at);
	diag_error(reader->diags, &where, "this is no escape");
	diag_hint(reader->diags, "they are \\n \\t \\r \\0 \\\" \\\\ and \\xHH");
	return -1;
}

static int read_string(struct reader *reader, struct sc_arg *arg)
{
	size_t begin = reader->at++;
	char *text = arena_alloc(reader->arena, reader->end - begin + 1);
	size_t len = 0;

	while (reader->at < reader->end && reader->data[reader->at] != '"') {
		int c = (unsigned char)reader->data[reader->at++];
		if (c == '\\' && (c = escaped(reader)) < 0)
			return -1;
		text[len++] = (char)c;
	}
	if (!is_next(reader, '"')) {
		struct span where = span_from(reader, begin, begin + 1);
		diag_error(reader->diags, &where, "this string does not end");
		return -1;
	}
	reader->at++;
	*arg = (struct sc_arg){ .kind = SC_STRING, .text = text, .len = len };
	return 0;
}

static int read_buffer(struct reader *reader, struct sc_arg *arg)
{
	size_t begin = reader->at++;
	const char *close = memchr(reader->data + begin, ']', reader->end - begin);
	uint64_t len;

	if (!close) {
		struct span where = span_from(reader, begin, begin + 1);
		diag_error(reader->diags, &where, "this bracket is not closed");
		return -1;
	}
	reader->at = (size_t)(close - reader->data) + 1;
	struct span where = span_from(reader, begin + 1, reader->at - 1);
	if (expr_const_bits(&where, 64, reader->diags, &len) < 0)
		return -1;
	if (len < 1 || len > SCENARIO_MEMORY_MAX / 2) {
		diag_error(reader->diags, &where, "a buffer has 1 to %u bytes", SCENARIO_MEMORY_MAX / 2);
		return -1;
	}
	*arg = (struct sc_arg){ .kind = SC_BUFFER, .len = (size_t)len };
	return 0;
}

static int unknown_variable(const struct reader *reader, const struct span *where)
{
	const char *names[SCENARIO_VARS_MAX], *near[2];
	size_t n = reader->scenario->n_vars;

	for (size_t i = 0; i < n; i++)
		names[i] = reader->scenario->vars[i].name;
	diag_error(reader->diags, where, "nothing before this step has this name");
	size_t found = vd_near(where->text->data + where->off + 1, where->len - 1, names, n, near, 2);
	if (found)
		diag_hint_names(reader->diags, near, found);
	else
		diag_hint(reader->diags, "'as: NAME' names a step's result, 'data: {NAME: text}' memory");
	return -1;
}

static int read_variable(struct reader *reader, struct sc_arg *arg)
{
	size_t begin = reader->at++;

	while (reader->at < reader->end && !strchr(" \t\n,)", reader->data[reader->at]))
		reader->at++;
	struct span where = span_from(reader, begin, reader->at);
	for (size_t i = 0; i < reader->scenario->n_vars; i++) {
		const char *name = reader->scenario->vars[i].name;
		if (strlen(name) == where.len - 1 && !memcmp(name, reader->data + begin + 1, where.len - 1)) {
			*arg = (struct sc_arg){ .kind = SC_VAR, .value = i };
			return 0;
		}
	}
	return unknown_variable(reader, &where);
}

/* A constant expression up to the comma or bracket that ends it. */
static int read_number(struct reader *reader, struct sc_arg *arg)
{
	size_t begin = reader->at;
	int depth = 0;

	for (; reader->at < reader->end; reader->at++) {
		char c = reader->data[reader->at];
		if (!depth && (c == ',' || c == ')'))
			break;
		depth += (c == '(') - (c == ')');
	}
	struct span where = span_trim(span_from(reader, begin, reader->at));
	*arg = (struct sc_arg){ .kind = SC_INT };
	if (!where.len) {
		where = span_from(reader, begin, reader->at);
		diag_error(reader->diags, &where, "an argument is missing");
		return -1;
	}
	if (where.len == 1 && reader->data[where.off] == '_') {
		arg->kind = SC_ANY;
		if (reader->flags & SC_SEEN)
			return 0;
		diag_error(reader->diags, &where, "'_' is for what is seen; a call that is made has values");
		return -1;
	}
	return expr_const_bits(&where, 64, reader->diags, &arg->value);
}

static int read_arg(struct reader *reader, struct sc_arg *arg)
{
	size_t begin = reader->at;
	int r = is_next(reader, '"')   ? read_string(reader, arg)
		: is_next(reader, '[') ? read_buffer(reader, arg)
		: is_next(reader, '$') ? read_variable(reader, arg)
				       : read_number(reader, arg);

	if (r == 0 && arg->kind == SC_BUFFER && (reader->flags & SC_SEEN)) {
		struct span where = span_from(reader, begin, reader->at);
		diag_error(reader->diags, &where, "a buffer cannot be seen: write '_'");
		return -1;
	}
	return r;
}

static int read_args(struct reader *reader, struct sc_call *call)
{
	skip_space(reader);
	if (is_next(reader, ')')) {
		reader->at++;
		return 0;
	}
	for (;;) {
		struct span where = span_from(reader, reader->at, reader->at);
		if (call->n == 6) {
			diag_error(reader->diags, &where, "a system call has at most six arguments");
			return -1;
		}
		if (read_arg(reader, &call->args[call->n]) < 0)
			return -1;
		call->n++;
		skip_space(reader);
		if (is_next(reader, ')')) {
			reader->at++;
			return 0;
		}
		where = span_from(reader, reader->at, reader->at + (reader->at < reader->end));
		if (!is_next(reader, ',')) {
			diag_error(reader->diags, &where, "',' or ')' is meant here");
			if (reader->at == reader->end)
				diag_hint(reader->diags,
					  "in [...] and {...} a comma ends the text: put the call in quotes, '...'");
			return -1;
		}
		reader->at++;
		skip_space(reader);
	}
}

/* ----------------------------------------------------------------- calls -- */

/* Calls that make another process of the target, or reach out of it: a scenario could not clear up after
 * them. */
static bool is_refused(const char *name)
{
	static const char *const names[] = {
		"fork",
		"vfork",
		"clone",
		"clone3",
		"execve",
		"execveat",
		"kill",
		"tkill",
		"tgkill",
		"rt_sigqueueinfo",
		"rt_tgsigqueueinfo",
		"pidfd_send_signal",
		"reboot",
		"kexec_load",
		"kexec_file_load",
		"init_module",
		"finit_module",
		"delete_module",
		"ptrace",
	};

	for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* [ARCH] NAME|NUMBER, up to the bracket. */
static int read_name(struct reader *reader, struct sc_call *call)
{
	const char *open = reader->at < reader->end
				   ? memchr(reader->data + reader->at, '(', reader->end - reader->at)
				   : NULL;
	struct span name = span_trim(
		span_from(reader, reader->at, open ? (size_t)(open - reader->data) : reader->end));
	uint32_t arch;

	if (!open) {
		diag_error(reader->diags, &name, "this is no call");
		diag_hint(reader->diags, "write its arguments in brackets: mkdir(\"$tmp/a\", 0o700)");
		return -1;
	}
	reader->at = (size_t)(open - reader->data) + 1;
	call->abi = VD_ABI_X86_64;
	const char *space = memchr(reader->data + name.off, ' ', name.len);
	if (space) {
		size_t len = (size_t)(space - reader->data) - name.off;
		struct span word = span_of(reader->text, name.off, len);
		if (expr_arch(&word, reader->diags, &call->abi, &arch) < 0)
			return -1;
		if (call->abi != VD_ABI_X86_64 && call->abi != VD_ABI_I386 && call->abi != VD_ABI_X32) {
			diag_error(reader->diags, &word, "a scenario's target runs on x86_64, i386 or x32");
			return -1;
		}
		name = span_trim(span_of(reader->text, name.off + len, name.len - len));
	}
	if (expr_syscall(&name, call->abi, reader->diags, &call->nr) < 0)
		return -1;
	if (!(reader->flags & SC_SEEN) && is_refused(vd_syscall_name(call->abi, call->nr))) {
		diag_error(reader->diags, &name, "a scenario's target does not make this call");
		diag_hint(reader->diags,
			  "it would make or reach other processes; a case can say what a filter decides");
		return -1;
	}
	return 0;
}

static int number_of_args(struct reader *reader, const struct sc_call *call, const struct span *where)
{
	struct vd_arg args[6];
	int n = vd_syscall_args(call->abi, call->nr, args);

	if (n < 0 || call->n <= (unsigned)n || !(reader->flags & SC_SEEN))
		return 0;
	diag_error(reader->diags, where, "the call has %d argument%s", n, n == 1 ? "" : "s");
	return -1;
}

static int read_expected(struct reader *reader, struct sc_result *ret_result)
{
	bool at_least = is_next(reader, '>');
	size_t begin = reader->at;

	if (at_least)
		reader->at++;
	struct span where = span_trim(span_from(reader, begin, reader->end));
	if (!is_next(reader, '=')) {
		diag_error(reader->diags, &where, "'= RESULT' is meant here");
		return -1;
	}
	if (!ret_result) {
		diag_error(reader->diags, &where, "nothing is expected of this call");
		return -1;
	}
	where = span_trim(span_from(reader, reader->at + 1, reader->end));
	if (sc_result_read(&where, reader->diags, ret_result) < 0)
		return -1;
	if (at_least)
		ret_result->kind = SC_AT_LEAST;
	return 0;
}

int sc_call_read(const struct span *span, const struct scenario *scenario, unsigned flags,
		 struct arena *arena, struct diags *diags, struct sc_call *ret_call,
		 struct sc_result *ret_result)
{
	struct span trimmed = span_trim(*span);
	struct reader reader = { .data = span->text->data,
				 .at = trimmed.off,
				 .end = trimmed.off + trimmed.len,
				 .text = span->text,
				 .scenario = scenario,
				 .flags = flags,
				 .arena = arena,
				 .diags = diags };
	struct sc_call call = { .n = 0 };

	if (read_name(&reader, &call) < 0 || read_args(&reader, &call) < 0)
		return -1;
	struct span where = span_from(&reader, trimmed.off, reader.at);
	call.text = arena_text(arena, reader.data + where.off, where.len);
	if (number_of_args(&reader, &call, &where) < 0)
		return -1;
	skip_space(&reader);
	if (reader.at < reader.end && read_expected(&reader, ret_result) < 0)
		return -1;
	*ret_call = call;
	return 0;
}
