/* SPDX-License-Identifier: MIT */
/*
 * Does the kernel's allow-bitmap answer the calls that it is said to answer?
 * The filters are stacked over and over, until a call that has to be judged
 * takes microseconds and one that the bitmap answers as little as before. For
 * this the calls do run: as nobody, with every argument -1 and no descriptor to
 * be had, which nearly all of them refuse at once. For the rest, and for calls
 * by int $0x80 that the filters let run, another number stands in, which filters
 * are made to take for theirs.
 */
#include "bench/cost/confirm.h"
#include "bench/cost/base.h"
#include "bench/cost/standin.h"
#include "loader/kernel/entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Filters of a stack that is to be slow: each costs some 15 ns. */
#define DEPTH 24u
#define CALLS 40u
#define PASSES 9u
#define TABLE_MAX 1024u

/* The kernel keeps a bitmap for each of them, as long as the table of its calls. */
static const struct way {
	int abi;
	uint32_t getppid;
	uint32_t in_table;  /* a number that every kernel's table has */
	uint32_t stands_in; /* from here on a number of no call is looked for */
	bool int80;
} ways[] = {
	{ VD_ABI_X86_64, 110, KERNEL_NR_URETPROBE - 1, KERNEL_NR_UPROBE + 1, false },
	{ VD_ABI_I386, 64, 384, 222, true },
};

/* Calls that do something whatever their arguments are, or that end, stop or disturb who makes them. */
static const char *const unsafe[] = {
	"alarm",
	"clone",
	"clone3",
	"exit",
	"exit_group",
	"fork",
	"kill",
	"mlockall",
	"msgget",
	"munlockall",
	"pause",
	"personality",
	"reboot",
	"restart_syscall",
	"rt_sigqueueinfo",
	"rt_sigreturn",
	"rt_tgsigqueueinfo",
	"sched_yield",
	"semget",
	"set_tid_address",
	"setpgid",
	"setsid",
	"shmget",
	"sync",
	"syncfs",
	"tgkill",
	"tkill",
	"umask",
	"vfork",
	"vhangup",
};

static bool is_unsafe(const struct way *way, uint32_t nr)
{
	const char *name = vd_syscall_name(way->abi, nr);

	for (size_t i = 0; name && i < sizeof(unsafe) / sizeof(*unsafe); i++)
		if (!strcmp(name, unsafe[i]))
			return true;
	return !way->int80 && (nr == KERNEL_NR_URETPROBE || nr == KERNEL_NR_UPROBE);
}

static struct seccomp_data refused_call(const struct way *way, uint32_t nr)
{
	struct seccomp_data data = { .arch = vd_abi_info(way->abi)->audit_arch, .nr = (int)nr };

	memset(data.args, 0xff, sizeof(data.args));
	return data;
}

/* ------------------------------------------------------------ yardstick -- */

/* What calls take that the bitmap answers and that as many filters judge. */
struct yardstick {
	struct turn_task none, allowed, judged;
	double answered[2]; /* by way: a call takes at most so many ns more than without filters */
	bool has_bitmap;
};

static int start_small(struct turns *turns, bool look, size_t copies, struct turn_task *ret_task)
{
	struct vd_stack *stack;
	int r = small_stack(look, &stack);

	if (r < 0)
		return r;
	r = turns_task(turns, &(struct turn_filters){ stack, copies, 0 }, 1, ret_task);
	vd_stack_free(stack);
	return r;
}

/* A call in one task, and the same or another in another. */
struct pair {
	const struct turn_task *a, *b;
	struct seccomp_data data_a, data_b;
};

static int difference_of(struct turns *turns, const struct pair *pair, unsigned passes, struct estimate *ret)
{
	struct probes probes = { 0 };
	int r = probes_add_other(&probes, pair->a, &pair->data_a, pair->b, &pair->data_b);

	if (r == 0)
		r = probes_run(&probes, turns, &(struct probe_run){ .calls = CALLS, .min = passes });
	if (r == 0)
		*ret = probes_result(&probes, 0, NULL);
	probes_done(&probes);
	return r;
}

static int difference(struct turns *turns, const struct turn_task *a, const struct turn_task *b,
		      struct seccomp_data data, struct estimate *ret)
{
	const struct pair pair = { a, b, data, data };

	return difference_of(turns, &pair, 4 * PASSES, ret);
}

static int make_yardstick(struct turns *turns, size_t filters, struct yardstick *yardstick)
{
	const struct turn_filters none = { .flags = 0 };
	int r = turns_task(turns, &none, 1, &yardstick->none);

	if (r == 0)
		r = start_small(turns, false, filters, &yardstick->allowed);
	return r < 0 ? r : start_small(turns, true, filters, &yardstick->judged);
}

static int read_yardstick(struct turns *turns, const struct way *way, struct yardstick *yardstick)
{
	const struct seccomp_data data = refused_call(way, way->getppid);
	struct estimate allowed, judged;
	int r = difference(turns, &yardstick->allowed, &yardstick->none, data, &allowed);

	if (r == 0)
		r = difference(turns, &yardstick->judged, &yardstick->none, data, &judged);
	if (r < 0)
		return r;
	/* a kernel has one for each of the two tables, or none */
	if (!way->int80)
		yardstick->has_bitmap = judged.value > 2 * allowed.value;
	yardstick->answered[way - ways] = (allowed.value + judged.value) / 2;
	return 0;
}

/* The first number that the bitmap does not have: numbers of no call take as long as any below it. */
static int find_table_end(struct turns *turns, const struct way *way, const struct yardstick *yardstick,
			  unsigned *ret_end)
{
	unsigned low = way->in_table, high = TABLE_MAX;

	while (high - low > 1) {
		unsigned nr = low + (high - low) / 2;
		struct estimate took;
		int r;
		if (is_unsafe(way, nr)) /* none is, up there, but what newer tables have */
			nr = low + 1;
		r = difference(turns, &yardstick->allowed, &yardstick->none, refused_call(way, nr), &took);
		if (r < 0)
			return r;
		if (took.value < yardstick->answered[way - ways])
			low = nr;
		else
			high = nr;
	}
	*ret_end = high;
	return 0;
}

/* ------------------------------------------------------------- stand-in -- */

/* A number below the bitmap's end that is no call's. 0: none. */
static uint32_t find_stand_in(const struct way *way, uint32_t end)
{
	for (uint32_t nr = way->stands_in; nr < end; nr++)
		if (!vd_syscall_name(way->abi, nr))
			return nr;
	return 0;
}

/* ----------------------------------------------------------------- rows -- */

struct confirming {
	struct cost *cost;
	struct turns *turns;
	struct yardstick yardstick;
	size_t copies;
	struct turn_task deep; /* the stack, so many times */
};

/* As many copies as make the stack deep and as the kernel takes. */
static int start_deep(struct confirming *c, const struct vd_stack *stack, struct turn_task *ret_task)
{
	int r = -ENOMEM;

	for (size_t copies = c->copies; copies && r == -ENOMEM; copies /= 2)
		r = turns_task(c->turns, &(struct turn_filters){ stack, copies, 0 }, 1, ret_task);
	return r;
}

static uint32_t action_of(const struct cost *cost, const struct seccomp_data *data)
{
	subject_turn_to(cost->subject, data);
	return vd_stack_run(cost->subject->filters.stack, data).ret & SECCOMP_RET_ACTION_FULL;
}

/* Calls that filters let run, or answer with an errno, come back. */
static bool comes_back(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_USER_NOTIF;
}

static const struct way *way_of(uint32_t arch)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (vd_abi_info(ways[i].abi)->audit_arch == arch && (!ways[i].int80 || kernel_has_i386()))
			return &ways[i];
	return NULL;
}

bool bitmap_answers(const struct cost *cost, const struct row *row)
{
	const struct way *way = way_of(row->arch);

	return cost->has_bitmap && row->bitmap && (!way || row->nr < cost->table_end[way - ways]);
}

static bool is_as_predicted(const struct confirming *c, const struct row *row, struct estimate took)
{
	return (took.value < c->yardstick.answered[way_of(row->arch) - ways]) == bitmap_answers(c->cost, row);
}

/* What seems to differ may have been disturbed: only what does so again and again, longer each time, differs.
 */
#define ATTEMPTS 6

static int judge_row(struct confirming *c, struct row *row, const struct pair *pair)
{
	struct estimate took;
	int r = 0;

	row->confirmed = CONFIRM_DIFFERS;
	for (unsigned i = 0; i < ATTEMPTS && r == 0 && row->confirmed == CONFIRM_DIFFERS; i++) {
		r = difference_of(c->turns, pair, PASSES << i, &took);
		if (r == 0 && is_as_predicted(c, row, took))
			row->confirmed = CONFIRM_AGREES;
	}
	return r;
}

static int confirm_by_other(struct confirming *c, const struct way *way, struct row *row)
{
	const struct seccomp_data data = refused_call(way, row->nr);
	uint32_t other = find_stand_in(way, c->cost->table_end[way - ways]);
	struct turn_task task = { .n = 0 };
	struct vd_stack *stack;
	int r = other ? stand_in_stack(c->cost->subject->filters.stack, &data, &stack) : -ENOMEM;

	row->confirmed = CONFIRM_IMPOSSIBLE;
	if (r < 0)
		return 0;
	r = start_deep(c, stack, &task);
	vd_stack_free(stack);
	if (r < 0)
		return r == -ENOMEM ? 0 : r;
	const struct pair pair = { &task, &c->yardstick.none, refused_call(way, other),
				   refused_call(way, other) };
	row->stood_in = true;
	r = judge_row(c, row, &pair);
	turns_drop(c->turns, &task);
	return r;
}

/* A denied call does not run: what it would take is not to be taken off. */
static struct pair pair_of(const struct confirming *c, const struct row *row)
{
	const struct way *way = way_of(row->arch);
	const struct seccomp_data data = refused_call(way, row->nr);
	bool runs = action_of(c->cost, &data) == SECCOMP_RET_ALLOW;

	return (struct pair){ &c->deep, &c->yardstick.none, data,
			      runs ? data : refused_call(way, way->getppid) };
}

/* Calls that can be made: all of them in passes, then those that differ one by one. */
static int confirm_directly(struct confirming *c, struct row **rows, size_t n)
{
	struct pair *pairs = calloc(n ? n : 1, sizeof(*pairs));
	struct probes probes = { 0 };
	int r = pairs ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && r == 0; i++) {
		pairs[i] = pair_of(c, rows[i]);
		r = probes_add_other(&probes, pairs[i].a, &pairs[i].data_a, pairs[i].b, &pairs[i].data_b);
	}
	if (r == 0)
		r = probes_run(&probes, c->turns, &(struct probe_run){ .calls = CALLS, .min = PASSES });
	for (size_t i = 0; i < n && r == 0; i++) {
		rows[i]->confirmed = CONFIRM_AGREES;
		if (!is_as_predicted(c, rows[i], probes_result(&probes, i, NULL)))
			r = judge_row(c, rows[i], &pairs[i]);
	}
	probes_done(&probes);
	free(pairs);
	return r;
}

/* x32's numbers are past the table's end, and their calls may run; some calls no filter sees. */
static bool can_be_measured(const struct way *way, uint32_t nr)
{
	return way && nr < TABLE_MAX && (way->int80 || (nr != KERNEL_NR_URETPROBE && nr != KERNEL_NR_UPROBE));
}

/*
 * What is denied, or no call's number here, does nothing; of i386's other calls
 * nobody has looked which would.
 */
static bool does_nothing(const struct cost *cost, const struct way *way, uint32_t nr, uint32_t action)
{
	if (nr >= cost->table_end[way - ways])
		return true;
	if (!way->int80)
		return !is_unsafe(way, nr);
	return action == SECCOMP_RET_ERRNO || !vd_syscall_name(way->abi, nr);
}

static int confirm_rows(struct confirming *c)
{
	struct cost *cost = c->cost;
	struct row **direct = calloc(cost->n_rows ? cost->n_rows : 1, sizeof(struct row *));
	size_t n = 0;
	int r = direct ? 0 : -ENOMEM;

	for (size_t i = 0; i < cost->n_rows && r == 0; i++) {
		struct row *row = &cost->rows[i];
		const struct way *way = way_of(row->arch);
		if (!can_be_measured(way, row->nr))
			continue;
		const struct seccomp_data data = refused_call(way, row->nr);
		uint32_t action = action_of(cost, &data);
		if (!comes_back(action))
			row->confirmed = CONFIRM_IMPOSSIBLE;
		else if (!does_nothing(cost, way, row->nr, action))
			r = confirm_by_other(c, way, row);
		else
			direct[n++] = row;
	}
	if (r == 0)
		r = confirm_directly(c, direct, n);
	free(direct);
	return r;
}

/* Whether there is a bitmap, and where it ends, for calls of each arch that can be made here. */
static int find_bitmaps(struct confirming *c)
{
	int r = 0;

	for (const struct way *way = ways; way < ways + sizeof(ways) / sizeof(*ways) && r == 0; way++) {
		if (way->int80 && !kernel_has_i386())
			continue;
		r = read_yardstick(c->turns, way, &c->yardstick);
		if (r == 0 && c->yardstick.has_bitmap)
			r = find_table_end(c->turns, way, &c->yardstick, &c->cost->table_end[way - ways]);
	}
	c->cost->has_bitmap = c->yardstick.has_bitmap;
	return r;
}

int confirm_bitmap(struct cost *cost, struct turns *turns)
{
	const struct vd_stack *stack = cost->subject->filters.stack;
	struct confirming c = { .cost = cost, .turns = turns };
	size_t fit = VD_STACK_SIZE_MAX / vd_stack_size(stack), depth = vd_stack_len(stack);
	int r;

	c.copies = (DEPTH + depth - 1) / depth;
	c.copies = c.copies > fit ? fit : c.copies;
	r = make_yardstick(turns, c.copies * depth, &c.yardstick);
	if (r == 0)
		r = find_bitmaps(&c);
	if (r == 0)
		r = start_deep(&c, stack, &c.deep);
	if (r == 0 && cost->has_bitmap)
		r = confirm_rows(&c);
	turns_drop(turns, &c.deep);
	turns_drop(turns, &c.yardstick.none);
	turns_drop(turns, &c.yardstick.allowed);
	turns_drop(turns, &c.yardstick.judged);
	return r;
}
