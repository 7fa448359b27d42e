/* SPDX-License-Identifier: MIT */
/* asm: assembler text, one program or several. */
#include "loader/asm/asm.h"
#include "loader/source/kinds.h"

#include <stdio.h>
#include <stdlib.h>

/* "policy.bpfasm", or "policy.bpfasm:01.bpf" for one of several. */
static int add(struct source *source, const struct text *text, struct asm_program *program, size_t i,
	       size_t n, struct diags *diags)
{
	char *path;
	int r = n == 1		? asprintf(&path, "%s", text->name)
		: program->name ? asprintf(&path, "%s:%s", text->name, program->name)
				: asprintf(&path, "%s:%zu", text->name, i + 1);

	if (r < 0)
		return source_error(diags, NULL, text->name, "out of memory");
	struct sock_filter *insns = program->insns;
	program->insns = NULL;
	r = source_add(source, path, insns, program->len, diags);
	free(path);
	if (r == 0) {
		source->programs[source->n - 1].name = program->name;
		program->name = NULL;
	}
	return r;
}

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
		r = add(source, text, &programs[i], i, n, diags);
	asm_programs_done(programs, n);
	return r;
}
