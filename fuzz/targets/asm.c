/* SPDX-License-Identifier: MIT */
/* Assembler text; what is assembled is disassembled to text that assembles to the same. */
#include "fuzz/support/support.h"
#include "loader/asm/asm.h"
#include "loader/source/listing.h"

#include <stdlib.h>
#include <string.h>

static void and_back(const struct asm_program *program)
{
	char name[] = "listing";
	struct program written = { .path = name, .insns = program->insns, .len = program->len };
	struct listing_opts opts = { .format = LISTING_ASM };
	struct asm_program *programs;
	struct text text = { .name = name, .exact = true };
	struct diags diags;
	size_t n;

	FILE *out = open_memstream(&text.data, &text.len);
	diags_init(&diags);
	EXPECT(out && listing_write(out, &written, &opts, &diags) == 0, "a program is not written");
	fclose(out);
	EXPECT(asm_assemble(&text, &diags, &programs, &n) == 0, "a listing is refused:\n%s", text.data);
	EXPECT(n == 1 && programs[0].len == program->len &&
		       !memcmp(programs[0].insns, program->insns, program->len * sizeof(*program->insns)),
	       "a listing is another program:\n%s", text.data);
	asm_programs_done(programs, n);
	diags_done(&diags);
	free(text.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size);
	struct asm_program *programs;
	struct diags diags;
	size_t n;

	diags_init(&diags);
	asm_plausible(&text);
	int r = asm_assemble(&text, &diags, &programs, &n);
	if (r == 0) {
		for (size_t i = 0; i < n && i < 4; i++)
			and_back(&programs[i]);
		asm_programs_done(programs, n);
	}
	expect_diags(&diags, r);
	text_done(&text);
	return 0;
}
