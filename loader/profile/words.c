/* SPDX-License-Identifier: MIT */
/* The words of profiles: runtime-spec's config-linux.md, the engines' includes and excludes, capabilities(7).
 */
#include "loader/profile/profile.h"

#include <linux/seccomp.h>
#include <string.h>

#define NEAR 3
#define WORDS_MAX 64

static const struct profile_word actions[] = {
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF },
	{ NULL, 0 },
};
const struct profile_words profile_actions = { "an action", actions };

static const struct profile_word ops[] = {
	{ "SCMP_CMP_NE", PROFILE_NE },
	{ "SCMP_CMP_LT", PROFILE_LT },
	{ "SCMP_CMP_LE", PROFILE_LE },
	{ "SCMP_CMP_EQ", PROFILE_EQ },
	{ "SCMP_CMP_GE", PROFILE_GE },
	{ "SCMP_CMP_GT", PROFILE_GT },
	{ "SCMP_CMP_MASKED_EQ", PROFILE_MASKED_EQ },
	{ NULL, 0 },
};
const struct profile_words profile_ops = { "an operator", ops };

static const struct profile_word archs[] = {
	{ "SCMP_ARCH_X86", VD_ABI_I386 },
	{ "SCMP_ARCH_X86_64", VD_ABI_X86_64 },
	{ "SCMP_ARCH_X32", VD_ABI_X32 },
	{ "SCMP_ARCH_ARM", VD_ABI_ARM },
	{ "SCMP_ARCH_AARCH64", VD_ABI_AARCH64 },
	{ "SCMP_ARCH_LOONGARCH64", VD_ABI_LOONGARCH64 },
	{ "SCMP_ARCH_M68K", VD_ABI_M68K },
	{ "SCMP_ARCH_MIPS", VD_ABI_MIPS },
	{ "SCMP_ARCH_MIPS64", VD_ABI_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32", VD_ABI_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL", VD_ABI_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64", VD_ABI_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", VD_ABI_MIPSEL64N32 },
	{ "SCMP_ARCH_PARISC", VD_ABI_PARISC },
	{ "SCMP_ARCH_PARISC64", VD_ABI_PARISC64 },
	{ "SCMP_ARCH_PPC", VD_ABI_PPC },
	{ "SCMP_ARCH_PPC64", VD_ABI_PPC64 },
	{ "SCMP_ARCH_PPC64LE", VD_ABI_PPC64LE },
	{ "SCMP_ARCH_RISCV64", VD_ABI_RISCV64 },
	{ "SCMP_ARCH_S390", VD_ABI_S390 },
	{ "SCMP_ARCH_S390X", VD_ABI_S390X },
	{ "SCMP_ARCH_SH", VD_ABI_SH },
	{ "SCMP_ARCH_SHEB", VD_ABI_SHEB },
	{ NULL, 0 },
};
const struct profile_words profile_archs = { "an architecture", archs };

/* The first of a value is what an engine on that machine calls it. */
static const struct profile_word machines[] = {
	{ "amd64", VD_ABI_X86_64 },
	{ "x86", VD_ABI_I386 },
	{ "x32", VD_ABI_X32 },
	{ "arm", VD_ABI_ARM },
	{ "arm64", VD_ABI_AARCH64 },
	{ "loong64", VD_ABI_LOONGARCH64 },
	{ "mips", VD_ABI_MIPS },
	{ "mips64", VD_ABI_MIPS64 },
	{ "mips64n32", VD_ABI_MIPS64N32 },
	{ "mipsel", VD_ABI_MIPSEL },
	{ "mipsel64", VD_ABI_MIPSEL64 },
	{ "mipsel64n32", VD_ABI_MIPSEL64N32 },
	{ "mips3l64n32", VD_ABI_MIPSEL64N32 },
	{ "ppc", VD_ABI_PPC },
	{ "ppc64", VD_ABI_PPC64 },
	{ "ppc64le", VD_ABI_PPC64LE },
	{ "riscv64", VD_ABI_RISCV64 },
	{ "s390", VD_ABI_S390 },
	{ "s390x", VD_ABI_S390X },
	{ NULL, 0 },
};
const struct profile_words profile_machines = { "an architecture", machines };

static const struct profile_word caps[] = {
	{ "CAP_CHOWN", 0 },
	{ "CAP_DAC_OVERRIDE", 1 },
	{ "CAP_DAC_READ_SEARCH", 2 },
	{ "CAP_FOWNER", 3 },
	{ "CAP_FSETID", 4 },
	{ "CAP_KILL", 5 },
	{ "CAP_SETGID", 6 },
	{ "CAP_SETUID", 7 },
	{ "CAP_SETPCAP", 8 },
	{ "CAP_LINUX_IMMUTABLE", 9 },
	{ "CAP_NET_BIND_SERVICE", 10 },
	{ "CAP_NET_BROADCAST", 11 },
	{ "CAP_NET_ADMIN", 12 },
	{ "CAP_NET_RAW", 13 },
	{ "CAP_IPC_LOCK", 14 },
	{ "CAP_IPC_OWNER", 15 },
	{ "CAP_SYS_MODULE", 16 },
	{ "CAP_SYS_RAWIO", 17 },
	{ "CAP_SYS_CHROOT", 18 },
	{ "CAP_SYS_PTRACE", 19 },
	{ "CAP_SYS_PACCT", 20 },
	{ "CAP_SYS_ADMIN", 21 },
	{ "CAP_SYS_BOOT", 22 },
	{ "CAP_SYS_NICE", 23 },
	{ "CAP_SYS_RESOURCE", 24 },
	{ "CAP_SYS_TIME", 25 },
	{ "CAP_SYS_TTY_CONFIG", 26 },
	{ "CAP_MKNOD", 27 },
	{ "CAP_LEASE", 28 },
	{ "CAP_AUDIT_WRITE", 29 },
	{ "CAP_AUDIT_CONTROL", 30 },
	{ "CAP_SETFCAP", 31 },
	{ "CAP_MAC_OVERRIDE", 32 },
	{ "CAP_MAC_ADMIN", 33 },
	{ "CAP_SYSLOG", 34 },
	{ "CAP_WAKE_ALARM", 35 },
	{ "CAP_BLOCK_SUSPEND", 36 },
	{ "CAP_AUDIT_READ", 37 },
	{ "CAP_PERFMON", 38 },
	{ "CAP_BPF", 39 },
	{ "CAP_CHECKPOINT_RESTORE", 40 },
	{ NULL, 0 },
};
const struct profile_words profile_caps = { "a capability", caps };

static const struct profile_word flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1 << 5 },
	{ NULL, 0 },
};
const struct profile_words profile_flags = { "a filter flag", flags };

const struct profile_word *profile_word_find(const struct profile_words *words, const struct span *span)
{
	for (const struct profile_word *word = words->words; word->name; word++)
		if (span_is(span, word->name))
			return word;
	return NULL;
}

const char *profile_word_name(const struct profile_words *words, uint32_t value)
{
	for (const struct profile_word *word = words->words; word->name; word++)
		if (word->value == value)
			return word->name;
	return NULL;
}

/* A word without the prefix that all of its kind have, in capitals: "allow", "ERRNO", "sys_admin". */
static const char *prefixed(const struct profile_words *words, const char *text, size_t len)
{
	for (const struct profile_word *word = words->words; word->name; word++) {
		size_t n = strlen(word->name);
		if (n > len && word->name[n - len - 1] == '_' &&
		    !strncasecmp(word->name + n - len, text, len))
			return word->name;
		if (n == len && !strncasecmp(word->name, text, len))
			return word->name;
	}
	return NULL;
}

bool profile_word_hint(const struct profile_words *words, const struct span *span, struct diags *diags)
{
	const char *names[WORDS_MAX], *near[NEAR], *text = span->text->data + span->off;
	size_t n = 0, found;

	names[0] = prefixed(words, text, span->len);
	if (names[0]) {
		diag_hint(diags, "write %s", names[0]);
		return true;
	}
	for (; words->words[n].name && n < WORDS_MAX; n++)
		names[n] = words->words[n].name;
	found = vd_near(text, span->len, names, n, near, NEAR);
	diag_hint_names(diags, near, found);
	return found > 0;
}
