/* SPDX-License-Identifier: MIT */
#include "loader/show/matrix.h"

#include <errno.h>
#include <string.h>

/* What is decided for archs that get the same, x32's numbers apart. */
struct tally {
	struct vd_ranges archs;
	bool x32;
	bool unknown;
	bool *stands; /* of each filter: its value stands for some record */
	bool *others; /* another one's stands, or none's */
	bool kills;   /* all that stands is a kill */
};

struct tallies {
	struct arena *arena;
	size_t filters;
	struct tally *items;
	size_t n, cap;
	unsigned ms;
};

static bool is_kill(uint32_t ret)
{
	uint32_t action = vd_effective(ret) & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD;
}

static struct tally *tally_for(struct tallies *tallies, const struct vd_ranges *archs, bool x32)
{
	for (size_t i = 0; i < tallies->n; i++)
		if (tallies->items[i].x32 == x32 && table_equal(&tallies->items[i].archs, archs))
			return &tallies->items[i];
	tallies->items = arena_grow(tallies->arena, tallies->items, tallies->n, &tallies->cap,
				    sizeof(*tallies->items));
	tallies->items[tallies->n] = (struct tally){
		.archs = table_copy(tallies->arena, archs),
		.x32 = x32,
		.kills = true,
		.stands = arena_alloc(tallies->arena, tallies->filters + 1),
		.others = arena_alloc(tallies->arena, tallies->filters + 1),
	};
	return &tallies->items[tallies->n++];
}

static void see(struct tallies *tallies, struct vd_map *map, size_t i, bool x32)
{
	struct vd_class class;

	vd_map_class(map, i, &class);
	struct tally *tally = tally_for(tallies, &class.arch, x32);
	tally->unknown |= !class.outcomes;
	for (size_t j = 0; j < class.outcomes; j++) {
		struct vd_outcome outcome;
		vd_map_outcome(map, i, j, &outcome);
		tally->kills &= is_kill(outcome.ret[0]);
		for (size_t filter = 0; filter < tallies->filters; filter++)
			if (outcome.filter[0] == (int)filter)
				tally->stands[filter] = true;
			else
				tally->others[filter] = true;
	}
}

/* 0 or -ENOMEM. */
static int take_table(struct tallies *tallies, const struct vd_stack *stack, const struct vd_ranges *archs,
		      bool x32)
{
	const struct vd_budget budget = { .ms = tallies->ms };
	struct vd_range numbers[2];
	const struct vd_set set = {
		.arch = *archs, .nr = { numbers, table_space(x32 ? VD_ABI_X32 : VD_ABI_X86_64, numbers) }
	};
	struct vd_map *map;
	int r = vd_map_new(stack, NULL, &set, VD_MAP_BY, &budget, &map);

	if (r == -E2BIG) {
		tally_for(tallies, archs, x32)->unknown = true;
		return 0;
	}
	for (size_t i = 0; r == 0 && i < vd_map_classes(map); i++)
		see(tallies, map, i, x32);
	if (r == 0)
		vd_map_free(map);
	return r;
}

static int tally_stack(struct tallies *tallies, struct arena *arena, struct vd_stack *stack, unsigned ms)
{
	int r = 0;

	*tallies = (struct tallies){ .arena = arena, .filters = vd_stack_len(stack), .ms = ms };
	for (unsigned i = 0; r == 0 && i < 4; i++) {
		const struct vd_ranges archs = table_archs(i & 1);
		vd_stack_set_big_endian(stack, i & 1);
		r = take_table(tallies, stack, &archs, i & 2);
	}
	return r;
}

static const struct tally *tally_of(const struct tallies *tallies, const struct matrix_column *column)
{
	bool x32 = column->nr >= X32_FIRST && column->nr < X32_END;

	for (size_t i = 0; i < tallies->n; i++)
		if (tallies->items[i].x32 == x32 && table_has(&tallies->items[i].archs, column->arch))
			return &tallies->items[i];
	return NULL;
}

/* In a stack of its own a filter stands wherever it restricts. */
static bool lowers(const struct tally *alone)
{
	return alone->stands[0];
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
	if (alone->unknown && !lowers(alone))
		return MATRIX_UNKNOWN;
	return lowers(alone) ? MATRIX_OVERRULED : MATRIX_PASSES;
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

#define WORDS_MAX 16 /* that have a column each */

/* A word between others that get something else. */
static bool has_single(const struct tally *tally, uint32_t word)
{
	for (size_t i = 0; i < tally->archs.n; i++)
		if (tally->archs.ranges[i].first == word && tally->archs.ranges[i].last == word)
			return true;
	return false;
}

static bool knows_word(const struct tallies *tallies, uint32_t word)
{
	for (size_t i = 0; i < tallies->n; i++)
		if (has_single(&tallies->items[i], word))
			return true;
	return false;
}

static bool tallies_equal(const struct tally *a, const struct tally *b, size_t filters)
{
	return a->unknown == b->unknown && a->kills == b->kills && !memcmp(a->stands, b->stands, filters) &&
	       !memcmp(a->others, b->others, filters);
}

static bool no_arch_looked_at(const struct tallies *tallies)
{
	for (size_t i = 0; i < tallies->n; i++)
		if (tallies->items[i].archs.n != 2)
			return false;
	return tallies->n == 4;
}

/*
 * A column for archs without a name, unless there is one in which the filters
 * do the same: "other", and the words that are many.
 */
static void add_word(struct matrix *matrix, const struct tallies *tallies, const struct tally *tally,
		     const struct vd_range *words, size_t first)
{
	bool single = words->first == words->last;

	for (size_t i = first; i < matrix->n && (!single || matrix->n - first > WORDS_MAX); i++)
		if ((matrix->columns[i].title[0] == '0') == single &&
		    tallies_equal(tally_of(tallies, &matrix->columns[i]), tally, tallies->filters))
			return;
	add_column(matrix,
		   single ? arena_printf(&matrix->arena, "0x%08x", (uint32_t)words->first)
			  : arena_printf(&matrix->arena, "other"),
		   (uint32_t)words->first, 0);
}

static void add_nameless(struct matrix *matrix, const struct tallies *tallies)
{
	size_t first = matrix->n;

	for (size_t i = 0; i < tallies->n; i++) {
		const struct tally *tally = &tallies->items[i];
		for (size_t j = 0; j < tally->archs.n && !tally->x32; j++) {
			const struct vd_range *words = &tally->archs.ranges[j];
			if (words->first != words->last ||
			    vd_abi_of((uint32_t)words->first, 0) == VD_ABI_NONE)
				add_word(matrix, tallies, tally, words, first);
		}
	}
}

/* all: of the stack, then of each filter alone, which may know an ABI that others decide. */
static void add_columns(struct matrix *matrix, const struct tallies *all)
{
	bool none = no_arch_looked_at(&all[0]);

	for (int abi = 0; abi < VD_ABI_COUNT; abi++) {
		const struct vd_abi_info *info = vd_abi_info(abi);
		bool wanted = none && (abi == VD_ABI_X86_64 || abi == VD_ABI_X32);

		for (size_t i = 0; i <= matrix->filters && !wanted; i++)
			wanted = knows_word(&all[i], info->audit_arch);
		if (wanted)
			add_column(matrix, arena_printf(&matrix->arena, "%s", info->name), info->audit_arch,
				   info->nr_bit);
	}
	add_nameless(matrix, &all[0]);
}

static int tally_alone(struct tallies *tallies, struct arena *arena, const struct vd_stack *stack,
		       size_t filter, unsigned ms)
{
	struct vd_stack *alone;
	int r = vd_stack_new(&alone);

	if (r < 0)
		return r;
	r = vd_stack_push(alone, vd_stack_prog(stack, filter));
	if (r == 0)
		r = tally_stack(tallies, arena, alone, ms);
	vd_stack_free(alone);
	return r;
}

int matrix_make(struct matrix *matrix, struct vd_stack *stack, unsigned ms)
{
	size_t n = vd_stack_len(stack);

	*matrix = (struct matrix){ .filters = n };
	arena_init(&matrix->arena);
	struct tallies *all = arena_alloc(&matrix->arena, (n + 1) * sizeof(*all));
	int r = tally_stack(&all[0], &matrix->arena, stack, ms);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = tally_alone(&all[i + 1], &matrix->arena, stack, i, ms);
	if (r < 0) {
		matrix_done(matrix);
		return r;
	}
	add_columns(matrix, all);
	for (size_t i = 0; i < matrix->n; i++)
		for (size_t filter = 0; filter < n; filter++)
			matrix->columns[i].marks[filter] = mark_of(
				tally_of(&all[0], &matrix->columns[i]),
				tally_of(&all[filter + 1], &matrix->columns[i]), filter);
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

bool matrix_proved(const struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->n; i++)
		for (size_t filter = 0; filter < matrix->filters; filter++)
			if (matrix->columns[i].marks[filter] == MATRIX_UNKNOWN)
				return false;
	return true;
}
