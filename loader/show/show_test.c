/* SPDX-License-Identifier: MIT */
/*
 * What a show says is compiled back and proved: the records for which a
 * condition holds get the verdict, and every record is in one class.
 */
#include "loader/call.h"
#include "loader/rules/pred.h"
#include "loader/show/as_rules.h"
#include "loader/show/show.h"
#include "vm/prog.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct vd_stack *stack_of(const struct sock_filter *insns, size_t len, struct vd_stack *stack)
{
	struct vd_prog *prog;

	if (!stack)
		ck_assert_int_eq(vd_stack_new(&stack), 0);
	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
	return stack;
}

static const uint32_t archs[] = { 0xc000003e, 0x40000003, 0x80000016, 0x00000014, 7 };
static const uint32_t constants[] = { 0,    1,	  2,	      3,	  4,	      5,	 6,
				      0x28, 0x80, 0x7e020000, 0x7fffffff, 0x80000000, 0xffffffff };

static const uint32_t masks[] = { 0xbfffffff, 0x40000000, 0xc0000000, 0x7fffffff, 0x80000000 };

static uint32_t pick(struct vd_random *random, const uint32_t *from, size_t n)
{
	return from[vd_random_below(random, (uint32_t)n)];
}

/* A filter as they are written: loads, masks, comparisons with constants, jumps that meet again. */
static size_t policy_like(struct vd_random *random, struct sock_filter *insns, bool shifts)
{
	static const uint32_t rets[] = { 0x7fff0000, 0x00050001, 0x00050026, 0x80000000, 0x7ff00001 };
	static const uint16_t jumps[] = { 0x15, 0x25, 0x35, 0x45 };
	static const uint16_t alu[] = { 0x54, 0x54, 0x54, 0x74, 0x04, 0x44, 0xa4, 0x84 };
	size_t blocks = 1 + vd_random_below(random, 8), n = 0;

	for (size_t i = 0; i < blocks; i++) {
		uint32_t word = vd_random_below(random, 3) ? 4 + vd_random_below(random, 4)
							   : vd_random_below(random, 2);

		insns[n++] = (struct sock_filter){ .code = 0x20, .k = word * 4 };
		/* Other masks on nr and arch make more classes than are looked at. */
		if (word < 2 && vd_random_below(random, 6) == 0)
			insns[n++] = (struct sock_filter){ .code = 0x54,
							   .k = pick(random, masks, COUNT_OF(masks)) };
		else if (word >= 2 && vd_random_below(random, 4) == 0)
			insns[n++] = (struct sock_filter){
				.code = alu[vd_random_below(random, shifts ? COUNT_OF(alu) : 3)],
				.k = pick(random, constants, COUNT_OF(constants)) &
				     (shifts ? 31 : UINT32_MAX),
			};
		insns[n++] = (struct sock_filter){
			.code = jumps[vd_random_below(random, word < 2 ? 3 : 4)],
			.k = word == 1 ? pick(random, archs, COUNT_OF(archs))
				       : pick(random, constants, COUNT_OF(constants)),
		};
	}
	for (size_t i = 0; i < COUNT_OF(rets); i++)
		insns[n++] = (struct sock_filter){ .code = 6, .k = rets[i] };
	for (size_t i = 0; i < n; i++)
		if ((insns[i].code & 7) == 5) {
			insns[i].jt = (uint8_t)vd_random_below(random, (uint32_t)(n - i - 1));
			insns[i].jf = (uint8_t)vd_random_below(
				random, (uint32_t)(n - i - 1) < 6 ? (uint32_t)(n - i - 1) : 6);
		}
	return n;
}

/* A condition as a program. */
static struct vd_prog *compile(const char *when, bool big_endian)
{
	const struct pred_subject subject = { .abi = VD_ABI_NONE };
	struct vd_prog *prog;
	struct diags diags;
	struct expr expr;
	struct pred pred;
	struct text text;

	diags_init(&diags);
	ck_assert_int_eq(text_from("when", when, strlen(when), &text), 0);
	struct span span = span_all(&text);
	if (expr_parse(&span, 0, &diags, &expr, NULL) < 0 || pred_bind(&expr, &subject, &diags, &pred) < 0) {
		diags_print(&diags, stderr, false);
		ck_abort_msg("%s", when);
	}
	ck_assert_int_eq(pred_program(&pred, big_endian, &prog), 0);
	pred_done(&pred);
	expr_done(&expr);
	text_done(&text);
	diags_done(&diags);
	return prog;
}

/* The condition of an outcome; of the last one, that the others' do not hold. */
static void condition(const struct answer *answer, size_t i, char *buf, size_t size)
{
	size_t len = (size_t)snprintf(buf, size, "%s",
				      answer->outcomes[i].when ? answer->outcomes[i].when : "1");

	for (size_t j = 0; j < i && !answer->outcomes[i].when && len < size; j++)
		len += (size_t)snprintf(buf + len, size - len, " && !(%s)", answer->outcomes[j].when);
	ck_assert_uint_lt(len, size);
}

static void prove_outcome(struct show *show, const struct show_arch *arch, const struct show_class *class,
			  size_t i)
{
	const struct answer *answer = &show->answers[class->answer];
	struct seccomp_data data = { .arch = (uint32_t)arch->words.ranges[0].first };
	uint32_t ret = answer->outcomes[i].ret;
	const struct vd_range gives = { ret, ret };
	const struct vd_expect expect = { .values = &gives, .n = 1 };
	static char text[65536];
	enum vd_answer found;
	struct vd_witness witness;

	condition(answer, i, text, sizeof(text));
	vd_stack_set_big_endian(show->stack, call_big_endian(&data));
	struct vd_prog *where = compile(text, call_big_endian(&data));
	const struct vd_set set = { .arch = arch->words, .nr = class->nr, .where = where };
	ck_assert_int_eq(vd_prove_claim(show->stack, &set, &expect, NULL, &found, &witness), 0);
	ck_assert_msg(found == VD_ANSWER_PROVED, "%s: 0x%08x", text, ret);
	vd_prog_free(where);
	if (!answer->outcomes[i].reached)
		return;
	data = answer->outcomes[i].witness.data;
	vd_stack_set_big_endian(show->stack, call_big_endian(&data));
	ck_assert_uint_eq(vd_stack_run(show->stack, &data).ret, ret);
}

/* Every arch word and number is in one class; returns how many classes are exact. */
static unsigned check_show(struct show *show, unsigned *classes)
{
	unsigned exact = 0;
	uint64_t words = 0;

	ck_assert_int_eq(show->error, 0);
	for (size_t i = 0; i < show->n_archs; i++) {
		const struct show_arch *arch = &show->archs[i];
		uint64_t numbers = 0;
		words += table_count(&arch->words);
		for (size_t j = 0; j < arch->n; j++) {
			const struct answer *answer = &show->answers[arch->classes[j].answer];
			numbers += table_count(&arch->classes[j].nr);
			++*classes;
			if (!answer_exact(answer) || answer->effective)
				continue;
			exact++;
			for (size_t k = 0; k < answer->n; k++)
				prove_outcome(show, arch, &arch->classes[j], k);
		}
		ck_assert_uint_eq(numbers, (uint64_t)UINT32_MAX + 1);
	}
	ck_assert_uint_eq(words, (uint64_t)UINT32_MAX + 1);
	return exact;
}

/* Rules are proved equal in there. */
static void check_rules(struct show *show)
{
	struct diags diags;
	char *text;

	diags_init(&diags);
	int r = as_rules(show, "it", &diags, &text);
	diags_print(&diags, stderr, false);
	ck_assert_int_eq(r, 0);
	free(text);
	diags_done(&diags);
}

static void check_stack(struct vd_stack *stack, unsigned *exact, unsigned *classes)
{
	struct show show;

	show_init(&show, stack, 0);
	show_collect(&show);
	*exact += check_show(&show, classes);
	if (show_exact(&show))
		check_rules(&show);
	show_done(&show);
	vd_stack_free(stack);
}

enum { ROUNDS = 25 };

static void check_policies(uint64_t seed, bool shifts)
{
	struct vd_random random = { seed };
	struct sock_filter insns[64];
	unsigned exact = 0, classes = 0;

	for (int round = 0; round < (getenv("CHECK_LONG") ? 40 * ROUNDS : ROUNDS); round++) {
		struct vd_stack *stack = NULL;

		for (uint32_t i = vd_random_below(&random, 2) + 1; i; i--) {
			size_t len = policy_like(&random, insns, shifts);
			stack = stack_of(insns, len, stack);
		}
		check_stack(stack, &exact, &classes);
	}
	/* Nearly all of these can be told: an abridged answer is not passed over. */
	ck_assert_uint_gt(exact, classes / 10 * 9);
}

START_TEST(policies)
{
	check_policies(1, false);
}
END_TEST

START_TEST(arithmetic)
{
	check_policies(2, true);
}
END_TEST

#define LOAD(at)                 \
	{                        \
		0x20, 0, 0, (at) \
	}
#define RET(value)               \
	{                        \
		6, 0, 0, (value) \
	}

/* One number is more than the budget has: it alone is not known. */
START_TEST(one_number_explodes)
{
	/* nr 5: the product of two arguments decides */
	static const struct sock_filter insns[] = {
		LOAD(0),  { 0x15, 1, 0, 5 }, RET(0x7fff0000),	    LOAD(16),	     { 0x07, 0, 0, 0 },
		LOAD(24), { 0x2c, 0, 0, 0 }, { 0x15, 0, 1, 12345 }, RET(0x80000000), RET(0x7fff0000),
	};
	struct vd_stack *stack = stack_of(insns, COUNT_OF(insns), NULL);
	struct show show;

	show_init(&show, stack, 3000);
	show_collect_word(&show, 0xc000003e, false);
	ck_assert(!show_exact(&show));
	ck_assert_uint_eq(show.n_archs, 1);
	const struct answer *four = &show.answers[show_answer(&show, &show.archs[0], 4)];
	ck_assert(answer_exact(four));
	ck_assert_uint_eq(four->outcomes[0].ret, 0x7fff0000);
	ck_assert_int_eq(show.answers[show_answer(&show, &show.archs[0], 5)].end, ANSWER_SPENT);
	show_done(&show);
	vd_stack_free(stack);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, policies);
	tcase_add_test(tc, arithmetic);
	tcase_add_test(tc, one_number_explodes);
}

int main(void)
{
	return run_suite("show", add);
}
