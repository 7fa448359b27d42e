/* SPDX-License-Identifier: MIT */
#include "loader/asm/asm.h"
#include "loader/source/listing.h"
#include "loader/testing.h"
#include "vm/random.h"

static char *listing(const struct program *program, const struct listing_opts *opts)
{
	static char buf[1 << 20];
	FILE *out = fmemopen(buf, sizeof(buf), "w");
	struct diags diags;

	diags_init(&diags);
	ck_assert_int_eq(listing_write(out, program, opts, &diags), 0);
	diags_done(&diags);
	fclose(out);
	return buf;
}

static void assert_read_back(const struct program *program, const char *text)
{
	struct text content = text_of(text);
	struct asm_program *programs;
	struct diags diags;
	size_t n;

	diags_init(&diags);
	if (asm_assemble(&content, &diags, &programs, &n) < 0) {
		char *shown = printed(&diags);
		ck_abort_msg("%.2000s", shown);
	}
	ck_assert_uint_eq(diags.warnings, 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(programs[0].len, program->len);
	for (size_t i = 0; i < program->len; i++)
		ck_assert_msg(!memcmp(&programs[0].insns[i], &program->insns[i], sizeof(struct sock_filter)),
			      "instruction %zu of\n%.2000s", i, text);
	asm_programs_done(programs, n);
	diags_done(&diags);
	text_done(&content);
}

/* Programs the kernel takes, programs it refuses, in every way of showing them. */
START_TEST(random_programs_are_read_back)
{
	static struct sock_filter insns[4096];
	struct vd_random random = { 77 + (uint64_t)_i };
	unsigned wild = _i % 4 * 100;

	for (int i = 0; i < 300; i++) {
		struct program program = { .path = (char *)"p", .insns = insns };
		struct listing_opts opts = { .numeric = i & 1,
					     .big_endian = i >> 1 & 1,
					     .titled = i >> 2 & 1 };
		program.len = vd_random_prog(&random, i < 290 ? 40 : 4096, wild, insns);
		if (opts.numeric && opts.big_endian)
			opts.titled = false;
		assert_read_back(&program, listing(&program, &opts));
	}
}
END_TEST

/* All bits of all fields. */
START_TEST(random_bits_are_read_back)
{
	struct sock_filter insns[64];
	struct vd_random random = { 5 };

	for (int i = 0; i < 2000; i++) {
		struct program program = { .path = (char *)"p",
					   .insns = insns,
					   .len = 1 + next_random(&random) % 64 };
		struct listing_opts opts = { .format = LISTING_ASM };
		for (size_t j = 0; j < program.len; j++) {
			uint32_t bits = next_random(&random);
			insns[j] = (struct sock_filter){
				.code = (uint16_t)(bits & 0x8000 ? bits : bits & 0xff),
				.jt = (uint8_t)(bits >> 16),
				.jf = (uint8_t)(bits >> 24),
				.k = next_random(&random) >> next_random(&random) % 32
			};
		}
		assert_read_back(&program, listing(&program, &opts));
	}
}
END_TEST

static struct sock_filter sample[] = {
	{ 0x20, 0, 0, 4 },  { 0x15, 0, 3, 0xc000003e }, { 0x20, 0, 0, 0 },	    { 0x15, 1, 0, 83 },
	{ 0x20, 0, 0, 20 }, { 0x06, 0, 1, 0x7fff0000 }, { 0x06, 0, 0, 0x00050001 },
};

static const struct {
	struct listing_opts opts;
	const char *text;
} forms[] = {
	{ { .format = LISTING_ASM },
	  "; dir/p.bpf: 7 instructions\n"
	  "        ld arch                                 ;    0  [4]\n"
	  "        jne #x86_64, L5                         ;    1  0xc000003e\n"
	  "        ld nr                                   ;    2  [0]\n"
	  "        jeq #x86_64.mkdir, L5                   ;    3  83\n"
	  "        ld args[0].hi                           ;    4  [20]\n"
	  "L5:     .insn 0x06,0,1,0x7fff0000               ;    5\n"
	  "        ret #ERRNO(EPERM)                       ;    6  0x00050001\n" },
	{ { .format = LISTING_ASM, .big_endian = true, .titled = true, .index = 6 },
	  ".program \"07.bpf\"\n"
	  "; dir/p.bpf: 7 instructions\n"
	  ".byteorder big\n"
	  "        ld arch                                 ;    0  [4]\n"
	  "        jne #x86_64, L5                         ;    1  0xc000003e\n"
	  "        ld nr                                   ;    2  [0]\n"
	  "        jeq #x86_64.mkdir, L5                   ;    3  83\n"
	  "        ld args[0].lo                           ;    4  [20]\n"
	  "L5:     .insn 0x06,0,1,0x7fff0000               ;    5\n"
	  "        ret #ERRNO(EPERM)                       ;    6  0x00050001\n" },
	{ { .format = LISTING_ASM, .numeric = true, .titled = true },
	  "; dir/p.bpf: 7 instructions\n"
	  "        ld [4]                                  ;    0\n"
	  "        jne #0xc000003e, L5                     ;    1\n"
	  "        ld [0]                                  ;    2\n"
	  "        jeq #0x53, L5                           ;    3\n"
	  "        ld [20]                                 ;    4\n"
	  "L5:     .insn 0x06,0,1,0x7fff0000               ;    5\n"
	  "        ret #0x50001                            ;    6\n" },
	{ { .format = LISTING_C },
	  "/* dir/p.bpf: 7 instructions */\n{ 0x20, 0, 0, 0x00000004 },\n{ 0x15, 0, 3, 0xc000003e },\n"
	  "{ 0x20, 0, 0, 0x00000000 },\n{ 0x15, 1, 0, 0x00000053 },\n{ 0x20, 0, 0, 0x00000014 },\n"
	  "{ 0x06, 0, 1, 0x7fff0000 },\n{ 0x06, 0, 0, 0x00050001 },\n" },
	{ { .format = LISTING_HEX },
	  "2000000004000000\n150000033e0000c0\n2000000000000000\n1500010053000000\n2000000014000000\n"
	  "060000010000ff7f\n0600000001000500\n" },
};

START_TEST(form)
{
	struct program program = { .path = (char *)"dir/p.bpf", .insns = sample, .len = 7 };

	ck_assert_str_eq(listing(&program, &forms[_i].opts), forms[_i].text);
}
END_TEST

START_TEST(refused_program_says_so)
{
	struct sock_filter bad[] = { { 0x06, 0, 0, 0 }, { 0x15, 9, 0, 1 } };
	struct program program = { .path = (char *)"a\nb", .insns = bad, .len = 2 };
	struct listing_opts opts = { .format = LISTING_ASM };
	char *text = listing(&program, &opts);

	ck_assert_msg(!strncmp(text,
			       "; a?b: 2 instructions\n; the kernel refuses it: EINVAL: instruction 1: ", 70),
		      "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "\n        .insn 0x15,9,0,0x1 "));
	assert_read_back(&program, text);
}
END_TEST

static const struct {
	const char *name;
	const char *want;
} names[] = {
	{ "a.bpf", "a.bpf" }, { NULL, "03.bpf" },   { "", "03.bpf" },
	{ "../a", "03.bpf" }, { "..", "03.bpf" },   { ".bpf", "03.bpf" },
	{ "a\"b", "03.bpf" }, { "a\nb", "03.bpf" }, { "a b", "a b" },
};

START_TEST(name_stays_in_its_folder)
{
	struct program program = { .name = (char *)names[_i].name };
	char buf[256];

	listing_name(&program, 2, buf, sizeof(buf));
	ck_assert_str_eq(buf, names[_i].want);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, random_programs_are_read_back, 0, 8);
	tcase_add_test(tc, random_bits_are_read_back);
	tcase_add_loop_test(tc, form, 0, COUNT_OF(forms));
	tcase_add_test(tc, refused_program_says_so);
	tcase_add_loop_test(tc, name_stays_in_its_folder, 0, COUNT_OF(names));
}

int main(void)
{
	return run_suite("listing", add);
}
