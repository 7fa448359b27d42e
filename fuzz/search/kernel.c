/* SPDX-License-Identifier: MIT */
/* The running kernel as the judge of records: values in bulk, and some of them as a task experiences them. */
#include "fuzz/search/hunt.h"
#include "loader/kernel/behaviour.h"
#include "loader/kernel/install.h"
#include "loader/kernel/verdicts.h"

#include <errno.h>
#include <stdlib.h>

/* Records of a question that are asked as a task experiences them, at even distances. */
#define SEEN_MAX 1024u

struct kernel_judge {
	const struct vd_stack *stack;
	struct kernel_behaviour *behaviour; /* NULL: not to be had */
	bool loaded;			    /* the behaviour oracle has the stack */
};

struct kernel_judge *kernel_judge_new(const struct vd_stack *stack, const char **ret_why)
{
	struct kernel_judge *judge = calloc(1, sizeof(*judge));

	if (!judge)
		out_of_memory();
	judge->stack = stack;
	int r = kernel_behaviour_new(&judge->behaviour);
	if (r == 0)
		return judge;
	const char *why = kernel_why_not();
	*ret_why = why ? why : kernel_behaviour_explain(r);
	free(judge);
	return NULL;
}

void kernel_judge_free(struct kernel_judge *judge)
{
	if (!judge)
		return;
	kernel_behaviour_free(judge->behaviour);
	free(judge);
}

/* The first record of n whose value differs; n: none does. */
static long ask_values(struct kernel_judge *judge, const struct seccomp_data *records, size_t n,
		       uint32_t *ret_value, size_t *ret_asked)
{
	struct kernel_verdict *verdicts = malloc(n * sizeof(*verdicts));
	size_t asked = 0, at = n;

	if (!verdicts)
		out_of_memory();
	bool reloaded = false;
	sigset_t before;

	hunt_hold_signals(&before);
	int r = kernel_verdicts(judge->stack, judge->behaviour, records, n, verdicts, &reloaded);
	hunt_release_signals(&before);
	judge->loaded &= !reloaded;
	for (size_t i = 0; i < n && r == 0 && at == n; i++) {
		if (verdicts[i].asked != KERNEL_ASKED)
			continue;
		struct vd_verdict machine = vd_stack_run(judge->stack, &records[i]);
		asked++;
		if (machine.ret == verdicts[i].ret && machine.filter == verdicts[i].filter)
			continue;
		*ret_value = verdicts[i].ret;
		at = i;
	}
	free(verdicts);
	*ret_asked = asked;
	return r < 0 ? r : (long)at;
}

static long ask_behaviour(struct kernel_judge *judge, const struct seccomp_data *records, size_t n,
			  uint32_t *ret_value, size_t *ret_asked)
{
	struct kernel_seen seen;
	int error = judge->loaded ? 0 : kernel_behaviour_load(judge->behaviour, judge->stack);

	*ret_asked = 0;
	if (error < 0)
		return error;
	judge->loaded = true;
	for (size_t i = 0, step = n / SEEN_MAX + 1; i < n; i += step) {
		int r = kernel_behaviour_ask(judge->behaviour, &records[i], 1, KERNEL_AUTO, &seen);
		if (r < 0)
			return r;
		if (seen.asked != KERNEL_ASKED)
			continue;
		++*ret_asked;
		if (seen.value == kernel_experience(vd_stack_run(judge->stack, &records[i]).ret))
			continue;
		*ret_value = seen.value;
		return (long)i;
	}
	return (long)n;
}

long kernel_judge_ask(struct kernel_judge *judge, const struct seccomp_data *records, size_t n,
		      uint32_t *ret_value, bool *ret_seen, size_t *ret_asked)
{
	size_t seen = 0;
	long values = ask_values(judge, records, n, ret_value, ret_asked), behaviour;

	*ret_seen = false;
	if (values >= 0 && values < (long)n)
		return values;
	/* a stack without room for the oracle's own filter can be asked for values alone */
	behaviour = ask_behaviour(judge, records, n, ret_value, &seen);
	if (behaviour < 0)
		return values < 0 ? behaviour : values;
	*ret_seen = true;
	*ret_asked = values < 0 ? seen : *ret_asked;
	return behaviour;
}
