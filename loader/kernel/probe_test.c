/* SPDX-License-Identifier: MIT */
/* Whether the kernel would take programs, one by one and many at once. */
#include "loader/kernel/probe.h"
#include "vm/testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define MANY 300

static struct sock_filter *insns;

/* Programs of any length that end in a return are taken up to 4,096 instructions. */
static const struct {
	size_t len;
	int answer;
} lengths[] = { { 0, EINVAL }, { 1, 0 }, { 4096, 0 }, { 4097, EINVAL }, { 4098, -E2BIG } };

static struct kernel_prober *prober_new(void)
{
	struct kernel_prober *prober;

	ck_assert_int_eq(kernel_prober_new(&prober), 0);
	return prober;
}

START_TEST(length)
{
	struct kernel_prober *prober = prober_new();
	int answer = kernel_prober_ask(prober, insns, lengths[_i].len);

	ck_assert_int_eq(answer, lengths[_i].answer);
	kernel_prober_free(prober);
}
END_TEST

/* More than are handed over at once, by their number and by their length. */
START_TEST(many)
{
	static const struct sock_filter wrong = { 0x06 + 1, 0, 0, 0 };
	struct kernel_prober *prober = prober_new();
	struct kernel_probe probes[MANY];

	for (size_t i = 0; i < MANY; i++) {
		probes[i].insns = i % 3 ? insns : &wrong;
		probes[i].len = i % 3 ? lengths[i % COUNT_OF(lengths)].len : 1;
		probes[i].answer = -1;
	}
	kernel_prober_ask_all(prober, probes, MANY);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(probes[i].answer, i % 3 ? lengths[i % COUNT_OF(lengths)].answer : EINVAL);
	for (size_t i = 0; i < MANY; i++) {
		probes[i].insns = i % 7 ? insns : &wrong;
		probes[i].len = 1;
	}
	kernel_prober_ask_all(prober, probes, MANY);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(probes[i].answer, i % 7 ? 0 : EINVAL);
	kernel_prober_free(prober);
}
END_TEST

/* Its process has one descriptor for a listener, and none for a second: that says nothing about a program. */
START_TEST(no_descriptor)
{
	static const struct sock_filter wrong = { 0x06 + 1, 0, 0, 0 };
	struct kernel_prober *prober;
	struct rlimit before, few;
	int first = dup(0), second = dup(0);

	ck_assert(first >= 0 && second >= 0 && !getrlimit(RLIMIT_NOFILE, &before));
	close(first);
	close(second);
	few = before;
	few.rlim_cur = (rlim_t)second + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	int r = kernel_prober_new(&prober);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(kernel_prober_ask(prober, insns, 1), -EMFILE);
	ck_assert_int_eq(kernel_prober_ask(prober, &wrong, 1), EINVAL);
	kernel_prober_free(prober);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, length, 0, COUNT_OF(lengths));
	tcase_add_test(tc, many);
	tcase_add_test(tc, no_descriptor);
}

int main(void)
{
	struct kernel_prober *prober;
	int r = kernel_prober_new(&prober);

	if (r < 0) {
		printf("SKIP: kernel prober: %s\n", kernel_prober_explain(r));
		return 0;
	}
	kernel_prober_free(prober);
	insns = calloc(4098, sizeof(*insns));
	for (size_t i = 0; i < 4098; i++)
		insns[i] = (struct sock_filter){ 0x06, 0, 0, 0x7fff0000 };
	r = run_suite("kernel prober", add);
	free(insns);
	return r;
}
