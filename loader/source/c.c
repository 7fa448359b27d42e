/* SPDX-License-Identifier: MIT */
/* c: C text that holds initialisers; each array is a program. */
#include "loader/ctext/ctext.h"
#include "loader/expr.h"
#include "loader/source/kinds.h"

enum { OPTION_ARCH, OPTION_ARRAY };

const struct source_option_spec c_options[] = {
	[OPTION_ARCH] = { "arch", SOURCE_WORD },
	[OPTION_ARRAY] = { "array", SOURCE_WORD },
	{ 0 },
};

static int read_arch(const struct source_options *options, struct diags *diags, int *ret_abi)
{
	const struct source_option *arch = &options->items[OPTION_ARCH];
	uint32_t word;

	if (!arch->given)
		return 0;
	if (expr_arch(&arch->words[0], diags, ret_abi, &word) < 0)
		return -1;
	if (*ret_abi != VD_ABI_NONE)
		return 0;
	diag_error(diags, &arch->words[0], "the name of an ABI is meant here, not a number");
	return -1;
}

int c_load(struct source *source, const struct text *text, const struct source_options *options,
	   struct diags *diags)
{
	struct span none = span_of(text, 0, 0), name = none;
	struct ctext_program *programs;
	int abi = VD_ABI_X86_64, r = 0;
	size_t n;

	if (options && read_arch(options, diags, &abi) < 0)
		return -1;
	if (options && options->items[OPTION_ARRAY].given)
		name = options->items[OPTION_ARRAY].words[0];
	if (ctext_read(text, abi, &name, diags, &programs, &n) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = source_add_one(source, text, &programs[i].name, &programs[i].insns, programs[i].len, i, n,
				   diags);
	ctext_programs_done(programs, n);
	return r;
}
