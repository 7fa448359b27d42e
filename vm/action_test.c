/* SPDX-License-Identifier: MIT */
#include "vm/action.h"
#include "vm/random.h"
#include "vm/testing.h"
#include "vm/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *text;
	uint32_t ret;
	bool has_data, shown; /* shown: format gives this text */
} texts[] = {
	{ "ALLOW", 0x7fff0000, false, true },
	{ "ALLOW(1)", 0x7fff0001, true, true },
	{ "LOG", 0x7ffc0000, false, true },
	{ "TRACE(0)", 0x7ff00000, true, true },
	{ "TRACE", 0x7ff00000, false, false },
	{ "TRACE(65535)", 0x7ff0ffff, true, true },
	{ "TRACE(0xffff)", 0x7ff0ffff, true, false },
	{ "USER_NOTIF", 0x7fc00000, false, true },
	{ "NOTIFY", 0x7fc00000, false, false },
	{ "ERRNO(EPERM)", 0x00050001, true, true },
	{ "ERRNO(1)", 0x00050001, true, false },
	{ "ERRNO(ENOSYS)", 0x00050026, true, true },
	{ "ERRNO(EWOULDBLOCK)", 0x0005000b, true, false },
	{ "ERRNO", 0x00050000, false, false },
	{ "ERRNO(0)", 0x00050000, true, true },
	{ "ERRNO(4095)", 0x00050fff, true, true },
	{ "ERRNO(5000)", 0x00051388, true, true },
	{ "TRAP", 0x00030000, false, true },
	{ "TRAP(9)", 0x00030009, true, true },
	{ "KILL", 0, false, false },
	{ "KILL_THREAD", 0, false, true },
	{ "KILL_THREAD(7)", 7, true, true },
	{ "KILL_PROCESS", 0x80000000, false, true },
	{ "SECCOMP_RET_ERRNO(EPERM)", 0x00050001, true, false },
	{ "SCMP_ACT_ERRNO(1)", 0x00050001, true, false },
	{ "SCMP_ACT_NOTIFY", 0x7fc00000, false, false },
	{ "SECCOMP_RET_KILL", 0, false, false },
	{ "0x00010000", 0x00010000, false, true },
	{ "2147418112", 0x7fff0000, false, false },
	{ "0xffffffff", 0xffffffff, false, true },
};

START_TEST(text)
{
	uint32_t ret = 1234;
	bool has_data = !texts[_i].has_data;
	char buf[64];

	ck_assert_int_eq(vd_action_parse(texts[_i].text, strlen(texts[_i].text), &ret, &has_data), 0);
	ck_assert_uint_eq(ret, texts[_i].ret);
	ck_assert(has_data == texts[_i].has_data);
	ck_assert_int_eq(vd_action_parse(texts[_i].text, strlen(texts[_i].text), &ret, NULL), 0);
	int n = vd_action_format(ret, buf, sizeof(buf));
	ck_assert_int_eq(n, (int)strlen(buf));
	ck_assert((strcmp(buf, texts[_i].text) == 0) == texts[_i].shown);
}
END_TEST

static const char *const bad[] = { "",
				   "(",
				   ")",
				   "()",
				   "ERRNO()",
				   "ERRNO(",
				   "ERRNO(1",
				   "ERRNO(1))",
				   "ERRNO(65536)",
				   "ERRNO(-1)",
				   "ERRNO(EPRM)",
				   "errno(1)",
				   "ALLOWED",
				   "SECCOMP_RET_",
				   "SECCOMP_RET_SCMP_ACT_ALLOW",
				   "SCMP_ACT_SECCOMP_RET_ALLOW",
				   "0x",
				   "0x100000000",
				   "4294967296",
				   "010",
				   "0xg",
				   " ALLOW",
				   "ALLOW ",
				   "99999999999999999999999999" };

START_TEST(refused)
{
	uint32_t ret = 1234;
	bool has_data = true;

	ck_assert_int_eq(vd_action_parse(bad[_i], strlen(bad[_i]), &ret, &has_data), -EINVAL);
	ck_assert_uint_eq(ret, 1234);
}
END_TEST

START_TEST(every_value_comes_back)
{
	struct vd_random random = { .state = 5 };

	for (int i = 0; i < 200000; i++) {
		uint32_t value = vd_random_word(&random), back;
		char buf[64];
		int n = vd_action_format(value, buf, sizeof(buf));
		ck_assert_int_lt(n, (int)sizeof(buf));
		ck_assert_msg(vd_action_parse(buf, (size_t)n, &back, NULL) == 0 && back == value, "%s", buf);
	}
}
END_TEST

START_TEST(all_spellings_are_known)
{
	uint32_t action;

	for (size_t i = 0; i < vd_action_names_count; i++)
		ck_assert_msg(vd_action_by_name(vd_action_names[i], strlen(vd_action_names[i]), &action) == 0, "%s",
			      vd_action_names[i]);
	ck_assert_int_eq(vd_action_by_name("ALLO", 4, &action), -ENOENT);
	ck_assert_ptr_null(vd_action_name(0x00010000));
	ck_assert_str_eq(vd_action_name(0x0005ffff), "ERRNO");
}
END_TEST

static const struct {
	uint32_t ret, effective;
} effects[] = {
	{ 0x00050fff, 0x00050fff }, { 0x00051000, 0x00050fff }, { 0x0005ffff, 0x00050fff },
	{ 0x00050000, 0x00050000 },
	{ 0x7fff0001, 0x7fff0000 }, { 0x7ffcffff, 0x7ffc0000 }, { 0x7ff0ffff, 0x7ff0ffff },
	{ 0x7fc00001, 0x7fc00000 },
	{ 0x0003ffff, 0x0003ffff }, { 0x00000009, 0x00000000 }, { 0x80000009, 0x80000000 },
	{ 0x00010000, 0x80000000 },
	{ 0x7ffe0000, 0x80000000 }, { 0xffffffff, 0x80000000 },
};

START_TEST(effective)
{
	ck_assert_uint_eq(vd_effective(effects[_i].ret), effects[_i].effective);
	ck_assert_uint_eq(vd_effective(effects[_i].effective), effects[_i].effective);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, text, 0, COUNT_OF(texts));
	tcase_add_loop_test(tc, refused, 0, COUNT_OF(bad));
	tcase_add_loop_test(tc, effective, 0, COUNT_OF(effects));
	tcase_add_test(tc, every_value_comes_back);
	tcase_add_test(tc, all_spellings_are_known);
}

int main(void)
{
	return run_suite("action", add);
}
