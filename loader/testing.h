/* SPDX-License-Identifier: MIT */
/* What the Check suites of loader/ share. */
#ifndef LOADER_TESTING_H
#define LOADER_TESTING_H

#include "loader/diag.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline struct text text_of(const char *content)
{
	struct text text;

	ck_assert_int_eq(text_from("test", content, strlen(content), &text), 0);
	return text;
}

/* All diagnostics as they are printed; the caller's to free. */
static inline char *printed(const struct diags *diags)
{
	FILE *out = tmpfile();
	char *text;
	long size;

	diags_print(diags, out, false);
	size = ftell(out);
	rewind(out);
	text = calloc((size_t)size + 1, 1);
	ck_assert_uint_eq(fread(text, 1, (size_t)size, out), (size_t)size);
	fclose(out);
	return text;
}

/* A small generator (xorshift): tests are the same everywhere. */
static inline uint32_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

#endif
