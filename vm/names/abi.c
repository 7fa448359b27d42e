/* SPDX-License-Identifier: MIT */
/* ABIs: their words in seccomp_data.arch, widths, byte orders and names. */
#include "vm/names/names.h"

#include <linux/audit.h>

/* Newer than the oldest headers that this builds with. */
#ifndef EM_RISCV
#define EM_RISCV 243
#endif
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

#define LE __AUDIT_ARCH_LE
#define W64 __AUDIT_ARCH_64BIT
#define N32 __AUDIT_ARCH_CONVENTION_MIPS64_N32
#define X32_BIT 0x40000000u

/* name, word, bits of long, bits of a register, big-endian, bit in every number */
static const struct vd_abi_info abis[VD_ABI_COUNT] = {
	[VD_ABI_X86_64] = { "x86_64", EM_X86_64 | W64 | LE, 64, 64, false, 0 },
	[VD_ABI_I386] = { "i386", EM_386 | LE, 32, 64, false, 0 },
	[VD_ABI_X32] = { "x32", EM_X86_64 | W64 | LE, 32, 64, false, X32_BIT },
	[VD_ABI_AARCH64] = { "aarch64", EM_AARCH64 | W64 | LE, 64, 64, false, 0 },
	[VD_ABI_ARM] = { "arm", EM_ARM | LE, 32, 32, false, 0 },
	[VD_ABI_RISCV64] = { "riscv64", EM_RISCV | W64 | LE, 64, 64, false, 0 },
	[VD_ABI_RISCV32] = { "riscv32", EM_RISCV | LE, 32, 32, false, 0 },
	[VD_ABI_S390] = { "s390", EM_S390, 32, 32, true, 0 },
	[VD_ABI_S390X] = { "s390x", EM_S390 | W64, 64, 64, true, 0 },
	[VD_ABI_PPC] = { "ppc", EM_PPC, 32, 32, true, 0 },
	[VD_ABI_PPC64] = { "ppc64", EM_PPC64 | W64, 64, 64, true, 0 },
	[VD_ABI_PPC64LE] = { "ppc64le", EM_PPC64 | W64 | LE, 64, 64, false, 0 },
	[VD_ABI_MIPS] = { "mips", EM_MIPS, 32, 32, true, 0 },
	[VD_ABI_MIPSEL] = { "mipsel", EM_MIPS | LE, 32, 32, false, 0 },
	[VD_ABI_MIPS64] = { "mips64", EM_MIPS | W64, 64, 64, true, 0 },
	[VD_ABI_MIPSEL64] = { "mipsel64", EM_MIPS | W64 | LE, 64, 64, false, 0 },
	[VD_ABI_MIPS64N32] = { "mips64n32", EM_MIPS | W64 | N32, 32, 64, true, 0 },
	[VD_ABI_MIPSEL64N32] = { "mipsel64n32", EM_MIPS | W64 | LE | N32, 32, 64, false, 0 },
	[VD_ABI_LOONGARCH64] = { "loongarch64", EM_LOONGARCH | W64 | LE, 64, 64, false, 0 },
	[VD_ABI_M68K] = { "m68k", EM_68K, 32, 32, true, 0 },
	[VD_ABI_PARISC] = { "parisc", EM_PARISC, 32, 32, true, 0 },
	[VD_ABI_PARISC64] = { "parisc64", EM_PARISC | W64, 64, 64, true, 0 },
	[VD_ABI_SH] = { "sh", EM_SH | LE, 32, 32, false, 0 },
	[VD_ABI_SHEB] = { "sheb", EM_SH, 32, 32, true, 0 },
};

struct alias {
	const char *name;
	enum vd_abi abi;
};

/*
 * Spellings of the kernel (uname -m, AUDIT_ARCH_), libseccomp (SCMP_ARCH_),
 * systemd and Debian. libseccomp's SH is the little-endian one, the kernel's
 * the big-endian one.
 */
static const struct alias aliases[] = {
	{ "amd64", VD_ABI_X86_64 },
	{ "x86-64", VD_ABI_X86_64 },
	{ "SCMP_ARCH_X86_64", VD_ABI_X86_64 },
	{ "AUDIT_ARCH_X86_64", VD_ABI_X86_64 },
	{ "x86", VD_ABI_I386 },
	{ "ia32", VD_ABI_I386 },
	{ "i486", VD_ABI_I386 },
	{ "i586", VD_ABI_I386 },
	{ "i686", VD_ABI_I386 },
	{ "SCMP_ARCH_X86", VD_ABI_I386 },
	{ "AUDIT_ARCH_I386", VD_ABI_I386 },
	{ "SCMP_ARCH_X32", VD_ABI_X32 },
	{ "arm64", VD_ABI_AARCH64 },
	{ "SCMP_ARCH_AARCH64", VD_ABI_AARCH64 },
	{ "AUDIT_ARCH_AARCH64", VD_ABI_AARCH64 },
	{ "armel", VD_ABI_ARM },
	{ "armhf", VD_ABI_ARM },
	{ "armv7l", VD_ABI_ARM },
	{ "SCMP_ARCH_ARM", VD_ABI_ARM },
	{ "AUDIT_ARCH_ARM", VD_ABI_ARM },
	{ "SCMP_ARCH_RISCV64", VD_ABI_RISCV64 },
	{ "AUDIT_ARCH_RISCV64", VD_ABI_RISCV64 },
	{ "AUDIT_ARCH_RISCV32", VD_ABI_RISCV32 },
	{ "SCMP_ARCH_S390", VD_ABI_S390 },
	{ "AUDIT_ARCH_S390", VD_ABI_S390 },
	{ "SCMP_ARCH_S390X", VD_ABI_S390X },
	{ "AUDIT_ARCH_S390X", VD_ABI_S390X },
	{ "powerpc", VD_ABI_PPC },
	{ "SCMP_ARCH_PPC", VD_ABI_PPC },
	{ "AUDIT_ARCH_PPC", VD_ABI_PPC },
	{ "powerpc64", VD_ABI_PPC64 },
	{ "SCMP_ARCH_PPC64", VD_ABI_PPC64 },
	{ "AUDIT_ARCH_PPC64", VD_ABI_PPC64 },
	{ "powerpc64le", VD_ABI_PPC64LE },
	{ "ppc64el", VD_ABI_PPC64LE },
	{ "ppc64-le", VD_ABI_PPC64LE },
	{ "SCMP_ARCH_PPC64LE", VD_ABI_PPC64LE },
	{ "AUDIT_ARCH_PPC64LE", VD_ABI_PPC64LE },
	{ "SCMP_ARCH_MIPS", VD_ABI_MIPS },
	{ "AUDIT_ARCH_MIPS", VD_ABI_MIPS },
	{ "mips-le", VD_ABI_MIPSEL },
	{ "SCMP_ARCH_MIPSEL", VD_ABI_MIPSEL },
	{ "AUDIT_ARCH_MIPSEL", VD_ABI_MIPSEL },
	{ "SCMP_ARCH_MIPS64", VD_ABI_MIPS64 },
	{ "AUDIT_ARCH_MIPS64", VD_ABI_MIPS64 },
	{ "mips64el", VD_ABI_MIPSEL64 },
	{ "mips64-le", VD_ABI_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64", VD_ABI_MIPSEL64 },
	{ "AUDIT_ARCH_MIPSEL64", VD_ABI_MIPSEL64 },
	{ "mipsn32", VD_ABI_MIPS64N32 },
	{ "mips64-n32", VD_ABI_MIPS64N32 },
	{ "SCMP_ARCH_MIPS64N32", VD_ABI_MIPS64N32 },
	{ "AUDIT_ARCH_MIPS64N32", VD_ABI_MIPS64N32 },
	{ "mipsn32el", VD_ABI_MIPSEL64N32 },
	{ "mips64-le-n32", VD_ABI_MIPSEL64N32 },
	{ "SCMP_ARCH_MIPSEL64N32", VD_ABI_MIPSEL64N32 },
	{ "AUDIT_ARCH_MIPSEL64N32", VD_ABI_MIPSEL64N32 },
	{ "loong64", VD_ABI_LOONGARCH64 },
	{ "SCMP_ARCH_LOONGARCH64", VD_ABI_LOONGARCH64 },
	{ "AUDIT_ARCH_LOONGARCH64", VD_ABI_LOONGARCH64 },
	{ "SCMP_ARCH_M68K", VD_ABI_M68K },
	{ "AUDIT_ARCH_M68K", VD_ABI_M68K },
	{ "hppa", VD_ABI_PARISC },
	{ "SCMP_ARCH_PARISC", VD_ABI_PARISC },
	{ "AUDIT_ARCH_PARISC", VD_ABI_PARISC },
	{ "hppa64", VD_ABI_PARISC64 },
	{ "SCMP_ARCH_PARISC64", VD_ABI_PARISC64 },
	{ "AUDIT_ARCH_PARISC64", VD_ABI_PARISC64 },
	{ "sh4", VD_ABI_SH },
	{ "shel", VD_ABI_SH },
	{ "SCMP_ARCH_SH", VD_ABI_SH },
	{ "AUDIT_ARCH_SHEL", VD_ABI_SH },
	{ "sh4eb", VD_ABI_SHEB },
	{ "SCMP_ARCH_SHEB", VD_ABI_SHEB },
	{ "AUDIT_ARCH_SH", VD_ABI_SHEB },
};

const struct vd_abi_info *vd_abi_info(int abi)
{
	if (abi < 0 || abi >= VD_ABI_COUNT)
		return NULL;
	return &abis[abi];
}

int vd_abi_by_name(const char *name, size_t len)
{
	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		if (vd_name_is(abis[abi].name, name, len))
			return abi;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (vd_name_is(aliases[i].name, name, len))
			return aliases[i].abi;
	return VD_ABI_NONE;
}

int vd_abi_of(uint32_t audit_arch, uint32_t nr)
{
	if (audit_arch == abis[VD_ABI_X86_64].audit_arch)
		return (nr & 0xc0000000u) == X32_BIT ? VD_ABI_X32 : VD_ABI_X86_64;
	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		if (abis[abi].audit_arch == audit_arch)
			return abi;
	return VD_ABI_NONE;
}
