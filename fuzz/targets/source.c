/* SPDX-License-Identifier: MIT */
/*
 * [KIND[,OPTIONS]:]VALUE: the first line is a source as on a command line, the
 * rest the files that it may name ("input" is the first).
 */
#include "fuzz/support/files.h"
#include "fuzz/support/support.h"
#include "loader/source/source.h"

#include <string.h>

#define SPEC_MAX 200

static int load(const char *spec, struct diags *diags)
{
	struct source_list list = { 0 };
	struct filter_stack stack;
	int r = source_list_add(&list, spec, diags);

	if (r == 0 && source_list_stack(&list, diags, &stack) == 0) {
		EXPECT(vd_stack_len(stack.stack) == stack.n, "%zu names for %zu filters", stack.n,
		       vd_stack_len(stack.stack));
		filter_stack_done(&stack);
	} else {
		r = -1;
	}
	source_list_done(&list);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nl = memchr(data, '\n', size);
	size_t len = nl ? (size_t)(nl - data) : size;
	struct diags diags;
	char spec[SPEC_MAX];

	if (len >= sizeof(spec) || memchr(data, '\0', len))
		return 0;
	memcpy(spec, data, len);
	spec[len] = '\0';
	if (!strcmp(spec, "-"))
		return 0; /* stdin is the engine's */
	diags_init(&diags);
	files_set(data + len + (nl != NULL), size - len - (nl != NULL));
	int r = load(spec, &diags);
	expect_diags(&diags, r);
	files_done();
	return 0;
}
