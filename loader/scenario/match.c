/* SPDX-License-Identifier: MIT */
/* Calls that a supervisor or a tracer sees, and what they are meant to be. */
#include "loader/scenario/run.h"

#include <stdlib.h>
#include <string.h>

static bool is_text(struct sc_run *run, const struct sc_arg *arg, uint64_t address, sc_read_fn read)
{
	size_t len;
	char *text = target_expand(arg->text, arg->len, run->tmp, &len), *there = malloc(len + 1);

	if (!there)
		out_of_memory();
	bool same = read(run, address, there, len + 1) == len + 1 && !memcmp(text, there, len + 1);

	free(there);
	free(text);
	return same;
}

static bool is_value(struct sc_run *run, const struct sc_arg *arg, uint64_t seen, unsigned bits,
		     sc_read_fn read)
{
	uint64_t mask = bits < 64 ? (UINT64_C(1) << bits) - 1 : ~UINT64_C(0), value;

	switch (arg->kind) {
	case SC_ANY:
	case SC_BUFFER:
		return true;
	case SC_STRING:
		return is_text(run, arg, seen & mask, read);
	case SC_INT:
	case SC_VAR:
		return target_value(run->memory, arg, run->scenario, run->tmp, run->addresses, &value) == 0 &&
		       (value & mask) == (seen & mask);
	}
	return false;
}

bool sc_matches(struct sc_run *run, const struct sc_call *meant, const struct seccomp_data *seen,
		sc_read_fn read)
{
	int abi = vd_abi_of(seen->arch, (uint32_t)seen->nr);
	struct vd_arg args[6];
	int n = vd_syscall_args(abi, meant->nr, args);

	if (abi != meant->abi || (uint32_t)seen->nr != meant->nr)
		return false;
	for (unsigned i = 0; i < meant->n; i++)
		if (!is_value(run, &meant->args[i], seen->args[i], (int)i < n ? args[i].bits : 64, read))
			return false;
	return true;
}
