/* SPDX-License-Identifier: MIT */
/* Answers of `verdict notify`, one rule a line. */
#include "fuzz/support/support.h"
#include "loader/supervise/answer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size);
	struct answer_rules rules = { 0 };
	struct diags diags;
	struct span line;
	size_t at = 0;
	int r = 0;

	diags_init(&diags);
	while (rules.n < 64 && next_line(&text, &at, &line)) {
		char *copy = strndup(text.data + line.off, line.len);
		EXPECT(copy != NULL, "no memory");
		if (answer_add(&rules, copy, &diags) < 0)
			r = -1;
		free(copy);
	}
	struct seccomp_data call = { .nr = (int)size, .arch = 0xc000003e };
	const struct answer_rule *rule = answer_for(&rules, &call);
	EXPECT(!rule || (rule >= rules.items && rule < rules.items + rules.n), "a rule that is none of them");
	answer_done(&rules);
	expect_diags(&diags, r);
	text_done(&text);
	return 0;
}
