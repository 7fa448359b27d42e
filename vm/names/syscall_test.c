/* SPDX-License-Identifier: MIT */
#include "vm/testing.h"
#include "vm/verdict.h"

#include <errno.h>
#include <string.h>

static int number(int abi, const char *name, uint32_t *ret_nr)
{
	return vd_syscall_number(abi, name, strlen(name), ret_nr);
}

/* Numbers and names where tables are easily wrong. */
static const struct {
	int abi;
	const char *name;
	uint32_t nr;
} edges[] = {
	{ VD_ABI_X86_64, "read", 0 },
	{ VD_ABI_X86_64, "pread64", 17 },
	{ VD_ABI_X86_64, "umount2", 166 },
	{ VD_ABI_X86_64, "uretprobe", 335 },
	{ VD_ABI_X86_64, "uprobe", 336 },
	{ VD_ABI_X86_64, "pidfd_send_signal", 424 },
	{ VD_ABI_X86_64, "statmount", 457 },
	{ VD_ABI_X86_64, "mseal", 462 },
	{ VD_ABI_X86_64, "open_tree_attr", 467 },
	{ VD_ABI_I386, "restart_syscall", 0 },
	{ VD_ABI_I386, "break", 17 },
	{ VD_ABI_I386, "umount", 22 },
	{ VD_ABI_I386, "umount2", 52 },
	{ VD_ABI_I386, "socketcall", 102 },
	{ VD_ABI_I386, "_llseek", 140 },
	{ VD_ABI_I386, "socket", 359 },
	{ VD_ABI_I386, "clock_gettime64", 403 },
	{ VD_ABI_X32, "read", 0x40000000 },
	{ VD_ABI_X32, "rt_sigaction", 0x40000000 | 512 },
	{ VD_ABI_X32, "execve", 0x40000000 | 520 },
	{ VD_ABI_X32, "pwritev2", 0x40000000 | 547 },
	{ VD_ABI_AARCH64, "openat", 56 },
	{ VD_ABI_AARCH64, "newfstatat", 79 },
	{ VD_ABI_ARM, "breakpoint", 0x0f0001 },
	{ VD_ABI_ARM, "cacheflush", 0x0f0002 },
	{ VD_ABI_ARM, "usr26", 0x0f0003 },
	{ VD_ABI_ARM, "usr32", 0x0f0004 },
	{ VD_ABI_ARM, "set_tls", 0x0f0005 },
	{ VD_ABI_ARM, "get_tls", 0x0f0006 },
	{ VD_ABI_ARM, "arm_sync_file_range", 341 },
	{ VD_ABI_RISCV64, "riscv_flush_icache", 259 },
	{ VD_ABI_RISCV32, "clock_gettime64", 403 },
	{ VD_ABI_S390, "mmap2", 192 },
	{ VD_ABI_S390, "getuid", 24 },
	{ VD_ABI_S390, "file_setattr", 469 },
	{ VD_ABI_S390X, "getuid", 199 },
	{ VD_ABI_S390X, "s390_runtime_instr", 342 },
	{ VD_ABI_PPC, "sync_file_range2", 308 },
	{ VD_ABI_PPC64, "swapcontext", 249 },
	{ VD_ABI_PPC64LE, "swapcontext", 249 },
	{ VD_ABI_MIPS, "syscall", 4000 },
	{ VD_ABI_MIPSEL, "cacheflush", 4147 },
	{ VD_ABI_MIPS64, "read", 5000 },
	{ VD_ABI_MIPSEL64, "mseal", 5462 },
	{ VD_ABI_MIPS64N32, "read", 6000 },
	{ VD_ABI_MIPSEL64N32, "mseal", 6462 },
	{ VD_ABI_LOONGARCH64, "statx", 291 },
	{ VD_ABI_M68K, "atomic_barrier", 336 },
	{ VD_ABI_PARISC, "socket", 17 },
	{ VD_ABI_PARISC64, "socket", 17 },
	{ VD_ABI_SH, "cacheflush", 123 },
	{ VD_ABI_SHEB, "cacheflush", 123 },
};

START_TEST(edge)
{
	uint32_t nr = 0xdeadbeef;

	ck_assert_int_eq(number(edges[_i].abi, edges[_i].name, &nr), 0);
	ck_assert_uint_eq(nr, edges[_i].nr);
	ck_assert_str_eq(vd_syscall_name(edges[_i].abi, nr), edges[_i].name);
}
END_TEST

static const struct {
	int abi;
	const char *name;
	int error;
} absent[] = {
	{ VD_ABI_AARCH64, "open", -ENOENT },	  { VD_ABI_X86_64, "socketcall", -ENOENT },
	{ VD_ABI_X86_64, "umount", -ENOENT },	  { VD_ABI_X32, "set_thread_area", -ENOENT },
	{ VD_ABI_I386, "newfstatat", -ENOENT },	  { VD_ABI_S390, "listns", -ENOENT },
	{ VD_ABI_X86_64, "breakpoint", -ENOENT }, { VD_ABI_X86_64, "mkdirr", -EINVAL },
	{ VD_ABI_X86_64, "sys_mkdir", -EINVAL },  { VD_ABI_X86_64, "MKDIR", -EINVAL },
	{ VD_ABI_X86_64, "", -EINVAL },		  { VD_ABI_MIPS, "unused18", -EINVAL },
	{ VD_ABI_NONE, "mkdir", -EINVAL },	  { VD_ABI_COUNT, "mkdir", -EINVAL },
};

START_TEST(no_number)
{
	uint32_t nr = 0xdeadbeef;

	ck_assert_int_eq(number(absent[_i].abi, absent[_i].name, &nr), absent[_i].error);
	ck_assert_uint_eq(nr, 0xdeadbeef);
}
END_TEST

static const struct {
	int abi;
	uint32_t nr;
} nameless[] = {
	{ VD_ABI_X86_64, 0xffffffff },
	{ VD_ABI_X86_64, 0x80000000 },
	{ VD_ABI_X86_64, 0x40000000 },
	{ VD_ABI_X86_64, 340 },
	{ VD_ABI_X86_64, 512 },
	{ VD_ABI_X32, 0 },
	{ VD_ABI_X32, 520 },
	{ VD_ABI_X32, 0x40000000 | 59 },
	{ VD_ABI_X32, 0xc0000000 },
	{ VD_ABI_I386, 222 },
	{ VD_ABI_MIPS, 0 },
	{ VD_ABI_MIPS, 3999 },
	{ VD_ABI_MIPS, 4018 },
	{ VD_ABI_MIPS64, 4000 },
	{ VD_ABI_ARM, 0x0f0000 },
	{ VD_ABI_ARM, 0x0f0007 },
	{ VD_ABI_NONE, 0 },
	{ VD_ABI_COUNT, 0 },
};

START_TEST(no_name)
{
	ck_assert_ptr_null(vd_syscall_name(nameless[_i].abi, nameless[_i].nr));
}
END_TEST

/* Number to name to number, in numerical order, for all calls of an ABI. */
START_TEST(round_trip)
{
	size_t count = vd_abi_syscalls(_i);

	ck_assert_uint_ge(count, 300);
	for (size_t i = 0; i < count; i++) {
		uint32_t nr = vd_abi_syscall_at(_i, i), back;
		const char *name = vd_syscall_name(_i, nr);

		ck_assert_ptr_nonnull(name);
		ck_assert_int_eq(number(_i, name, &back), 0);
		ck_assert_msg(back == nr, "%s: %u, %u", name, nr, back);
		ck_assert_uint_eq(nr & vd_abi_info(_i)->nr_bit, vd_abi_info(_i)->nr_bit);
		if (i > 0)
			ck_assert_uint_gt(nr, vd_abi_syscall_at(_i, i - 1));
	}
}
END_TEST

/* Every name that an ABI has is found by its number again, or stands for one that is. */
START_TEST(no_other_names)
{
	size_t aliases = 0;
	uint32_t nr;

	for (size_t i = 0; i < vd_syscall_names(); i++) {
		const char *name = vd_syscall_name_at(i);

		if (number(_i, name, &nr) != 0)
			continue;
		ck_assert_ptr_nonnull(vd_syscall_name(_i, nr));
		aliases += strcmp(vd_syscall_name(_i, nr), name) != 0;
	}
	ck_assert_uint_eq(aliases, _i == VD_ABI_ARM ? 1 : 0);
}
END_TEST

START_TEST(alias)
{
	uint32_t nr;

	ck_assert_int_eq(number(VD_ABI_ARM, "sync_file_range2", &nr), 0);
	ck_assert_uint_eq(nr, 341);
}
END_TEST

START_TEST(sorted)
{
	ck_assert_uint_ge(vd_syscall_names(), 500);
	for (size_t i = 1; i < vd_syscall_names(); i++)
		ck_assert_int_lt(strcmp(vd_syscall_name_at(i - 1), vd_syscall_name_at(i)), 0);
	ck_assert_ptr_null(vd_syscall_name_at(vd_syscall_names()));
	ck_assert_uint_eq(vd_abi_syscalls(VD_ABI_NONE), 0);
	ck_assert_uint_eq(vd_abi_syscalls(VD_ABI_COUNT), 0);
}
END_TEST

START_TEST(word_of_any_bytes)
{
	uint32_t nr;

	ck_assert_int_eq(vd_syscall_number(VD_ABI_X86_64, "read(0)", 4, &nr), 0);
	ck_assert_int_eq(vd_syscall_number(VD_ABI_X86_64, "read\0", 5, &nr), -EINVAL);
	ck_assert_int_eq(vd_syscall_number(VD_ABI_X86_64, "read", 3, &nr), -EINVAL);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, edge, 0, COUNT_OF(edges));
	tcase_add_loop_test(tc, no_number, 0, COUNT_OF(absent));
	tcase_add_loop_test(tc, no_name, 0, COUNT_OF(nameless));
	tcase_add_loop_test(tc, round_trip, 0, VD_ABI_COUNT);
	tcase_add_loop_test(tc, no_other_names, 0, VD_ABI_COUNT);
	tcase_add_test(tc, alias);
	tcase_add_test(tc, sorted);
	tcase_add_test(tc, word_of_any_bytes);
}

int main(void)
{
	return run_suite("names/syscall", add);
}
