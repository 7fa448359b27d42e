/* SPDX-License-Identifier: MIT */
/* For the test suites of this folder only. */
#ifndef CASES_TESTING_H
#define CASES_TESTING_H

#include "cases/set.h"
#include "loader/testing.h"
#include "loader/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A snippet of YAML as a node, and what was diagnosed about it and after. */
struct snippet {
	struct doc *doc;
	struct diags diags;
	struct arena arena;
};

static inline const struct node *snippet_open(struct snippet *snippet, const char *text)
{
	*snippet = (struct snippet){ 0 };
	diags_init(&snippet->diags);
	arena_init(&snippet->arena);
	ck_assert_int_eq(doc_from_text("t", text, strlen(text), &snippet->diags, &snippet->doc), 0);
	return snippet->doc->root;
}

/* Nothing was diagnosed, or (expect not NULL) something with this text. */
static inline void snippet_check(const struct snippet *snippet, const char *of, const char *expect)
{
	char *text = printed(&snippet->diags);

	if (expect)
		ck_assert_msg(strstr(text, expect) != NULL, "%s: '%s' is not in:\n%s", of, expect, text);
	else
		ck_assert_msg(!*text, "%s: %s", of, text);
	free(text);
}

static inline void snippet_close(struct snippet *snippet)
{
	diags_done(&snippet->diags);
	arena_done(&snippet->arena);
	doc_free(snippet->doc);
}

/* "0-3 5 7-ff", hexadecimal. */
static inline char *set_text(const struct set *set, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < set->n && at < size; i++) {
		at += (size_t)snprintf(buf + at, size - at, "%s%llx", i ? " " : "",
				       (unsigned long long)set->items[i].lo);
		if (set->items[i].hi != set->items[i].lo && at < size)
			at += (size_t)snprintf(buf + at, size - at, "-%llx",
					       (unsigned long long)set->items[i].hi);
	}
	return buf;
}

#endif
