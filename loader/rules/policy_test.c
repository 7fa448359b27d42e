/* SPDX-License-Identifier: MIT */
/* A set of rules as the policy that it was written as. */
#include "loader/rules/testing.h"

#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS
#define ERR(n) (SECCOMP_RET_ERRNO | (n))

START_TEST(policy_reads_as_written)
{
	static const struct {
		const char *text, *syscall;
		uint32_t action, abis;
	} wanted[] = {
		{ "read: fd == 0 -> ALLOW", "read", ALLOW, 3 },
		{ "read: !(fd == 0) -> KILL_PROCESS", "read", KILL, 3 },
		{ "1: 1 -> ERRNO(EPERM)", NULL, ERR(1), 1 },
		{ "socketcall: call > 2 -> TRAP", "socketcall", SECCOMP_RET_TRAP, 2 },
		{ "read: count == 7 -> ERRNO(EIO)", "read", ERR(5), 3 },
	};
	struct policy *policy = rules_policy(read_rules("arch: x86_64, i386\nclose: fd == 0\nread: fd == 0\n"
							"close: 1\nx86_64.1: 1 -> ERRNO(EPERM)\n"
							"socketcall?: call > 2 -> TRAP\nenable\n"
							"read: count == 7 -> ERRNO(EIO)\n"));
	struct seccomp_data record = record_of("i386 read(0x100000000, 0, 7)");
	uint64_t values[64];
	int rule;

	ck_assert_ptr_nonnull(policy);
	ck_assert_uint_eq(policy->abis, 3);
	/* close's first line is erased by its second */
	ck_assert_uint_eq(policy->n, 6);
	ck_assert_str_eq(policy->rules[2].text, "close: 1 -> ALLOW");
	for (size_t i = 0, j = 0; i < 5; i++, j++) {
		j += j == 2;
		ck_assert_str_eq(policy->rules[j].text, wanted[i].text);
		ck_assert_uint_eq(policy->rules[j].action, wanted[i].action);
		ck_assert_uint_eq(policy->rules[j].abis, wanted[i].abis);
		if (wanted[i].syscall)
			ck_assert_str_eq(policy->rules[j].syscall, wanted[i].syscall);
		else
			ck_assert_ptr_null(policy->rules[j].syscall);
	}
	ck_assert_uint_eq(policy->rules[3].nr, 1);
	ck_assert(policy->matches(policy, 0, VD_ABI_I386, &record));
	ck_assert(!policy->matches(policy, 1, VD_ABI_I386, &record));
	ck_assert(policy->matches(policy, 5, VD_ABI_I386, &record));
	ck_assert(!policy->matches(policy, 4, VD_ABI_X86_64, &record));
	ck_assert_uint_eq(policy->read(policy, &record, &rule), ERR(5));
	ck_assert_int_eq(rule, 5);
	record = record_of("read(1)");
	ck_assert_uint_eq(policy->read(policy, &record, &rule), KILL);
	ck_assert_int_eq(rule, 1);
	record = record_of("getpid()");
	ck_assert_uint_eq(policy->read(policy, &record, &rule), KILL);
	ck_assert_int_eq(rule, POLICY_DEFAULT);
	size_t n = policy->boundaries(policy, 5, VD_ABI_X86_64, 2, values, 64);
	ck_assert_uint_ge(n, 3);
	for (uint64_t value = 6; value <= 8; value++) {
		bool found = false;
		for (size_t i = 0; i < n; i++)
			found = found || values[i] == value;
		ck_assert(found);
	}
	ck_assert_uint_eq(policy->boundaries(policy, 5, VD_ABI_X86_64, 0, values, 64), 0);
	policy->free(policy);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, policy_reads_as_written);
}

int main(void)
{
	return run_suite("rules-policy", add);
}
