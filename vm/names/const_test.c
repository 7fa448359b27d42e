/* SPDX-License-Identifier: MIT */
/* Constants and errnos. */
#include "vm/names/names.h"
#include "vm/testing.h"

#include <string.h>

static const struct {
	const char *name;
	uint64_t value;
	bool varies, is_signed;
} consts[] = {
	{ "O_RDONLY", 0, false, false },
	{ "O_ACCMODE", 3, false, false },
	{ "O_CREAT", 0100, true, false },
	{ "O_DIRECTORY", 0200000, true, false },
	{ "O_LARGEFILE", 0100000, true, false }, /* the C library's is 0 on x86-64 */
	{ "O_TMPFILE", 020200000, true, false },
	{ "AT_FDCWD", -100ull, false, true },
	{ "AT_EMPTY_PATH", 0x1000, false, false },
	{ "CLONE_NEWUSER", 0x10000000, false, false },
	{ "CLONE_INTO_CGROUP", 0x200000000, false, false },
	{ "TIOCSTI", 0x5412, true, false },
	{ "TIOCLINUX", 0x541c, true, false },
	{ "TCGETS", 0x5401, true, false },
	{ "FS_IOC_SETFLAGS", 0x40086602, true, false },
	{ "AF_VSOCK", 40, false, false },
	{ "PF_INET6", 10, false, false },
	{ "AF_NETLINK", 16, false, false },
	{ "SOCK_STREAM", 1, true, false },
	{ "SOCK_RAW", 3, false, false },
	{ "SOCK_CLOEXEC", 02000000, true, false },
	{ "IPPROTO_TCP", 6, false, false },
	{ "SOL_SOCKET", 1, true, false },
	{ "SO_PEERCRED", 17, true, false },
	{ "SYS_SOCKET", 1, false, false },
	{ "SYS_SENDMMSG", 20, false, false },
	{ "SEMOP", 1, false, false },
	{ "SHMAT", 21, false, false },
	{ "PROT_EXEC", 4, false, false },
	{ "MAP_ANONYMOUS", 0x20, true, false },
	{ "MAP_FIXED", 0x10, true, false },
	{ "F_SETLK", 6, true, false },
	{ "F_DUPFD_CLOEXEC", 1030, false, false },
	{ "PR_SET_SECCOMP", 22, false, false },
	{ "ARCH_SET_FS", 0x1002, true, false },
	{ "PTRACE_TRACEME", 0, false, false },
	{ "FUTEX_WAKE_OP", 5, false, false },
	{ "PER_LINUX32", 8, false, false },
	{ "ADDR_NO_RANDOMIZE", 0x40000, false, false },
	{ "MS_BIND", 4096, false, false },
	{ "SIGSYS", 31, true, false },
	{ "SIGKILL", 9, false, false },
	{ "MADV_MERGEABLE", 12, false, false },
	{ "SECCOMP_SET_MODE_FILTER", 1, false, false },
	{ "SECCOMP_FILTER_FLAG_TSYNC", 1, false, false },
	{ "SECCOMP_IOCTL_NOTIF_RECV", 0xc0502100, false, false },
	{ "SECCOMP_IOCTL_NOTIF_ID_VALID", 0x40082102, true, false },
	{ "BLKGETSIZE64", 0x80081272, true, false },
	{ "OPEN_TREE_CLOEXEC", 02000000, true, false },
	{ "BPF_PROG_LOAD", 5, false, false },
	{ "KEYCTL_READ", 11, false, false },
	{ "KEY_SPEC_THREAD_KEYRING", -1ull, false, true },
	{ "SCHED_FIFO", 1, false, false },
	{ "S_ISUID", 04000, false, false },
	{ "RLIMIT_NOFILE", 7, true, false },
	{ "LINUX_REBOOT_CMD_CAD_OFF", 0, false, false },
	{ "CLOCK_MONOTONIC", 1, false, false },
	{ "GRND_INSECURE", 4, false, false },
	{ "MFD_EXEC", 0x10, false, false },
	{ "MEMBARRIER_CMD_GLOBAL", 1, false, false },
	{ "LANDLOCK_CREATE_RULESET_VERSION", 1, false, false },
	{ "CAP_SYS_ADMIN", 21, false, false },
	{ "KCMP_FILE", 0, false, false },
	{ "PIDFD_THREAD", 0200, true, false },
	{ "RESOLVE_BENEATH", 8, false, false },
	{ "W_OK", 2, false, false },
	{ "UMOUNT_NOFOLLOW", 8, false, false },
	{ "MNT_DETACH", 2, false, false },
};

START_TEST(constant)
{
	const struct vd_const *c = vd_const_by_name(consts[_i].name, strlen(consts[_i].name));

	ck_assert_msg(c != NULL, "%s", consts[_i].name);
	ck_assert_str_eq(c->name, consts[_i].name);
	ck_assert_uint_eq(c->value, consts[_i].value);
	ck_assert_msg(c->varies == consts[_i].varies, "%s", c->name);
	ck_assert_int_eq(c->is_signed, consts[_i].is_signed);
}
END_TEST

static const char *const no_consts[] = { "",	     "O_CREATE", "o_creat",    "O_CREA",
					 "TIOCSTI ", "EPERM",	 "__O_TMPFILE" };

START_TEST(no_constant)
{
	ck_assert_ptr_null(vd_const_by_name(no_consts[_i], strlen(no_consts[_i])));
}
END_TEST

START_TEST(word_of_any_bytes)
{
	ck_assert_ptr_nonnull(vd_const_by_name("O_CREAT|O_EXCL", 7));
	ck_assert_ptr_null(vd_const_by_name("O_CREAT\0", 8));
	ck_assert_ptr_nonnull(vd_errno_by_name("EPERM)", 5));
	ck_assert_ptr_null(vd_errno_by_name("EPERM\0", 6));
}
END_TEST

START_TEST(sorted)
{
	ck_assert_uint_ge(vd_const_count(), 1000);
	for (size_t i = 1; i < vd_const_count(); i++)
		ck_assert_int_lt(strcmp(vd_const_name_at(i - 1), vd_const_name_at(i)), 0);
	for (size_t i = 1; i < vd_errno_count(); i++)
		ck_assert_int_lt(strcmp(vd_errno_name_at(i - 1), vd_errno_name_at(i)), 0);
}
END_TEST

/* On which ABIs the table's value may be used. */
static const struct {
	const char *name;
	bool i386, aarch64;
} holding[] = {
	{ "PROT_EXEC", true, true },
	{ "O_CREAT", true, false },
	{ "FS_IOC_SETFLAGS", false, false },
	{ "AT_FDCWD", true, true },
};

START_TEST(holds_on)
{
	const char *name = holding[_i].name;
	const struct vd_const *c = vd_const_by_name(name, strlen(name));

	ck_assert_ptr_nonnull(c);
	ck_assert(vd_const_holds_on(c, VD_ABI_X86_64));
	ck_assert_int_eq(vd_const_holds_on(c, VD_ABI_I386), holding[_i].i386);
	ck_assert_int_eq(vd_const_holds_on(c, VD_ABI_X32), holding[_i].i386);
	ck_assert_int_eq(vd_const_holds_on(c, VD_ABI_AARCH64), holding[_i].aarch64);
}
END_TEST

static const struct {
	const char *name;
	unsigned value;
	bool varies, first; /* first: what the number is called */
} errnos[] = {
	{ "EPERM", 1, false, true },
	{ "EAGAIN", 11, true, true },
	{ "EWOULDBLOCK", 11, true, false },
	{ "EDEADLK", 35, true, true },
	{ "EDEADLOCK", 35, true, false },
	{ "ENOSYS", 38, true, true },
	{ "EOPNOTSUPP", 95, true, true },
	{ "ENOTSUP", 95, true, false },
	{ "EHWPOISON", 133, true, true },
	{ "ERESTARTSYS", 512, false, true },
	{ "ERESTARTNOINTR", 513, false, true },
	{ "ERESTARTNOHAND", 514, false, true },
	{ "ENOIOCTLCMD", 515, false, true },
	{ "ERESTART_RESTARTBLOCK", 516, false, true },
};

START_TEST(error)
{
	const struct vd_const *e = vd_errno_by_name(errnos[_i].name, strlen(errnos[_i].name));

	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(e->value, errnos[_i].value);
	ck_assert_int_eq(e->varies, errnos[_i].varies);
	ck_assert_int_eq(strcmp(vd_errno_name(errnos[_i].value), errnos[_i].name) == 0,
			 errnos[_i].first);
}
END_TEST

/* x86 has them up to 134, without 41 and 58, and the kernel its own. */
START_TEST(all_errors)
{
	for (unsigned i = 0; i < 5000; i++) {
		const char *name = vd_errno_name(i);

		if (name)
			ck_assert_uint_eq(vd_errno_by_name(name, strlen(name))->value, i);
		ck_assert_msg((name != NULL) == ((i >= 1 && i <= 134 && i != 41 && i != 58) ||
						 (i >= 512 && i <= 516)),
			      "%u", i);
	}
	ck_assert_ptr_null(vd_errno_name(0xffffffff));
	ck_assert_ptr_null(vd_errno_by_name("EPER", 4));
	ck_assert_ptr_null(vd_errno_by_name("eperm", 5));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, constant, 0, COUNT_OF(consts));
	tcase_add_loop_test(tc, no_constant, 0, COUNT_OF(no_consts));
	tcase_add_test(tc, word_of_any_bytes);
	tcase_add_test(tc, sorted);
	tcase_add_loop_test(tc, holds_on, 0, COUNT_OF(holding));
	tcase_add_loop_test(tc, error, 0, COUNT_OF(errnos));
	tcase_add_test(tc, all_errors);
}

int main(void)
{
	return run_suite("names/const", add);
}
