/* SPDX-License-Identifier: MIT */
/* Sources to a checked stack, oldest first. */
#include "loader/source/kinds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_TEXT 256

static int refused(const struct program *program, const struct vd_error *error, const struct span *place,
		   struct diags *diags)
{
	char text[ERROR_TEXT];

	vd_error_format(error, text, sizeof(text));
	return source_error(diags, place, program->path, "the kernel refuses this program: %s", text);
}

/* "policy", or "policy[3]" for the third of several. */
static char *name_of(const struct source *source, size_t i)
{
	char *name;

	if (source->n == 1)
		return strdup(source->name);
	return asprintf(&name, "%s[%zu]", source->name, i + 1) < 0 ? NULL : name;
}

static int push_name(struct filter_stack *stack, const struct source *source, size_t i)
{
	char **names = realloc(stack->names, (stack->n + 1) * sizeof(*names));

	if (!names)
		return -1;
	stack->names = names;
	names[stack->n] = name_of(source, i);
	if (!names[stack->n])
		return -1;
	stack->n++;
	return 0;
}

static int push_program(struct filter_stack *stack, const struct source *source, size_t i,
			const struct span *place, struct diags *diags)
{
	const struct program *program = &source->programs[i];
	struct vd_error error;
	struct vd_prog *prog;
	int r = vd_prog_new(program->insns, program->len, &prog, &error);

	if (r == -EINVAL)
		return refused(program, &error, place, diags);
	if (r < 0)
		return source_error(diags, place, program->path, "out of memory");
	size_t size = vd_stack_size(stack->stack) + vd_prog_converted_len(prog);
	if (size > VD_STACK_SIZE_MAX) {
		error = (struct vd_error){
			.code = VD_ERROR_STACK_SIZE, .pc = -1, .value = size, .limit = VD_STACK_SIZE_MAX
		};
		r = refused(program, &error, place, diags);
	} else {
		r = vd_stack_push(stack->stack, prog);
		if (r < 0 || push_name(stack, source, i) < 0)
			r = source_error(diags, place, program->path, "out of memory");
	}
	vd_prog_free(prog);
	return r;
}

int filter_stack_new(const struct source *const *sources, size_t n, const struct span *places,
		     struct diags *diags, struct filter_stack *ret_stack)
{
	struct filter_stack stack = { 0 };
	int r = 0;

	if (vd_stack_new(&stack.stack) < 0)
		return source_error(diags, NULL, "stack", "out of memory");
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < sources[i]->n; j++)
			if (push_program(&stack, sources[i], j, places ? &places[i] : NULL, diags) < 0)
				r = -1;
	if (r < 0) {
		filter_stack_done(&stack);
		return -1;
	}
	*ret_stack = stack;
	return 0;
}

void filter_stack_done(struct filter_stack *stack)
{
	if (!stack)
		return;
	for (size_t i = 0; i < stack->n; i++)
		free(stack->names[i]);
	free(stack->names);
	vd_stack_free(stack->stack);
	*stack = (struct filter_stack){ 0 };
}
