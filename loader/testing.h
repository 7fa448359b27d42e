/* SPDX-License-Identifier: MIT */
/* What the Check suites of loader/ share. */
#ifndef LOADER_TESTING_H
#define LOADER_TESTING_H

#include "loader/diag.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Fixtures: a folder of the suite's own, in which it works; one at a time. */
static char test_folder[] = "/tmp/test-XXXXXX";

static inline void enter_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(test_folder));
	ck_assert_int_eq(chdir(test_folder), 0);
}

static inline void leave_folder(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", test_folder);
	ck_assert_int_eq(system(command), 0);
	memcpy(test_folder + sizeof(test_folder) - 7, "XXXXXX", 6);
}

/* The high half: as good a number as any. */
static inline uint32_t next_random(struct vd_random *random)
{
	return (uint32_t)(vd_random_next(random) >> 32);
}

/* A text with one to five places changed to one of these bytes, or cut out. */
static inline void mutate(char *text, size_t *len, const char *bytes, struct vd_random *random)
{
	for (uint32_t edits = 1 + next_random(random) % 5; edits; edits--) {
		size_t at = next_random(random) % *len, cut = next_random(random) % 30;

		if (next_random(random) % 4 == 0 && at + cut < *len) {
			memmove(text + at, text + at + cut, *len - at - cut);
			*len -= cut;
		} else {
			text[at] = bytes[next_random(random) % strlen(bytes)];
		}
	}
}

#endif
