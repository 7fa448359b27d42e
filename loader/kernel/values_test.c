/* SPDX-License-Identifier: MIT */
/* The machine against the running kernel, value by value. */
#include "loader/kernel/gadgets.h"
#include "loader/kernel/install.h"
#include "loader/kernel/values.h"
#include "loader/kernel/verdicts.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS 8

/* Records the kernel can be asked about: the two ABIs, any numbers and arguments. */
static void askable_record(struct vd_random *random, const struct sock_filter *insns, size_t len,
			   struct seccomp_data *ret_data)
{
	vd_random_record(random, insns, len, ret_data);
	ret_data->arch = vd_random_below(random, 3) || !kernel_has_i386() ? 0xc000003e : 0x40000003;
	ret_data->instruction_pointer = 0x10000000u + (uint64_t)vd_random_below(random, 3) * 0x7fff000u;
}

static void compare(struct vd_random *random, size_t max_len)
{
	struct sock_filter insns[200];
	struct seccomp_data records[RECORDS];
	enum kernel_asked asked[RECORDS];
	uint32_t values[RECORDS];
	struct vd_prog *prog;
	size_t len = vd_random_prog(random, max_len, 0, insns);

	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	for (int i = 0; i < RECORDS; i++)
		askable_record(random, insns, len, &records[i]);
	ck_assert_int_eq(kernel_values(prog, records, RECORDS, values, asked), 0);
	for (int i = 0; i < RECORDS; i++) {
		if (asked[i] == KERNEL_BYPASSED)
			continue;
		ck_assert_int_eq(asked[i], KERNEL_ASKED);
		uint32_t machine = vd_prog_run(prog, &records[i]);
		ck_assert_msg(values[i] == machine, "machine %08x, kernel %08x", machine, values[i]);
	}
	vd_prog_free(prog);
}

START_TEST(random_programs)
{
	struct vd_random random = { .state = 4000 + (uint64_t)_i };
	int programs = getenv("CHECK_LONG") ? 25000 : 250;

	for (int i = 0; i < programs; i++)
		compare(&random, i % 8 ? 30 : 200);
}
END_TEST

#if defined(__x86_64__)
/* Only the addresses behind the slots' calls are theirs, by the low half. */
START_TEST(slot_addresses)
{
	static const unsigned numbers[] = { 0, 1, GADGET_SLOTS - 1 };
	void *slots = gadget_slots_map();
	uint64_t page = (uintptr_t)slots;

	ck_assert_ptr_nonnull(slots);
	for (size_t i = 0; i < 2 * COUNT_OF(numbers); i++) {
		uint64_t ip = gadget_slot(slots, numbers[i / 2], i % 2) + KERNEL_CALL_BYTES;
		ck_assert(gadget_slots_have(slots, ip));
		ck_assert(gadget_slots_have(slots, ip ^ UINT64_C(5) << 32));
		ck_assert(!gadget_slots_have(slots, ip - 1));
		ck_assert(!gadget_slots_have(slots, ip + 1));
	}
	ck_assert(!gadget_slots_have(slots, page - 6));
	ck_assert(!gadget_slots_have(slots, gadget_slot(slots, GADGET_SLOTS, false) + KERNEL_CALL_BYTES));
	gadget_slots_unmap(slots);
}
END_TEST
#endif

#define FILTERS_MAX 4

/* Stacks whose filters return the same few actions, so that data decides who returned what. */
static void compare_stack(struct vd_random *random)
{
	static const uint32_t actions[] = { 0x7fff0000, 0x7ffc0000, 0x7ff00000,
					    0x7fc00000, 0x00050000, 0x00000000 };
	struct seccomp_data records[RECORDS];
	struct kernel_verdict verdicts[RECORDS];
	struct sock_filter insns[12];
	struct vd_stack *stack;
	struct vd_prog *prog;
	bool reloaded;

	ck_assert_int_eq(vd_stack_new(&stack), 0);
	for (unsigned filters = 1 + vd_random_below(random, FILTERS_MAX); filters; filters--) {
		size_t len = vd_random_prog(random, 12, 0, insns);
		for (size_t i = 0; i < len; i++)
			if (insns[i].code == 0x06)
				insns[i].k = actions[vd_random_below(random, COUNT_OF(actions))] |
					     (vd_random_next(random) & 0xffff);
		for (int i = 0; i < RECORDS; i++)
			askable_record(random, insns, len, &records[i]);
		ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
		vd_prog_free(prog);
	}
	ck_assert_int_eq(kernel_verdicts(stack, NULL, records, RECORDS, verdicts, &reloaded), 0);
	ck_assert(!reloaded);
	for (int i = 0; i < RECORDS; i++) {
		struct vd_verdict machine = vd_stack_run(stack, &records[i]);
		if (verdicts[i].asked == KERNEL_BYPASSED)
			continue;
		ck_assert_int_eq(verdicts[i].asked, KERNEL_ASKED);
		ck_assert_msg(verdicts[i].ret == machine.ret && verdicts[i].filter == machine.filter,
			      "machine %08x by %d, kernel %08x by %d", machine.ret, machine.filter,
			      verdicts[i].ret, verdicts[i].filter);
	}
	vd_stack_free(stack);
}

START_TEST(random_stacks)
{
	struct vd_random random = { .state = 4100 };
	int stacks = getenv("CHECK_LONG") ? 5000 : 100;

	for (int i = 0; i < stacks; i++)
		compare_stack(&random);
}
END_TEST

/* Every bit of the value arrives, by RET K and by RET A. */
START_TEST(every_bit)
{
	struct sock_filter by_k[] = { { 0x06, 0, 0, 1u << _i } };
	struct sock_filter by_a[] = { { 0x20, 0, 0, 16 }, { 0x16, 0, 0, 0 } };
	struct seccomp_data record = { .nr = 1, .arch = 0xc000003e, .args = { 1u << _i } };
	enum kernel_asked asked;
	struct vd_prog *prog;
	uint32_t value;

	ck_assert_int_eq(vd_prog_new(by_k, 1, &prog, NULL), 0);
	ck_assert_int_eq(kernel_values(prog, &record, 1, &value, &asked), 0);
	ck_assert_uint_eq(value, 1u << _i);
	vd_prog_free(prog);
	ck_assert_int_eq(vd_prog_new(by_a, 2, &prog, NULL), 0);
	ck_assert_int_eq(kernel_values(prog, &record, 1, &value, &asked), 0);
	ck_assert_uint_eq(value, 1u << _i);
	vd_prog_free(prog);
}
END_TEST

/* Each word of the record reaches the filter as it is, in both ABIs. */
START_TEST(words)
{
	struct sock_filter insns[] = { { 0x20, 0, 0, 4u * (unsigned)_i }, { 0x16, 0, 0, 0 } };
	struct seccomp_data records[2];
	enum kernel_asked asked[2];
	struct vd_prog *prog;
	uint32_t values[2];

	for (int i = 0; i < 2; i++) {
		records[i] = (struct seccomp_data){ .nr = -2 - i,
						    .arch = i ? 0x40000003 : 0xc000003e,
						    .instruction_pointer = 0x123456789abcu };
		for (unsigned a = 0; a < 6; a++)
			records[i].args[a] = 0x8765432100000000u + 0x1111111181818181u * a;
	}
	ck_assert_int_eq(vd_prog_new(insns, 2, &prog, NULL), 0);
	ck_assert_int_eq(kernel_values(prog, records, 2, values, asked), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(asked[i], KERNEL_ASKED);
		ck_assert_uint_eq(values[i], vd_prog_run(prog, &records[i]));
	}
	vd_prog_free(prog);
}
END_TEST

/* DIV X by zero kills the worker; the records behind it are asked all the same. */
START_TEST(kills_are_survived)
{
	static const struct sock_filter insns[] = { { 0x20, 0, 0, 16 },
						    { 0x07, 0, 0, 0 },
						    { 0x00, 0, 0, 100 },
						    { 0x3c, 0, 0, 0 },
						    { 0x16, 0, 0, 0 } };
	struct seccomp_data records[6];
	enum kernel_asked asked[6];
	struct vd_prog *prog;
	uint32_t values[6];

	for (unsigned i = 0; i < 6; i++)
		records[i] = (struct seccomp_data){ .nr = 1, .arch = 0xc000003e, .args = { i % 3 } };
	ck_assert_int_eq(vd_prog_new(insns, 5, &prog, NULL), 0);
	ck_assert_int_eq(kernel_values(prog, records, 6, values, asked), 0);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_uint_eq(values[i], i % 3 ? 100 / (i % 3) : 0);
	vd_prog_free(prog);
}
END_TEST

/* 2047 different values are told by their index, more by their bits. */
START_TEST(many_values)
{
	size_t len = 2046 + (size_t)_i;
	struct sock_filter *insns = calloc(len, sizeof(*insns));
	struct seccomp_data records[2] = { { .nr = 1, .arch = 0xc000003e }, { .nr = 2, .arch = 0xc000003e } };
	enum kernel_asked asked[2];
	struct vd_prog *prog;
	uint32_t values[2];

	insns[0] = (struct sock_filter){ 0x20, 0, 0, 0 };
	insns[1] = (struct sock_filter){ 0x15, 100, 200, 1 };
	for (size_t i = 2; i < len; i++)
		insns[i] = (struct sock_filter){ 0x06, 0, 0, (uint32_t)i * 0x9e3779b1u };
	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	ck_assert_int_eq(kernel_values(prog, records, 2, values, asked), 0);
	ck_assert_uint_eq(values[0], 102 * 0x9e3779b1u);
	ck_assert_uint_eq(values[1], 202 * 0x9e3779b1u);
	vd_prog_free(prog);
	free(insns);
}
END_TEST

START_TEST(what_cannot_be_asked)
{
	static const struct sock_filter insns[] = { { 0x20, 0, 0, 8 }, { 0x16, 0, 0, 0 } };
	struct seccomp_data records[] = {
		{ .nr = 335, .arch = 0xc000003e },
		{ .nr = 336, .arch = 0xc000003e },
		{ .nr = 1, .arch = 0xc00000b7 },
		{ .nr = 1, .arch = 0xc000003e, .instruction_pointer = 0xffff800000000000u },
		{ .nr = 1, .arch = 0xc000003e, .instruction_pointer = 1 },
		{ .nr = 335, .arch = 0x40000003, .instruction_pointer = 0x10000002 },
	};
	static const enum kernel_asked expected[] = { KERNEL_BYPASSED, KERNEL_BYPASSED, KERNEL_ARCH,
						      KERNEL_ADDRESS,  KERNEL_ADDRESS,	KERNEL_ASKED };
	enum kernel_asked asked[6];
	struct vd_prog *prog;
	uint32_t values[6];

	ck_assert_int_eq(vd_prog_new(insns, 2, &prog, NULL), 0);
	ck_assert_int_eq(kernel_values(prog, records, 6, values, asked), 0);
	ck_assert_mem_eq(asked, expected, sizeof(expected));
	ck_assert_uint_eq(values[5], 0x10000002);
	vd_prog_free(prog);
}
END_TEST

/* Room for our own calls is needed, and for an epilogue where a value is computed. */
START_TEST(length)
{
	static const struct {
		size_t len;
		uint16_t ret;
		int r;
	} lengths[] = {
		{ 4092, 0x06, 0 }, { 4093, 0x06, -E2BIG }, { 4088, 0x16, 0 }, { 4089, 0x16, -E2BIG }
	};
	const struct seccomp_data record = { .nr = 1, .arch = 0xc000003e };
	struct sock_filter *insns = calloc(4096, sizeof(*insns));
	size_t len = lengths[_i].len;
	enum kernel_asked asked;
	struct vd_prog *prog;
	uint32_t value;

	for (size_t i = 0; i < len; i++)
		insns[i] = (struct sock_filter){ 0x04, 0, 0, 3 };
	insns[len - 1] = (struct sock_filter){ lengths[_i].ret, 0, 0, 7 };
	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	ck_assert_int_eq(kernel_values(prog, &record, 1, &value, &asked), lengths[_i].r);
	if (!lengths[_i].r)
		ck_assert_uint_eq(value, vd_prog_run(prog, &record));
	vd_prog_free(prog);
	free(insns);
}
END_TEST

/* Three derivatives of a long program exceed the kernel's limit together, and are asked one by one. */
START_TEST(long_derivatives)
{
	struct sock_filter *insns = calloc(4088, sizeof(*insns));
	const struct seccomp_data record = { .nr = 1, .arch = 0xc000003e };
	enum kernel_asked asked;
	struct vd_prog *prog;
	uint32_t value;

	/* three instructions each when converted */
	for (size_t i = 0; i < 4086; i++)
		insns[i] = (struct sock_filter){ 0x15, 1, 1, 0x80000000 + (uint32_t)i };
	insns[4085] = (struct sock_filter){ 0x00, 0, 0, 0x12345678 };
	insns[4086] = (struct sock_filter){ 0x00, 0, 0, 0x9abcdef0 };
	insns[4087] = (struct sock_filter){ 0x16, 0, 0, 0 };
	ck_assert_int_eq(vd_prog_new(insns, 4088, &prog, NULL), 0);
	ck_assert_int_eq(kernel_values(prog, &record, 1, &value, &asked), 0);
	ck_assert_uint_eq(value, vd_prog_run(prog, &record));
	vd_prog_free(prog);
	free(insns);
}
END_TEST

/* ----------------------------------------------------- several at once -- */

#define PROGRAMS 100

/* A question with memory of its own, about a program that is accepted. */
struct own_question {
	struct kernel_question question;
	struct seccomp_data records[100];
	uint32_t values[100];
	enum kernel_asked asked[100];
};

static struct kernel_question ask_about(struct own_question *own, const struct sock_filter *insns, size_t len,
					size_t n)
{
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	own->question = (struct kernel_question){
		.prog = prog, .records = own->records, .n = n, .values = own->values, .asked = own->asked
	};
	return own->question;
}

/* What the kernel says is what the machine says, and it says it of all records but those that bypass it. */
static void answered(const struct kernel_question *question)
{
	ck_assert_int_eq(question->error, 0);
	for (size_t i = 0; i < question->n; i++) {
		if (question->asked[i] == KERNEL_BYPASSED)
			continue;
		ck_assert_int_eq(question->asked[i], KERNEL_ASKED);
		ck_assert_uint_eq(question->values[i], vd_prog_run(question->prog, &question->records[i]));
	}
}

static void done(struct kernel_question *questions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vd_prog_free((struct vd_prog *)questions[i].prog);
}

START_TEST(many_programs)
{
	static struct own_question own[PROGRAMS];
	struct kernel_question questions[PROGRAMS];
	struct vd_random random = { .state = 4200 + (uint64_t)_i };
	struct sock_filter insns[200];

	for (size_t i = 0; i < PROGRAMS; i++) {
		size_t len = vd_random_prog(&random, i % 8 ? 30 : 200, 0, insns);
		for (int j = 0; j < RECORDS; j++)
			askable_record(&random, insns, len, &own[i].records[j]);
		questions[i] = ask_about(&own[i], insns, len, RECORDS);
	}
	kernel_values_all(questions, PROGRAMS);
	for (size_t i = 0; i < PROGRAMS; i++)
		answered(&questions[i]);
	done(questions, PROGRAMS);
}
END_TEST

/* A filter that divides by zero for the calls that another one is asked about must not kill them. */
START_TEST(others_divide)
{
	/* divides by the first argument, or by the instruction pointer's low half less a number */
	static const struct sock_filter by_arg[] = { { 0x20, 0, 0, 16 },
						     { 0x07, 0, 0, 0 },
						     { 0x00, 0, 0, 100 },
						     { 0x3c, 0, 0, 0 },
						     { 0x16, 0, 0, 0 } };
	static const struct sock_filter by_ip[] = { { 0x20, 0, 0, 8 }, { 0x14, 0, 0, 0x10000002 },
						    { 0x07, 0, 0, 0 }, { 0x00, 0, 0, 100 },
						    { 0x3c, 0, 0, 0 }, { 0x16, 0, 0, 0 } };
	static const struct sock_filter plain[] = { { 0x20, 0, 0, 8 }, { 0x16, 0, 0, 0 } };
	static struct own_question own[4];
	struct kernel_question questions[4];

	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++)
			own[i].records[j] = (struct seccomp_data){ .nr = 1,
								   .arch = 0xc000003e,
								   .instruction_pointer = 0x10000002 +
											  0x1000 * (j % 2),
								   .args = { i == 0 || j / 2 } };
	questions[0] = ask_about(&own[0], by_arg, COUNT_OF(by_arg), 4);
	questions[1] = ask_about(&own[1], by_ip, COUNT_OF(by_ip), 4);
	questions[2] = ask_about(&own[2], plain, COUNT_OF(plain), 4);
	questions[3] = ask_about(&own[3], by_arg, COUNT_OF(by_arg), 4);
	kernel_values_all(questions, 4);
	for (size_t i = 0; i < 4; i++)
		answered(&questions[i]);
	ck_assert_uint_eq(questions[1].values[0], 0);
	ck_assert_uint_eq(questions[3].values[0], 0);
	done(questions, 4);
}
END_TEST

/* Calls of both ABIs from one address, from one page and from more places than are mapped at a time. */
START_TEST(many_addresses)
{
	static const struct sock_filter insns[] = { { 0x20, 0, 0, 8 }, { 0x16, 0, 0, 0 } };
	static struct own_question own[2];
	struct kernel_question questions[2];

	for (unsigned i = 0; i < 100; i++) {
		const uint32_t page = 0x10000000 + 0x1000 * (i / 2);
		own[0].records[i] = (struct seccomp_data){ .nr = 1,
							   .arch = i % 2 ? 0xc000003e : 0x40000003,
							   .instruction_pointer = page + 2 };
		own[1].records[i] = (struct seccomp_data){ .nr = 1,
							   .arch = 0xc000003e,
							   .instruction_pointer = page + 16 * (i % 2) };
	}
	for (unsigned i = 0; i < 2; i++)
		questions[i] = ask_about(&own[i], insns, 2, 100);
	kernel_values_all(questions, 2);
	if (kernel_has_i386())
		answered(&questions[0]);
	answered(&questions[1]);
	done(questions, 2);
}
END_TEST

/* One that is too long has an error of its own; one that has no records, and none at all, are fine. */
START_TEST(errors_are_own)
{
	struct sock_filter *insns = calloc(4096, sizeof(*insns));
	static struct own_question own[3];
	struct kernel_question questions[3];

	insns[4095] = (struct sock_filter){ 0x06, 0, 0, 7 };
	for (unsigned i = 0; i < 3; i++)
		own[i].records[0] = (struct seccomp_data){ .nr = 1, .arch = 0xc000003e };
	questions[0] = ask_about(&own[0], insns + 4095, 1, 0);
	questions[1] = ask_about(&own[1], insns, 4096, 1);
	questions[2] = ask_about(&own[2], insns + 4095, 1, 1);
	kernel_values_all(questions, 3);
	ck_assert_int_eq(questions[0].error, 0);
	ck_assert_int_eq(questions[1].error, -E2BIG);
	answered(&questions[2]);
	done(questions, 3);
	kernel_values_all(NULL, 0);
	free(insns);
}
END_TEST

static void add(TCase *tc)
{
#if defined(__x86_64__)
	tcase_add_test(tc, slot_addresses);
#endif
	tcase_add_loop_test(tc, many_programs, 0, 4);
	tcase_add_test(tc, others_divide);
	tcase_add_test(tc, many_addresses);
	tcase_add_test(tc, errors_are_own);
	tcase_add_loop_test(tc, every_bit, 0, 32);
	tcase_add_loop_test(tc, words, 0, 16);
	tcase_add_test(tc, kills_are_survived);
	tcase_add_loop_test(tc, many_values, 0, 6);
	tcase_add_test(tc, what_cannot_be_asked);
	tcase_add_loop_test(tc, length, 0, 4);
	tcase_add_test(tc, long_derivatives);
	tcase_add_loop_test(tc, random_programs, 0, 4);
	tcase_add_test(tc, random_stacks);
}

int main(void)
{
	static const struct sock_filter allow[] = { { 0x06, 0, 0, 0x7fff0000 } };
	struct seccomp_data record = { .nr = 1, .arch = 0xc000003e };
	enum kernel_asked asked;
	struct vd_prog *prog;
	uint32_t value;
	int r = -ENOMEM;

	if (vd_prog_new(allow, 1, &prog, NULL) == 0) {
		r = kernel_values(prog, &record, 1, &value, &asked);
		vd_prog_free(prog);
	}
	if (r < 0) {
		printf("SKIP: kernel values: %s\n", strerror(-r));
		return 0;
	}
	return run_suite("kernel values", add);
}
