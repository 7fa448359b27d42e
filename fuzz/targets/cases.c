/* SPDX-License-Identifier: MIT */
/*
 * Case files with what they include and the filters they name (see
 * support/files.h). Records that claims are decided with are of the claim's sets.
 */
#include "cases/broken.h"
#include "cases/file.h"
#include "fuzz/support/files.h"
#include "fuzz/support/support.h"

#include <stdlib.h>

static bool every(const struct box *box)
{
	return box != NULL;
}

static bool is_of(const struct claim *claim, const struct seccomp_data *data)
{
	for (size_t i = 0; i < claim->n; i++)
		if (box_contains(&claim->boxes[i], data))
			return true;
	return false;
}

static void look_at(const struct test_case *test)
{
	struct claim_records records = { 0 };

	if (test->scenario || test->installs || !test->claim.stack)
		return;
	claim_collect(&test->claim, 16, every, &records);
	for (size_t i = 0; i < records.n; i++)
		EXPECT(is_of(&test->claim, &records.items[i]), "a record of no set of the claim");
	free(records.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "input" };
	struct case_files cases;
	size_t n = 0;

	files_set(data, size);
	case_files_read(&cases, paths, 1, 1);
	for (size_t i = 0; i < cases.n; i++) {
		struct case_file *file = cases.files[i];
		EXPECT(!file->invalid || file->diags.errors, "%s is refused without a reason", file->path);
		for (size_t j = 0; !file->invalid && j < file->n && n < 16; j++, n++)
			look_at(&file->cases[j]);
		expect_diags(&file->diags, file->invalid ? -1 : 0);
	}
	case_files_done(&cases);
	files_done();
	return 0;
}
