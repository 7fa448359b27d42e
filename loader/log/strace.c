/* SPDX-License-Identifier: MIT */
#include "loader/log/strace.h"

#include <ctype.h>
#include <string.h>

/* What is left of a line. */
struct rest {
	const char *p, *end;
};

static size_t left(const struct rest *rest)
{
	return (size_t)(rest->end - rest->p);
}

static bool starts(const struct rest *rest, const char *word)
{
	size_t len = strlen(word);

	return left(rest) >= len && !memcmp(rest->p, word, len);
}

static bool take(struct rest *rest, const char *word)
{
	if (!starts(rest, word))
		return false;
	rest->p += strlen(word);
	return true;
}

static void skip_space(struct rest *rest)
{
	while (rest->p < rest->end && (*rest->p == ' ' || *rest->p == '\t'))
		rest->p++;
}

static bool is_digit_at(const struct rest *rest)
{
	return rest->p < rest->end && *rest->p >= '0' && *rest->p <= '9';
}

/* Decimal, at most 32 bits. */
static bool take_number(struct rest *rest, uint32_t *ret_value)
{
	struct rest at = *rest;
	uint64_t value = 0;

	while (is_digit_at(&at) && value <= UINT32_MAX)
		value = value * 10 + (uint64_t)(*at.p++ - '0');
	if (at.p == rest->p || value > UINT32_MAX)
		return false;
	*rest = at;
	*ret_value = (uint32_t)value;
	return true;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* ----------------------------------------------------------- the leader -- */

/* "1234<name>": --decode-pids=comm. */
static void take_comm(struct rest *rest, char comm[LOG_COMM])
{
	const char *end;

	if (!starts(rest, "<") || starts(rest, "<..."))
		return;
	end = memchr(rest->p, '>', left(rest));
	if (!end)
		return;
	size_t len = (size_t)(end - rest->p) - 1;
	if (len > LOG_COMM - 1)
		len = LOG_COMM - 1;
	memcpy(comm, rest->p + 1, len);
	comm[len] = '\0';
	rest->p = end + 1;
}

/* "[pid 1234] ", or "1234 " in a file of its own. */
static void take_pid(struct rest *rest, struct strace_line *line)
{
	struct rest at = *rest;
	bool bracket = take(&at, "[pid");
	uint32_t pid;

	if (bracket)
		skip_space(&at);
	if (!take_number(&at, &pid))
		return;
	take_comm(&at, line->comm);
	if (bracket ? !take(&at, "]") : at.p < at.end && *at.p != ' ')
		return;
	skip_space(&at);
	line->pid = pid;
	*rest = at;
}

/* "12:00:01.123456 ", "1690000000.123456 ", "0.000123 ", "12:00:01 (+     0.000123) ". */
static void take_time(struct rest *rest)
{
	struct rest at = *rest;
	bool time = false;

	take(&at, "(+");
	skip_space(&at);
	for (; at.p < at.end && (is_digit_at(&at) || *at.p == ':' || *at.p == '.'); at.p++)
		time = time || *at.p == ':' || *at.p == '.';
	if (!time || !is_digit_at(rest) != (*rest->p == '('))
		return;
	take(&at, ")");
	if (at.p < at.end && *at.p != ' ')
		return;
	skip_space(&at);
	*rest = at;
	if (starts(rest, "(+"))
		take_time(rest);
}

/* "[00007f7e14820ad7] " of 16 digits (8 in 32-bit mode), or question marks. */
static bool take_ip(struct rest *rest, struct strace_line *line)
{
	struct rest at = *rest;
	uint64_t ip = 0;
	size_t n = 0;
	bool known = true;

	if (!take(&at, "["))
		return false;
	for (; at.p < at.end && (isxdigit((unsigned char)*at.p) || *at.p == '?'); at.p++, n++) {
		if (*at.p == '?')
			known = false;
		else
			ip = ip << 4 | (uint64_t)(*at.p <= '9' ? *at.p - '0' : (*at.p | 32) - 'a' + 10);
	}
	if ((n != 8 && n != 16) || !take(&at, "]"))
		return false;
	skip_space(&at);
	line->has_ip = known;
	line->ip = known ? ip : 0;
	*rest = at;
	return true;
}

/* "[ 257] ". */
static void take_nr(struct rest *rest, struct strace_line *line)
{
	struct rest at = *rest;
	uint32_t nr;

	if (!take(&at, "["))
		return;
	skip_space(&at);
	if (!take_number(&at, &nr) || !take(&at, "]"))
		return;
	skip_space(&at);
	line->has_nr = true;
	line->nr = nr;
	*rest = at;
}

/* ------------------------------------------------------------- messages -- */

/* "[ Process PID=1234 runs in 32 bit mode. ]" */
static bool take_mode(struct rest *rest, struct strace_line *line)
{
	static const struct {
		const char *text;
		int abi;
	} modes[] = { { "64 bit", VD_ABI_X86_64 }, { "32 bit", VD_ABI_I386 }, { "x32", VD_ABI_X32 } };

	if (!take(rest, "[ Process PID=") || !take_number(rest, &line->pid) || !take(rest, " runs in "))
		return false;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (take(rest, modes[i].text)) {
			line->kind = STRACE_MODE;
			line->abi = modes[i].abi;
			return true;
		}
	return false;
}

/* Whether the line is something else than a call; then its kind is set. */
static bool is_message(struct rest *rest, struct strace_line *line)
{
	bool own = take(rest, "strace: ");

	line->kind = starts(rest, "+++ ") ? STRACE_GONE : STRACE_NOTHING;
	if (take_mode(rest, line) || own)
		return true;
	/* Signals, exits; a line of a stack trace (-k). */
	return rest->p == rest->end || starts(rest, "--- ") || starts(rest, "+++ ") || starts(rest, "> ");
}

/* ----------------------------------------------------------------- calls -- */

static size_t skip_string(const char *text, size_t len)
{
	size_t i = 1;

	while (i < len && text[i] != '"')
		i += text[i] == '\\' ? 2 : 1;
	return i < len ? i + 1 : len;
}

static size_t skip_comment(const char *text, size_t len)
{
	for (size_t i = 2; i + 1 < len; i++)
		if (text[i] == '*' && text[i + 1] == '/')
			return i + 2;
	return len;
}

#define ANNOTATION_MAX 4400
/* What -y adds to a descriptor: "<socket:[1]>", "</dev/tty<char 5:0>>", "<TCP:[a->b]>". */
static size_t skip_annotation(const char *text, size_t len)
{
	size_t depth = 0;

	/* a path and what is said of it: looking further makes many of these slow */
	for (size_t i = 0; i < len && i < ANNOTATION_MAX; i++) {
		if (text[i] == '<')
			depth++;
		else if (text[i] == '>' && (i == 0 || text[i - 1] != '-') && --depth == 0)
			return i + 1;
	}
	return 1;
}

static size_t skip_one(const char *text, size_t len, bool after_word)
{
	if (*text == '"')
		return skip_string(text, len);
	if (len > 1 && text[0] == '/' && text[1] == '*')
		return skip_comment(text, len);
	if (*text == '<' && after_word && len > 1 && text[1] != '<' && text[1] != ' ')
		return skip_annotation(text, len);
	return 1;
}

size_t strace_part(const char *text, size_t len)
{
	size_t depth = 0, i = 0;

	while (i < len) {
		char c = text[i];
		if (c == '(' || c == '[' || c == '{')
			depth++;
		else if ((c == ')' || c == ']' || c == '}') && depth-- == 0)
			return i;
		else if (c == ',' && !depth)
			return i;
		size_t n = skip_one(text + i, len - i, i > 0 && is_name(text[i - 1]));
		i += n < len - i ? n : len - i;
	}
	return len;
}

/* The arguments up to the closing parenthesis, or to where the call was left. */
static void take_args(struct rest *rest, struct strace_line *line)
{
	static const char *const cuts[] = { "<unfinished ...>", "<detached ...>", "<... resuming" };
	size_t len = left(rest), at = 0;

	for (; at < len && rest->p[at] != ')'; at += at < len && rest->p[at] != ')') {
		at += strace_part(rest->p + at, len - at);
		/* a bracket that nothing opened: what follows is not for us to understand */
		if (at < len && rest->p[at] != ',' && rest->p[at] != ')')
			break;
	}
	line->args = rest->p;
	line->args_len = at;
	line->kind = at < len && rest->p[at] == ')' ? STRACE_CALL : STRACE_BEGUN;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		const char *cut = memmem(rest->p, at, cuts[i], strlen(cuts[i]));
		if (cut && (size_t)(cut - rest->p) < line->args_len)
			line->args_len = (size_t)(cut - rest->p);
	}
	if (line->kind == STRACE_BEGUN && line->args_len == at) {
		line->kind = STRACE_MALFORMED;
		line->fault.why = "the call's ')' is missing";
	}
}

static void fault_at(struct strace_line *line, const char *begin, const char *at, size_t len, const char *why)
{
	line->kind = STRACE_MALFORMED;
	line->fault = (struct log_fault){ .why = why, .at = (size_t)(at - begin), .len = len };
}

static void take_name(struct rest *rest, struct strace_line *line)
{
	line->name = rest->p;
	while (rest->p < rest->end && is_name(*rest->p))
		rest->p++;
	line->name_len = (size_t)(rest->p - line->name);
}

/* "<... read resumed>" */
static void take_resumed(struct rest *rest, struct strace_line *line, const char *begin)
{
	const char *from = rest->p;

	rest->p += strlen("<... ");
	take_name(rest, line);
	if (!line->name_len || !take(rest, " resumed>")) {
		fault_at(line, begin, from, left(rest) ? 4 : 0, "this is no resumed call");
		return;
	}
	take_args(rest, line);
	if (line->kind == STRACE_CALL)
		line->kind = STRACE_RESUMED;
	line->fault.at = (size_t)(line->args - begin);
}

void strace_line_parse(const char *text, size_t len, struct strace_line *ret_line)
{
	struct rest rest = { .p = text, .end = text + len };
	struct strace_line line = { .abi = VD_ABI_NONE };

	skip_space(&rest);
	take_pid(&rest, &line);
	take_time(&rest);
	if (!take_ip(&rest, &line)) {
		take_nr(&rest, &line);
		take_ip(&rest, &line);
	}
	*ret_line = line;
	if (is_message(&rest, ret_line))
		return;
	if (starts(&rest, "<... ")) {
		take_resumed(&rest, ret_line, text);
		return;
	}
	if (starts(&rest, "???")) {
		fault_at(ret_line, text, rest.p, 3, "strace did not see which call this is");
		return;
	}
	take_name(&rest, ret_line);
	if (!ret_line->name_len || !take(&rest, "(")) {
		fault_at(ret_line, text, ret_line->name, ret_line->name_len, "a system call is meant here");
		return;
	}
	ret_line->fault.at = (size_t)(rest.p - text) - 1;
	take_args(&rest, ret_line);
}
