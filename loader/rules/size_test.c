/* SPDX-License-Identifier: MIT */
/* How long the programs of rules are, and their paths. */
#include "loader/rules/testing.h"

static unsigned longest_path(const struct vd_prog *prog)
{
	const struct sock_filter *insns = vd_prog_insns(prog);
	size_t len = vd_prog_len(prog);
	unsigned *longest = calloc(len, sizeof(*longest));

	for (size_t pc = len; pc-- > 0;) {
		const struct sock_filter *insn = &insns[pc];
		bool jump = BPF_CLASS(insn->code) == BPF_JMP, ja = jump && BPF_OP(insn->code) == BPF_JA;
		unsigned t = 0, f = 0;
		if (BPF_CLASS(insn->code) != BPF_RET) {
			t = longest[pc + 1 + (ja ? insn->k : jump ? insn->jt : 0)];
			f = longest[pc + 1 + (ja ? insn->k : jump ? insn->jf : 0)];
		}
		longest[pc] = 1 + (t > f ? t : f);
	}
	unsigned result = longest[0];
	free(longest);
	return result;
}

/* 400 calls, each with a condition of its own, over one ABI and over three. */
static const struct {
	const char *arch, *line;
} large[] = {
	{ "x86_64", "x86_64.%u: arg0 == %u" },
	{ "x86_64", "x86_64.%u: arg0 > 0x1%08x" },
	{ "x86_64", "x86_64.%u: arg0 & %u" },
	{ "x86_64", "x86_64.%u: 1 -> ERRNO(%u)" },
	{ "x86_64", "read, x86_64.%u: arg0 == %u" },
	{ "x86_64, i386, x32", "x32.%u: arg0 == %u" },
	{ "s390x, aarch64, x86_64", "x86_64.%u: s32(arg0) < %u" },
};

START_TEST(many_calls_have_short_paths)
{
	size_t cap = 400 * 100 + 100, len;
	char *content = malloc(cap);

	len = (size_t)snprintf(content, cap, "arch: %s\n", large[_i].arch);
	for (unsigned i = 0; i < 400; i++) {
		len += (size_t)snprintf(content + len, cap - len, large[_i].line, i, i + 1);
		len += (size_t)snprintf(content + len, cap - len, "\n");
	}
	struct rules *rules = read_rules(content);
	struct vd_prog *prog = compile(rules, 0);
	unsigned longest = longest_path(prog);
	ck_assert_uint_le(longest, 40);
	printf("# %s: %zu instructions, at most %u executed\n", large[_i].line, vd_prog_len(prog), longest);
	struct vd_stack *stack = stack_of(rules);
	for (uint32_t nr = 0; nr < 402; nr++) {
		struct seccomp_data record = { .arch = vd_abi_info(VD_ABI_X86_64)->audit_arch };
		record.nr = (int)(nr | (_i == 5 ? 0x40000000 : 0));
		for (unsigned value = 0; value < 3; value++) {
			record.args[0] = nr + value;
			ck_assert_uint_eq(vd_stack_run(stack, &record).ret, rules_answer(rules, &record).ret);
		}
	}
	vd_stack_free(stack);
	vd_prog_free(prog);
	rules_free(rules);
	free(content);
}
END_TEST

/* Small sets are as short as by hand. */
static const struct {
	const char *rules;
	size_t len;
} sizes[] = {
	{ "default: ALLOW\n", 7 },
	{ "read: 1\n", 6 },
	{ "arch: x86_64, x32\nread: 1\n", 7 },
	{ "read: fd == 0\n", 8 },
	{ "read, write: fd == 0\n", 9 },
	{ "read: fd == 0 || fd == 1\n", 9 },
	{ "read: arg0 == 5\n", 10 },
	{ "read: arg0 < 0x100000000\n", 8 },
	{ "lseek: offset >= 0\n", 8 },
	{ "read: fd & 5\n", 8 },
};

START_TEST(small_sets_are_short)
{
	struct rules *rules = read_rules(sizes[_i].rules);
	struct vd_prog *prog = compile(rules, 0);

	ck_assert_uint_le(vd_prog_len(prog), sizes[_i].len);
	vd_prog_free(prog);
	rules_free(rules);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, many_calls_have_short_paths, 0, COUNT_OF(large));
	tcase_add_loop_test(tc, small_sets_are_short, 0, COUNT_OF(sizes));
}

int main(void)
{
	return run_suite("rules-size", add);
}
