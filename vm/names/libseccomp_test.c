/* SPDX-License-Identifier: MIT */
/*
 * The tables against libseccomp's resolver, for every ABI and call that both know. Its
 * pseudo-numbers (negative: the ABI has no such call) are left out.
 */
#include "vm/testing.h"
#include "vm/verdict.h"

#include <stdio.h>
#include <string.h>

#ifdef HAVE_LIBSECCOMP
#include <seccomp.h>
#include <stdlib.h>

/* libseccomp's x32 is not an AUDIT_ARCH word; all others are. */
static uint32_t token_of(int abi)
{
	return abi == VD_ABI_X32 ? SCMP_ARCH_X32 : vd_abi_info(abi)->audit_arch;
}

static bool known(int abi)
{
	return seccomp_syscall_resolve_name_arch(token_of(abi), "read") >= 0;
}

/* Its numbers of our names. Returns how many both know. */
static size_t compare_names(int abi)
{
	size_t both = 0;

	for (size_t i = 0; i < vd_syscall_names(); i++) {
		const char *name = vd_syscall_name_at(i);
		int theirs = seccomp_syscall_resolve_name_arch(token_of(abi), name);
		uint32_t ours;

		if (theirs < 0 || vd_syscall_number(abi, name, strlen(name), &ours) != 0)
			continue;
		ck_assert_msg(ours == (uint32_t)theirs, "%s.%s: %u, libseccomp says %d",
			      vd_abi_info(abi)->name, name, ours, theirs);
		both++;
	}
	return both;
}

/* Its names of our numbers. */
static void compare_numbers(int abi)
{
	for (size_t i = 0; i < vd_abi_syscalls(abi); i++) {
		uint32_t nr = vd_abi_syscall_at(abi, i);
		char *theirs = seccomp_syscall_resolve_num_arch(token_of(abi), (int)nr);
		uint32_t ours = 0;

		if (!theirs)
			continue;
		ck_assert_msg(vd_syscall_number(abi, theirs, strlen(theirs), &ours) == 0 &&
				      ours == nr,
			      "%s: %u is %s, libseccomp says %s", vd_abi_info(abi)->name, nr,
			      vd_syscall_name(abi, nr), theirs);
		free(theirs);
	}
}

START_TEST(resolver)
{
	if (!known(_i)) {
		printf("SKIP: libseccomp's resolver for %s: this libseccomp does not know the "
		       "ABI\n",
		       vd_abi_info(_i)->name);
		fflush(stdout);
		return;
	}
	ck_assert_uint_gt(compare_names(_i), 250);
	compare_numbers(_i);
}
END_TEST
#else
START_TEST(resolver)
{
	if (_i == 0)
		printf("SKIP: libseccomp's resolver: built without libseccomp\n");
	fflush(stdout);
}
END_TEST
#endif

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, resolver, 0, VD_ABI_COUNT);
}

int main(void)
{
	return run_suite("names/libseccomp", add);
}
