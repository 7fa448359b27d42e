/* SPDX-License-Identifier: MIT */
/* Case files as wholes: whatever is mangled in one, there is an answer. */
#include "cases/run.h"
#include "cases/testing.h"
#include "vm/random.h"

#include <unistd.h>

static const char seed[] =
	"version: 1\n"
	"name: seed\n"
	"filters:\n"
	"  a: {asm: \"ld args[0].lo\\njeq #5, x, y\\nx: ret #ERRNO(EPERM)\\ny: ret #ALLOW\"}\n"
	"  b: {asm: \"ret #TRACE(7)\"}\n"
	"  bad:\n"
	"    asm: |\n"
	"      ld [3]\n"
	"      ret a\n"
	"stack: [a, b]\n"
	"arch: [x86_64, i386, x32, s390x]\n"
	"defaults: {expect: [asks, denied], tags: &t [one, two]}\n"
	"cases:\n"
	"  - name: first\n"
	"    syscall: &calls [read, 1, mkdir?, 470..480]\n"
	"    args: {0: [1, 5, 0x7..9], 3: any}\n"
	"  - {arch: x86_64, syscall: *calls, ip: 5, expect: {verdict: [TRACE(7), ERRNO], by: [a, b]}}\n"
	"  - {arch: x86_64, syscall: read, args: {fd: 5, count: -1}, expect: {x86_64: denied}, limits: "
	"{insns: 4}}\n"
	"  - {arch: any, syscall: {not: [5]}, expect: {not: runs}, todo: later}\n"
	"  - {arch: {not: [arm]}, byte_order: big, syscall: 5, expect: {not: runs}, skip: why}\n"
	"  - {install: {filter: bad, expect: EINVAL}, tags: *t, refs: [x]}\n";

static char path[] = "/tmp/verdict-file-test-XXXXXX";

static void setup(void)
{
	strcpy(path + sizeof(path) - 7, "XXXXXX");
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown(void)
{
	unlink(path);
}

/* Reads and runs a file with this content; its totals. */
static struct totals run_text(const char *text, size_t len)
{
	FILE *out = fopen(path, "w");
	const char *paths[] = { path };
	const struct test_case *cases[64];
	const struct run_opts opts = { .jobs = 1 };
	struct case_files files;
	struct run run;
	size_t n = 0;

	ck_assert_uint_eq(fwrite(text, 1, len, out), len);
	fclose(out);
	case_files_read(&files, paths, 1, 1);
	for (size_t i = 0; i < files.n; i++) {
		struct case_file *file = files.files[i];
		ck_assert(file->invalid == (file->diags.errors > 0));
		free(printed(&file->diags));
		for (size_t j = 0; !file->invalid && j < file->n && n < COUNT_OF(cases); j++)
			cases[n++] = &file->cases[j];
	}
	run_cases(&files, cases, n, &opts, &run);
	struct totals totals = run.totals;
	run_done(&run);
	case_files_done(&files);
	return totals;
}

START_TEST(test_seed)
{
	struct totals totals = run_text(seed, sizeof(seed) - 1);

	ck_assert_uint_eq(totals.invalid, 0);
	ck_assert_uint_eq(totals.passed, 5);
	ck_assert_uint_eq(totals.todo_passes, 1);
	ck_assert_uint_eq(totals.failed, 0);
	ck_assert_uint_eq(totals.skipped, 1);
	ck_assert_uint_eq(totals.installs, 1);
}
END_TEST

/* Words that mean something somewhere. */
static const char *const words[] = {
	"any",	      "all",
	"none",	      "-1",
	"0x40000000", "010",
	"yes",	      "~",
	"[]",	      "{}",
	"1..",	      "..",
	"4294967296", "ERRNO(5000)",
	"x32",	      "arm",
	"&a ",	      "*t",
	"!t ",	      "<<",
	"read?",      "{not: any}",
	"\"",	      "'",
	"|",	      "0..0xffffffffffffffff",
	"a[1]",	      "18446744073709551616",
	"\n",	      "#",
	":",	      "- ",
	"\xc3\xa9",   "\xff",
};

static size_t mangle(struct vd_random *random, char *text, size_t len, size_t size)
{
	size_t at = vd_random_below(random, (uint32_t)len), cut = vd_random_below(random, 12);
	const char *word = words[vd_random_below(random, COUNT_OF(words))];
	size_t add = strlen(word);

	switch (vd_random_below(random, 4)) {
	case 0:
		text[at] = (char)vd_random_next(random);
		return len;
	case 1: /* a piece is left out */
		cut = at + cut > len ? len - at : cut;
		memmove(text + at, text + at + cut, len - at - cut);
		return len - cut;
	case 2: /* a word is put in */
		if (len + add > size)
			return len;
		memmove(text + at + add, text + at, len - at);
		memcpy(text + at, word, add);
		return len + add;
	default: /* a word stands instead */
		if (at + add > len)
			return len;
		memcpy(text + at, word, add);
		return len;
	}
}

START_TEST(test_mangled)
{
	struct vd_random random = { (uint64_t)_i + 1 };
	char text[2 * sizeof(seed)];
	size_t valid = 0;

	for (int round = 0; round < 150; round++) {
		size_t len = sizeof(seed) - 1;
		memcpy(text, seed, len);
		for (unsigned n = 1 + vd_random_below(&random, 3); n && len; n--)
			len = mangle(&random, text, len, sizeof(text));
		valid += run_text(text, len).invalid == 0;
	}
	/* some stay valid: the mangling reaches what is behind the syntax */
	ck_assert_uint_gt(valid, 0);
	ck_assert_uint_lt(valid, 150);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_seed);
	tcase_add_loop_test(tc, test_mangled, 0, 8);
}

int main(void)
{
	return run_suite("case files", add);
}
