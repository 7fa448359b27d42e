/* SPDX-License-Identifier: MIT */
/* One stack, four readings: the machine, the fast engine (single, batch), a second interpreter. */
#include "fuzz/support/support.h"
#include "vm/action.h"
#include "vm/prog.h"
#include "vm/reference.h"

#define DEPTH 4
#define RECORDS 16

struct reading {
	uint32_t each[DEPTH];
	struct vd_verdict verdict;
};

static void record_bytes(const struct seccomp_data *data, bool big_endian, uint8_t bytes[VD_RECORD_SIZE])
{
	uint32_t words[VD_RECORD_WORDS];

	vd_record_words(data, big_endian, words);
	for (unsigned i = 0; i < VD_RECORD_SIZE; i++)
		bytes[i] = (uint8_t)(words[i / 4] >> i % 4 * 8);
}

/* The newest first; only what is strictly stronger counts (kernel/seccomp.c: seccomp_run_filters). */
static struct reading reference(const struct vd_stack *stack, const struct seccomp_data *data)
{
	struct reading reading = { .verdict = { .ret = SECCOMP_RET_ALLOW, .filter = -1 } };
	uint8_t bytes[VD_RECORD_SIZE];

	record_bytes(data, vd_stack_big_endian(stack), bytes);
	for (size_t i = vd_stack_len(stack); i-- > 0;) {
		unsigned executed;
		uint32_t ret = reference_run(vd_prog_insns(vd_stack_prog(stack, i)), bytes, &executed);
		reading.each[i] = ret;
		reading.verdict.insns += executed;
		if (vd_action_rank(ret) < vd_action_rank(reading.verdict.ret)) {
			reading.verdict.ret = ret;
			reading.verdict.filter = (int)i;
		}
	}
	return reading;
}

static void count_step(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	++*(unsigned *)userdata;
}

static void same(const char *what, const struct vd_verdict *a, const struct vd_verdict *b)
{
	EXPECT(a->ret == b->ret && a->filter == b->filter && a->insns == b->insns,
	       "%s: 0x%08x by %d after %u instructions, not 0x%08x by %d after %u", what, a->ret, a->filter,
	       a->insns, b->ret, b->filter, b->insns);
}

static void compare(const struct vd_stack *stack, const struct vd_engine *engine,
		    const struct seccomp_data *data)
{
	struct reading expected = reference(stack, data);
	uint32_t each[DEPTH], ret = vd_engine_run(engine, data);
	struct vd_verdict verdict = vd_stack_run(stack, data);
	unsigned steps = 0;

	same("the machine", &verdict, &expected.verdict);
	verdict = vd_stack_run_each(stack, data, each);
	same("each filter", &verdict, &expected.verdict);
	for (size_t i = 0; i < vd_stack_len(stack); i++)
		EXPECT(each[i] == expected.each[i], "filter %zu: 0x%08x, not 0x%08x", i, each[i],
		       expected.each[i]);
	verdict = vd_stack_trace(stack, data, count_step, &steps);
	same("traced", &verdict, &expected.verdict);
	EXPECT(steps == verdict.insns, "%u steps of %u instructions", steps, verdict.insns);
	EXPECT(vd_stack_run_open(stack, data, 0, &verdict) == -1, "an open word, and none is");
	same("without open words", &verdict, &expected.verdict);
	EXPECT(ret == expected.verdict.ret, "the engine: 0x%08x, not 0x%08x", ret, expected.verdict.ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct vd_stack *stack = input_stack(&input, DEPTH, INPUT_PROG_MAX);
	struct seccomp_data records[RECORDS];
	uint32_t verdicts[RECORDS];
	struct vd_engine *engine;
	struct tries tries;
	size_t n = 0;

	EXPECT(vd_engine_new(stack, &engine) == 0, "no engine");
	tries_init(&tries, &input, stack, RECORDS);
	while (tries_next(&tries, &records[n]))
		compare(stack, engine, &records[n++]);
	vd_engine_run_batch(engine, records, n, verdicts);
	for (size_t i = 0; i < n; i++)
		EXPECT(verdicts[i] == vd_stack_run(stack, &records[i]).ret, "record %zu of a batch", i);
	vd_engine_free(engine);
	vd_stack_free(stack);
	return 0;
}
