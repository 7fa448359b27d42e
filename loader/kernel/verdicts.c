/* SPDX-License-Identifier: MIT */
#include "loader/kernel/verdicts.h"
#include "loader/kernel/traced.h"
#include "loader/kernel/values.h"

#include <errno.h>
#include <stdlib.h>

/* The records, and what the kernel says to them for one filter. */
struct asking {
	struct kernel_behaviour *behaviour;
	const struct seccomp_data *records;
	size_t n;
	uint32_t *values;
	enum kernel_asked *asked;
	bool reloaded;
};

static int ask_traced(struct asking *asking, const struct vd_prog *prog)
{
	asking->reloaded = true;
	return kernel_traced_values(asking->behaviour, prog, asking->records, asking->n, asking->values,
				    asking->asked);
}

/* The records that no code can be put for. */
static int ask_addresses(struct asking *asking, const struct vd_prog *prog)
{
	struct seccomp_data *records;
	size_t *places, n = 0;
	int r = 0;

	for (size_t i = 0; i < asking->n; i++)
		n += asking->asked[i] == KERNEL_ADDRESS;
	if (!n)
		return 0;
	struct asking part = { .behaviour = asking->behaviour,
			       .values = malloc(n * sizeof(*part.values)),
			       .asked = malloc(n * sizeof(*part.asked)) };
	records = malloc(n * sizeof(*records));
	places = malloc(n * sizeof(*places));
	if (!part.values || !part.asked || !records || !places)
		r = -ENOMEM;
	for (size_t i = 0; i < asking->n && r == 0; i++)
		if (asking->asked[i] == KERNEL_ADDRESS) {
			places[part.n] = i;
			records[part.n++] = asking->records[i];
		}
	part.records = records;
	if (r == 0)
		r = ask_traced(&part, prog);
	for (size_t i = 0; i < n && r == 0; i++) {
		asking->values[places[i]] = part.values[i];
		asking->asked[places[i]] = part.asked[i];
	}
	asking->reloaded |= part.reloaded;
	free(places);
	free(records);
	free(part.values);
	free(part.asked);
	/* no room for the tracer either: these records stay unasked, the others do not */
	return r == -E2BIG ? 0 : r;
}

static int ask_filter(struct asking *asking, const struct vd_prog *prog)
{
	int r = kernel_values(prog, asking->records, asking->n, asking->values, asking->asked);

	if (!asking->behaviour)
		return r;
	return r == -E2BIG ? ask_traced(asking, prog) : r < 0 ? r : ask_addresses(asking, prog);
}

/* Only a strictly stronger action replaces what stands (kernel/seccomp.c). */
void kernel_verdict_add(struct kernel_verdict *verdict, int filter, uint32_t ret, enum kernel_asked asked)
{
	if (asked != KERNEL_ASKED)
		verdict->asked = asked;
	if ((int32_t)(ret & SECCOMP_RET_ACTION_FULL) >= (int32_t)(verdict->ret & SECCOMP_RET_ACTION_FULL))
		return;
	verdict->ret = ret;
	verdict->filter = filter;
}

int kernel_verdicts(const struct vd_stack *stack, struct kernel_behaviour *behaviour,
		    const struct seccomp_data *records, size_t n, struct kernel_verdict *ret_verdicts,
		    bool *ret_reloaded)
{
	struct asking asking = {
		.behaviour = behaviour,
		.records = records,
		.n = n,
		.values = calloc(n ? n : 1, sizeof(*asking.values)),
		.asked = calloc(n ? n : 1, sizeof(*asking.asked)),
	};
	int r = asking.values && asking.asked ? 0 : -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		ret_verdicts[i] = KERNEL_NO_FILTER;
		ret_verdicts[i].asked = kernel_askable(&records[i]);
	}
	for (size_t filter = vd_stack_len(stack); filter-- > 0 && r == 0;) {
		r = ask_filter(&asking, vd_stack_prog(stack, filter));
		for (size_t i = 0; i < n && r == 0; i++)
			kernel_verdict_add(&ret_verdicts[i], (int)filter, asking.values[i], asking.asked[i]);
	}
	*ret_reloaded = asking.reloaded;
	free(asking.values);
	free(asking.asked);
	return r;
}
