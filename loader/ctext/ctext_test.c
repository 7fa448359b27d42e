/* SPDX-License-Identifier: MIT */
#include "loader/ctext/ctext.h"
#include "loader/testing.h"

#define RET_K 0x06
#define NR 0xbad /* of a text that is refused */

static int read_text(const char *content, size_t len, int abi, const char *array, struct diags *diags,
		     struct ctext_program **ret_programs, size_t *ret_n)
{
	struct text text, name;

	ck_assert_int_eq(text_from("test.c", content, len, &text), 0);
	ck_assert_int_eq(text_from("name", array, strlen(array), &name), 0);
	struct span span = span_all(&name);
	int r = ctext_read(&text, abi, &span, diags, ret_programs, ret_n);
	text_done(&text);
	text_done(&name);
	return r;
}

/* The constant that an expression is: k of a single instruction. */
static const struct {
	const char *before, *expression;
	uint32_t k;
} values[] = {
	{ "", "1", 1 },
	{ "", "0x7fff0000U", 0x7fff0000 },
	{ "", "0777", 0777 },
	{ "", "10ul", 10 },
	{ "", "0b101", 5 },
	{ "", "-1", 0xffffffff },
	{ "", "~0", 0xffffffff },
	{ "", "~0U >> 16", 0xffff },
	{ "", "~0 >> 16", 0xffffffff },
	{ "", "(unsigned)~0 >> 16", 0xffff },
	{ "", "(unsigned char)0x1ff", 0xff },
	{ "", "(signed char)0xff == -1", 1 },
	{ "", "(__u16) -1", 0xffff },
	{ "", "(unsigned short) (0x00 | 0x00 | 0x20)", 0x20 },
	{ "", "(uint64_t)1 << 31", 0x80000000 },
	{ "", "(const unsigned int) 7", 7 },
	{ "", "(unsigned long int)-1 > 0", 1 },
	{ "", "-1 > 0U", 1 },
	{ "", "-1 > 0", 0 },
	{ "", "1 + 2 * 3 - 4 / 2 % 2", 7 },
	{ "", "7 / -2 == -3 && 7 % -2 == 1", 1 },
	{ "", "0x80000000 / -1", 0 },
	{ "", "1 | 2 ^ 3 & 5 == 5", 3 },
	{ "", "!0 + !5", 1 },
	{ "", "1 << 2 + 1", 8 },
	{ "", "2 > 1 > 0", 1 },
	{ "", "+-+1 + 2", 1 },
	{ "", "(5)", 5 },
	{ "", "SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA)", 0x50001 },
	{ "", "SECCOMP_RET_KILL_PROCESS", 0x80000000 },
	{ "", "AUDIT_ARCH_X86_64", 0xc000003e },
	{ "", "__NR_mkdir", 83 },
	{ "", "SYS_mkdir", 83 },
	{ "", "SYS_BIND", 2 },
	{ "", "__X32_SYSCALL_BIT | SYS_read", 0x40000000 },
	{ "", "offsetof(struct seccomp_data, nr)", 0 },
	{ "", "offsetof(struct seccomp_data, arch)", 4 },
	{ "", "offsetof(struct seccomp_data, instruction_pointer)", 8 },
	{ "", "offsetof(struct seccomp_data, args)", 16 },
	{ "", "offsetof(struct seccomp_data, args[1])", 24 },
	{ "", "(__builtin_offsetof (struct seccomp_data, args[(5)])) + 4", 60 },
	{ "", "offsetof(struct seccomp_data, args[1 + 1]) + sizeof(__u32)", 36 },
	{ "", "sizeof(struct seccomp_data) + sizeof(struct sock_filter) + sizeof(long) + sizeof(void *)",
	  88 },
	{ "", "/* a */ 1 /* b */ + // c\n 2", 3 },
	{ "", "1 \\\n + 1", 2 },
	{ "#define A 5\n", "A + A", 10 },
	{ "#define A 5\n#undef A\n#define A 6\n", "A", 6 },
	{ "#define A 1 + \\\n 2\n", "A", 3 },
	{ "#define ADD(a, b) ((a) + (b))\n", "ADD(1, ADD(2, (3, 4) + 0 * 0))", NR },
	{ "#define ADD(a, b) ((a) + (b))\n", "ADD(1, ADD(2, 3))", 6 },
	{ "#define NR(name) __NR_##name\n", "NR(open)", 2 },
	{ "#define CAT(a, b) a##b\n", "CAT(SYS_, close)", 3 },
	{ "#define CAT(a, b) a##b\n#define X 1\n", "CAT(X, X)", NR },
	{ "#define CAT(a, b) a##b\n#define CAT2(a, b) CAT(a, b)\n#define X 1\n", "CAT2(X, X)", 11 },
	{ "#define F() 4\n", "F()", 4 },
	{ "#define F(x) x\n#define G F\n", "G(3)", 3 },
	{ "#define LAST(a, ...) (0, __VA_ARGS__)\n#define ONE(...) __VA_ARGS__\n", "ONE(9)", 9 },
	{ "#define A B\n#define B A\n", "A", NR },
	{ "#define EPERM 77\n", "EPERM", 77 },
	{ "#define F (1)\n", "F", 1 },
	{ "enum { ONE = 1, TWO, FIVE = TWO + 3, SIX, MINUS = -1 };\n", "ONE + TWO + FIVE + SIX + MINUS", 13 },
	{ "enum tag { A, B = sizeof(struct unknown), C, D = 4, E } x;\n", "E", 5 },
	{ "typedef enum { X = 1 << 4, Y = X << 1, } t;\n", "Y", 32 },
	{ "#ifdef __x86_64__\n#define A 1\n#else\n#define A 2\n#endif\n", "A", 1 },
	{ "#ifndef SECCOMP_RET_LOG\n#define A 1\n#elif defined(FOO) || !defined BAR\n#define A "
	  "2\n#else\n#define A 3\n#endif\n",
	  "A", 2 },
	{ "#if 0\n#error no\n#if 1\n#define A 1\n#endif\n#else\n#define A 2\n#endif\n", "A", 2 },
	{ "#if __BYTE_ORDER == __LITTLE_ENDIAN\n#define A 1\n#endif\n", "A", 1 },
	{ "#if FOO\n#define A 1\n#elif SECCOMP_RET_TRAP == 0x30000\n#define A 2\n#endif\n", "A", 2 },
	{ "#include <none>\n#pragma once\n# 1 \"file\"\n#warning no\n#\n", "1", 1 },
	{ "", "1 / 0", NR },
	{ "", "1 << 32", NR },
	{ "", "1 << -1", NR },
	{ "", "0x100000000", NR },
	{ "", "-2147483649", NR },
	{ "", "__NR_socketcall", NR },
	{ "", "args[1]", NR },
	{ "", "'a'", NR },
	{ "", "1.5", NR },
	{ "", "", 0 },
};

START_TEST(value_of_expression)
{
	struct ctext_program *programs;
	struct diags diags;
	char content[1024];
	size_t n;

	snprintf(content, sizeof(content), "%sstruct sock_filter f[] = { { 6, 0, 0, %s } };\n",
		 values[_i].before, values[_i].expression);
	diags_init(&diags);
	int r = read_text(content, strlen(content), VD_ABI_X86_64, "", &diags, &programs, &n);
	if (r < 0 && values[_i].k != NR) {
		char *shown = printed(&diags);
		ck_abort_msg("%s", shown);
	}
	ck_assert_int_eq(r, values[_i].k == NR ? -1 : 0);
	if (r == 0) {
		ck_assert_uint_eq(n, 1);
		ck_assert_uint_eq(programs[0].len, 1);
		ck_assert_uint_eq(programs[0].insns[0].k, values[_i].k);
		ctext_programs_done(programs, n);
	} else {
		ck_assert_uint_gt(diags.errors, 0);
	}
	diags_done(&diags);
}
END_TEST

/* Texts of one program that is always the same: jeq #5, 1, 2; ret #9. */
static const char *const forms[] = {
	"{ 0x15, 1, 2, 5 }, { 6, 0, 0, 9 }",
	"{ 0x15, 1, 2, 5 },\n{ 6, 0, 0, 9 },\n",
	"{ { 0x15, 1, 2, 5 }, { 6, 0, 0, 9 } };",
	"{ { 0x15, 1, 2, 5, }, { 6, 0, 0, 9 }, }",
	"0x15, 1, 2, 5, 6, 0, 0, 9",
	"0x15, 1, 2, 5, { 6, 0, 0, 9 },",
	"BPF_JUMP(0x15, 5, 1, 2), BPF_STMT(6, 9)",
	"struct sock_filter f[] = { 0x15, 1, 2, 5, 6, 0, 0, 9, };",
	"struct sock_filter f[2] = { { 0x15, 1, 2, 5 }, { 6, 0, 0, 9 } };",
	"static const struct sock_filter f[] __attribute__((used, section(\".x\"))) = { { 0x15, 1, 2, 5 }, { "
	"6, .k = 9 } };",
	"struct sock_filter const f[] = { { {0x15}, {1}, {2}, {5} }, { 6, 0, 0, 9 } };",
	"struct sock_filter f[] = { [1] = { 6, 0, 0, 9 }, [0] = { 0x15, 1, 2, 5 } };",
	"struct sock_filter f[] = { { .k = 5, .jf = 2, .code = 0x15, .jt = 1 }, { .code = 6, .k = 9 } };",
	"struct sock_filter f[] = { { .code = 0x15, 1, 2, 5 }, { .code = 6, .k = 9 } };",
	"struct sock_filter f[] = { (struct sock_filter) { 0x15, 1, 2, 5 }, (struct sock_filter) BPF_STMT(6, "
	"9) };",
	"struct sock_fprog p = { 2, (struct sock_filter []) { { 0x15, 1, 2, 5 }, { 6, 0, 0, 9 } } };",
	"struct sock_filter { __u16 code; }; struct sock_filter *g(struct sock_filter *f, int x[]); extern "
	"struct sock_filter e[];\n"
	"void h(void) { struct sock_filter f[] = { { 0x15, 1, 2, 5 }, { 6, 0, 0, 9 } }, *p = f; if (f[0].k) "
	"{ } }",
	"#define ONE BPF_JUMP(BPF_JMP + BPF_JEQ + BPF_K, 5, 1, 2)\n#define BOTH ONE, \\\n  BPF_STMT(BPF_RET "
	"| BPF_K, 9)\n"
	"struct sock_filter f[] = {\n BOTH\n};",
	"#define BPF_STMT(c, v) { (unsigned short)(c), 0, 0, v }\nstruct sock_filter f[] = { { 0x15, 1, 2, 5 "
	"}, BPF_STMT(6, 9) };",
	"#define EACH(a, b, ...) a, b, __VA_ARGS__\nstruct sock_filter f[] = { EACH(0x15, 1, 2, 5, 6, 0, 0, "
	"9) };",
	"#define ARRAY struct sock_filter f[]\nARRAY = { { 0x15, 1, 2, 5 }, { 6, 0, 0, 9 } };",
	"const char *s = \"struct sock_filter x[] = { \\\" {\"; /* struct sock_filter y[] = { */\n"
	"struct sock_filter f[] = { { 0x15, 1, 2, 5 }, { 6, 0, 0, 9 } };",
	"\r\nstruct sock_filter f[] = {\r\n\t{ 0x15, 1, 2, 5 },\r\n\t{ 6, 0, 0, 9 },\r\n};\r\n",
};

START_TEST(program_in_every_form)
{
	static const struct sock_filter wanted[] = { { 0x15, 1, 2, 5 }, { RET_K, 0, 0, 9 } };
	struct ctext_program *programs;
	struct diags diags;
	size_t n;

	diags_init(&diags);
	if (read_text(forms[_i], strlen(forms[_i]), VD_ABI_X86_64, "", &diags, &programs, &n) < 0) {
		char *shown = printed(&diags);
		ck_abort_msg("%s", shown);
	}
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(programs[0].len, 2);
	ck_assert_int_eq(memcmp(programs[0].insns, wanted, sizeof(wanted)), 0);
	ctext_programs_done(programs, n);
	diags_done(&diags);
}
END_TEST

START_TEST(arrays_by_name_and_in_order)
{
	static const char content[] =
		"struct sock_filter a[] = { { 6, 0, 0, 1 } }, b[] = { { 6, 0, 0, 2 } };\n"
		"struct sock_filter c[3] = { { 6, 0, 0, __NR_mkdir } };\n";
	struct ctext_program *programs;
	struct diags diags;
	size_t n;

	diags_init(&diags);
	ck_assert_int_eq(read_text(content, strlen(content), VD_ABI_I386, "", &diags, &programs, &n), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(programs[0].name, "a");
	ck_assert_str_eq(programs[1].name, "b");
	ck_assert_uint_eq(programs[1].insns[0].k, 2);
	/* as long as it is declared, zeroed as C does it; with i386's number */
	ck_assert_uint_eq(programs[2].len, 3);
	ck_assert_uint_eq(programs[2].insns[0].k, 39);
	ck_assert_uint_eq(programs[2].insns[2].code, 0);
	ctext_programs_done(programs, n);
	ck_assert_int_eq(read_text(content, strlen(content), VD_ABI_X86_64, "b", &diags, &programs, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(programs[0].insns[0].k, 2);
	ctext_programs_done(programs, n);
	ck_assert_int_eq(read_text(content, strlen(content), VD_ABI_X86_64, "d", &diags, &programs, &n), -1);
	diags_done(&diags);
}
END_TEST

/* Texts with bytes changed, cut and doubled: read or refused, never more. */
START_TEST(mutations_are_survived)
{
	static const char content[] = "#if defined(__x86_64__) && !defined(FOO)\n#define NR(name) "
				      "__NR_##name\n#else\n#error no\n#endif\n"
				      "#define DENY(n, ...) BPF_JUMP(BPF_JMP|BPF_JEQ, NR(n), 0, 1), "
				      "BPF_STMT(BPF_RET, __VA_ARGS__)\n"
				      "enum { A = 1, B = A << 2 };\n"
				      "static struct sock_filter f[8] = { DENY(open, (EPERM)), { .code = "
				      "BPF_LD, .k = offsetof(struct seccomp_data, args[1]) + sizeof(int) },\n"
				      "[5] = { (unsigned short)(0x06), 0, 0, -1 / B } /* end */ };\n";
	static const char bytes[] = "(){}[],.#\\\n\t\"'/*=<>|&~-+!0xA_;\x80\xff";
	struct vd_random random = { 20120501 };
	char copy[2 * sizeof(content)];

	for (int i = 0; i < 20000; i++) {
		size_t len = sizeof(content) - 1, n;
		struct ctext_program *programs;
		struct diags diags;
		memcpy(copy, content, len);
		mutate(copy, &len, bytes, &random);
		diags_init(&diags);
		if (read_text(copy, len, VD_ABI_X86_64, "", &diags, &programs, &n) == 0)
			ctext_programs_done(programs, n);
		else
			ck_assert_uint_gt(diags.errors, 0);
		diags_done(&diags);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, value_of_expression, 0, COUNT_OF(values));
	tcase_add_loop_test(tc, program_in_every_form, 0, COUNT_OF(forms));
	tcase_add_test(tc, arrays_by_name_and_in_order);
	tcase_add_test(tc, mutations_are_survived);
}

int main(void)
{
	return run_suite("ctext", add);
}
