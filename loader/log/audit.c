/* SPDX-License-Identifier: MIT */
/*
 * type=SECCOMP msg=audit(1700000000.123:456): auid=1000 uid=1000 gid=1000 ses=1 pid=7 comm="ls"
 *   exe="/bin/ls" sig=31 arch=c000003e syscall=41 compat=0 ip=0x7f code=0x80000000
 * kernel/auditsc.c: audit_seccomp(), audit_log_exit(). `ausearch -i` has names for numbers.
 */
#include "loader/log/audit.h"

#include <ctype.h>
#include <string.h>

enum field { ARCH, SYSCALL, IP, PID, COMM, A0, A1, A2, A3, FIELDS };
static const char *const names[FIELDS] = { "arch", "syscall", "ip", "pid", "comm", "a0", "a1", "a2", "a3" };

struct word {
	const char *text;
	size_t len;
};

/* ------------------------------------------------------------- the words -- */

static bool is_end(char c)
{
	/* 0x1d separates what enriched logs add in words */
	return c == ' ' || c == '\t' || c == '\r' || c == '\x1d';
}

/* A value: quoted, or up to the next space. */
static size_t value_length(const char *text, size_t len)
{
	size_t n = 0;

	if (len && *text == '"') {
		const char *end = memchr(text + 1, '"', len - 1);
		return end ? (size_t)(end - text) + 1 : len;
	}
	while (n < len && !is_end(text[n]))
		n++;
	return n;
}

static int field_of(const char *key, size_t len)
{
	for (int i = 0; i < FIELDS; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], key, len))
			return i;
	return -1;
}

/* The first of each field, up to where the words of an enriched log begin. */
static void find_fields(const char *line, size_t len, struct word fields[FIELDS])
{
	size_t at = 0;

	while (at < len && line[at] != '\x1d') {
		size_t begin = at;
		while (at < len && !is_end(line[at]) && line[at] != '=')
			at++;
		if (at == len || line[at] != '=') {
			at += at < len && line[at] != '\x1d';
			continue;
		}
		int field = field_of(line + begin, at - begin);
		size_t n = value_length(line + at + 1, len - at - 1);
		if (field >= 0 && !fields[field].text)
			fields[field] = (struct word){ line + at + 1, n };
		at += 1 + n;
	}
}

/* ------------------------------------------------------------ the values -- */

static bool number(struct word word, unsigned base, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (word.len > 2 && word.text[0] == '0' && word.text[1] == 'x') {
		base = 16;
		word.text += 2;
		word.len -= 2;
	}
	for (size_t i = 0; i < word.len; i++) {
		int c = (unsigned char)word.text[i];
		unsigned digit = isdigit(c)    ? (unsigned)c - '0'
				 : isxdigit(c) ? (unsigned)(c | 32) - 'a' + 10
					       : 99;
		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*ret_value = value;
	return word.len > 0;
}

static bool read_arch(struct word word, struct log_call *call)
{
	uint64_t arch;

	if (number(word, 16, &arch) && arch <= UINT32_MAX) {
		call->data.arch = (uint32_t)arch;
		return true;
	}
	int abi = vd_abi_by_name(word.text, word.len);
	if (abi == VD_ABI_NONE)
		return false;
	call->data.arch = vd_abi_info(abi)->audit_arch;
	return true;
}

/* Decimal, signed: -1 is a call that was skipped by a tracer. */
static bool read_nr(struct word word, struct log_call *call)
{
	bool negative = word.len && *word.text == '-';
	struct word digits = { word.text + negative, word.len - negative };
	uint64_t value;
	uint32_t nr;

	if (number(digits, 10, &value) && value <= (negative ? (uint64_t)1 << 31 : UINT32_MAX))
		nr = negative ? (uint32_t)(0 - value) : (uint32_t)value;
	else if (vd_syscall_number(vd_abi_of(call->data.arch, 0), word.text, word.len, &nr) < 0)
		return false;
	call->data.nr = (int)nr;
	return true;
}

static void read_comm(struct word word, char comm[LOG_COMM])
{
	size_t n = 0;

	if (word.len >= 2 && *word.text == '"') {
		n = word.len - 2 < LOG_COMM - 1 ? word.len - 2 : LOG_COMM - 1;
		memcpy(comm, word.text + 1, n);
		return;
	}
	/* Names with spaces or odd bytes are hex. */
	for (; n < LOG_COMM - 1 && 2 * n + 1 < word.len; n++) {
		uint64_t byte;
		if (!number((struct word){ word.text + 2 * n, 2 }, 16, &byte))
			break;
		comm[n] = (char)byte;
	}
	comm[n] = '\0';
}

static void read_args(const struct word fields[FIELDS], struct log_call *call)
{
	for (unsigned i = 0; i < 4; i++) {
		uint64_t value;
		if (!fields[A0 + i].text || !number(fields[A0 + i], 16, &value))
			continue;
		call->data.args[i] = value;
		call->open &= (uint16_t)~LOG_OPEN_ARG(i);
	}
}

/* --------------------------------------------------------------- the line -- */

static bool has(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);
	const char *at = memmem(line, len, word, n);

	return at && (at + n == line + len || !isalnum((unsigned char)at[n])) &&
	       (at == line || !isalnum((unsigned char)at[-1]));
}

static enum audit_kind malformed(const char *line, struct word word, const char *why,
				 struct log_fault *ret_fault)
{
	*ret_fault = (struct log_fault){ .why = why,
					 .at = word.text ? (size_t)(word.text - line) : 0,
					 .len = word.len };
	return AUDIT_MALFORMED;
}

enum audit_kind audit_line_parse(const char *line, size_t len, struct log_call *ret_call,
				 struct log_fault *ret_fault)
{
	bool seccomp = has(line, len, "type=SECCOMP") || has(line, len, "type=1326");
	struct log_call call = { .open = LOG_OPEN_IP | 0xfff0 };
	struct word fields[FIELDS] = { { NULL, 0 } };
	uint64_t value;

	if (!seccomp && !has(line, len, "type=SYSCALL") && !has(line, len, "type=1300"))
		return AUDIT_NOTHING;
	find_fields(line, len, fields);
	if (!fields[ARCH].text || !fields[SYSCALL].text)
		return malformed(line, (struct word){ NULL, 0 },
				 "the record has no arch= and syscall=", ret_fault);
	if (!read_arch(fields[ARCH], &call))
		return malformed(line, fields[ARCH], "this is no arch", ret_fault);
	if (!read_nr(fields[SYSCALL], &call))
		return malformed(line, fields[SYSCALL], "this is no number of a system call", ret_fault);
	if (fields[PID].text && number(fields[PID], 10, &value) && value <= UINT32_MAX)
		call.pid = (uint32_t)value;
	if (fields[IP].text && number(fields[IP], 16, &value)) {
		call.data.instruction_pointer = value;
		call.open &= (uint16_t)~LOG_OPEN_IP;
	}
	if (fields[COMM].text)
		read_comm(fields[COMM], call.comm);
	if (!seccomp)
		read_args(fields, &call);
	*ret_call = call;
	return AUDIT_CALL;
}
