/* SPDX-License-Identifier: MIT */
/* What Check suites share, above all their main(). */
#ifndef VM_TESTING_H
#define VM_TESTING_H

#include "vm/verdict.h"

#include <check.h>
#include <stdlib.h>

/* Runs one suite of one test case; the exit status of main(). */
static inline int run_suite(const char *name, void (*add)(TCase *tc))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, getenv("CHECK_LONG") ? 1800 : 120);
	add(tc);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

/* A program that the kernel takes, on top of a stack, which has its own copy. */
static inline void push_prog(struct vd_stack *stack, const struct sock_filter *insns, size_t len)
{
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
}

/* A stack of one program that the kernel takes. */
static inline struct vd_stack *stack_of_one(const struct sock_filter *insns, size_t len)
{
	struct vd_stack *stack;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	push_prog(stack, insns, len);
	return stack;
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
