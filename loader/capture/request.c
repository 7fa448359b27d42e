/* SPDX-License-Identifier: MIT */
#include "loader/capture/request.h"

#include <linux/prctl.h>
#include <linux/seccomp.h>

/* struct sock_fprog as 32-bit callers (x32 ones too) lay it out. */
struct compat_fprog {
	uint16_t len;
	uint32_t filter;
};

static void read_program(const struct tracee *task, uint64_t address, bool compat, struct request *request)
{
	struct sock_fprog native;
	struct compat_fprog small;
	uint64_t insns;

	if (compat) {
		if (tracee_read(task, address, &small, sizeof(small)) != sizeof(small))
			return;
		request->len = small.len;
		insns = small.filter;
	} else {
		if (tracee_read(task, address, &native, sizeof(native)) != sizeof(native))
			return;
		request->len = native.len;
		insns = (uint64_t)(uintptr_t)native.filter;
	}
	size_t size = request->len * sizeof(*request->insns);
	if (request->len && request->len <= FILTER_LEN_MAX)
		request->read = tracee_read(task, insns, request->insns, size) == size;
}

bool request_of(const struct tracee *task, struct request *ret_request)
{
	const struct vd_abi_info *abi = vd_abi_info(task->abi);

	if (!abi)
		return false;
	/* x32 callers have the native call's registers. */
	bool compat = abi->word_bits == 32, narrow = compat && task->abi != VD_ABI_X32;
	uint64_t args[3];
	for (int i = 0; i < 3; i++)
		args[i] = narrow ? (uint32_t)task->call.args[i] : task->call.args[i];

	ret_request->len = 0;
	ret_request->read = false;
	ret_request->flags = 0;
	/* The operation and the option are ints, prctl's second argument is a long. */
	if (tracee_calls(task, "seccomp") && (uint32_t)args[0] == SECCOMP_SET_MODE_FILTER) {
		ret_request->call = REQUEST_SECCOMP;
		ret_request->flags = (uint32_t)args[1];
	} else if (tracee_calls(task, "prctl") && (uint32_t)args[0] == PR_SET_SECCOMP &&
		   args[1] == SECCOMP_MODE_FILTER) {
		ret_request->call = REQUEST_PRCTL;
	} else {
		return false;
	}
	read_program(task, args[2], compat, ret_request);
	return true;
}

bool request_granted(const struct request *request, int64_t result)
{
	/* Over 0: the listener, or else the id of a thread that TSYNC could not bring along. */
	return result == 0 || (result > 0 && (request->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER));
}
