/* SPDX-License-Identifier: MIT */
/* The text of every opcode; that `asm` reads it back is tested where the assembler is. */
#include "vm/isa.h"
#include "vm/testing.h"
#include "vm/verdict.h"

#include <string.h>

#define AT 2 /* the instruction stands third in a program of ten */
#define LEN 10

static const struct {
	struct sock_filter insn;
	const char *text, *numeric; /* NULL: the same */
} texts[] = {
	{ { 0x00, 0, 0, 9 }, "ld #9", NULL },
	{ { 0x00, 0, 0, 10 }, "ld #0xa", NULL },
	{ { 0x01, 0, 0, 0 }, "ldx #0", NULL },
	{ { 0x02, 0, 0, 15 }, "st M[15]", NULL },
	{ { 0x03, 0, 0, 0 }, "stx M[0]", NULL },
	{ { 0x04, 0, 0, 1 }, "add #1", NULL },
	{ { 0x05, 0, 0, 0 }, "ja L3", NULL },
	{ { 0x05, 0, 0, 6 }, "ja L9", NULL },
	{ { 0x05, 0, 0, 7 }, ".insn 0x05,0,0,0x7", NULL },
	{ { 0x06, 0, 0, 0x7fff0000 }, "ret #ALLOW", "ret #0x7fff0000" },
	{ { 0x06, 0, 0, 0x00050001 }, "ret #ERRNO(EPERM)", "ret #0x50001" },
	{ { 0x06, 0, 0, 0x00010000 }, "ret #0x00010000", "ret #0x10000" },
	{ { 0x06, 0, 1, 0x7fff0000 }, ".insn 0x06,0,1,0x7fff0000", NULL },
	{ { 0x07, 0, 0, 0 }, "tax", NULL },
	{ { 0x07, 0, 0, 1 }, ".insn 0x07,0,0,0x1", NULL },
	{ { 0x0c, 0, 0, 0 }, "add x", NULL },
	{ { 0x0c, 0, 0, 1 }, ".insn 0x0c,0,0,0x1", NULL },
	{ { 0x14, 0, 0, 1 }, "sub #1", NULL },
	{ { 0x15, 1, 2, 5 }, "jeq #5, L4, L5", NULL },
	{ { 0x15, 1, 0, 5 }, "jeq #5, L4", NULL },
	{ { 0x15, 0, 2, 5 }, "jne #5, L5", NULL },
	{ { 0x15, 0, 0, 5 }, "jeq #5, L3", NULL },
	{ { 0x15, 6, 6, 0xffffffff }, "jeq #0xffffffff, L9, L9", NULL },
	{ { 0x15, 7, 0, 5 }, ".insn 0x15,7,0,0x5", NULL },
	{ { 0x15, 0, 7, 5 }, ".insn 0x15,0,7,0x5", NULL },
	{ { 0x16, 0, 0, 0 }, "ret a", NULL },
	{ { 0x1c, 0, 0, 0 }, "sub x", NULL },
	{ { 0x1d, 1, 2, 0 }, "jeq x, L4, L5", NULL },
	{ { 0x1d, 0, 2, 0 }, "jne x, L5", NULL },
	{ { 0x1d, 1, 2, 3 }, ".insn 0x1d,1,2,0x3", NULL },
	{ { 0x20, 0, 0, 0 }, "ld nr", "ld [0]" },
	{ { 0x20, 0, 0, 4 }, "ld arch", "ld [4]" },
	{ { 0x20, 0, 0, 8 }, "ld ip.lo", "ld [8]" },
	{ { 0x20, 0, 0, 12 }, "ld ip.hi", "ld [12]" },
	{ { 0x20, 0, 0, 16 }, "ld args[0].lo", "ld [16]" },
	{ { 0x20, 0, 0, 60 }, "ld args[5].hi", "ld [60]" },
	{ { 0x20, 0, 0, 64 }, ".insn 0x20,0,0,0x40", NULL },
	{ { 0x24, 0, 0, 2 }, "mul #2", NULL },
	{ { 0x25, 1, 2, 5 }, "jgt #5, L4, L5", NULL },
	{ { 0x25, 0, 2, 5 }, "jle #5, L5", NULL },
	{ { 0x2c, 0, 0, 0 }, "mul x", NULL },
	{ { 0x2d, 0, 2, 0 }, "jle x, L5", NULL },
	{ { 0x34, 0, 0, 2 }, "div #2", NULL },
	{ { 0x34, 0, 0, 0 }, ".insn 0x34,0,0,0x0", NULL },
	{ { 0x35, 0, 2, 5 }, "jlt #5, L5", NULL },
	{ { 0x35, 2, 0, 5 }, "jge #5, L5", NULL },
	{ { 0x3c, 0, 0, 0 }, "div x", NULL },
	{ { 0x3d, 0, 2, 0 }, "jlt x, L5", NULL },
	{ { 0x44, 0, 0, 2 }, "or #2", NULL },
	{ { 0x45, 0, 2, 5 }, "jset #5, L3, L5", NULL },
	{ { 0x45, 2, 0, 5 }, "jset #5, L5", NULL },
	{ { 0x4c, 0, 0, 0 }, "or x", NULL },
	{ { 0x4d, 1, 2, 0 }, "jset x, L4, L5", NULL },
	{ { 0x54, 0, 0, 0x40000000 }, "and #0x40000000", NULL },
	{ { 0x5c, 0, 0, 0 }, "and x", NULL },
	{ { 0x60, 0, 0, 1 }, "ld M[1]", NULL },
	{ { 0x60, 0, 0, 16 }, ".insn 0x60,0,0,0x10", NULL },
	{ { 0x61, 0, 0, 1 }, "ldx M[1]", NULL },
	{ { 0x64, 0, 0, 31 }, "lsh #0x1f", NULL },
	{ { 0x64, 0, 0, 32 }, ".insn 0x64,0,0,0x20", NULL },
	{ { 0x6c, 0, 0, 0 }, "lsh x", NULL },
	{ { 0x74, 0, 0, 8 }, "rsh #8", NULL },
	{ { 0x7c, 0, 0, 0 }, "rsh x", NULL },
	{ { 0x80, 0, 0, 0 }, "ld #len", NULL },
	{ { 0x81, 0, 0, 0 }, "ldx #len", NULL },
	{ { 0x84, 0, 0, 0 }, "neg", NULL },
	{ { 0x87, 0, 0, 0 }, "txa", NULL },
	{ { 0xa4, 0, 0, 3 }, "xor #3", NULL },
	{ { 0xac, 0, 0, 0 }, "xor x", NULL },
	{ { 0x28, 0, 0, 0 }, ".insn 0x28,0,0,0x0", NULL },
	{ { 0xffff, 255, 254, 0xffffffff }, ".insn 0xffff,255,254,0xffffffff", NULL },
};

START_TEST(text)
{
	struct vd_disasm_opts numeric = { .numeric = true };
	const char *plain = texts[_i].numeric ? texts[_i].numeric : texts[_i].text;
	struct sock_filter insns[LEN] = { [AT] = texts[_i].insn };
	char buf[80], small[4];

	int n = vd_disasm(insns, LEN, AT, NULL, buf, sizeof(buf));
	ck_assert_str_eq(buf, texts[_i].text);
	ck_assert_int_eq(n, (int)strlen(buf));
	ck_assert_int_eq(vd_disasm(insns, LEN, AT, NULL, small, sizeof(small)), n);
	ck_assert_uint_eq(strlen(small), 3);
	vd_disasm(insns, LEN, AT, &numeric, buf, sizeof(buf));
	ck_assert_str_eq(buf, plain);
}
END_TEST

START_TEST(every_opcode_has_a_text)
{
	bool seen[VD_OPS] = { false };

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (texts[i].text[0] != '.')
			seen[vd_op_of(texts[i].insn.code)] = true;
	for (int op = 0; op < VD_OPS; op++)
		ck_assert_msg(seen[op], "opcode 0x%02x", vd_isa[op].code);
}
END_TEST

START_TEST(big_endian_halves)
{
	static const struct sock_filter insns[] = { { 0x20, 0, 0, 16 }, { 0x20, 0, 0, 12 } };
	struct vd_disasm_opts opts = { .big_endian = true };
	char buf[40];

	vd_disasm(insns, 2, 0, &opts, buf, sizeof(buf));
	ck_assert_str_eq(buf, "ld args[0].hi");
	vd_disasm(insns, 2, 1, &opts, buf, sizeof(buf));
	ck_assert_str_eq(buf, "ld ip.lo");
}
END_TEST

/* ld arch; x86_64? -> ld nr; mkdir, x32 mkdir; i386? -> ld nr; mkdir; else nothing is known */
static const struct sock_filter named[] = {
	{ 0x20, 0, 0, 4 },           /* 0 */
	{ 0x15, 1, 0, 0xc000003e },  /* 1 */
	{ 0x15, 4, 7, 0x40000003 },  /* 2 */
	{ 0x20, 0, 0, 0 },           /* 3 */
	{ 0x15, 6, 0, 83 },          /* 4 */
	{ 0x15, 5, 0, 0x40000053 },  /* 5 */
	{ 0x15, 4, 5, 0x0fffffff },  /* 6 */
	{ 0x20, 0, 0, 0 },           /* 7 */
	{ 0x15, 2, 0, 39 },          /* 8 */
	{ 0x54, 0, 0, 0xff },        /* 9 */
	{ 0x15, 0, 1, 39 },          /* 10 */
	{ 0x06, 0, 0, 0x00050001 },  /* 11 */
	{ 0x06, 0, 0, 0x7fff0000 },  /* 12 */
};
static const char *const names[] = { "ld arch",
				     "jeq #x86_64, L3",
				     "jeq #i386, L7, L10",
				     "ld nr",
				     "jeq #x86_64.mkdir, L11",
				     "jeq #x32.mkdir, L11",
				     "jeq #0xfffffff, L11, L12",
				     "ld nr",
				     "jeq #i386.mkdir, L11",
				     "and #0xff",
				     "jne #0x27, L12",
				     "ret #ERRNO(EPERM)",
				     "ret #ALLOW" };

START_TEST(named_numbers)
{
	struct vd_fact facts[COUNT_OF(named)];
	struct vd_disasm_opts opts = { .facts = facts };
	struct vd_prog *prog;
	char buf[80];

	ck_assert_int_eq(vd_prog_new(named, COUNT_OF(named), &prog, NULL), 0);
	vd_prog_facts(prog, facts);
	for (size_t pc = 0; pc < COUNT_OF(named); pc++) {
		vd_disasm(named, COUNT_OF(named), pc, &opts, buf, sizeof(buf));
		ck_assert_str_eq(buf, names[pc]);
		ck_assert(facts[pc].reachable);
	}
	ck_assert_int_eq(facts[4].abi, VD_ABI_X86_64);
	ck_assert_int_eq(facts[4].word, 0);
	ck_assert_int_eq(facts[10].word, -1);
	ck_assert_int_eq(facts[12].abi, VD_ABI_NONE);
	vd_prog_free(prog);
}
END_TEST

START_TEST(dead_code)
{
	static const struct sock_filter insns[] = { { 0x05, 0, 0, 1 }, { 0x07, 0, 0, 0 }, { 0x06, 0, 0, 0 } };
	struct vd_fact facts[3];
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, 3, &prog, NULL), 0);
	vd_prog_facts(prog, facts);
	ck_assert(facts[0].reachable && !facts[1].reachable && facts[2].reachable);
	vd_prog_free(prog);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, text, 0, COUNT_OF(texts));
	tcase_add_test(tc, every_opcode_has_a_text);
	tcase_add_test(tc, big_endian_halves);
	tcase_add_test(tc, named_numbers);
	tcase_add_test(tc, dead_code);
}

int main(void)
{
	return run_suite("disasm", add);
}
