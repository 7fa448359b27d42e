/* SPDX-License-Identifier: MIT */
/* Claims with `where:`, against filters that are made from the same conditions. */
#include "cases/file.h"
#include "cases/testing.h"
#include "cases/where.h"

#include <unistd.h>

static const struct {
	const char *arch, *call, *args, *where;
} conditions[] = {
	{ "x86_64", "read", "{}", "fd == 1" },
	{ "x86_64, i386, x32", "read", "{}", "fd == 1 || fd == 0x80000000" },
	{ "x86_64, i386", "ioctl", "{}", "cmd == TIOCSTI" },
	{ "x86_64, i386", "setpriority", "{}", "niceval < 0" },
	{ "x86_64", "setpriority", "{}", "niceval >= -20 && niceval <= 19" },
	{ "x86_64, i386", "mkdir", "{}", "mode & 0o7000" },
	{ "x86_64, x32", "read", "{}", "count > 0xffffffff" },
	{ "x86_64", "lseek", "{}", "offset < -4294967297" },
	{ "i386", "lseek", "{}", "offset < -1" },
	{ "x86_64", "read", "{buf: 0}", "!buf && fd != 7" },
	{ "x86_64", "openat", "{}", "(flags & O_ACCMODE) == O_RDONLY && !(flags & (O_CREAT | O_DIRECTORY))" },
	{ "x86_64", "read", "{}", "arg0.hi == 5 && arg0.lo > 0xfffffff0" },
	{ "x86_64", "read", "{}", "(arg0 >> 4) == 0x1fffffff0" },
	{ "x86_64", "read", "{}", "ip > 0x7fffffffffff && ip.lo != 3" },
	{ "x86_64", "read", "{}", "(arg0 ^ arg1) == 0x123456789abc" },
	{ "x86_64", "read", "{}", "fd == count" },
	{ "x86_64", "read", "{}", "nr == 0 && arch == AUDIT_ARCH_X86_64 && fd == 3" },
	{ "x86_64, i386", "[read, write]", "{}", "fd < 3" },
	{ "x86_64", "[read, lseek]", "{}", "fd == 0 && arg2 == 0x100000000" },
	{ "x86_64", "read", "{fd: 0..40}", "fd & 3" },
	{ "x86_64, i386", "read", "{fd: [1, 5, 0x100000001], count: 2}", "fd == 1" },
	{ "s390x, ppc64", "read", "{}", "arg0 > 0x100000000 && arg1.hi" },
	{ "x86_64", "[0, 1, 499, 500]", "{}", "arg0 == 5" },
};

/* Writes a file with three claims: that hold, that hold, that breaks. */
static void write_file(const char *path, int i, const char *call)
{
	FILE *out = fopen(path, "w");
	char targets[64];
	size_t len = 0;

	ck_assert_ptr_nonnull(out);
	/* The same calls as targets of a rule. */
	for (const char *c = call; *c; c++)
		if (*c != '[' && *c != ']')
			targets[len++] = *c;
	targets[len] = '\0';
	fprintf(out,
		"version: 1\nfilters: {f: {rules: \"arch: %s\\ndefault: TRAP\\n%s: %s -> ALLOW, else "
		"ERRNO(2)\"}}\n",
		conditions[i].arch, targets, conditions[i].where);
	fprintf(out, "defaults: {arch: [%s], syscall: %s, args: %s}\ncases:\n", conditions[i].arch, call,
		conditions[i].args);
	fprintf(out, "  - {where: \"%s\", expect: ALLOW}\n", conditions[i].where);
	fprintf(out, "  - {where: \"!(%s)\", expect: ERRNO(2)}\n", conditions[i].where);
	fprintf(out, "  - {where: \"%s\", expect: ERRNO(2)}\n", conditions[i].where);
	fclose(out);
}

static void check_claim(const struct claim *claim, bool holds, bool sample)
{
	struct answer answer;

	if (sample)
		claim_sample(claim, &answer);
	else
		claim_decide(claim, &answer);
	ck_assert(!answer.nothing);
	ck_assert_int_eq(answer.holds, holds);
	if (!sample)
		ck_assert_int_ne(answer.basis, BASIS_SAMPLED);
	if (!holds) {
		ck_assert_uint_eq(answer.verdict.ret, SECCOMP_RET_ALLOW);
		ck_assert(where_holds(answer.box->where, &answer.record));
	}
}

START_TEST(claims_about_some_records)
{
	char path[] = "/tmp/where-XXXXXX";
	const char *paths[] = { path };
	struct case_files files = { 0 };
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	write_file(path, _i, conditions[_i].call);
	case_files_read(&files, paths, 1, 1);
	unlink(path);
	char *text = printed(&files.files[0]->diags);
	ck_assert_msg(!*text, "%s", text);
	free(text);
	ck_assert_uint_eq(files.files[0]->n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct claim *claim = &files.files[0]->cases[i].claim;
		check_claim(claim, i < 2, false);
		check_claim(claim, i < 2, true);
		for (size_t box = 0; box < claim->n; box++)
			if (claim->boxes[box].where)
				ck_assert(where_holds(claim->boxes[box].where, claim->boxes[box].witness));
	}
	case_files_done(&files);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, claims_about_some_records, 0, (int)COUNT_OF(conditions));
}

int main(void)
{
	return run_suite("where", add);
}
