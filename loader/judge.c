/* SPDX-License-Identifier: MIT */
#include "loader/judge.h"
#include "loader/call.h"

static bool is_big_endian(struct judge *judge, const struct seccomp_data *data)
{
	if (!judge->cache.known || judge->cache.arch != data->arch) {
		judge->cache.known = true;
		judge->cache.arch = data->arch;
		judge->cache.big_endian = judge->order == ORDER_OF_CALL ? call_big_endian(data)
									: judge->order == ORDER_BIG;
	}
	return judge->cache.big_endian;
}

struct vd_verdict judge_one(struct judge *judge, const struct seccomp_data *data)
{
	vd_stack_set_big_endian(judge->stack, is_big_endian(judge, data));
	return vd_stack_run(judge->stack, data);
}

/* The fast engine for records of one byte order; NULL: the interpreter is to run. */
static const struct vd_engine *engine_for(struct judge *judge, bool big_endian)
{
	if (judge->interp || judge->no_engine)
		return NULL;
	if (!judge->engines[big_endian]) {
		vd_stack_set_big_endian(judge->stack, big_endian);
		judge->no_engine = vd_engine_new(judge->stack, &judge->engines[big_endian]) < 0;
	}
	return judge->engines[big_endian];
}

/* How many records from the first on have its byte order. */
static size_t same_order(struct judge *judge, const struct seccomp_data *data, size_t n, bool *ret_big_endian)
{
	size_t m = 1;

	*ret_big_endian = is_big_endian(judge, data);
	/* Most files are of one arch: that is told without a look at the tables. */
	while (m < n &&
	       (data[m].arch == judge->cache.arch || is_big_endian(judge, &data[m]) == *ret_big_endian))
		m++;
	return m;
}

void judge_batch(struct judge *judge, const struct seccomp_data *data, size_t n, uint32_t *ret_values)
{
	for (size_t m; n; data += m, ret_values += m, n -= m) {
		bool big_endian;
		m = same_order(judge, data, n, &big_endian);
		const struct vd_engine *engine = engine_for(judge, big_endian);
		if (engine)
			vd_engine_run_batch(engine, data, m, ret_values);
		for (size_t i = 0; i < m && !engine; i++)
			ret_values[i] = judge_one(judge, &data[i]).ret;
	}
}

/* The halves of 64-bit words change places. */
static uint16_t swap_halves(uint16_t open)
{
	return (uint16_t)((open & 3) | (open & 0x5554) << 1 | (open & 0xaaa8) >> 1);
}

int judge_open(struct judge *judge, const struct seccomp_data *data, uint16_t open,
	       struct vd_verdict *ret_verdict)
{
	bool big_endian = is_big_endian(judge, data);

	vd_stack_set_big_endian(judge->stack, big_endian);
	int word = vd_stack_run_open(judge->stack, data, big_endian ? swap_halves(open) : open, ret_verdict);
	return word >= 2 && big_endian ? word ^ 1 : word;
}

void judge_done(struct judge *judge)
{
	vd_engine_free(judge->engines[0]);
	vd_engine_free(judge->engines[1]);
	judge->engines[0] = judge->engines[1] = NULL;
}
