/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/expr.h"
#include "loader/expr/lex.h"

#include <inttypes.h>
#include <linux/audit.h>
#include <string.h>

#define ARGS_MAX 6

/* Numbers up to this are easier to read as decimals. */
#define DECIMAL_MAX 1023
#define NEGATIVE_MIN (-4095) /* errno-like: -100 is AT_FDCWD */

static bool at_char(const struct span *rest, char c)
{
	return rest->len && rest->text->data[rest->off] == c;
}

static void skip(struct span *rest, size_t n)
{
	*rest = span_trim(span_of(rest->text, rest->off + n, rest->len - n));
}

/* A word (a name or a number with its sign) off the front; len 0: there is none. */
static struct span take_word(struct span *rest)
{
	const char *data = rest->text->data + rest->off;
	struct span word = span_of(rest->text, rest->off, 0);

	if (word.len < rest->len && data[0] == '-')
		word.len++;
	/* No name has other letters than ASCII's: they belong to the word that is none. */
	while (word.len < rest->len && (is_word(data[word.len]) || (unsigned char)data[word.len] >= 0x80))
		word.len++;
	skip(rest, word.len);
	return word;
}

/* An ABI's name may have dashes: x86-64, mips64-n32. Makes the word that long where it is one. */
static void take_dashes(struct span *word, struct span *rest)
{
	const char *data = word->text->data + word->off;
	size_t len = word->len, end = rest->off + rest->len - word->off;

	while (len < end && (is_word(data[len]) || data[len] == '-'))
		len++;
	if (len == word->len || vd_abi_by_name(data, len) == VD_ABI_NONE)
		return;
	word->len = len;
	*rest = span_trim(span_of(word->text, word->off + len, end - len));
}

static bool starts_word(const struct span *rest)
{
	return rest->len && (is_word(rest->text->data[rest->off]) || at_char(rest, '-'));
}

static int parse_arg(struct span *rest, unsigned n, struct diags *diags, struct seccomp_data *data)
{
	size_t end, begin = rest->off;
	uint64_t value;

	if (expr_const_prefix(rest, 0, 64, diags, &value, &end) < 0)
		return -1;
	if (n == ARGS_MAX) {
		struct span where = span_of(rest->text, begin, end - begin);
		diag_error(diags, &where, "a system call has at most %d arguments", ARGS_MAX);
		return -1;
	}
	data->args[n] = value;
	skip(rest, end - rest->off);
	return 0;
}

static int parse_args(struct span *rest, struct diags *diags, struct seccomp_data *data)
{
	struct span open = span_of(rest->text, rest->off, 1);
	unsigned n = 0;

	skip(rest, 1);
	while (rest->len && !(n == 0 && at_char(rest, ')'))) {
		if (parse_arg(rest, n++, diags, data) < 0)
			return -1;
		if (!at_char(rest, ','))
			break;
		skip(rest, 1);
	}
	if (!rest->len) {
		diag_error(diags, &open, "'(' has no ')'");
		return -1;
	}
	if (!at_char(rest, ')')) {
		struct span where = span_of(rest->text, rest->off, 1);
		diag_error(diags, &where, "',' or ')' is meant here");
		return -1;
	}
	skip(rest, 1);
	return 0;
}

static int parse_ip(struct span *rest, struct diags *diags, struct seccomp_data *data)
{
	uint64_t value;

	skip(rest, 1);
	if (expr_const_bits(rest, 64, diags, &value) < 0)
		return -1;
	data->instruction_pointer = value;
	rest->off += rest->len;
	rest->len = 0;
	return 0;
}

/* [ARCH] NAME|NUMBER: two words in a row mean that the first is the arch. */
static int parse_subject(struct span *rest, struct diags *diags, struct seccomp_data *data)
{
	struct span name = take_word(rest);
	int abi = VD_ABI_X86_64;
	uint32_t arch = vd_abi_info(abi)->audit_arch, nr;

	if (!name.len) {
		struct span where = span_of(rest->text, name.off, 0);
		diag_error(diags, &where, "a system call is meant here");
		diag_hint(diags, "a call is written as x86_64 ioctl(0, 0x5412)");
		return -1;
	}
	take_dashes(&name, rest);
	if (starts_word(rest)) {
		if (expr_arch(&name, diags, &abi, &arch) < 0)
			return -1;
		if (abi == VD_ABI_NONE)
			abi = vd_abi_of(arch, 0);
		name = take_word(rest);
	}
	if (vd_abi_by_name(name.text->data + name.off, name.len) != VD_ABI_NONE) {
		diag_error(diags, &name, "the ABI alone is no call");
		diag_hint(diags, "write the call's name or number behind it: %.*s mkdir()", (int)name.len,
			  name.text->data + name.off);
		return -1;
	}
	if (expr_syscall(&name, abi, diags, &nr) < 0)
		return -1;
	data->arch = arch;
	data->nr = (int)nr;
	return 0;
}

int call_parse(const struct span *span, struct diags *diags, struct seccomp_data *ret_data)
{
	struct span rest = span_trim(*span);
	struct seccomp_data data = { 0 };

	if (parse_subject(&rest, diags, &data) < 0)
		return -1;
	if (at_char(&rest, '(') && parse_args(&rest, diags, &data) < 0)
		return -1;
	if (at_char(&rest, '@') && parse_ip(&rest, diags, &data) < 0)
		return -1;
	if (rest.len) {
		diag_error(diags, &rest, "'%.*s' is not expected here", (int)(rest.len < 64 ? rest.len : 64),
			   rest.text->data + rest.off);
		diag_hint(diags, "a call is written as x86_64 ioctl(0, 0x5412) @0x400000");
		return -1;
	}
	*ret_data = data;
	return 0;
}

static int print_number(char *buf, size_t size, int64_t value)
{
	if (value >= NEGATIVE_MIN && value <= DECIMAL_MAX)
		return snprintf(buf, size, "%" PRId64, value);
	return snprintf(buf, size, "0x%" PRIx64, (uint64_t)value);
}

static int print_nr(char *buf, size_t size, int abi, uint32_t nr)
{
	const struct vd_abi_info *info = vd_abi_info(abi);
	const char *name = info ? vd_syscall_name(abi, nr) : NULL;

	if (name)
		return snprintf(buf, size, "%s", name);
	if (info)
		nr &= ~info->nr_bit;
	/* Signed 32 bits: 0x80000005, not 0xffffffff80000005. */
	int64_t value = (int32_t)nr < NEGATIVE_MIN ? (int64_t)nr : (int32_t)nr;
	return print_number(buf, size, value);
}

int call_format(const struct seccomp_data *data, char *buf, size_t size)
{
	char text[CALL_TEXT_MAX];
	int abi = vd_abi_of(data->arch, (uint32_t)data->nr), args = ARGS_MAX, at;

	if (abi == VD_ABI_NONE)
		at = snprintf(text, sizeof(text), "0x%08x ", data->arch);
	else
		at = snprintf(text, sizeof(text), "%s ", vd_abi_info(abi)->name);
	at += print_nr(text + at, sizeof(text) - (size_t)at, abi, (uint32_t)data->nr);
	text[at++] = '(';
	while (args && !data->args[args - 1])
		args--;
	for (int i = 0; i < args; i++) {
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%s", i ? ", " : "");
		at += print_number(text + at, sizeof(text) - (size_t)at, (int64_t)data->args[i]);
	}
	text[at++] = ')';
	text[at] = '\0';
	if (data->instruction_pointer)
		snprintf(text + at, sizeof(text) - (size_t)at, " @0x%" PRIx64,
			 (uint64_t)data->instruction_pointer);
	return snprintf(buf, size, "%s", text);
}

bool call_big_endian(const struct seccomp_data *data)
{
	const struct vd_abi_info *info = vd_abi_info(vd_abi_of(data->arch, (uint32_t)data->nr));

	return info ? info->big_endian : !(data->arch & __AUDIT_ARCH_LE);
}

void call_swap_halves(struct seccomp_data *data)
{
	data->instruction_pointer = data->instruction_pointer << 32 | data->instruction_pointer >> 32;
	for (unsigned i = 0; i < 6; i++)
		data->args[i] = data->args[i] << 32 | data->args[i] >> 32;
}

void call_json(struct json *json, const struct seccomp_data *data)
{
	int abi = vd_abi_of(data->arch, (uint32_t)data->nr);
	const struct vd_abi_info *info = vd_abi_info(abi);
	char text[CALL_TEXT_MAX];

	call_format(data, text, sizeof(text));
	json_object(json);
	json_key(json, "call");
	json_string(json, text);
	json_key(json, "arch");
	json_string(json, info ? info->name : NULL);
	json_key(json, "audit_arch");
	json_hex32(json, data->arch);
	json_key(json, "nr");
	json_number(json, data->nr);
	json_key(json, "syscall");
	json_string(json, info ? vd_syscall_name(abi, (uint32_t)data->nr) : NULL);
	json_key(json, "ip");
	json_hex(json, data->instruction_pointer);
	json_key(json, "args");
	json_array(json);
	for (int i = 0; i < ARGS_MAX; i++)
		json_hex(json, data->args[i]);
	json_end(json, ']');
	json_end(json, '}');
}

void verdict_json(struct json *json, const struct vd_verdict *verdict, const char *source)
{
	uint32_t effective = vd_effective(verdict->ret);

	json_object(json);
	json_key(json, "ret");
	json_hex32(json, verdict->ret);
	json_key(json, "action");
	json_string(json, vd_action_name(effective));
	json_key(json, "data");
	json_number(json, effective & SECCOMP_RET_DATA);
	json_key(json, "filter");
	json_number(json, verdict->filter);
	json_key(json, "source");
	json_string(json, source);
	json_end(json, '}');
}
