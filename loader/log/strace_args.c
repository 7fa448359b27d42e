/* SPDX-License-Identifier: MIT */
#include "loader/log/strace.h"

#include <string.h>

#define ARGS_MAX 6

/*
 * Calls whose arguments strace prints in another order, number or unit than
 * they lie in registers, from some argument on: offsets of 64 bits in two
 * registers, arguments that are left out in the middle.
 */
static const struct {
	const char *name;
	bool only_32; /* on i386 alone */
	unsigned from;
} regrouped[] = {
	{ "futex", false, 3 },
	{ "preadv2", false, 4 },
	{ "pwritev2", false, 4 },
	{ "restart_syscall", false, 0 },
	{ "rt_sigreturn", false, 0 },
	{ "sigreturn", false, 0 },
	{ "ipc", true, 1 },
	{ "socketcall", true, 0 },
	{ "_llseek", true, 1 },
	{ "fadvise64", true, 1 },
	{ "fadvise64_64", true, 1 },
	{ "fallocate", true, 2 },
	{ "fanotify_mark", true, 2 },
	{ "ftruncate64", true, 1 },
	{ "lookup_dcookie", true, 0 },
	{ "mmap2", true, 5 },
	{ "pread64", true, 3 },
	{ "preadv", true, 3 },
	{ "pwrite64", true, 3 },
	{ "pwritev", true, 3 },
	{ "readahead", true, 1 },
	{ "sync_file_range", true, 1 },
	{ "truncate64", true, 1 },
};

/* How many arguments, from the first on, are the registers'. */
static unsigned trusted(int abi, uint32_t nr)
{
	const char *name = vd_syscall_name(abi, nr);

	for (size_t i = 0; name && i < sizeof(regrouped) / sizeof(*regrouped); i++)
		if (!strcmp(regrouped[i].name, name) && (!regrouped[i].only_32 || abi == VD_ABI_I386))
			return regrouped[i].from;
	return ARGS_MAX;
}

static void set_arg(struct log_call *call, unsigned i, int abi, const char *text, size_t len)
{
	uint64_t value;
	bool negative;

	if (!strace_value(text, len, &value, &negative))
		return;
	call->open &= (uint16_t)~LOG_OPEN_ARG(i);
	if (abi == VD_ABI_I386) {
		value = (uint32_t)value;
	} else if (negative) {
		/* Programs put both 0 and -1 above a negative int; mmap()'s descriptor is printed as one. */
		value = (uint32_t)value;
		call->open |= LOG_OPEN_HIGH(i);
	}
	call->data.args[i] = value;
}

/* clone's are named, in an order of their own: "child_stack=NULL, flags=SIGCHLD, ...". */
static unsigned clone_position(int abi, const char *text, size_t len, size_t *ret_skip)
{
	static const struct {
		const char *name;
		unsigned at, at_i386;
	} names[] = {
		{ "flags=", 0, 0 },	    { "child_stack=", 1, 1 },  { "parent_tid=", 2, 2 },
		{ "parent_tidptr=", 2, 2 }, { "child_tidptr=", 3, 4 }, { "tls=", 4, 3 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i].name);
		if (len < n || memcmp(text, names[i].name, n) != 0)
			continue;
		*ret_skip = n;
		return abi == VD_ABI_I386 ? names[i].at_i386 : names[i].at;
	}
	return ARGS_MAX;
}

static unsigned count_parts(const char *args, size_t len)
{
	unsigned n = 0;

	while (len) {
		size_t part = strace_part(args, len);
		size_t next = part < len ? part + 1 : part;
		n++;
		args += next;
		len -= next;
	}
	return n;
}

static bool is_blank(const char *text, size_t len)
{
	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	return !len;
}

/*
 * The arguments' text into a record whose nr and arch are known: values, and
 * which words are not given (open is only added to).
 */
static void strace_args(const char *args, size_t len, int abi, struct log_call *call)
{
	const uint32_t nr = (uint32_t)call->data.nr;
	struct vd_arg declared[ARGS_MAX] = { 0 };
	int known = vd_syscall_args(abi, nr, declared);
	const char *name = vd_syscall_name(abi, nr);
	bool is_clone = name && !strcmp(name, "clone");
	unsigned limit = trusted(abi, nr);

	for (unsigned i = 0; i < ARGS_MAX; i++)
		call->open |= LOG_OPEN_ARG(i);
	/* More than the kernel takes: what is printed lies in memory (i386's old mmap). */
	if (is_blank(args, len) || (known >= 0 && count_parts(args, len) > (unsigned)known))
		return;
	for (unsigned i = 0; len && i < ARGS_MAX; i++) {
		size_t part = strace_part(args, len), next = part < len ? part + 1 : part, skip = 0;
		while (part && *args == ' ') {
			args++;
			part--;
			len--;
			next--;
		}
		unsigned at = is_clone ? clone_position(abi, args, part, &skip) : i;
		if (at == ARGS_MAX)
			at = i; /* by position: -e raw=clone */
		if (at < limit)
			set_arg(call, at, abi, args + skip, part - skip);
		args += next;
		len -= next;
	}
}

/* -------------------------------------------------------------- the call -- */

/* "syscall_0x1d3": strace knows no name. */
static bool unnamed(const struct strace_line *line, uint32_t *ret_nr)
{
	static const char prefix[] = "syscall_";
	uint64_t value;
	bool negative;

	if (line->name_len < sizeof(prefix) || memcmp(line->name, prefix, sizeof(prefix) - 1) != 0 ||
	    !strace_value(line->name + sizeof(prefix) - 1, line->name_len - sizeof(prefix) + 1, &value,
			  &negative) ||
	    value > UINT32_MAX)
		return false;
	*ret_nr = (uint32_t)value;
	return true;
}

/* Whether a name's number on an ABI is the one that -n gives, which has no x32 bit. */
static bool is_number(const struct strace_line *line, int abi, uint32_t *ret_nr)
{
	uint32_t nr;

	if (vd_syscall_number(abi, line->name, line->name_len, &nr) < 0 ||
	    (nr & ~vd_abi_info(abi)->nr_bit) != (line->nr & ~vd_abi_info(abi)->nr_bit))
		return false;
	*ret_nr = nr;
	return true;
}

/* The ABI of a number that -n gives: the mode, or the one that knows it by the name printed. */
static int abi_of_number(const struct strace_line *line, int mode, uint32_t *ret_nr)
{
	static const int abis[] = { VD_ABI_X86_64, VD_ABI_I386, VD_ABI_X32 };

	*ret_nr = line->nr;
	if (is_number(line, mode, ret_nr))
		return mode;
	for (size_t i = 0; i < sizeof(abis) / sizeof(*abis); i++)
		if (is_number(line, abis[i], ret_nr))
			return abis[i];
	return mode;
}

bool strace_call(const struct strace_line *line, int mode, struct log_call *ret_call,
		 struct log_fault *ret_fault)
{
	struct log_call call = { .pid = line->pid, .open = line->has_ip ? 0 : LOG_OPEN_IP };
	uint32_t nr;
	int abi = line->has_nr ? abi_of_number(line, mode, &nr) : mode;

	if (!line->has_nr && !unnamed(line, &nr) &&
	    vd_syscall_number(abi, line->name, line->name_len, &nr) < 0) {
		*ret_fault = (struct log_fault){ .why = "this system call is not known",
						 .len = line->name_len };
		return false;
	}
	memcpy(call.comm, line->comm, sizeof(call.comm));
	call.data.nr = (int)nr;
	call.data.arch = vd_abi_info(abi)->audit_arch;
	call.data.instruction_pointer = line->ip;
	strace_args(line->args, line->args_len, vd_abi_of(call.data.arch, nr), &call);
	*ret_call = call;
	return true;
}
