/* SPDX-License-Identifier: MIT */
#include "vm/engine/engine.h"
#include "vm/run.h"

#include <errno.h>
#include <stdlib.h>

#define X32_BIT 0x40000000u
/* Numbers that each table has, from the ABI's first: all that kernels use, and room for new ones. */
#define TABLE_SIZE 512u
#define TABLE_SIZE_X32 576u /* x32's own calls begin at 512 */

void vd_engine_free(struct vd_engine *engine)
{
	if (!engine)
		return;
	for (size_t i = 0; i < engine->n_numbers; i++)
		free(engine->numbers[i].rests);
	free(engine->tests);
	free(engine->ways);
	vd_stack_free(engine->stack);
	free(engine);
}

static int copy_stack(const struct vd_stack *stack, struct vd_stack **ret_stack)
{
	struct vd_stack *copy;
	int r = vd_stack_new(&copy);

	if (r < 0)
		return r;
	vd_stack_set_big_endian(copy, vd_stack_big_endian(stack));
	for (size_t i = 0; i < vd_stack_len(stack) && r == 0; i++)
		r = vd_stack_push(copy, vd_stack_prog(stack, i));
	if (r < 0)
		vd_stack_free(copy);
	else
		*ret_stack = copy;
	return r;
}

/* How often programs compare something with an arch word. */
static size_t mentions(const struct vd_stack *stack, uint32_t arch)
{
	size_t n = 0;

	for (size_t i = 0; i < vd_stack_len(stack); i++) {
		const struct vd_prog *prog = vd_stack_prog(stack, i);
		for (size_t pc = 0; pc < prog->len; pc++)
			n += prog->code[pc].op == VD_OP_JEQ_K && prog->code[pc].k == arch;
	}
	return n;
}

/* Tables for the ABIs that are mentioned, x86-64's first where it is, as the search meets it first. */
static void choose_numbers(struct vd_engine *engine)
{
	for (int abi = 0; abi < VD_ABI_COUNT && engine->n_numbers < VD_NUMBERS_MAX; abi++) {
		const struct vd_abi_info *info = vd_abi_info(abi);
		uint32_t first = vd_abi_syscalls(abi) ? vd_abi_syscall_at(abi, 0) : 0;
		/* A filter without any arch in it is most likely for this one. */
		if (!mentions(engine->stack, info->audit_arch) && abi != VD_ABI_X86_64)
			continue;
		engine->numbers[engine->n_numbers++] = (struct vd_numbers){
			.arch = info->audit_arch,
			.base = first - first % TABLE_SIZE,
			.size = info->nr_bit ? TABLE_SIZE_X32 : TABLE_SIZE,
		};
	}
}

static int fill_numbers(struct vd_numbers *numbers, struct vd_builder *builder)
{
	int r = 0;

	numbers->rests = malloc(numbers->size * sizeof(*numbers->rests));
	if (!numbers->rests)
		return -ENOMEM;
	for (uint32_t i = 0; i < numbers->size && r == 0; i++) {
		struct vd_known known = { .arch_nr = true, .arch = numbers->arch, .nr = numbers->base + i };
		r = vd_builder_rest(builder, &known, &numbers->rests[i]);
	}
	return r;
}

int vd_engine_new(const struct vd_stack *stack, struct vd_engine **ret_engine)
{
	struct vd_engine *engine = calloc(1, sizeof(*engine));
	struct vd_known nothing = { .arch_nr = false };
	struct vd_builder *builder = NULL;
	int r = engine ? copy_stack(stack, &engine->stack) : -ENOMEM;

	if (r == 0)
		r = vd_builder_new(engine->stack, &builder);
	if (r == 0)
		choose_numbers(engine);
	for (size_t i = 0; r == 0 && i < engine->n_numbers; i++)
		r = fill_numbers(&engine->numbers[i], builder);
	if (r == 0)
		r = vd_builder_rest(builder, &nothing, &engine->other);
	if (r == 0) {
		vd_builder_take(builder, &engine->tests, &engine->ways);
		*ret_engine = engine;
	}
	vd_builder_free(builder);
	if (r < 0)
		vd_engine_free(engine);
	return r;
}

/* The way whose range a value is in: the last that begins at or below it. */
static const struct vd_way *find_way(const struct vd_way *ways, unsigned n, uint32_t value)
{
	while (n > 1) {
		unsigned half = n / 2;
		ways += ways[half].first <= value ? half : 0;
		n -= half;
	}
	return ways;
}

static VD_ALWAYS_INLINE uint32_t run_tests(const struct vd_engine *engine, uint32_t i,
					   const struct seccomp_data *data)
{
	for (;;) {
		const struct vd_test *test = &engine->tests[i];
		uint32_t word;
		memcpy(&word, (const char *)data + test->offset, sizeof(word));
		if (test->n_ways) {
			const struct vd_way *way = find_way(engine->ways + test->low, test->n_ways, word & test->mask);
			i = way->next;
			if (way->ends)
				return i;
			continue;
		}
		unsigned answer = (word & test->mask) - test->low <= test->span;
		i = test->next[answer];
		if (test->ends >> answer & 1)
			return i;
	}
}

static VD_ALWAYS_INLINE const struct vd_rest *find_rest(const struct vd_engine *engine,
							const struct seccomp_data *data)
{
	for (size_t i = 0; i < engine->n_numbers; i++) {
		const struct vd_numbers *numbers = &engine->numbers[i];
		uint32_t at = (uint32_t)data->nr - numbers->base;
		if (data->arch == numbers->arch && at < numbers->size)
			return &numbers->rests[at];
	}
	return &engine->other;
}

/* Kept apart, so that what every record takes stays short. */
static __attribute__((noinline)) uint32_t run_rest(const struct vd_engine *engine, const struct vd_rest *rest,
						   const struct seccomp_data *data)
{
	if (rest->kind == VD_REST_TESTS)
		return run_tests(engine, rest->value, data);
	return vd_stack_run(engine->stack, data).ret;
}

uint32_t vd_engine_run(const struct vd_engine *engine, const struct seccomp_data *data)
{
	const struct vd_rest *rest = find_rest(engine, data);

	return rest->kind == VD_REST_VALUE ? rest->value : run_rest(engine, rest, data);
}

void vd_engine_run_batch(const struct vd_engine *engine, const struct seccomp_data *data, size_t n,
			 uint32_t *ret_verdicts)
{
	for (size_t i = 0; i < n; i++) {
		const struct vd_rest *rest = find_rest(engine, &data[i]);
		ret_verdicts[i] = rest->kind == VD_REST_VALUE ? rest->value : run_rest(engine, rest, &data[i]);
	}
}
