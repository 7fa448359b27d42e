/* SPDX-License-Identifier: MIT */
/*
 * What a show says is run: for random records, the outcome whose condition
 * holds, as cubes and as text, is the machine's verdict.
 */
#include "loader/call.h"
#include "loader/expr.h"
#include "loader/show/show.h"
#include "vm/prog.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t term_of_record(const struct terms *terms, int at, const uint32_t *words)
{
	const struct term *term = term_at(terms, at);

	if (term->op == TERM_CONST)
		return term->k;
	if (term->op == TERM_WORD)
		return words[term->k];
	return term_apply(term->op, term_of_record(terms, term->left, words),
			  term->right < 0 ? 0 : term_of_record(terms, term->right, words));
}

static bool cubes_hold(const struct terms *terms, const struct outcome *outcome, const uint32_t *words)
{
	for (size_t i = 0; i < outcome->n_cubes; i++) {
		const struct cube *cube = &outcome->cubes[i];
		bool holds = true;

		for (size_t j = 0; j < cube->n && holds; j++)
			holds = atom_holds(&cube->atoms[j],
					   term_of_record(terms, cube->atoms[j].base, words));
		if (holds)
			return true;
	}
	return false;
}

static uint64_t field_value(const struct expr_node *node, const struct seccomp_data *data)
{
	uint64_t value = node->value == EXPR_IP ? data->instruction_pointer : data->args[node->value];

	if (node->half == EXPR_LO)
		return (uint32_t)value;
	return node->half == EXPR_HI ? value >> 32 : value;
}

/* The value of a predicate's text: its operators are those that conditions have. */
static uint64_t text_value(const struct expr *expr, const struct seccomp_data *data)
{
	uint64_t *values = calloc(expr->n, sizeof(*values)), value;

	for (size_t i = 0; i < expr->n; i++) {
		const struct expr_node *node = &expr->nodes[i];
		uint64_t a = node->left < 0 ? 0 : values[node->left],
			 b = node->right < 0 ? 0 : values[node->right];

		switch ((int)node->op) {
		case EXPR_INT:
			values[i] = node->value;
			break;
		case EXPR_FIELD:
			values[i] = field_value(node, data);
			break;
		case EXPR_AND:
			values[i] = a & b;
			break;
		case EXPR_EQ:
			values[i] = a == b;
			break;
		case EXPR_NE:
			values[i] = a != b;
			break;
		case EXPR_GT:
			values[i] = a > b;
			break;
		case EXPR_LE:
			values[i] = a <= b;
			break;
		case EXPR_LAND:
			values[i] = a && b;
			break;
		case EXPR_LOR:
			values[i] = a || b;
			break;
		default:
			ck_abort_msg("operator %d", (int)node->op);
		}
	}
	value = values[expr->n - 1];
	free(values);
	return value;
}

static bool text_holds(const char *when, const struct seccomp_data *data)
{
	struct diags diags;
	struct expr expr;
	struct text text;
	bool holds;

	diags_init(&diags);
	ck_assert_int_eq(text_from("when", when, strlen(when), &text), 0);
	struct span span = span_all(&text);
	if (expr_parse(&span, 0, &diags, &expr, NULL) < 0) {
		diags_print(&diags, stderr, false);
		ck_abort_msg("%s", when);
	}
	holds = text_value(&expr, data) != 0;
	expr_done(&expr);
	text_done(&text);
	diags_done(&diags);
	return holds;
}

static struct show_arch *arch_of(struct show *show, uint32_t arch)
{
	for (size_t i = 0; i < show->n_archs; i++)
		if (arch >= show->archs[i].words.first && arch <= show->archs[i].words.last)
			return &show->archs[i];
	return NULL;
}

/* Returns whether the show has an answer for the record. with_text: conditions are plain comparisons. */
static bool agrees(struct show *show, const struct seccomp_data *data, bool with_text)
{
	struct show_arch *arch = arch_of(show, data->arch);
	bool big_endian = call_big_endian(data);
	const struct outcome *holds = NULL;
	uint32_t words[VD_RECORD_WORDS];
	char call[CALL_TEXT_MAX];

	if (!arch)
		return false;
	const struct answer *answer = &show->answers[show_answer(show, arch, (uint32_t)data->nr)];
	if (answer->end != PATHS_ALL)
		return false;
	vd_record_words(data, big_endian, words);
	vd_stack_set_big_endian(show->stack, big_endian);
	struct vd_verdict verdict = vd_stack_run(show->stack, data);
	call_format(data, call, sizeof(call));
	for (size_t i = 0; i < answer->n; i++) {
		const struct outcome *outcome = &answer->outcomes[i];
		bool is = answer->n == 1 || cubes_hold(&show->terms, outcome, words);

		if (outcome->when && with_text)
			ck_assert_msg(text_holds(outcome->when, data) == is, "%s: '%s' is not %d", call,
				      outcome->when, is);
		if (!is)
			continue;
		ck_assert_msg(!holds, "%s: two outcomes", call);
		holds = outcome;
	}
	ck_assert_msg(holds, "%s: no outcome", call);
	ck_assert_msg(holds->ret == verdict.ret, "%s: shown 0x%08x, run 0x%08x", call, holds->ret,
		      verdict.ret);
	return true;
}

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

static void random_record(struct vd_random *random, struct seccomp_data *data)
{
	*data = (struct seccomp_data){ .arch = pick(random, archs, COUNT_OF(archs)),
				       .nr = (int)pick(random, constants, COUNT_OF(constants)) };
	for (unsigned i = 0; i < 6; i++) {
		uint64_t high = vd_random_below(random, 2) ? pick(random, constants, COUNT_OF(constants)) : 0;

		data->args[i] = high << 32 | (pick(random, constants, COUNT_OF(constants)) +
					      vd_random_below(random, 3) - 1u);
	}
}

enum { ROUNDS = 300, RECORDS = 100 };

static void check_policies(uint64_t seed, bool shifts)
{
	struct vd_random random = { seed };
	struct sock_filter insns[64];
	unsigned answered = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct vd_stack *stack = NULL;
		struct show show;

		for (uint32_t i = vd_random_below(&random, 2) + 1; i; i--) {
			size_t len = policy_like(&random, insns, shifts);
			stack = stack_of(insns, len, stack);
		}
		show_init(&show, stack);
		show_walk(&show, (struct interval){ 0, UINT32_MAX });
		for (int i = 0; i < RECORDS; i++) {
			struct seccomp_data data;

			random_record(&random, &data);
			answered += agrees(&show, &data, !shifts);
		}
		show_done(&show);
		vd_stack_free(stack);
	}
	/* Nearly all of these can be answered: a search that gives up is not passed over. */
	ck_assert_uint_gt(answered, shifts ? ROUNDS * RECORDS / 3 : ROUNDS * RECORDS * 9 / 10);
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

START_TEST(any_program)
{
	struct vd_random random = { 3 };
	struct sock_filter insns[40];
	unsigned answered = 0;

	for (int round = 0; round < ROUNDS; round++) {
		size_t len = vd_random_prog(&random, 40, 0, insns);
		struct vd_stack *stack = stack_of(insns, len, NULL);
		struct terms terms;
		struct arena arena;

		arena_init(&arena);
		terms_init(&terms);
		for (int i = 0; i < 8; i++) {
			struct seccomp_data data;
			struct paths paths;
			size_t taken = 0;

			vd_random_record(&random, insns, len, &data);
			vd_stack_set_big_endian(stack, false);
			paths_find(&paths, &arena, &terms, stack, data.arch, (uint32_t)data.nr);
			uint32_t words[VD_RECORD_WORDS];
			vd_record_words(&data, false, words);
			for (size_t j = 0; j < paths.n && paths.end == PATHS_ALL; j++) {
				struct outcome one = { .cubes = &paths.items[j].when, .n_cubes = 1 };

				if (!cubes_hold(&terms, &one, words))
					continue;
				taken++;
				ck_assert_uint_eq(paths.items[j].ret, vd_stack_run(stack, &data).ret);
			}
			if (paths.end == PATHS_ALL)
				ck_assert_uint_eq(taken, 1);
			answered += paths.end == PATHS_ALL;
			ck_assert_uint_le(paths.nr.first, (uint32_t)data.nr);
			ck_assert_uint_ge(paths.nr.last, (uint32_t)data.nr);
		}
		terms_done(&terms);
		arena_done(&arena);
		vd_stack_free(stack);
	}
	ck_assert_uint_gt(answered, ROUNDS * 8 / 3);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, policies);
	tcase_add_test(tc, arithmetic);
	tcase_add_test(tc, any_program);
}

int main(void)
{
	return run_suite("show", add);
}
