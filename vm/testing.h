/* SPDX-License-Identifier: MIT */
/* What every Check suite's main() does. */
#ifndef VM_TESTING_H
#define VM_TESTING_H

#include <check.h>

/* Runs one suite of one test case; the exit status of main(). */
static inline int run_suite(const char *name, void (*add)(TCase *tc))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	add(tc);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
