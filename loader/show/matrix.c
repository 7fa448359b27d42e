/* SPDX-License-Identifier: MIT */
#include "loader/show/matrix.h"

#include <linux/audit.h>
#include <errno.h>
#include <string.h>

/* What was seen on one class of archs, x32's numbers apart. */
struct tally {
	struct interval archs;
	bool x32;
	bool unknown;
	bool *stands; /* of each filter: its value stands for some record */
	bool *others; /* another one's stands, or none's */
	bool kills;   /* all that stands is a kill */
	bool lowered; /* some value was below ALLOW */
};

struct tallies {
	struct arena *arena;
	size_t filters;
	struct tally *items;
	size_t n, cap;
	struct tally now[2]; /* of the arch being walked; [1]: x32's numbers */
};

static void begin(struct tallies *tallies)
{
	for (int x32 = 0; x32 < 2; x32++)
		tallies->now[x32] = (struct tally){
			.x32 = x32,
			.kills = true,
			.stands = arena_alloc(tallies->arena, tallies->filters),
			.others = arena_alloc(tallies->arena, tallies->filters),
		};
}

static bool is_kill(uint32_t ret)
{
	uint32_t action = vd_effective(ret) & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD;
}

static void see(void *data, const struct paths *paths, uint32_t arch, struct interval nr)
{
	struct tallies *tallies = data;
	struct tally *tally = &tallies->now[nr.first >= X32_FIRST && nr.first < X32_END];

	(void)arch;
	if (paths->end != PATHS_ALL)
		tally->unknown = true;
	for (size_t i = 0; i < paths->n; i++) {
		const struct path *path = &paths->items[i];

		tally->kills &= is_kill(path->ret);
		tally->lowered |= path->filter >= 0;
		for (size_t filter = 0; filter < tallies->filters; filter++)
			if (path->filter == (int)filter)
				tally->stands[filter] = true;
			else
				tally->others[filter] = true;
	}
}

static void keep(void *data, uint32_t arch, struct interval archs, uint32_t left)
{
	struct tallies *tallies = data;

	(void)arch;
	for (int x32 = 0; x32 < 2; x32++) {
		tallies->items = arena_grow(tallies->arena, tallies->items, tallies->n, &tallies->cap,
					    sizeof(*tallies->items));
		tallies->now[x32].archs = archs;
		tallies->now[x32].unknown |= left != 0;
		tallies->items[tallies->n++] = tallies->now[x32];
	}
	begin(tallies);
}

static uint32_t walk(struct tallies *tallies, struct arena *arena, struct vd_stack *stack)
{
	struct walk hooks = { .data = tallies, .number = see, .arch = keep };
	struct terms terms;
	uint32_t left;

	*tallies = (struct tallies){ .arena = arena, .filters = vd_stack_len(stack) };
	begin(tallies);
	terms_init(&terms);
	left = walk_stack(&hooks, &terms, stack, (struct interval){ 0, UINT32_MAX });
	terms_done(&terms);
	return left;
}

static const struct tally *tally_of(const struct tallies *tallies, const struct matrix_column *column)
{
	bool x32 = column->nr >= X32_FIRST && column->nr < X32_END;

	for (size_t i = 0; i < tallies->n; i++)
		if (tallies->items[i].x32 == x32 && column->arch >= tallies->items[i].archs.first &&
		    column->arch <= tallies->items[i].archs.last)
			return &tallies->items[i];
	return NULL;
}

/* What a filter does on its own tells apart those that never stand. */
static enum matrix_mark mark_of(const struct tally *together, const struct tally *alone, size_t filter)
{
	if (!together || !alone || (together->unknown && !together->stands[filter]))
		return MATRIX_UNKNOWN;
	if (together->stands[filter] && (together->others[filter] || together->unknown))
		return MATRIX_DECIDES;
	if (together->stands[filter])
		return together->kills ? MATRIX_KILLS : MATRIX_ALL;
	if (alone->unknown && !alone->lowered)
		return MATRIX_UNKNOWN;
	return alone->lowered ? MATRIX_OVERRULED : MATRIX_PASSES;
}

static void add_column(struct matrix *matrix, char *title, uint32_t arch, uint32_t nr)
{
	matrix->columns = arena_grow(&matrix->arena, matrix->columns, matrix->n, &matrix->cap,
				     sizeof(*matrix->columns));
	matrix->columns[matrix->n++] = (struct matrix_column){
		.title = title,
		.arch = arch,
		.nr = nr,
		.marks = arena_alloc(&matrix->arena, (matrix->filters + 1) * sizeof(enum matrix_mark)),
	};
}

static bool is_single(const struct tally *tally)
{
	return tally->archs.first == tally->archs.last;
}

static bool tallies_equal(const struct tally *a, const struct tally *b, size_t filters)
{
	return a->unknown == b->unknown && a->kills == b->kills && !memcmp(a->stands, b->stands, filters) &&
	       !memcmp(a->others, b->others, filters);
}

static bool no_arch_looked_at(const struct tallies *tallies)
{
	for (size_t i = 0; i < tallies->n; i++)
		if (tallies->items[i].archs.last - tallies->items[i].archs.first != X32_FIRST - 1)
			return false;
	return true;
}

/* Archs without a name: one column for those in which the filters do the same. */
static void add_nameless(struct matrix *matrix, const struct tallies *tallies)
{
	size_t first = matrix->n;

	for (size_t i = 0; i < tallies->n; i++) {
		const struct tally *tally = &tallies->items[i];
		bool done = false;

		if (tally->x32 || (is_single(tally) && vd_abi_of(tally->archs.first, 0) != VD_ABI_NONE))
			continue;
		for (size_t j = first; j < matrix->n && !done; j++) {
			const struct tally *other = tally_of(tallies, &matrix->columns[j]);

			done = is_single(other) == is_single(tally) &&
			       tallies_equal(other, tally, tallies->filters);
		}
		if (!done)
			add_column(matrix,
				   is_single(tally)
					   ? arena_printf(&matrix->arena, "0x%08x", tally->archs.first)
					   : arena_printf(&matrix->arena, "other"),
				   tally->archs.first, 0);
	}
}

static void add_columns(struct matrix *matrix, const struct tallies *tallies)
{
	bool none = no_arch_looked_at(tallies);

	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct vd_abi_info *info = vd_abi_info(abi);
		bool wanted = none && (abi == VD_ABI_X86_64 || abi == VD_ABI_X32);

		for (size_t i = 0; i < tallies->n && !wanted; i++)
			wanted = is_single(&tallies->items[i]) &&
				 tallies->items[i].archs.first == info->audit_arch;
		if (wanted)
			add_column(matrix, arena_printf(&matrix->arena, "%s", info->name), info->audit_arch,
				   info->nr_bit);
	}
	add_nameless(matrix, tallies);
}

static int fill_row(struct matrix *matrix, const struct tallies *together, struct vd_stack *stack,
		    size_t filter)
{
	struct vd_stack *alone;
	struct tallies tallies;

	if (vd_stack_new(&alone) < 0)
		return -ENOMEM;
	if (vd_stack_push(alone, vd_stack_prog(stack, filter)) < 0) {
		vd_stack_free(alone);
		return -ENOMEM;
	}
	walk(&tallies, &matrix->arena, alone);
	vd_stack_free(alone);
	for (size_t i = 0; i < matrix->n; i++)
		matrix->columns[i].marks[filter] = mark_of(tally_of(together, &matrix->columns[i]),
							   tally_of(&tallies, &matrix->columns[i]), filter);
	return 0;
}

int matrix_make(struct matrix *matrix, struct vd_stack *stack)
{
	struct tallies together;

	*matrix = (struct matrix){ .filters = vd_stack_len(stack) };
	arena_init(&matrix->arena);
	matrix->complete = walk(&together, &matrix->arena, stack) == 0;
	add_columns(matrix, &together);
	for (size_t i = 0; i < matrix->filters; i++)
		if (fill_row(matrix, &together, stack, i) < 0) {
			matrix_done(matrix);
			return -ENOMEM;
		}
	return 0;
}

void matrix_done(struct matrix *matrix)
{
	arena_done(&matrix->arena);
	*matrix = (struct matrix){ 0 };
}

const char *matrix_mark_name(enum matrix_mark mark)
{
	static const char *const names[] = { "passes", "overruled", "decides", "all", "kills", "unknown" };

	return names[mark];
}
