/* SPDX-License-Identifier: MIT */
#include "loader/asm/asm.h"
#include "loader/testing.h"

#define MAX_INSNS 6

/* Text and the instructions it stands for. */
static const struct {
	const char *text;
	size_t n;
	struct sock_filter insns[MAX_INSNS];
} programs[] = {
	/* loads and stores */
	{ "ld [4]", 1, { { 0x20, 0, 0, 4 } } },
	{ "ld [ 0x10 ]", 1, { { 0x20, 0, 0, 16 } } },
	{ "ld #5", 1, { { 0x00, 0, 0, 5 } } },
	{ "ld # 5", 1, { { 0x00, 0, 0, 5 } } },
	{ "ldi #5", 1, { { 0x00, 0, 0, 5 } } },
	{ "ldi 5", 1, { { 0x00, 0, 0, 5 } } },
	{ "ld #-1", 1, { { 0x00, 0, 0, 0xffffffff } } },
	{ "ld #+1", 1, { { 0x00, 0, 0, 1 } } },
	{ "ld #017", 1, { { 0x00, 0, 0, 15 } } },
	{ "ld #0b101", 1, { { 0x00, 0, 0, 5 } } },
	{ "ld #0XfF", 1, { { 0x00, 0, 0, 255 } } },
	{ "ld #4294967295", 1, { { 0x00, 0, 0, 0xffffffff } } },
	{ "ld M[3]", 1, { { 0x60, 0, 0, 3 } } },
	{ "ld m[15]", 1, { { 0x60, 0, 0, 15 } } },
	{ "ld #len", 1, { { 0x80, 0, 0, 0 } } },
	{ "ld len", 1, { { 0x80, 0, 0, 0 } } },
	{ "ldx #5", 1, { { 0x01, 0, 0, 5 } } },
	{ "ldxi #5", 1, { { 0x01, 0, 0, 5 } } },
	{ "ldxi 5", 1, { { 0x01, 0, 0, 5 } } },
	{ "ldx M[1]", 1, { { 0x61, 0, 0, 1 } } },
	{ "ldx #len", 1, { { 0x81, 0, 0, 0 } } },
	{ "ldx len", 1, { { 0x81, 0, 0, 0 } } },
	{ "st M[0]", 1, { { 0x02, 0, 0, 0 } } },
	{ "stx M[0]", 1, { { 0x03, 0, 0, 0 } } },
	/* arithmetic */
	{ "add #1 add x add %x", 3, { { 0x04, 0, 0, 1 }, { 0x0c, 0, 0, 0 }, { 0x0c, 0, 0, 0 } } },
	{ "sub #1\nsub x", 2, { { 0x14, 0, 0, 1 }, { 0x1c, 0, 0, 0 } } },
	{ "mul #1\nmul x", 2, { { 0x24, 0, 0, 1 }, { 0x2c, 0, 0, 0 } } },
	{ "div #1\ndiv x", 2, { { 0x34, 0, 0, 1 }, { 0x3c, 0, 0, 0 } } },
	{ "or #1\nor x", 2, { { 0x44, 0, 0, 1 }, { 0x4c, 0, 0, 0 } } },
	{ "and #1\nand x", 2, { { 0x54, 0, 0, 1 }, { 0x5c, 0, 0, 0 } } },
	{ "lsh #1\nlsh x", 2, { { 0x64, 0, 0, 1 }, { 0x6c, 0, 0, 0 } } },
	{ "rsh #1\nrsh x", 2, { { 0x74, 0, 0, 1 }, { 0x7c, 0, 0, 0 } } },
	{ "xor #1\nxor x", 2, { { 0xa4, 0, 0, 1 }, { 0xac, 0, 0, 0 } } },
	{ "neg\ntax\ntxa", 3, { { 0x84, 0, 0, 0 }, { 0x07, 0, 0, 0 }, { 0x87, 0, 0, 0 } } },
	/* jumps */
	{ "ja e\nneg\ne: neg", 3, { { 0x05, 0, 0, 1 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jmp e\ne: neg", 2, { { 0x05, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jeq #1, t, f\nf: neg\nt: neg", 3, { { 0x15, 1, 0, 1 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jeq #1, t\nneg\nt: neg", 3, { { 0x15, 1, 0, 1 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jeq x, t\nneg\nt: neg", 3, { { 0x1d, 1, 0, 0 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jeq %x, t\nneg\nt: neg", 3, { { 0x1d, 1, 0, 0 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jne #1, t\nneg\nt: neg", 3, { { 0x15, 0, 1, 1 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jneq x, t\nneg\nt: neg", 3, { { 0x1d, 0, 1, 0 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jne #1, t, f\nt: neg\nf: neg", 3, { { 0x15, 1, 0, 1 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jgt #1, t\nneg\nt: neg", 3, { { 0x25, 1, 0, 1 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jle #1, t\nneg\nt: neg", 3, { { 0x25, 0, 1, 1 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jge x, t\nneg\nt: neg", 3, { { 0x3d, 1, 0, 0 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jlt x, t\nneg\nt: neg", 3, { { 0x3d, 0, 1, 0 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jset #8, t\nneg\nt: neg", 3, { { 0x45, 1, 0, 8 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jset x, t, f\nf: neg\nt: neg", 3, { { 0x4d, 1, 0, 0 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "jeq #1, n, n\nn: neg", 2, { { 0x15, 0, 0, 1 }, { 0x84, 0, 0, 0 } } },
	/* the last instruction may be a jump: the checker says what is wrong with that */
	{ "e: jeq #1, n\nn: jeq #1, n2\nn2: jset #1, n3, n4\nn3: neg\nn4: neg",
	  5,
	  { { 0x15, 0, 0, 1 }, { 0x15, 0, 0, 1 }, { 0x45, 0, 1, 1 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	/* returns */
	{ "ret a\nret %a\nret #0x7fff0000",
	  3,
	  { { 0x16, 0, 0, 0 }, { 0x16, 0, 0, 0 }, { 0x06, 0, 0, 0x7fff0000 } } },
	{ "ret #ALLOW\nret #ERRNO(EPERM)\nret #KILL_PROCESS",
	  3,
	  { { 0x06, 0, 0, 0x7fff0000 }, { 0x06, 0, 0, 0x00050001 }, { 0x06, 0, 0, 0x80000000 } } },
	{ "ret #SECCOMP_RET_ERRNO|EPERM\nret #ERRNO(010)",
	  2,
	  { { 0x06, 0, 0, 0x00050001 }, { 0x06, 0, 0, 0x00050008 } } },
	/* what the kernel takes elsewhere only */
	{ "ldh [2]\nldh [x + 2]\nldh [%x+2]",
	  3,
	  { { 0x28, 0, 0, 2 }, { 0x48, 0, 0, 2 }, { 0x48, 0, 0, 2 } } },
	{ "ldb [2]\nldb [x+2]", 2, { { 0x30, 0, 0, 2 }, { 0x50, 0, 0, 2 } } },
	{ "ld [x + 4]", 1, { { 0x40, 0, 0, 4 } } },
	{ "ldxb 4*([14]&0xf)\nldx 4 * ( [14] & 0xf )", 2, { { 0xb1, 0, 0, 14 }, { 0xb1, 0, 0, 14 } } },
	{ "mod #3\nmod x\nret x\nret %x",
	  4,
	  { { 0x94, 0, 0, 3 }, { 0x9c, 0, 0, 0 }, { 0x0e, 0, 0, 0 }, { 0x0e, 0, 0, 0 } } },
	{ "ld M[99]\ndiv #0\nlsh #32\nld [65]",
	  4,
	  { { 0x60, 0, 0, 99 }, { 0x34, 0, 0, 0 }, { 0x64, 0, 0, 32 }, { 0x20, 0, 0, 65 } } },
	/* names */
	{ "ld nr\nld arch\nld ip.lo\nld ip.hi",
	  4,
	  { { 0x20, 0, 0, 0 }, { 0x20, 0, 0, 4 }, { 0x20, 0, 0, 8 }, { 0x20, 0, 0, 12 } } },
	{ "ld args[0].lo\nld args[0].hi\nld args[5].hi\nld arg5.lo",
	  4,
	  { { 0x20, 0, 0, 16 }, { 0x20, 0, 0, 20 }, { 0x20, 0, 0, 60 }, { 0x20, 0, 0, 56 } } },
	{ ".byteorder big\nld ip.lo\nld args[1].hi\n.byteorder little\nld args[1].hi",
	  3,
	  { { 0x20, 0, 0, 12 }, { 0x20, 0, 0, 24 }, { 0x20, 0, 0, 28 } } },
	{ "ld #x86_64\nld #AUDIT_ARCH_I386\nld #x32",
	  3,
	  { { 0, 0, 0, 0xc000003e }, { 0, 0, 0, 0x40000003 }, { 0, 0, 0, 0xc000003e } } },
	{ "ld #x86_64.mkdir\nld #i386.socket\nld #x32.read",
	  3,
	  { { 0, 0, 0, 83 }, { 0, 0, 0, 359 }, { 0, 0, 0, 0x40000000 } } },
	{ "ld #TIOCSTI\nld #O_RDWR|O_CREAT\nld #(1 << 31) | 3\nld #~0",
	  4,
	  { { 0, 0, 0, 0x5412 }, { 0, 0, 0, 66 }, { 0, 0, 0, 0x80000003 }, { 0, 0, 0, 0xffffffff } } },
	{ ".insn 0xffff,255,1,0xffffffff", 1, { { 0xffff, 255, 1, 0xffffffff } } },
	{ ".insn 6 , 0 , 1 , 010", 1, { { 6, 0, 1, 8 } } },
	/* layout of the text */
	{ "LD [4]\nReT #0", 2, { { 0x20, 0, 0, 4 }, { 0x06, 0, 0, 0 } } },
	{ "; c\nneg ; ret a\n/* ret a\n ret a **/ neg\n# ret a\n  # ret a\nneg",
	  3,
	  { { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 } } },
	{ "neg # ret a\n#ret a", 0, { { 0 } } }, /* refused: '#' is a comment at the start of a line only */
	{ "a: jeq a, x\nx: neg", 0, { { 0 } } }, /* refused: jeq takes no a */
	{ "jeq x, x\nx: jeq #1, M\nM: neg", 3, { { 0x1d, 0, 0, 0 }, { 0x15, 0, 0, 1 }, { 0x84, 0, 0, 0 } } },
	{ "jeq #1, ret\nld: ret: neg", 2, { { 0x15, 0, 0, 1 }, { 0x84, 0, 0, 0 } } },
	{ "ja\n  end", 0, { { 0 } } },
	{ "jeq\n #1\n,\nend\n,end\nend:\n\nneg", 2, { { 0x15, 0, 0, 1 }, { 0x84, 0, 0, 0 } } },
	{ "\tjeq\t#1,end\r\nend:neg\r\n", 2, { { 0x15, 0, 0, 1 }, { 0x84, 0, 0, 0 } } },
};

static struct diags diags;
static struct asm_program *got;
static size_t got_n;

static int assemble(const char *content, size_t len)
{
	struct text text;

	ck_assert_int_eq(text_from("test", content, len, &text), 0);
	diags_init(&diags);
	got = NULL;
	got_n = 0;
	int r = asm_assemble(&text, &diags, &got, &got_n);
	if (r < 0) {
		ck_assert_uint_gt(diags.errors, 0);
		ck_assert_ptr_null(got);
	}
	text_done(&text);
	return r;
}

static void done(void)
{
	asm_programs_done(got, got_n);
	diags_done(&diags);
}

START_TEST(program)
{
	int r = assemble(programs[_i].text, strlen(programs[_i].text));
	char *shown = printed(&diags);

	if (!programs[_i].n) {
		ck_assert_msg(r < 0, "%s", programs[_i].text);
	} else {
		ck_assert_msg(r == 0, "%s\n%s", programs[_i].text, shown);
		ck_assert_uint_eq(got_n, 1);
		ck_assert_uint_eq(got[0].len, programs[_i].n);
		for (size_t i = 0; i < got[0].len; i++)
			ck_assert_msg(!memcmp(&got[0].insns[i], &programs[_i].insns[i],
					      sizeof(struct sock_filter)),
				      "%s: %zu: %x %u %u %x", programs[_i].text, i, got[0].insns[i].code,
				      got[0].insns[i].jt, got[0].insns[i].jf, got[0].insns[i].k);
	}
	free(shown);
	done();
}
END_TEST

START_TEST(several_programs)
{
	static const char text[] =
		"ret a\n.program \"b\" a: ja b\nb: ret a\n.program \"c d\"\nja a\na: neg\nneg";

	ck_assert_int_eq(assemble(text, strlen(text)), 0);
	ck_assert_uint_eq(got_n, 3);
	ck_assert_ptr_null(got[0].name);
	ck_assert_str_eq(got[1].name, "b");
	ck_assert_str_eq(got[2].name, "c d");
	ck_assert_uint_eq(got[0].len, 1);
	ck_assert_uint_eq(got[1].len, 2);
	ck_assert_uint_eq(got[2].len, 3);
	/* a: of the second is not used */
	ck_assert_uint_eq(diags.warnings, 1);
	done();
}
END_TEST

static char *many(size_t n, const char *line, const char *last)
{
	char *text = malloc(n * strlen(line) + strlen(last) + 1), *at = text;

	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, line);
	strcpy(at, last);
	return text;
}

START_TEST(length_has_a_limit)
{
	char *text = many(4095, "neg\n", "ret a\n");

	ck_assert_int_eq(assemble(text, strlen(text)), 0);
	ck_assert_uint_eq(got[0].len, 4096);
	done();
	free(text);
	text = many(4096, "neg\n", "ret a\nret a\n");
	ck_assert_int_lt(assemble(text, strlen(text)), 0);
	char *shown = printed(&diags);
	ck_assert_msg(!strncmp(shown, "test:4097:1: error: a program has at most 4096 instructions", 59),
		      "%s", shown);
	ck_assert_uint_eq(diags.errors, 1);
	free(shown);
	done();
	free(text);
}
END_TEST

/* One branch over n instructions: how long the program gets, where the branch goes. */
static const struct {
	const char *branch;
	size_t n, len;
	struct sock_filter insns[3];
} reaches[] = {
	{ "jeq #1, t\n", 255, 257, { { 0x15, 255, 0, 1 } } },
	{ "jeq #1, t\n", 256, 259, { { 0x15, 0, 1, 1 }, { 0x05, 0, 0, 256 } } },
	{ "jne #1, t\n", 255, 257, { { 0x15, 0, 255, 1 } } },
	{ "jne #1, t\n", 256, 259, { { 0x15, 1, 0, 1 }, { 0x05, 0, 0, 256 } } },
	{ "jeq #1, t, t\n", 255, 257, { { 0x15, 255, 255, 1 } } },
	{ "jeq #1, t, t\n", 256, 259, { { 0x15, 0, 0, 1 }, { 0x05, 0, 0, 256 } } },
};

START_TEST(reach_of_a_branch)
{
	char *tail = many(reaches[_i].n, "neg\n", "t: ret a\n"), *text;

	ck_assert_int_gt(asprintf(&text, "%s%s", reaches[_i].branch, tail), 0);
	ck_assert_int_eq(assemble(text, strlen(text)), 0);
	ck_assert_uint_eq(got[0].len, reaches[_i].len);
	for (int i = 0; i < 2 && (i == 0 || reaches[_i].insns[i].code); i++)
		ck_assert_mem_eq(&got[0].insns[i], &reaches[_i].insns[i], sizeof(struct sock_filter));
	free(text);
	free(tail);
	done();
}
END_TEST

/* What is inserted for one label pushes the other one out of reach: both need a jump. */
START_TEST(reach_of_both_ways)
{
	char *tail = many(255, "neg\n", "f: neg\nt: ret a\n"), *text;
	const struct sock_filter want[] = { { 0x15, 0, 1, 1 }, { 0x05, 0, 0, 257 }, { 0x05, 0, 0, 255 } };

	ck_assert_int_gt(asprintf(&text, "jeq #1, t, f\n%s", tail), 0);
	ck_assert_int_eq(assemble(text, strlen(text)), 0);
	ck_assert_uint_eq(got[0].len, 260);
	ck_assert_mem_eq(got[0].insns, want, sizeof(want));
	free(text);
	free(tail);
	done();
}
END_TEST

/* Many branches to one far label share what is inserted: about one jump in 255 instructions. */
START_TEST(inserted_jumps_are_shared)
{
	char *text = many(2000, "jeq #1, t\n", "ret #0\nt: ret a\n");

	ck_assert_int_eq(assemble(text, strlen(text)), 0);
	ck_assert_uint_ge(got[0].len, 2002 + 2000 / 255 - 1);
	ck_assert_uint_le(got[0].len, 2002 + 2000 / 254 + 1);
	free(text);
	done();
}
END_TEST

/* 4,000 branches, each to a label of its own out of reach: each needs a jump of its own. */
START_TEST(program_grown_past_the_limit_is_refused)
{
	char *text = malloc(4000 * 32), *at = text;

	for (int i = 0; i < 4000; i++)
		at += sprintf(at, i < 3000 ? "L%d: jeq #1, L%d\n" : "L%d: neg\n", i, i + 300);
	strcpy(at, "ret a\n");
	ck_assert_int_lt(assemble(text, strlen(text)), 0);
	char *shown = printed(&diags);
	ck_assert_msg(strstr(shown, "error: the program has 7001 instructions, 3000 of them inserted for far "
				    "jumps; it may "
				    "have 4096") != NULL,
		      "%.800s", shown);
	free(shown);
	free(text);
	done();
}
END_TEST

START_TEST(insn_over_inserted_jumps_is_refused)
{
	char *rest = many(300, "neg\n", "t: ret a\n"), *text;

	/* the jump skips the branch, which needs one more instruction */
	ck_assert_int_gt(asprintf(&text, ".insn 0x15,1,0,1\njeq #1, t\n%s", rest), 0);
	ck_assert_int_lt(assemble(text, strlen(text)), 0);
	char *shown = printed(&diags);
	ck_assert_msg(strstr(shown, "test:1:1: error: this .insn jumps over a branch") != NULL, "%s", shown);
	free(shown);
	done();
	free(text);
	/* before it, nothing changes */
	ck_assert_int_gt(asprintf(&text, ".insn 0x15,0,0,1\njeq #1, t\n%s", rest), 0);
	ck_assert_int_eq(assemble(text, strlen(text)), 0);
	done();
	free(text);
	free(rest);
}
END_TEST

/* Mistakes: what is said, and where. */
static const struct {
	const char *text, *shown;
} bad[] = {
	{ "", "test:1:1: error: the program has no instructions" },
	{ "; nothing\n", "test:2:1: error: the program has no instructions" },
	{ "rte #0", "test:1:1: error: unknown instruction 'rte'" },
	{ "ret", "test:1:4: error: ret has no operand" },
	{ "ret\nneg", "test:1:4: error: ret has no operand" },
	{ "ret ALLOW", "test:1:5: error: 'ALLOW' is no operand of ret" },
	{ "ret 5", "test:1:5: error: ret does not take '5'" },
	{ "ret #ALOW", "test:1:6: error: unknown constant or action 'ALOW'" },
	{ "ret #ERRNO(65536)", "test:1:12: error: an action's data is 0 to 65535" },
	{ "ret #0x100000000", "test:1:6: error: '0x100000000' does not fit 32 bits" },
	{ "ret #-2147483649", "test:1:6: error: '-2147483649' does not fit 32 bits" },
	{ "ret #08", "test:1:6: error: '08' is not a number" },
	{ "ret #", "test:1:6: error: a value is missing here" },
	{ "ret #1 2", "test:1:8: error: '2' is not expected here" },
	{ "ret #1, 2", "test:1:7: error: ',' is not expected here" },
	{ "ld", "test:1:3: error: ld has no operand" },
	{ "ld 4", "test:1:4: error: ld does not take '4'" },
	{ "ld [4", "test:1:6: error: ']' is meant here" },
	{ "ld [x]", "test:1:6: error: '+' is meant here" },
	{ "ld x", "test:1:4: error: ld does not take 'x'" },
	{ "ld M", "test:1:5: error: '[' is meant here" },
	{ "ld proto", "test:1:4: error: 'proto' is a packet's property: seccomp filters cannot load it" },
	{ "ld #proto", "test:1:5: error: 'proto' is a packet's property: seccomp filters cannot load it" },
	{ "ld args[6].lo", "test:1:9: error: there is no such argument" },
	{ "ld args[0]", "test:1:4: error: args[0] has 64 bits, a load takes 32" },
	{ "ld ip\nneg", "test:1:4: error: ip has 64 bits, a load takes 32" },
	{ "ld args[0].mid", "test:1:12: error: a half is meant here: lo or hi" },
	{ "ld arhc", "test:1:4: error: 'arhc' is no operand of ld" },
	{ "st #1", "test:1:4: error: st does not take '#1'" },
	{ "ldx [4]", "test:1:5: error: ldx does not take '[4]'" },
	{ "ldxb 5*([14]&0xf)", "test:1:6: error: only 4*([k]&0xf) has an instruction" },
	{ "jeq #1", "test:1:7: error: ',' is meant here" },
	{ "jeq #1,", "test:1:8: error: a label is meant here" },
	{ "jeq #1, 5", "test:1:9: error: a label is meant here" },
	{ "jeq 1, a\na: neg", "test:1:5: error: jeq does not take '1'" },
	{ "jeq #1, a, b, c\na: b: neg", "test:1:13: error: ',' is not expected here" },
	{ "ja", "test:1:3: error: a label is meant here" },
	{ "ja end\nneg", "test:1:4: error: there is no label 'end'" },
	{ "ja end\neend: neg", "test:1:4: error: there is no label 'end'" },
	{ "a: neg\na: neg", "test:2:1: error: label 'a' is already on line 1" },
	{ "a: neg\nja a\nneg", "test:2:4: error: 'a' is on line 1: jumps only go forward" },
	{ "a: ja a", "test:1:7: error: 'a' is on line 1: jumps only go forward" },
	{ "ja a\na:", "test:1:4: error: no instruction follows label 'a' on line 2" },
	{ "neg /* x", "test:1:5: error: the comment has no end" },
	{ ".insn 1,2,3", "test:1:12: error: ',' is meant here" },
	{ ".insn 1,256,3,4", "test:1:9: error: '256' does not fit 8 bits" },
	{ ".insn 65536,0,0,0", "test:1:7: error: '65536' does not fit 16 bits" },
	{ ".inns 1,2,3,4", "test:1:2: error: unknown directive '.inns'" },
	{ ".foo", "test:1:2: error: unknown directive '.foo'" },
	{ ".program x\nneg", "test:1:10: error: the program's name is meant here" },
	{ ".program \"x\nneg", "test:1:10: error: the name has no closing '\"'" },
	{ ".program \"x\"\n.program \"y\"\nneg", "test:1:1: error: the program has no instructions" },
	{ ".byteorder middle\nneg", "test:1:12: error: little or big is meant here" },
	{ "{ 0x20, 0, 0, 4 }", "test:1:1: error: an instruction is meant here, not '{'" },
	{ "ld #mkdir", "test:1:5: error: unknown constant or action 'mkdir'" },
	{ "ld #x86_64.mkdri", "test:1:12: error: unknown system call 'mkdri'" },
	{ "ld #x86.mkdir2", "test:1:9: error: unknown system call 'mkdir2'" },
	{ "ld #x86_65.mkdir", "test:1:5: error: unknown ABI 'x86_65'" },
	{ "ld #nr", "test:1:5: error: a constant is meant here, not 'nr'" },
};

START_TEST(refused)
{
	ck_assert_msg(assemble(bad[_i].text, strlen(bad[_i].text)) < 0, "%s", bad[_i].text);
	char *shown = printed(&diags);
	ck_assert_msg(!strncmp(shown, bad[_i].shown, strlen(bad[_i].shown)), "%s\nshows\n%s", bad[_i].text,
		      shown);
	free(shown);
	done();
}
END_TEST

START_TEST(all_mistakes_are_told)
{
	static const char text[] = "rte #0\nld [4]\njeq 5, a\nld arhc\nja b\nret #ALOW\n";

	ck_assert_int_lt(assemble(text, strlen(text)), 0);
	ck_assert_uint_eq(diags.errors, 5);
	done();
}
END_TEST

/* Programs with bytes changed, cut and repeated: an answer or diagnostics, never a crash. */
START_TEST(mutated_texts_are_survived)
{
	static const char seed[] =
		"; head\nstart: ld arch\n jne #x86_64, bad\n ld args[1].hi\n jset #O_CREAT|0x10, a, b\n"
		"a: ld M[3] st M[2]\n/* c */ add x\nb: ret #ERRNO(EPERM)\n.program \"x\"\n"
		".byteorder big\nbad: ret #KILL_PROCESS\n.insn 0x06,0,1,0x7fff0000\nldxb 4*([14]&0xf)\n";
	static const char bytes[] = "\0\n\t #;:,.[]()*&|+-\"xaM0189_\\\xff\xc3{}%/";
	struct vd_random random = { 2024 };
	unsigned good = 0;

	for (int i = 0; i < 20000; i++) {
		char text[sizeof(seed) + 16];
		size_t len = sizeof(seed) - 1;
		memcpy(text, seed, len);
		for (unsigned n = next_random(&random) % 6; n > 0; n--) {
			size_t at = next_random(&random) % len, from = next_random(&random) % len;
			switch (next_random(&random) % 4) {
			case 0:
				text[at] = bytes[next_random(&random) % (sizeof(bytes) - 1)];
				break;
			case 1:
				text[at] = text[from];
				break;
			case 2:
				memmove(text + at, text + from, len - (at > from ? at : from));
				break;
			case 3:
				len = 1 + at;
				break;
			}
		}
		good += assemble(text, len) == 0;
		char *shown = printed(&diags);
		free(shown);
		done();
	}
	ck_assert_uint_gt(good, 50);
	ck_assert_uint_lt(good, 19000);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, program, 0, COUNT_OF(programs));
	tcase_add_test(tc, several_programs);
	tcase_add_test(tc, length_has_a_limit);
	tcase_add_loop_test(tc, reach_of_a_branch, 0, COUNT_OF(reaches));
	tcase_add_test(tc, reach_of_both_ways);
	tcase_add_test(tc, inserted_jumps_are_shared);
	tcase_add_test(tc, program_grown_past_the_limit_is_refused);
	tcase_add_test(tc, insn_over_inserted_jumps_is_refused);
	tcase_add_loop_test(tc, refused, 0, COUNT_OF(bad));
	tcase_add_test(tc, all_mistakes_are_told);
	tcase_add_test(tc, mutated_texts_are_survived);
}

int main(void)
{
	return run_suite("asm", add);
}
