/* SPDX-License-Identifier: MIT */
/* Files that switch rules of `verdict lint` off. */
#include "loader/lint/off.h"
#include "fuzz/support/files.h"
#include "fuzz/support/support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t rules = UINT32_MAX;
	struct diags diags;

	diags_init(&diags);
	files_set(data, size);
	int r = lint_off("input", &diags, &rules);
	expect_diags(&diags, r);
	files_done();
	return 0;
}
