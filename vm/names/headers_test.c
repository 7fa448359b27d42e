/* SPDX-License-Identifier: MIT */
/*
 * The tables against the kernel headers of this machine, number by number: the native
 * ones, those of the linux-libc-dev-*-cross packages, and the tree that newer
 * linux-libc-dev packages hold for all architectures. VERDICT_HEADERS names a folder to
 * look below instead of /, such as an unpacked package.
 */
#include "vm/testing.h"
#include "vm/verdict.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the compiler predefines for the ABI, the header, and where it may be. */
static const struct source {
	int abi;
	const char *defines;
	const char *header;
	const char *uapi;    /* folder below usr/lib/linux/uapi */
	const char *triplet; /* folder below usr/include, or usr with include below it */
} sources[] = {
	{ VD_ABI_X86_64, "-D__x86_64__ -D__LP64__", "unistd.h", "x86", "x86_64-linux-gnu" },
	{ VD_ABI_I386, "-D__i386__", "unistd.h", "x86", "x86_64-linux-gnu" },
	{ VD_ABI_X32, "-D__x86_64__ -D__ILP32__", "unistd.h", "x86", "x86_64-linux-gnu" },
	{ VD_ABI_I386, "-D__i386__", "unistd.h", "", "i686-linux-gnu" },
	{ VD_ABI_X32, "-D__x86_64__ -D__ILP32__", "unistd.h", "", "x86_64-linux-gnux32" },
	{ VD_ABI_AARCH64, "-D__aarch64__ -D__LP64__", "unistd.h", "arm64", "aarch64-linux-gnu" },
	{ VD_ABI_ARM, "-D__arm__ -D__ARM_EABI__", "unistd.h", "arm", "arm-linux-gnueabihf" },
	{ VD_ABI_RISCV64, "-D__riscv -D__LP64__", "unistd.h", "riscv", "riscv64-linux-gnu" },
	{ VD_ABI_RISCV32, "-D__riscv", "unistd.h", "riscv", "riscv64-linux-gnu" },
	{ VD_ABI_S390, "-D__s390__", "unistd_32.h", "s390", "s390x-linux-gnu" },
	{ VD_ABI_S390X, "-D__s390__ -D__s390x__ -D__LP64__", "unistd.h", "s390",
	  "s390x-linux-gnu" },
	{ VD_ABI_PPC, "-D__powerpc__", "unistd.h", "powerpc", "powerpc-linux-gnu" },
	{ VD_ABI_PPC64, "-D__powerpc__ -D__powerpc64__ -D__LP64__", "unistd.h", "powerpc",
	  "powerpc64-linux-gnu" },
	{ VD_ABI_PPC64LE, "-D__powerpc__ -D__powerpc64__ -D__LP64__", "unistd.h", "powerpc",
	  "powerpc64le-linux-gnu" },
	{ VD_ABI_MIPS, "-D_MIPS_SIM=1", "unistd.h", "mips", "mips-linux-gnu" },
	{ VD_ABI_MIPSEL, "-D_MIPS_SIM=1", "unistd.h", "mips", "mipsel-linux-gnu" },
	{ VD_ABI_MIPS64, "-D_MIPS_SIM=3 -D__LP64__", "unistd.h", "mips", "mips64-linux-gnuabi64" },
	{ VD_ABI_MIPSEL64, "-D_MIPS_SIM=3 -D__LP64__", "unistd.h", "mips",
	  "mips64el-linux-gnuabi64" },
	{ VD_ABI_MIPS64N32, "-D_MIPS_SIM=2", "unistd.h", "mips", "mips64-linux-gnuabin32" },
	{ VD_ABI_MIPSEL64N32, "-D_MIPS_SIM=2", "unistd.h", "mips", "mips64el-linux-gnuabin32" },
	{ VD_ABI_LOONGARCH64, "-D__loongarch__ -D__LP64__", "unistd.h", "loongarch",
	  "loongarch64-linux-gnu" },
	{ VD_ABI_M68K, "-D__m68k__", "unistd.h", "m68k", "m68k-linux-gnu" },
	{ VD_ABI_PARISC, "-D__hppa__", "unistd.h", "parisc", "hppa-linux-gnu" },
	{ VD_ABI_PARISC64, "-D__hppa__ -D__LP64__", "unistd.h", "parisc", "hppa-linux-gnu" },
	{ VD_ABI_SH, "-D__sh__", "unistd.h", "sh", "sh4-linux-gnu" },
	{ VD_ABI_SHEB, "-D__sh__", "unistd.h", "sh", "sh4-linux-gnu" },
};

/* Where headers lie: the folder that holds asm/, and the one that holds asm-generic/. */
static const struct place {
	const char *arch, *common;
	bool uapi; /* arch takes the uapi folder's name, not the triplet */
} places[] = {
	{ "usr/include/%s", "usr/include", false },
	{ "usr/%s/include", NULL, false },
	{ "usr/lib/linux/uapi/%s", "usr/include", true },
};

#define MACROS_MAX 4096

struct macros {
	size_t count;
	struct {
		char name[64], text[96];
	} of[MACROS_MAX];
};

static const char *root(void)
{
	const char *folder = getenv("VERDICT_HEADERS");

	return folder ? folder : "";
}

static const char *text_of(const struct macros *macros, const char *name, size_t len)
{
	for (size_t i = 0; i < macros->count; i++)
		if (strlen(macros->of[i].name) == len &&
		    strncmp(macros->of[i].name, name, len) == 0)
			return macros->of[i].text;
	return NULL;
}

/* A sum of numbers and names of sums, as all these headers write their numbers. */
static long value_of(const struct macros *macros, const char *text)
{
	long sum = 0;

	while (*text) {
		size_t len = strspn(
			text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

		if (len == 0) {
			ck_assert_msg(strchr("+() ", *text), "not a sum: %s", text);
			text++;
			continue;
		}
		if (isdigit((unsigned char)*text))
			sum += strtol(text, NULL, 0);
		else {
			const char *inner = text_of(macros, text, len);

			ck_assert_msg(inner, "undefined: %s", text);
			sum += value_of(macros, inner);
		}
		text += len;
	}
	return sum;
}

static void read_macros(struct macros *macros, FILE *file)
{
	char line[512];

	macros->count = 0;
	while (fgets(line, sizeof(line), file)) {
		int n = sscanf(line, "#define %63[A-Za-z0-9_] %95[^\n]",
			       macros->of[macros->count].name, macros->of[macros->count].text);

		if (n != 2)
			continue;
		ck_assert_uint_lt(++macros->count, MACROS_MAX);
	}
}

/* Bases and masks, and the slots that mips keeps for calls that never came. */
static bool is_call(const char *name)
{
	static const char *const others[] = { "Linux",	      "SYSCALL_BASE",
					      "SYSCALL_MASK", "OABI_SYSCALL_BASE",
					      "syscalls",     "arch_specific_syscall",
					      "BASE" };

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz") == strlen(name) ||
	       (strncmp(name, "unused", 6) != 0 && strncmp(name, "reserved", 8) != 0);
}

static const char *call_of(const char *macro)
{
	const char *name = strncmp(macro, "__NR_", 5) == 0	 ? macro + 5
			   : strncmp(macro, "__ARM_NR_", 9) == 0 ? macro + 9
								 : NULL;

	return name && is_call(name) ? name : NULL;
}

/* name -> number, and number -> name, which may be the kernel's other name of the call. */
static void check_call(int abi, const char *name, uint32_t nr)
{
	const char *abi_name = vd_abi_info(abi)->name, *back;
	uint32_t ours;

	ck_assert_msg(vd_syscall_number(abi, name, strlen(name), &ours) == 0, "%s lacks %s, %u",
		      abi_name, name, nr);
	ck_assert_msg(ours == nr, "%s.%s: %u, the header says %u", abi_name, name, ours, nr);
	back = vd_syscall_name(abi, nr);
	ck_assert_msg(back != NULL, "%s has no name for %u, %s", abi_name, nr, name);
	if (strcmp(back, name) != 0) {
		ck_assert_int_eq(vd_syscall_number(abi, back, strlen(back), &ours), 0);
		ck_assert_uint_eq(ours, nr);
		ck_assert_msg(abi == VD_ABI_ARM && strcmp(name, "sync_file_range2") == 0,
			      "%s: %u is %s, the header says %s", abi_name, nr, back, name);
	}
}

/* And no number that we know is another call in the header. */
static size_t check_header(const struct source *source, const struct macros *macros)
{
	size_t calls = 0;

	for (size_t i = 0; i < macros->count; i++) {
		const char *name = call_of(macros->of[i].name);

		if (!name)
			continue;
		check_call(source->abi, name, (uint32_t)value_of(macros, macros->of[i].text));
		calls++;
	}
	return calls;
}

static bool find(const struct source *source, const struct place *place, char *arch, size_t size)
{
	const char *folder = place->uapi ? source->uapi : source->triplet;
	char below[256], header[640];

	if (!folder[0])
		return false;
	snprintf(below, sizeof(below), place->arch, folder);
	snprintf(arch, size, "%s/%s", root(), below);
	snprintf(header, sizeof(header), "%s/asm/%s", arch, source->header);
	return access(header, R_OK) == 0;
}

static size_t check_place(const struct source *source, const struct place *place, const char *arch)
{
	bool wide = strstr(source->defines, "__LP64__") != NULL;
	struct macros *macros = malloc(sizeof(*macros));
	char command[1024];
	size_t calls;
	FILE *file;

	snprintf(command, sizeof(command),
		 "echo '#include <asm/%s>' | cc -E -dM -undef -nostdinc %s -D__SIZEOF_POINTER__=%d "
		 "-D__SIZEOF_LONG__=%d -D__CHAR_BIT__=8 -I %s -I %s/%s -",
		 source->header, source->defines, wide ? 8 : 4, wide ? 8 : 4, arch, root(),
		 place->common ? place->common : "nowhere");
	file = popen(command, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(macros);
	read_macros(macros, file);
	ck_assert_msg(pclose(file) == 0, "%s", command);
	calls = check_header(source, macros);
	free(macros);
	return calls;
}

static bool have_cc(void)
{
	return system("cc --version >/dev/null 2>&1") == 0;
}

static void report(const struct source *source, size_t seen)
{
	const char *name = vd_abi_info(source->abi)->name;
	size_t all = vd_abi_syscalls(source->abi);

	if (seen == 0)
		printf("SKIP: %s kernel headers (%s): not on this machine\n", name,
		       source->triplet);
	else if (seen < all)
		printf("SKIP: %zu of %zu %s calls: newer than its kernel headers (%s) here\n",
		       all - seen, all, name, source->triplet);
	fflush(stdout);
}

START_TEST(headers)
{
	const struct source *source = &sources[_i];
	char arch[512];
	size_t most = 0;

	if (!have_cc()) {
		printf("SKIP: %s kernel headers: no cc to read them\n",
		       vd_abi_info(source->abi)->name);
		fflush(stdout);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		size_t calls;

		if (!find(source, &places[i], arch, sizeof(arch)))
			continue;
		calls = check_place(source, &places[i], arch);
		ck_assert_msg(calls > 250, "%zu calls in %s", calls, arch);
		if (calls > most)
			most = calls;
	}
	report(source, most);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, headers, 0, COUNT_OF(sources));
}

int main(void)
{
	return run_suite("names/headers", add);
}
