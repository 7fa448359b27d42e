/* SPDX-License-Identifier: MIT */
/*
 * One engine, and the stack that it is made of, in the hands of four threads at
 * once. Says most when built with VARIANT=tsan, as `make check-threads` does.
 */
#include "vm/engine/testing.h"

#include <pthread.h>

#define THREADS 4
#define BATCH 64

struct shared {
	const struct vd_engine *engine;
	const struct vd_stack *stack;
	const struct sock_filter *insns;
	size_t len;
	uint64_t seed;
	unsigned batches, wrong;
};

/* Compares one engine's answers with the interpreter's, one by one and as batches. */
static unsigned wrong_answers(const struct shared *shared, const struct vd_engine *engine,
			      struct vd_random *random)
{
	struct seccomp_data data[BATCH];
	uint32_t verdicts[BATCH];
	unsigned wrong = 0;

	for (size_t i = 0; i < BATCH; i++)
		record_for(random, shared->insns, shared->len, &data[i]);
	vd_engine_run_batch(engine, data, BATCH, verdicts);
	for (size_t i = 0; i < BATCH; i++) {
		uint32_t expected = vd_stack_run(shared->stack, &data[i]).ret;
		wrong += verdicts[i] != expected || vd_engine_run(engine, &data[i]) != expected;
	}
	return wrong;
}

static void *use(void *arg)
{
	struct shared *shared = arg;
	struct vd_random random = { .state = shared->seed };
	struct vd_engine *own;

	for (unsigned i = 0; i < shared->batches; i++)
		shared->wrong += wrong_answers(shared, shared->engine, &random);
	/* all make an engine of the same stack at the same time */
	if (vd_engine_new(shared->stack, &own) < 0)
		return shared;
	shared->wrong += wrong_answers(shared, own, &random);
	vd_engine_free(own);
	return NULL;
}

static const char *const stacks[] = { "docker-1", "systemd-unit-logind", "firejail-noprofile-caps-1",
				      "sshd" };

START_TEST(one_engine)
{
	static struct sock_filter insns[4096];
	struct shared shared[THREADS];
	struct vd_engine *engine;
	struct vd_stack *stack;
	pthread_t ids[THREADS];
	size_t len = 0;

	ck_assert(corpus_stack(stacks[_i], &stack, insns, &len));
	ck_assert_int_eq(vd_engine_new(stack, &engine), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		shared[i] = (struct shared){ engine, stack, insns, len, i + 1, many(200, 20000), 0 };
		ck_assert_int_eq(pthread_create(&ids[i], NULL, use, &shared[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		void *error;
		ck_assert_int_eq(pthread_join(ids[i], &error), 0);
		ck_assert_msg(!error, "no engine");
		ck_assert_uint_eq(shared[i].wrong, 0);
	}
	vd_engine_free(engine);
	vd_stack_free(stack);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 1800);
	tcase_add_loop_test(tc, one_engine, 0, (int)COUNT_OF(stacks));
}

int main(void)
{
	return run_suite("threads", add);
}
