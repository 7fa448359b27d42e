/* SPDX-License-Identifier: MIT */
/* Stacks as a tree, names of folders, and how a call asks for a filter. */
#include "loader/capture/capture.h"
#include "loader/testing.h"

#include <linux/audit.h>
#include <linux/prctl.h>
#include <sys/types.h>
#include <unistd.h>

static const struct sock_filter a[] = { { 0x06, 0, 0, 0x7fff0000 } };
static const struct sock_filter b[] = { { 0x06, 0, 0, 0x00050001 } };
static const struct sock_filter ab[] = { { 0x06, 0, 0, 0x7fff0000 }, { 0x06, 0, 0, 0x00050001 } };

START_TEST(equal_stacks_are_one)
{
	struct stack_node root = { 0 };
	struct arena arena;

	arena_init(&arena);
	struct stack_node *one = stack_with(&arena, &root, a, 1), *two = stack_with(&arena, one, b, 1);
	ck_assert_ptr_eq(stack_with(&arena, &root, a, 1), one);
	ck_assert_ptr_eq(stack_with(&arena, one, b, 1), two);
	ck_assert_uint_eq(two->depth, 2);
	/* Another order, another length, and a program that was not read are other stacks. */
	ck_assert_ptr_ne(stack_with(&arena, &root, b, 1), two);
	ck_assert_ptr_ne(stack_with(&arena, &root, ab, 2), one);
	ck_assert_ptr_ne(stack_with(&arena, &root, NULL, 1), one);
	ck_assert_ptr_eq(stack_with(&arena, &root, NULL, 1), stack_with(&arena, &root, NULL, 1));
	ck_assert_ptr_eq(stack_with(&arena, stack_with(&arena, &root, b, 1), a, 1)->below,
			 stack_with(&arena, &root, b, 1));
	arena_done(&arena);
}
END_TEST

START_TEST(a_stack_is_cut_to_its_oldest)
{
	struct stack_node root = { 0 };
	struct arena arena;

	arena_init(&arena);
	struct stack_node *one = stack_with(&arena, &root, a, 1), *two = stack_with(&arena, one, b, 1);
	ck_assert_ptr_eq(stack_cut(two, 3), two);
	ck_assert_ptr_eq(stack_cut(two, 2), two);
	ck_assert_ptr_eq(stack_cut(two, 1), one);
	ck_assert_ptr_eq(stack_cut(two, 0), &root);
	ck_assert_ptr_eq(stack_cut(&root, 0), &root);
	ck_assert(stack_is(two, b, 1));
	ck_assert(!stack_is(two, a, 1));
	arena_done(&arena);
}
END_TEST

static const struct {
	const char *task, *folder;
} names[] = {
	{ "man", "man" },     { "sshd: [net]", "sshdnet" },   { "../../etc/x", "etcx" },
	{ "...", "" },	      { "a\tb\nc", "abc" },	      { "", "" },
	{ "-o", "-o" },	      { "kworker/0:1", "kworker01" }, { "\xc3\xa4pfel", "pfel" },
	{ "a.out", "a.out" },
};

START_TEST(folders_have_plain_names)
{
	char buf[16];

	capture_plain_name(names[_i].task, buf, sizeof(buf));
	ck_assert_str_eq(buf, names[_i].folder);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
	char buf[4];

	capture_plain_name("abcdef", buf, sizeof(buf));
	ck_assert_str_eq(buf, "abc");
}
END_TEST

#define FILTER_PLACE 1 /* stands for the address of a struct sock_fprog of ours */

static const struct {
	uint32_t arch;
	int abi;
	int nr;
	uint64_t args[3];
	int call; /* enum request_call, -1: none */
	uint64_t flags;
} calls[] = {
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, 317, { 1, 0, FILTER_PLACE }, REQUEST_SECCOMP, 0 },
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, 317, { 1, 3, FILTER_PLACE }, REQUEST_SECCOMP, 3 },
	/* The operation and the flags are 32 bits wide. */
	{ AUDIT_ARCH_X86_64,
	  VD_ABI_X86_64,
	  317,
	  { 0x700000001, 0x900000002, FILTER_PLACE },
	  REQUEST_SECCOMP,
	  2 },
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, 317, { 0, 0, 0 }, -1, 0 }, /* strict mode */
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, 317, { 2, 0, FILTER_PLACE }, -1, 0 },
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, 157, { PR_SET_SECCOMP, 2, FILTER_PLACE }, REQUEST_PRCTL, 0 },
	{ AUDIT_ARCH_X86_64,
	  VD_ABI_X86_64,
	  157,
	  { 0x100000000 | PR_SET_SECCOMP, 2, FILTER_PLACE },
	  REQUEST_PRCTL,
	  0 },
	/* The mode is a long. */
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, 157, { PR_SET_SECCOMP, 0x100000002, FILTER_PLACE }, -1, 0 },
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, 157, { PR_SET_SECCOMP, 1, 0 }, -1, 0 },
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, 157, { PR_GET_SECCOMP, 2, FILTER_PLACE }, -1, 0 },
	/* Each ABI has numbers of its own: these are waitpid-like others. */
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, 354, { 1, 0, FILTER_PLACE }, -1, 0 },
	{ AUDIT_ARCH_I386, VD_ABI_I386, 317, { 1, 0, FILTER_PLACE }, -1, 0 },
	{ AUDIT_ARCH_I386, VD_ABI_I386, 354, { 1, 1, 0 }, REQUEST_SECCOMP, 1 },
	{ AUDIT_ARCH_I386, VD_ABI_I386, 354, { 0xf00000001, 0xf00000001, 0 }, REQUEST_SECCOMP, 1 },
	{ AUDIT_ARCH_I386, VD_ABI_I386, 172, { PR_SET_SECCOMP, 0xf00000002, 0 }, REQUEST_PRCTL, 0 },
	{ AUDIT_ARCH_X86_64, VD_ABI_X32, 0x40000000 | 317, { 1, 0, 0 }, REQUEST_SECCOMP, 0 },
	{ AUDIT_ARCH_X86_64, VD_ABI_X86_64, -1, { 1, 0, 0 }, -1, 0 },
	{ 0x12345678, VD_ABI_NONE, 317, { 1, 0, 0 }, -1, 0 },
};

START_TEST(a_call_that_asks_for_a_filter)
{
	static struct request request;
	struct sock_filter insns[2] = { ab[0], ab[1] };
	struct sock_fprog prog = { .len = 2, .filter = insns };
	/* Our own memory is what is read. */
	struct tracee task = { .tid = getpid(), .tgid = getpid(), .in_call = true, .abi = calls[_i].abi };

	task.call.nr = calls[_i].nr;
	task.call.arch = calls[_i].arch;
	for (int i = 0; i < 3; i++)
		task.call.args[i] = calls[_i].args[i];
	if (task.call.args[2] == FILTER_PLACE)
		task.call.args[2] = (uint64_t)(uintptr_t)&prog;
	ck_assert_int_eq(request_of(&task, &request), calls[_i].call >= 0);
	if (calls[_i].call < 0)
		return;
	ck_assert_int_eq((int)request.call, calls[_i].call);
	ck_assert_uint_eq(request.flags, calls[_i].flags);
	ck_assert_int_eq(request.read, calls[_i].args[2] == FILTER_PLACE);
	ck_assert_uint_eq(request.len, request.read ? 2 : 0);
	if (request.read)
		ck_assert_mem_eq(request.insns, insns, sizeof(insns));
}
END_TEST

static const struct {
	uint64_t flags;
	int64_t result;
	bool granted;
} results[] = {
	{ 0, 0, true }, { 0, -22, false }, { 0, 1, false },   { 1, 0, true },	 { 1, 1234, false },
	{ 8, 3, true }, { 8, 0, true },	   { 8, -16, false }, { 0x19, 5, true }, { 0x11, -3, false },
};

START_TEST(what_a_result_means)
{
	struct request *request = calloc(1, sizeof(*request));

	request->flags = results[_i].flags;
	ck_assert_int_eq(request_granted(request, results[_i].result), results[_i].granted);
	free(request);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, equal_stacks_are_one);
	tcase_add_test(tc, a_stack_is_cut_to_its_oldest);
	tcase_add_loop_test(tc, folders_have_plain_names, 0, COUNT_OF(names));
	tcase_add_test(tc, a_long_name_is_cut);
	tcase_add_loop_test(tc, a_call_that_asks_for_a_filter, 0, COUNT_OF(calls));
	tcase_add_loop_test(tc, what_a_result_means, 0, COUNT_OF(results));
}

int main(void)
{
	return run_suite("capture", add);
}
