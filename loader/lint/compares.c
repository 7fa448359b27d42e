/* SPDX-License-Identifier: MIT */
/* Which values a stack's programs compare a word of the record with. */
#include "loader/lint/lint.h"
#include "vm/prove/order.h"

#include <stdlib.h>

static bool is_compare(const struct vd_insn *insn)
{
	return insn->op == VD_OP_JEQ_K || insn->op == VD_OP_JGT_K || insn->op == VD_OP_JGE_K;
}

size_t lint_compares(const struct lint *lint, int abi, unsigned word, struct lint_compare *ret_compares,
		     size_t max)
{
	const struct vd_stack *stack = lint_stack(lint, abi);
	size_t n = 0;

	for (size_t i = 0; i < vd_stack_len(stack) && n < max; i++) {
		const struct vd_prog *prog = vd_stack_prog(stack, i);
		struct vd_fact *facts = calloc(prog->len, sizeof(*facts));
		if (!facts)
			return n;
		vd_prog_facts(prog, facts);
		for (uint32_t pc = 0; pc < prog->len && n < max; pc++) {
			const struct vd_insn *insn = &prog->code[pc];
			if (!is_compare(insn) || facts[pc].word < 0 ||
			    vd_word_at((uint32_t)facts[pc].word, vd_stack_big_endian(stack)) != word)
				continue;
			ret_compares[n++] = (struct lint_compare){
				.filter = (int)i, .pc = pc, .k = insn->k, .order = insn->op != VD_OP_JEQ_K
			};
		}
		free(facts);
	}
	return n;
}

#define COMPARES_MAX 512

struct orders {
	const struct lint_compare *compares;
	size_t n;
	bool met;
};

static void meet(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	struct orders *orders = userdata;

	for (size_t i = 0; i < orders->n; i++)
		orders->met |= orders->compares[i].order && orders->compares[i].filter == filter &&
			       orders->compares[i].pc == pc;
}

bool lint_orders(const struct lint *lint, int abi, const struct seccomp_data *record, unsigned word)
{
	struct lint_compare compares[COMPARES_MAX];
	struct orders orders = { .compares = compares,
				 .n = lint_compares(lint, abi, word, compares, COMPARES_MAX) };

	vd_stack_trace(lint_stack(lint, abi), record, meet, &orders);
	return orders.met;
}
