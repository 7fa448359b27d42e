/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/testing.h"

#define X86_64 0xc000003e
#define I386 0x40000003

static const struct {
	const char *text;
	struct seccomp_data data;
	const char *printed; /* NULL: as it was written */
} calls[] = {
	{ "x86_64 read()", { 0, X86_64, 0, { 0 } }, NULL },
	{ "read", { 0, X86_64, 0, { 0 } }, "x86_64 read()" },
	{ "x86-64 read(-1)", { 0, X86_64, 0, { -1 } }, "x86_64 read(-1)" },
	{ "x86-64 -1", { -1, X86_64, 0, { 0 } }, "x86_64 -1()" },
	{ " read ( ) ", { 0, X86_64, 0, { 0 } }, "x86_64 read()" },
	{ "x86_64 ioctl(0, 0x100005412) @0x400000", { 16, X86_64, 0x400000, { 0, 0x100005412 } }, NULL },
	{ "ioctl(0, TIOCSTI)", { 16, X86_64, 0, { 0, 0x5412 } }, "x86_64 ioctl(0, 0x5412)" },
	{ "i386 socket(40)", { 359, I386, 0, { 40 } }, NULL },
	{ "x32 read()", { 0x40000000, X86_64, 0, { 0 } }, NULL },
	{ "x32 0x40000000()", { 0x40000000, X86_64, 0, { 0 } }, "x32 read()" },
	{ "x32 0()", { 0x40000000, X86_64, 0, { 0 } }, "x32 read()" },
	{ "x32 execve()", { 0x40000000 | 520, X86_64, 0, { 0 } }, NULL },
	{ "x86_64 0x40000000()", { 0x40000000, X86_64, 0, { 0 } }, "x32 read()" },
	{ "x32 0x3fffffff()", { 0x7fffffff, X86_64, 0, { 0 } }, NULL },
	{ "x86_64 -1()", { -1, X86_64, 0, { 0 } }, NULL },
	{ "-1()", { -1, X86_64, 0, { 0 } }, "x86_64 -1()" },
	{ "x86_64 0x80000005()", { (int)0x80000005, X86_64, 0, { 0 } }, NULL },
	{ "x86_64 999()", { 999, X86_64, 0, { 0 } }, NULL },
	{ "0xdeadbeef 5(1, 2)", { 5, 0xdeadbeef, 0, { 1, 2 } }, NULL },
	{ "0xdeadbeef 5", { 5, 0xdeadbeef, 0, { 0 } }, "0xdeadbeef 5()" },
	{ "0 5", { 5, 0, 0, { 0 } }, "0x00000000 5()" },
	{ "0x40000003 socket(1)", { 359, I386, 0, { 1 } }, "i386 socket(1)" },
	{ "0xc000003e read()", { 0, X86_64, 0, { 0 } }, "x86_64 read()" },
	{ "openat(AT_FDCWD, -1)",
	  { 257, X86_64, 0, { (uint64_t)-100, UINT64_MAX } },
	  "x86_64 openat(-100, -1)" },
	{ "openat(0xffffff9c)", { 257, X86_64, 0, { 0xffffff9c } }, "x86_64 openat(0xffffff9c)" },
	{ "read(1, 2, 3, 4, 5, 6)", { 0, X86_64, 0, { 1, 2, 3, 4, 5, 6 } }, "x86_64 read(1, 2, 3, 4, 5, 6)" },
	{ "read(0, 0, 7, 0)", { 0, X86_64, 0, { 0, 0, 7 } }, "x86_64 read(0, 0, 7)" },
	{ "read(O_RDWR|O_CREAT)", { 0, X86_64, 0, { 66 } }, "x86_64 read(66)" },
	{ "read(1023, 1024)", { 0, X86_64, 0, { 1023, 1024 } }, "x86_64 read(1023, 0x400)" },
	{ "read(-4095, -4096)",
	  { 0, X86_64, 0, { (uint64_t)-4095, (uint64_t)-4096 } },
	  "x86_64 read(-4095, 0xfffffffffffff000)" },
	{ "read() @ -1", { 0, X86_64, UINT64_MAX, { 0 } }, "x86_64 read() @0xffffffffffffffff" },
	{ "read @1", { 0, X86_64, 1, { 0 } }, "x86_64 read() @0x1" },
	{ "s390x read()", { 3, 0x80000016, 0, { 0 } }, NULL },
};

static int parse(const char *content, struct seccomp_data *data, char **ret_shown)
{
	struct text text = text_of(content);
	struct span span = span_all(&text);
	struct diags diags;

	diags_init(&diags);
	int r = call_parse(&span, &diags, data);
	ck_assert_msg(diags.errors == (r < 0), "%s", content);
	if (ret_shown)
		*ret_shown = printed(&diags);
	diags_done(&diags);
	text_done(&text);
	return r;
}

START_TEST(call)
{
	struct seccomp_data data;
	char text[CALL_TEXT_MAX];

	ck_assert_msg(parse(calls[_i].text, &data, NULL) == 0, "%s", calls[_i].text);
	ck_assert_mem_eq(&data, &calls[_i].data, sizeof(data));
	int n = call_format(&data, text, sizeof(text));
	ck_assert_str_eq(text, calls[_i].printed ? calls[_i].printed : calls[_i].text);
	ck_assert_int_eq(n, (int)strlen(text));
	char little[5] = "xxxx";
	ck_assert_int_eq(call_format(&data, little, sizeof(little)), n);
	ck_assert_uint_eq(strlen(little), 4);
}
END_TEST

static const struct {
	const char *text, *shown;
} bad[] = {
	{ "", "test:1:1: error: a system call is meant here" },
	{ "()", "test:1:1: error: a system call is meant here" },
	{ "read(", "test:1:5: error: '(' has no ')'" },
	{ "read(1", "test:1:5: error: '(' has no ')'" },
	{ "read(1,", "test:1:5: error: '(' has no ')'" },
	{ "read(1,)", "test:1:8: error: a value is meant here, not ')'" },
	{ "read(1 2)", "test:1:8: error: ',' or ')' is meant here" },
	{ "read(,1)", "test:1:6: error: a value is meant here, not ','" },
	{ "read(1,2,3,4,5,6,7)", "test:1:18: error: a system call has at most 6 arguments" },
	{ "read(18446744073709551616)", "test:1:6: error: the number does not fit 64 bits" },
	{ "read(010)", "test:1:6: error: '010' may be octal or decimal" },
	{ "read(O_CRAET)", "test:1:6: error: unknown constant 'O_CRAET'" },
	{ "read() x", "test:1:8: error: 'x' is not expected here" },
	{ "read() @", "test:1:9: error: a value is missing here" },
	{ "read() @1 2", "test:1:11: error: '2' is not expected here" },
	{ "x86_65 read()", "test:1:1: error: unknown ABI 'x86_65'" },
	{ "x86_64 raed()", "test:1:8: error: unknown system call 'raed'" },
	{ "x86_64 socketcall()", "test:1:8: error: x86_64 has no system call 'socketcall'" },
	{ "0xdeadbeef read()",
	  "test:1:12: error: 'read': the names of this architecture's system calls are not known" },
	{ "0x1deadbeef 5()", "test:1:1: error: '0x1deadbeef' does not fit 32 bits" },
	{ "x32 -1()", "test:1:5: error: '-1' is no number of x32" },
	{ "a b c", "test:1:1: error: unknown ABI 'a'" },
	{ "x86_64 read foo", "test:1:13: error: 'foo' is not expected here" },
	{ "x86_64 -()", "test:1:8: error: unknown system call '-'" },
};

START_TEST(refused)
{
	struct seccomp_data data = { .nr = 42 };
	char *shown;

	ck_assert_msg(parse(bad[_i].text, &data, &shown) < 0, "%s", bad[_i].text);
	ck_assert_msg(!strncmp(shown, bad[_i].shown, strlen(bad[_i].shown)), "%s\nshows\n%s", bad[_i].text,
		      shown);
	ck_assert_int_eq(data.nr, 42);
	free(shown);
}
END_TEST

static uint64_t random_word(struct vd_random *random)
{
	uint64_t a = next_random(random), b = next_random(random);

	switch (next_random(random) % 6) {
	case 0:
		return 0;
	case 1:
		return a % 2048;
	case 2:
		return -(a % 8192);
	case 3:
		return a;
	case 4:
		return a << 32 | 0xffffffff;
	}
	return a << 32 | b;
}

static uint32_t random_nr(struct vd_random *random)
{
	static const uint32_t near[] = { 0,	     0x3fffffff, 0x40000000, 0x40000208, 0x7fffffff,
					 0x80000000, 0xc0000000, 0xffffffff, 0xfffff000, 0xfffff001,
					 460,	     512,	 1023,	     1024,	 0x0f0005 };

	if (next_random(random) % 4 == 0)
		return next_random(random);
	if (next_random(random) % 2)
		return next_random(random) % 600;
	return near[next_random(random) % (sizeof(near) / sizeof(*near))] + next_random(random) % 5 - 2;
}

/* Whatever the record: its text is read back as the same record, and printed the same way again. */
START_TEST(text_is_read_back)
{
	struct vd_random random = { 99 };

	for (int i = 0; i < 200000; i++) {
		struct seccomp_data data = { .nr = (int)random_nr(&random) }, back;
		unsigned pick = next_random(&random) % (VD_ABI_COUNT + 2);
		data.arch = pick < VD_ABI_COUNT ? vd_abi_info((int)pick)->audit_arch : next_random(&random);
		data.instruction_pointer = random_word(&random);
		for (int j = 0; j < 6; j++)
			data.args[j] = random_word(&random);
		char text[CALL_TEXT_MAX], again[CALL_TEXT_MAX];
		ck_assert_int_lt(call_format(&data, text, sizeof(text)), CALL_TEXT_MAX);
		struct text content = {
			.name = (char *)"test", .data = text, .len = strlen(text), .exact = true
		};
		struct span span = span_all(&content);
		struct diags diags;
		diags_init(&diags);
		ck_assert_msg(call_parse(&span, &diags, &back) == 0, "%s", text);
		ck_assert_msg(!memcmp(&back, &data, sizeof(data)), "%s", text);
		call_format(&back, again, sizeof(again));
		ck_assert_str_eq(again, text);
		diags_done(&diags);
	}
}
END_TEST

/* Every call of every ABI by its name. */
START_TEST(every_name_is_read_back)
{
	const struct vd_abi_info *info = vd_abi_info(_i);
	char text[CALL_TEXT_MAX];

	for (size_t i = 0; i < vd_abi_syscalls(_i); i++) {
		struct seccomp_data data = { .nr = (int)vd_abi_syscall_at(_i, i), .arch = info->audit_arch },
				    back;
		call_format(&data, text, sizeof(text));
		ck_assert_msg(parse(text, &back, NULL) == 0, "%s", text);
		ck_assert_msg(!memcmp(&back, &data, sizeof(data)), "%s", text);
	}
}
END_TEST

START_TEST(longest_text_fits)
{
	struct seccomp_data data = { .nr = (int)0x80000001,
				     .arch = 0xffffffff,
				     .instruction_pointer = 1ull << 63 };
	char text[CALL_TEXT_MAX];

	for (int i = 0; i < 6; i++)
		data.args[i] = 1ull << 63;
	ck_assert_int_lt(call_format(&data, text, sizeof(text)), CALL_TEXT_MAX);
	ck_assert_str_eq(strrchr(text, '@'), "@0x8000000000000000");
}
END_TEST

static const struct {
	uint32_t arch;
	bool big;
} orders[] = {
	{ X86_64, false },
	{ I386, false },
	{ 0x80000016, true },
	{ 0x16, true },
	{ 0xc0000015, false },
	/* unknown words: the bit says it */
	{ 0xdeadbeef, false },
	{ 0x40000000, false },
	{ 0xbfffffff, true },
	{ 0, true },
};

START_TEST(byte_order)
{
	struct seccomp_data data = { .arch = orders[_i].arch };

	ck_assert_int_eq(call_big_endian(&data), orders[_i].big);
}
END_TEST

START_TEST(json_objects)
{
	char buf[1024] = "";
	FILE *out = fmemopen(buf, sizeof(buf), "w");
	struct seccomp_data data = { 16, X86_64, 0x400000, { 0, 0x100005412 } },
			    foreign = { -1, 0xdeadbeef, 0, { 0 } };
	struct vd_verdict verdict = { .ret = 0x00051388, .filter = 2 },
			  none = { .ret = 0x7fff0000, .filter = -1 },
			  unknown = { .ret = 0x00010007, .filter = 0 };
	struct json json;

	json_init(&json, out, true);
	json_array(&json);
	call_json(&json, &data);
	call_json(&json, &foreign);
	verdict_json(&json, &verdict, "base");
	verdict_json(&json, &none, NULL);
	verdict_json(&json, &unknown, "b");
	json_end(&json, ']');
	json_finish(&json);
	fclose(out);
	ck_assert_str_eq(
		buf,
		"[{\"call\": \"x86_64 ioctl(0, 0x100005412) @0x400000\", \"arch\": \"x86_64\", "
		"\"audit_arch\": "
		"\"0xc000003e\", \"nr\": 16, \"syscall\": \"ioctl\", \"ip\": \"0x400000\", \"args\": "
		"[\"0x0\", "
		"\"0x100005412\", \"0x0\", \"0x0\", \"0x0\", \"0x0\"]}, "
		"{\"call\": \"0xdeadbeef -1()\", \"arch\": null, \"audit_arch\": \"0xdeadbeef\", \"nr\": -1, "
		"\"syscall\": null, \"ip\": \"0x0\", \"args\": [\"0x0\", \"0x0\", \"0x0\", \"0x0\", \"0x0\", "
		"\"0x0\"]}, "
		"{\"ret\": \"0x00051388\", \"action\": \"ERRNO\", \"data\": 4095, \"filter\": 2, \"source\": "
		"\"base\"}, "
		"{\"ret\": \"0x7fff0000\", \"action\": \"ALLOW\", \"data\": 0, \"filter\": -1, \"source\": "
		"null}, "
		"{\"ret\": \"0x00010007\", \"action\": \"KILL_PROCESS\", \"data\": 0, \"filter\": 0, "
		"\"source\": \"b\"}]\n");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, call, 0, COUNT_OF(calls));
	tcase_add_loop_test(tc, refused, 0, COUNT_OF(bad));
	tcase_add_loop_test(tc, every_name_is_read_back, 0, VD_ABI_COUNT);
	tcase_add_test(tc, text_is_read_back);
	tcase_add_test(tc, longest_text_fits);
	tcase_add_loop_test(tc, byte_order, 0, COUNT_OF(orders));
	tcase_add_test(tc, json_objects);
}

int main(void)
{
	return run_suite("call", add);
}
