/* SPDX-License-Identifier: MIT */
#include "loader/summary.h"
#include "loader/testing.h"
#include "loader/trace.h"

static struct sock_filter old[] = {
	{ 0x20, 0, 0, 4 },  { 0x15, 0, 3, 0xc000003e }, { 0x20, 0, 0, 0 },
	{ 0x15, 0, 1, 83 }, { 0x06, 0, 0, 0x00051388 }, { 0x06, 0, 0, 0x7fff0000 },
};
static struct sock_filter new[] = { { 0x01, 0, 0, 7 }, { 0x87, 0, 0, 0 }, { 0x06, 0, 0, 0x7fff0000 } };

static struct vd_stack *two_filters(void)
{
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_prog_new(old, 6, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
	ck_assert_int_eq(vd_prog_new(new, 3, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
	return stack;
}

static const char *const names[] = { "a", "b" };

static const struct {
	struct trace_opts opts;
	const char *text;
} traces[] = {
	{ { .names = names, .indent = "", .only = -1 },
	  "filter 2 of 2, b\n"
	  "     0  A=0x00000000 X=0x00000000  ldx #7\n"
	  "     1  A=0x00000000 X=0x00000007  txa\n"
	  "     2  A=0x00000007 X=0x00000007  ret #ALLOW\n"
	  "        returns ALLOW\n"
	  "filter 1 of 2, a\n"
	  "     0  A=0x00000000  ld arch  ; x86_64\n"
	  "     1  A=0xc000003e  jne #x86_64, L5\n"
	  "     2  A=0xc000003e  ld nr  ; mkdir\n"
	  "     3  A=0x00000053  jne #x86_64.mkdir, L5\n"
	  "     4  A=0x00000053  ret #ERRNO(5000)\n"
	  "        returns ERRNO(5000) (for the kernel ERRNO(4095))\n" },
	{ { .indent = "> ", .only = 0, .last = 2 },
	  "> filter 1 of 2\n"
	  ">         3 instructions before these\n"
	  ">      3  A=0x00000053  jne #x86_64.mkdir, L5\n"
	  ">      4  A=0x00000053  ret #ERRNO(5000)\n"
	  ">         returns ERRNO(5000) (for the kernel ERRNO(4095))\n" },
};

START_TEST(trace)
{
	struct seccomp_data data = { .nr = 83, .arch = 0xc000003e };
	struct vd_stack *stack = two_filters();
	char buf[2048] = "";
	FILE *out = fmemopen(buf, sizeof(buf), "w");

	trace_print(out, stack, &data, &traces[_i].opts);
	fclose(out);
	ck_assert_str_eq(buf, traces[_i].text);
	vd_stack_free(stack);
}
END_TEST

START_TEST(empty_stack_has_no_trace)
{
	struct seccomp_data data = { 0 };
	struct vd_stack *stack;
	char buf[64] = "";
	FILE *out = fmemopen(buf, sizeof(buf), "w");
	const struct trace_opts opts = { .indent = "", .only = -1 };

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	trace_print(out, stack, &data, &opts);
	fclose(out);
	ck_assert_str_eq(buf, "");
	vd_stack_free(stack);
}
END_TEST

static const struct {
	uint32_t ret;
	const char *text;
} verdicts[] = {
	{ 0x7fff0000, "ALLOW" },
	{ 0x00050001, "ERRNO(EPERM)" },
	{ 0x00050fff, "ERRNO(4095)" },
	{ 0x00051000, "ERRNO(4096) (for the kernel ERRNO(4095))" },
	{ 0x7fff0001, "ALLOW(1) (for the kernel ALLOW)" },
	{ 0x00010000, "0x00010000 (for the kernel KILL_PROCESS)" },
};

START_TEST(verdict_text)
{
	char buf[96];

	verdict_format(verdicts[_i].ret, buf, sizeof(buf));
	ck_assert_str_eq(buf, verdicts[_i].text);
}
END_TEST

START_TEST(summary)
{
	struct summary *s = calloc(1, sizeof(*s));
	char buf[256] = "";
	FILE *out = fmemopen(buf, sizeof(buf), "w");

	for (int i = 0; i < 5; i++)
		summary_add(s, 0x7fff0000);
	summary_add(s, 0x00050001);
	summary_add(s, 0);
	summary_print(s, out);
	fclose(out);
	ck_assert_str_eq(buf, "         5  ALLOW\n         1  KILL_THREAD\n         1  ERRNO(EPERM)\n        "
			      " 7  records\n");
	free(s);
}
END_TEST

/* RET A can return anything: what does not fit the table is counted together. */
START_TEST(summary_of_too_many_values)
{
	struct summary *s = calloc(1, sizeof(*s));
	char *buf = calloc(1, 1 << 20);
	FILE *out = fmemopen(buf, 1 << 20, "w");

	for (uint32_t i = 0; i < SUMMARY_MAX + 10; i++)
		summary_add(s, 0x7ff00000 + i);
	summary_add(s, 0x7ff00000);
	ck_assert_uint_eq(s->distinct, SUMMARY_MAX);
	ck_assert_uint_eq(s->others, 10);
	summary_print(s, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(buf, "         2  TRACE(0)\n"));
	ck_assert_ptr_nonnull(strstr(buf, "        10  other values\n      4107  records\n"));
	free(buf);
	free(s);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, trace, 0, COUNT_OF(traces));
	tcase_add_test(tc, empty_stack_has_no_trace);
	tcase_add_loop_test(tc, verdict_text, 0, COUNT_OF(verdicts));
	tcase_add_test(tc, summary);
	tcase_add_test(tc, summary_of_too_many_values);
}

int main(void)
{
	return run_suite("trace", add);
}
