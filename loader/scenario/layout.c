/* SPDX-License-Identifier: MIT */
/* The target's memory: steps, strings, buffers. */
#include "loader/scenario/target.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

#define FLAG_NEW_LISTENER 8u

struct target_memory *target_memory_new(void)
{
	void *at = mmap(NULL, sizeof(struct target_memory), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

void target_memory_free(struct target_memory *memory)
{
	if (memory)
		munmap(memory, sizeof(*memory));
}

static void *take(struct target_memory *memory, size_t len)
{
	size_t at = (memory->used + 15) & ~(size_t)15;

	if (len > sizeof(memory->space) - at)
		return NULL;
	memory->used = at + len;
	return memory->space + at;
}

char *target_expand(const char *text, size_t len, const char *tmp, size_t *ret_len)
{
	static const char mark[] = "$tmp";
	size_t tmp_len = strlen(tmp), n = 0;
	/* each mark of four bytes becomes tmp_len */
	char *expanded = malloc(len + (len / (sizeof(mark) - 1)) * tmp_len + 1);

	if (!expanded)
		out_of_memory();
	for (size_t i = 0; i < len;) {
		if (len - i >= sizeof(mark) - 1 && !memcmp(text + i, mark, sizeof(mark) - 1)) {
			memcpy(expanded + n, tmp, tmp_len);
			n += tmp_len;
			i += sizeof(mark) - 1;
		} else {
			expanded[n++] = text[i++];
		}
	}
	expanded[n] = '\0';
	*ret_len = n;
	return expanded;
}

static int put_text(struct target_memory *memory, const char *text, size_t len, const char *tmp,
		    uint64_t *ret_address)
{
	size_t n;
	char *expanded = target_expand(text, len, tmp, &n), *at = take(memory, n + 1);

	if (at)
		memcpy(at, expanded, n + 1);
	free(expanded);
	*ret_address = (uint64_t)(uintptr_t)at;
	return at ? 0 : -1;
}

int target_value(struct target_memory *memory, const struct sc_arg *arg, const struct scenario *scenario,
		 const char *tmp, const uint64_t *addresses, uint64_t *ret_value)
{
	switch (arg->kind) {
	case SC_STRING:
		return put_text(memory, arg->text, arg->len, tmp, ret_value);
	case SC_BUFFER:
		*ret_value = (uint64_t)(uintptr_t)take(memory, arg->len);
		return *ret_value ? 0 : -1;
	case SC_VAR:
		*ret_value = scenario->vars[arg->value].step >= 0
				     ? (uint64_t)memory->steps[scenario->vars[arg->value].step].result
				     : addresses[arg->value];
		return 0;
	case SC_INT:
	case SC_ANY:
		*ret_value = arg->value;
		return 0;
	}
	return -1;
}

static int lay_out_call(struct target_memory *memory, const struct sc_step *from,
			const struct scenario *scenario, const char *tmp, const uint64_t *addresses,
			struct target_step *step)
{
	step->int80 = from->call.abi == VD_ABI_I386;
	/* the whole register: a filter sees its low half, the kernel's table takes it as int */
	step->nr = (uint64_t)(int64_t)(int32_t)from->call.nr;
	for (unsigned i = 0; i < from->call.n; i++) {
		const struct sc_arg *arg = &from->call.args[i];
		if (arg->kind == SC_VAR && scenario->vars[arg->value].step >= 0)
			step->from[i] = (uint16_t)scenario->vars[arg->value].step;
		else if (target_value(memory, arg, scenario, tmp, addresses, &step->args[i]) < 0)
			return -1;
		if (arg->kind == SC_BUFFER && !step->buffer)
			step->buffer = (void *)(uintptr_t)step->args[i];
	}
	return 0;
}

static int lay_out_install(struct target_memory *memory, const struct sc_step *from, struct target_step *step)
{
	struct sock_fprog *fprog = take(memory, sizeof(*fprog));
	size_t size = from->len * sizeof(*from->insns);
	struct sock_filter *insns = take(memory, size + 1);

	if (!fprog || !insns)
		return -1;
	memcpy(insns, from->insns, size);
	*fprog = (struct sock_fprog){ .len = (unsigned short)from->len, .filter = insns };
	step->nr = SYS_seccomp;
	step->args[0] = SECCOMP_SET_MODE_FILTER;
	step->args[1] = from->flags;
	step->args[2] = (uint64_t)(uintptr_t)fprog;
	step->listens = from->flags & FLAG_NEW_LISTENER;
	return 0;
}

int target_lay_out(struct target_memory *memory, const struct scenario *scenario, const char *tmp,
		   uint64_t addresses[SCENARIO_VARS_MAX])
{
	for (size_t i = 0; i < scenario->n_vars; i++)
		if (scenario->vars[i].step < 0 &&
		    put_text(memory, scenario->vars[i].text, scenario->vars[i].len, tmp, &addresses[i]) < 0)
			return -1;
	for (size_t i = 0; i < scenario->n; i++) {
		const struct sc_step *from = &scenario->steps[i];
		struct target_step *step = &memory->steps[i];
		int r = 0;
		*step = (struct target_step){ .kind = from->kind };
		for (int arg = 0; arg < 6; arg++)
			step->from[arg] = TARGET_NO_VAR;
		if (from->kind == SC_CALL) {
			r = lay_out_call(memory, from, scenario, tmp, addresses, step);
		} else if (from->kind == SC_INSTALL) {
			r = lay_out_install(memory, from, step);
		} else {
			step->nr = SYS_seccomp;
			step->args[0] = SECCOMP_SET_MODE_STRICT;
		}
		if (r < 0)
			return -1;
	}
	memory->n = (unsigned)scenario->n;
	memory->scenario = scenario;
	snprintf(memory->tmp, sizeof(memory->tmp), "%s", tmp);
	return 0;
}
