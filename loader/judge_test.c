/* SPDX-License-Identifier: MIT */
#include "loader/judge.h"
#include "loader/summary.h"
#include "loader/testing.h"

#include <linux/audit.h>

/* One filter: what stands at offset 16, the first half of arg0, into the verdict. */
static struct vd_stack *stack_of(bool computed)
{
	const struct sock_filter tests[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_filter computes[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xffff),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct vd_stack *stack;
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(computed ? computes : tests, 4, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
	return stack;
}

/* s390x has the high half first, and so has an unknown arch without the little-endian bit. */
static const struct {
	uint32_t arch;
	bool big;
} archs[] = {
	{ AUDIT_ARCH_X86_64, false },	     { AUDIT_ARCH_S390X, true },
	{ AUDIT_ARCH_I386, false },	     { 0x1234, true },
	{ 0x1234 | __AUDIT_ARCH_LE, false },
};

START_TEST(byte_orders)
{
	static struct seccomp_data data[3000];
	static uint32_t values[3000];
	struct judge judge = { .stack = stack_of(_i & 1), .interp = _i & 2 };

	for (size_t i = 0; i < 3000; i++) {
		/* stretches of one arch, and quick changes */
		size_t a = i < 2000 ? i / 700 : i % COUNT_OF(archs);
		data[i] = (struct seccomp_data){ .arch = archs[a].arch, .args = { i % 3 | (i % 5) << 32 } };
	}
	judge_batch(&judge, data, 3000, values);
	for (size_t i = 0; i < 3000; i++) {
		size_t a = i < 2000 ? i / 700 : i % COUNT_OF(archs);
		uint32_t half = (uint32_t)(archs[a].big ? i % 5 : i % 3);
		uint32_t want = _i & 1	    ? SECCOMP_RET_ERRNO | half
				: half == 1 ? SECCOMP_RET_ERRNO | 1
					    : SECCOMP_RET_ALLOW;
		ck_assert_uint_eq(values[i], want);
		ck_assert_uint_eq(judge_one(&judge, &data[i]).ret, want);
	}
	judge_done(&judge);
	vd_stack_free(judge.stack);
}
END_TEST

START_TEST(one_order)
{
	const struct seccomp_data data[] = { { .arch = AUDIT_ARCH_X86_64, .args = { 1 } },
					     { .arch = AUDIT_ARCH_S390X, .args = { 1ull << 32 } } };
	struct judge judge = { .stack = stack_of(true), .order = _i ? ORDER_BIG : ORDER_LITTLE };
	uint32_t values[2];

	judge_batch(&judge, data, 2, values);
	ck_assert_uint_eq(values[0] & 0xffff, !_i);
	ck_assert_uint_eq(values[1] & 0xffff, _i);
	judge_done(&judge);
	vd_stack_free(judge.stack);
}
END_TEST

/* Open words are named as a little-endian machine has them: 4 is arg0's low half, 5 its high one. */
static const struct {
	uint32_t arch;
	uint16_t open;
	int word;
} opens[] = {
	{ AUDIT_ARCH_X86_64, 0, -1 },	   { AUDIT_ARCH_X86_64, 1 << 4, 4 },
	{ AUDIT_ARCH_X86_64, 1 << 5, -1 }, { AUDIT_ARCH_X86_64, 3 << 4, 4 },
	{ AUDIT_ARCH_X86_64, 0xffcc, -1 }, { AUDIT_ARCH_S390X, 1 << 4, -1 },
	{ AUDIT_ARCH_S390X, 1 << 5, 5 },   { AUDIT_ARCH_S390X, 0xffdf, -1 },
};

START_TEST(open_words)
{
	const struct seccomp_data data = { .arch = opens[_i].arch };
	struct vd_verdict verdict = { .ret = 42 };
	struct judge judge = { .stack = stack_of(false) };

	ck_assert_int_eq(judge_open(&judge, &data, opens[_i].open, &verdict), opens[_i].word);
	ck_assert_uint_eq(verdict.ret, opens[_i].word < 0 ? SECCOMP_RET_ALLOW : 42);
	judge_done(&judge);
	vd_stack_free(judge.stack);
}
END_TEST

static uint64_t counted(const struct summary *summary, uint32_t ret)
{
	for (size_t i = 0; i < COUNT_OF(summary->counts); i++)
		if (summary->counts[i].n && summary->counts[i].ret == ret)
			return summary->counts[i].n;
	return 0;
}

/* All at once or one by one: the same counts, of few values and of more than are counted apart. */
START_TEST(summaries)
{
	static const uint32_t kinds[] = { 1, 2, 3, 7, SUMMARY_MAX, SUMMARY_MAX + 100 };
	static uint32_t values[20000];
	static struct summary all, each;
	struct vd_random random = { .state = 3 };

	memset(&all, 0, sizeof(all));
	memset(&each, 0, sizeof(each));
	for (size_t i = 0; i < COUNT_OF(values); i++)
		values[i] = vd_random_below(&random, kinds[_i]) * 0x10001;
	for (size_t i = 0, n; i < COUNT_OF(values); i += n) {
		n = 1 + vd_random_below(&random, 1024);
		n = n < COUNT_OF(values) - i ? n : COUNT_OF(values) - i;
		summary_add_all(&all, values + i, n);
	}
	for (size_t i = 0; i < COUNT_OF(values); i++)
		summary_add(&each, values[i]);
	ck_assert_uint_eq(all.total, COUNT_OF(values));
	ck_assert_uint_eq(each.total, all.total);
	uint64_t sum = all.others;
	for (size_t i = 0; i < COUNT_OF(all.counts); i++) {
		sum += all.counts[i].n;
		if (kinds[_i] <= SUMMARY_MAX && all.counts[i].n)
			ck_assert_uint_eq(counted(&each, all.counts[i].ret), all.counts[i].n);
	}
	ck_assert_uint_eq(sum, all.total);
	ck_assert_uint_eq(all.distinct, each.distinct);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, byte_orders, 0, 4);
	tcase_add_loop_test(tc, one_order, 0, 2);
	tcase_add_loop_test(tc, open_words, 0, COUNT_OF(opens));
	tcase_add_loop_test(tc, summaries, 0, 6);
}

int main(void)
{
	return run_suite("judge", add);
}
