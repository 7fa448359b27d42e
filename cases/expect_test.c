/* SPDX-License-Identifier: MIT */
/* Which verdicts an expectation takes, and which expectations are refused. */
#include "cases/expect.h"
#include "cases/testing.h"

static const struct expect_filter filters[] = { { "a", 1 }, { "dir", 3 }, { "a", 1 } };
static const struct expect_stack stack = { filters, 3 };

static const struct {
	const char *expect;
	uint32_t ret;
	int filter;
	bool matches;
} matches[] = {
	{ "ALLOW", 0x7fff0000, -1, true },
	{ "ALLOW", 0x7ffc0000, 0, false },
	{ "LOG", 0x7ffc0005, 0, true },
	{ "ERRNO", 0x00050001, 0, true },
	{ "ERRNO", 0x00050fff, 0, true },
	{ "ERRNO", 0x0005ffff, 0, true },
	{ "ERRNO", 0x00050000, 0, false },
	{ "ERRNO(0)", 0x00050000, 0, true },
	{ "ERRNO(0)", 0x00050001, 0, false },
	{ "ERRNO(EPERM)", 0x00050001, 0, true },
	{ "ERRNO(EPERM)", 0x00050002, 0, false },
	{ "ERRNO(4095)", 0x00050fff, 0, true },
	{ "ERRNO(4095)", 0x00051000, 0, true },
	{ "ERRNO(4095)", 0x00050ffe, 0, false },
	{ "SCMP_ACT_ERRNO(13)", 0x0005000d, 0, true },
	{ "SECCOMP_RET_ERRNO(13)", 0x0005000d, 0, true },
	{ "SCMP_ACT_NOTIFY", 0x7fc00000, 0, true },
	{ "SCMP_ACT_KILL", 0x00000000, 0, true },
	{ "KILL_PROCESS", 0x80000000, 0, true },
	{ "KILL_PROCESS", 0x80000007, 0, true },
	{ "KILL_PROCESS", 0x00010000, 0, true },
	{ "KILL_PROCESS", 0xc0000000, 0, true },
	{ "KILL_PROCESS", 0x00000000, 0, false },
	{ "KILL_THREAD", 0x00000001, 0, true },
	{ "TRAP", 0x00030009, 0, true },
	{ "TRAP(9)", 0x00030009, 0, true },
	{ "TRAP(0)", 0x00030009, 0, false },
	{ "TRACE(65535)", 0x7ff0ffff, 0, true },
	{ "TRACE(5)", 0x7ff00006, 0, false },
	{ "USER_NOTIF(5)", 0x7fc00005, 0, true },
	{ "USER_NOTIF(5)", 0x7fc00000, 0, false },
	{ "USER_NOTIF", 0x7fc00005, 0, true },
	{ "0x00051388", 0x00051388, 0, true },
	{ "0x00051388", 0x00050fff, 0, false },
	{ "0x80000000", 0x80000000, 0, true },
	{ "0x80000000", 0x80000001, 0, false },
	{ "2147418112", 0x7fff0000, -1, true },
	{ "runs", 0x7fff0000, -1, true },
	{ "runs", 0x7ffc0000, 0, true },
	{ "runs", 0x7ff00000, 0, false },
	{ "runs", 0x00050000, 0, false },
	{ "denied", 0x00050001, 0, true },
	{ "denied", 0x00050000, 0, false },
	{ "denied", 0x00000000, 0, true },
	{ "denied", 0x80000000, 0, true },
	{ "denied", 0x00010000, 0, true },
	{ "denied", 0x00030000, 0, true },
	{ "denied", 0x7fc00000, 0, false },
	{ "asks", 0x7fc00000, 0, true },
	{ "asks", 0x7ff00000, 0, true },
	{ "asks", 0x7ffc0000, 0, false },
	{ "[ALLOW, [LOG, denied]]", 0x00050001, 0, true },
	{ "[ALLOW, LOG]", 0x00050001, 0, false },
	{ "{verdict: [ERRNO, LOG]}", 0x7ffc0000, 0, true },
	{ "{not: ERRNO}", 0x00050001, 0, false },
	{ "{not: ERRNO}", 0x7fff0000, -1, true },
	{ "{not: [runs, asks]}", 0x7ff00000, 0, false },
	{ "{verdict: ERRNO, not: ERRNO(EPERM)}", 0x00050001, 0, false },
	{ "{verdict: ERRNO, not: ERRNO(EPERM)}", 0x00050002, 0, true },
	{ "{by: a}", 0x00050001, 0, true },
	{ "{by: a}", 0x00050001, 4, true },
	{ "{by: a}", 0x00050001, 1, false },
	{ "{by: a}", 0x7fff0000, -1, false },
	{ "{by: dir}", 0x00050001, 1, true },
	{ "{by: dir}", 0x00050001, 3, true },
	{ "{by: dir}", 0x00050001, 4, false },
	{ "{by: 'dir[1]'}", 0x00050001, 1, true },
	{ "{by: 'dir[3]'}", 0x00050001, 3, true },
	{ "{by: 'dir[3]'}", 0x00050001, 2, false },
	{ "{by: 'a[1]'}", 0x00050001, 4, true },
	{ "{by: none}", 0x7fff0000, -1, true },
	{ "{by: none}", 0x7ffc0000, 0, false },
	{ "{by: [none, a]}", 0x7fff0000, -1, true },
	{ "{verdict: ERRNO, by: [a, 'dir[2]']}", 0x00050001, 2, true },
	{ "{verdict: [ALLOW, LOG], by: a}", 0x7ffc0000, 0, true },
	{ "{x86_64: {verdict: ERRNO, by: a}}", 0x00050001, 0, true },
	{ "{amd64: denied}", 0x00050001, 0, true },
};

static int read_one(struct snippet *snippet, const char *text, const char *arch,
		    const struct expect **ret_expects)
{
	struct snippet arch_snippet;
	struct archs archs;

	ck_assert_int_eq(archs_read(snippet_open(&arch_snippet, arch), NULL, &arch_snippet.arena,
				    &arch_snippet.diags, &archs),
			 0);
	int r = expect_read(snippet_open(snippet, text), &archs, &stack, &snippet->arena, &snippet->diags,
			    ret_expects);
	snippet_close(&arch_snippet);
	return r;
}

START_TEST(test_matches)
{
	const struct expect *expects[VD_ABI_COUNT];
	struct vd_verdict verdict = { matches[_i].ret, matches[_i].filter, 1 };
	struct snippet snippet;

	int r = read_one(&snippet, matches[_i].expect, "x86_64", expects);
	snippet_check(&snippet, matches[_i].expect, NULL);
	ck_assert_int_eq(r, 0);
	ck_assert_msg(expect_matches(expects[0], &verdict) == matches[_i].matches, "%s, 0x%08x",
		      matches[_i].expect, matches[_i].ret);
	snippet_close(&snippet);
}
END_TEST

static const struct {
	const char *expect, *error;
} refused[] = {
	{ "ERRNO(4096)", "write ERRNO(4095), or 0x00051000" },
	{ "ERRNO(65536)", "an action's data is 0 to 65535" },
	{ "ALLOW(1)", "write ALLOW" },
	{ "LOG(1)", "write LOG" },
	{ "KILL_THREAD(1)", "write KILL_THREAD" },
	{ "0x7fff0001", "no kernel decides" },
	{ "0x100000000", "does not fit 32 bits" },
	{ "EPERM", "write ERRNO(EPERM)" },
	{ "denid", "did you mean 'denied'" },
	{ "ERNO(1)", "did you mean 'ERRNO'" },
	{ "true", "is a YAML boolean" },
	{ "[]", "nothing is expected" },
	{ "{}", "nothing is expected" },
	{ "{verdict: []}", "nothing is expected" },
	{ "{by: b}", "the stack has no filter 'b'" },
	{ "{by: 'a[0]'}", "counted from 1" },
	{ "{by: 'a[2]'}", "fewer than 2 programs" },
	{ "{by: 'dir[4]'}", "fewer than 4 programs" },
	{ "{verdict: ALLOW, by: a}", "no filter decides ALLOW" },
	{ "{verdict: 0x7fff0000, by: a}", "no filter decides ALLOW" },
	{ "{verdict: [LOG, denied], by: none}", "'by: none' means ALLOW" },
	{ "{i386: ALLOW}", "this case is not about i386" },
	{ "{verdict: ALLOW, x86_64: LOG}", "'verdict' stands beside ABIs" },
	{ "{verdct: ALLOW}", "did you mean 'verdict'" },
};

START_TEST(test_refused)
{
	const struct expect *expects[VD_ABI_COUNT];
	struct snippet snippet;

	ck_assert_int_eq(read_one(&snippet, refused[_i].expect, "x86_64", expects), -1);
	snippet_check(&snippet, refused[_i].expect, refused[_i].error);
	snippet_close(&snippet);
}
END_TEST

START_TEST(test_by_abi)
{
	const struct expect *expects[VD_ABI_COUNT];
	struct vd_verdict eperm = { 0x00050001, 0, 1 }, allow = { 0x7fff0000, -1, 1 };
	struct snippet snippet;

	ck_assert_int_eq(read_one(&snippet, "{i386: denied, x86_64: ALLOW}", "[x86_64, i386]", expects), 0);
	ck_assert(expect_matches(expects[0], &allow) && !expect_matches(expects[0], &eperm));
	ck_assert(expect_matches(expects[1], &eperm) && !expect_matches(expects[1], &allow));
	snippet_close(&snippet);
	ck_assert_int_eq(read_one(&snippet, "{i386: denied}", "[x86_64, i386]", expects), -1);
	snippet_check(&snippet, "i386 alone", "nothing is expected for x86_64");
	snippet_close(&snippet);
	ck_assert_int_eq(read_one(&snippet, "denied", "[x86_64, i386]", expects), 0);
	ck_assert_ptr_eq(expects[0], expects[1]);
	snippet_close(&snippet);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_matches, 0, COUNT_OF(matches));
	tcase_add_loop_test(tc, test_refused, 0, COUNT_OF(refused));
	tcase_add_test(tc, test_by_abi);
}

int main(void)
{
	return run_suite("expect", add);
}
