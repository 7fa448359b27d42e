/* SPDX-License-Identifier: MIT */
/* arch, syscall and values: what a case's words mean as sets. */
#include "cases/calls.h"
#include "cases/testing.h"
#include "cases/values.h"

/* "ABI words/space/bits" of each part. */
static const struct {
	const char *arch, *order, *parts, *error;
} archs[] = {
	{ NULL, NULL, "x86_64 c000003e l64; ", NULL },
	{ "i386", NULL, "i386 40000003 l64; ", NULL },
	{ "x32", NULL, "x32 c000003e l64; ", NULL },
	{ "arm", NULL, "arm 40000028 l32; ", NULL },
	{ "s390x", NULL, "s390x 80000016 b64; ", NULL },
	{ "[i386, [x86_64, i386], amd64]", NULL, "x86_64 c000003e l64; i386 40000003 l64; ", NULL },
	{ "0xc000003e", NULL, "- c000003e l64; ", NULL },
	{ "0x40000028", NULL, "- 40000028 l32; ", NULL },
	{ "0x80000016", NULL, "- 80000016 b64; ", NULL },
	{ "0x80000016", "little", "- 80000016 b64; ", NULL },
	{ "0x12345678", NULL, "- 12345678 b64; ", NULL },
	{ "0x52345678", NULL, "- 52345678 l64; ", NULL },
	{ "0x52345678", "big", "- 52345678 b64; ", NULL },
	{ "0x12345678", "little", "- 12345678 l64; ", NULL },
	{ "-1", NULL, "- ffffffff l64; ", NULL },
	{ "any", NULL, "- 40000000-7fffffff c0000000-ffffffff l64; - 0-3fffffff 80000000-bfffffff b64; ",
	  NULL },
	{ "any", "big", "- 0-ffffffff b64; ", NULL },
	{ "{not: [any]}", NULL, NULL, "no arch is left" },
	{ "{not: [0..5]}", NULL, NULL, "'0..5' is not a number" },
	{ "x86-46", NULL, NULL, "unknown ABI" },
	{ "[]", NULL, NULL, "no arch is left" },
	{ "x86_64", "middle", NULL, "byte_order is 'big' or 'little'" },
};

static char *parts_text(const struct archs *all, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < all->n; i++) {
		const struct arch_part *part = &all->parts[i];
		char words[256];
		at += (size_t)snprintf(buf + at, size - at, "%s %s %c%d; ",
				       part->abi == VD_ABI_NONE ? "-" : vd_abi_info(part->abi)->name,
				       set_text(&part->words, words, sizeof(words)),
				       part->big_endian ? 'b' : 'l', part->reg_bits);
	}
	return buf;
}

START_TEST(test_archs)
{
	struct snippet snippet, order;
	const struct node *node = snippet_open(&snippet, archs[_i].arch ? archs[_i].arch : "none");
	const struct node *order_node = snippet_open(&order, archs[_i].order ? archs[_i].order : "none");
	struct archs read = { 0 };
	char text[512];

	int r = archs_read(archs[_i].arch ? node : NULL, archs[_i].order ? order_node : NULL, &snippet.arena,
			   &snippet.diags, &read);
	snippet_check(&snippet, archs[_i].arch, archs[_i].error);
	ck_assert_int_eq(r, archs[_i].error ? -1 : 0);
	if (!r)
		ck_assert_str_eq(parts_text(&read, text, sizeof(text)), archs[_i].parts);
	snippet_close(&snippet);
	snippet_close(&order);
}
END_TEST

/* `not` and its complement share no record, and together they are all. */
START_TEST(test_not_is_the_rest)
{
	static const char *const lists[] = { "[x86_64]",     "[x32]", "[x86_64, x32]",	      "[i386, s390x]",
					     "[0xc000003e]", "all",   "[i386, 0, 0xffffffff]" };
	static const uint32_t words[] = { 0xc000003e, 0x40000003, 0x80000016, 0, 1, 0xffffffff, 0x12345678 };
	static const uint32_t numbers[] = { 0, 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xffffffff };
	struct archs sides[2];
	struct snippet snippets[2];
	char negated[64];

	snprintf(negated, sizeof(negated), "{not: %s}", lists[_i]);
	for (int side = 0; side < 2; side++) {
		const struct node *node = snippet_open(&snippets[side], side ? negated : lists[_i]);
		ck_assert_int_eq(archs_read(node, NULL, &snippets[side].arena, &snippets[side].diags,
					    &sides[side]),
				 0);
	}
	for (size_t w = 0; w < COUNT_OF(words); w++) {
		for (size_t n = 0; n < COUNT_OF(numbers); n++) {
			int in = 0;
			for (int side = 0; side < 2; side++) {
				bool has = false;
				for (size_t i = 0; i < sides[side].n; i++)
					has |= set_contains(&sides[side].parts[i].words, words[w]) &&
					       set_contains(&sides[side].parts[i].space, numbers[n]);
				in += has;
			}
			ck_assert_int_eq(in, 1);
		}
	}
	snippet_close(&snippets[0]);
	snippet_close(&snippets[1]);
}
END_TEST

static const struct {
	const char *arch, *call;
	const char *sets; /* of each part, joined by "; " */
	const char *error;
} calls[] = {
	{ "x86_64", "mkdir", "53", NULL },
	{ "x86_64", "83", "53", NULL },
	{ "x86_64", "0x53", "53", NULL },
	{ "x86_64", "[read, 1, [2, close]]", "0-3", NULL },
	{ "x86_64", "-1", "ffffffff", NULL },
	{ "x86_64", "4294967295", "ffffffff", NULL },
	{ "x86_64", "4294967296", NULL, "does not fit 32 bits" },
	{ "x86_64", "-2147483648", "80000000", NULL },
	{ "x86_64", "-2147483649", NULL, "does not fit 32 bits" },
	{ "x86_64", "any", "0-3fffffff 80000000-ffffffff", NULL },
	{ "x86_64", "0x3fffffff", "3fffffff", NULL },
	{ "x86_64", "0x40000000", NULL, "it is x32's: write 'arch: x32' and 'syscall: 0'" },
	{ "x86_64", "0x7fffffff", NULL, "it is x32's" },
	{ "x86_64", "0x80000000", "80000000", NULL },
	{ "x86_64", "0x3ffffffe..0x80000001", "3ffffffe-3fffffff 80000000-80000001", NULL },
	{ "x86_64", "0x40000000..0x7fffffff", NULL, "no system call is left" },
	{ "x32", "read", "40000000", NULL },
	{ "x32", "0", "40000000", NULL },
	{ "x32", "execve", "40000208", NULL },
	{ "x32", "any", "40000000-7fffffff", NULL },
	{ "x32", "0x3fffffff", "7fffffff", NULL },
	{ "x32", "0x40000000", NULL, "written without the bit" },
	{ "x32", "-1", NULL, "this one is x86_64's" },
	{ "x32", "470..600", "400001d6-40000258", NULL },
	{ "i386", "socket", "167", NULL },
	{ "i386", "any", "0-ffffffff", NULL },
	{ "x86_64", "{not: [read, 2..0xffffffff]}", "1", NULL },
	{ "x32", "{not: any}", NULL, "no system call is left" },
	{ "x32", "{not: [1..0x3fffffff]}", "40000000", NULL },
	{ "[x86_64, i386]", "[mount, umount?, umount2]", "a5-a6; 15-16 34", NULL },
	{ "[x86_64, i386]", "[mount, umount]", NULL, "x86_64 has no system call 'umount', another ABI" },
	{ "[x86_64, i386]", "umount?", "; 16", NULL },
	{ "[x86_64, x32]", "umount?", NULL, "x86_64 has no system call 'umount'" },
	{ "x86_64", "nosuch?", NULL, "unknown system call 'nosuch'" },
	{ "any", "5", "5; 5", NULL },
	{ "any", "read", NULL, "names only where 'arch' names ABIs" },
	{ "0xc000003e", "0x40000001", "40000001", NULL },
	{ "x86_64", "010", NULL, "may be octal" },
	{ "x86_64", "yes", NULL, "'yes' is a YAML boolean" },
	{ "x86_64", "'yes'", NULL, "unknown system call 'yes'" },
	{ "x86_64", "600..470", NULL, "this range is empty" },
	{ "x86_64", "600..600", "258", NULL },
	{ "x86_64", "-5..-1", "fffffffb-ffffffff", NULL },
	{ "x86_64", "[]", NULL, "no system call is left" },
	{ "x86_64", "", NULL, NULL },
};

START_TEST(test_calls)
{
	struct snippet arch, call;
	const struct node *arch_node = snippet_open(&arch, calls[_i].arch);
	bool given = *calls[_i].call;
	const struct node *node = snippet_open(&call, given ? calls[_i].call : "none");
	struct set sets[VD_ABI_COUNT];
	char text[512] = "", one[256];
	struct archs read;

	ck_assert_int_eq(archs_read(arch_node, NULL, &call.arena, &call.diags, &read), 0);
	int r = calls_read(given ? node : NULL, &read, &call.arena, &call.diags, sets);
	snippet_check(&call, calls[_i].call, calls[_i].error);
	ck_assert_int_eq(r, calls[_i].error ? -1 : 0);
	for (size_t i = 0; !r && given && i < read.n; i++) {
		strcat(text, i ? "; " : "");
		strcat(text, set_text(&sets[i], one, sizeof(one)));
	}
	if (!r && given)
		ck_assert_str_eq(text, calls[_i].sets);
	snippet_close(&arch);
	snippet_close(&call);
}
END_TEST

static const struct {
	const char *arch, *value, *wide, *narrow, *error;
} values[] = {
	{ "x86_64", "5", "5", "", NULL },
	{ "[x86_64, arm]", "5", "5", "5", NULL },
	{ "[x86_64, arm]", "-1", "ffffffffffffffff", "ffffffff", NULL },
	{ "[x86_64, arm]", "any", "0-ffffffffffffffff", "0-ffffffff", NULL },
	{ "i386", "any", "0-ffffffffffffffff", "0-ffffffff", NULL },
	{ "x86_64", "0xffffffffffffffff", "ffffffffffffffff", "", NULL },
	{ "x86_64", "0x10000000000000000", NULL, NULL, "does not fit 64 bits" },
	{ "x86_64", "-9223372036854775808", "8000000000000000", "", NULL },
	{ "x86_64", "-9223372036854775809", NULL, NULL, "does not fit 64 bits" },
	{ "arm", "0xffffffff", "ffffffff", "ffffffff", NULL },
	{ "arm", "0x100000000", NULL, NULL, "does not fit the registers of 32 bits" },
	{ "arm", "-2147483648", "ffffffff80000000", "80000000", NULL },
	{ "arm", "-2147483649", NULL, NULL, "does not fit the registers of 32 bits" },
	{ "x86_64", "AT_FDCWD", "ffffffffffffff9c", "", NULL },
	{ "x86_64", "O_RDWR|O_CREAT", "42", "", NULL },
	{ "aarch64", "O_DIRECTORY", NULL, NULL, "another value on other architectures" },
	{ "i386", "O_DIRECTORY", "10000", "", NULL },
	{ "x86_64", "[1, [2, 3], 5]", "1-3 5", "", NULL },
	{ "x86_64", "0..4095", "0-fff", "", NULL },
	{ "x86_64", "[0..1, 2]", "0-2", "", NULL },
	{ "x86_64", "0..-1", "0-ffffffffffffffff", "", NULL },
	{ "arm", "0..-1", "0-ffffffffffffffff", "0-ffffffff", NULL },
	{ "x86_64", "-1..0", NULL, NULL, "write two ranges: -1..-1 and 0..0" },
	{ "x86_64", "2..1", NULL, NULL, "write 1..2" },
	{ "x86_64", "0o17", "f", "", NULL },
	{ "x86_64", "017", NULL, NULL, "may be octal" },
	{ "x86_64", "true", NULL, NULL, "is a YAML boolean" },
	{ "x86_64", "~", NULL, NULL, "a number is missing" },
	{ "x86_64", "[]", NULL, NULL, "no value is left" },
	{ "x86_64", "{a: 1}", NULL, NULL, "this is a mapping" },
};

START_TEST(test_values)
{
	struct snippet arch, value;
	const struct node *arch_node = snippet_open(&arch, values[_i].arch);
	const struct node *node = snippet_open(&value, values[_i].value);
	struct values read;
	struct archs parts;
	char text[256];

	ck_assert_int_eq(archs_read(arch_node, NULL, &value.arena, &value.diags, &parts), 0);
	int r = values_read(node, &parts, &value.arena, &value.diags, &read);
	snippet_check(&value, values[_i].value, values[_i].error);
	ck_assert_int_eq(r, values[_i].error ? -1 : 0);
	if (!r) {
		ck_assert_str_eq(set_text(&read.wide, text, sizeof(text)), values[_i].wide);
		ck_assert_str_eq(set_text(&read.narrow, text, sizeof(text)), values[_i].narrow);
	}
	snippet_close(&arch);
	snippet_close(&value);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_archs, 0, COUNT_OF(archs));
	tcase_add_loop_test(tc, test_not_is_the_rest, 0, 7);
	tcase_add_loop_test(tc, test_calls, 0, COUNT_OF(calls));
	tcase_add_loop_test(tc, test_values, 0, COUNT_OF(values));
}

int main(void)
{
	return run_suite("calls", add);
}
