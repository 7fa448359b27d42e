/* SPDX-License-Identifier: MIT */
#include "vm/testing.h"
#include "vm/verdict.h"

#include <linux/audit.h>
#include <string.h>

/* By the numbers of elf-em.h and audit.h's three bits, not by what the table was made with. */
static const struct {
	int abi;
	const char *name;
	uint32_t arch;
	int word_bits, reg_bits;
	bool big_endian;
} abis[] = {
	{ VD_ABI_X86_64, "x86_64", 0xc000003e, 64, 64, false },
	{ VD_ABI_I386, "i386", 0x40000003, 32, 64, false },
	{ VD_ABI_X32, "x32", 0xc000003e, 32, 64, false },
	{ VD_ABI_AARCH64, "aarch64", 0xc00000b7, 64, 64, false },
	{ VD_ABI_ARM, "arm", 0x40000028, 32, 32, false },
	{ VD_ABI_RISCV64, "riscv64", 0xc00000f3, 64, 64, false },
	{ VD_ABI_RISCV32, "riscv32", 0x400000f3, 32, 32, false },
	{ VD_ABI_S390, "s390", 0x00000016, 32, 32, true },
	{ VD_ABI_S390X, "s390x", 0x80000016, 64, 64, true },
	{ VD_ABI_PPC, "ppc", 0x00000014, 32, 32, true },
	{ VD_ABI_PPC64, "ppc64", 0x80000015, 64, 64, true },
	{ VD_ABI_PPC64LE, "ppc64le", 0xc0000015, 64, 64, false },
	{ VD_ABI_MIPS, "mips", 0x00000008, 32, 32, true },
	{ VD_ABI_MIPSEL, "mipsel", 0x40000008, 32, 32, false },
	{ VD_ABI_MIPS64, "mips64", 0x80000008, 64, 64, true },
	{ VD_ABI_MIPSEL64, "mipsel64", 0xc0000008, 64, 64, false },
	{ VD_ABI_MIPS64N32, "mips64n32", 0xa0000008, 32, 64, true },
	{ VD_ABI_MIPSEL64N32, "mipsel64n32", 0xe0000008, 32, 64, false },
	{ VD_ABI_LOONGARCH64, "loongarch64", 0xc0000102, 64, 64, false },
	{ VD_ABI_M68K, "m68k", 0x00000004, 32, 32, true },
	{ VD_ABI_PARISC, "parisc", 0x0000000f, 32, 32, true },
	{ VD_ABI_PARISC64, "parisc64", 0x8000000f, 64, 64, true },
	{ VD_ABI_SH, "sh", 0x4000002a, 32, 32, false },
	{ VD_ABI_SHEB, "sheb", 0x0000002a, 32, 32, true },
};

START_TEST(info)
{
	const struct vd_abi_info *abi = vd_abi_info(abis[_i].abi);

	ck_assert_ptr_nonnull(abi);
	ck_assert_str_eq(abi->name, abis[_i].name);
	ck_assert_uint_eq(abi->audit_arch, abis[_i].arch);
	ck_assert_int_eq(abi->word_bits, abis[_i].word_bits);
	ck_assert_int_eq(abi->reg_bits, abis[_i].reg_bits);
	ck_assert_int_eq(abi->big_endian, abis[_i].big_endian);
	ck_assert_int_eq(abi->big_endian, !(abi->audit_arch & __AUDIT_ARCH_LE));
	ck_assert_uint_eq(abi->nr_bit, abis[_i].abi == VD_ABI_X32 ? 0x40000000 : 0);
	ck_assert_int_eq(vd_abi_by_name(abi->name, strlen(abi->name)), abis[_i].abi);
	ck_assert_int_eq(vd_abi_of(abi->audit_arch, abi->nr_bit), abis[_i].abi);
}
END_TEST

START_TEST(no_info)
{
	ck_assert_uint_eq(COUNT_OF(abis), VD_ABI_COUNT);
	ck_assert_ptr_null(vd_abi_info(VD_ABI_NONE));
	ck_assert_ptr_null(vd_abi_info(VD_ABI_COUNT));
	ck_assert_ptr_null(vd_abi_info(1 << 30));
}
END_TEST

/* x32 is (nr & 0xc0000000) == 0x40000000; all other numbers of that arch are x86_64's. */
static const struct {
	uint32_t arch, nr;
	int abi;
} records[] = {
	{ AUDIT_ARCH_X86_64, 0, VD_ABI_X86_64 },
	{ AUDIT_ARCH_X86_64, 0x3fffffff, VD_ABI_X86_64 },
	{ AUDIT_ARCH_X86_64, 0x40000000, VD_ABI_X32 },
	{ AUDIT_ARCH_X86_64, 0x7fffffff, VD_ABI_X32 },
	{ AUDIT_ARCH_X86_64, 0x80000000, VD_ABI_X86_64 },
	{ AUDIT_ARCH_X86_64, 0xc0000000, VD_ABI_X86_64 },
	{ AUDIT_ARCH_X86_64, 0xffffffff, VD_ABI_X86_64 },
	{ AUDIT_ARCH_I386, 0x40000000, VD_ABI_I386 },
	{ AUDIT_ARCH_ALPHA, 0, VD_ABI_NONE },
	{ 0, 0, VD_ABI_NONE },
	{ 0xffffffff, 0xffffffff, VD_ABI_NONE },
};

START_TEST(of_record)
{
	ck_assert_int_eq(vd_abi_of(records[_i].arch, records[_i].nr), records[_i].abi);
}
END_TEST

static const struct {
	const char *name;
	int abi;
} names[] = {
	{ "x86", VD_ABI_I386 },
	{ "amd64", VD_ABI_X86_64 },
	{ "x86-64", VD_ABI_X86_64 },
	{ "arm64", VD_ABI_AARCH64 },
	{ "SCMP_ARCH_X86", VD_ABI_I386 },
	{ "SCMP_ARCH_X86_64", VD_ABI_X86_64 },
	{ "SCMP_ARCH_X32", VD_ABI_X32 },
	{ "SCMP_ARCH_SH", VD_ABI_SH },
	{ "AUDIT_ARCH_SH", VD_ABI_SHEB },
	{ "AUDIT_ARCH_SHEL", VD_ABI_SH },
	{ "AUDIT_ARCH_MIPSEL64N32", VD_ABI_MIPSEL64N32 },
	{ "ppc64el", VD_ABI_PPC64LE },
	{ "mips64el", VD_ABI_MIPSEL64 },
	{ "hppa", VD_ABI_PARISC },
	{ "X86_64", VD_ABI_NONE },
	{ "x86_6", VD_ABI_NONE },
	{ "x86_644", VD_ABI_NONE },
	{ "", VD_ABI_NONE },
};

START_TEST(by_name)
{
	ck_assert_int_eq(vd_abi_by_name(names[_i].name, strlen(names[_i].name)), names[_i].abi);
}
END_TEST

START_TEST(word_of_any_bytes)
{
	ck_assert_int_eq(vd_abi_by_name("x86_64.mkdir", 6), VD_ABI_X86_64);
	ck_assert_int_eq(vd_abi_by_name("x32\0x32", 7), VD_ABI_NONE);
	ck_assert_int_eq(vd_abi_by_name("x32\0", 4), VD_ABI_NONE);
}
END_TEST

/* Every AUDIT_ARCH_ alias is the word that it says. */
#define WORD(name)          \
	{                   \
#name, name \
	}
static const struct {
	const char *name;
	uint32_t word;
} words[] = {
	WORD(AUDIT_ARCH_X86_64),      WORD(AUDIT_ARCH_I386),	    WORD(AUDIT_ARCH_AARCH64),
	WORD(AUDIT_ARCH_ARM),	      WORD(AUDIT_ARCH_RISCV64),	    WORD(AUDIT_ARCH_RISCV32),
	WORD(AUDIT_ARCH_S390),	      WORD(AUDIT_ARCH_S390X),	    WORD(AUDIT_ARCH_PPC),
	WORD(AUDIT_ARCH_PPC64),	      WORD(AUDIT_ARCH_PPC64LE),	    WORD(AUDIT_ARCH_MIPS),
	WORD(AUDIT_ARCH_MIPSEL),      WORD(AUDIT_ARCH_MIPS64),	    WORD(AUDIT_ARCH_MIPSEL64),
	WORD(AUDIT_ARCH_MIPS64N32),   WORD(AUDIT_ARCH_MIPSEL64N32), WORD(AUDIT_ARCH_M68K),
	WORD(AUDIT_ARCH_PARISC),      WORD(AUDIT_ARCH_PARISC64),    WORD(AUDIT_ARCH_SH),
	WORD(AUDIT_ARCH_SHEL),
#ifdef AUDIT_ARCH_LOONGARCH64
	WORD(AUDIT_ARCH_LOONGARCH64),
#endif
};

START_TEST(audit_words)
{
	int abi = vd_abi_by_name(words[_i].name, strlen(words[_i].name));

	ck_assert_int_ne(abi, VD_ABI_NONE);
	ck_assert_uint_eq(vd_abi_info(abi)->audit_arch, words[_i].word);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, info, 0, COUNT_OF(abis));
	tcase_add_test(tc, no_info);
	tcase_add_loop_test(tc, of_record, 0, COUNT_OF(records));
	tcase_add_loop_test(tc, by_name, 0, COUNT_OF(names));
	tcase_add_test(tc, word_of_any_bytes);
	tcase_add_loop_test(tc, audit_words, 0, COUNT_OF(words));
}

int main(void)
{
	return run_suite("names/abi", add);
}
