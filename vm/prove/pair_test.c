/* SPDX-License-Identifier: MIT */
/* Two readings of one record, against the machine; and which instructions are reached. */
#include "vm/prove/pair.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <errno.h>

#define ALLOW SECCOMP_RET_ALLOW
#define DENY (SECCOMP_RET_ERRNO | 1)
#define LD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define JEQ(k, jt, jf) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, jt, jf)
#define JGT(k, jt, jf) BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, k, jt, jf)
#define RET(k) BPF_STMT(BPF_RET | BPF_K, k)

/* args[1] == 7 is denied, by 64 bits. */
static const struct sock_filter wide[] = {
	LD(28), JEQ(0, 0, 3), LD(24), JEQ(7, 0, 1), RET(DENY), RET(ALLOW)
};
/* The same by 32. */
static const struct sock_filter narrow[] = { LD(24), JEQ(7, 0, 1), RET(DENY), RET(ALLOW) };

static const struct vd_range runs = { ALLOW, ALLOW }, denied = { DENY, DENY };

static enum vd_answer high_half_opens(const struct sock_filter *insns, size_t len,
				      struct seccomp_data *ret_record)
{
	struct vd_stack *stack = stack_of_one(insns, len);
	struct vd_pair pair = { .a = stack, .b = stack, .a_gives = { &runs, 1 }, .b_gives = { &denied, 1 } };
	enum vd_answer answer;

	vd_pattern_word(&pair.change, 7, UINT32_MAX, 0);
	ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, ret_record), 0);
	vd_stack_free(stack);
	return answer;
}

START_TEST(dropped_bits_are_found)
{
	struct seccomp_data record;

	ck_assert_int_eq(high_half_opens(wide, COUNT_OF(wide), &record), VD_ANSWER_RECORD);
	ck_assert_uint_eq(record.args[1], 0x100000007);
	ck_assert_int_eq(high_half_opens(narrow, COUNT_OF(narrow), &record), VD_ANSWER_PROVED);
}
END_TEST

START_TEST(fixed_bits_are_in_the_record)
{
	struct vd_stack *stack = stack_of_one(wide, COUNT_OF(wide));
	struct vd_pair pair = { .a = stack, .a_gives = { &denied, 1 } };
	struct seccomp_data record;
	enum vd_answer answer;

	vd_pattern_word(&pair.in, 0, UINT32_MAX, 16);
	vd_pattern_word(&pair.in, 1, UINT32_MAX, 0xc000003e);
	vd_pattern_word(&pair.in, 14, 0xff00, 0x1200);
	ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, &record), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	ck_assert_int_eq(record.nr, 16);
	ck_assert_uint_eq(record.arch, 0xc000003e);
	ck_assert_uint_eq(record.args[5], 0x1200);
	ck_assert_uint_eq(record.args[1], 7);
	/* and what they rule out is proved */
	vd_pattern_word(&pair.in, 6, 1, 0);
	ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, &record), 0);
	ck_assert_int_eq(answer, VD_ANSWER_PROVED);
	vd_stack_free(stack);
}
END_TEST

/* Call 1 is denied when its argument 0 is 3, call 2 when its argument 1 is. */
static const struct sock_filter moved[] = {
	LD(0),	      JEQ(1, 0, 3), LD(16),	  JEQ(3, 0, 4), RET(DENY),
	JEQ(2, 0, 2), LD(24),	    JEQ(3, 1, 0), RET(ALLOW),	RET(DENY)
};

START_TEST(words_are_moved)
{
	struct vd_stack *stack = stack_of_one(moved, COUNT_OF(moved));
	struct vd_pair pair = { .a = stack, .b = stack, .a_gives = { &runs, 1 }, .b_gives = { &denied, 1 } };
	struct seccomp_data record, other;
	enum vd_answer answer;

	/* call 2's argument 1 is call 1's argument 0: they agree */
	vd_pattern_word(&pair.in, 0, UINT32_MAX, 2);
	vd_pattern_word(&pair.change, 0, UINT32_MAX, 1);
	pair.from[4] = 6 + 1;
	pair.from[5] = 7 + 1;
	ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, &record), 0);
	ck_assert_int_eq(answer, VD_ANSWER_PROVED);
	/* argument 2 is not */
	pair.from[4] = 8 + 1;
	ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, &record), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	other = vd_pair_other(&pair, &record);
	ck_assert_int_eq(record.nr, 2);
	ck_assert_int_eq(other.nr, 1);
	ck_assert_uint_eq((uint32_t)other.args[0], (uint32_t)record.args[2]);
	ck_assert_uint_eq(vd_stack_run(stack, &record).ret, ALLOW);
	ck_assert_uint_eq(vd_stack_run(stack, &other).ret, DENY);
	vd_stack_free(stack);
}
END_TEST

START_TEST(byte_orders_do_not_mix)
{
	struct vd_stack *little = stack_of_one(wide, COUNT_OF(wide)),
			*big = stack_of_one(wide, COUNT_OF(wide));
	struct vd_pair pair = { .a = little, .b = big };
	struct seccomp_data record;
	enum vd_answer answer;

	vd_stack_set_big_endian(big, true);
	ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, &record), -EINVAL);
	pair.a = big;
	pair.differ = true;
	ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, &record), 0);
	ck_assert_int_eq(answer, VD_ANSWER_PROVED);
	/* the low half lies at the higher offset: word 6 by meaning is what `ld [28]` loads */
	vd_pattern_word(&pair.change, 6, UINT32_MAX, 1);
	ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, &record), 0);
	ck_assert_int_eq(answer, VD_ANSWER_RECORD);
	ck_assert_uint_eq(record.args[1], 0x700000000);
	vd_stack_free(little);
	vd_stack_free(big);
}
END_TEST

START_TEST(differing_is_effective)
{
	/* nr 1: ERRNO(4096), else ERRNO(4095): the kernel makes no difference */
	static const struct sock_filter insns[] = { LD(0), JEQ(1, 0, 1), RET(0x00051000), RET(0x00050fff) };
	struct vd_stack *stack = stack_of_one(insns, COUNT_OF(insns));
	struct vd_pair pair = { .a = stack, .b = stack, .differ = true };
	struct seccomp_data record;
	enum vd_answer answer;

	vd_pattern_word(&pair.change, 0, UINT32_MAX, 0);
	ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, &record), 0);
	ck_assert_int_eq(answer, VD_ANSWER_PROVED);
	vd_stack_free(stack);
}
END_TEST

START_TEST(a_spent_budget_is_no_answer)
{
	struct vd_stack *stack = stack_of_one(wide, COUNT_OF(wide));
	const struct vd_budget budget = { .nodes = 1 };
	struct vd_pair pair = { .a = stack, .a_gives = { &denied, 1 } };
	struct seccomp_data record;
	enum vd_answer answer;

	ck_assert_int_eq(vd_prove_pair(&pair, &budget, &answer, &record), 0);
	ck_assert_int_eq(answer, VD_ANSWER_UNKNOWN);
	vd_stack_free(stack);
}
END_TEST

/* Random pairs: where it is proved that no bit of a mask matters, no random record shows that one does. */
START_TEST(random_pairs_agree_with_the_machine)
{
	struct vd_random random = { 5 };
	unsigned proved = 0, found = 0;

	for (unsigned i = 0; i < 300; i++) {
		struct sock_filter insns[12];
		size_t n = 0;
		uint32_t k = (uint32_t)vd_random_below(&random, 4);
		insns[n++] = (struct sock_filter)LD(4 * (uint32_t)vd_random_below(&random, 4));
		insns[n++] = (struct sock_filter)JGT(k, 0, 2);
		insns[n++] = (struct sock_filter)LD(16);
		insns[n++] = (struct sock_filter)JEQ((uint32_t)vd_random_below(&random, 4), 0, 1);
		insns[n++] = (struct sock_filter)RET(DENY);
		insns[n++] = (struct sock_filter)RET(ALLOW);
		struct vd_stack *stack = stack_of_one(insns, n);
		struct vd_pair pair = { .a = stack, .b = stack, .differ = true };
		struct seccomp_data record;
		enum vd_answer answer;
		unsigned word = (unsigned)vd_random_below(&random, 6);
		vd_pattern_word(&pair.change, word, (uint32_t)vd_random_below(&random, 8),
				(uint32_t)vd_random_below(&random, 8));
		ck_assert_int_eq(vd_prove_pair(&pair, NULL, &answer, &record), 0);
		ck_assert_int_ne(answer, VD_ANSWER_UNKNOWN);
		bool differs = false;
		for (unsigned j = 0; j < 2000 && !differs; j++) {
			struct seccomp_data data = {
				.nr = (int)vd_random_below(&random, 8),
				.arch = (uint32_t)vd_random_below(&random, 8),
				.instruction_pointer = vd_random_below(&random, 8) |
						       (uint64_t)vd_random_below(&random, 8) << 32,
				.args = { vd_random_below(&random, 8) }
			};
			struct seccomp_data other = vd_pair_other(&pair, &data);
			differs = vd_stack_run(stack, &data).ret != vd_stack_run(stack, &other).ret;
		}
		ck_assert_msg(differs == (answer == VD_ANSWER_RECORD), "pair %u: word %u", i, word);
		*(differs ? &found : &proved) += 1;
		vd_stack_free(stack);
	}
	ck_assert_uint_gt(proved, 20);
	ck_assert_uint_gt(found, 20);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, dropped_bits_are_found);
	tcase_add_test(tc, fixed_bits_are_in_the_record);
	tcase_add_test(tc, words_are_moved);
	tcase_add_test(tc, byte_orders_do_not_mix);
	tcase_add_test(tc, differing_is_effective);
	tcase_add_test(tc, a_spent_budget_is_no_answer);
	tcase_add_test(tc, random_pairs_agree_with_the_machine);
}

int main(void)
{
	return run_suite("pairs of records", add);
}
