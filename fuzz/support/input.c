/* SPDX-License-Identifier: MIT */
/* Programs, stacks and records out of an input's bytes. */
#include "fuzz/support/support.h"
#include "vm/isa.h"
#include "vm/random.h"

#include <string.h>

uint8_t input_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->data++;
}

uint32_t input_word(struct input *input)
{
	uint32_t word = 0;

	for (unsigned i = 0; i < 4; i++)
		word |= (uint32_t)input_byte(input) << 8 * i;
	return word;
}

static uint64_t input_long(struct input *input)
{
	uint64_t low = input_word(input);

	return low | (uint64_t)input_word(input) << 32;
}

static struct seccomp_data input_record(struct input *input)
{
	struct seccomp_data data = { .nr = (int)input_word(input), .arch = input_word(input) };

	data.instruction_pointer = input_long(input);
	for (unsigned i = 0; i < 6; i++)
		data.args[i] = input_long(input);
	return data;
}

/* One instruction with room behind it for room more; the last one has none. */
static struct sock_filter input_insn(struct input *input, size_t room)
{
	uint32_t first = input_word(input);
	uint8_t code = (uint8_t)first, jt = (uint8_t)(first >> 16), jf = (uint8_t)(first >> 24);
	int op = vd_op_of(code) >= 0 ? vd_op_of(code) : code % VD_OPS;
	const struct vd_isa *isa = &vd_isa[op];
	struct sock_filter insn = { .code = isa->code, .k = input_word(input) };

	if (isa->form == VD_FORM_ABS)
		insn.k = insn.k % VD_RECORD_SIZE & ~3u;
	if (isa->form == VD_FORM_MEM)
		insn.k %= VD_MEM_WORDS;
	if (op == VD_OP_LSH_K || op == VD_OP_RSH_K)
		insn.k %= 32;
	if (isa->form == VD_FORM_JUMP)
		insn.k %= (uint32_t)room;
	if (vd_form_is_branch(isa->form)) {
		insn.jt = (uint8_t)(jt % room);
		insn.jf = (uint8_t)(jf % room);
	}
	return insn;
}

/* What the checker still refuses (reads of scratch memory that nothing wrote, division by 0) loads 0. */
static void mend(struct sock_filter *insns, size_t len)
{
	struct vd_error error;

	for (size_t i = 0; i < len && vd_check(insns, len, &error, 1); i++) {
		EXPECT(error.pc >= 0 && (size_t)error.pc < len, "a mended program is refused: code %d",
		       error.code);
		insns[error.pc] = (struct sock_filter){ .code = vd_isa[VD_OP_LD_IMM].code };
	}
	EXPECT(!vd_check(insns, len, NULL, 0), "a mended program is refused");
}

/*
 * A program that the kernel takes, whatever the bytes: one for its
 * length, then instructions as they stand in files, fields brought into their bounds. At most max (2 or more)
 * instructions. Returns its length.
 */
static size_t input_prog(struct input *input, size_t max, struct sock_filter *ret_insns)
{
	size_t len = 1 + input_byte(input) % max;

	for (size_t i = 0; i + 1 < len; i++)
		ret_insns[i] = input_insn(input, len - i - 1);
	bool returns_a = (uint8_t)input_word(input) == vd_isa[VD_OP_RET_A].code;
	ret_insns[len - 1] = (struct sock_filter){ .code = vd_isa[returns_a ? VD_OP_RET_A : VD_OP_RET_K].code,
						   .k = input_word(input) };
	mend(ret_insns, len);
	return len;
}

struct vd_stack *input_stack(struct input *input, size_t depth, size_t max)
{
	struct sock_filter insns[INPUT_PROG_MAX];
	uint8_t first = input_byte(input);
	struct vd_stack *stack;
	struct vd_prog *prog;

	EXPECT(vd_stack_new(&stack) == 0, "no stack");
	vd_stack_set_big_endian(stack, first & 0x80);
	for (size_t i = 0; i < 1 + (first & 0x7f) % depth; i++) {
		size_t len = input_prog(input, max, insns);
		EXPECT(vd_prog_new(insns, len, &prog, NULL) == 0, "a checked program is refused");
		EXPECT(vd_stack_push(stack, prog) == 0, "a small stack is refused");
		vd_prog_free(prog);
	}
	return stack;
}

void tries_init(struct tries *tries, const struct input *input, const struct vd_stack *stack, unsigned wanted)
{
	*tries = (struct tries){ .input = *input, .stack = stack, .state = 1, .wanted = wanted };
	for (size_t i = 0; i < input->left; i++)
		tries->state = (tries->state ^ input->data[i]) * 0x100000001b3u;
}

bool tries_next(struct tries *tries, struct seccomp_data *ret_data)
{
	struct vd_random random = { .state = tries->state };
	size_t len = vd_stack_len(tries->stack);

	if (tries->made == tries->wanted)
		return false;
	tries->made++;
	if (tries->input.left) {
		*ret_data = input_record(&tries->input);
		return true;
	}
	const struct vd_prog *prog = len ? vd_stack_prog(tries->stack,
							 vd_random_below(&random, (uint32_t)len))
					 : NULL;
	vd_random_record(&random, prog ? vd_prog_insns(prog) : NULL, prog ? vd_prog_len(prog) : 0, ret_data);
	tries->state = random.state;
	return true;
}
