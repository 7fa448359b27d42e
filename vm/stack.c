/* SPDX-License-Identifier: MIT */
#include "vm/action.h"
#include "vm/edges.h"
#include "vm/run.h"

#include <errno.h>
#include <stdlib.h>

struct vd_stack {
	struct vd_prog **progs; /* oldest first */
	size_t len, cap;
	size_t size; /* converted, with penalties */
	bool big_endian;
};

/* kernel/seccomp.c: seccomp_attach_filter adds 4 for each filter already installed. */
#define FILTER_PENALTY 4u

int vd_stack_new(struct vd_stack **ret_stack)
{
	struct vd_stack *stack = calloc(1, sizeof(*stack));

	if (!stack)
		return -ENOMEM;
	*ret_stack = stack;
	return 0;
}

void vd_stack_free(struct vd_stack *stack)
{
	if (!stack)
		return;
	for (size_t i = 0; i < stack->len; i++)
		vd_prog_free(stack->progs[i]);
	free(stack->progs);
	free(stack);
}

static int grow(struct vd_stack *stack)
{
	size_t cap = stack->cap ? 2 * stack->cap : 4;
	struct vd_prog **progs;

	if (stack->len < stack->cap)
		return 0;
	progs = realloc(stack->progs, cap * sizeof(struct vd_prog *));
	if (!progs)
		return -ENOMEM;
	stack->progs = progs;
	stack->cap = cap;
	return 0;
}

int vd_stack_push(struct vd_stack *stack, const struct vd_prog *prog)
{
	if (stack->size + prog->converted_len > VD_STACK_SIZE_MAX || grow(stack) < 0 ||
	    vd_prog_copy(prog, &stack->progs[stack->len]) < 0)
		return -ENOMEM;
	stack->len++;
	stack->size += prog->converted_len + FILTER_PENALTY;
	return 0;
}

void vd_stack_set_big_endian(struct vd_stack *stack, bool big_endian)
{
	stack->big_endian = big_endian;
}

bool vd_stack_big_endian(const struct vd_stack *stack)
{
	return stack->big_endian;
}

size_t vd_stack_len(const struct vd_stack *stack)
{
	return stack->len;
}

const struct vd_prog *vd_stack_prog(const struct vd_stack *stack, size_t i)
{
	return i < stack->len ? stack->progs[i] : NULL;
}

size_t vd_stack_size(const struct vd_stack *stack)
{
	return stack->size;
}

/* Newest to oldest; a value replaces the best so far when its action is strictly stronger. */
static VD_ALWAYS_INLINE struct vd_verdict run(const struct vd_stack *stack, const struct seccomp_data *data,
					      struct vd_watch *watch, uint32_t *values, bool trace,
					      bool opens, bool edges)
{
	struct vd_verdict best = { .ret = SECCOMP_RET_ALLOW, .filter = -1 };
	uint32_t words[VD_RECORD_WORDS];

	vd_record_words(data, stack->big_endian, words);
	for (size_t i = stack->len; i-- > 0;) {
		if (trace)
			watch->filter = (int)i;
		if (edges)
			watch->edges -= 2 * stack->progs[i]->len;
		uint32_t ret = vd_exec(stack->progs[i]->code, words, watch, true, trace, opens, edges);
		if (opens && watch->hit >= 0)
			return best;
		if (values)
			values[i] = ret;
		if (vd_action_rank(ret) < vd_action_rank(best.ret)) {
			best.ret = ret;
			best.filter = (int)i;
		}
	}
	best.insns = watch->insns;
	return best;
}

struct vd_verdict vd_stack_run(const struct vd_stack *stack, const struct seccomp_data *data)
{
	struct vd_watch watch = { .insns = 0 };

	return run(stack, data, &watch, NULL, false, false, false);
}

struct vd_verdict vd_stack_run_each(const struct vd_stack *stack, const struct seccomp_data *data,
				    uint32_t *ret_values)
{
	struct vd_watch watch = { .insns = 0 };

	return run(stack, data, &watch, ret_values, false, false, false);
}

struct vd_verdict vd_stack_trace(const struct vd_stack *stack, const struct seccomp_data *data,
				 vd_trace_fn fn, void *userdata)
{
	struct vd_watch watch = { .trace = fn, .userdata = userdata };

	return run(stack, data, &watch, NULL, true, false, false);
}

size_t vd_stack_edges(const struct vd_stack *stack)
{
	size_t n = 0;

	for (size_t i = 0; i < stack->len; i++)
		n += 2 * stack->progs[i]->len;
	return n;
}

struct vd_verdict vd_stack_run_edges(const struct vd_stack *stack, const struct seccomp_data *data,
				     uint8_t *edges, bool *ret_fresh)
{
	struct vd_watch watch = { .edges = edges + vd_stack_edges(stack) };
	struct vd_verdict verdict = run(stack, data, &watch, NULL, false, false, true);

	*ret_fresh = watch.fresh;
	return verdict;
}

int vd_stack_run_open(const struct vd_stack *stack, const struct seccomp_data *data, uint16_t open,
		      struct vd_verdict *ret_verdict)
{
	struct vd_watch watch = { .open = open, .hit = -1 };
	struct vd_verdict verdict = run(stack, data, &watch, NULL, false, true, false);

	if (watch.hit >= 0)
		return watch.hit;
	*ret_verdict = verdict;
	return -1;
}
