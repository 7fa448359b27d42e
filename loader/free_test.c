/* SPDX-License-Identifier: MIT */
/* Words that do not matter: names of masks, and what a stack reads. */
#include "loader/free.h"
#include "vm/testing.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	uint16_t words;
	const char *text, *json;
} names[] = {
	{ 0, "", "[]" },
	{ 0x0004, "ip.lo", "[\"ip.lo\"]" },
	{ 0x000c, "ip", "[\"ip\"]" },
	{ 0x0020, "arg0.hi", "[\"arg0.hi\"]" },
	{ 0x0010, "arg0.lo", "[\"arg0.lo\"]" },
	{ 0x00f0, "arg0, arg1", "[\"arg0\",\"arg1\"]" },
	{ 0x0ff0, "arg0 to arg3", "[\"arg0\",\"arg1\",\"arg2\",\"arg3\"]" },
	{ 0xffec, "arg0.hi, arg1 to arg5, ip",
	  "[\"arg0.hi\",\"arg1\",\"arg2\",\"arg3\",\"arg4\",\"arg5\",\"ip\"]" },
	{ 0xf3f0, "arg0 to arg2, arg4, arg5", "[\"arg0\",\"arg1\",\"arg2\",\"arg4\",\"arg5\"]" },
	{ 0x5554, "arg0.lo, arg1.lo, arg2.lo, arg3.lo, arg4.lo, arg5.lo, ip.lo",
	  "[\"arg0.lo\",\"arg1.lo\",\"arg2.lo\",\"arg3.lo\",\"arg4.lo\",\"arg5.lo\",\"ip.lo\"]" },
};

START_TEST(names_of_words)
{
	char text[FREE_TEXT_MAX], *json_text = NULL;
	struct json json;
	size_t len;

	free_format(names[_i].words, text, sizeof(text));
	ck_assert_str_eq(text, names[_i].text);
	FILE *out = open_memstream(&json_text, &len);
	json_init(&json, out, true);
	json_object(&json);
	free_json(&json, names[_i].words);
	json_end(&json, '}');
	fclose(out);
	char *at = strchr(json_text, '[');
	ck_assert_ptr_ne(at, NULL);
	char squeezed[256], *to = squeezed;
	for (; *at != '}'; at++)
		if (*at != ' ')
			*to++ = *at;
	*to = '\0';
	ck_assert_str_eq(squeezed, names[_i].json);
	free(json_text);
}
END_TEST

/* arg1's word at the lower offset is read where arg0's is 5. */
static const struct sock_filter insns[] = {
	{ 0x20, 0, 0, 16 },
	{ 0x15, 0, 1, 5 },
	{ 0x20, 0, 0, 24 },
	{ 6, 0, 0, 0x7fff0000 },
};

static const struct {
	bool big_endian;
	uint64_t arg0;
	uint16_t free;
} runs[] = {
	{ false, 4, 0xffec },
	{ false, 5, 0xffac },
	{ true, 5, 0xffdc },
	{ true, (uint64_t)5 << 32, 0xff5c },
};

START_TEST(words_that_are_read)
{
	struct seccomp_data data = { .args = { runs[_i].arg0 } };
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_prog_new(insns, COUNT_OF(insns), &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_stack_set_big_endian(stack, runs[_i].big_endian);
	ck_assert_uint_eq(free_words(stack, &data), runs[_i].free);
	vd_prog_free(prog);
	vd_stack_free(stack);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, names_of_words, 0, COUNT_OF(names));
	tcase_add_loop_test(tc, words_that_are_read, 0, COUNT_OF(runs));
}

int main(void)
{
	return run_suite("free", add);
}
