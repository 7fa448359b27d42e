/* SPDX-License-Identifier: MIT */
#include "loader/arena.h"
#include "loader/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 160

struct step {
	int filter;
	unsigned pc;
	uint32_t a, x;
};

struct steps {
	struct step *items;
	size_t n, cap;
};

struct tracer {
	FILE *out;
	const struct vd_stack *stack;
	const struct seccomp_data *data;
	const struct trace_opts *opts;
	struct steps steps;
};

static void add_step(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	struct steps *steps = userdata;

	if (steps->n == steps->cap) {
		size_t cap = steps->cap ? 2 * steps->cap : 256;
		struct step *items = realloc(steps->items, cap * sizeof(*items));
		if (!items)
			out_of_memory();
		steps->items = items;
		steps->cap = cap;
	}
	steps->items[steps->n++] = (struct step){ filter, pc, a, x };
}

/* What a load of a word gave, in words: "x86_64", "mkdir"; "" for what the number says best. */
static const char *loaded(const struct tracer *tracer, const struct sock_filter *insn)
{
	const struct seccomp_data *data = tracer->data;
	int abi = vd_abi_of(data->arch, (uint32_t)data->nr);
	const char *name = NULL;

	if (insn->code != (BPF_LD | BPF_W | BPF_ABS) || abi == VD_ABI_NONE)
		return "";
	if (insn->k == offsetof(struct seccomp_data, nr))
		name = vd_syscall_name(abi, (uint32_t)data->nr);
	else if (insn->k == offsetof(struct seccomp_data, arch))
		name = vd_abi_info(abi)->name;
	return name ? name : "";
}

static void print_step(const struct tracer *tracer, const struct step *step, const struct vd_fact *facts,
		       bool show_x)
{
	const struct vd_prog *prog = vd_stack_prog(tracer->stack, (size_t)step->filter);
	const struct vd_disasm_opts opts = { .big_endian = vd_stack_big_endian(tracer->stack),
					     .facts = facts };
	const struct sock_filter *insn = &vd_prog_insns(prog)[step->pc];
	const char *value = loaded(tracer, insn);
	char text[TEXT_MAX];

	vd_disasm(vd_prog_insns(prog), vd_prog_len(prog), step->pc, &opts, text, sizeof(text));
	fprintf(tracer->out, "%s  %4u  A=0x%08" PRIx32, tracer->opts->indent, step->pc, step->a);
	if (show_x)
		fprintf(tracer->out, " X=0x%08" PRIx32, step->x);
	fprintf(tracer->out, "  %s", text);
	if (*value)
		fprintf(tracer->out, "  ; %s", value);
	fputc('\n', tracer->out);
}

static void print_head(const struct tracer *tracer, int filter)
{
	size_t n = vd_stack_len(tracer->stack);

	fprintf(tracer->out, "%sfilter %d of %zu", tracer->opts->indent, filter + 1, n);
	if (tracer->opts->names)
		fprintf(tracer->out, ", %s", tracer->opts->names[filter]);
	fputc('\n', tracer->out);
}

/* Few filters use X: lines are shorter without it. */
static bool uses_x(const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (steps[i].x)
			return true;
	return false;
}

/* The steps of one filter, from first on; returns where they end. */
static size_t print_filter(const struct tracer *tracer, size_t first, const uint32_t *values)
{
	const struct steps *steps = &tracer->steps;
	int filter = steps->items[first].filter;
	const struct vd_prog *prog = vd_stack_prog(tracer->stack, (size_t)filter);
	struct vd_fact *facts = calloc(vd_prog_len(prog), sizeof(*facts));
	size_t end = first, last = tracer->opts->last;
	char text[TEXT_MAX];

	if (!facts)
		out_of_memory();
	while (end < steps->n && steps->items[end].filter == filter)
		end++;
	if (tracer->opts->only >= 0 && tracer->opts->only != filter) {
		free(facts);
		return end;
	}
	vd_prog_facts(prog, facts);
	print_head(tracer, filter);
	if (last && end - first > last) {
		fprintf(tracer->out, "%s        %zu instructions before these\n", tracer->opts->indent,
			end - first - last);
		first = end - last;
	}
	bool show_x = uses_x(&steps->items[first], end - first);
	for (size_t i = first; i < end; i++)
		print_step(tracer, &steps->items[i], facts, show_x);
	verdict_format(values[filter], text, sizeof(text));
	fprintf(tracer->out, "%s        returns %s\n", tracer->opts->indent, text);
	free(facts);
	return end;
}

void trace_print(FILE *out, const struct vd_stack *stack, const struct seccomp_data *data,
		 const struct trace_opts *opts)
{
	struct tracer tracer = { .out = out, .stack = stack, .data = data, .opts = opts };
	size_t n = vd_stack_len(stack);
	uint32_t *values = calloc(n ? n : 1, sizeof(*values));

	if (!values)
		out_of_memory();
	vd_stack_run_each(stack, data, values);
	vd_stack_trace(stack, data, add_step, &tracer.steps);
	for (size_t i = 0; i < tracer.steps.n;)
		i = print_filter(&tracer, i, values);
	free(tracer.steps.items);
	free(values);
}

int verdict_format(uint32_t ret, char *buf, size_t size)
{
	char raw[32], effective[32];

	vd_action_format(ret, raw, sizeof(raw));
	if (vd_effective(ret) == ret)
		return snprintf(buf, size, "%s", raw);
	vd_action_format(vd_effective(ret), effective, sizeof(effective));
	return snprintf(buf, size, "%s (for the kernel %s)", raw, effective);
}
