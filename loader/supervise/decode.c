/* SPDX-License-Identifier: MIT */
#include "loader/supervise/decode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRING_SHOWN 200

struct writer {
	char *buf;
	size_t at;
};

static void put(struct writer *writer, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct writer *writer, const char *fmt, ...)
{
	size_t left = DECODE_TEXT_MAX - writer->at;
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(writer->buf + writer->at, left, fmt, ap);
	va_end(ap);
	writer->at += n < 0 ? 0 : (size_t)n < left ? (size_t)n : left - 1;
}

static void put_string(struct writer *writer, const char *text)
{
	size_t len = strlen(text);

	put(writer, "\"");
	for (size_t i = 0; i < len && i < STRING_SHOWN; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\')
			put(writer, "\\%c", c);
		else if (c == '\n')
			put(writer, "\\n");
		else if (c < 0x20 || c == 0x7f)
			put(writer, "\\x%02x", c);
		else
			put(writer, "%c", c);
	}
	put(writer, len > STRING_SHOWN ? "\"..." : "\"");
}

/* Whether an argument is a string with a NUL behind it, and no buffer with a length beside it. */
static bool is_string(const struct vd_arg *arg)
{
	static const char *const buffers[] = { "buf", "ubuf", "u_msg_ptr", "cmdline_ptr" };
	static const char *const strings[] = { "dev_name", "dir_name",
					       "type" }; /* mount(2)'s are not const */

	if (!strcmp(arg->type, "const char *")) {
		for (size_t i = 0; i < sizeof(buffers) / sizeof(*buffers); i++)
			if (!strcmp(arg->name, buffers[i]))
				return false;
		return true;
	}
	for (size_t i = 0; !strcmp(arg->type, "char *") && i < sizeof(strings) / sizeof(*strings); i++)
		if (!strcmp(arg->name, strings[i]))
			return true;
	return false;
}

static void put_number(struct writer *writer, const struct vd_arg *arg, uint64_t value)
{
	if (arg->bits < 64)
		value &= (UINT64_C(1) << arg->bits) - 1;
	if (arg->pointer)
		put(writer, value ? "0x%" PRIx64 : "NULL", value);
	else if (!strcmp(arg->name, "mode"))
		put(writer, "0o%" PRIo64, value);
	else if (arg->is_signed)
		put(writer, "%" PRId64, (int64_t)(value << (64 - arg->bits)) >> (64 - arg->bits));
	else
		put(writer, value < 1000 ? "%" PRIu64 : "0x%" PRIx64, value);
}

/* A string argument, read into its place. 0, or a negative errno with its address shown. */
static int put_memory(const struct notif *notif, uint64_t address, struct writer *writer, char **ret_string)
{
	char *buf = malloc(DECODE_STRING_MAX);

	if (!buf)
		return -ENOMEM;
	ssize_t len = address ? notif_read_string(notif, address, buf, DECODE_STRING_MAX) : -EFAULT;
	if (len < 0) {
		free(buf);
		put(writer, address ? "0x%" PRIx64 : "NULL", address);
		return (int)len;
	}
	*ret_string = buf;
	put_string(writer, buf);
	return 0;
}

int notif_decode(const struct notif *notif, struct decoded *ret_decoded)
{
	const struct seccomp_data *data = &notif->request->data;
	int abi = vd_abi_of(data->arch, (uint32_t)data->nr), gone = 0, r = 0;
	const char *name = vd_syscall_name(abi, (uint32_t)data->nr);
	struct writer writer = { ret_decoded->text, 0 };
	struct vd_arg args[6];
	int n = vd_syscall_args(abi, (uint32_t)data->nr, args);

	memset(ret_decoded, 0, sizeof(*ret_decoded));
	put(&writer, "%s ", abi == VD_ABI_NONE ? "?" : vd_abi_info(abi)->name);
	if (name)
		put(&writer, "%s(", name);
	else
		put(&writer, "%d(", data->nr);
	for (int i = 0; i < (n < 0 ? 6 : n); i++) {
		uint64_t value = abi == VD_ABI_I386 ? (uint32_t)data->args[i] : data->args[i];
		put(&writer, "%s", i ? ", " : "");
		if (n >= 0 && is_string(&args[i]) && !gone)
			r = put_memory(notif, value, &writer, &ret_decoded->strings[i]);
		else if (n >= 0)
			put_number(&writer, &args[i], value);
		else
			put(&writer, "0x%" PRIx64, value);
		gone |= r == -ENOENT;
	}
	put(&writer, ")");
	return gone ? -ENOENT : r == -ENOMEM ? r : 0;
}

void decoded_done(struct decoded *decoded)
{
	for (int i = 0; i < 6; i++)
		free(decoded->strings[i]);
}
