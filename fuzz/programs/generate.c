/* SPDX-License-Identifier: MIT */
#include "fuzz/programs/trial.h"
#include "loader/arena.h"
#include "vm/isa.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

const char *const shape_names[SHAPES] = { "valid",  "luck", "nearly", "alu", "jumps",
					  "memory", "far",  "stack",  "long" };

void trial_init(struct trial *trial)
{
	*trial = (struct trial){ 0 };
	for (size_t i = 0; i < TRIAL_PROGRAMS; i++) {
		trial->programs[i].insns = calloc(TRIAL_LEN_MAX, sizeof(struct sock_filter));
		if (!trial->programs[i].insns)
			out_of_memory();
	}
}

void trial_done(struct trial *trial)
{
	for (size_t i = 0; i < TRIAL_PROGRAMS; i++)
		free(trial->programs[i].insns);
}

void trial_copy(struct trial *to, const struct trial *from)
{
	struct trial copy = *from;

	for (size_t i = 0; i < TRIAL_PROGRAMS; i++) {
		copy.programs[i].insns = to->programs[i].insns;
		memcpy(copy.programs[i].insns, from->programs[i].insns,
		       (i < from->n ? from->programs[i].len : 0) * sizeof(struct sock_filter));
	}
	*to = copy;
}

static struct sock_filter insn(int op, uint32_t k)
{
	return (struct sock_filter){ .code = vd_isa[op].code, .k = k };
}

static uint32_t any_word(struct vd_random *random)
{
	return 4 * vd_random_below(random, VD_RECORD_WORDS);
}

/* Values at which arithmetic and comparisons change their minds. */
static uint32_t edge(struct vd_random *random)
{
	static const uint32_t edges[] = { 0,	      1,	  2,	      31,	  32,
					  33,	      0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe,
					  0xffffffff, 0x10000,	  0xffff,     63,	  64 };

	return vd_random_below(random, 3) ? edges[vd_random_below(random, sizeof(edges) / sizeof(*edges))]
					  : vd_random_word(random);
}

/* A value to return: actions of all strengths and unknown ones, often with the same action and other data. */
static uint32_t verdict(struct vd_random *random)
{
	static const uint32_t actions[] = { 0x80000000, 0,	    0x00030000, 0x00050000,
					    0x7fc00000, 0x7ff00000, 0x7ffc0000, 0x7fff0000,
					    0x00010000, 0x80010000, 0xffff0000, 0x00060000 };

	return actions[vd_random_below(random, sizeof(actions) / sizeof(*actions))] |
	       (vd_random_below(random, 2) ? vd_random_below(random, 4)
					   : (uint32_t)vd_random_next(random) & 0xffff);
}

/* -------------------------------------------------------------- shapes -- */

/* Few instructions of any kind, operands at their limits: a good part of them is valid. */
static size_t make_luck(struct vd_random *random, struct sock_filter *insns)
{
	size_t len = 1 + vd_random_below(random, 7);

	for (size_t i = 0; i < len; i++) {
		uint32_t any = (uint32_t)vd_random_next(random);
		insns[i] = insn((int)vd_random_below(random, VD_OPS), any % 4 ? any >> 8 & 63 : edge(random));
		if (any >> 16 & 1 && vd_isa[vd_op_of(insns[i].code)].form == VD_FORM_ABS)
			insns[i].k &= ~3u;
		insns[i].jt = (uint8_t)(any >> 20 & 3);
		insns[i].jf = (uint8_t)(any >> 24 & 3);
		if (vd_random_below(random, 12) == 0)
			insns[i].code = (uint16_t)vd_random_below(random, 256);
	}
	if (vd_random_below(random, 8))
		insns[len - 1].code = vd_isa[vd_random_below(random, 2) ? VD_OP_RET_K : VD_OP_RET_A].code;
	return len;
}

/* The field of an instruction that a rule is about, at the rule's limit or one past it. */
static void push_to_limit(struct vd_random *random, struct sock_filter *insns, size_t len, size_t pc)
{
	struct sock_filter *at = &insns[pc];
	uint32_t past = vd_random_below(random, 2), room = (uint32_t)(len - pc - 2);

	switch (vd_random_below(random, 8)) {
	case 0:
		*at = insn(VD_OP_LD_ABS, past ? 64 : 60);
		return;
	case 1:
		*at = insn(VD_OP_LD_ABS,
			   4 * vd_random_below(random, 16) + (past ? 1 + vd_random_below(random, 3) : 0));
		return;
	case 2:
		*at = insn(vd_random_below(random, 2) ? VD_OP_ST : VD_OP_STX, past ? 16 : 15);
		return;
	case 3:
		*at = insn(vd_random_below(random, 2) ? VD_OP_LSH_K : VD_OP_RSH_K, past ? 32 : 31);
		return;
	case 4:
		*at = insn(VD_OP_DIV_K, past ? 0 : 1);
		return;
	case 5:
		*at = insn(VD_OP_JA, past ? (vd_random_below(random, 2) ? room + 1 : UINT32_MAX) : room);
		return;
	case 6:
		*at = insn(VD_OP_JEQ_K + 0, 7);
		at->code = vd_isa[vd_random_below(random, 2) ? VD_OP_JSET_X : VD_OP_JGT_K].code;
		*(vd_random_below(random, 2) ? &at->jt
					     : &at->jf) = (uint8_t)(room + past > 255 ? 255 : room + past);
		return;
	default:
		/* scratch memory that may not have been written on one of two ways */
		*at = insn(vd_random_below(random, 2) ? VD_OP_LD_MEM : VD_OP_LDX_MEM,
			   vd_random_below(random, 16));
	}
}

static size_t make_nearly(struct vd_random *random, struct sock_filter *insns)
{
	size_t len = vd_random_prog(random, 20, 0, insns);
	uint32_t which = vd_random_below(random, 16);

	if (which == 0 && vd_random_below(random, 4) == 0)
		return 0;
	if (which == 0) /* the last instruction is no return */
		insns[len - 1] = insn((int)vd_random_below(random, VD_OPS), 0);
	else if (which == 1)
		insns[vd_random_below(random, (uint32_t)len)].code = (uint16_t)vd_random_next(random);
	else if (which == 2)
		insns[vd_random_below(random, (uint32_t)len)].code ^= (uint16_t)(1u << vd_random_below(random,
												       16));
	else if (len > 2)
		push_to_limit(random, insns, len, vd_random_below(random, (uint32_t)len - 2));
	return len;
}

/* Words of the record meet in everything that computes; the result is returned. */
static size_t make_alu(struct vd_random *random, struct sock_filter *insns)
{
	static const uint8_t ops[] = { VD_OP_ADD_K, VD_OP_ADD_X,  VD_OP_SUB_K,	 VD_OP_SUB_X,  VD_OP_MUL_K,
				       VD_OP_MUL_X, VD_OP_DIV_K,  VD_OP_DIV_X,	 VD_OP_OR_K,   VD_OP_OR_X,
				       VD_OP_AND_K, VD_OP_AND_X,  VD_OP_LSH_K,	 VD_OP_LSH_X,  VD_OP_RSH_K,
				       VD_OP_RSH_X, VD_OP_NEG,	  VD_OP_XOR_K,	 VD_OP_XOR_X,  VD_OP_TAX,
				       VD_OP_TXA,   VD_OP_LD_LEN, VD_OP_LDX_LEN, VD_OP_LDX_IMM };
	size_t len = 0, steps = 1 + vd_random_below(random, 10);

	insns[len++] = insn(VD_OP_LD_ABS, any_word(random));
	insns[len++] = insn(VD_OP_ST, vd_random_below(random, 16));
	insns[len++] = insn(VD_OP_LDX_MEM, insns[1].k);
	insns[len++] = insn(VD_OP_LD_ABS, any_word(random));
	if (vd_random_below(random, 3) == 0)
		insns[len++] = insn(VD_OP_LDX_IMM, edge(random));
	for (size_t i = 0; i < steps; i++) {
		int op = ops[vd_random_below(random, sizeof(ops))];
		uint32_t k = edge(random);
		if (op == VD_OP_LSH_K || op == VD_OP_RSH_K)
			k %= 32;
		if (op == VD_OP_DIV_K && !k)
			k = 3;
		insns[len++] = insn(op, k);
	}
	insns[len++] = insn(VD_OP_RET_A, 0);
	return len;
}

static size_t make_jumps(struct vd_random *random, struct sock_filter *insns)
{
	static const uint8_t jumps[] = { VD_OP_JEQ_K, VD_OP_JGT_K, VD_OP_JGE_K, VD_OP_JSET_K,
					 VD_OP_JEQ_X, VD_OP_JGT_X, VD_OP_JGE_X, VD_OP_JSET_X };
	size_t tests = 1 + vd_random_below(random, 8), len = 0, ends = 4 + vd_random_below(random, 6);
	size_t total = 2 * tests + 1 + ends;

	insns[len++] = insn(VD_OP_LDX_IMM, edge(random));
	for (size_t i = 0; i < tests; i++) {
		insns[len] = insn(vd_random_below(random, 3) ? VD_OP_LD_ABS : VD_OP_LD_IMM, any_word(random));
		if (insns[len].code == vd_isa[VD_OP_LD_IMM].code)
			insns[len].k = edge(random);
		len++;
		insns[len] = insn(jumps[vd_random_below(random, sizeof(jumps))], edge(random));
		insns[len].jt = (uint8_t)vd_random_below(random, (uint32_t)(total - len - 1));
		insns[len].jf = vd_random_below(random, 2)
					? 0
					: (uint8_t)vd_random_below(random, (uint32_t)(total - len - 1));
		len++;
	}
	while (len < total) {
		insns[len] = insn(VD_OP_RET_K, 0x00050000 + (uint32_t)len);
		len++;
	}
	return len;
}

/* Words go into scratch memory from both registers, come back into both, and make up the value. */
static size_t make_memory(struct vd_random *random, struct sock_filter *insns)
{
	uint32_t slots[4];
	size_t len = 0;

	for (size_t i = 0; i < 4; i++) {
		slots[i] = vd_random_below(random, VD_MEM_WORDS);
		insns[len++] = insn(VD_OP_LD_ABS, any_word(random));
		if (vd_random_below(random, 2)) {
			insns[len++] = insn(VD_OP_TAX, 0);
			insns[len++] = insn(VD_OP_LD_IMM, edge(random));
			insns[len++] = insn(VD_OP_STX, slots[i]);
		} else {
			insns[len++] = insn(VD_OP_ST, slots[i]);
		}
	}
	insns[len++] = insn(VD_OP_LD_MEM, slots[vd_random_below(random, 4)]);
	for (size_t i = 0; i < 3; i++) {
		insns[len++] = insn(VD_OP_LDX_MEM, slots[vd_random_below(random, 4)]);
		insns[len++] = insn(vd_random_below(random, 2) ? VD_OP_ADD_X : VD_OP_XOR_X, 0);
	}
	if (vd_random_below(random, 4) == 0) /* a way around some of it */
		insns[vd_random_below(random, (uint32_t)len - 8)] = insn(VD_OP_JA,
									 vd_random_below(random, 5));
	insns[len++] = insn(VD_OP_RET_A, 0);
	return len;
}

/* Where a jump of more than 255 leads shows in what is returned. */
static size_t make_far(struct vd_random *random, struct sock_filter *insns)
{
	uint32_t far = 240 + vd_random_below(random, 60);
	size_t len = 0;

	insns[len++] = insn(VD_OP_LD_ABS, any_word(random));
	insns[len] = insn(vd_random_below(random, 2) ? VD_OP_JSET_K : VD_OP_JGT_K, edge(random));
	insns[len].jt = vd_random_below(random, 2) ? 255 : 1;
	insns[len++].jf = 0;
	insns[len++] = insn(VD_OP_JA, far);
	for (uint32_t i = 0; i < far + 20; i++)
		insns[len++] = insn(VD_OP_RET_K, 0x00050000 + i);
	return len;
}

/* A few verdicts behind a test. */
static size_t make_filter(struct vd_random *random, struct sock_filter *insns)
{
	size_t len = 0;

	if (vd_random_below(random, 3)) {
		insns[len++] = insn(VD_OP_LD_ABS, any_word(random));
		insns[len] = insn(vd_random_below(random, 2) ? VD_OP_JGE_K : VD_OP_JSET_K, edge(random));
		insns[len++].jf = 1;
		insns[len++] = insn(VD_OP_RET_K, verdict(random));
	}
	insns[len++] = insn(VD_OP_RET_K, verdict(random));
	return len;
}

/* Programs whose length and converted size are near the limits; only checked and pushed. */
static void make_long(struct vd_random *random, struct trial *trial)
{
	struct trial_program *program = &trial->programs[0];
	static const size_t lens[] = { 1, 2, 3, 4, 5, 6, 255, 256, 1000, 4095, 4096, 4097 };

	program->len = lens[vd_random_below(random, sizeof(lens) / sizeof(*lens))];
	for (size_t i = 0; i < program->len; i++) {
		static const uint8_t ops[] = { VD_OP_RET_K,  VD_OP_LD_IMM, VD_OP_JEQ_K,
					       VD_OP_JSET_K, VD_OP_DIV_X,  VD_OP_JEQ_X,
					       VD_OP_JGT_K,  VD_OP_RET_A,  VD_OP_JSET_X };
		uint32_t any = (uint32_t)vd_random_next(random);
		program->insns[i] = insn(ops[any % (1 + (any >> 8) % sizeof(ops))],
					 any >> 16 & 1 ? any | 0x80000000 : any >> 17);
		if (i + 3 < program->len &&
		    vd_form_is_branch(vd_isa[vd_op_of(program->insns[i].code)].form)) {
			program->insns[i].jt = any >> 20 & 1;
			program->insns[i].jf = any >> 21 & 1;
		}
	}
	/* converted it has 9, and 2,521 of them have one more than there is room for */
	if (program->len == 5 && vd_random_below(random, 4))
		for (size_t i = 0; i < 4; i++)
			program->insns[i] = insn(VD_OP_LD_IMM, 0);
	program->insns[program->len - 1] = insn(VD_OP_RET_K, verdict(random));
	/* as often as fits, and once more */
	trial->copies = VD_STACK_SIZE_MAX / (program->len + 5) + 2;
	trial->n = 1;
}

/* -------------------------------------------------------------- records -- */

static void make_records(struct trial *trial, struct vd_random *random)
{
	/* code can be put at a few addresses only, and each costs the kernel's oracle a process */
	uint64_t ip = 0x100000000 + ((uint64_t)vd_random_below(random, 1u << 30) << 4);

	trial->n_records = TRIAL_RECORDS;
	for (size_t i = 0; i < TRIAL_RECORDS; i++) {
		const struct trial_program *program =
			&trial->programs[vd_random_below(random, (uint32_t)trial->n)];
		struct seccomp_data *data = &trial->records[i];
		vd_random_record(random, program->insns, program->len, data);
		if (vd_random_below(random, 8))
			data->arch = vd_random_below(random, 4) ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_I386;
		if (vd_random_below(random, 8))
			data->instruction_pointer = ip;
		for (int j = 0; j < 6; j++)
			if (!vd_random_below(random, 4))
				data->args[j] = (uint64_t)edge(random) << 32 | edge(random);
	}
}

static size_t make_program(struct vd_random *random, enum shape shape, struct sock_filter *insns)
{
	switch (shape) {
	case SHAPE_LUCK:
		return make_luck(random, insns);
	case SHAPE_NEARLY:
		return make_nearly(random, insns);
	case SHAPE_ALU:
		return make_alu(random, insns);
	case SHAPE_JUMPS:
		return make_jumps(random, insns);
	case SHAPE_MEMORY:
		return make_memory(random, insns);
	case SHAPE_FAR:
		return make_far(random, insns);
	case SHAPE_STACK:
		return make_filter(random, insns);
	default:
		return vd_random_prog(random,
				      vd_random_below(random, 16)  ? 24
				      : vd_random_below(random, 8) ? 120
								   : 700,
				      0, insns);
	}
}

void trial_make(struct trial *trial, uint64_t seed, uint64_t number)
{
	static const uint8_t shapes[] = { SHAPE_VALID,	SHAPE_VALID,  SHAPE_LUCK,  SHAPE_LUCK,
					  SHAPE_NEARLY, SHAPE_NEARLY, SHAPE_ALU,   SHAPE_ALU,
					  SHAPE_ALU,	SHAPE_JUMPS,  SHAPE_JUMPS, SHAPE_MEMORY,
					  SHAPE_STACK,	SHAPE_STACK,  SHAPE_STACK, SHAPE_VALID };
	struct vd_random random = { .state = seed };

	random.state = vd_random_next(&random) ^ number * 0x9e3779b97f4a7c15u;
	vd_random_next(&random);
	trial->shape = shapes[vd_random_below(&random, sizeof(shapes))];
	if (vd_random_below(&random, 100) == 0)
		trial->shape = vd_random_below(&random, 2) ? SHAPE_LONG : SHAPE_FAR;
	trial->copies = 0;
	trial->big_endian = vd_random_below(&random, 8) == 0;
	if (trial->shape == SHAPE_LONG) {
		make_long(&random, trial);
	} else {
		trial->n = trial->shape == SHAPE_STACK ? 2 + vd_random_below(&random, TRIAL_PROGRAMS - 1) : 1;
		for (size_t i = 0; i < trial->n; i++)
			trial->programs[i].len = make_program(&random, trial->shape,
							      trial->programs[i].insns);
	}
	make_records(trial, &random);
}
