/* SPDX-License-Identifier: MIT */
/* Arguments of x86's system calls. */
#include "vm/names/names.h"

#include <errno.h>
#include <string.h>

enum {
#define VD_ARG(id, name, type, bits, is_signed, pointer) id,
#include "vm/names/args.inc"
#undef VD_ARG
};

static const struct vd_arg arguments[] = {
#define VD_ARG(id, name, type, bits, is_signed, pointer) { name, type, bits, is_signed, pointer },
#include "vm/names/args.inc"
#undef VD_ARG
};

struct call {
	const char *name;
	uint16_t count;
	uint16_t args[6]; /* of arguments[] */
};

static const struct call calls_x86_64[] = {
#define VD_CALL_x86_64(name, count, ...) { name, count, __VA_ARGS__ },
#include "vm/names/args.inc"
#undef VD_CALL_x86_64
};

static const struct call calls_i386[] = {
#define VD_CALL_i386(name, count, ...) { name, count, __VA_ARGS__ },
#include "vm/names/args.inc"
#undef VD_CALL_i386
};

/* x32's own calls, from 512 on; the others are x86_64's. */
static const struct call calls_x32[] = {
#define VD_CALL_x32(name, count, ...) { name, count, __VA_ARGS__ },
#include "vm/names/args.inc"
#undef VD_CALL_x32
};
#define X32_OWN 512

#define SEARCH(calls, name) search(calls, sizeof(calls) / sizeof((calls)[0]), name)

static const struct call *search(const struct call *calls, size_t count, const char *name)
{
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = strcmp(name, calls[middle].name);

		if (order == 0)
			return &calls[middle];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

static const struct call *find(int abi, uint32_t nr)
{
	const char *name = vd_syscall_name(abi, nr);

	if (!name)
		return NULL;
	if (abi == VD_ABI_I386)
		return SEARCH(calls_i386, name);
	if (abi == VD_ABI_X32 && (nr ^ vd_abi_info(abi)->nr_bit) >= X32_OWN)
		return SEARCH(calls_x32, name);
	if (abi == VD_ABI_X86_64 || abi == VD_ABI_X32)
		return SEARCH(calls_x86_64, name);
	return NULL;
}

int vd_syscall_args(int abi, uint32_t nr, struct vd_arg *ret_args)
{
	const struct call *call = find(abi, nr);

	if (!call)
		return -ENOENT;
	for (size_t i = 0; i < call->count; i++)
		ret_args[i] = arguments[call->args[i]];
	return call->count;
}
