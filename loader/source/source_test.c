/* SPDX-License-Identifier: MIT */
#include "loader/source/source.h"
#include "loader/testing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/source-test-XXXXXX";

#define RET "\x06\0\0\0\0\0\xff\x7f"

static void put(const char *name, const char *content, size_t len)
{
	FILE *out = fopen(name, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(content, 1, len, out), len);
	fclose(out);
}

/* All tests run in a folder of their own, made once. */
static void enter(void)
{
	static const char three[] = "ret #0\n.program \"b\"\nret #1\n.program \"c\"\nret #2\n";
	char path[64];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	put("one.bpf", RET, 8);
	put("two.bpf", RET RET, 16);
	put("empty.bpf", "", 0);
	put("empty", "", 0);
	put("seven.bpf", "1234567", 7);
	put("cut.bpf", RET RET "\x06", 17);
	put("text.bpf", "ret #0\n", 7);
	put("text.bpfasm", "ret #0\n", 7);
	put("noname", "ret #0\n", 7);
	put("noname-raw", RET, 8);
	put("raw.bpfasm", RET, 8);
	put("colon:x.bpf", RET, 8);
	put("three.bpfasm", three, strlen(three));
	ck_assert_int_eq(mkdir("stack", 0700), 0);
	put("stack/02.bpf", RET RET, 16);
	put("stack/10.bpf", RET RET RET, 24);
	put("stack/01.bpf", RET, 8);
	put("stack/1.bpf.txt", "x", 1);
	put("stack/.bpf", "x", 1);
	put("stack/.hidden.bpf", "x", 1);
	put("stack/README", "x", 1);
	ck_assert_int_eq(mkdir("stack/00.bpf", 0700), 0);
	ck_assert_int_eq(mkdir("nothing", 0700), 0);
	put("nothing/readme", "x", 1);
	ck_assert_int_eq(mkdir("bad", 0700), 0);
	put("bad/1.bpf", "x", 1);
	put("bad/2.bpf", RET, 8);
	put("bad/3.bpf", "", 0);
	ck_assert_int_eq(mkfifo("fifo.bpf", 0600), 0);
	ck_assert_int_eq(symlink("one.bpf", "link"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling.bpf"), 0);
	snprintf(path, sizeof(path), "%s/abs.bpf", folder);
	put(path, RET, 8);
}

static const struct {
	const char *spec;
	enum source_kind kind;
	size_t n;
	size_t lens[3];
	const char *paths[3], *names[3];
} good[] = {
	{ "one.bpf", SOURCE_RAW, 1, { 1 }, { "one.bpf" }, { NULL } },
	{ "./one.bpf", SOURCE_RAW, 1, { 1 }, { "./one.bpf" }, { NULL } },
	{ "raw:two.bpf", SOURCE_RAW, 1, { 2 }, { "two.bpf" }, { NULL } },
	{ "raw:noname-raw", SOURCE_RAW, 1, { 1 }, { "noname-raw" }, { NULL } },
	{ "noname-raw", SOURCE_RAW, 1, { 1 }, { "noname-raw" }, { NULL } },
	{ "noname", SOURCE_ASM, 1, { 1 }, { "noname" }, { NULL } },
	{ "link", SOURCE_RAW, 1, { 1 }, { "link" }, { NULL } },
	{ "text.bpfasm", SOURCE_ASM, 1, { 1 }, { "text.bpfasm" }, { NULL } },
	{ "asm:text.bpf", SOURCE_ASM, 1, { 1 }, { "text.bpf" }, { NULL } },
	{ "raw:raw.bpfasm", SOURCE_RAW, 1, { 1 }, { "raw.bpfasm" }, { NULL } },
	{ "./colon:x.bpf", SOURCE_RAW, 1, { 1 }, { "./colon:x.bpf" }, { NULL } },
	{ "raw:colon:x.bpf", SOURCE_RAW, 1, { 1 }, { "colon:x.bpf" }, { NULL } },
	{ "stack",
	  SOURCE_DIR,
	  3,
	  { 1, 2, 3 },
	  { "stack/01.bpf", "stack/02.bpf", "stack/10.bpf" },
	  { "01.bpf", "02.bpf", "10.bpf" } },
	{ "dir:stack//",
	  SOURCE_DIR,
	  3,
	  { 1, 2, 3 },
	  { "stack/01.bpf", "stack/02.bpf", "stack/10.bpf" },
	  { "01.bpf", "02.bpf", "10.bpf" } },
	{ "three.bpfasm",
	  SOURCE_ASM,
	  3,
	  { 1, 1, 1 },
	  { "three.bpfasm:1", "three.bpfasm:b", "three.bpfasm:c" },
	  { NULL, "b", "c" } },
};

static void assert_same(const char *a, const char *b)
{
	if (a && b)
		ck_assert_str_eq(a, b);
	else
		ck_assert_ptr_eq(a, b);
}

START_TEST(loaded)
{
	struct source source;
	struct diags diags;

	diags_init(&diags);
	ck_assert_int_eq(source_load(good[_i].spec, NULL, &diags, &source), 0);
	ck_assert_uint_eq(diags.n, 0);
	ck_assert_str_eq(source.name, good[_i].spec);
	ck_assert_int_eq(source.kind, good[_i].kind);
	ck_assert_uint_eq(source.n, good[_i].n);
	for (size_t i = 0; i < source.n; i++) {
		ck_assert_uint_eq(source.programs[i].len, good[_i].lens[i]);
		ck_assert_str_eq(source.programs[i].path, good[_i].paths[i]);
		assert_same(source.programs[i].name, good[_i].names[i]);
		ck_assert_uint_eq(source.programs[i].insns[0].code, 6);
	}
	source_done(&source);
	source_done(&source);
	diags_done(&diags);
}
END_TEST

static const struct {
	const char *spec, *shown;
} bad[] = {
	{ "missing.bpf", "missing.bpf: error: No such file or directory\n" },
	{ "dir:missing", "missing: error: No such file or directory\n" },
	{ "dangling.bpf", "dangling.bpf: error: No such file or directory\n" },
	{ "empty.bpf", "empty.bpf: error: is empty: a program has at least one instruction\n" },
	{ "empty", "empty: error: is empty: a program has at least one instruction\n" },
	{ "seven.bpf", "seven.bpf: error: has 7 bytes, not a multiple of 8: instructions have 8 bytes each\n"
		       "  it holds text: write asm:seven.bpf if that is assembler\n" },
	{ "cut.bpf", "cut.bpf: error: has 17 bytes, not a multiple of 8: instructions have 8 bytes each\n"
		     "  1 byte is left over after 2 instructions\n" },
	{ "raw:stack", "stack: error: is a folder, not a file\n" },
	{ "asm:stack", "stack: error: is a folder, not a file\n" },
	{ "dir:one.bpf", "one.bpf: error: Not a directory\n" },
	{ "fifo.bpf", "fifo.bpf: error: is a FIFO, not a file (use - to read from a pipe)\n" },
	{ "nothing", "nothing: error: the folder holds no *.bpf file\n" },
	{ "pid:x", "pid:x: error: 'x' is not the id of a process or thread\n  write its number: pid:1234\n" },
	{ "colon:x.bpf", "colon:x.bpf: error: unknown kind of source 'colon'\n" },
	{ "raww:x", "raww:x: error: unknown kind of source 'raww'\n  did you mean 'raw'?\n" },
	{ "asm:one.bpf", "one.bpf: error: holds raw instructions, not text\n  write raw:one.bpf\n" },
	{ "raw:", "raw:: error: the name of a file is missing\n" },
	{ "", "'': error: the name of a file is missing\n" },
	{ "/dev/null", "/dev/null: error: is empty: a program has at least one instruction\n" },
};

START_TEST(refused)
{
	struct source source = { .n = 42 };
	struct diags diags;

	diags_init(&diags);
	ck_assert_msg(source_load(bad[_i].spec, NULL, &diags, &source) < 0, "%s", bad[_i].spec);
	ck_assert_uint_eq(source.n, 42);
	char *shown = printed(&diags);
	ck_assert_msg(!strncmp(shown, bad[_i].shown, strlen(bad[_i].shown)), "%s\nshows\n%s", bad[_i].spec,
		      shown);
	free(shown);
	diags_done(&diags);
}
END_TEST

START_TEST(all_bad_files_of_a_folder_are_told)
{
	struct source source;
	struct diags diags;

	diags_init(&diags);
	ck_assert_int_lt(source_load("bad", NULL, &diags, &source), 0);
	ck_assert_uint_eq(diags.errors, 2);
	char *shown = printed(&diags);
	ck_assert_ptr_nonnull(strstr(shown, "bad/1.bpf: error:"));
	ck_assert_ptr_nonnull(strstr(shown, "bad/3.bpf: error:"));
	free(shown);
	diags_done(&diags);
}
END_TEST

START_TEST(relative_to_a_base)
{
	struct text text = text_of("filter: two.bpf\n");
	struct span place = span_of(&text, 8, 7);
	struct source_opts opts = { .base = "stack/..", .place = &place };
	char absolute[64];
	struct source source;
	struct diags diags;

	diags_init(&diags);
	ck_assert_int_eq(source_load("two.bpf", &opts, &diags, &source), 0);
	ck_assert_str_eq(source.name, "two.bpf");
	ck_assert_str_eq(source.programs[0].path, "stack/../two.bpf");
	source_done(&source);
	snprintf(absolute, sizeof(absolute), "%s/abs.bpf", folder);
	ck_assert_int_eq(source_load(absolute, &opts, &diags, &source), 0);
	ck_assert_str_eq(source.programs[0].path, absolute);
	source_done(&source);
	ck_assert_int_lt(source_load("missing.bpf", &opts, &diags, &source), 0);
	char *shown = printed(&diags);
	ck_assert_str_eq(shown, "test:1:9: error: stack/../missing.bpf: No such file or directory\n"
				"    1 | filter: two.bpf\n      |         ^~~~~~~\n");
	free(shown);
	diags_done(&diags);
	text_done(&text);
}
END_TEST

START_TEST(inline_text)
{
	struct text text = text_of("ld nr\nret #ALLOW\n"), wrong = text_of("rte #ALLOW\n");
	struct source source;
	struct diags diags;

	diags_init(&diags);
	ck_assert_int_eq(source_load_text(SOURCE_ASM, &text, "notify", &diags, &source), 0);
	ck_assert_str_eq(source.name, "notify");
	ck_assert_uint_eq(source.n, 1);
	ck_assert_str_eq(source.programs[0].path, "notify");
	ck_assert_uint_eq(source.programs[0].len, 2);
	source_done(&source);
	ck_assert_int_lt(source_load_text(SOURCE_ASM, &wrong, "notify", &diags, &source), 0);
	ck_assert_int_lt(source_load_text(SOURCE_RAW, &text, "notify", &diags, &source), 0);
	ck_assert_uint_eq(diags.errors, 2);
	diags_done(&diags);
	text_done(&text);
	text_done(&wrong);
}
END_TEST

START_TEST(stacks)
{
	struct source_list list = { 0 };
	struct filter_stack stack;
	struct diags diags;

	diags_init(&diags);
	ck_assert_int_eq(source_list_add(&list, "one.bpf", &diags), 0);
	ck_assert_int_eq(source_list_add(&list, "stack", &diags), 0);
	ck_assert_int_eq(source_list_stack(&list, &diags, &stack), 0);
	ck_assert_uint_eq(stack.n, 4);
	ck_assert_str_eq(stack.names[0], "one.bpf");
	ck_assert_str_eq(stack.names[1], "stack[1]");
	ck_assert_str_eq(stack.names[3], "stack[3]");
	ck_assert_uint_eq(vd_stack_len(stack.stack), 4);
	ck_assert_str_eq(source_list_program(&list, 0)->path, "one.bpf");
	ck_assert_str_eq(source_list_program(&list, 3)->path, "stack/10.bpf");
	ck_assert_ptr_null(source_list_program(&list, 4));
	filter_stack_done(&stack);
	/* text is not refused until it is stacked */
	ck_assert_int_eq(source_list_add(&list, "asm:noname", &diags), 0);
	list.items[2].programs[0].insns[0].code = 0xffff;
	ck_assert_int_lt(source_list_stack(&list, &diags, &stack), 0);
	char *shown = printed(&diags);
	ck_assert_msg(!strncmp(shown,
			       "noname: error: the kernel refuses this program: EINVAL: instruction 0: ", 71),
		      "%s", shown);
	free(shown);
	source_list_done(&list);
	diags_done(&diags);
}
END_TEST

/* Each RET K is two of the kernel's 32,768: three programs of 4,096 fit, four do not. */
START_TEST(too_large_a_stack_is_refused)
{
	struct source_list list = { 0 };
	struct filter_stack stack;
	struct diags diags;
	FILE *out = fopen("large.bpf", "w");

	for (int i = 0; i < 4096; i++)
		fwrite(RET, 1, 8, out);
	fclose(out);
	diags_init(&diags);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(source_list_add(&list, "large.bpf", &diags), 0);
	ck_assert_int_eq(source_list_stack(&list, &diags, &stack), 0);
	filter_stack_done(&stack);
	ck_assert_int_eq(source_list_add(&list, "large.bpf", &diags), 0);
	ck_assert_int_lt(source_list_stack(&list, &diags, &stack), 0);
	char *shown = printed(&diags);
	ck_assert_ptr_nonnull(strstr(shown, "large.bpf: error: the kernel refuses this program: ENOMEM: "));
	free(shown);
	source_list_done(&list);
	diags_done(&diags);
}
END_TEST

static void leave(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void add(TCase *tc)
{
	tcase_add_unchecked_fixture(tc, enter, leave);
	tcase_add_loop_test(tc, loaded, 0, COUNT_OF(good));
	tcase_add_loop_test(tc, refused, 0, COUNT_OF(bad));
	tcase_add_test(tc, all_bad_files_of_a_folder_are_told);
	tcase_add_test(tc, relative_to_a_base);
	tcase_add_test(tc, inline_text);
	tcase_add_test(tc, stacks);
	tcase_add_test(tc, too_large_a_stack_is_refused);
}

int main(void)
{
	return run_suite("source", add);
}
