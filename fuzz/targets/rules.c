/* SPDX-License-Identifier: MIT */
/* Rules: the programs that they are compiled to decide as the lines, read one by one, do. */
#include "fuzz/support/support.h"
#include "loader/rules/rules.h"
#include "vm/random.h"

#include <stdlib.h>

#define FILTERS_MAX 4
#define RECORDS 64

static uint64_t value_for(struct vd_random *random, const struct rules_entry *entry, enum expr_field field)
{
	uint64_t values[32], any = (uint64_t)vd_random_word(random) << 32;
	size_t n = entry ? pred_boundaries(&entry->pred, field, values, 32) : 0;

	if (n && vd_random_below(random, 4))
		return values[vd_random_below(random, (uint32_t)n)];
	return any | vd_random_word(random);
}

/* A record near what some line speaks of. */
static struct seccomp_data record_for(struct vd_random *random, const struct rules *rules, size_t i)
{
	const struct rules_filter *filter = &rules->filters[i];
	const struct rules_entry *entry =
		filter->n ? &filter->entries[vd_random_below(random, (uint32_t)filter->n)] : NULL;
	int abi = entry ? entry->abi : rules->abis[vd_random_below(random, (uint32_t)rules->n_abis)];
	struct seccomp_data record = { .arch = abi == VD_ABI_NONE ? vd_random_word(random)
								  : vd_abi_info(abi)->audit_arch };

	record.nr = (int)(entry ? entry->nr + (vd_random_below(random, 8) == 0) : vd_random_word(random));
	if (vd_random_below(random, 8) == 0)
		record.nr ^= 0x40000000;
	if (vd_random_below(random, 16) == 0)
		record.arch = vd_random_word(random);
	for (int arg = 0; arg < 6; arg++)
		record.args[arg] = value_for(random, entry, EXPR_ARG0 + arg);
	record.instruction_pointer = value_for(random, entry, EXPR_IP);
	return record;
}

static void compare(const struct rules *rules, size_t i, const struct sock_filter *insns, size_t len)
{
	struct vd_random random = { .state = i * 1000 + len };
	struct vd_error error;
	struct vd_stack *stack;
	struct vd_prog *prog;
	char text[256];

	if (vd_prog_new(insns, len, &prog, &error) < 0) {
		vd_error_format(&error, text, sizeof(text));
		broken("rules make a program that is refused: %s", text);
	}
	EXPECT(vd_stack_new(&stack) == 0 && vd_stack_push(stack, prog) == 0, "no stack");
	vd_prog_free(prog);
	for (unsigned n = 0; n < RECORDS; n++) {
		struct seccomp_data record = record_for(&random, rules, i);
		int abi = vd_abi_of(record.arch, (uint32_t)record.nr);
		const struct vd_abi_info *info = vd_abi_info(abi);
		vd_stack_set_big_endian(stack, info && info->big_endian);
		struct rules_answer answer = rules_answer_of(rules, i, &record);
		struct vd_verdict verdict = vd_stack_run(stack, &record);
		/* The strongest counts, whatever its data: RET's bits decide both. */
		EXPECT(answer.ret == verdict.ret || (answer.ret >> 16 == 0x7fff && verdict.filter < 0),
		       "filter %zu gives 0x%08x, its lines 0x%08x, for nr 0x%x arch 0x%x args 0x%llx 0x%llx",
		       i, verdict.ret, answer.ret, (unsigned)record.nr, record.arch,
		       (unsigned long long)record.args[0], (unsigned long long)record.args[1]);
	}
	vd_stack_free(stack);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size);
	struct rules *rules;
	struct diags diags;

	diags_init(&diags);
	int r = rules_read(&text, &diags, &rules);
	for (size_t i = 0; r == 0 && i < rules->n_filters && i < FILTERS_MAX; i++) {
		struct sock_filter *insns;
		size_t len, errors = diags.errors;
		if (rules_compile(rules, i, &diags, &insns, &len) == 0) {
			compare(rules, i, insns, len);
			free(insns);
		} else {
			EXPECT(diags.errors > errors, "rules are not compiled, and nothing is said");
		}
	}
	if (r == 0)
		rules_free(rules);
	expect_diags(&diags, r);
	text_done(&text);
	return 0;
}
