/* SPDX-License-Identifier: MIT */
/*
 * A real filter, and the same with one instruction changed: each pair is
 * proved equal, or told apart by a record that the machine confirms. 10 in a
 * plain run, 200 with CHECK_LONG.
 */
#include "vm/random.h"
#include "vm/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILTER "cases/suite/corpus/docker-1/01.bpf" /* tests run from the project's root */
#define RECORDS 2000

static struct sock_filter original[4096];
static size_t len;

static void read_filter(void)
{
	FILE *file = fopen(FILTER, "rb");

	ck_assert_msg(file != NULL, "%s cannot be read", FILTER);
	len = fread(original, sizeof(*original), 4096, file);
	fclose(file);
	ck_assert_uint_gt(len, 100);
}

/* One field of one instruction, so that the kernel still takes the program. */
static void mutate(struct vd_random *random, struct sock_filter *insns)
{
	do {
		memcpy(insns, original, sizeof(original));
		struct sock_filter *insn = &insns[vd_random_below(random, (uint32_t)len)];
		switch (vd_random_below(random, 4)) {
		case 0:
			insn->k ^= 1u << vd_random_below(random, 32);
			break;
		case 1:
			insn->k = original[vd_random_below(random, (uint32_t)len)].k;
			break;
		case 2:
			insn->jt = (uint8_t)vd_random_below(random, 256);
			break;
		default:
			insn->code = original[vd_random_below(random, (uint32_t)len)].code;
			break;
		}
	} while (vd_check(insns, len, NULL, 0) || !memcmp(insns, original, len * sizeof(*insns)));
}

static void no_record_differs(struct vd_random *random, const struct vd_stack *a, const struct vd_stack *b,
			      const struct sock_filter *insns)
{
	for (int i = 0; i < RECORDS; i++) {
		struct seccomp_data data;
		vd_random_record(random, insns, len, &data);
		ck_assert_uint_eq(vd_stack_run(a, &data).ret, vd_stack_run(b, &data).ret);
	}
}

START_TEST(mutations)
{
	struct vd_random random = { .state = 77 };
	int n = getenv("CHECK_LONG") ? 200 : 10, equal = 0;

	read_filter();
	struct vd_stack *stack = stack_of_one(original, len);
	for (int i = 0; i < n; i++) {
		struct sock_filter insns[4096];
		struct vd_witness witness;
		enum vd_answer answer;
		mutate(&random, insns);
		struct vd_stack *mutant = stack_of_one(insns, len);
		ck_assert_int_eq(vd_prove_equal(stack, mutant, NULL, true, NULL, &answer, &witness), 0);
		ck_assert_int_ne(answer, VD_ANSWER_UNKNOWN);
		if (answer == VD_ANSWER_RECORD) {
			ck_assert_uint_ne(vd_stack_run(stack, &witness.data).ret,
					  vd_stack_run(mutant, &witness.data).ret);
		} else {
			equal++;
			no_record_differs(&random, stack, mutant, insns);
		}
		vd_stack_free(mutant);
	}
	/* most changes of a filter that somebody uses are seen */
	ck_assert_int_lt(equal, n / 2);
	vd_stack_free(stack);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, mutations);
}

int main(void)
{
	return run_suite("mutations", add);
}
