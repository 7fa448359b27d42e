/* SPDX-License-Identifier: MIT */
/* raw: bytes as a program; then what check, disasm and the machine make of it. */
#include "fuzz/support/files.h"
#include "fuzz/support/support.h"
#include "loader/source/source.h"

#include <stdlib.h>

static void look_at(const struct program *program)
{
	struct vd_error first, errors[4];
	struct vd_prog *prog;
	char text[256];
	size_t n = vd_check(program->insns, program->len, errors, 4);
	int r = vd_prog_new(program->insns, program->len, &prog, &first);

	EXPECT((r == 0) == (n == 0), "%zu violations, and vd_prog_new() gives %d", n, r);
	for (size_t i = 0; i < n && i < 4; i++) {
		EXPECT(vd_error_format(&errors[i], text, sizeof(text)) > 0, "an error without a text");
		EXPECT(errors[i].pc < (int)program->len, "an error of instruction %d", errors[i].pc);
	}
	if (r < 0) {
		EXPECT(first.code == errors[0].code && first.pc == errors[0].pc, "another error comes first");
		return;
	}
	EXPECT(vd_prog_converted_len(prog) >= program->len, "converted to fewer instructions");
	vd_prog_free(prog);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source;
	struct diags diags;

	diags_init(&diags);
	files_set(data, size);
	int r = source_load("raw:input", NULL, &diags, &source);
	if (r == 0) {
		for (size_t i = 0; i < source.n; i++)
			look_at(&source.programs[i]);
		source_done(&source);
	}
	expect_diags(&diags, r);
	files_done();
	return 0;
}
