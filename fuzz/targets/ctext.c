/* SPDX-License-Identifier: MIT */
/* C texts with programs in them, for the ABI that the first byte chooses. */
#include "fuzz/support/support.h"
#include "loader/ctext/ctext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	struct text text = input_text(data + 1, size - 1);
	struct span all = span_of(&text, 0, 0);
	struct ctext_program *programs;
	struct diags diags;
	size_t n;

	diags_init(&diags);
	int r = ctext_read(&text, data[0] % VD_ABI_COUNT, &all, &diags, &programs, &n);
	if (r == 0) {
		EXPECT(n > 0, "no program, and nothing is said");
		for (size_t i = 0; i < n; i++)
			EXPECT(programs[i].len > 0, "a program without instructions");
		ctext_programs_done(programs, n);
	}
	expect_diags(&diags, r);
	text_done(&text);
	return 0;
}
