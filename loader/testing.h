/* SPDX-License-Identifier: MIT */
/* What the Check suites of loader/ share. */
#ifndef LOADER_TESTING_H
#define LOADER_TESTING_H

#include "loader/diag.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <stdlib.h>
#include <string.h>

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

/* The high half: as good a number as any. */
static inline uint32_t next_random(struct vd_random *random)
{
	return (uint32_t)(vd_random_next(random) >> 32);
}

#endif
