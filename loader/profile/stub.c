/* SPDX-License-Identifier: MIT */
/*
 * runc's own beginning of a filter: calls newer than any that the profile
 * names fail with ENOSYS, so that libc falls back (runc
 * libcontainer/seccomp/patchbpf). Forms for jumps beyond 255 are left out:
 * libseccomp's architectures of one byte order need no 128 instructions.
 *
 * runc goes through its architectures in an order that changes from run to run;
 * here it is the profile's, which is one of them.
 */
#include "loader/profile/profile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#define ENOSYS_RET (SECCOMP_RET_ERRNO | ENOSYS)
#define X32_BIT 0x40000000u
#define GROUPS_MAX 16

/* Built from the end: jumps over what is there already have its length. */
struct stub {
	struct sock_filter insns[STUB_MAX];
	size_t len; /* written, at the array's end */
};

static void put(struct stub *stub, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	stub->insns[STUB_MAX - ++stub->len] = (struct sock_filter){ code, jt, jf, k };
}

static void put_load(struct stub *stub, uint32_t offset)
{
	put(stub, BPF_LD | BPF_W | BPF_ABS, 0, 0, offset);
}

static void put_jump(struct stub *stub, size_t over)
{
	put(stub, BPF_JMP | BPF_JA, 0, 0, (uint32_t)over);
}

/* ABIs that share a word in the record: x86_64 and x32. */
struct group {
	uint32_t audit_arch;
	uint32_t last, last_x32; /* 0: that ABI names nothing */
	bool s390;
	size_t section; /* the stub's length from its section on; 0: it has none */
};

static void put_tests(struct stub *stub, const struct group *group, size_t len)
{
	if (group->last && group->last_x32) {
		put(stub, BPF_JMP | BPF_JGT | BPF_K, (uint8_t)len, 0, group->last_x32);
		put(stub, BPF_JMP | BPF_JGT | BPF_K, (uint8_t)(len + 1), 1, group->last);
		put(stub, BPF_JMP | BPF_JSET | BPF_K, 1, 0, X32_BIT);
		return;
	}
	put(stub, BPF_JMP | BPF_JGT | BPF_K, (uint8_t)len, 0, group->last ? group->last : group->last_x32);
	if (group->audit_arch == vd_abi_info(VD_ABI_X86_64)->audit_arch)
		put(stub, BPF_JMP | BPF_JSET | BPF_K, group->last != 0, group->last == 0, X32_BIT);
}

static void put_section(struct stub *stub, struct group *group)
{
	size_t len = stub->len;

	if (!group->last && !group->last_x32)
		return;
	put_jump(stub, len);
	put_tests(stub, group, len);
	if (group->s390) {
		/* number 0 is setup(2), which the kernel leaves in place of numbers that it does not know */
		put(stub, BPF_RET | BPF_K, 0, 0, ENOSYS_RET);
		put(stub, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	}
	put_load(stub, offsetof(struct seccomp_data, nr));
	group->section = stub->len;
}

static size_t group_archs(const struct stub_arch *archs, size_t n, struct group *groups)
{
	size_t n_groups = 0, at;

	for (size_t i = 0; i < n; i++) {
		uint32_t audit_arch = vd_abi_info(archs[i].abi)->audit_arch;
		for (at = 0; at < n_groups && groups[at].audit_arch != audit_arch; at++)
			;
		if (at == GROUPS_MAX)
			continue;
		if (at == n_groups)
			groups[n_groups++] = (struct group){ .audit_arch = audit_arch };
		if (archs[i].abi == VD_ABI_X32)
			groups[at].last_x32 = archs[i].last;
		else
			groups[at].last = archs[i].last;
		groups[at].s390 = archs[i].abi == VD_ABI_S390 || archs[i].abi == VD_ABI_S390X;
	}
	return n_groups;
}

size_t profile_stub(const struct stub_arch *archs, size_t n, struct sock_filter *ret_insns)
{
	struct group groups[GROUPS_MAX];
	struct stub stub = { .len = 0 };
	size_t n_groups = group_archs(archs, n, groups);

	put(&stub, BPF_RET | BPF_K, 0, 0, ENOSYS_RET);
	put_jump(&stub, 1);
	for (size_t i = 0; i < n_groups; i++)
		put_section(&stub, &groups[i]);
	put_jump(&stub, stub.len);
	for (size_t i = 0; i < n_groups; i++)
		put(&stub, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(stub.len - groups[i].section), 0,
		    groups[i].audit_arch);
	put_load(&stub, offsetof(struct seccomp_data, arch));
	memcpy(ret_insns, stub.insns + STUB_MAX - stub.len, stub.len * sizeof(*ret_insns));
	return stub.len;
}

bool profile_stub_wanted(uint32_t default_action)
{
	uint32_t action = default_action & SECCOMP_RET_ACTION_FULL;

	return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG && action != SECCOMP_RET_TRACE;
}
