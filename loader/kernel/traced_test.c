/* SPDX-License-Identifier: MIT */
/* Values that need the tracer: any address, and programs without room. */
#include "loader/kernel/traced.h"
#include "loader/kernel/verdicts.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define X86_64 0xc000003eu
#define RECORDS 8

static struct kernel_behaviour *oracle(void)
{
	struct kernel_behaviour *behaviour;

	ck_assert_int_eq(kernel_behaviour_new(&behaviour), 0);
	return behaviour;
}

static void compare(struct kernel_behaviour *behaviour, const struct sock_filter *insns, size_t len,
		    const struct seccomp_data *records, size_t n)
{
	enum kernel_asked asked[RECORDS];
	uint32_t values[RECORDS];
	struct vd_prog *prog;

	ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
	int r = kernel_traced_values(behaviour, prog, records, n, values, asked);
	ck_assert_msg(r == 0, "%s", kernel_behaviour_explain(r));
	for (size_t i = 0; i < n; i++) {
		if (asked[i] == KERNEL_BYPASSED)
			continue;
		ck_assert_int_eq(asked[i], KERNEL_ASKED);
		uint32_t machine = vd_prog_run(prog, &records[i]);
		ck_assert_msg(values[i] == machine, "ip %llx: machine %08x, kernel %08x",
			      (unsigned long long)records[i].instruction_pointer, machine, values[i]);
	}
	vd_prog_free(prog);
}

static const uint64_t addresses[RECORDS] = {
	0, 1, 0x1000, 0x123456789abc, 0x7fffffffffff, 0x800000000000, 0xffff800000000000, 0xffffffffffffffff,
};

/* Both halves of addresses where no code can be. */
START_TEST(any_address)
{
	const struct sock_filter insns[] = { { 0x20, 0, 0, 8 + 4u * (unsigned)_i }, { 0x16, 0, 0, 0 } };
	struct kernel_behaviour *behaviour = oracle();
	struct seccomp_data records[RECORDS];

	for (int i = 0; i < RECORDS; i++)
		records[i] = (struct seccomp_data){ .nr = 1,
						    .arch = X86_64,
						    .instruction_pointer = addresses[i] };
	compare(behaviour, insns, 2, records, RECORDS);
	kernel_behaviour_free(behaviour);
}
END_TEST

START_TEST(random_programs)
{
	int programs = getenv("CHECK_LONG") ? 2000 : 50;
	struct vd_random random = { .state = 4200 };
	struct kernel_behaviour *behaviour = oracle();
	struct seccomp_data records[RECORDS];
	struct sock_filter insns[60];

	for (int i = 0; i < programs; i++) {
		size_t len = vd_random_prog(&random, 60, 0, insns);
		for (int j = 0; j < RECORDS; j++) {
			vd_random_record(&random, insns, len, &records[j]);
			records[j].arch = X86_64;
		}
		compare(behaviour, insns, len, records, RECORDS);
	}
	kernel_behaviour_free(behaviour);
}
END_TEST

/* The longest programs: LOG and ALLOW, and data that no task ever sees. */
static const struct {
	size_t len;
	uint16_t ret; /* of the last instruction */
	uint32_t k;
	bool fits;
} lengths[] = {
	{ 4089, 0x06, SECCOMP_RET_ALLOW, true },
	{ 4092, 0x06, SECCOMP_RET_LOG | 9, true },
	{ 4096, 0x06, SECCOMP_RET_ALLOW | 3, true },
	{ 4096, 0x06, SECCOMP_RET_LOG, true },
	{ 4096, 0x06, SECCOMP_RET_USER_NOTIF, true },
	{ 4092, 0x16, 0, true },
	{ 4093, 0x16, 0, false },
};

START_TEST(length)
{
	const struct seccomp_data record = { .nr = 1, .arch = X86_64 };
	struct sock_filter *insns = calloc(4096, sizeof(*insns));
	struct kernel_behaviour *behaviour = oracle();
	size_t len = lengths[_i].len, room = kernel_behaviour_unchanged(behaviour) ? 4096 : 4096 - 4;
	enum kernel_asked asked;
	struct vd_prog *prog;
	uint32_t value;

	for (size_t i = 0; i < len; i++)
		insns[i] = (struct sock_filter){ 0x04, 0, 0, 3 };
	insns[len - 1] = (struct sock_filter){ lengths[_i].ret, 0, 0, lengths[_i].k };
	if (lengths[_i].fits && len + (lengths[_i].ret == 0x16 ? 4 : 0) <= room) {
		compare(behaviour, insns, len, &record, 1);
	} else {
		ck_assert_int_eq(vd_prog_new(insns, len, &prog, NULL), 0);
		ck_assert_int_eq(kernel_traced_values(behaviour, prog, &record, 1, &value, &asked), -E2BIG);
		vd_prog_free(prog);
	}
	kernel_behaviour_free(behaviour);
	free(insns);
}
END_TEST

/* A division by zero is the value 0, by the index of a value and by its bits. */
START_TEST(kills)
{
	const struct sock_filter insns[] = { { 0x20, 0, 0, 16 },
					     { 0x07, 0, 0, 0 },
					     { 0x00, 0, 0, 100 },
					     { 0x3c, 0, 0, 0 },
					     { _i ? 0x16 : 0x06, 0, 0, 5 } };
	struct kernel_behaviour *behaviour = oracle();
	struct seccomp_data records[RECORDS];

	for (unsigned i = 0; i < RECORDS; i++)
		records[i] = (struct seccomp_data){ .nr = 1, .arch = X86_64, .args = { i % 3 } };
	compare(behaviour, insns, 5, records, RECORDS);
	kernel_behaviour_free(behaviour);
}
END_TEST

/* A stack's verdicts: what the value oracle cannot be asked the other one is, and that is said. */
START_TEST(verdicts)
{
	static const struct sock_filter by_address[] = { { 0x20, 0, 0, 12 },
							 { 0x15, 0, 1, 0 },
							 { 0x06, 0, 0, SECCOMP_RET_LOG },
							 { 0x06, 0, 0, SECCOMP_RET_USER_NOTIF | 4 } };
	static const struct sock_filter by_nr[] = { { 0x20, 0, 0, 0 },
						    { 0x15, 0, 1, 1 },
						    { 0x06, 0, 0, SECCOMP_RET_LOG | 1 },
						    { 0x06, 0, 0, SECCOMP_RET_ALLOW } };
	struct kernel_behaviour *behaviour = oracle();
	struct kernel_verdict seen[RECORDS];
	struct seccomp_data records[RECORDS];
	struct vd_stack *stack;
	struct vd_prog *prog;
	bool reloaded;

	for (int i = 0; i < RECORDS; i++)
		records[i] = (struct seccomp_data){ .nr = i % 2,
						    .arch = X86_64,
						    .instruction_pointer = addresses[i] };
	ck_assert_int_eq(vd_stack_new(&stack), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(vd_prog_new(i ? by_nr : by_address, 4, &prog, NULL), 0);
		ck_assert_int_eq(vd_stack_push(stack, prog), 0);
		vd_prog_free(prog);
	}
	ck_assert_int_eq(kernel_verdicts(stack, NULL, records, RECORDS, seen, &reloaded), 0);
	ck_assert(!reloaded);
	ck_assert_int_eq(seen[0].asked, KERNEL_ADDRESS);
	ck_assert_int_eq(kernel_verdicts(stack, behaviour, records, RECORDS, seen, &reloaded), 0);
	ck_assert(reloaded);
	for (int i = 0; i < RECORDS; i++) {
		struct vd_verdict machine = vd_stack_run(stack, &records[i]);
		ck_assert_int_eq(seen[i].asked, KERNEL_ASKED);
		ck_assert_uint_eq(seen[i].ret, machine.ret);
		ck_assert_int_eq(seen[i].filter, machine.filter);
	}
	vd_stack_free(stack);
	kernel_behaviour_free(behaviour);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, any_address, 0, 2);
	tcase_add_test(tc, random_programs);
	tcase_add_loop_test(tc, length, 0, COUNT_OF(lengths));
	tcase_add_loop_test(tc, kills, 0, 2);
	tcase_add_test(tc, verdicts);
}

int main(void)
{
	struct kernel_behaviour *behaviour;
	int r = kernel_behaviour_new(&behaviour);

	if (r < 0) {
		printf("SKIP: traced values: %s\n", kernel_behaviour_explain(r));
		return 0;
	}
	kernel_behaviour_free(behaviour);
	return run_suite("traced values", add);
}
