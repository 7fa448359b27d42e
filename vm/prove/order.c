/* SPDX-License-Identifier: MIT */
#include "vm/prove/order.h"

void vd_order_init(struct vd_order *order)
{
	*order = (struct vd_order){ 0 };
	for (uint8_t w = 0; w < VD_RECORD_WORDS; w++)
		order->group[w] = w;
}

/* All words of a set are in one group. */
static void join(struct vd_order *order, uint16_t words)
{
	int first = -1;

	for (int w = 0; w < (int)VD_RECORD_WORDS; w++) {
		if (!(words >> w & 1))
			continue;
		if (first < 0) {
			first = w;
			continue;
		}
		uint8_t from = order->group[w], to = order->group[first];
		for (unsigned i = 0; i < VD_RECORD_WORDS; i++)
			if (order->group[i] == from)
				order->group[i] = to;
	}
}

/* Which words a register may hold something of, over all paths that lead here. */
struct taint {
	uint16_t a, x, m[VD_MEM_WORDS];
};

/* One pass without regard to paths: what was stored anywhere may be read anywhere behind. */
void vd_order_add(struct vd_order *order, const struct vd_prog *prog, bool big_endian)
{
	struct taint t = { 0 };

	for (size_t pc = 0; pc < prog->len; pc++) {
		const struct vd_insn *insn = &prog->code[pc];
		switch ((enum vd_form)vd_isa[insn->op].form) {
		case VD_FORM_ABS:
			t.a = (uint16_t)(1u << vd_word_at(insn->k / 4, big_endian));
			break;
		case VD_FORM_MEM:
			if (insn->op == VD_OP_ST)
				t.m[insn->k] |= t.a;
			else if (insn->op == VD_OP_STX)
				t.m[insn->k] |= t.x;
			else if (insn->op == VD_OP_LD_MEM)
				t.a = t.m[insn->k];
			else
				t.x = t.m[insn->k];
			break;
		case VD_FORM_X:
		case VD_FORM_JUMP_X:
			join(order, t.a | t.x);
			if (vd_isa[insn->op].form == VD_FORM_X)
				t.a |= t.x;
			break;
		case VD_FORM_NONE:
			if (insn->op == VD_OP_TAX)
				t.x = t.a;
			else if (insn->op == VD_OP_TXA)
				t.a = t.x;
			break;
		case VD_FORM_IMM:
		case VD_FORM_LEN:
		case VD_FORM_A:
		case VD_FORM_JUMP:
		case VD_FORM_JUMP_K:
			break;
		}
	}
}

/* arch, nr, then each argument's high and low half, then ip's */
static const uint8_t words[VD_RECORD_WORDS] = { 1, 0, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14, 3, 2 };

/* Bit by bit from the highest, in the order of the words. Returns the next number. */
static uint16_t number_group(struct vd_order *order, uint8_t group, uint16_t next)
{
	uint8_t members[VD_RECORD_WORDS];
	unsigned n = 0;

	for (unsigned i = 0; i < VD_RECORD_WORDS; i++)
		if (order->group[words[i]] == group)
			members[n++] = words[i];
	for (int bit = 31; bit >= 0; bit--)
		for (unsigned i = 0; i < n; i++)
			order->var[members[i]][bit] = next++;
	return next;
}

void vd_order_finish(struct vd_order *order, bool calls_first)
{
	bool done[VD_RECORD_WORDS + 2] = { false };
	uint16_t next = 0;

	for (unsigned w = 0; calls_first && w < 2; w++)
		order->group[w] = (uint8_t)(VD_RECORD_WORDS + w);
	for (unsigned i = 0; i < VD_RECORD_WORDS; i++) {
		uint8_t group = order->group[words[i]];
		if (done[group])
			continue;
		done[group] = true;
		next = number_group(order, group, next);
	}
}
