/* SPDX-License-Identifier: MIT */
#include "cases/live.h"
#include "loader/kernel/behaviour.h"
#include "loader/kernel/install.h"
#include "loader/kernel/verdicts.h"
#include "loader/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct live {
	struct kernel_behaviour *behaviour; /* NULL: lost, and not to be had again */
	const struct vd_stack *loaded;
	const char *missing;
};

enum { ASKED_VALUE = 1, ASKED_EXPERIENCE = 2, BLURRED = 4 };

/* The records of a case on their way through both oracles. */
struct asking {
	struct live *live;
	const struct vd_stack *stack;
	struct claim_records records;
	uint8_t *asked; /* by which oracles */
	struct live_answer *answer;
};

struct live *live_new(const char **ret_why)
{
	struct live *live = calloc(1, sizeof(*live));
	int r = live ? kernel_behaviour_new(&live->behaviour) : -ENOMEM;

	if (r < 0) {
		const char *why = kernel_why_not();
		*ret_why = why ? why : kernel_behaviour_explain(r);
		free(live);
		return NULL;
	}
	if (!kernel_behaviour_unchanged(live->behaviour))
		live->missing =
			"without CAP_SYS_ADMIN filters are asked with a prologue of four instructions, and "
			"installs on top of other filters are not asked";
	return live;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	kernel_behaviour_free(live->behaviour);
	free(live);
}

const char *live_missing(const struct live *live)
{
	return live->missing;
}

/* ---------------------------------------------------------- the oracles -- */

static void disagree(struct live_answer *answer, const struct seccomp_data *record)
{
	answer->disagrees = true;
	answer->record = *record;
}

static void say_value(uint32_t ret, int filter, char *buf, size_t size)
{
	char verdict[96];

	verdict_format(ret, verdict, sizeof(verdict));
	if (filter < 0)
		snprintf(buf, size, "%s, lowered by no filter", verdict);
	else
		snprintf(buf, size, "%s by filter %d", verdict, filter);
}

static void compare_value(struct asking *asking, size_t i, const struct kernel_verdict *kernel)
{
	const struct seccomp_data *record = &asking->records.items[i];
	struct live_answer *answer = asking->answer;
	struct vd_verdict machine;

	if (kernel->asked != KERNEL_ASKED)
		return;
	asking->asked[i] |= ASKED_VALUE;
	machine = vd_stack_run(asking->stack, record);
	if (answer->disagrees || (machine.ret == kernel->ret && machine.filter == kernel->filter))
		return;
	disagree(answer, record);
	say_value(machine.ret, machine.filter, answer->machine, sizeof(answer->machine));
	say_value(kernel->ret, kernel->filter, answer->kernel, sizeof(answer->kernel));
}

/* 0, or why the oracle gave no answer. */
static int ask_values(struct asking *asking)
{
	size_t n = asking->records.n;
	struct kernel_verdict *verdicts = malloc(n * sizeof(*verdicts));

	if (!verdicts)
		return -ENOMEM;
	bool reloaded;
	int r = kernel_verdicts(asking->stack, asking->live->behaviour, asking->records.items, n, verdicts,
				&reloaded);
	if (reloaded)
		asking->live->loaded = NULL;
	for (size_t i = 0; i < n && r == 0; i++)
		compare_value(asking, i, &verdicts[i]);
	free(verdicts);
	return r;
}

static void compare_seen(struct asking *asking, size_t i, const struct kernel_seen *seen)
{
	const struct seccomp_data *record = &asking->records.items[i];
	struct live_answer *answer = asking->answer;
	struct vd_verdict machine;

	if (seen->asked != KERNEL_ASKED)
		return;
	asking->asked[i] |= ASKED_EXPERIENCE;
	if (seen->value == SECCOMP_RET_ALLOW || seen->value == (SECCOMP_RET_ERRNO | ENOSYS))
		asking->asked[i] |= BLURRED;
	machine = vd_stack_run(asking->stack, record);
	if (answer->disagrees || seen->value == kernel_experience(machine.ret))
		return;
	disagree(answer, record);
	say_value(machine.ret, machine.filter, answer->machine, sizeof(answer->machine));
	say_value(seen->value, -1, answer->kernel, sizeof(answer->kernel));
	snprintf(answer->kernel, sizeof(answer->kernel), "a task sees ");
	verdict_format(seen->value, answer->kernel + strlen(answer->kernel),
		       sizeof(answer->kernel) - strlen(answer->kernel));
}

static int load(struct live *live, const struct vd_stack *stack)
{
	int r;

	if (!live->behaviour)
		return -ESRCH;
	if (live->loaded == stack)
		return 0;
	live->loaded = NULL;
	r = kernel_behaviour_load(live->behaviour, stack);
	if (r == 0)
		live->loaded = stack;
	return r;
}

/* Where there are very many, records at even distances. */
static int ask_behaviour(struct asking *asking)
{
	size_t n = asking->records.n, step = (n + LIVE_BEHAVIOUR_MAX - 1) / LIVE_BEHAVIOUR_MAX, taken = 0;
	struct seccomp_data *some = malloc((n / step + 1) * sizeof(*some));
	struct kernel_seen *seen = calloc(n / step + 1, sizeof(*seen));
	int r = some && seen ? load(asking->live, asking->stack) : -ENOMEM;

	for (size_t i = 0; i < n; i += step)
		if (some)
			some[taken++] = asking->records.items[i];
	if (r == 0)
		r = kernel_behaviour_ask(asking->live->behaviour, some, taken, KERNEL_AUTO, seen);
	for (size_t i = 0; i < taken && r == 0; i++)
		compare_seen(asking, i * step, &seen[i]);
	free(some);
	free(seen);
	return r;
}

/* A task killed from outside, or stuck: the next case gets new ones. */
static void renew(struct live *live)
{
	kernel_behaviour_free(live->behaviour);
	live->behaviour = NULL;
	live->loaded = NULL;
	if (kernel_behaviour_new(&live->behaviour) < 0)
		live->behaviour = NULL;
}

static bool is_own_trouble(int error)
{
	return error < 0 && error != -E2BIG && error != -ENOMEM;
}

/* --------------------------------------------------------------- claims -- */

/* Boxes that hold records of an entry that x86-64 has. */
static bool wanted(const struct box *box)
{
	if (box->big_endian)
		return false;
	return set_contains(box->arch, vd_abi_info(VD_ABI_X86_64)->audit_arch) ||
	       set_contains(box->arch, vd_abi_info(VD_ABI_I386)->audit_arch);
}

static void count_asked(struct asking *asking)
{
	struct live_answer *answer = asking->answer;

	for (size_t i = 0; i < asking->records.n; i++) {
		answer->asked += asking->asked[i] != 0;
		answer->blurred += asking->asked[i] == (ASKED_EXPERIENCE | BLURRED);
	}
	answer->unasked = asking->records.n - answer->asked;
}

static void judge_records(struct asking *asking)
{
	int values = ask_values(asking), behaviour = ask_behaviour(asking);

	/* what one oracle cannot be asked the other often can: a program without room, an address */
	if (values < 0 && behaviour < 0)
		asking->answer->why = kernel_behaviour_explain(behaviour);
	if (is_own_trouble(behaviour))
		renew(asking->live);
	count_asked(asking);
}

static void judge_claim(struct live *live, const struct claim *claim, struct live_answer *answer)
{
	struct asking asking = { .live = live, .stack = claim->stack->stacks[0].stack, .answer = answer };

	if (asking.stack)
		claim_collect(claim, LIVE_RECORDS_MAX, wanted, &asking.records);
	if (asking.records.n) {
		asking.asked = calloc(asking.records.n, sizeof(*asking.asked));
		if (!asking.asked)
			out_of_memory();
		judge_records(&asking);
	}
	free(asking.asked);
	free(asking.records.items);
}

/* ------------------------------------------------------------- installs -- */

static void say_installed(int error, char *buf, size_t size)
{
	snprintf(buf, size, "%s", error ? vd_errno_name((unsigned)error) : "accepted");
}

static void judge_install(struct live *live, const struct install *install, const struct vd_error *refusal,
			  struct live_answer *answer)
{
	const struct source *source = &install->filter->source;
	struct kernel_image images[64];
	size_t n = 0;
	int error, expected = refusal->code == VD_ERROR_NONE ? 0 : vd_error_errno(refusal->code);
	const struct vd_stack *before = install->stack ? install->stack->stacks[0].stack : NULL;

	for (size_t i = 0; i < source->n && n < 64; i++)
		images[n++] = (struct kernel_image){ source->programs[i].insns, source->programs[i].len };
	int r = n < source->n || !live->behaviour
			? -E2BIG
			: kernel_behaviour_install(live->behaviour, before, images, n, &error);
	if (r < 0) {
		answer->unasked = 1;
		answer->why = kernel_behaviour_explain(r);
		return;
	}
	if (error != expected && (error == ENOMEM || expected == ENOMEM) && kernel_hardened()) {
		answer->unasked = 1;
		answer->why = "net.core.bpf_jit_harden makes programs longer";
		return;
	}
	answer->asked = 1;
	if (error == expected)
		return;
	answer->disagrees = true;
	say_installed(expected, answer->machine, sizeof(answer->machine));
	say_installed(error, answer->kernel, sizeof(answer->kernel));
}

void live_judge(struct live *live, const struct test_case *test, const struct vd_error *refusal,
		struct live_answer *ret_answer)
{
	struct live_answer answer = { 0 };

	if (test->installs)
		judge_install(live, &test->install, refusal, &answer);
	else
		judge_claim(live, &test->claim, &answer);
	*ret_answer = answer;
}
