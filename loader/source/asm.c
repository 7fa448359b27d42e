/* SPDX-License-Identifier: MIT */
/* asm: assembler text, one program or several. */
#include "loader/asm/asm.h"
#include "loader/source/kinds.h"

int asm_load(struct source *source, const struct text *text, const struct source_options *options,
	     struct diags *diags)
{
	struct asm_program *programs;
	size_t n;
	int r = 0;

	if (!text->outer && raw_looks_binary(text)) {
		source_error(diags, NULL, text->name, "holds raw instructions, not text");
		diag_hint(diags, "write raw:%s", text->name);
		return -1;
	}
	if (asm_assemble(text, diags, &programs, &n) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = source_add_one(source, text, &programs[i].name, &programs[i].insns, programs[i].len, i, n,
				   diags);
	asm_programs_done(programs, n);
	return r;
}
