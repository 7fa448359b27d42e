/* SPDX-License-Identifier: MIT */
#include "loader/expr.h"
#include "loader/testing.h"

#define ALL UINT64_MAX

/* Constant expressions and what they are worth. */
static const struct {
	const char *text;
	uint64_t bits;
	bool negative;
} values[] = {
	{ "0", 0, false },
	{ " 7 ", 7, false },
	{ "0x1F", 31, false },
	{ "0X1f", 31, false },
	{ "0o17", 15, false },
	{ "0b101", 5, false },
	{ "18446744073709551615", ALL, false },
	{ "0xffffffffffffffff", ALL, false },
	{ "-1", ALL, true },
	{ "- 1", ALL, true },
	{ "-0", 0, false },
	{ "--5", 5, false },
	{ "-9223372036854775808", (uint64_t)1 << 63, true },
	{ "--9223372036854775808", (uint64_t)1 << 63, false },
	{ "-0x7fffffffffffffff", (uint64_t)-INT64_MAX, true },
	{ "~0", ALL, true },
	{ "~-1", 0, false },
	{ "~0x8000000000000000", 0x7fffffffffffffff, false },
	{ "~~5", 5, false },
	{ "EPERM", 1, false },
	{ "O_RDWR|O_CREAT", 0102, false },
	{ "AT_FDCWD", (uint64_t)-100, true },
	{ "TIOCSTI", 0x5412, false },
	{ "O_RDWR | O_CREAT & 0xf", 2, false },
	/* binding: << before & before ^ before | */
	{ "1|2^3&6<<1", 1 | (2 ^ (3 & (6 << 1))), false },
	{ "(1|2)&2", 2, false },
	{ "1 << 63", (uint64_t)1 << 63, false },
	{ "-1 << 63", (uint64_t)1 << 63, true },
	{ "-8 >> 1", (uint64_t)-4, true },
	{ "0xff00 >> 8", 0xff, false },
	{ "1 << 2 << 3", 32, false },
	{ "-1 & 0xff", 0xff, false },
	{ "-2 | 1", ALL, true },
	{ "-1 ^ -1", 0, false },
	{ "~O_CREAT", ~(uint64_t)0100, true },
	{ "\t(\n1\r)", 1, false },
};

START_TEST(value)
{
	struct text text = text_of(values[_i].text);
	struct span span = span_all(&text);
	struct expr_value v = { 0 };
	struct diags diags;

	diags_init(&diags);
	ck_assert_msg(expr_const(&span, &diags, &v) == 0, "%s", text.data);
	ck_assert_msg(v.bits == values[_i].bits && v.negative == values[_i].negative, "%s: %llx %d",
		      text.data, (unsigned long long)v.bits, v.negative);
	ck_assert_uint_eq(diags.n, 0);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

/* What is refused: the column, the words under the caret, the message and the hint. */
static const struct {
	const char *text;
	const char *shown; /* what follows "test:1:" */
} bad[] = {
	{ "", "1: error: a value is missing here" },
	{ "   ", "1: error: a value is missing here" },
	{ "010", "1: error: '010' may be octal or decimal\n  write 0o10 or 8 for octal, 10 for decimal" },
	{ "00", "1: error: '00' may be octal or decimal\n  write 0o0 or 0 for octal, 0 for decimal" },
	{ "089", "1: error: '089' may be octal or decimal\n  write 89" },
	{ "0x", "1: error: '0x' is not a number\n  hexadecimal digits are 0-9 and a-f" },
	{ "0xg", "1: error: '0xg' is not a number" },
	{ "0b2", "1: error: '0b2' is not a number\n  binary digits are 0 and 1" },
	{ "0o8", "1: error: '0o8' is not a number\n  octal digits are 0-7" },
	{ "12ab", "1: error: '12ab' is not a number" },
	{ "1_000", "1: error: '1_000' is not a number" },
	{ "18446744073709551616", "1: error: the number does not fit 64 bits" },
	{ "0x10000000000000000", "1: error: the number does not fit 64 bits" },
	{ "-9223372036854775809", "1: error: the value does not fit 64 bits" },
	{ "2 << 63", "1: error: the value does not fit 64 bits" },
	{ "1 << 64", "6: error: a shift is by a number from 0 to 63" },
	{ "1 << EPERM", "6: error: a shift is by a number from 0 to 63" },
	{ "1 << (1)|0", NULL },
	{ "O_CRAET", "1: error: unknown constant 'O_CRAET'\n  did you mean 'O_CREAT'" },
	{ "1|EPREM", "3: error: unknown constant 'EPREM'\n  did you mean 'EPERM'" },
	{ "1 +  2", "3: error: there is no operator '+' in expressions\n  the operators are | ^ & << >> ~ "
		    "and unary -" },
	{ "1 = 2", "3: error: '=' is no operator\n  write == to compare" },
	{ "1 2", "3: error: '2' is not expected here" },
	{ "1 |", "4: error: a value is missing here" },
	{ "1 | | 2", "5: error: a value is meant here, not '|'" },
	{ "(1", "1: error: '(' has no ')'" },
	{ "(1 2)", "4: error: ')' or an operator is meant here" },
	{ "1)", "2: error: ')' is not expected here" },
	{ "+1", "1: error: a value is meant here, not '+'" },
	{ "\xc3\xa9", "1: error: a value is meant here, not '\xc3\xa9'" },
	/* no constants */
	{ "nr", "1: error: a constant is meant here, not 'nr'\n  constants are numbers and names" },
	{ "arg0.lo", "1: error: a constant is meant here, not 'arg0.lo'" },
	{ "u32(1)", "1: error: a constant is meant here, not 'u32(1)'" },
	{ "1 == 1", "1: error: a constant is meant here, not '1 == 1'" },
	{ "1 && 2", "1: error: a constant is meant here, not '1 && 2'" },
	{ "!1", "1: error: a constant is meant here, not '!1'" },
	{ "ERRNO(1)", "1: error: 'ERRNO' is an action, not a value\n  in rules an action stands behind '->': "
		      "'1 -> ERRNO(EPERM)' for every call" },
	{ "ERNO(1)", "1: error: 'ERNO' is no cast, nor an action\n  did you mean 'ERRNO'" },
	{ "foo(1)", "1: error: 'foo' is no cast\n  the casts are u16, u32, s32, u64 and s64" },
	/* what can be read in two ways */
	{ "1 & 3 == 1", "1: error: '&' beside a comparison can be read in two ways\n  write (1 & 3)" },
	{ "1 == 2 | 3", "6: error: '|' beside a comparison can be read in two ways\n  write (2 | 3)" },
	{ "1 ^ 2 < 3", "1: error: '^' beside a comparison can be read in two ways\n  write (1 ^ 2)" },
	{ "!1 == 2",
	  "1: error: '!' before an operator without parentheses can be read in two ways\n  write !(1 == 2)" },
	{ "!1 & 2",
	  "1: error: '!' before an operator without parentheses can be read in two ways\n  write !(1 & 2)" },
	{ "1 < 2 < 3", "7: error: comparisons do not chain\n  write a < b && b < c" },
	{ "1 == 2 == 3", "8: error: comparisons do not chain" },
	{ "arg0.mid", "6: error: a half is meant here: lo or hi" },
	{ "ret.value", "5: error: ret.action or ret.data is meant here" },
};

/* Two lines: the first is shown, and the second below it. */
static void assert_shown(const char *shown, const char *want)
{
	char head[256];
	const char *bar = strchr(want, '\n');

	snprintf(head, sizeof(head), "test:1:%.*s", bar ? (int)(bar - want) : (int)strlen(want), want);
	ck_assert_msg(strstr(shown, head) == shown, "%s\nshows\n%s", want, shown);
	if (bar)
		ck_assert_msg(strstr(shown, bar + 1) != NULL, "%s\nshows\n%s", want, shown);
}

START_TEST(refused)
{
	struct text text = text_of(bad[_i].text);
	struct span span = span_all(&text);
	struct expr_value v = { .bits = 42 };
	struct diags diags;

	diags_init(&diags);
	int r = expr_const(&span, &diags, &v);
	if (bad[_i].shown) {
		ck_assert_msg(r < 0, "%s", text.data);
		ck_assert_uint_eq(v.bits, 42);
		ck_assert_uint_eq(diags.errors, 1);
		char *shown = printed(&diags);
		assert_shown(shown, bad[_i].shown);
		free(shown);
	}
	diags_done(&diags);
	text_done(&text);
}
END_TEST

static const struct {
	const char *text;
	unsigned bits;
	int r;
	uint64_t value;
} widths[] = {
	{ "4294967295", 32, 0, 0xffffffff },
	{ "4294967296", 32, -1, 0 },
	{ "-1", 32, 0, 0xffffffff },
	{ "-2147483648", 32, 0, 0x80000000 },
	{ "-2147483649", 32, -1, 0 },
	{ "~0", 32, 0, 0xffffffff },
	{ "65535", 16, 0, 0xffff },
	{ "65536", 16, -1, 0 },
	{ "-32768", 16, 0, 0x8000 },
	{ "-32769", 16, -1, 0 },
	{ "255", 8, 0, 255 },
	{ "256", 8, -1, 0 },
	{ "-1", 64, 0, ALL },
	{ "18446744073709551615", 64, 0, ALL },
};

START_TEST(width)
{
	struct text text = text_of(widths[_i].text);
	struct span span = span_all(&text);
	uint64_t bits = 0;
	struct diags diags;

	diags_init(&diags);
	ck_assert_int_eq(expr_const_bits(&span, widths[_i].bits, &diags, &bits), widths[_i].r);
	ck_assert_uint_eq(bits, widths[_i].value);
	ck_assert_uint_eq(diags.errors, widths[_i].r ? 1 : 0);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

static const struct {
	const char *text;
	int r;
	uint32_t ret;
	bool has_data, raw;
} actions[] = {
	{ "ALLOW", 0, 0x7fff0000, false, false },
	{ "SECCOMP_RET_ALLOW", 0, 0x7fff0000, false, false },
	{ "SCMP_ACT_NOTIFY", 0, 0x7fc00000, false, false },
	{ " KILL_PROCESS ", 0, 0x80000000, false, false },
	{ "ERRNO", 0, 0x00050000, false, false },
	{ "ERRNO(EPERM)", 0, 0x00050001, true, false },
	{ "ERRNO(0)", 0, 0x00050000, true, false },
	{ "TRACE(0x10 | 1)", 0, 0x7ff00011, true, false },
	{ "ERRNO(65535)", 0, 0x0005ffff, true, false },
	{ "ERRNO(65536)", -1, 0, false, false },
	{ "ERRNO(-1)", -1, 0, false, false },
	{ "ERRNO()", -1, 0, false, false },
	{ "ERRNO(EPREM)", -1, 0, false, false },
	{ "ERNO(1)", -1, 0, false, false },
	{ "ALOW", -1, 0, false, false },
	{ "0x00050001", 0, 0x00050001, false, true },
	{ "SECCOMP_RET_ERRNO|EPERM", 0, 0x00050001, false, true },
	{ "0x100000000", -1, 0, false, false },
	{ "010", -1, 0, false, false },
	{ "", -1, 0, false, false },
};

START_TEST(action)
{
	struct text text = text_of(actions[_i].text);
	struct span span = span_all(&text);
	struct expr_action a = { 0 };
	struct diags diags;

	diags_init(&diags);
	ck_assert_msg(expr_action(&span, &diags, &a) == actions[_i].r, "%s", text.data);
	ck_assert_uint_eq(a.ret, actions[_i].ret);
	ck_assert_int_eq(a.has_data, actions[_i].has_data);
	ck_assert_int_eq(a.raw, actions[_i].raw);
	ck_assert_uint_eq(diags.errors, actions[_i].r ? 1 : 0);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

static const struct {
	const char *text;
	int abi;
	int r;
	uint32_t nr;
	const char *hint; /* part of what is shown */
} syscalls[] = {
	{ "read", VD_ABI_X86_64, 0, 0, NULL },
	{ "socket", VD_ABI_I386, 0, 359, NULL },
	{ "read", VD_ABI_X32, 0, 0x40000000, NULL },
	{ "0", VD_ABI_X32, 0, 0x40000000, NULL },
	{ "0x40000000", VD_ABI_X32, 0, 0x40000000, NULL },
	{ "0x3fffffff", VD_ABI_X32, 0, 0x7fffffff, NULL },
	{ "0x80000000", VD_ABI_X32, -1, 0,
	  "its numbers are 0 to 0x3fffffff, with or without the bit 0x40000000" },
	{ "-1", VD_ABI_X32, -1, 0, "is no number of x32" },
	{ "-1", VD_ABI_X86_64, 0, 0xffffffff, NULL },
	{ "-2147483648", VD_ABI_X86_64, 0, 0x80000000, NULL },
	{ "-2147483649", VD_ABI_X86_64, -1, 0, "does not fit 32 bits" },
	{ "4294967296", VD_ABI_X86_64, -1, 0, "does not fit 32 bits" },
	{ "010", VD_ABI_X86_64, -1, 0, "0o10" },
	{ "mkdri", VD_ABI_X86_64, -1, 0, "did you mean 'mkdir'" },
	{ "sys_read", VD_ABI_X86_64, -1, 0, "write 'read'" },
	{ "__NR_openat", VD_ABI_X86_64, -1, 0, "write 'openat'" },
	{ "socketcall", VD_ABI_X86_64, -1, 0, "x86_64 has no system call 'socketcall'" },
	{ "set_tls", VD_ABI_X86_64, -1, 0, "arm" },
	{ "5", VD_ABI_NONE, 0, 5, NULL },
	{ "read", VD_ABI_NONE, -1, 0, "write the call's number" },
	{ "", VD_ABI_X86_64, -1, 0, "the name or number of a system call is meant here" },
};

START_TEST(syscall_number)
{
	struct text text = text_of(syscalls[_i].text);
	struct span span = span_all(&text);
	uint32_t nr = 0;
	struct diags diags;

	diags_init(&diags);
	ck_assert_msg(expr_syscall(&span, syscalls[_i].abi, &diags, &nr) == syscalls[_i].r, "%s", text.data);
	ck_assert_uint_eq(nr, syscalls[_i].nr);
	char *shown = printed(&diags);
	if (syscalls[_i].hint)
		ck_assert_msg(strstr(shown, syscalls[_i].hint) != NULL, "%s", shown);
	free(shown);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

static const struct {
	const char *text;
	int r, abi;
	uint32_t arch;
} archs[] = {
	{ "x86_64", 0, VD_ABI_X86_64, 0xc000003e },
	{ "x32", 0, VD_ABI_X32, 0xc000003e },
	{ "amd64", 0, VD_ABI_X86_64, 0xc000003e },
	{ "SCMP_ARCH_X86", 0, VD_ABI_I386, 0x40000003 },
	{ "0xc000003e", 0, VD_ABI_NONE, 0xc000003e },
	{ "4294967295", 0, VD_ABI_NONE, 0xffffffff },
	{ "4294967296", -1, VD_ABI_NONE, 0 },
	{ "x86_65", -1, VD_ABI_NONE, 0 },
	{ "", -1, VD_ABI_NONE, 0 },
};

START_TEST(arch)
{
	struct text text = text_of(archs[_i].text);
	struct span span = span_all(&text);
	int abi = VD_ABI_NONE;
	uint32_t word = 0;
	struct diags diags;

	diags_init(&diags);
	ck_assert_msg(expr_arch(&span, &diags, &abi, &word) == archs[_i].r, "%s", text.data);
	ck_assert_int_eq(abi, archs[_i].abi);
	ck_assert_uint_eq(word, archs[_i].arch);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

/* Trees written out with all their parentheses: what binds to what. */
static const struct {
	const char *text, *tree;
} trees[] = {
	{ "fd == 0", "(fd == 0)" },
	{ "fd == 1 || fd == 2 && !x", "((fd == 1) || ((fd == 2) && (! x)))" },
	{ "(flags & O_ACCMODE) == O_RDONLY", "((flags & O_ACCMODE) == O_RDONLY)" },
	{ "!(flags & (O_CREAT | O_DIRECTORY))", "(! (flags & (O_CREAT | O_DIRECTORY)))" },
	{ "a | b ^ c & d", "(a | (b ^ (c & d)))" },
	{ "a & b << 2", "(a & (b << 2))" },
	{ "-a == ~b", "((- a) == (~ b))" },
	{ "!!a", "(! (! a))" },
	{ "s32(arg2) < 0", "(s32(arg2) < 0)" },
	{ "arg1.hi == 0 && ip.lo >= 5", "((arg1.hi == 0) && (ip.lo >= 5))" },
	{ "nr != 5 || arch == 3", "((nr != 5) || (arch == 3))" },
	{ "ret.action != 1 && ret.data > 2", "((ret.action != 1) && (ret.data > 2))" },
	{ "u64(cmd) >> 3 <= 9", "((u64(cmd) >> 3) <= 9)" },
	{ "a < b", "(a < b)" },
	{ "(a < b) == (c > d)", "((a < b) == (c > d))" },
};

static void write_tree(FILE *out, const struct expr *expr, int i)
{
	static const char *const ops[] = {
		[EXPR_NEG] = "-", [EXPR_NOT] = "~",  [EXPR_SHL] = "<<",	 [EXPR_SHR] = ">>",
		[EXPR_AND] = "&", [EXPR_XOR] = "^",  [EXPR_OR] = "|",	 [EXPR_EQ] = "==",
		[EXPR_NE] = "!=", [EXPR_LT] = "<",   [EXPR_LE] = "<=",	 [EXPR_GT] = ">",
		[EXPR_GE] = ">=", [EXPR_LNOT] = "!", [EXPR_LAND] = "&&", [EXPR_LOR] = "||",
	};
	static const char *const fields[] = { "arg0", "arg1", "arg2", "arg3",	    "arg4",	"arg5",
					      "nr",   "arch", "ip",   "ret.action", "ret.data", "ret" };
	static const char *const halves[] = { "", ".lo", ".hi" }, *const casts[] = { "u16", "u32", "s32",
										     "u64", "s64" };
	const struct expr_node *node = &expr->nodes[i];

	if (node->op == EXPR_INT)
		fprintf(out, "%llu", (unsigned long long)node->value);
	else if (node->op == EXPR_NAME)
		fprintf(out, "%.*s", (int)node->len, expr->text->data + node->off);
	else if (node->op == EXPR_FIELD)
		fprintf(out, "%s%s", fields[node->value], halves[node->half]);
	else if (node->op == EXPR_CAST) {
		fprintf(out, "%s(", casts[node->value]);
		write_tree(out, expr, node->left);
		fprintf(out, ")");
	} else {
		fprintf(out, "(");
		if (node->right >= 0) {
			write_tree(out, expr, node->left);
			fprintf(out, " ");
		}
		fprintf(out, "%s ", ops[node->op]);
		write_tree(out, expr, node->right >= 0 ? node->right : node->left);
		fprintf(out, ")");
	}
}

START_TEST(tree)
{
	struct text text = text_of(trees[_i].text);
	struct span span = span_all(&text);
	char written[256] = "";
	struct expr expr;
	struct diags diags;

	diags_init(&diags);
	ck_assert_int_eq(expr_parse(&span, 0, &diags, &expr, NULL), 0);
	for (size_t i = 0; i < expr.n; i++) {
		ck_assert_int_lt(expr.nodes[i].left, (int)i);
		ck_assert_int_lt(expr.nodes[i].right, (int)i);
	}
	FILE *out = fmemopen(written, sizeof(written), "w");
	write_tree(out, &expr, (int)expr.n - 1);
	fclose(out);
	ck_assert_str_eq(written, trees[_i].tree);
	expr_done(&expr);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

static int parses(const char *content)
{
	struct text text = text_of(content);
	struct span span = span_all(&text);
	struct expr_value v;
	struct diags diags;

	diags_init(&diags);
	int r = expr_const(&span, &diags, &v);
	ck_assert_uint_eq(diags.errors, r < 0 ? 1 : 0);
	diags_done(&diags);
	text_done(&text);
	return r;
}

START_TEST(depth_and_length_have_limits)
{
	char *deep = calloc(1, 300000), *at = deep;

	for (int depth = EXPR_DEPTH_MAX - 1; depth <= EXPR_DEPTH_MAX + 1; depth++) {
		memset(deep, '(', (size_t)depth);
		deep[depth] = '1';
		memset(deep + depth + 1, ')', (size_t)depth);
		deep[2 * depth + 1] = '\0';
		ck_assert_int_eq(parses(deep), depth <= EXPR_DEPTH_MAX ? 0 : -1);
	}
	memset(deep, '(', 299999);
	ck_assert_int_eq(parses(deep), -1);
	memset(deep, '~', 299999);
	ck_assert_int_eq(parses(deep), -1);
	for (int i = 0; i < 2 * EXPR_NODES_MAX; i++)
		at += sprintf(at, "%s1", i ? "|" : "");
	ck_assert_int_eq(parses(deep), -1);
	/* n values and n - 1 operators */
	deep[EXPR_NODES_MAX - 1] = '\0';
	ck_assert_int_eq(parses(deep), 0);
	free(deep);
}
END_TEST

/* Whatever is written, there is a value or one diagnostic. */
START_TEST(no_text_crashes)
{
	static const char *const pieces[] = {
		"1",	    "0x",
		"010",	    "(",
		")",	    "|",
		"&",	    "^",
		"~",	    "-",
		"!",	    "==",
		"<",	    "<<",
		">>",	    "&&",
		"||",	    ".",
		"lo",	    "arg0",
		"nr",	    "ret",
		"ERRNO",    "EPERM",
		"O_CREAT",  "u32",
		"x86_64",   "\xff",
		"\xc3\xa9", "@",
		"#",	    " ",
		"63",	    "18446744073709551616",
		"\"",	    "->",
	};
	struct vd_random random = { 7 };
	unsigned values_seen = 0;

	for (int i = 0; i < 20000; i++) {
		char content[128] = "";
		for (int n = (int)(next_random(&random) % 9); n >= 0; n--)
			strcat(content, pieces[next_random(&random) % (sizeof(pieces) / sizeof(*pieces))]);
		struct text text = text_of(content);
		struct span span = span_all(&text);
		struct expr_action a;
		struct diags diags;
		diags_init(&diags);
		int r = expr_action(&span, &diags, &a);
		ck_assert_msg(diags.errors == (r < 0), "%s", content);
		values_seen += r == 0;
		char *shown = printed(&diags);
		free(shown);
		diags_done(&diags);
		text_done(&text);
	}
	ck_assert_uint_gt(values_seen, 100);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, value, 0, COUNT_OF(values));
	tcase_add_loop_test(tc, refused, 0, COUNT_OF(bad));
	tcase_add_loop_test(tc, width, 0, COUNT_OF(widths));
	tcase_add_loop_test(tc, action, 0, COUNT_OF(actions));
	tcase_add_loop_test(tc, syscall_number, 0, COUNT_OF(syscalls));
	tcase_add_loop_test(tc, arch, 0, COUNT_OF(archs));
	tcase_add_loop_test(tc, tree, 0, COUNT_OF(trees));
	tcase_add_test(tc, depth_and_length_have_limits);
	tcase_add_test(tc, no_text_crashes);
}

int main(void)
{
	return run_suite("expr", add);
}
