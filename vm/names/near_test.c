/* SPDX-License-Identifier: MIT */
#include "vm/testing.h"
#include "vm/verdict.h"

#include <string.h>

/* The best guess for a mistyped word, NULL: none. */
static const struct {
	enum vd_name_kind kind;
	int abi;
	const char *word, *best;
} words[] = {
	{ VD_NAME_SYSCALL, VD_ABI_X86_64, "opnat", "openat" },
	{ VD_NAME_SYSCALL, VD_ABI_X86_64, "mkdri", "mkdir" },
	{ VD_NAME_SYSCALL, VD_ABI_X86_64, "umount", "umount2" },
	{ VD_NAME_SYSCALL, VD_ABI_X86_64, "MKDIR", "mkdir" },
	{ VD_NAME_SYSCALL, VD_ABI_X86_64, "stat64", "stat" },
	{ VD_NAME_SYSCALL, VD_ABI_NONE, "stat6", "stat64" },
	{ VD_NAME_SYSCALL, VD_ABI_AARCH64, "opnat", "openat" },
	{ VD_NAME_SYSCALL, VD_ABI_AARCH64, "opem", NULL },
	{ VD_NAME_SYSCALL, VD_ABI_NONE, "opem", "open" },
	{ VD_NAME_SYSCALL, VD_ABI_X86_64, "frobnicate", NULL },
	{ VD_NAME_SYSCALL, VD_ABI_X86_64, "q", NULL },
	{ VD_NAME_SYSCALL, VD_ABI_X86_64, "", NULL },
	{ VD_NAME_ABI, VD_ABI_NONE, "x86_46", "x86_64" },
	{ VD_NAME_ABI, VD_ABI_NONE, "i368", "i386" },
	{ VD_NAME_ABI, VD_ABI_NONE, "aarch46", "aarch64" },
	{ VD_NAME_ERRNO, VD_ABI_NONE, "ENOSY", "ENOSYS" },
	{ VD_NAME_ERRNO, VD_ABI_NONE, "eperm", "EPERM" },
	{ VD_NAME_ERRNO, VD_ABI_NONE, "EPREM", "EPERM" },
	{ VD_NAME_CONST, VD_ABI_NONE, "O_CREATE", "O_CREAT" },
	{ VD_NAME_CONST, VD_ABI_NONE, "CLONE_NEWUSR", "CLONE_NEWUSER" },
	{ VD_NAME_CONST, VD_ABI_NONE, "TIOCTSI", "TIOCSTI" },
	{ VD_NAME_ACTION, VD_ABI_NONE, "ALOW", "ALLOW" },
	{ VD_NAME_ACTION, VD_ABI_NONE, "KILL_PROCES", "KILL_PROCESS" },
};

START_TEST(guess)
{
	const char *names[4] = { NULL };
	size_t n = vd_names_near(words[_i].kind, words[_i].abi, words[_i].word,
				 strlen(words[_i].word), names, 4);

	ck_assert_uint_le(n, 4);
	if (!words[_i].best)
		ck_assert_msg(n == 0, "%s: %s", words[_i].word, names[0]);
	else
		ck_assert_msg(n > 0 && strcmp(names[0], words[_i].best) == 0, "%s: %s",
			      words[_i].word, n > 0 ? names[0] : "nothing");
}
END_TEST

static const char *const keys[] = {
	"verdict", "expect", "except", "args", "arch", "verdicts", "by"
};

/* Best first, equals in the caller's order, pointers into the caller's array. */
START_TEST(own_candidates)
{
	const char *names[8] = { NULL };

	ck_assert_uint_eq(vd_near("exect", 5, keys, COUNT_OF(keys), names, 8), 2);
	ck_assert_ptr_eq(names[0], keys[1]);
	ck_assert_ptr_eq(names[1], keys[2]);
	ck_assert_uint_eq(vd_near("verdit", 6, keys, COUNT_OF(keys), names, 8), 2);
	ck_assert_ptr_eq(names[0], keys[0]);
	ck_assert_ptr_eq(names[1], keys[5]);
	ck_assert_uint_eq(vd_near("arhc", 4, keys, COUNT_OF(keys), names, 8), 1);
	ck_assert_ptr_eq(names[0], keys[4]);
}
END_TEST

/* The best that fit, nothing past max. */
START_TEST(at_most)
{
	const char *names[2] = { NULL, "untouched" };

	ck_assert_uint_eq(vd_near("exect", 5, keys, COUNT_OF(keys), names, 0), 0);
	ck_assert_ptr_null(names[0]);
	ck_assert_uint_eq(vd_near("verdicts", 8, keys, COUNT_OF(keys), names, 1), 1);
	ck_assert_ptr_eq(names[0], keys[5]);
	ck_assert_str_eq(names[1], "untouched");
}
END_TEST

START_TEST(long_words)
{
	static char word[5000];
	const char *names[4];
	const char *one = word;

	memset(word, 'a', sizeof(word) - 1);
	for (size_t len = 0; len < sizeof(word); len += 1 + len / 8)
		ck_assert_uint_eq(vd_names_near(VD_NAME_CONST, VD_ABI_NONE, word, len, names, 4),
				  0);
	ck_assert_uint_eq(vd_near("aaa", 3, &one, 1, names, 4), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, guess, 0, COUNT_OF(words));
	tcase_add_test(tc, own_candidates);
	tcase_add_test(tc, at_most);
	tcase_add_test(tc, long_words);
}

int main(void)
{
	return run_suite("names/near", add);
}
